//! Why a round ended without a snapshot. The codes are public API; `docs/operating.md`
//! lists them.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "forks are for Linux"))]

use serde::Serialize;

use crate::error::DetectError;

const UNAVAILABLE: &str = "ERR_CAPTURE_UNAVAILABLE";

/// The reason why a round has no verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skip {
    /// The stable code.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

impl Skip {
    /// The capture would pause the event loop for longer than allowed.
    pub(super) fn pause(estimated_ms: f64, allowed_ms: f64) -> Self {
        Self {
            code: "ERR_CAPTURE_PAUSE_BUDGET",
            message: format!(
                "a capture would pause the event loop for about {estimated_ms:.0} ms; maxPauseMs \
                 is {allowed_ms:.0}"
            ),
        }
    }

    /// The capture was ended, because it needed more memory than estimated, or somebody
    /// else took it.
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

    /// `capture: 'fork'` was asked for where it is not available.
    pub(super) fn unavailable(reason: &str) -> Self {
        Self { code: UNAVAILABLE, message: format!("forked capture is not available: {reason}") }
    }

    /// `capture: 'walk'` was asked for where it is not available.
    pub(super) fn not_walked(reason: &str) -> Self {
        Self { code: UNAVAILABLE, message: format!("the heap cannot be walked: {reason}") }
    }

    /// A walk ended early.
    pub(super) fn walk_ended(reason: &str) -> Self {
        Self { code: "ERR_CAPTURE_CHILD_DIED", message: format!("the walk ended early: {reason}") }
    }

    /// Returns whether the reason is permanent: the platform, not the moment.
    pub(super) fn is_for_good(&self) -> bool {
        self.code == UNAVAILABLE
    }

    /// Returns whether the reason is the file that the snapshot was to be written to.
    pub(super) fn is_about_the_file(&self) -> bool {
        self.code.starts_with("ERR_FILE_")
    }

    /// Forks have failed too often, or too badly, and are paused for some rounds.
    pub(super) fn backing_off(rounds: u32, last: &Skip) -> Self {
        Self {
            code: "ERR_CAPTURE_BACKOFF",
            message: format!(
                "forked captures are paused after failures; {rounds} more rounds are skipped \
                 before the next attempt (last failure: {})",
                last.message
            ),
        }
    }

    /// The other threads were never all asleep, so no fork was tried.
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

    /// Another thread of this process has a capturing child.
    pub(super) fn occupied() -> Self {
        Self {
            code: "ERR_CAPTURE_IN_PROGRESS",
            message: "another thread of this process is capturing".into(),
        }
    }

    /// Another process of this user is capturing.
    pub(super) fn elsewhere() -> Self {
        Self {
            code: "ERR_CAPTURE_ELSEWHERE",
            message: "another process of this user is capturing on this machine".into(),
        }
    }

    /// The file could not be written.
    pub(super) fn file(error: &std::io::Error) -> Self {
        let code = match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                "ERR_FILE_DISK_FULL"
            }
            _ => "ERR_FILE_OS",
        };
        Self { code, message: format!("the snapshot file cannot be written: {error}") }
    }

    /// The snapshot could not be sent to its reader.
    pub(super) fn unsent(error: &std::io::Error) -> Self {
        Self { code: "ERR_FILE_OS", message: format!("the snapshot cannot be sent: {error}") }
    }
}

impl From<DetectError> for Skip {
    fn from(error: DetectError) -> Self {
        Self { code: error.code(), message: error.to_string() }
    }
}
