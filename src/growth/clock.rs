//! When snapshots were taken, and what the intervals between them are measured
//! by.
//!
//! Captures come as they may: every minute, then after eight, when somebody
//! asks. What a program leaks with each request grows with the work that it
//! does, or with the requests that it answers; what it leaks in a timer grows with time. So the
//! intervals of a series are measured by one of the three, whichever makes the series a straighter
//! line.

use super::{rules, stats};

/// When a snapshot was taken: wall clock and work done.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock {
    /// Milliseconds since the epoch.
    pub epoch_ms: f64,
    /// Processor time in milliseconds that the event loop's thread has used for
    /// the program so far, if known.
    pub active_ms: Option<f64>,
    /// HTTP requests that the program has begun to answer so far, if known.
    pub requests: Option<f64>,
    /// Whether somebody asked for it, as a test does with `check()`: then its
    /// distance from the one before is what that took.
    pub asked: bool,
    /// How many snapshots there were before; [`History`](super::History) sets
    /// it. Where snapshots have been forgotten, neighbours are more than one
    /// apart, and one interval stands for several.
    pub round: u32,
}

/// The measure of the intervals of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// HTTP requests that were answered.
    Requests,
    /// Processor time of the event loop; snapshots where it is not known.
    Work,
    /// Time on the wall clock.
    Time,
}

/// The intervals between snapshots, measured.
#[derive(Clone, Debug)]
pub struct Scale {
    /// By what.
    pub base: Base,
    /// Of each interval, in the length of the usual round.
    pub lengths: Vec<f64>,
    /// Rounds from each snapshot to the next.
    pub spans: Vec<u32>,
    /// How far `values` are from a straight line on this scale: the share of the
    /// growth that would have to be moved to another interval.
    pub misfit: f64,
}

impl Scale {
    /// Returns the scale on which `values` are the straighter line, of those that
    /// `clocks` offer.
    pub fn of(values: &[f64], clocks: &[Clock]) -> Self {
        let spans = spans(clocks);
        let time = by_time(clocks, &spans);
        let candidates =
            [Some((Base::Time, time)), by_work(clocks, &spans), by_requests(clocks, &spans)];
        let steps: Vec<f64> = values.windows(2).map(|w| w[1] - w[0]).collect();
        let (base, lengths, misfit) = candidates
            .into_iter()
            .flatten()
            .map(|(base, lengths)| {
                let misfit = misfit(&steps, &lengths);
                (base, lengths, misfit)
            })
            .min_by(|a, b| a.2.total_cmp(&b.2))
            .unwrap_or((Base::Time, Vec::new(), 0.0));
        Self { base, lengths, spans, misfit }
    }

    /// Returns the growth of each of `steps` per round.
    pub fn paces(&self, steps: &[f64]) -> Vec<f64> {
        let paced = steps.iter().zip(&self.lengths);
        paced.map(|(step, length)| step / length.max(f64::MIN_POSITIVE)).collect()
    }

    /// Returns the length of the intervals `range`.
    pub fn length(&self, range: std::ops::Range<usize>) -> f64 {
        self.lengths[range].iter().sum()
    }

    /// Returns the first of the last intervals that together are long enough to say
    /// something: half a round's length.
    pub fn last_telling(&self) -> usize {
        let mut length = 0.0;
        let last = self.lengths.iter().rposition(|interval| {
            length += interval;
            length >= rules::QUIET_WORK_SHARE
        });
        last.unwrap_or(0)
    }
}

/// Rounds from each snapshot to the next.
pub fn spans(clocks: &[Clock]) -> Vec<u32> {
    clocks.windows(2).map(|w| w[1].round.saturating_sub(w[0].round).max(1)).collect()
}

