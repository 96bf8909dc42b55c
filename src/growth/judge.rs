//! Weighs one series: does it grow, for how long, and is that enough?
//!
//! What a series says depends on nothing else, so what was said of a shorter one can
//! be said again: a leak once told stays one until it falls back or comes to rest.

use super::{
    Sensitivity,
    find::{Decision, Finder},
    rules,
    trend::{self, Clock, Rising, Trend},
};

/// How much has to be seen before a growth is confirmed.
#[derive(Clone, Copy)]
pub(super) struct Needed {
    pub(super) rises: u32,
    pub(super) intervals: u32,
}

/// What a series comes to.
#[derive(Clone, Copy)]
pub(super) struct Judgement {
    pub(super) trend: Trend,
    pub(super) needed: Needed,
    pub(super) decision: Decision,
}

impl Finder<'_> {
    /// What the series of a `container`'s items say now, or have said and not taken
    /// back. What nobody was told then, for another series told it otherwise, is not
    /// said for the first time when the growth has ended.
    pub(super) fn judge(&self, container: u32, counts: &[f64], held: &[f64]) -> Option<Judgement> {
        let now = self.judge_as_of(counts, held);
        let is_leak = now.as_ref().is_some_and(|now| now.decision == Decision::Leak);
        if is_leak || !self.history.was_confirmed(self.nodes[container as usize].key) {
            return now;
        }
        let kept = (2..counts.len()).rev().find_map(|then| {
            let before = self.judge_as_of(&counts[..then], &held[..then])?;
            (before.decision == Decision::Leak).then_some(before)
        });
        kept.and_then(|before| self.kept(&before, counts)).or(now)
    }

    /// A growth that was confirmed `before` and neither fell back since nor came
    /// to rest.
    fn kept(&self, before: &Judgement, counts: &[f64]) -> Option<Judgement> {
        let clocks = self.history.clocks();
        let trend = trend::since_seen(counts, clocks);
        let is_same = trend.start == before.trend.start;
        let goes_on = trend.pace(counts, clocks, self.sensitivity.min_checks)
            >= rules::MIN_LAST_RISE * trend.usual_pace(counts, clocks);
        (is_same && trend.rising > Rising::No && goes_on).then_some(Judgement { trend, ..*before })
    }

    /// What the series say at their end, or said when there was no more of them.
    fn judge_as_of(&self, counts: &[f64], held: &[f64]) -> Option<Judgement> {
        let clocks = &self.history.clocks()[..counts.len()];
        let trend = trend::since_seen(counts, clocks);
        let last = *counts.last()?;
        if !trend.grows(last) {
            return None;
        }
        let min_checks = self.sensitivity.min_checks;
        let seen = trend.seen;
        let may_be_batch = trend.start > seen
            || self.sensitivity.more_follow
                && (is_young(&counts[seen..], &clocks[seen..]) || has_just_begun(&counts[seen..]));
        let patience = if may_be_batch { rules::BATCH_PATIENCE } else { 1 };
        let is_brisk = trend.was_brisk(counts, clocks, min_checks);
        // With many pauses it takes more rises to tell growth from a few odd steps.
        let rises = match trend.rising {
            Rising::Regularly => min_checks,
            _ => min_checks.saturating_add(rules::PAUSES_CHECKS),
        };
        let needed = Needed { rises, intervals: min_checks.saturating_mul(patience) };
        let decision = decide(&trend, needed, is_brisk);
        let gained = held[held.len() - 1] - held[trend.start];
        self.enough(gained, &trend, decision).map(|decision| Judgement { trend, needed, decision })
    }

    /// The decision with the bytes `gained` taken into account.
    pub(super) fn enough(
        &self,
        gained: f64,
        trend: &Trend,
        decision: Decision,
    ) -> Option<Decision> {
        let Sensitivity { min_growth_bytes, min_checks, .. } = *self.sensitivity;
        #[expect(clippy::cast_precision_loss, reason = "a threshold")]
        let least = min_growth_bytes as f64;
        if gained >= least {
            Some(decision)
        } else {
            let is_on_its_way = trend.intervals >= min_checks
                && gained > 0.0
                && gained >= rules::SUSPICIOUS_SHARE * least;
            is_on_its_way.then_some(Decision::Suspect)
        }
    }
}

/// Whether the container was empty when the process had long been at work.
///
/// Drawn backwards, the line through the counts meets zero at some time. A
/// leak has been filling since the work began; a batch since it was last
/// written out.
fn is_young(counts: &[f64], clocks: &[Clock]) -> bool {
    let (Some(first), Some(last)) = (clocks.first(), clocks.last()) else { return false };
    let (Some(before), Some(now)) = (first.active_ms, last.active_ms) else { return false };
    let gained = counts[counts.len() - 1] - counts[0];
    if before < rules::MIN_WORK_FOR_AGE_MS || gained <= 0.0 {
        return false;
    }
    let filling_ms = counts[0] * (now - before) / gained;
    filling_ms < rules::YOUNG_SHARE * before
}

/// Whether the first count is hardly more than what one interval adds: what counts
/// so little was emptied, or first used, shortly before the first snapshot.
fn has_just_begun(counts: &[f64]) -> bool {
    let steps: Vec<f64> = counts.windows(2).map(|w| w[1] - w[0]).collect();
    counts[0] < rules::BEGINNERS_SHARE * trend::median(&steps)
}

/// Leak or suspect, by time alone.
pub(super) fn decide(trend: &Trend, needed: Needed, is_brisk: bool) -> Decision {
    let long_enough = trend.intervals >= needed.intervals && trend.rises >= needed.rises;
    if long_enough && is_brisk { Decision::Leak } else { Decision::Suspect }
}

/// How sure a growth is a leak: rises beyond those asked for, and how many of
/// the intervals rose.
pub(super) fn confidence(trend: &Trend, needed: Needed) -> f64 {
    let enough = f64::from(trend.intervals) / f64::from(needed.intervals.max(1));
    let regular = f64::from(trend.rises) / f64::from(trend.intervals.max(1));
    let certain = 1.0 - 0.5_f64.powf(2.0 * enough);
    (certain * regular * 100.0).round() / 100.0
}
