//! Ends the work, but not the process, when the system is out of memory or nobody waits any more.
//!
//! The thread unwinds with a [`DetectError`] as payload, without calling the panic hook, which
//! belongs to the host.

use std::panic::{self, AssertUnwindSafe};

use crate::error::{DetectError, Result};

/// Ends the round because `bytes` bytes are not available.
#[cold]
pub(super) fn give_up(bytes: usize) -> ! {
    let needed = bytes as u64;
    panic::resume_unwind(Box::new(DetectError::NoMemory { needed, available: None }))
}

/// Ends the work because nobody waits for it.
#[cold]
pub(super) fn abort() -> ! {
    panic::resume_unwind(Box::new(DetectError::Aborted))
}

/// Runs `work`, and returns an `Err` if a column could not get its memory, or if the work was
/// cancelled.
///
/// Other panics propagate.
///
/// # Errors
///
/// The error of `work`, [`DetectError::NoMemory`], or [`DetectError::Aborted`].
pub fn catch_no_memory<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // Anything that `work` has changed is dropped or abandoned with the round.
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(payload) => match payload.downcast::<DetectError>() {
            Ok(error) => Err(*error),
            Err(payload) => panic::resume_unwind(payload),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Column;

    #[test]
    fn more_than_there_is_becomes_an_error_and_not_an_abort() {
        let result = catch_no_memory(|| Ok(Column::<u64>::zeroed(1 << 58).len()));
        assert!(matches!(result, Err(DetectError::NoMemory { needed, .. }) if needed >= 1 << 60));
    }
}
