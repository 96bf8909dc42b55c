//! One round in progress, and its report.

use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{
    Event, Listener, Request, Skip,
    estimate::millis,
    stage::{Stage, Ticket},
    taken::Taken,
};
use crate::{
    capture::Method,
    error::DetectError,
    report::{CheckReport, Cost, Memory, SkipReport, SnapshotFigures, Verdict, now_iso},
};

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

    /// Asks the event loop to perform the ticket.
    pub(super) fn ask(&self, method: Method, ticket: Ticket) {
        self.ask_for(method.name(), ticket);
    }

    /// Does the same for a ticket of another kind than a capture.
    pub(super) fn ask_for(&self, method: &'static str, ticket: Ticket) {
        self.stage.offer(ticket);
        self.send(&Event::Capture { round: self.number, method });
    }

    /// Adds processor time that the round has used on other threads or in children.
    pub(super) fn spend(&self, time: Duration) {
        self.spent.set(self.spent.get() + time);
    }

    /// Returns that time so far, including failed captures.
    pub(super) fn spent(&self) -> Duration {
        self.spent.get()
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Relaxed)
    }

    /// Checks whether the round is to go on.
    ///
    /// # Errors
    ///
    /// `ERR_ABORTED` once it has been given up.
    pub(super) fn go_on(&self) -> Result<(), Skip> {
        if self.is_aborted() { Err(DetectError::Aborted.into()) } else { Ok(()) }
    }

    /// Sends an event to the listener.
    pub(super) fn send(&self, event: &Event<'_>) {
        (self.listener)(event);
    }
}

impl Drop for Round<'_> {
    fn drop(&mut self) {
        self.stage.end();
    }
}

/// Returns the report of a round that took a snapshot, without its findings.
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

/// Returns the report of a round that took no snapshot.
pub(super) fn report_of_skip(memory: Memory, skip: Skip) -> CheckReport {
    let at = now_iso();
    CheckReport {
        skip: Some(SkipReport { code: skip.code.into(), message: skip.message, at: at.clone() }),
        memory: Some(memory),
        ..CheckReport::new(Verdict::Skipped, at)
    }
}
