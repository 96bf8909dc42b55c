//! Does a series of readings climb, and go on climbing?
//!
//! Readings of memory are noisier than censuses, and there are more of them. What counts is the
//! floor of a series: no value may be lower later. A level that comes and goes has a flat floor,
//! whatever its height is now.

use super::{Clock, clock::Scale, rules, stats, trend};

/// How long and how far a series must climb.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Demand {
    /// Intervals.
    pub(super) intervals: u32,
    /// From the first value to the last, and as a share of the first.
    pub(super) least: (u64, f64),
}

impl Demand {
    /// Returns the same over `intervals`.
    pub(super) fn over(self, intervals: u32) -> Self {
        Self { intervals, ..self }
    }

    /// Whether `values` that began with `first` have climbed far enough by `net`.
    pub(super) fn is_met(&self, net: f64, first: f64) -> bool {
        let (bytes, share) = self.least;
        net >= stats::lossless_bytes(bytes).max(share * first)
    }
}

/// A climb.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Climb {
    /// Index of its first value.
    pub(super) start: usize,
    /// Last floor minus first.
    pub(super) net: f64,
    /// Intervals, each for as many rounds as it spans.
    pub(super) intervals: u32,
    /// Those in which the floor rose.
    pub(super) rises: u32,
    /// Slope of the floor.
    pub(super) per_ms: f64,
}

/// Returns for each value the lowest from there on.
pub(super) fn floors(values: &[f64]) -> Vec<f64> {
    let mut low = f64::INFINITY;
    let mut floors: Vec<f64> = values
        .iter()
        .rev()
        .map(|&value| {
            low = low.min(value);
            low
        })
        .collect();
    floors.reverse();
    floors
}

/// Returns the climb of `values` up to now; the longest that is steady.
///
/// `values` may be bounds; `raw` are what was read. A program that warmed up before it leaked, or
/// leaks since yesterday, climbs for a part of the time that is remembered.
pub(super) fn climb(
    values: &[f64],
    raw: &[f64],
    clocks: &[Clock],
    demand: Demand,
) -> Option<Climb> {
    let floors = floors(values);
    let len = floors.len();
    let starts = [0, len / 8, len / 4, len / 2, len * 3 / 4];
    starts.into_iter().find_map(|start| climb_from(start, &floors, raw, clocks, demand))
}

fn climb_from(
    start: usize,
    floors: &[f64],
    raw: &[f64],
    clocks: &[Clock],
    demand: Demand,
) -> Option<Climb> {
    let (part, at) = (&floors[start..], &clocks[start..]);
    let (&first, &last) = part.first().zip(part.last())?;
    let scale = Scale::of(part, at);
    let intervals = scale.spans.iter().sum();
    let net = last - first;
    let is_long = part.len() > 2 && intervals >= demand.intervals;
    if !is_long || !demand.is_met(net, first) || !is_steady(part, &scale) {
        return None;
    }
    let falls = trend::deepest_fall(&raw[start..]) > rules::NATIVE_FALL * net;
    let is_noise = net < rules::NATIVE_NOISE * noise(raw);
    // So few readings rise by chance, however regularly: their sum says more.
    let wavers = part.len() > 7 && -stats::falling(&raw[start..]) < rules::NATIVE_RISING;
    let peak = raw[..start].iter().copied().fold(f64::MIN, f64::max);
    let has_been_there = start > 0 && last < peak + (rules::PEAK_FACTOR - 1.0) * (peak - first);
    if falls || is_noise || wavers || has_been_there || trend::Trend::of(part, at).follows_traffic {
        return None;
    }
    let rose = part.windows(2).zip(&scale.spans).filter(|(w, _)| w[1] > w[0]);
    Some(Climb {
        start,
        net,
        intervals,
        rises: rose.map(|(_, span)| span).sum(),
        per_ms: stats::slope(part, |at| clocks[start + at].epoch_ms),
    })
}

