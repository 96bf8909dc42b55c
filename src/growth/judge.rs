//! Weighs one series: does it grow, for how long, and is that enough?
//!
//! The judgement of a series depends on nothing else, so that of a shorter series can be
//! repeated: a leak stays reported until it falls back or comes to rest.

use super::{
    clock::{self, Clock},
    grain,
    history::{History, Past},
    rules, stats,
    trend::{self, Rising, Trend},
};

/// The settings of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sensitivity {
    /// Snapshots in which a thing must have grown before it is confirmed.
    pub min_checks: u32,
    /// Growth in bytes, over these snapshots, below which nothing is reported.
    pub min_growth_bytes: u64,
    /// Whether more snapshots may follow, so that it makes sense to wait for them.
    pub more_follow: bool,
    /// How far the detector's rounds are apart. What speaks against a leak is waited for, unless
    /// somebody asked for the snapshots.
    pub round_ms: Option<u64>,
    /// Whether a leak is rather told later than a healthy program called one, as long as its
    /// memory lasts, though nothing speaks against it.
    pub is_patient: bool,
    /// Whether captures show code that removes entries, so that its absence says something.
    pub shows_code: bool,
}

impl Sensitivity {
    /// Returns the length of the rounds for which a growth is watched; none where that is
    /// not done.
    fn patient_round_ms(&self) -> Option<u64> {
        self.round_ms.filter(|_| self.is_patient)
    }

    /// Multiples of `min_checks` rounds for which a growth is watched: where nothing speaks against
    /// it, and where something does.
    pub fn patience(&self) -> (u32, u32) {
        if self.shows_code {
            (rules::SEEING_PATIENCE, rules::SEEING_LONG_PATIENCE)
        } else {
            (rules::PATIENCE, rules::LONG_PATIENCE)
        }
    }
}

impl Default for Sensitivity {
    fn default() -> Self {
        Self {
            min_checks: 3,
            min_growth_bytes: 64 * 1024,
            more_follow: true,
            round_ms: None,
            is_patient: false,
            shows_code: false,
        }
    }
}

/// How sure the growth is a leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Grew in enough snapshots.
    Leak,
    /// Grows, but not yet for long enough.
    Suspect,
}

/// How much has to be seen before a growth is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needed {
    /// Rounds in which it rose.
    pub rises: u32,
    /// Rounds.
    pub intervals: u32,
    /// Intervals between remembered snapshots in which it rose.
    pub seen_rises: u32,
}

/// The judgement of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// Its trend.
    pub trend: Trend,
    /// How much of that is asked for.
    pub needed: Needed,
    /// Leak or suspect.
    pub decision: Decision,
}

/// Weighs series.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'a> {
    /// When the snapshots were taken.
    pub clocks: &'a [Clock],
    /// The settings of the user.
    pub sensitivity: Sensitivity,
    /// Bytes that the heap may still grow by, where that is known.
    pub left_bytes: Option<f64>,
}

impl<'a> Judge<'a> {
    /// Returns a judge of the series in `history`.
    pub fn over(history: &'a History, sensitivity: &Sensitivity) -> Self {
        let (clocks, left_bytes) = (history.clocks(), history.left_bytes());
        Self { clocks, sensitivity: *sensitivity, left_bytes }
    }

    /// Returns the current judgement of the series of objects and of their bytes. If the
    /// container was confirmed as a leak in the `past`, returns the last confirmed judgement
    /// if nothing has contradicted it. A judgement that was never reported is not reported
    /// for the first time after the growth has ended.
    pub fn weigh(&self, counts: &[f64], held: &[f64], past: Past) -> Option<Judgement> {
        let now = self.as_of(counts, held, past);
        let is_leak = now.as_ref().is_some_and(|now| now.decision == Decision::Leak);
        let is_to_be_proven_anew =
            past == Past::Refuted && self.sensitivity.patient_round_ms().is_some();
        if is_leak || past == Past::Unknown || is_to_be_proven_anew {
            return now;
        }
        let kept = (2..counts.len()).rev().find_map(|then| {
            let before = self.as_of(&counts[..then], &held[..then], past)?;
            (before.decision == Decision::Leak).then_some(before)
        });
        kept.and_then(|before| self.kept(&before, counts)).or(now)
    }