/// Intervals as they are on the wall clock. Captures in regular intervals are taken
/// for quite regular, as are those that somebody asked for: how long each takes is chance.
fn by_time(clocks: &[Clock], spans: &[u32]) -> Vec<f64> {
    let ms: Vec<f64> =
        clocks.windows(2).map(|w| (w[1].epoch_ms - w[0].epoch_ms).max(0.0)).collect();
    let each: Vec<f64> = ms.iter().zip(spans).map(|(ms, &span)| ms / f64::from(span)).collect();
    let usual = stats::median(&each);
    let is_usual =
        |ms: &f64| *ms <= rules::REGULAR_FACTOR * usual && *ms * rules::REGULAR_FACTOR >= usual;
    if were_asked_for(clocks) || each.iter().all(is_usual) {
        return spans.iter().map(|&span| f64::from(span)).collect();
    }
    in_rounds(&ms, spans)
}

/// Intervals by the work done in them; as many rounds as they span where no
/// work is known; nothing where there was too little to go by.
fn by_work(clocks: &[Clock], spans: &[u32]) -> Option<(Base, Vec<f64>)> {
    if clocks.iter().all(|clock| clock.active_ms.is_none()) {
        return Some((Base::Work, spans.iter().map(|&span| f64::from(span)).collect()));
    }
    Some((Base::Work, enough_in_rounds(&work(clocks)?, spans, rules::MIN_WORK_MS)?))
}

/// Intervals by the requests that were answered in them; nothing where there were too few to go by.
fn by_requests(clocks: &[Clock], spans: &[u32]) -> Option<(Base, Vec<f64>)> {
    Some((Base::Requests, enough_in_rounds(&requests(clocks)?, spans, rules::MIN_REQUESTS)?))
}

/// Returns the requests answered in each interval, if known of all.
fn requests(clocks: &[Clock]) -> Option<Vec<f64>> {
    differences(clocks, |clock| clock.requests)
}

/// Returns how much of `values` each request has added, if they grow in proportion to those as much as
/// to anything else.
pub fn per_request(values: &[f64], clocks: &[Clock]) -> Option<f64> {
    let spans = spans(clocks);
    let (_, lengths) = by_requests(clocks, &spans)?;
    let steps: Vec<f64> = values.windows(2).map(|w| w[1] - w[0]).collect();
    let least = Scale::of(values, clocks).misfit.max(rules::CLOSE_MISFIT);
    let gained = values.last()? - values.first()?;
    let all: f64 = requests(clocks)?.iter().sum();
    (gained > 0.0 && misfit(&steps, &lengths) <= least).then(|| gained / all)
}

/// Whether time says nothing of the distances between snapshots.
pub fn were_asked_for(clocks: &[Clock]) -> bool {
    clocks.iter().skip(1).all(|clock| clock.asked)
}

/// Returns the work done in each interval, in milliseconds, if known of all.
pub fn work(clocks: &[Clock]) -> Option<Vec<f64>> {
    differences(clocks, |clock| clock.active_ms)
}

/// Returns by how much a count went up in each interval, if known of all.
fn differences(clocks: &[Clock], count: impl Fn(&Clock) -> Option<f64>) -> Option<Vec<f64>> {
    clocks.windows(2).map(|w| Some((count(&w[1])? - count(&w[0])?).max(0.0))).collect()
}

/// Returns the number of rounds in which the process has done more than an idle one does; all of them where
/// that is not known.
pub fn busy_rounds(clocks: &[Clock]) -> u32 {
    let spans = spans(clocks);
    let Some(work) = work(clocks) else { return spans.iter().sum() };
    let is_busy = |at: &usize| {
        work[*at] > rules::IDLE_SHARE * (clocks[at + 1].epoch_ms - clocks[*at].epoch_ms)
    };
    (0..work.len()).filter(is_busy).map(|at| spans[at]).sum()
}

/// Returns the index of the snapshot that is `rounds` rounds before the end; the first where it is
/// fewer.
pub fn last_rounds(clocks: &[Clock], rounds: u32) -> usize {
    let last = clocks.last().map_or(0, |clock| clock.round);
    clocks.iter().rposition(|clock| last.saturating_sub(clock.round) >= rounds).unwrap_or(0)
}

