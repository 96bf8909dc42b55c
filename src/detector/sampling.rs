//! When allocations are sampled, and how often.
//!
//! Only while something grows: a process in which nothing does pays nothing. Each detector has
//! a [`Policy`], which states a [`Wish`] at the end of each round. Only the event loop can
//! start and stop V8's sampler; it uses the shortest interval that a detector of the
//! environment wishes for.

use std::time::{Duration, Instant};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::{
    allocations::{Allocations, INTERVALS, USUAL},
    report::{AllocationSource, LeakReport},
};

#[cfg(target_os = "linux")]
pub(super) use crate::allocations::control::State;

/// Samples are read by the walk, which exists only on Linux.
#[cfg(not(target_os = "linux"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    #[default]
    Off,
}

/// When a detector has allocations sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// While something grows.
    Auto,
    /// Never.
    Off,
    /// From the start to the end.
    Always,
}

/// With this many samples, the stacks of a leak are known. With five, the first stack was right
/// in 15 of 15 programs.
const ENOUGH: u64 = 20;
/// With fewer samples of a leak, the interval may shrink.
const FEW: u64 = 5;
/// Captures in a row without growth before sampling stops: a single one may miss a growth.
const QUIET: u32 = 2;
/// A leak without stacks after this time will not have any.
const LONGEST: Duration = Duration::from_secs(6 * 3600);
/// Limit of live samples. V8 takes 270 bytes for each: 5 MB.
const MOST_LIVE: u64 = 18_500;
/// The cost of a sample with 40 frames.
const SAMPLE: Duration = Duration::from_micros(9);
/// Share of a core above which the interval grows.
const DEAR: f64 = 0.01;
/// Share of a core below which the interval may shrink.
const CHEAP: f64 = 0.0025;
/// Multiples of `minGrowthBytes` below which a floor does not rise, as in the gate.
const RISEN: u64 = 4;
/// The interval to begin with where code asks for the captures: it does not wait for many of them.
const ASKED: usize = USUAL - 2;
/// Limit of the leaks that are remembered because their stacks are known.
const MOST_KNOWN: usize = 256;

/// The wish of one detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// Bytes between two samples; `None` for no samples.
    pub(super) interval: Option<u64>,
    /// The reason, for people.
    pub(super) why: &'static str,
}

/// Whether a round had a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Snapshot {
    /// No.
    Missing,
    /// Yes, but it is not known which of its objects the samples are of.
    Unlinked,
    /// Yes, and the samples are of objects in it.
    Linked,
}

impl Snapshot {
    fn is_missing(self) -> bool {
        self == Self::Missing
    }
}

/// The outcome of a round.
pub(super) struct Seen<'a> {
    pub(super) leaks: &'a [LeakReport],
    pub(super) suspects: &'a [LeakReport],
    pub(super) allocations: Option<&'a Allocations>,
    pub(super) snapshot: Snapshot,
    /// Whether the gate has seen memory rise.
    pub(super) rises: bool,
    /// The floor of the heap.
    pub(super) floor_bytes: u64,
    /// Whether code asked for the round.
    pub(super) asked: bool,
    pub(super) at: Instant,
}

/// The memory of one detector.
#[derive(Debug)]
pub(super) struct Policy {
    mode: Mode,
    /// Since when it has wished for samples.
    began: Option<Instant>,
    /// Its interval, among [`INTERVALS`].
    level: usize,
    /// Captures in a row in which nothing grew.
    quiet: u32,
    /// Whether something grew in the latest snapshot.
    grew: bool,
    /// The lowest floor of the heap so far.
    lowest: u64,
    min_growth_bytes: u64,
    /// A limit was reached: no more samples until the growth has ended.
    is_spent: bool,
    /// Leaks and suspects whose stacks are known.
    known: FxHashSet<String>,
    /// Samples taken up to the round before, or none when this interval began, and the time.
    before: Option<(u64, Instant)>,
}

impl Policy {
    pub(super) fn new(mode: Mode, min_growth_bytes: u64) -> Self {
        Self {
            mode,
            began: None,
            level: USUAL,
            quiet: 0,
            grew: false,
            lowest: u64::MAX,
            min_growth_bytes,
            is_spent: false,
            known: FxHashSet::default(),
            before: None,
        }
    }

    /// Returns the wish before the first round.
    pub(super) fn at_first(mode: Mode) -> Wish {
        match mode {
            Mode::Always => Wish { interval: Some(INTERVALS[USUAL]), why: ALWAYS },
            Mode::Auto => Wish { interval: None, why: QUIETLY },
            Mode::Off => Wish { interval: None, why: SWITCHED_OFF },
        }
    }

