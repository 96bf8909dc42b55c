//! What one round is asked, and what it answers.

use std::{
    cell::Cell,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::Deserialize;

use super::{
    Event, Listener, Skip,
    clock::now_iso,
    estimate::millis,
    sampling::Mode,
    stage::{Stage, Ticket},
    taken::Taken,
};
use crate::{
    capture::Method,
    error::DetectError,
    report::{CheckReport, Cost, Memory, SkipReport, SnapshotFigures, Verdict},
};

/// How a detector may capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// Walked where that works, else forked, else in-process within the pause
    /// budget.
    Auto,
    /// Walked or not at all.
    Walk,
    /// Forked or not at all.
    Fork,
    /// Never forked.
    Inline,
}

#[cfg(target_os = "linux")]
pub(super) use crate::walk::gate::Versions;
/// Nothing is walked here, so nobody asks.
#[cfg(not(target_os = "linux"))]
pub(super) type Versions = serde::de::IgnoredAny;

/// A detector's options, complete and validated: those that the table of options
/// marks as `native` (`lib/option-table.js`), and what `lib/rounds.js` adds. A
/// field that only one side knows is an error at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Options {
    /// How it may capture.
    pub capture: Choice,
    /// Event-loop stall that one capture may cost.
    pub max_pause_ms: f64,
    /// Share of the free memory that one capture may take.
    pub max_headroom_fraction: f64,
    /// Snapshots in which a thing must have grown.
    pub min_checks: u32,
    /// Growth below which nothing is reported.
    pub min_growth_bytes: u64,
    /// Where a leak is rather told later than a healthy program called one: how
    /// far rounds are apart.
    pub patient_round_ms: Option<u64>,
    /// In a test: how often what is tested is called before each round.
    pub calls_per_round: Option<u32>,
    /// Time for which a leak is not announced again.
    pub cooldown_ms: u64,
    /// Whether names of variables, properties and functions are hidden.
    pub redact_names: bool,
    /// When allocations are sampled.
    pub allocations: Mode,
    /// Path prefixes of seep's own scripts.
    pub own_scripts: Vec<String>,
    /// What the process says of its V8.
    pub versions: Versions,
    /// Whether it is there to compare walks with V8's snapshots: then an untested
    /// V8 is walked.
    pub compares: bool,
}

/// What JavaScript knows when it asks for a round.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// `check` or `signal` where a person asked, else `interval` or
    /// `last-chance`.
    pub reason: String,
    /// The process's memory now.
    pub memory: Memory,
    /// Wall-clock time.
    pub epoch_ms: f64,
    /// Processor time that the event loop's thread has used for the program so
    /// far, where that is known.
    pub active_ms: Option<f64>,
}

/// A request for a snapshot file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileRequest {
    /// Where it is to be; absolute.
    pub path: PathBuf,
    /// The round that writes it.
    pub request: Request,
}

impl Request {
    /// Whether the cool-down is to be ignored.
    pub(super) fn is_deliberate(&self) -> bool {
        matches!(self.reason.as_str(), "check" | "signal")
    }
}

/// One round in progress, and its way to the event loop.
pub(super) struct Round<'a> {
    pub(super) number: u32,
    pub(super) stage: &'a Stage,
    listener: &'a Listener,
    aborted: Arc<AtomicBool>,
    spent: Cell<Duration>,
}

impl<'a> Round<'a> {
    pub(super) fn begin(
        stage: &'a Stage,
        listener: &'a Listener,
        detector: u32,
        number: u32,
    ) -> Self {
        Self {
            number,
            stage,
            listener,
            aborted: stage.begin(detector, number),
            spent: Cell::default(),
        }
    }

    /// Has the ticket performed by the event loop.
    pub(super) fn ask(&self, method: Method, ticket: Ticket) {
        self.stage.offer(ticket);
        self.tell(&Event::Capture { round: self.number, method: method.name() });
    }

    /// Processor time has been used for the round elsewhere than on this thread.
    pub(super) fn spend(&self, time: Duration) {
        self.spent.set(self.spent.get() + time);
    }

    /// How much that was so far, captures that failed included.
    pub(super) fn spent(&self) -> Duration {
        self.spent.get()
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Relaxed)
    }

    /// # Errors
    ///
    /// `ERR_ABORTED` once the round has been given up.
    pub(super) fn go_on(&self) -> Result<(), Skip> {
        if self.is_aborted() { Err(DetectError::Aborted.into()) } else { Ok(()) }
    }

    pub(super) fn tell(&self, event: &Event<'_>) {
        (self.listener)(event);
    }
}

impl Drop for Round<'_> {
    fn drop(&mut self) {
        self.stage.end();
    }
}

/// The report of a round that took a snapshot.
pub(super) fn report_of(
    request: &Request,
    snapshot: SnapshotFigures,
    taken: &Taken,
    analysis: Duration,
    analysis_cpu_ms: Option<f64>,
    peak_analysis_bytes: u64,
) -> CheckReport {
    CheckReport {
        snapshot: Some(snapshot),
        cost: Some(Cost {
            capture: taken.method.in_reports(),
            not_walked: taken.not_walked.clone(),
            pause_ms: millis(taken.pause),
            capture_ms: millis(taken.capture),
            analysis_ms: millis(analysis),
            peak_analysis_bytes,
            attempts: taken.attempts,
            child: taken.child,
            analysis_cpu_ms,
            estimate: taken.budget.estimate,
        }),
        memory: Some(request.memory),
        ..CheckReport::new(Verdict::InsufficientData, now_iso())
    }
}

/// The report of a round that took none.
pub(super) fn report_of_skip(memory: Memory, skip: Skip) -> CheckReport {
    let at = now_iso();
    CheckReport {
        skip: Some(SkipReport { code: skip.code.into(), message: skip.message, at: at.clone() }),
        memory: Some(memory),
        ..CheckReport::new(Verdict::Skipped, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cool_down_holds_for_rounds_that_nobody_asked_for() {
        let is_deliberate = |reason: &str| {
            let (memory, reason) = (Memory::default(), reason.into());
            Request { reason, memory, epoch_ms: 0.0, active_ms: None }.is_deliberate()
        };
        assert!(is_deliberate("check") && is_deliberate("signal"));
        assert!(!is_deliberate("interval") && !is_deliberate("last-chance"));
    }
}
