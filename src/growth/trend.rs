//! Does this series of numbers grow and go on growing?

use super::{
    clock::{self, Base, Clock, Scale},
    rules,
    stats::{falling, mean, median},
};

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

/// The course of a series since it last started anew.
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
    /// Intervals that rose, each once, however many rounds it spans.
    pub seen_rises: u32,
    /// Last value minus first.
    pub net: f64,
    /// The level it has to pass, if there was a recovery before `start`.
    pub to_pass: Option<f64>,
    /// Whether it had long been there, and stood still, when it began to grow.
    pub began_late: bool,
    /// In how many intervals it rose, if it fell by little in the others.
    pub rising: Rising,
    /// Has not slowed down by much, and has not ended.
    pub steady: bool,
    /// The measure of its intervals.
    pub base: Base,
    /// How far it is from a straight line, 0 to 1.
    pub misfit: f64,
    /// Pace of the later half in that of the earlier half.
    pub late_share: f64,
    /// How many more intervals slowed down than sped up, in standard deviations.
    pub slowing: f64,
    /// Rose while the traffic rose as well, and never against it.
    pub follows_traffic: bool,
}

impl Trend {
    /// Returns the trend of `values`, one for each of `clocks`, oldest first.
    pub fn of(values: &[f64], clocks: &[Clock]) -> Self {
        let (recovered, to_pass) = last_recovery(values);
        let (end, began_late) = end_of_plateau(&values[recovered..], &clocks[recovered..]);
        let start = recovered + end;
        let all_clocks = clocks;
        let (climb, clocks) = (&values[start..], &clocks[start..]);
        let scale = Scale::of(climb, clocks);
        let steps: Vec<f64> = climb.windows(2).map(|w| w[1] - w[0]).collect();
        let up: f64 = steps.iter().copied().filter(|&d| d > 0.0).sum();
        let down: f64 = -steps.iter().copied().filter(|&d| d < 0.0).sum::<f64>();
        let falls_little = up > 0.0 && down <= rules::MAX_FALLING_SHARE * up;
        let rose = |at: &usize| steps[*at] > 0.0;
        let all = || 0..steps.len();
        let paces = scale.paces(&steps);
        let net = climb.last().zip(climb.first()).map_or(0.0, |(last, first)| last - first);
        let length = scale.length(all());
        let usual = net / length.max(f64::MIN_POSITIVE);
        let has_grown = |at: &usize| steps[*at] > 0.0 && paces[*at] >= rules::LEAST_PACE * usual;
        let (early, late) = halves(&steps, &scale);
        let risen: f64 = all().filter(rose).map(|at| scale.lengths[at]).sum();
        Self {
            seen: 0,
            start,
            rises: all().filter(has_grown).map(|at| scale.spans[at]).sum(),
            intervals: scale.spans.iter().sum(),
            seen_rises: telling_rises(&steps, &scale),
            net,
            to_pass,
            began_late,
            rising: match if length > 0.0 { risen / length } else { 1.0 } {
                share if falls_little && share >= rules::MIN_RISING_SHARE => Rising::Regularly,
                share if falls_little && share > rules::PAUSING_SHARE => Rising::WithPauses,
                _ => Rising::No,
            },
            steady: late >= rules::MIN_STEADINESS * early && goes_on(&steps, &scale, clocks),
            base: scale.base,
            misfit: scale.misfit,
            late_share: if early > 0.0 { late / early } else { f64::INFINITY },
            slowing: falling(&paces),
            follows_traffic: follows_traffic(values, all_clocks, start),
        }
    }

    /// Returns the trend of a part of a series: indices are those of the whole.
    fn shifted(self, by: usize) -> Self {
        Self { seen: self.seen + by, start: self.start + by, ..self }
    }

