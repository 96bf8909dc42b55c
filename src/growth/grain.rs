//! A series at a coarser grain: several snapshots merged into one, by their minimum.

use super::{
    clock::{Clock, Scale},
    rules, stats,
    trend::{Trend, deepest_fall},
};

/// Several snapshots for one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Grain {
    /// The least count of each window.
    pub(super) counts: Vec<f64>,
    /// The least bytes of each.
    pub(super) held: Vec<f64>,
    /// When each window ended.
    pub(super) clocks: Vec<Clock>,
    first: usize,
    size: usize,
}

impl Grain {
    /// Returns where window `at` begins in the series that it was made of.
    pub(super) fn index(&self, at: usize) -> usize {
        self.first + at * self.size
    }
}

/// Returns the series in windows of `size` that end with the last snapshot.
pub(super) fn of(counts: &[f64], held: &[f64], clocks: &[Clock], size: usize) -> Grain {
    let first = counts.len() % size;
    let least = |values: &[f64]| -> Vec<f64> {
        let windows = values[first..].chunks(size);
        windows.map(|window| window.iter().copied().fold(f64::MAX, f64::min)).collect()
    };
    let ends = clocks[first..].chunks(size).filter_map(<[Clock]>::last).copied();
    Grain { counts: least(counts), held: least(held), clocks: ends.collect(), first, size }
}

/// Whether no fall from one value to a later one is a large share of what was
/// `gained`.
pub(super) fn falls_little(values: &[f64], gained: f64) -> bool {
    deepest_fall(values) <= rules::GRAIN_FALL * gained
}

/// Whether the later half of `values` rises as the earlier did, but for the noise. The least of
/// a window in which they come to rest is from before that.
pub(super) fn goes_on(values: &[f64], clocks: &[Clock]) -> bool {
    let trend = Trend::of(values, clocks);
    let noise = deepest_fall(values) / trend.net.max(f64::MIN_POSITIVE);
    let least = rules::CONFIRMING_STEADINESS - rules::GRAIN_SLACK * noise;
    trend.late_share >= f64::max(least, rules::MIN_LAST_RISE)
}

/// Whether what `values` are off a straight line by comes and goes.
pub(super) fn is_noise(values: &[f64], clocks: &[Clock]) -> bool {
    let scale = Scale::of(values, clocks);
    stats::independence(values, &scale.lengths) >= rules::GRAIN_INDEPENDENCE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_snapshots_are_never_left_out() {
        let clocks: Vec<Clock> = (0..5).map(|round| Clock { round, ..Clock::default() }).collect();
        let grain = of(&[9.0, 4.0, 3.0, 7.0, 6.0], &[9.0, 4.0, 3.0, 7.0, 6.0], &clocks, 2);
        assert_eq!(grain.counts, [3.0, 6.0]);
        assert_eq!(grain.clocks.iter().map(|clock| clock.round).collect::<Vec<_>>(), [2, 4]);
        assert_eq!((grain.index(0), grain.index(1)), (1, 3));
    }
}
