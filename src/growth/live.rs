//! Judges the code that live samples were allocated in, where no snapshot shows who holds them.
//!
//! By the same rules as a container, with one more: samples begin with the sampler, so what lives
//! for an hour seems to grow for an hour. The floor of the heap must have risen with it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Clock, History, Sensitivity,
    judge::{Decision, Judge, confidence},
    rules, stats,
    trend::Trend,
};
use crate::{
    census::{Census, Row},
    report::Memory,
};

/// The samples of one place in the code.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sampled {
    /// Live samples.
    pub samples: u64,
    /// The number of objects that they represent.
    pub count: f64,
    /// Their bytes.
    pub bytes: f64,
}

/// A place in the code whose live objects grow.
#[derive(Clone, Debug)]
pub struct LiveGrowth {
    /// The key of the place.
    pub key: u64,
    /// Objects in each round.
    pub counts: Vec<u64>,
    /// Their bytes, in the same rounds.
    pub held: Vec<u64>,
    /// Index of the round at which the present climb starts.
    pub start: usize,
    /// Growth of `held` per millisecond.
    pub bytes_per_ms: f64,
    /// Leak or suspect.
    pub decision: Decision,
    /// 0 to 1.
    pub confidence: f64,
    /// The trend of its series.
    pub trend: Trend,
}

/// The live samples of earlier rounds, by place.
#[derive(Debug, Default)]
pub struct LiveHistory {
    history: History,
    latest: FxHashMap<u64, Sampled>,
    /// Interval of the sampler, and the samples that it had taken.
    sampler: Option<(u64, u64)>,
}

impl LiveHistory {
    /// Takes in the samples of one more round, of a sampler with this interval that has taken
    /// so many. Returns false if they say nothing, since V8 has collected no garbage meanwhile:
    /// until then the samples of garbage are alive.
    pub fn push(
        &mut self,
        (interval, taken): (u64, u64),
        places: FxHashMap<u64, Sampled>,
        clock: Clock,
        memory: Memory,
    ) -> bool {
        if self.sampler.is_some_and(|(before, most)| before != interval || most > taken) {
            // Another sampler, which knows nothing of what there was.
            *self = Self::default();
        }
        self.sampler = Some((interval, taken));
        if !memory.collected {
            return false;
        }
        let rows = places.iter().map(|(&key, sampled)| (key, row(sampled)));
        self.history.push(clock, memory, Census::from_rows(rows));
        self.latest = places;
        true
    }

    /// Returns the places that grow, those that grow most first.
    pub fn find(&mut self, sensitivity: &Sensitivity) -> Vec<LiveGrowth> {
        let known = |(_, sampled): &(&u64, &Sampled)| sampled.samples >= rules::LIVE_SAMPLES.0;
        let places = self.latest.iter().filter(known);
        let mut found: Vec<LiveGrowth> = places
            .filter_map(|(&key, sampled)| self.growth(key, sampled.samples, sensitivity))
            .collect();
        found.sort_by(|a, b| b.bytes_per_ms.total_cmp(&a.bytes_per_ms).then(a.key.cmp(&b.key)));
        let keys = |decision: Decision| -> FxHashSet<u64> {
            let those = found.iter().filter(|growth| growth.decision == decision);
            those.map(|growth| growth.key).collect()
        };
        self.history.confirm(&keys(Decision::Leak), &keys(Decision::Suspect));
        found
    }

    /// Returns the times of the rounds.
    pub fn clocks(&self) -> &[Clock] {
        self.history.clocks()
    }

