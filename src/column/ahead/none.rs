//! Where pages cannot be taken ahead of their writer. The same names as on Linux,
//! which do nothing.

#[cfg(unix)]
use std::{ops::Range, ptr::NonNull};

/// Asks for nothing here.
#[derive(Debug)]
pub struct PagesAhead;

/// Takes nothing here.
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
    /// Nothing is wanted here.
    pub fn take_some(&self) -> bool {
        false
    }
}

/// Nothing has been asked for here.
pub(super) enum Asked {}

#[cfg(unix)]
impl Asked {
    /// Does nothing here.
    pub(super) fn more(_: &mut Option<Self>, _: NonNull<u8>, _: usize, _: Range<usize>) {}
}