    /// Returns the wish after a round.
    pub(super) fn after(&mut self, seen: &Seen<'_>) -> Wish {
        let wanted = match self.mode {
            Mode::Off => Err(SWITCHED_OFF),
            Mode::Always => Ok(ALWAYS),
            Mode::Auto => self.judge(seen),
        };
        match wanted {
            Ok(why) => {
                if self.began.is_none() && seen.asked {
                    self.level = self.level.min(ASKED);
                }
                self.began.get_or_insert(seen.at);
                self.adapt(seen);
                Wish { interval: INTERVALS.get(self.level).copied(), why }
            }
            Err(why) => {
                (self.began, self.before) = (None, None);
                Wish { interval: None, why }
            }
        }
    }

    /// Returns why samples are wanted, or why not.
    fn judge(&mut self, seen: &Seen<'_>) -> Result<&'static str, &'static str> {
        let growing = || seen.leaks.iter().chain(seen.suspects);
        if self.known.len() > MOST_KNOWN {
            self.known.clear();
        }
        let known = growing().filter(|it| samples(it) >= ENOUGH).map(|it| it.id.clone());
        self.known.extend(known);
        let has_growth = growing().next().is_some();
        if !seen.snapshot.is_missing() {
            self.grew = has_growth;
        }
        // Without a snapshot, what grew in the latest one may still do so.
        let may_grow = self.rises(seen) || seen.snapshot.is_missing() && self.grew;
        if !(has_growth || may_grow) {
            self.quiet += 1;
            self.is_spent = false;
            let goes_on = self.began.is_some() && self.quiet < QUIET;
            return if goes_on { Ok("something grew") } else { Err(QUIETLY) };
        }
        self.quiet = 0;
        if has_growth && growing().all(|it| self.known.contains(&it.id)) {
            return Err("the stacks of everything that grows are known");
        }
        let is_over = self.began.is_some_and(|began| seen.at.duration_since(began) >= LONGEST);
        let is_big = seen.allocations.is_some_and(|it| it.live >= MOST_LIVE && it.are_own());
        self.is_spent |= is_over || is_big;
        if self.is_spent {
            Err("the limit of time or samples is reached")
        } else if has_growth {
            Ok("something grows")
        } else {
            Ok("memory rises")
        }
    }

    /// Whether memory rises: as the gate sees it, or, where no snapshot says what grows, since the
    /// lowest floor.
    fn rises(&mut self, seen: &Seen<'_>) -> bool {
        self.lowest = self.lowest.min(seen.floor_bytes);
        let risen = seen.floor_bytes - self.lowest;
        seen.rises || seen.snapshot.is_missing() && risen >= RISEN * self.min_growth_bytes.max(1)
    }

    /// Adapts the interval to the cost of the samples and to their number.
    fn adapt(&mut self, seen: &Seen<'_>) {
        let interval = INTERVALS.get(self.level).copied();
        let Some(found) = seen.allocations.filter(|it| Some(it.interval) == interval) else {
            // It begins now.
            self.before = Some((0, seen.at));
            return;
        };
        let Some((taken, at)) = self.before.replace((found.taken, seen.at)) else { return };
        let seconds = seen.at.duration_since(at).as_secs_f64();
        let Some(taken) = found.taken.checked_sub(taken).filter(|_| seconds > 0.0) else { return };
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let mut share = taken as f64 * SAMPLE.as_secs_f64() / seconds;
        let before = self.level;
        while share > DEAR && self.level + 1 < INTERVALS.len() {
            (self.level, share) = (self.level + 1, share / 2.0);
        }
        let mut growing = seen.leaks.iter().chain(seen.suspects);
        let has_few = if seen.snapshot == Snapshot::Linked {
            growing.any(|it| samples(it) < FEW && !self.known.contains(&it.id))
        } else {
            // Only the growth of samples can show a leak, which takes more of them.
            let has_enough =
                |it: &LeakReport| it.allocations.as_ref().is_some_and(|it| it.samples >= ENOUGH);
            (self.mode == Mode::Auto || growing.clone().next().is_some())
                && !growing.any(has_enough)
        };
        // As far as that is still cheap: samples so far are lost with the interval.
        while has_few && share * 2.0 <= CHEAP && self.level > 0 {
            (self.level, share) = (self.level - 1, share * 2.0);
        }
        if self.level != before {
            self.before = Some((0, seen.at));
        }
    }
}