/// `lengths` in that of the average round, which must be `least` or more.
fn enough_in_rounds(lengths: &[f64], spans: &[u32], least: f64) -> Option<Vec<f64>> {
    let rounds: u32 = spans.iter().sum();
    let enough = lengths.iter().sum::<f64>() >= least * f64::from(rounds);
    enough.then(|| in_rounds(lengths, spans))
}

/// `lengths` in that of the average round.
fn in_rounds(lengths: &[f64], spans: &[u32]) -> Vec<f64> {
    let rounds: u32 = spans.iter().sum();
    let round = lengths.iter().sum::<f64>() / f64::from(rounds.max(1));
    lengths.iter().map(|length| length / round).collect()
}

/// Returns the share of the growth that falls into other intervals than their `lengths`
/// would have it.
fn misfit(steps: &[f64], lengths: &[f64]) -> f64 {
    let (gained, length) = (steps.iter().sum::<f64>(), lengths.iter().sum::<f64>());
    if gained <= 0.0 || length <= 0.0 {
        return 1.0;
    }
    let off = |(step, len): (&f64, &f64)| (step / gained - len / length).abs();
    steps.iter().zip(lengths).map(off).sum::<f64>() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks(ms: &[f64], work: &[f64]) -> Vec<Clock> {
        let clock =
            |(&epoch_ms, &active)| Clock { epoch_ms, active_ms: Some(active), ..Clock::default() };
        ms.iter().zip(work).map(clock).collect()
    }

    #[test]
    fn what_grows_with_each_request_is_measured_by_work() {
        let clocks =
            clocks(&[0.0, 60_000.0, 120_000.0, 180_000.0], &[0.0, 4_000.0, 5_000.0, 9_000.0]);
        let scale = Scale::of(&[10.0, 50.0, 60.0, 100.0], &clocks);
        assert_eq!(scale.base, Base::Work);
        assert!(scale.misfit < 1e-9);
    }

    #[test]
    fn what_each_request_adds_is_known_where_requests_are_counted() {
        let mut clocks =
            clocks(&[0.0, 60_000.0, 120_000.0, 180_000.0], &[0.0, 4_000.0, 5_000.0, 9_000.0]);
        for (clock, requests) in clocks.iter_mut().zip([500.0, 600.0, 1_600.0, 1_800.0]) {
            clock.requests = Some(requests);
        }
        let of_requests = [10.0, 310.0, 3_310.0, 3_910.0];
        assert_eq!(Scale::of(&of_requests, &clocks).base, Base::Requests);
        assert_eq!(per_request(&of_requests, &clocks), Some(3.0));
        let of_time = [10.0, 1_010.0, 2_010.0, 3_010.0];
        assert_eq!(Scale::of(&of_time, &clocks).base, Base::Time);
        assert_eq!(per_request(&of_time, &clocks), None, "each requests adds something else");
        clocks[0].requests = Some(1_775.0);
        assert_eq!(Scale::of(&of_requests[..2], &clocks[..2]).base, Base::Time, "too few");
        clocks[1].requests = None;
        assert_eq!(per_request(&of_requests, &clocks), None);
    }

    #[test]
    fn what_grows_by_a_timer_is_measured_by_time() {
        let clocks =
            clocks(&[0.0, 60_000.0, 540_000.0, 600_000.0], &[0.0, 4_000.0, 5_000.0, 9_000.0]);
        let scale = Scale::of(&[10.0, 20.0, 100.0, 110.0], &clocks);
        assert_eq!(scale.base, Base::Time);
        assert!((scale.lengths[1] - 2.4).abs() < 1e-9, "{:?}", scale.lengths);
    }

    #[test]
    fn captures_that_take_unequally_long_are_regular_all_the_same() {
        let clocks = clocks(&[0.0, 40_000.0, 110_000.0, 200_000.0], &[0.0, 2.0, 3.0, 9.0]);
        let scale = Scale::of(&[10.0, 20.0, 30.0, 40.0], &clocks);
        assert_eq!((scale.base, scale.lengths), (Base::Time, vec![1.0; 3]));
    }
}
