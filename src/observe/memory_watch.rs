//! The process's memory over time, as a detector reads it at each interval: what grows outside the
//! JavaScript heap, and when memory runs out.

use super::{Moment, Settings};
use crate::{
    explain,
    growth::{self, Judged, Readings, Sensitivity, rules},
    report::{CheckReport, Exhaustion, MemoryAccount, NativeGrowthReport, NativeKind, Verdict},
};

/// The readings of one detector, and what they show.
#[derive(Clone, Debug, Default)]
pub struct MemoryWatch {
    sensitivity: Sensitivity,
    readings: Readings,
    judged: Judged,
    finding: Option<NativeGrowthReport>,
    exhaustion: Option<Exhaustion>,
    /// The reading after which a collection was last wanted.
    wanted: Option<u32>,
    wants_collection: bool,
}

impl MemoryWatch {
    /// Creates one that has seen nothing yet.
    pub fn new(settings: &Settings) -> Self {
        Self { sensitivity: settings.sensitivity, ..Self::default() }
    }

    /// Takes in one more reading. Without an account of the process, what V8 and Node count is
    /// judged. `collected` says whether a major collection has run since the reading before.
    pub fn push(&mut self, account: Option<&MemoryAccount>, moment: &Moment, collected: bool) {
        self.readings.push(account, moment.clock(), moment.memory, collected);
        self.judged = growth::judge_memory(&self.readings, &self.sensitivity);
        self.finding = self.explained(&[]);
        self.exhaustion = growth::exhaustion(self.readings.all());
        let round = self.readings.rounds();
        let is_due = |wanted: u32| round.saturating_sub(wanted) >= rules::READINGS_TO_COLLECT;
        self.wants_collection = self.judged.needs_collection && self.wanted.is_none_or(is_due);
        if self.wants_collection {
            self.wanted = Some(round);
        }
    }

    /// Returns the worst growth, or else an explanation of where much memory is.
    pub fn finding(&self) -> Option<&NativeGrowthReport> {
        self.finding.as_ref()
    }

    /// Whether something grows so far: it is too soon to call the process healthy.
    pub fn rises(&self) -> bool {
        self.judged.rises
    }

    /// Whether V8 should be asked for a major collection, to know whether what rises is held.
    /// After that, a few readings go by before one is wanted again.
    pub fn wants_collection(&self) -> bool {
        self.wants_collection
    }

    /// Returns when memory runs out at the present rate, if a limit is known.
    pub fn exhaustion(&self) -> Option<Exhaustion> {
        self.exhaustion
    }

    /// Completes the report of a round, whose snapshot has shown these `holders` of backing
    /// stores. What JavaScript objects explain keeps its verdict.
    pub fn complete(&mut self, report: &mut CheckReport, holders: &[String]) {
        if !holders.is_empty() {
            self.finding = self.explained(holders);
        }
        report.native.clone_from(&self.finding);
        let is_growth = self.finding.as_ref().is_some_and(|found| found.is_growth);
        report.verdict = match report.verdict {
            Verdict::Healthy | Verdict::InsufficientData | Verdict::Skipped if is_growth => {
                Verdict::NativeGrowth
            }
            Verdict::Healthy if self.rises() => Verdict::InsufficientData,
            verdict => verdict,
        };
    }

    fn explained(&self, holders: &[String]) -> Option<NativeGrowthReport> {
        let (finding, now) = self.judged.finding.as_ref().zip(self.readings.all().last())?;
        let mut report = explain::native_growth::report(finding, now, holders);
        let is_held = [NativeKind::ArrayBuffers, NativeKind::Wasm].contains(&report.kind);
        // A reading shows no holders: those of the last snapshot are the best that is known.
        if let Some(before) = self
            .finding
            .as_ref()
            .filter(|before| is_held && holders.is_empty() && before.kind == report.kind)
        {
            report.culprits.clone_from(&before.culprits);
        }
        Some(report)
    }
}
