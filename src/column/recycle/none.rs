//! Where pages cannot be moved, those of dropped columns go back at once. The
//! same names as on Linux, which do nothing.

#[cfg(unix)]
use super::mapping::Mapping;

/// Keeps nothing here.
#[derive(Debug)]
pub struct Recycling;

/// Nothing to share here.
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

    /// Nothing to share here.
    pub fn share() -> Recycled {
        Recycled
    }
}

/// Gives the mapping back.
#[cfg(unix)]
pub(super) fn keep(mapping: Mapping, _: usize) {
    drop(mapping);
}

/// New memory of at least `bytes`.
#[cfg(unix)]
pub(super) fn reserve(bytes: usize) -> Option<Mapping> {
    Mapping::reserve(bytes)
}
