//! Where the memory of the process is, as its kernel, its allocator and Node say.

#[cfg(target_os = "linux")]
mod allocator;
#[cfg(target_os = "linux")]
mod claims;
#[cfg(target_os = "linux")]
mod heaps;
#[cfg(target_os = "linux")]
mod mappings;
#[cfg(target_os = "linux")]
mod reading;
#[cfg(target_os = "linux")]
mod resident;
#[cfg(target_os = "linux")]
mod split;
#[cfg(target_os = "linux")]
mod threads;
#[cfg(target_os = "linux")]
pub mod trim;
#[cfg(target_os = "linux")]
mod v8_pages;

use crate::report::{LoopFigures, Memory, MemoryAccount};

/// Reads accounts of the process, one after the other.
#[derive(Debug, Default)]
pub struct Reader {
    /// `None` until the first reading.
    #[cfg(target_os = "linux")]
    allocator: Option<allocator::Asked>,
}

impl Reader {
    /// Creates one that has read nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads what is resident now. `now` and `figures` are what the event loop knows; `None`
    /// where the system does not show which pages are resident.
    #[cfg(target_os = "linux")]
    pub fn read(&mut self, now: &Memory, figures: LoopFigures) -> Option<MemoryAccount> {
        let allocator = self.allocator.get_or_insert_with(allocator::Asked::new);
        reading::read(allocator, now, figures).ok()
    }

    /// Returns `None`: this system does not show which pages are resident.
    #[cfg(not(target_os = "linux"))]
    pub fn read(&mut self, _: &Memory, _: LoopFigures) -> Option<MemoryAccount> {
        None
    }
}
