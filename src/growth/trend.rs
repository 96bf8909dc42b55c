//! Does this series of numbers grow and go on growing?

use super::rules;

/// When a snapshot was taken: wall clock and work done.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock {
    /// Milliseconds since the epoch.
    pub epoch_ms: f64,
    /// Processor time in milliseconds that the event loop's thread has used for
    /// the program so far, if known.
    pub active_ms: Option<f64>,
    /// How many snapshots there were before; [`History`](super::History) sets
    /// it. Where snapshots have been forgotten, neighbours are more than one
    /// apart, and one interval stands for several.
    pub round: u32,
}

/// How regularly a series rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rising {
    /// It does not, or as often as not, or falls too much.
    No,
    /// With pauses.
    WithPauses,
    /// In most intervals.
    Regularly,
}

/// What a series does since it last started from scratch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Index of the first value that counts: before it there was nothing.
    pub seen: usize,
    /// Index at which the present climb starts.
    pub start: usize,
    /// Intervals that rose, each for as many rounds as it spans.
    pub rises: u32,
    /// Intervals, counted alike.
    pub intervals: u32,
    /// Last value minus first.
    pub net: f64,
    /// Highest value before `start`, if there was a recovery.
    pub earlier_peak: Option<f64>,
    /// In how many intervals it rose, if it fell by little in the others.
    pub rising: Rising,
    /// Has not slowed down.
    pub steady: bool,
}

impl Trend {
    /// The trend of `values`, one for each of `clocks`, oldest first.
    pub fn of(values: &[f64], clocks: &[Clock]) -> Self {
        let (start, earlier_peak) = last_recovery(values);
        let climb = &values[start..];
        let steps: Vec<f64> = climb.windows(2).map(|w| w[1] - w[0]).collect();
        let up: f64 = steps.iter().copied().filter(|&d| d > 0.0).sum();
        let down: f64 = -steps.iter().copied().filter(|&d| d < 0.0).sum::<f64>();
        let spans = spans(&clocks[start..]);
        let rising = steps.iter().filter(|&&d| d > 0.0).count();
        let falls_little = rising > 0 && down <= rules::MAX_FALLING_SHARE * up;
        let in_rises = steps.iter().zip(&spans).filter(|&(&d, _)| d > 0.0);
        Self {
            seen: 0,
            start,
            rises: in_rises.map(|(_, span)| span).sum(),
            intervals: spans.iter().sum(),
            net: climb.last().zip(climb.first()).map_or(0.0, |(last, first)| last - first),
            earlier_peak,
            rising: match share(rising, steps.len()) {
                share if falls_little && share >= rules::MIN_RISING_SHARE => Rising::Regularly,
                share if falls_little && share > rules::PAUSING_SHARE => Rising::WithPauses,
                _ => Rising::No,
            },
            steady: is_steady(&per_round(&steps, &spans), &clocks[start..]),
        }
    }

    /// The same of a part of a series: indices are those of the whole.
    fn shifted(self, by: usize) -> Self {
        Self { seen: self.seen + by, start: self.start + by, ..self }
    }

    /// The trend of sizes that change in steps: hash tables double, arrays grow
    /// by half. Between two steps nothing shows. What is new has not got bigger;
    /// what it does from then on counts.
    pub fn of_steps(sizes: &[f64], clocks: &[Clock]) -> Self {
        let seen = first_seen(sizes);
        let (sizes, clocks) = (&sizes[seen..], &clocks[seen..]);
        let mut trend = Self::of(sizes, clocks);
        let climb = &sizes[trend.start..];
        let steps: Vec<f64> = climb.windows(2).map(|w| w[1] - w[0]).collect();
        let is_step = |&step: &f64| step > rules::MIN_STEP_SHARE * trend.net;
        let up: f64 = steps.iter().filter(|&&step| step > 0.0).sum();
        let down: f64 = steps.iter().filter(|&&step| step < 0.0).map(|step| -step).sum();
        let last_step = steps.iter().rposition(is_step).unwrap_or(0);
        let spans = spans(&clocks[trend.start..]);
        let rises = steps.iter().zip(&spans).filter(|&(step, _)| is_step(step));
        trend.rises = rises.map(|(_, span)| span).sum();
        let grows = trend.rises > 0 && down <= rules::MAX_FALLING_SHARE * up;
        trend.rising = if grows { Rising::Regularly } else { Rising::No };
        // The next step of a table that doubles takes as long as all before it.
        let until: u32 = spans.iter().take(last_step + 1).sum();
        trend.steady = trend.intervals <= until.saturating_mul(2);
        trend.shifted(seen)
    }

    /// How much the last `rounds` rounds of `values` added, on average.
    pub fn pace(&self, values: &[f64], clocks: &[Clock], rounds: u32) -> f64 {
        let mut at = values.len() - 1;
        let passed = |at: usize| spans(&clocks[at..]).iter().sum::<u32>();
        while at > self.start && passed(at) < rounds {
            at -= 1;
        }
        (values[values.len() - 1] - values[at]) / f64::from(passed(at).max(1))
    }