const ALWAYS: &str = "sampling is always on";
const QUIETLY: &str = "nothing grows";
const SWITCHED_OFF: &str = "sampling is switched off";

/// Returns the number of linked samples of a leak.
fn samples(leak: &LeakReport) -> u64 {
    let linked = leak.allocations.as_ref().filter(|it| it.source == AllocationSource::Linked);
    linked.map_or(0, |allocations| allocations.samples)
}

/// The wishes of an environment's detectors, and what the event loop made of them.
#[derive(Debug, Default)]
pub(super) struct Sampling {
    wishes: FxHashMap<u32, Wish>,
    /// As the event loop has left it.
    pub(super) state: State,
    /// The addresses of the isolate that is sampled, and of its `HeapProfiler`.
    #[cfg(target_os = "linux")]
    pub(super) isolate: Option<(u64, u64)>,
    /// Interval and number of samples of the present sampler, at the latest capture.
    counted: Option<(u64, u64)>,
    /// Samples that V8 has taken for seep so far.
    taken: u64,
}

impl Sampling {
    pub(super) fn wish(&mut self, detector: u32, wish: Wish) {
        self.wishes.insert(detector, wish);
    }

    /// Counts the samples taken since the capture before. Those of a sampler that ends between
    /// two captures are missed from its last capture on.
    pub(super) fn count(&mut self, found: Option<&Allocations>) {
        let found = found.filter(|found| found.are_own());
        let now = found.map(|found| (found.interval, found.taken));
        if let Some((interval, taken)) = now {
            let before = self.counted.filter(|before| before.0 == interval && before.1 <= taken);
            self.taken += taken - before.map_or(0, |(_, before)| before);
        }
        self.counted = now;
    }

    /// Drops the wish of a detector that is closed.
    pub(super) fn forget(&mut self, detector: u32) {
        self.wishes.remove(&detector);
    }

    /// Returns the interval to use: the shortest that any detector wishes for.
    pub(super) fn interval(&self) -> Option<u64> {
        self.wishes.values().filter_map(|wish| wish.interval).min()
    }

    /// Returns the state for `status()` of a detector.
    pub(super) fn status(&self, detector: u32) -> Status {
        let why = self.wishes.get(&detector).map_or(QUIETLY, |wish| wish.why);
        let (sampler, interval_bytes, why) = match self.state {
            State::Off => (None, None, why),
            #[cfg(target_os = "linux")]
            State::Own(interval) => (Some("own"), Some(interval), why),
            #[cfg(target_os = "linux")]
            State::Shared(interval) => (Some("shared"), Some(interval), why),
            #[cfg(target_os = "linux")]
            State::Refused(reason) => (None, None, reason),
        };
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let cpu_ms = self.taken as f64 * SAMPLE.as_secs_f64() * 1000.0;
        let (is_sampling, samples) = (sampler.is_some(), self.taken);
        Status { is_sampling, sampler, interval_bytes, why, samples, cpu_ms }
    }
}

