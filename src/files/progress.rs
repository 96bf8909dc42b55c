//! Progress reports while reading.

use crate::error::Result;

/// The progress of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file that have been read.
    pub bytes: u64,
    /// Total bytes of the file, where known.
    pub total: Option<u64>,
}

/// Called after every piece. An `Err` stops the work and becomes its result; to cancel,
/// return [`DetectError::Aborted`].
pub type OnProgress<'a> = &'a mut dyn FnMut(Progress) -> Result<()>;