    /// Returns a growth that was confirmed `before` and neither fell back since nor came
    /// to rest.
    fn kept(&self, before: &Judgement, counts: &[f64]) -> Option<Judgement> {
        let clocks = self.clocks;
        let trend = trend::since_seen(counts, clocks);
        let is_same = trend.start <= before.trend.start;
        let goes_on = trend.pace(counts, clocks, self.sensitivity.min_checks)
            >= rules::MIN_LAST_RISE * trend.usual_pace(counts, clocks);
        (is_same && trend.rising > Rising::No && goes_on).then_some(Judgement { trend, ..*before })
    }

    /// Judges the series at their end, or as of the time when there was no more of them:
    /// snapshot by snapshot, or else at a coarser grain.
    fn as_of(&self, counts: &[f64], held: &[f64], past: Past) -> Option<Judgement> {
        let fine = self.fine(counts, held, past);
        if fine.as_ref().is_some_and(|fine| fine.decision == Decision::Leak) {
            return fine;
        }
        self.coarse(counts, held).or(fine)
    }

    fn fine(&self, counts: &[f64], held: &[f64], past: Past) -> Option<Judgement> {
        let clocks = &self.clocks[..counts.len()];
        let trend = trend::since_seen(counts, clocks);
        let last = *counts.last()?;
        if !trend.grows(last) {
            return None;
        }
        let min_checks = self.sensitivity.min_checks;
        let seen = trend.seen;
        // Where it is watched by the clock, captures need not be many.
        let is_patient = self.sensitivity.patient_round_ms().is_some();
        let is_late = trend.began_late || is_young(&counts[seen..], &clocks[seen..]);
        let is_past_start = self.is_past_start(trend.start);
        let may_be_batch = trend.start > seen
            || self.sensitivity.more_follow
                && (trend.misfit
                    > if is_patient { rules::PATIENT_MISFIT } else { rules::MAX_MISFIT }
                    || trend.late_share < rules::SAME_PACE && is_patient
                    || is_late
                    || has_just_begun(&counts[seen..]));
        let patience = if may_be_batch && !is_patient { rules::BATCH_PATIENCE } else { 1 };
        // With many pauses it takes more rises to distinguish growth from a few odd steps.
        let rises = match trend.rising {
            Rising::Regularly => min_checks,
            _ => min_checks.saturating_add(rules::PAUSES_CHECKS),
        };
        let needed = Needed {
            rises,
            intervals: min_checks.saturating_mul(patience),
            seen_rises: rises.min(rules::ENOUGH_RISES),
        };
        // Of what grows as a tree the topmost entries slow down, and not their bytes.
        let start = trend.start;
        // What has grown faster and faster for so long will not end soon.
        let may_speed_up =
            is_patient && self.was_watched(&held[start..], start, rules::LONG_PATIENCE);
        let keeps_pace = |trend: &Trend| {
            keeps_pace(trend)
                || may_speed_up
                    && keeps_pace(&Trend { late_share: 1.0, ..*trend })
                    && trend.late_share >= 1.0
        };
        let keeps_pace =
            || keeps_pace(&trend) || keeps_pace(&Trend::of(&held[start..], &clocks[start..]));
        let is_sound = trend.was_brisk(counts, clocks, min_checks)
            && (!self.sensitivity.more_follow || keeps_pace())
            && self.was_watched(
                &held[start..],
                start,
                self.patience_for(&trend, may_be_batch, is_late && is_past_start, past),
            );
        let decision = decide(&trend, needed, is_sound);
        let gained = held[held.len() - 1] - held[trend.start];
        self.enough(gained, &trend, decision).map(|decision| Judgement { trend, needed, decision })
    }