    /// Returns the trend of sizes that change in steps: hash tables double, arrays grow
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
        let scale = Scale::of(climb, &clocks[trend.start..]);
        let rises = steps.iter().zip(&scale.spans).filter(|&(step, _)| is_step(step));
        trend.rises = rises.map(|(_, span)| span).sum();
        let seen_rises = steps.iter().filter(|&step| is_step(step)).count();
        trend.seen_rises = u32::try_from(seen_rises).unwrap_or(u32::MAX);
        let grows = trend.rises > 0 && down <= rules::MAX_FALLING_SHARE * up;
        trend.rising = if grows { Rising::Regularly } else { Rising::No };
        // The next step of a table that doubles takes as long as all before it.
        let until = scale.length(0..(last_step + 1).min(steps.len()));
        trend.steady = scale.length(0..steps.len()) <= until * 2.0 + f64::EPSILON;
        trend.shifted(seen)
    }

    /// Returns the growth per round over the last `rounds` rounds of `values`.
    pub fn pace(&self, values: &[f64], clocks: &[Clock], rounds: u32) -> f64 {
        let scale = Scale::of(&values[self.start..], &clocks[self.start..]);
        let wanted = f64::from(rounds);
        let last = scale.lengths.len();
        let mut at = last;
        while at > 0
            && (scale.spans[at..].iter().sum::<u32>() < rounds
                || scale.length(at..last) < wanted / 2.0)
        {
            at -= 1;
        }
        (values[values.len() - 1] - values[self.start + at]) / scale.length(at..last).max(1.0)
    }

    /// Returns the median growth of the rounds in which `values` rose.
    pub fn usual_pace(&self, values: &[f64], clocks: &[Clock]) -> f64 {
        let steps: Vec<f64> = values[self.start..].windows(2).map(|w| w[1] - w[0]).collect();
        let mut paces = Scale::of(&values[self.start..], &clocks[self.start..]).paces(&steps);
        paces.retain(|&pace| pace > 0.0);
        median(&paces)
    }

    /// Whether, `intervals` or more after it started, this growth of `values` has
    /// once been as fast as it usually is.
    pub fn was_brisk(&self, values: &[f64], clocks: &[Clock], intervals: u32) -> bool {
        let climb = &values[self.start..];
        let scale = Scale::of(climb, &clocks[self.start..]);
        let steps: Vec<f64> = climb.windows(2).map(|w| w[1] - w[0]).collect();
        let paces = scale.paces(&steps);
        let mut passed = 0;
        (0..paces.len()).any(|at| {
            passed += scale.spans[at];
            let mut before = paces[..at.max(1)].to_vec();
            before.retain(|&pace| pace > 0.0);
            passed >= intervals
                && paces[at] > 0.0
                && paces[at] >= rules::CONFIRMING_RISE * median(&before)
        })
    }

    /// Whether it adds less and less.
    pub fn slows_down(&self) -> bool {
        self.slowing > rules::MAX_SLOWING && self.late_share < rules::SAME_PACE
    }

    /// Whether it is rising, steady and beyond what it reached before it last recovered.
    pub fn grows(&self, last_value: f64) -> bool {
        self.rising > Rising::No && self.steady && self.to_pass.is_none_or(|peak| last_value > peak)
    }
}

/// Returns the trend of the number of some objects, from the first snapshot that had any.
///
/// Where there were at once many more than an interval adds, they were there before
/// under another name; else the container was empty, which is a value too.
pub fn since_seen(counts: &[f64], clocks: &[Clock]) -> Trend {
    let first = first_seen(counts);
    let steps: Vec<f64> = counts[first..].windows(2).map(|w| w[1] - w[0]).collect();
    let from_empty = first > 0
        && !steps.is_empty()
        && counts[first] < rules::BEGINNERS_SHARE * median(&steps)
        && begins_at(&counts[first - 1..], &clocks[first - 1..]) == 0;
    let seen = if from_empty { first - 1 } else { first };
    Trend::of(&counts[seen..], &clocks[seen..]).shifted(seen)
}

/// Returns the index of the first value that is not zero; 0 if there is none.
fn first_seen(values: &[f64]) -> usize {
    values.iter().position(|&value| value > 0.0).unwrap_or(0)
}

/// Returns the index from which on `values` fell by no more than a small share of what they
/// have gained by their end, and what they have to pass if they fell by more
/// before: the peak before that, and a share of the way up to it.
///
/// In hindsight: a dip early in a long climb is no recovery.
fn last_recovery(values: &[f64]) -> (usize, Option<f64>) {
    let Some(&last) = values.last() else { return (0, None) };
    let start = (0..values.len())
        .find(|&start| {
            let gained = (last - values[start]).max(0.0);
            deepest_fall(&values[start..]) <= rules::RECOVERY_SHARE * gained
        })
        .unwrap_or(values.len() - 1);
    let by_value = |&a: &usize, &b: &usize| values[a].total_cmp(&values[b]);
    let Some(peak_at) = (0..start).max_by(by_value) else { return (start, None) };
    let peak = values[peak_at];
    let low = |part: &[f64]| part.iter().copied().fold(peak, f64::min);
    let came_and_went = peak - f64::min(low(&values[..peak_at]), low(&values[peak_at..=start]));
    (start, Some(peak + (rules::PEAK_FACTOR - 1.0) * came_and_went))
}

