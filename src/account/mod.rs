//! Where the memory of the process is, as its kernel, its allocator and Node say.

#[cfg(target_os = "linux")]
pub mod trim;

use crate::report::{LoopFigures, Memory, MemoryAccount};

/// Reads accounts of the process, one after the other.
#[derive(Debug, Default)]
pub struct Reader {}

impl Reader {
    /// Creates one that has read nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads what is resident now.
    pub fn read(&mut self, now: &Memory, figures: LoopFigures) -> Option<MemoryAccount> {
        let mut account = MemoryAccount::new("2026-01-01T00:00:00.000Z".into());
        account.rss_bytes = now.rss_bytes;
        account.parts.unattributed_bytes = now.rss_bytes;
        account.spaces = figures.spaces;
        account.handles = figures.handles;
        Some(account)
    }
}
