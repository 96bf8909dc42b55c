//! What the background thread reports to JavaScript.

use serde::Serialize;

use super::Skip;
use crate::report::CheckReport;

/// One report; the binding turns it into JSON, on the background thread.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Event<'a> {
    /// The event loop is to capture the heap, or to let V8 write it.
    Capture {
        /// The round that needs it.
        round: u32,
        /// `walk`, `fork`, `inline` or `stream`.
        method: &'static str,
    },
    /// A round has ended.
    Round {
        /// Its number.
        round: u32,
        /// Its report.
        report: &'a CheckReport,
        /// Which of the report's leaks an event is due for, by their places.
        due: &'a [usize],
        /// Processor time that it took.
        cpu_ms: f64,
    },
    /// A snapshot file is whole, or will not be written.
    Written {
        /// Its round.
        round: u32,
        /// Why there is no file; none where there is one.
        skip: Option<&'a Skip>,
        /// Processor time that it took.
        cpu_ms: f64,
    },
    /// The comparison of a walk with V8's snapshot has ended; the result is the
    /// process's ([`trust`](super::trust)).
    Compared,
    /// The detector is closed: its last event.
    Closed,
}

/// Carries events to JavaScript; called on the background thread.
pub type Listener = Box<dyn Fn(&Event<'_>) + Send>;