/// Returns the index up to which `climb` has hardly risen, while it rose much faster afterwards: it began
/// to grow then. And whether that was after a good part of the time.
fn end_of_plateau(climb: &[f64], clocks: &[Clock]) -> (usize, bool) {
    let (Some(first), Some(last)) = (climb.first(), climb.last()) else { return (0, false) };
    let little = first + rules::PLATEAU_RISE * (last - first);
    let ms = |at: usize| clocks[at].epoch_ms - clocks[0].epoch_ms;
    let end = climb.iter().rposition(|&value| value <= little).unwrap_or(0);
    let all = ms(climb.len() - 1);
    let is_long = ms(end) >= rules::PLATEAU_SHARE * all;
    let begins = end + begins_at(&climb[end..], &clocks[end..]);
    // One step alone says nothing of when it began.
    let is_step = end + 2 == climb.len();
    if end > 0 && (is_long || begins > end || is_step) { (begins, true) } else { (0, false) }
}

/// Returns 1 where what rises from the first snapshot on has begun to do so in the midst of the first
/// interval, so that it rose less there than afterwards; else 0.
fn begins_at(climb: &[f64], clocks: &[Clock]) -> usize {
    let last = climb.len() - 1;
    let ms = |from: usize, to: usize| clocks[to].epoch_ms - clocks[from].epoch_ms;
    if last < 2 || ms(0, 1) <= 0.0 || ms(1, last) <= 0.0 {
        return 0;
    }
    let pace = |from: usize, to: usize| (climb[to] - climb[from]) / ms(from, to);
    let is_long = ms(0, 1) >= rules::PLATEAU_SHARE * ms(0, last);
    usize::from(is_long && pace(0, 1) < rules::MIN_STEADINESS * pace(1, last))
}

/// Returns the deepest fall from a peak to a later value.
pub(super) fn deepest_fall(values: &[f64]) -> f64 {
    let mut peak = f64::MIN;
    values.iter().fold(0.0, |deepest, &value| {
        peak = f64::max(peak, value);
        f64::max(deepest, peak - value)
    })
}

/// Intervals that rose, those taken for one that are too short to say anything alone.
fn telling_rises(steps: &[f64], scale: &Scale) -> u32 {
    let (gained, all): (f64, f64) = (steps.iter().sum(), scale.length(0..steps.len()));
    let (mut rises, mut rise, mut length) = (0, 0.0, 0.0);
    for (step, of_step) in steps.iter().zip(&scale.lengths) {
        rise += step;
        length += of_step;
        if length >= rules::TELLING_SHARE * all {
            let has_grown = rise > 0.0 && rise * all >= rules::LEAST_PACE * gained * length;
            rises += u32::from(has_grown);
            (rise, length) = (0.0, 0.0);
        }
    }
    rises
}

/// Returns the growth per round in the earlier and in the later half, as nearly as there is a
/// snapshot between them.
fn halves(steps: &[f64], scale: &Scale) -> (f64, f64) {
    let half = scale.length(0..steps.len()) / 2.0;
    let off = |at: usize| (scale.length(0..at) - half).abs();
    let middle = (1..steps.len()).min_by(|&a, &b| off(a).total_cmp(&off(b))).unwrap_or(0);
    let rate = |range: std::ops::Range<usize>| {
        steps[range.clone()].iter().sum::<f64>() / scale.length(range).max(f64::MIN_POSITIVE)
    };
    if steps.len() < 2 {
        return (0.0, rate(0..steps.len()));
    }
    (rate(0..middle), rate(middle..steps.len()))
}

/// Whether the last rise is not much less than usual, unless the program did
/// much less than usual.
fn goes_on(steps: &[f64], scale: &Scale, clocks: &[Clock]) -> bool {
    let from = scale.last_telling();
    let last = steps[from..].iter().sum::<f64>();
    let pace = last / scale.length(from..steps.len()).max(f64::MIN_POSITIVE);
    let usual = median(&scale.paces(steps));
    last > 0.0 && pace >= rules::MIN_LAST_RISE * usual || steps.len() > 1 && was_quiet(clocks)
}

