//! How far reading is, told to whoever waits.

use crate::error::Result;

/// How far reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file that have been read.
    pub bytes: u64,
    /// Bytes of the file, where that is known.
    pub total: Option<u64>,
}

/// Called after every piece; an `Err` ends the work with it, which is how to
/// cancel ([`DetectError::Aborted`]).
pub type OnProgress<'a> = &'a mut dyn FnMut(Progress) -> Result<()>;
