//! The censuses of a detector's snapshots so far.

use rustc_hash::FxHashSet;

use super::{Clock, layers::Layers, rules};
use crate::{
    census::{Census, Row, Totals},
    report::Memory,
};

/// The earlier findings about a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Past {
    /// Nothing.
    #[default]
    Unknown,
    /// That it leaks.
    Confirmed,
    /// That it leaks, and that it stood still then.
    Refuted,
}

/// Censuses and their clocks, oldest first.
///
/// Memory is proportional to the number of keys, and to how many of them change
/// from one of [`MAX_OBSERVATIONS`](rules::MAX_OBSERVATIONS) to the next, whatever
/// the size of the heap.
#[derive(Debug, Default)]
pub struct History {
    clocks: Vec<Clock>,
    memory: Vec<Memory>,
    totals: Vec<Totals>,
    rows: Layers,
    shapes: Layers,
    rounds: u32,
    confirmed: FxHashSet<u64>,
    refuted: FxHashSet<u64>,
    suspected: FxHashSet<u64>,
}

/// A point in a history to roll back to.
#[derive(Debug)]
pub struct Mark {
    rounds: u32,
    confirmed: FxHashSet<u64>,
    refuted: FxHashSet<u64>,
    suspected: FxHashSet<u64>,
}

impl Mark {
    /// Whether there was no snapshot yet.
    pub fn is_at_start(&self) -> bool {
        self.rounds == 0
    }
}

impl History {
    /// Adds the census of one more snapshot, for which there is
    /// [room](Self::make_room).
    pub fn push(&mut self, clock: Clock, memory: Memory, census: Census) {
        self.make_room();
        let Census { totals, rows, shapes } = census;
        self.clocks.push(Clock { round: self.rounds, ..clock });
        self.memory.push(memory);
        self.totals.push(totals);
        self.rows.push(rows);
        self.shapes.push(shapes);
        self.rounds = self.rounds.saturating_add(1);
    }

    /// Sees to it that one more snapshot can be remembered.
    ///
    /// When there are too many, every second one of the older half is forgotten:
    /// a slow leak needs a long memory more than a fine one. The clocks say how
    /// many rounds lie between two that are left.
    pub fn make_room(&mut self) {
        if self.clocks.len() >= rules::MAX_OBSERVATIONS {
            let half = rules::MAX_OBSERVATIONS / 2;
            thin(&mut self.clocks, half);
            thin(&mut self.memory, half);
            thin(&mut self.totals, half);
            self.rows.thin(half);
            self.shapes.thin(half);
        }
    }

    /// Returns a mark to roll back to, should the next snapshot fail.
    pub fn mark(&self) -> Mark {
        let Self { rounds, confirmed, refuted, suspected, .. } = self;
        Mark {
            rounds: *rounds,
            confirmed: confirmed.clone(),
            refuted: refuted.clone(),
            suspected: suspected.clone(),
        }
    }

    /// Goes back to `mark`, after which one snapshot was begun to be taken in at most.
    pub fn roll_back(&mut self, mark: Mark) {
        let is_of_before = |clock: &Clock| clock.round < mark.rounds;
        let len = self.clocks.iter().take_while(|clock| is_of_before(clock)).count();
        self.clocks.truncate(len);
        self.memory.truncate(len);
        self.totals.truncate(len);
        self.rows.truncate(len);
        self.shapes.truncate(len);
        Mark {
            rounds: self.rounds,
            confirmed: self.confirmed,
            refuted: self.refuted,
            suspected: self.suspected,
        } = mark;
    }

    /// Remembers that growth in the containers whose keys are in `leaks`, whichever items'
    /// it is, was found to be a leak. What was one before, and is no longer even in
    /// `suspects`, was refuted. Containers that are gone are forgotten.
    pub fn confirm(&mut self, leaks: &FxHashSet<u64>, suspects: &FxHashSet<u64>) {
        let is_there = |key: &u64| self.rows.latest(*key).count > 0;
        self.confirmed.retain(is_there);
        self.refuted.retain(is_there);
        let has_ended = |key: &u64| !leaks.contains(key) && !suspects.contains(key);
        self.refuted.extend(self.confirmed.iter().copied().filter(has_ended));
        self.confirmed.extend(leaks);
        self.refuted.retain(|key| !leaks.contains(key));
        self.suspected.clone_from(suspects);
    }