/// Whether `floors` rise in each quarter, and neither slow down nor speed up by much.
fn is_steady(floors: &[f64], scale: &Scale) -> bool {
    let all = scale.length(0..scale.lengths.len());
    let level = |share: f64| {
        let mut left = share * all;
        for (w, &length) in floors.windows(2).zip(&scale.lengths) {
            if left <= length {
                return w[0] + (w[1] - w[0]) * (left / length.max(f64::MIN_POSITIVE)).min(1.0);
            }
            left -= length;
        }
        floors[floors.len() - 1]
    };
    let levels = [0.0, 0.25, 0.5, 0.75, 1.0].map(level);
    let net = levels[4] - levels[0];
    let (early, late) = (levels[2] - levels[0], levels[4] - levels[2]);
    // A few steps up are no climb.
    let pieces = u8::try_from(scale.lengths.len()).unwrap_or(u8::MAX).min(rules::NATIVE_PIECES);
    let rising = (0..pieces).filter(|&at| {
        let until = |at: u8| level(f64::from(at) / f64::from(pieces));
        until(at + 1) - until(at) >= rules::NATIVE_QUARTER * net / f64::from(pieces)
    });
    stats::lossless(rising.count()) >= rules::MIN_RISING_SHARE * f64::from(pieces)
        && levels.windows(2).all(|w| w[1] - w[0] >= rules::NATIVE_QUARTER * net / 4.0)
        && late >= rules::NATIVE_STEADINESS * early
        && late <= rules::NATIVE_SPEED_UP * early
}

/// Returns by how much `values` are usually off a line through their neighbours.
pub(super) fn noise(values: &[f64]) -> f64 {
    let off: Vec<f64> = values.windows(3).map(|w| (w[0] - 2.0 * w[1] + w[2]).abs()).collect();
    stats::median(&off)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn climbs(values: &[f64]) -> Option<Climb> {
        let at =
            |round: u32| Clock { epoch_ms: f64::from(round) * 1000.0, round, ..Clock::default() };
        let clocks: Vec<Clock> = (0_u32..).map(at).take(values.len()).collect();
        climb(values, values, &clocks, Demand { intervals: 6, least: (10, 0.1) })
    }

    fn series(value: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..32).map(|at| value(f64::from(at))).collect()
    }

    #[test]
    fn a_line_climbs_and_a_line_after_a_step_or_a_rest_does_from_there() {
        let found = climbs(&series(|at| 100.0 + 5.0 * at)).expect("a climb");
        assert_eq!((found.start, found.intervals, found.rises), (0, 31, 31));
        assert!((found.per_ms - 0.005).abs() < 1e-6);
        let step = series(|at| if at < 3.0 { 10.0 } else { 300.0 + 5.0 * at });
        assert!(climbs(&step).is_some_and(|found| found.start > 2));
        let rest = series(|at| 100.0 + 20.0 * (at - 15.0).max(0.0));
        assert!(climbs(&rest).is_some_and(|found| found.start > 14));
    }

    #[test]
    fn what_levels_off_comes_and_goes_or_jumps_does_not() {
        for healthy in [
            series(|at| 100.0 + 500.0 * (1.0 - (-at / 8.0).exp())),
            series(|at| 100.0 + 50.0 * (at % 7.0)),
            series(|at| 100.0 + 200.0 * (at / 5.0).sin()),
            series(|at| if at < 16.0 { 100.0 } else { 400.0 }),
            series(|at| if at < 31.0 { 100.0 } else { 400.0 }),
            series(|at| 400.0 - 5.0 * at),
            series(|_| 100.0),
        ] {
            assert_eq!(climbs(&healthy), None, "{healthy:?}");
        }
    }

    #[test]
    fn it_has_to_pass_what_it_was_before_it_fell() {
        let again =
            series(|at| if at < 16.0 { 100.0 + 20.0 * at } else { 100.0 + 20.0 * (at - 16.0) });
        assert_eq!(climbs(&again), None);
    }
}
