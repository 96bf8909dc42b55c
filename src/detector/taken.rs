//! What a capture took of the process.

use std::time::Duration;

use super::budget::Budget;
use crate::{capture::Method, report::ChildCost};

/// What a capture took.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) method: Method,
    /// Why the heap was not walked, where it might have been.
    pub(super) not_walked: Option<String>,
    /// Words that a walk met and did not believe.
    pub(super) wild_words: u64,
    /// Of the event loop, all attempts together.
    pub(super) pause: Duration,
    /// From the request for V8 to write to its last byte.
    pub(super) capture: Duration,
    pub(super) json_bytes: u64,
    pub(super) attempts: u32,
    pub(super) child: Option<ChildCost>,
    /// What it and the analysis may take.
    pub(super) budget: Budget,
}

impl Taken {
    /// A capture for which the event loop paused while V8 wrote.
    pub(super) fn in_process(
        method: Method,
        (pause, capture): (Duration, Duration),
        json_bytes: u64,
        budget: Budget,
    ) -> Self {
        Self {
            method,
            not_walked: None,
            wild_words: 0,
            pause,
            capture,
            json_bytes,
            attempts: 1,
            child: None,
            budget,
        }
    }
}
