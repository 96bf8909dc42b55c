//! What the readings of the process's memory say of it over time, and what of that is news.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::{Options, Request, native_recording::NativeRecording};
use crate::{
    observe::{MemoryWatch, Settings},
    report::{CheckReport, Exhaustion, LimitKind, MemoryAccount, NativeGrowthReport, NativeKind},
};

/// The longest pause that a collection on request has ended with, per MiB of the heap: V8 returns
/// the memory that it frees to the system at once.
const PAUSE_MS_PER_MIB: f64 = 1.0;

/// What a reading says to JavaScript.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemoryNews<'a> {
    /// The reading.
    account: &'a MemoryAccount,
    /// What grows.
    native: Option<NativeGrowthReport>,
    /// Whether that is due for an event.
    native_is_due: bool,
    /// When memory runs out.
    exhaustion: Option<Exhaustion>,
    /// Whether that is due for an event.
    exhaustion_is_due: bool,
    /// Whether V8 is to be asked for a major collection.
    collect: bool,
}

/// The readings of one detector.
pub(super) struct MemoryMember {
    watch: MemoryWatch,
    recording: NativeRecording,
    grown: Told<NativeKind>,
    exhausted: Told<LimitKind>,
    exhaustion_ms: u64,
    max_pause_ms: f64,
    knows_collector: bool,
}

impl MemoryMember {
    pub(super) fn new(options: &Options, settings: &Settings) -> Self {
        let cooldown = Duration::from_millis(options.cooldown_ms);
        Self {
            watch: MemoryWatch::new(settings),
            recording: NativeRecording::new(options.native_stacks),
            grown: Told::new(cooldown),
            exhausted: Told::new(cooldown),
            exhaustion_ms: options.exhaustion_ms,
            max_pause_ms: options.max_pause_ms,
            knows_collector: knows_collector(options),
        }
    }

    /// Forgets all readings, but not what was told of them.
    pub(super) fn forget(&mut self, settings: &Settings) {
        self.watch = MemoryWatch::new(settings);
    }

    /// Adds a reading, or what JavaScript has read where there is none.
    pub(super) fn observe(&mut self, account: Option<&MemoryAccount>, request: &Request) {
        let mut moment = request.moment();
        let reading = request.reading.as_ref();
        if let Some(kept) = reading.and_then(|reading| reading.kept_bytes) {
            moment.memory.floor_bytes = kept;
        }
        let collected = reading.map_or(request.memory.collected, |reading| reading.collected);
        // What Node counts is judged as such.
        let account = account.filter(|account| account.shows_pages());
        self.watch.push(account, &moment, collected);
        self.recording.follow(self.watch.finding());
    }

    /// Writes what grows into the report of a round, whose snapshot has shown these `holders` of
    /// backing stores.
    pub(super) fn complete(&mut self, report: &mut CheckReport, holders: &[String]) {
        self.watch.complete(report, holders);
        report.native = self.native();
    }

    /// Returns what the readings show, with its stacks: naming these takes milliseconds.
    pub(super) fn native(&self) -> Option<NativeGrowthReport> {
        let mut native = self.watch.finding().cloned();
        if let Some(growth) = &mut native {
            self.recording.write_to(growth);
        }
        native
    }

    /// Whether V8 may be asked to collect a heap of this size.
    fn may_collect(&self, heap_bytes: u64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let mebibytes = heap_bytes as f64 / f64::from(1 << 20);
        self.knows_collector && mebibytes * PAUSE_MS_PER_MIB <= self.max_pause_ms
    }

    /// Returns what is to be said after the reading `account`, which was observed; `native` is
    /// what [`Self::native`] has returned since.
    pub(super) fn news<'a>(
        &mut self,
        account: &'a MemoryAccount,
        native: Option<NativeGrowthReport>,
        request: &Request,
        collections: &mut Allowance,
        now: Instant,
    ) -> MemoryNews<'a> {
        let is_deliberate = request.is_deliberate();
        let may_collect = self.may_collect(request.memory.heap_total_bytes);
        let grown = native.as_ref().filter(|_| self.watch.is_news()).map(|found| found.kind);
        let exhaustion = self.watch.exhaustion();
        let ends = exhaustion.filter(|it| is_near(it, self.exhaustion_ms)).map(|it| it.limit);
        let collect = may_collect && self.watch.wants_collection() && collections.take(now);
        MemoryNews {
            account,
            native,
            native_is_due: self.grown.is_due(grown, is_deliberate, now),
            exhaustion,
            exhaustion_is_due: self.exhausted.is_due(ends, is_deliberate, now),
            collect,
        }
    }
}