/// Whether allocations are sampled now (`AllocationStatus` in index.d.ts).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    #[serde(rename = "sampling")]
    is_sampling: bool,
    sampler: Option<&'static str>,
    interval_bytes: Option<u64>,
    why: &'static str,
    samples: u64,
    cpu_ms: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::cooldown::tests::{leak, sampled};

    /// A policy, and the time that it is told.
    struct Days {
        policy: Policy,
        start: Instant,
    }

    impl Days {
        fn new(mode: Mode) -> Self {
            Self { policy: Policy::new(mode, 1 << 16), start: Instant::now() }
        }

        fn seen(
            &mut self,
            minutes: u64,
            suspects: &[LeakReport],
            allocations: Option<&Allocations>,
        ) -> Option<u64> {
            let at = self.start + Duration::from_secs(60 * minutes);
            let seen = Seen { suspects, allocations, snapshot: Snapshot::Linked, ..nothing(at) };
            self.policy.after(&seen).interval
        }
    }

    fn nothing(at: Instant) -> Seen<'static> {
        Seen {
            leaks: &[],
            suspects: &[],
            allocations: None,
            snapshot: Snapshot::Unlinked,
            rises: false,
            floor_bytes: 0,
            asked: false,
            at,
        }
    }

    fn taken(interval: u64, taken: u64, live: u64) -> Allocations {
        Allocations { interval, taken, live, ..Allocations::default() }
    }

    const USUALLY: Option<u64> = Some(INTERVALS[USUAL]);

    #[test]
    fn samples_are_taken_while_something_grows_and_two_captures_longer() {
        let mut days = Days::new(Mode::Auto);
        assert_eq!(days.seen(0, &[], None), None);
        assert_eq!(days.seen(1, &[leak("a")], None), USUALLY);
        assert_eq!(days.seen(2, &[], None), USUALLY);
        assert_eq!(days.seen(3, &[], None), None);
        assert_eq!(days.seen(4, &[leak("a")], None), USUALLY);
    }

    #[test]
    fn what_is_known_is_not_sampled_again_and_what_is_new_is() {
        let mut days = Days::new(Mode::Auto);
        assert_eq!(days.seen(0, &[leak("a"), leak("b")], None), USUALLY);
        assert_eq!(days.seen(1, &[sampled("a", ENOUGH), leak("b")], None), USUALLY);
        assert_eq!(days.seen(2, &[sampled("a", ENOUGH), sampled("b", ENOUGH)], None), None);
        assert_eq!(days.seen(3, &[leak("a"), leak("b")], None), None, "remembered");
        assert_eq!(days.seen(4, &[leak("a"), leak("c")], None), USUALLY);
    }

    #[test]
    fn what_has_no_stacks_after_hours_is_given_up_until_it_has_ended() {
        let mut days = Days::new(Mode::Auto);
        assert_eq!(days.seen(0, &[leak("a")], None), USUALLY);
        assert_eq!(days.seen(359, &[leak("a")], None), USUALLY);
        assert_eq!(days.seen(360, &[leak("a")], None), None);
        assert_eq!(days.seen(1000, &[leak("a")], None), None);
        assert_eq!(days.seen(1001, &[], None), None);
        assert_eq!(days.seen(1002, &[leak("a")], None), USUALLY);
    }

    #[test]
    fn live_samples_are_bounded_but_another_profilers_are_its_own_business() {
        for (interval, expected) in [(INTERVALS[USUAL], None), (524_288, USUALLY)] {
            let mut days = Days::new(Mode::Auto);
            let many = taken(interval, MOST_LIVE, MOST_LIVE);
            assert_eq!(days.seen(0, &[leak("a")], None), USUALLY);
            assert_eq!(days.seen(1, &[leak("a")], Some(&many)), expected);
        }
    }

    #[test]
    fn the_interval_follows_the_cost_and_what_is_still_to_be_learnt() {
        let mut days = Days::new(Mode::Auto);
        let usual = INTERVALS[USUAL];
        days.seen(0, &[leak("a")], None);
        // 70,000 samples a minute are one per cent of a core.
        let dearer = days.seen(1, &[leak("a")], Some(&taken(usual, 70_000, 9)));
        assert_eq!(dearer, Some(INTERVALS[USUAL + 1]));
        let dearer = INTERVALS[USUAL + 1];
        let cheap = days.seen(2, &[leak("a")], Some(&taken(dearer, 6000, 9)));
        assert_eq!(cheap, USUALLY, "few samples, and they cost little");
        let cheaper = days.seen(3, &[leak("a")], Some(&taken(usual, 100, 9)));
        assert_eq!(cheaper, Some(INTERVALS[0]), "they cost next to nothing");
        let enough = days.seen(4, &[sampled("a", FEW)], Some(&taken(INTERVALS[0], 20, 9)));
        assert_eq!(enough, Some(INTERVALS[0]));
        let dear = days.seen(5, &[leak("a")], Some(&taken(INTERVALS[0], 800_000, 9)));
        assert_eq!(dear, Some(INTERVALS[4]), "to a sixteenth at once");
    }

    #[test]
    fn without_snapshots_the_interval_shrinks_until_samples_can_show_a_growth() {
        let mut days = Days::new(Mode::Auto);
        let start = days.start;
        let mut wish = |minutes: u64, leaks: &[LeakReport], found: Option<&Allocations>| {
            let at = start + Duration::from_secs(60 * minutes);
            let seen = Seen {
                leaks,
                allocations: found,
                snapshot: Snapshot::Missing,
                rises: true,
                ..nothing(at)
            };
            days.policy.after(&seen).interval
        };
        assert_eq!(wish(0, &[], None), USUALLY);
        let few = taken(INTERVALS[USUAL], 600, 9);
        assert_eq!(wish(1, &[], Some(&few)), Some(INTERVALS[0]), "they cost next to nothing");
        let dear = taken(INTERVALS[0], 800_000, 9);
        assert_eq!(wish(2, &[], Some(&dear)), Some(INTERVALS[4]));
        let cheap = taken(INTERVALS[4], 600, 9);
        let mut enough = sampled("a", ENOUGH);
        if let Some(allocations) = &mut enough.allocations {
            allocations.source = AllocationSource::Growth;
        }
        assert_eq!(wish(3, &[enough], Some(&cheap)), Some(INTERVALS[4]));
    }

    #[test]
    fn what_code_asks_for_is_to_be_known_soon() {
        let mut days = Days::new(Mode::Auto);
        let (at, suspects) = (days.start, [leak("a")]);
        let seen = |asked| Seen { suspects: &suspects, asked, ..nothing(at) };
        assert_eq!(days.policy.after(&seen(true)).interval, Some(INTERVALS[ASKED]));
        assert_eq!(days.policy.after(&seen(false)).interval, Some(INTERVALS[ASKED]));
    }

    #[test]
    fn what_is_switched_off_or_on_stays_so() {
        let mut off = Days::new(Mode::Off);
        assert_eq!(off.seen(0, &[leak("a")], None), None);
        let mut always = Days::new(Mode::Always);
        assert_eq!(always.seen(0, &[], None), USUALLY);
        assert_eq!(always.seen(1000, &[], None), USUALLY);
    }

    #[test]
    fn samples_are_taken_when_the_gate_sees_memory_rise() {
        let mut days = Days::new(Mode::Auto);
        let at = days.start;
        let mut wish = |rises| days.policy.after(&Seen { rises, ..nothing(at) });
        assert_eq!(wish(false).interval, None);
        assert_eq!((wish(true).interval, wish(true).why), (USUALLY, "memory rises"));
        assert_eq!(wish(false).interval, USUALLY);
        assert_eq!(wish(false).interval, None);
    }

    #[test]
    fn without_snapshots_a_floor_that_has_risen_is_enough() {
        let mut days = Days::new(Mode::Auto);
        let at = days.start;
        let mut interval = |snapshot, floor_bytes| {
            days.policy.after(&Seen { snapshot, floor_bytes, ..nothing(at) }).interval
        };
        assert_eq!(interval(Snapshot::Missing, 10 << 20), None);
        assert_eq!(interval(Snapshot::Missing, 10 << 20), None);
        assert_eq!(interval(Snapshot::Missing, 11 << 20), USUALLY);
        assert_eq!(interval(Snapshot::Unlinked, 11 << 20), USUALLY, "one more, as always");
        assert_eq!(interval(Snapshot::Unlinked, 11 << 20), None, "nothing in it grows");
    }

    #[test]
    fn what_grew_is_sampled_while_captures_are_skipped() {
        let mut days = Days::new(Mode::Auto);
        assert_eq!(days.seen(0, &[leak("a")], None), USUALLY);
        let skipped = || Seen { snapshot: Snapshot::Missing, ..nothing(Instant::now()) };
        for _ in 0..5 {
            assert_eq!(days.policy.after(&skipped()).interval, USUALLY);
        }
    }

    #[test]
    fn samples_are_counted_once_and_only_ours() {
        let mut sampling = Sampling::default();
        let mut count = |found: Option<Allocations>| {
            sampling.count(found.as_ref());
            sampling.status(1).samples
        };
        let of = |interval, number| Some(taken(interval, number, 0));
        assert_eq!(count(of(INTERVALS[0], 10)), 10);
        assert_eq!(count(of(INTERVALS[0], 25)), 25);
        assert_eq!(count(of(INTERVALS[1], 30)), 55, "another sampler of ours");
        assert_eq!(count(of(INTERVALS[1], 4)), 59, "it was started anew");
        assert_eq!(count(of(524_288, 1000)), 59);
        assert_eq!(count(None), 59);
        assert_eq!(count(of(INTERVALS[1], 4)), 63);
        assert!((sampling.status(1).cpu_ms - 63.0 * 0.009).abs() < 1e-9);
    }

    #[test]
    fn an_environment_samples_as_its_most_curious_detector_wants() {
        let mut sampling = Sampling::default();
        let wish = |interval| Wish { interval, why: "a test" };
        assert_eq!(sampling.interval(), None);
        for (detector, interval) in [(1, None), (2, Some(200)), (3, Some(100))] {
            sampling.wish(detector, wish(interval));
        }
        assert_eq!(sampling.interval(), Some(100));
        sampling.forget(3);
        assert_eq!(sampling.interval(), Some(200));
        sampling.forget(2);
        assert_eq!(sampling.interval(), None);
        assert_eq!(sampling.status(1).why, "a test");
    }
}