    /// Returns how many times `minChecks` rounds a growth is watched, where that may be.
    fn patience_for(&self, trend: &Trend, may_be_batch: bool, is_late: bool, past: Past) -> u32 {
        let (usual, long) = self.sensitivity.patience();
        let patience = if is_late {
            rules::LATE_PATIENCE
        } else if may_be_batch || trend.rising != Rising::Regularly {
            long
        } else {
            usual
        };
        if past == Past::Refuted { patience * rules::REFUTED_PATIENCE } else { patience }
    }

    /// Whether a climb from snapshot `start` on was watched for `times` times `minChecks`
    /// rounds, or may be watched no longer.
    pub fn was_watched(&self, held: &[f64], start: usize, times: u32) -> bool {
        let Some(round_ms) = self.sensitivity.patient_round_ms() else { return true };
        let clocks = &self.clocks[start..start + held.len()];
        let watched_ms = clocks[clocks.len() - 1].epoch_ms - clocks[0].epoch_ms;
        let rounds = f64::from(self.sensitivity.min_checks.saturating_mul(times));
        #[expect(clippy::cast_precision_loss, reason = "a duration")]
        let long_enough = watched_ms >= rounds * round_ms as f64 * rules::NEARLY;
        let urgent_share = if times >= rules::DECLARED_PATIENCE {
            rules::DECLARED_URGENT_SHARE
        } else {
            rules::URGENT_SHARE
        };
        long_enough || !self.may_wait(held, start, urgent_share)
    }

    /// Whether a climb from snapshot `start` on may be watched for longer: nobody asked, and the heap
    /// has room for `urgent_share` times as much.
    pub fn may_wait(&self, held: &[f64], start: usize, urgent_share: f64) -> bool {
        let gained = held[held.len() - 1] - held[0];
        self.sensitivity.patient_round_ms().is_some()
            && !clock::were_asked_for(&self.clocks[start..start + held.len()])
            && self.left_bytes.is_none_or(|left| left >= urgent_share * gained)
    }

    /// Whether snapshot `at` was taken when the process had been watched for long.
    fn is_past_start(&self, at: usize) -> bool {
        let Some(round_ms) = self.sensitivity.patient_round_ms() else { return false };
        let rounds = f64::from(self.sensitivity.min_checks.saturating_mul(rules::LONG_PATIENCE));
        #[expect(clippy::cast_precision_loss, reason = "a duration")]
        let long_ms = rounds * round_ms as f64;
        self.clocks[at].epoch_ms - self.clocks[0].epoch_ms >= long_ms
    }

    /// Judges at the finest of the coarser grains that shows a leak.
    fn coarse(&self, counts: &[f64], held: &[f64]) -> Option<Judgement> {
        if !self.sensitivity.more_follow {
            return None;
        }
        let clocks = &self.clocks[..counts.len()];
        let min_checks = self.sensitivity.min_checks;
        rules::GRAINS.into_iter().find_map(|size| {
            let grain = grain::of(counts, held, clocks, size);
            let trend = trend::since_seen(&grain.counts, &grain.clocks);
            let needed = Needed {
                rises: min_checks,
                intervals: min_checks.saturating_mul(rules::BATCH_PATIENCE),
                seen_rises: rules::GRAIN_RISES.max(min_checks.min(rules::ENOUGH_RISES)),
            };
            let start = grain.index(trend.start);
            // What has come and gone before may do so again.
            let since_long = start * rules::GRAIN_HISTORY <= counts.len();
            let is_sound = since_long
                && trend.rising == Rising::Regularly
                && trend.grows(*grain.counts.last()?)
                && keeps_pace(&trend)
                && grain::falls_little(&counts[start..], trend.net)
                && grain::goes_on(&counts[start..], &clocks[start..])
                && self.was_watched(&held[start..], start, rules::LONG_PATIENCE)
                && grain::is_noise(&counts[start..], &clocks[start..]);
            if !is_sound || decide(&trend, needed, true) == Decision::Suspect {
                return None;
            }
            let gained = grain.held[grain.held.len() - 1] - grain.held[trend.start];
            let trend = Trend { start, seen: grain.index(trend.seen), ..trend };
            self.enough(gained, &trend, Decision::Leak)
                .filter(|&decision| decision == Decision::Leak)
                .map(|decision| Judgement { trend, needed, decision })
        })
    }