/// Whether less than `within` milliseconds are left; never for 0.
fn is_near(exhaustion: &Exhaustion, within: u64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds below 2^53")]
    let within = within as f64;
    exhaustion.left_ms.is_some_and(|left| left < within)
}

/// Whether this V8 is one that does what [`crate::collector`] expects.
#[cfg(target_os = "linux")]
fn knows_collector(options: &Options) -> bool {
    crate::walk::gate::admit(&options.versions).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn knows_collector(_: &Options) -> bool {
    false
}

/// When something of a kind was last announced.
#[derive(Debug)]
struct Told<K> {
    cooldown: Duration,
    at: FxHashMap<K, Instant>,
}

impl<K: Copy + Eq + std::hash::Hash> Told<K> {
    fn new(cooldown: Duration) -> Self {
        Self { cooldown, at: FxHashMap::default() }
    }

    /// Whether `kind` is to be announced now: if it was not within the cool-down, or somebody
    /// asked.
    fn is_due(&mut self, kind: Option<K>, is_deliberate: bool, now: Instant) -> bool {
        let cooldown = self.cooldown;
        self.at.retain(|_, told| now.duration_since(*told) < cooldown);
        let Some(kind) = kind else { return false };
        let is_due = is_deliberate || !self.at.contains_key(&kind);
        if is_due {
            self.at.insert(kind, now);
        }
        is_due
    }
}

/// Collections that V8 may still be asked for, by all detectors of an environment together.
#[derive(Debug, Default)]
pub(super) struct Allowance(VecDeque<Instant>);

impl Allowance {
    /// In an hour. V8 marks off the event loop for the most part, but all of the heap.
    const MOST: usize = 4;
    const HOUR: Duration = Duration::from_secs(3600);

    /// Takes one, if there is any.
    fn take(&mut self, now: Instant) -> bool {
        while self.0.front().is_some_and(|asked| now.duration_since(*asked) >= Self::HOUR) {
            self.0.pop_front();
        }
        let may = self.0.len() < Self::MOST;
        if may {
            self.0.push_back(now);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_told_again_after_the_cool_down_or_when_somebody_asks() {
        let (start, kind) = (Instant::now(), NativeKind::Threads);
        let mut told = Told::new(Duration::from_secs(60));
        let mut due =
            |kind, asked, seconds| told.is_due(kind, asked, start + Duration::from_secs(seconds));
        assert!(due(Some(kind), false, 0));
        assert!(!due(Some(kind), false, 59), "known");
        assert!(due(Some(NativeKind::Wasm), false, 59), "another");
        assert!(due(Some(kind), false, 60));
        assert!(due(Some(kind), true, 61), "asked for");
        assert!(!due(None, true, 200));
        assert!(told.at.is_empty());
    }

    #[test]
    fn only_a_handful_of_collections_is_asked_for_in_an_hour() {
        let start = Instant::now();
        let mut allowance = Allowance::default();
        let mut take = |minutes: u64| allowance.take(start + Duration::from_secs(60 * minutes));
        let taken: Vec<bool> = [0, 1, 2, 3, 4, 59].map(&mut take).to_vec();
        assert_eq!(taken, [true, true, true, true, false, false]);
        assert_eq!([60, 60, 61].map(take), [true, false, true]);
    }

    #[test]
    fn memory_that_does_not_grow_never_runs_out() {
        let left = |left_ms| Exhaustion {
            limit: LimitKind::Group,
            limit_bytes: 2,
            used_bytes: 1,
            bytes_per_hour: 0.0,
            left_ms,
        };
        assert!(is_near(&left(Some(999.0)), 1000));
        assert!(!is_near(&left(Some(1000.0)), 1000));
        assert!(!is_near(&left(Some(0.0)), 0), "switched off");
        assert!(!is_near(&left(None), 1000));
    }
}