    /// What a round in which `values` rose usually added.
    pub fn usual_pace(&self, values: &[f64], clocks: &[Clock]) -> f64 {
        let steps: Vec<f64> = values[self.start..].windows(2).map(|w| w[1] - w[0]).collect();
        let mut steps = per_round(&steps, &spans(&clocks[self.start..]));
        steps.retain(|&step| step > 0.0);
        median(&steps)
    }

    /// Whether, `intervals` or more after it started, this growth of `values` has
    /// once been as fast as it usually is.
    pub fn was_brisk(&self, values: &[f64], clocks: &[Clock], intervals: u32) -> bool {
        let climb = &values[self.start..];
        let spans = spans(&clocks[self.start..]);
        let steps: Vec<f64> = climb.windows(2).map(|w| w[1] - w[0]).collect();
        let steps = per_round(&steps, &spans);
        let mut passed = 0;
        (0..steps.len()).any(|at| {
            passed += spans[at];
            let mut before = steps[..at.max(1)].to_vec();
            before.retain(|&step| step > 0.0);
            passed >= intervals
                && steps[at] > 0.0
                && steps[at] >= rules::CONFIRMING_RISE * median(&before)
        })
    }

    /// Rising, steady and beyond what it reached before it last recovered.
    pub fn grows(&self, last_value: f64) -> bool {
        self.rising > Rising::No
            && self.steady
            && self.earlier_peak.is_none_or(|peak| last_value > peak * rules::PEAK_FACTOR)
    }
}

/// The trend of the number of some objects, from the first snapshot that had any.
///
/// Where there were at once many more than an interval adds, they were there before
/// under another name; else the container was empty, which is a value too.
pub fn since_seen(counts: &[f64], clocks: &[Clock]) -> Trend {
    let first = first_seen(counts);
    let steps: Vec<f64> = counts[first..].windows(2).map(|w| w[1] - w[0]).collect();
    let from_empty =
        first > 0 && !steps.is_empty() && counts[first] < rules::BEGINNERS_SHARE * median(&steps);
    let seen = if from_empty { first - 1 } else { first };
    Trend::of(&counts[seen..], &clocks[seen..]).shifted(seen)
}

/// Index of the first value that is not zero; 0 if there is none.
fn first_seen(values: &[f64]) -> usize {
    values.iter().position(|&value| value > 0.0).unwrap_or(0)
}

/// Index after the last recovery, and the highest value before it.
fn last_recovery(values: &[f64]) -> (usize, Option<f64>) {
    let mut start = 0;
    let mut peak = None;
    let (mut low, mut high) = match values.first() {
        Some(&first) => (first, first),
        None => return (0, None),
    };
    for (i, &value) in values.iter().enumerate() {
        high = f64::max(high, value);
        if value < high - rules::RECOVERY_SHARE * (high - low) && high > low {
            peak = Some(f64::max(peak.unwrap_or(0.0), high));
            (start, low, high) = (i, value, value);
        }
        low = f64::min(low, value);
    }
    (start, peak)
}

/// Rounds from each snapshot to the next.
fn spans(clocks: &[Clock]) -> Vec<u32> {
    clocks.windows(2).map(|w| w[1].round.saturating_sub(w[0].round).max(1)).collect()
}

/// What each round contributed to steps that span several.
fn per_round(steps: &[f64], spans: &[u32]) -> Vec<f64> {
    steps.iter().zip(spans).map(|(step, &span)| step / f64::from(span)).collect()
}

/// Whether what rises by these `steps` a round has not slowed down.
fn is_steady(steps: &[f64], clocks: &[Clock]) -> bool {
    let Some(&last) = steps.last() else { return false };
    if steps.len() < 2 {
        return last > 0.0;
    }
    let (early, late) = steps.split_at(steps.len() / 2);
    let keeps_pace = mean(late) >= rules::MIN_STEADINESS * mean(early);
    let goes_on = last > 0.0 && last >= rules::MIN_LAST_RISE * median(steps);
    keeps_pace && (goes_on || was_quiet(clocks))
}

/// Whether the process did much less in the last interval than usual.
fn was_quiet(clocks: &[Clock]) -> bool {
    let work: Option<Vec<f64>> =
        clocks.windows(2).map(|w| Some(w[1].active_ms? - w[0].active_ms?)).collect();
    work.map(|work| per_round(&work, &spans(clocks)))
        .and_then(|work| Some((*work.last()?, median(&work))))
        .is_some_and(|(last, usual)| last < rules::QUIET_WORK_SHARE * usual)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / lossless(values.len().max(1))
}

/// A number of snapshots, which [`rules::MAX_OBSERVATIONS`] keeps small.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn lossless(n: usize) -> f64 {
    n as f64
}

/// `part` of `whole`; all of nothing.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { lossless(part) / lossless(whole) }
}

/// The middle value; of an even number the lower middle.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}

