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
    /// Readings in a row that show growth of one kind.
    shown: (Option<NativeKind>, u32),
    /// Whether the last snapshot has shown a leak or a suspect.
    heap_grows: bool,
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
        self.confirm();
        self.finding = self.explained(&[]);
        self.exhaustion = growth::exhaustion(self.readings.all());
        let round = self.readings.rounds();
        let is_due = |wanted: u32| round.saturating_sub(wanted) >= rules::READINGS_TO_COLLECT;
        self.wants_collection = self.judged.needs_collection && self.wanted.is_none_or(is_due);
        if self.wants_collection {
            self.wanted = Some(round);
        }
    }

    /// Takes back a growth that not enough readings in a row have shown.
    fn confirm(&mut self) {
        let grown = self.judged.finding.as_ref().filter(|found| found.is_growth);
        let needed = grown.map_or(0, |found| {
            growth::readings_to_confirm(found, &self.readings, &self.sensitivity)
        });
        let kind = grown.map(|found| found.kind);
        let before = if self.shown.0 == kind { self.shown.1 } else { 0 };
        self.shown = (kind, before.saturating_add(1));
        if self.shown.1 < needed {
            self.judged.finding = None;
            self.judged.rises = true;
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

    /// Whether the finding deserves an event: it grows, and is none of objects that the heap's own
    /// verdict is about. That knows whether a cache is filling up.
    pub fn is_news(&self) -> bool {
        self.finding.as_ref().is_some_and(|found| {
            found.is_growth && !(self.heap_grows && found.kind == NativeKind::ArrayBuffers)
        })
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
        if report.snapshot.is_some() {
            self.heap_grows = !(report.leaks.is_empty() && report.suspects.is_empty());
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Memory;

    const MIB: u64 = 1 << 20;

    /// Returns the watch of a process whose buffers grow by `each` MiB a minute.
    fn watch(each: u64, readings: u32, collected: bool) -> MemoryWatch {
        let mut watch = MemoryWatch::new(&Settings::default());
        for round in 0..readings {
            let bytes = (10 + each * u64::from(round)) * MIB;
            let memory =
                Memory { array_buffers_bytes: bytes, external_bytes: bytes, ..Memory::default() };
            let epoch_ms = f64::from(round) * 60_000.0;
            watch.push(None, &Moment { epoch_ms, memory, ..Moment::default() }, collected);
        }
        watch
    }

    fn verdict(watch: &mut MemoryWatch, verdict: Verdict) -> Verdict {
        let mut report = CheckReport::new(verdict, String::new());
        watch.complete(&mut report, &[]);
        assert_eq!(report.native.as_ref(), watch.finding());
        report.verdict
    }

    #[test]
    fn growth_outside_the_heap_is_a_verdict_where_nothing_in_it_explains_it() {
        let mut watch = watch(20, 9, true);
        for healthy in [Verdict::Healthy, Verdict::InsufficientData, Verdict::Skipped] {
            assert_eq!(verdict(&mut watch, healthy), Verdict::NativeGrowth);
        }
        for explained in [Verdict::Leak, Verdict::Suspected] {
            assert_eq!(verdict(&mut watch, explained), explained);
        }
    }

    #[test]
    fn what_rises_keeps_a_process_from_being_called_healthy_and_wants_a_collection() {
        let mut rising = watch(20, 9, false);
        assert_eq!(verdict(&mut rising, Verdict::Healthy), Verdict::InsufficientData);
        let wants: Vec<bool> =
            (1..16).map(|readings| watch(20, readings, false).wants_collection()).collect();
        let asked: Vec<usize> = (0..15).filter(|&at| wants[at]).map(|at| at + 1).collect();
        assert_eq!(asked, [5, 9, 13], "not at each reading");
        assert_eq!(verdict(&mut watch(0, 9, false), Verdict::Healthy), Verdict::Healthy);
    }

    #[test]
    fn holders_of_the_last_snapshot_are_named_until_the_next() {
        let mut watch = watch(20, 9, true);
        let holders = ["cache[]: 180 MB".to_owned()];
        watch.complete(&mut CheckReport::new(Verdict::Healthy, String::new()), &holders);
        let memory = Memory {
            array_buffers_bytes: 190 * MIB,
            external_bytes: 190 * MIB,
            ..Memory::default()
        };
        let epoch_ms = 9.0 * 60_000.0;
        watch.push(None, &Moment { epoch_ms, memory, ..Moment::default() }, true);
        assert_eq!(watch.finding().map(|found| found.culprits.as_slice()), Some(&holders[..]));
    }
}
