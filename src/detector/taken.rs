//! What a capture took of the process.

use std::time::Duration;

use super::budget::Budget;
#[cfg(target_os = "linux")]
use crate::allocations::profile::InSnapshot;
use crate::{capture::Method, report::ChildCost};

/// How a capture went, and what it took.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) method: Method,
    /// Why the heap was not walked, if walks were permitted.
    pub(super) not_walked: Option<String>,
    /// Wild words of a walk (see [`Doubt`](crate::walk::scan::Doubt)).
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "walks are for Linux"))]
    pub(super) wild_words: u64,
    /// The event loop's pause, of all attempts together.
    pub(super) pause: Duration,
    /// From the request for V8 to write to its last byte.
    pub(super) capture: Duration,
    pub(super) json_bytes: u64,
    pub(super) attempts: u32,
    pub(super) child: Option<ChildCost>,
    /// The samples of a snapshot that V8 wrote in this process.
    #[cfg(target_os = "linux")]
    pub(super) samples: Option<InSnapshot>,
    /// The budget of the capture and the analysis.
    pub(super) budget: Budget,
}

impl Taken {
    /// Returns that of a capture for which the event loop paused while V8 wrote.
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
            #[cfg(target_os = "linux")]
            samples: None,
            budget,
        }
    }
}
