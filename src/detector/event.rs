//! Events that the background thread sends to JavaScript.

use serde::Serialize;

use super::{MemoryNews, Skip};
use crate::report::{CheckReport, MemoryAccount};

/// One event; the binding serialises it as JSON on the background thread.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Event<'a> {
    /// Asks the event loop to capture the heap, or to let V8 write it.
    Capture {
        /// The round that needs it.
        round: u32,
        /// `walk`, `fork`, `inline` or `stream`; `places` for the places of sampled functions.
        method: &'static str,
    },
    /// A round has ended.
    Round {
        /// Its number.
        round: u32,
        /// Its report.
        report: &'a CheckReport,
        /// The indices of the report's leaks that are due for an event.
        due: &'a [usize],
        /// What the reading at its start says; `None` without one.
        memory: Option<&'a MemoryNews<'a>>,
        /// Processor time that it took.
        cpu_ms: f64,
    },
    /// The memory has been read.
    Memory {
        /// The round of the request.
        round: u32,
        /// The reading, if it is not one of the detector's own.
        account: Option<&'a MemoryAccount>,
        /// What it says, if it is one of these.
        memory: Option<&'a MemoryNews<'a>>,
    },
    /// A snapshot file is complete, or will not be written; the same of one that is sent.
    Written {
        /// Its round.
        round: u32,
        /// Why there is no file; `None` if there is one.
        skip: Option<&'a Skip>,
        /// Whether a part of it has been sent to a reader.
        has_begun: bool,
        /// Processor time that it took.
        cpu_ms: f64,
    },
    /// The comparison of a walk with V8's snapshot has ended; its result applies to
    /// the process ([`trust`](super::trust)).
    Compared,
    /// The detector is closed. This is its last event.
    Closed,
}

/// Passes events to JavaScript; called on the background thread.
pub type Listener = Box<dyn Fn(&Event<'_>) + Send>;