/// Slope through all pairs of points: the median of their slopes (Theil-Sen),
/// in units per millisecond. One odd snapshot does not move it.
pub fn slope_per_ms(values: &[f64], clocks: &[Clock]) -> f64 {
    let mut slopes = Vec::new();
    for i in 0..values.len() {
        for j in i + 1..values.len() {
            let ms = clocks[j].epoch_ms - clocks[i].epoch_ms;
            if ms > 0.0 {
                slopes.push((values[j] - values[i]) / ms);
            }
        }
    }
    median(&slopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(values: &[f64]) -> Trend {
        let clocks: Vec<Clock> = (0..values.len())
            .map(|i| Clock {
                epoch_ms: lossless(i) * 1000.0,
                active_ms: Some(lossless(i) * 100.0),
                ..Clock::default()
            })
            .collect();
        Trend::of(values, &clocks)
    }

    fn grows(values: &[f64]) -> bool {
        trend(values).grows(values[values.len() - 1])
    }

    #[test]
    fn a_straight_line_grows() {
        assert!(grows(&[100.0, 200.0, 300.0, 400.0]));
    }

    #[test]
    fn a_little_noise_on_a_line_does_not_hide_it() {
        assert!(grows(&[100.0, 205.0, 198.0, 310.0, 402.0, 520.0]));
    }

    #[test]
    fn a_cache_that_filled_up_does_not_grow() {
        assert!(!grows(&[100.0, 400.0, 600.0, 640.0, 640.0]));
        assert!(!grows(&[100.0, 400.0, 600.0, 690.0, 700.0, 705.0]));
    }

    #[test]
    fn a_sawtooth_has_to_pass_its_earlier_peak() {
        let values = [100.0, 200.0, 300.0, 400.0, 50.0, 150.0, 250.0, 350.0];
        assert!(!grows(&values));
        assert_eq!(trend(&values).start, 4);
        assert_eq!(trend(&values).earlier_peak, Some(400.0));
        assert!(grows(&[100.0, 200.0, 100.0, 150.0, 200.0, 250.0, 300.0]));
    }

    #[test]
    fn a_pause_in_the_load_is_not_the_end_of_a_leak() {
        let values = [100.0, 200.0, 300.0, 400.0, 400.0];
        let active = [0.0, 100.0, 200.0, 300.0, 310.0];
        let clocks: Vec<Clock> = active
            .iter()
            .map(|&a| Clock { epoch_ms: a * 10.0, active_ms: Some(a), ..Clock::default() })
            .collect();
        assert!(Trend::of(&values, &clocks).grows(400.0));
        assert!(!grows(&values));
    }

    #[test]
    fn pauses_make_a_series_less_regular() {
        assert_eq!(trend(&[1.0, 2.0, 3.0, 3.0, 4.0]).rising, Rising::Regularly);
        assert_eq!(trend(&[1.0, 2.0, 2.0, 3.0]).rising, Rising::WithPauses);
        assert_eq!(trend(&[1.0, 2.0, 2.0, 3.0, 3.0]).rising, Rising::No);
        assert_eq!(trend(&[1.0, 5.0, 4.0, 6.0, 5.2, 6.0]).rising, Rising::No, "falls too much");
    }

    #[test]
    fn a_series_begins_when_its_objects_are_first_seen() {
        let seen = |values: &[f64]| since_seen(values, &vec![Clock::default(); values.len()]).seen;
        assert_eq!(seen(&[100.0, 200.0]), 0);
        assert_eq!(seen(&[0.0, 0.0, 900.0, 1000.0, 1100.0]), 2, "had another name");
        assert_eq!(seen(&[0.0, 0.0, 100.0, 200.0, 300.0]), 1, "was empty");
        assert_eq!(seen(&[0.0, 0.0]), 0);
    }

    #[test]
    fn the_pace_is_that_of_the_last_rounds() {
        let values = [0.0, 100.0, 200.0, 300.0, 300.0, 330.0];
        let clocks: Vec<Clock> = (0..6).map(|round| Clock { round, ..Clock::default() }).collect();
        let trend = Trend::of(&values, &clocks);
        assert!((trend.pace(&values, &clocks, 2) - 15.0).abs() < 1e-9);
        assert!((trend.usual_pace(&values, &clocks) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn joining_the_pieces_of_a_string_is_no_fall() {
        let grows = |sizes: &[f64]| {
            let trend = Trend::of_steps(sizes, &vec![Clock::default(); sizes.len()]);
            trend.grows(sizes[sizes.len() - 1])
        };
        assert!(grows(&[100.0, 200.0, 190.0, 300.0, 400.0]));
        assert!(!grows(&[100.0, 200.0, 160.0, 200.0, 165.0]));
    }

    #[test]
    fn nothing_follows_from_one_value_or_none() {
        assert!(!grows(&[5.0]));
        assert_eq!(Trend::of(&[], &[]).rising, Rising::No);
    }

    #[test]
    fn one_odd_snapshot_does_not_move_the_slope() {
        let clocks: Vec<Clock> =
            (0..5).map(|i| Clock { epoch_ms: f64::from(i), ..Clock::default() }).collect();
        let slope = slope_per_ms(&[0.0, 10.0, 500.0, 30.0, 40.0], &clocks);
        assert!((slope - 10.0).abs() < 1.0, "{slope}");
    }
}
