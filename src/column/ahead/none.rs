//! A stub for systems where pages cannot be prefaulted: the same names as on Linux,
//! without effect.

#[cfg(unix)]
use std::{ops::Range, ptr::NonNull};

/// Requests nothing here.
#[derive(Debug)]
pub struct PagesAhead;

/// Prefaults nothing here.
#[derive(Clone, Debug, Default)]
pub struct PageTaker(());

impl PagesAhead {
    /// Does nothing here.
    #[must_use]
    pub fn ask(_: &PageTaker) -> Self {
        Self
    }
}

impl PageTaker {
    /// Returns false: nothing is requested here.
    pub fn take_some(&self) -> bool {
        false
    }
}

/// Nothing is requested here.
pub(super) enum Asked {}

#[cfg(unix)]
impl Asked {
    /// Does nothing here.
    pub(super) fn more(_: &mut Option<Self>, _: NonNull<u8>, _: usize, _: Range<usize>) {}
}