    fn growth(&self, key: u64, samples: u64, sensitivity: &Sensitivity) -> Option<LiveGrowth> {
        let history = &self.history;
        let counts = history.series(key, |row| u64::from(row.count));
        let held = history.series(key, |row| row.held_bytes);
        let judge = Judge::over(history, sensitivity);
        let judgement = judge.weigh(&counts, &held, history.past(key))?;
        let (trend, start) = (judgement.trend, judgement.trend.start);
        let gained = held[held.len() - 1] - held[start];
        let floors = &history.memory()[start..];
        let floor = |memory: &Memory| stats::lossless_bytes(memory.floor_bytes);
        let risen = floor(&floors[floors.len() - 1]) - floor(&floors[0]);
        if gained <= 0.0 || risen < rules::LIVE_FLOOR_SHARE * gained {
            return None;
        }
        let clocks = history.clocks();
        let bytes_per_ms = stats::slope(&held[start..], |at| clocks[start + at].epoch_ms);
        let has_few = samples < rules::LIVE_SAMPLES.1;
        let whole = |values: &[f64]| values.iter().map(|&value| stats::whole(value)).collect();
        Some(LiveGrowth {
            key,
            counts: whole(&counts),
            held: whole(&held),
            start,
            bytes_per_ms,
            decision: if has_few { Decision::Suspect } else { judgement.decision },
            confidence: confidence(&trend, judgement.needed).min(rules::LIVE_CONFIDENCE),
            trend,
        })
    }
}

fn row(sampled: &Sampled) -> Row {
    let count = u32::try_from(stats::whole(sampled.count)).unwrap_or(u32::MAX);
    Row { count, held_bytes: stats::whole(sampled.bytes), ..Row::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    /// Rounds in which place 7 has so many samples of 128 KiB each, and the floor is so high.
    fn found(rounds: &[(u64, u64)]) -> Option<Decision> {
        let mut history = LiveHistory::default();
        for (round, &(samples, floor)) in (0_u32..).zip(rounds) {
            let bytes = stats::lossless_bytes(samples * MIB / 8);
            let sampled = Sampled { samples, count: bytes / 100.0, bytes };
            let clock = Clock { epoch_ms: f64::from(round) * 60_000.0, ..Clock::default() };
            let memory = Memory { floor_bytes: floor, collected: true, ..Memory::default() };
            let places = FxHashMap::from_iter([(7, sampled)]);
            assert!(history.push((131_101, u64::from(round)), places, clock, memory));
        }
        history.find(&Sensitivity::default()).first().map(|growth| growth.decision)
    }

    fn rising(each: u64, floor_each: u64) -> Vec<(u64, u64)> {
        (1..9).map(|round| (round * each, 50 * MIB + round * floor_each)).collect()
    }

    #[test]
    fn what_rises_with_the_floor_is_a_leak() {
        assert_eq!(found(&rising(16, 2 * MIB)), Some(Decision::Leak));
    }

    #[test]
    fn what_only_fills_up_since_sampling_began_is_none() {
        assert_eq!(found(&rising(16, 0)), None);
        assert_eq!(found(&rising(16, MIB / 2)), None);
    }

    #[test]
    fn few_samples_are_a_suspect_and_fewer_are_none() {
        assert_eq!(found(&rising(2, MIB)), Some(Decision::Suspect));
        assert_eq!(found(&rising(2, MIB)[..2]), None);
    }

    #[test]
    fn what_stands_still_is_none() {
        let rounds: Vec<_> = (0..9).map(|round| (90, 50 * MIB + round * MIB)).collect();
        assert_eq!(found(&rounds), None);
    }

    #[test]
    fn a_round_before_which_nothing_was_collected_says_nothing() {
        let mut history = LiveHistory::default();
        let mut push = |taken, collected| {
            let memory = Memory { collected, ..Memory::default() };
            history.push((1, taken), FxHashMap::default(), Clock::default(), memory)
        };
        assert!(!push(1, false));
        assert!(push(2, true));
    }

    #[test]
    fn another_sampler_begins_anew() {
        let mut history = LiveHistory::default();
        let collected = Memory { collected: true, ..Memory::default() };
        for (sampler, rounds) in [((1, 5), 1), ((1, 6), 2), ((1, 2), 1), ((2, 9), 1)] {
            history.push(sampler, FxHashMap::default(), Clock::default(), collected);
            assert_eq!(history.clocks().len(), rounds, "{sampler:?}");
        }
    }
}
