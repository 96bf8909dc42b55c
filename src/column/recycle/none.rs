//! A stub for systems where pages cannot be moved: the same names as on Linux, without
//! effect. Pages of dropped columns return to the system at once.

#[cfg(unix)]
use super::mapping::Mapping;

/// Keeps nothing here.
#[derive(Debug)]
pub struct Recycling;

/// Shares nothing here.
#[derive(Clone, Debug)]
pub struct Recycled;

impl Recycling {
    /// Does nothing here.
    #[must_use]
    pub fn begin() -> Self {
        Self
    }

    /// Does nothing here.
    #[must_use]
    pub fn with(_: Recycled) -> Self {
        Self
    }

    /// Shares nothing here.
    pub fn share() -> Recycled {
        Recycled
    }
}

/// Unmaps the mapping.
#[cfg(unix)]
pub(super) fn keep(mapping: Mapping, _: usize) {
    drop(mapping);
}

/// Maps at least `bytes` of new memory.
#[cfg(unix)]
pub(super) fn reserve(bytes: usize) -> Option<Mapping> {
    Mapping::reserve(bytes)
}