    /// Whether the snapshot before this one showed the container with this `key` to grow.
    pub fn was_suspected(&self, key: u64) -> bool {
        self.suspected.contains(&key) || self.past(key) == Past::Confirmed
    }

    /// Returns the earlier findings about the container with this `key`.
    pub fn past(&self, key: u64) -> Past {
        if self.refuted.contains(&key) {
            Past::Refuted
        } else if self.confirmed.contains(&key) {
            Past::Confirmed
        } else {
            Past::Unknown
        }
    }

    /// Returns the number of snapshots that are remembered.
    pub fn len(&self) -> usize {
        self.clocks.len()
    }

    /// Returns the number of snapshots so far, remembered or not.
    pub fn rounds(&self) -> u32 {
        self.rounds
    }

    /// Whether there was no snapshot yet.
    pub fn is_empty(&self) -> bool {
        self.clocks.is_empty()
    }

    /// Returns the times at which the snapshots were taken.
    pub fn clocks(&self) -> &[Clock] {
        &self.clocks
    }

    /// Returns the process's memory at each snapshot.
    pub fn memory(&self) -> &[Memory] {
        &self.memory
    }

    /// Bytes that the heap may still grow by, where its limit is known.
    pub fn left_bytes(&self) -> Option<f64> {
        let memory = self.memory.last()?;
        let left = memory.heap_limit_bytes?.saturating_sub(memory.floor_bytes);
        #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
        Some(left as f64)
    }

    /// Returns one figure of one key, snapshot by snapshot.
    pub fn series(&self, key: u64, figure: impl Fn(Row) -> u64) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
        self.rows.series(key).map(|row| figure(row) as f64).collect()
    }

    /// Returns one figure of one shape, snapshot by snapshot.
    pub fn shape_series(&self, shape: u64, figure: impl Fn(Row) -> u64) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
        self.shapes.series(shape).map(|row| figure(row) as f64).collect()
    }

    /// Returns one figure of whole snapshots, one by one.
    pub fn totals(&self, figure: impl Fn(Totals) -> u64) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
        self.totals.iter().map(|&totals| figure(totals) as f64).collect()
    }

    /// Objects with `key`, snapshot by snapshot.
    pub fn counts(&self, key: u64) -> Vec<u64> {
        self.rows.series(key).map(|row| u64::from(row.count)).collect()
    }

    /// Returns the oldest row of `key`.
    pub fn first(&self, key: u64) -> Row {
        self.rows.first(key)
    }
}

/// Removes every second of the first `half` elements, keeping the very first.
fn thin<T>(all: &mut Vec<T>, half: usize) {
    let mut index = 0;
    all.retain(|_| {
        let keep = index >= half || index % 2 == 0;
        index += 1;
        keep
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::trend::Trend;

    #[test]
    fn the_first_and_the_latest_snapshots_are_remembered() {
        let mut history = History::default();
        for i in 0..100_u32 {
            let row = Row { count: i, ..Row::default() };
            let clock = Clock { epoch_ms: f64::from(i), ..Clock::default() };
            history.push(clock, Memory::default(), Census::from_rows([(7, row)]));
            assert_eq!(history.rounds(), i + 1);
            assert!(history.len() <= rules::MAX_OBSERVATIONS);
        }
        let counts = history.series(7, |row| u64::from(row.count));
        assert_eq!(counts.first(), Some(&0.0));
        assert_eq!(&counts[counts.len() - 3..], [97.0, 98.0, 99.0]);
        assert!(counts.is_sorted());
    }

    #[test]
    fn a_leak_goes_on_growing_when_its_first_snapshots_are_thinned_out() {
        let mut history = History::default();
        for i in 0..200_u32 {
            let row = Row { count: 1000 + 100 * i, ..Row::default() };
            let clock =
                Clock { epoch_ms: f64::from(i), active_ms: Some(f64::from(i)), ..Clock::default() };
            history.push(clock, Memory::default(), Census::from_rows([(7, row)]));
            let counts = history.series(7, |row| u64::from(row.count));
            let trend = Trend::of(&counts, history.clocks());
            let latest = counts[counts.len() - 1];
            assert_eq!(trend.grows(latest), i > 0, "round {i}: {trend:?}");
            assert_eq!((trend.rises, trend.intervals), (i, i), "every round is counted");
        }
    }
}