    /// Whether what is neither a leak nor suspected may become one: it has risen without a
    /// pause, and did so at the end at a pace that would come to enough, or it is more by
    /// enough than it ever was. In the first snapshots, it only has to be more than at first.
    pub fn may_grow_to_matter(&self, counts: &[f64], held: &[f64]) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a threshold")]
        let least = self.sensitivity.min_growth_bytes as f64;
        let last = self.clocks.len() - 1;
        let most = counts[..last].iter().copied().fold(0.0, f64::max);
        if counts[last] > most && held[last] - held[last - 1] >= least {
            return true;
        }
        let would_matter = |since: usize| {
            let ms = self.clocks[last].epoch_ms - self.clocks[since].epoch_ms;
            ms > 0.0 && (held[last] - held[since]) * rules::SLOWEST_MS / ms >= least
        };
        // A fall or a pause among so few may be chance.
        if self.clocks.len() < rules::FEW_SNAPSHOTS && counts[last] > counts[0] && would_matter(0) {
            return true;
        }
        let trend = trend::since_seen(counts, self.clocks);
        let least_rounds = self.sensitivity.min_checks;
        // What was not there before has risen once more.
        let appeared = u32::from(trend.start > 0 && counts[trend.start - 1] <= 0.0);
        if trend.intervals + appeared < least_rounds || trend.rises < trend.intervals {
            return false;
        }
        let since = clock::last_rounds(&self.clocks[trend.start..], least_rounds) + trend.start;
        would_matter(since)
    }

    /// Returns the decision with the bytes `gained` taken into account.
    pub fn enough(&self, gained: f64, trend: &Trend, decision: Decision) -> Option<Decision> {
        let Sensitivity { min_growth_bytes, min_checks, .. } = self.sensitivity;
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

/// Judges how regularly the number of some objects rises, from snapshot to snapshot or, if
/// noise hides it there, at a coarser grain.
pub fn rising(counts: &[f64], clocks: &[Clock]) -> Rising {
    let fine = trend::since_seen(counts, clocks).rising;
    if fine > Rising::No {
        return fine;
    }
    let is_seen = rules::GRAINS.into_iter().any(|size| {
        let grain = grain::of(counts, counts, clocks, size);
        let trend = trend::since_seen(&grain.counts, &grain.clocks);
        trend.rising == Rising::Regularly
            && trend.seen_rises >= rules::GRAIN_RISES
            && grain::falls_little(&counts[grain.index(trend.start)..], trend.net)
    });
    if is_seen { Rising::WithPauses } else { Rising::No }
}

/// Whether what grows has neither slowed down nor sped up, nor only followed the
/// traffic: else it is watched for longer.
pub fn keeps_pace(trend: &Trend) -> bool {
    (rules::CONFIRMING_STEADINESS..=rules::MAX_SPEED_UP).contains(&trend.late_share)
        && !trend.slows_down()
        && (!trend.follows_traffic || trend.intervals > rules::MAX_FOLLOWING)
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
    counts[0] < rules::BEGINNERS_SHARE * stats::median(&steps)
}

/// Decides between leak and suspect, by time alone.
pub fn decide(trend: &Trend, needed: Needed, is_sound: bool) -> Decision {
    let long_enough = trend.intervals >= needed.intervals
        && trend.rises >= needed.rises
        && trend.seen_rises >= needed.seen_rises;
    if long_enough && is_sound { Decision::Leak } else { Decision::Suspect }
}

/// Returns the confidence that a growth is a leak: rises beyond those asked for, and how many of
/// the intervals rose.
pub fn confidence(trend: &Trend, needed: Needed) -> f64 {
    let enough = f64::from(trend.intervals) / f64::from(needed.intervals.max(1));
    let regular = f64::from(trend.rises) / f64::from(trend.intervals.max(1));
    let certain = 1.0 - 0.5_f64.powf(2.0 * enough);
    (certain * regular * 100.0).round() / 100.0
}
