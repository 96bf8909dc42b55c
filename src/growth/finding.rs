//! One growth: its container, the judgement of its series, and the confidence in that.

use super::{judge::Decision, signs::Signs, trend::Trend};

/// How the growth shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// There are more objects.
    Count,
    /// The same objects get bigger.
    Size,
}

/// Something that grows.
#[derive(Clone, Debug)]
pub struct Growth {
    /// The tree node that holds the items; [`NONE`] when they are roots.
    pub container: u32,
    /// How many objects that tree node stands for, at least 1: a limit holds for each.
    pub containers: u64,
    /// Tree nodes of what accumulates, by growth of the bytes they hold.
    pub items: Vec<u32>,
    /// How the growth shows.
    pub measure: Measure,
    /// Items in each snapshot (for [`Measure::Size`], objects that get bigger).
    pub counts: Vec<u64>,
    /// Bytes that the items hold, in each snapshot.
    pub held: Vec<u64>,
    /// Index of the snapshot at which the present climb starts.
    pub start: usize,
    /// Snapshots in which it grew, since then.
    pub checks: u32,
    /// Snapshots since then.
    pub intervals: u32,
    /// Growth of `held` per millisecond.
    pub bytes_per_ms: f64,
    /// Leak or suspect.
    pub decision: Decision,
    /// 0 to 1.
    pub confidence: f64,
    /// The trend of its series.
    pub trend: Trend,
    /// Whether its table had room for the items from the beginning: it may only be
    /// filling.
    pub has_spare_room: bool,
    /// Signs that the store is bounded, or that its items are removed.
    pub signs: Signs,
}

impl Growth {
    /// Returns the items in each container, and their bytes, on average.
    pub fn in_each(&self) -> [u64; 2] {
        [&self.counts, &self.held]
            .map(|all| all.last().copied().unwrap_or(0).div_ceil(self.containers))
    }

    /// Bytes gained since the climb started.
    pub fn net_bytes(&self) -> u64 {
        let first = self.held.get(self.start).copied().unwrap_or(0);
        self.held.last().copied().unwrap_or(0).saturating_sub(first)
    }

    /// Items gained since the climb started.
    pub fn net_count(&self) -> u64 {
        let first = self.counts.get(self.start).copied().unwrap_or(0);
        self.counts.last().copied().unwrap_or(0).saturating_sub(first)
    }
}