/// Whether the process did much less in the last interval than usual.
fn was_quiet(clocks: &[Clock]) -> bool {
    let spans = clock::spans(clocks);
    let each = |work: Vec<f64>| -> Vec<f64> {
        work.iter().zip(&spans).map(|(work, &span)| work / f64::from(span)).collect()
    };
    clock::work(clocks)
        .map(each)
        .and_then(|work| Some((*work.last()?, median(&work))))
        .is_some_and(|(last, usual)| last < rules::QUIET_WORK_SHARE * usual)
}

/// Whether `values` rose from `start` on as the traffic did: so do the sessions of a morning,
/// which end by themselves.
fn follows_traffic(values: &[f64], clocks: &[Clock], start: usize) -> bool {
    let (climb, climbing) = (&values[start..], &clocks[start..]);
    let Some(loads) = Loads::of(climbing).filter(|loads| loads.ms.len() > 1) else { return false };
    let total: f64 = loads.work.iter().sum();
    let rounds = f64::from(clock::spans(climbing).iter().sum::<u32>());
    if total < rules::MIN_WORK_MS * rounds || clock::were_asked_for(climbing) {
        return false;
    }
    // Where it has stopped rising, what goes on is something else.
    let [_, middle, last] = loads.thirds();
    if last < rules::STILL_MORE_TRAFFIC * middle {
        return false;
    }
    let before = start.checked_sub(1).and_then(|at| Loads::of(&clocks[at..=start]));
    rises_with(climb, &loads) || is_level_of(climb, &loads, before.as_ref())
}

/// Work per time in each interval.
struct Loads {
    work: Vec<f64>,
    ms: Vec<f64>,
}

impl Loads {
    fn of(clocks: &[Clock]) -> Option<Self> {
        let work = clock::work(clocks)?;
        let ms: Vec<f64> = clocks.windows(2).map(|w| w[1].epoch_ms - w[0].epoch_ms).collect();
        (ms.iter().all(|&ms| ms > 0.0)).then_some(Self { work, ms })
    }

    fn each(&self) -> Vec<f64> {
        self.work.iter().zip(&self.ms).map(|(work, ms)| work / ms).collect()
    }

    /// Returns the same for each third of the time, or as nearly as there are snapshots.
    fn thirds(&self) -> [f64; 3] {
        let all: f64 = self.ms.iter().sum();
        let mut sums = [(0.0, 0.0); 3];
        let mut passed = 0.0;
        for (work, ms) in self.work.iter().zip(&self.ms) {
            let middle = (passed + ms / 2.0) / all;
            let at = usize::from(middle > 1.0 / 3.0) + usize::from(middle > 2.0 / 3.0);
            sums[at] = (sums[at].0 + work, sums[at].1 + ms);
            passed += ms;
        }
        // An interval that is longer than a third stands for what it covers.
        let middle = if sums[1].1 > 0.0 { sums[1] } else { sums[0] };
        let last = if sums[2].1 > 0.0 { sums[2] } else { middle };
        let first = if sums[0].1 > 0.0 { sums[0] } else { middle };
        [first, middle, last].map(|(work, ms)| if ms > 0.0 { work / ms } else { 0.0 })
    }
}

/// Whether `climb` rose as the traffic did, and in no interval in which that fell.
fn rises_with(climb: &[f64], loads: &Loads) -> bool {
    let loads = loads.each();
    let (early, late) = loads.split_at(loads.len() / 2);
    let (lower, upper) = climb[1..].split_at(loads.len() / 2);
    if mean(early) <= 0.0 || mean(lower) <= 0.0 {
        return false;
    }
    let traffic = mean(late) / mean(early) - 1.0;
    let growth = mean(upper) / mean(lower) - 1.0;
    let fell = |at: &usize| loads[*at] < rules::LESS_TRAFFIC * loads[*at - 1];
    let against = (1..loads.len()).filter(fell).any(|at| climb[at + 1] > climb[at]);
    traffic >= rules::MORE_TRAFFIC && traffic >= rules::FOLLOWING_SHARE * growth && !against
}

