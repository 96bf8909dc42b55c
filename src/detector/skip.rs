//! Why a round ended without a snapshot. The codes are public API; the table
//! in `docs/operating.md` has them all.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "forks are for Linux"))]

use serde::Serialize;

use crate::error::DetectError;

const UNAVAILABLE: &str = "ERR_CAPTURE_UNAVAILABLE";

/// A round without a verdict, and the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skip {
    /// Stable code.
    pub code: &'static str,
    /// For a person.
    pub message: String,
}

impl Skip {
    /// The capture would stall the event loop for longer than it may.
    pub(super) fn pause(estimated_ms: f64, allowed_ms: f64) -> Self {
        Self {
            code: "ERR_CAPTURE_PAUSE_BUDGET",
            message: format!(
                "a capture would stall the event loop for about {estimated_ms:.0} ms, and \
                 maxPauseMs is {allowed_ms:.0}"
            ),
        }
    }

    /// The capture was ended, because it took more than was thought, or somebody
    /// else did.
    pub(super) fn crossed(taken: u64, allowed: u64, free: u64) -> Self {
        Self {
            code: "ERR_CAPTURE_NO_MEMORY",
            message: format!(
                "the capture was ended: it had used {} MiB of its budget of {} MiB, and {} MiB of \
                 memory were free",
                taken >> 20,
                allowed >> 20,
                free >> 20
            ),
        }
    }

    /// `capture: 'fork'` was asked for where it cannot be had.
    pub(super) fn unavailable(reason: &str) -> Self {
        Self { code: UNAVAILABLE, message: format!("forked capture is not available: {reason}") }
    }

    /// `capture: 'walk'` was asked for where it cannot be had.
    pub(super) fn not_walked(reason: &str) -> Self {
        Self { code: UNAVAILABLE, message: format!("the heap cannot be walked: {reason}") }
    }

    /// A walk has ended before its end.
    pub(super) fn walk_ended(reason: &str) -> Self {
        Self { code: "ERR_CAPTURE_CHILD_DIED", message: format!("the walk ended: {reason}") }
    }

    /// Whether it is about the platform, and not about the moment.
    pub(super) fn is_for_good(&self) -> bool {
        self.code == UNAVAILABLE
    }

    /// Whether it is about the file that the snapshot was to be written to.
    pub(super) fn is_about_the_file(&self) -> bool {
        self.code.starts_with("ERR_FILE_")
    }

    /// Forks have failed too often, or too badly; the next try is some rounds
    /// away.
    pub(super) fn backing_off(rounds: u32, last: &Skip) -> Self {
        Self {
            code: "ERR_CAPTURE_BACKOFF",
            message: format!(
                "forked captures rest after a failure; {rounds} more rounds are skipped before \
                 the next try (last failure: {})",
                last.message
            ),
        }
    }

    /// The other threads never slept, and no fork was tried.
    pub(super) fn busy() -> Self {
        Self { code: "ERR_CAPTURE_BUSY", message: "V8's helper threads were never all idle".into() }
    }

    /// The JavaScript function that starts V8's writing threw.
    pub(super) fn threw(message: &str) -> Self {
        Self {
            code: "ERR_CAPTURE_FAILED",
            message: format!("V8 did not write the snapshot: {message}"),
        }
    }

    /// Another capture of this process has a living child.
    pub(super) fn occupied() -> Self {
        Self {
            code: "ERR_CAPTURE_IN_PROGRESS",
            message: "another thread of this process is being captured".into(),
        }
    }

    /// Another process of this machine is capturing.
    pub(super) fn elsewhere() -> Self {
        Self {
            code: "ERR_CAPTURE_ELSEWHERE",
            message: "another process of this machine is being captured".into(),
        }
    }

    /// The file could not be made.
    pub(super) fn file(error: &std::io::Error) -> Self {
        let code = match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                "ERR_FILE_DISK_FULL"
            }
            _ => "ERR_FILE_OS",
        };
        Self { code, message: format!("the snapshot file cannot be written: {error}") }
    }
}

impl From<DetectError> for Skip {
    fn from(error: DetectError) -> Self {
        Self { code: error.code(), message: error.to_string() }
    }
}