/// Whether `climb` has grown by no more than the traffic since before it began, as the level
/// of what comes and goes does.
fn is_level_of(climb: &[f64], loads: &Loads, before: Option<&Loads>) -> bool {
    let [first, _, now] = loads.thirds();
    let before = before.map_or(first, |before| before.thirds()[0]);
    if before <= 0.0 || climb[0] <= 0.0 {
        return false;
    }
    let traffic = now / before - 1.0;
    let growth = climb[climb.len() - 1] / climb[0] - 1.0;
    traffic >= rules::A_LITTLE_MORE_TRAFFIC && traffic >= rules::FOLLOWING_SHARE * growth
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth::stats::lossless;

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
    fn a_sawtooth_has_to_pass_its_to_pass() {
        let values = [100.0, 200.0, 300.0, 400.0, 50.0, 150.0, 250.0, 350.0];
        assert!(!grows(&values));
        assert_eq!(trend(&values).start, 4);
        assert_eq!(trend(&values).to_pass, Some(400.0 + 0.5 * 350.0));
        assert!(grows(&[100.0, 200.0, 100.0, 150.0, 200.0, 250.0, 300.0]));
    }

    #[test]
    fn a_dip_in_a_long_climb_is_no_recovery() {
        let dips = [5000.0, 5040.0, 5020.0, 5060.0, 5100.0, 5140.0, 5180.0];
        assert!(grows(&dips));
        assert_eq!((trend(&dips).start, trend(&dips).to_pass), (0, None));
        // What comes and goes on top of much else is measured from the low before.
        assert!(grows(&[5000.0, 5030.0, 4998.0, 5010.0, 5025.0, 5040.0, 5055.0]));
    }

    #[test]
    fn a_steady_leak_is_one_at_whatever_distances_it_is_looked_at() {
        let units = [8.0, 8.0, 8.0, 2.0, 2.0, 2.0, 2.0, 2.0];
        let mut clock = Clock { active_ms: Some(0.0), ..Clock::default() };
        let mut clocks = vec![clock];
        let mut values = vec![900.0];
        for units in units {
            clock = Clock {
                epoch_ms: clock.epoch_ms + 900.0,
                active_ms: Some(clock.active_ms.unwrap_or(0.0) + 60.0 * units),
                round: clock.round + 1,
                ..clock
            };
            clocks.push(clock);
            values.push(values[values.len() - 1] + 50.0 * units);
        }
        let trend = Trend::of(&values, &clocks);
        assert_eq!(trend.base, Base::Work);
        assert!(trend.grows(values[8]) && trend.misfit < 1e-9, "{trend:?}");
    }

    #[test]
    fn sessions_of_a_morning_follow_the_traffic_and_a_leak_does_not() {
        let mut clock = Clock { active_ms: Some(0.0), ..Clock::default() };
        let loads = [200.0, 300.0, 400.0, 500.0, 600.0, 700.0];
        let mut clocks = vec![clock];
        for load in loads {
            let active_ms = Some(clock.active_ms.unwrap_or(0.0) + load);
            clock = Clock {
                epoch_ms: clock.epoch_ms + 60_000.0,
                active_ms,
                round: clock.round + 1,
                ..clock
            };
            clocks.push(clock);
        }
        let sessions = [1000.0, 2000.0, 3000.0, 4000.0, 5000.0, 6000.0, 7000.0];
        assert!(Trend::of(&sessions, &clocks).follows_traffic);
        // With as much traffic in each interval.
        for (at, clock) in clocks.iter_mut().enumerate() {
            clock.active_ms = Some(400.0 * lossless(at));
        }
        assert!(!Trend::of(&sessions, &clocks).follows_traffic);
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
    fn one_step_is_seen_once_however_many_rounds_its_interval_spans() {
        let rounds = [0, 2, 4, 6, 8, 9, 10, 11];
        let clocks = rounds.map(|round| Clock { round, ..Clock::default() });
        let sizes = [1.0, 1.0, 1.0, 300.0, 300.0, 300.0, 300.0, 300.0];
        let trend = Trend::of_steps(&sizes, &clocks);
        assert_eq!((trend.rises, trend.seen_rises), (2, 1));
    }

    #[test]
    fn nothing_follows_from_one_value_or_none() {
        assert!(!grows(&[5.0]));
        assert_eq!(Trend::of(&[], &[]).rising, Rising::No);
    }
}
