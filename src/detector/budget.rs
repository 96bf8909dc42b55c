//! The memory budget of one capture, while it runs.
//!
//! An estimate lets a capture begin; the budget ends it when the estimate was wrong,
//! or when somebody else takes the memory that was free. A child ends itself at the
//! cap that is set here; V8 in-process can only be stopped by no longer reading.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use super::{Options, Skip, estimate::Pace, memory};
use crate::{
    capture::Method,
    column::{self, Watched},
    error::DetectError,
    report::{Estimate, Memory},
};

/// How often the free memory is read. The application may take hundreds of
/// megabytes a second; reading takes a tenth of a millisecond.
pub(super) const LOOK: Duration = Duration::from_millis(20);
/// Bytes that a capture must leave free, whatever its share: others may take half
/// of them before the capture is ended.
const LEFT_FREE: u64 = 32 << 20;
/// What a walk leaves free, if no share is set: a [`GUARD_SHARE`]th of the free memory and at least
/// [`GUARD`], at which it is ended; and above that what others may take while it runs: [`ROOM`], or
/// what they took lately. At 32 MiB, an application that takes a gigabyte a second
/// is seen, and memory given back, before that is used up.
const GUARD_SHARE: u64 = 8;
const GUARD: u64 = 32 << 20;
/// Two young generations of V8's usual size, half filled.
const ROOM: u64 = 32 << 20;
/// With less, an estimate is not tested: a child could not even begin.
const LEAST: u64 = 16 << 20;
/// V8 allocates in its own heap while it writes in-process: a [`HEAP_SHARE`]th of the
/// used heap and [`HEAP_BYTES`] must be free below the heap's limit.
const HEAP_SHARE: u64 = 10;
const HEAP_BYTES: u64 = 8 << 20;

/// The budget of one capture.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    pub(super) estimate: Estimate,
    /// Bytes that it may take; `None` where no limit is known.
    allowed: Option<u64>,
    /// Bytes that must stay free, whoever takes memory.
    reserve: u64,
    columns_before: u64,
    looked: Instant,
    /// Free bytes at the last look.
    free: Option<u64>,
    /// The most that the capture has taken so far.
    pub(super) taken: u64,
    /// Bytes that were free when it began.
    before: Option<u64>,
    /// The most that others have taken since. Shared with the check of this thread's columns.
    others: Rc<Cell<u64>>,
}

/// How much of the free memory a capture may take.
#[derive(Clone, Copy, Debug)]
pub(super) enum Headroom {
    /// This share.
    Share(f64),
    /// What leaves enough for others, who took so many bytes during captures lately; at least this
    /// share.
    Rest { swing: u64, share: f64 },
}

impl Budget {
    /// Opens the budget of a capture, if its estimate permits it.
    ///
    /// # Errors
    ///
    /// `ERR_CAPTURE_PAUSE_BUDGET` and `ERR_CAPTURE_NO_MEMORY`.
    pub(super) fn open(
        pace: &mut Pace,
        now: &Memory,
        by: Method,
        options: &Options,
    ) -> Result<Self, Skip> {
        let estimate = pace.estimate(now, by);
        let forked = by.is_forked();
        if estimate.pause_ms > options.max_pause_ms {
            pace.doubt_pause();
            return Err(Skip::pause(estimate.pause_ms, options.max_pause_ms));
        }
        if !forked {
            keep_below_heap_limit(now)?;
        }
        let share = options.max_headroom_fraction;
        // What a walk needs is known well, and unlike V8 it can be ended at any moment.
        let headroom = match (by, options.walk_headroom_fraction) {
            (Method::Walk, None) => Headroom::Rest { swing: pace.swing(), share },
            (Method::Walk, Some(share)) => Headroom::Share(share),
            _ => Headroom::Share(share),
        };
        let budget = Self::of(estimate, memory::available(), headroom);
        match budget.allowed.filter(|allowed| estimate.bytes > *allowed) {
            // A child is stopped at its cap; nothing stops V8 in-process.
            Some(available) if !(forked && available >= LEAST && pace.dares(by)) => {
                pace.doubt_swing();
                let (needed, available) = (estimate.bytes, Some(available));
                Err(DetectError::NoMemory { needed, available }.into())
            }
            _ => Ok(budget),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a share of a number of bytes"
    )]
    pub(super) fn of(estimate: Estimate, free: Option<u64>, headroom: Headroom) -> Self {
        let (Headroom::Share(share) | Headroom::Rest { share, .. }) = headroom;
        let limits = free.map(|free| {
            let by_share = ((free as f64 * share) as u64).min(free.saturating_sub(LEFT_FREE));
            // Half of the rest, since the application goes on and may need more itself.
            let limits = (by_share, (free - by_share) / 2);
            let Headroom::Rest { swing, .. } = headroom else { return limits };
            let guard = GUARD.max(free / GUARD_SHARE);
            let room = ROOM.max(swing);
            let by_rest = free.saturating_sub(guard + room);
            if by_rest > by_share { (by_rest, guard) } else { limits }
        });
        Self {
            estimate,
            allowed: limits.map(|(allowed, _)| allowed),
            reserve: limits.map_or(0, |(_, reserve)| reserve),
            columns_before: column::live_bytes() as u64,
            looked: Instant::now(),
            free,
            taken: 0,
            before: free,
            others: Rc::default(),
        }
    }

    /// Returns the most that others have taken while it ran.
    pub(super) fn taken_by_others(&self) -> u64 {
        self.others.get()
    }

    /// Whether it was others who took so much that it had to end, as far as is known.
    pub(super) fn lost_to_others(&self) -> bool {
        let left = self.before.map(|free| free.saturating_sub(self.taken + self.others.get()));
        self.allowed.is_some_and(|allowed| self.taken <= allowed)
            && left.is_some_and(|left| left < self.reserve)
    }

    /// Returns the bytes that a child may hold beside the analysis.
    pub(super) fn cap(&self) -> u64 {
        self.allowed.map_or(u64::MAX, |allowed| allowed.saturating_sub(self.columns()))
    }

    /// Returns the bytes that the analysis holds.
    pub(super) fn columns(&self) -> u64 {
        (column::live_bytes() as u64).saturating_sub(self.columns_before)
    }

    /// Checks that the capture is within the budget; `held` is what it holds beside
    /// the analysis.
    ///
    /// # Errors
    ///
    /// `ERR_CAPTURE_NO_MEMORY` if it is not.
    pub(super) fn keep(&mut self, held: u64) -> Result<(), Skip> {
        if self.allowed.is_none() {
            return Ok(());
        }
        if self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            self.free = memory::available();
            note_others(&self.others, self.before, self.free, held + self.columns());
        }
        self.taken = self.taken.max(held + self.columns());
        self.judge(self.taken, self.free)
    }

    fn judge(&self, taken: u64, free: Option<u64>) -> Result<(), Skip> {
        let Some(allowed) = self.allowed else { return Ok(()) };
        if taken > allowed || free.is_some_and(|free| free < self.reserve) {
            return Err(Skip::crossed(taken, allowed, free.unwrap_or(0)));
        }
        Ok(())
    }

    /// Limits this thread's columns to the budget for as long as the returned value
    /// lives: a column that would exceed it ends the analysis for lack of memory.
    pub(super) fn watch_columns(&self) -> Option<Watched> {
        let allowed = self.allowed?;
        let (reserve, before) = (self.reserve, self.columns_before);
        let (mut looked, mut free) = (self.looked, self.free);
        let (free_before, others) = (self.before, Rc::clone(&self.others));
        Some(Watched::by(move || {
            let columns = (column::live_bytes() as u64).saturating_sub(before);
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                free = memory::available();
                note_others(&others, free_before, free, columns);
            }
            columns <= allowed && free.is_none_or(|free| free >= reserve)
        }))
    }

    /// Runs `analysis` within the budget, and notes how much it took.
    ///
    /// # Errors
    ///
    /// The error of `analysis`, and `ERR_CAPTURE_NO_MEMORY`.
    pub(super) fn within<T>(
        &mut self,
        analysis: impl FnOnce() -> Result<T, Skip>,
    ) -> Result<T, Overrun> {
        let watched = self.watch_columns();
        let outcome = column::catch_no_memory(|| Ok(analysis()));
        drop(watched);
        self.taken =
            self.taken.max((column::peak_bytes() as u64).saturating_sub(self.columns_before));
        match outcome {
            Ok(result) => result.map_err(Overrun::Other),
            Err(_) => Err(Overrun::Memory(self.crossed(0))),
        }
    }

    /// Notes that a child exited at its cap, having held `held` bytes at most.
    pub(super) fn crossed(&mut self, held: u64) -> Skip {
        self.taken = self.taken.max(held);
        let free = memory::available().unwrap_or(0);
        Skip::crossed(self.taken, self.allowed.unwrap_or(u64::MAX), free)
    }
}

/// Notes what others have taken: of what was free before, what is not free now and not `ours`.
fn note_others(others: &Cell<u64>, before: Option<u64>, free: Option<u64>, ours: u64) {
    let taken = before.zip(free).map_or(0, |(was, is)| was.saturating_sub(is + ours));
    others.set(others.get().max(taken));
}

/// Why an analysis has no result.
#[derive(Debug)]
pub(super) enum Overrun {
    /// It needed more memory than its budget.
    Memory(Skip),
    Other(Skip),
}

/// Checks that V8 cannot reach its own heap limit by writing.
///
/// # Errors
///
/// `ERR_CAPTURE_NO_MEMORY` if it could.
fn keep_below_heap_limit(now: &Memory) -> Result<(), Skip> {
    let Some(limit) = now.heap_limit_bytes else { return Ok(()) };
    let needed = now.heap_used_bytes / HEAP_SHARE + HEAP_BYTES;
    let available = limit.saturating_sub(now.heap_used_bytes);
    if needed > available {
        return Err(DetectError::NoMemory { needed, available: Some(available) }.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Column;

    const ESTIMATE: Estimate = Estimate { nodes: 1, bytes: 100, pause_ms: 1.0 };

    fn budget(free: Option<u64>) -> Budget {
        Budget::of(ESTIMATE, free, Headroom::Share(0.5))
    }

    fn code(result: Result<(), Skip>) -> Option<&'static str> {
        result.err().map(|skip| skip.code)
    }

    const MIB: u64 = 1 << 20;

    #[test]
    fn a_capture_ends_when_it_takes_more_than_it_may() {
        let budget = budget(Some(1000 * MIB));
        let plenty = Some(600 * MIB);
        assert_eq!(budget.cap(), 500 * MIB);
        assert_eq!(code(budget.judge(500 * MIB, plenty)), None);
        assert_eq!(code(budget.judge(501 * MIB, plenty)), Some("ERR_CAPTURE_NO_MEMORY"));
    }

    #[test]
    fn a_capture_ends_when_somebody_else_takes_what_was_free() {
        let budget = budget(Some(1000 * MIB));
        assert_eq!(code(budget.judge(10, Some(250 * MIB))), None);
        assert_eq!(code(budget.judge(10, Some(249 * MIB))), Some("ERR_CAPTURE_NO_MEMORY"));
        assert_eq!(code(budget.judge(10, None)), None);
    }

    #[test]
    fn something_stays_free_even_where_all_of_it_may_be_taken() {
        let all = |free| Budget::of(ESTIMATE, Some(free), Headroom::Share(1.0));
        let budget = all(100 * MIB);
        assert_eq!((budget.cap(), budget.reserve), (68 * MIB, 16 * MIB));
        assert_eq!(all(20 * MIB).cap(), 0);
    }

    #[test]
    fn a_walk_may_take_what_others_do_not_need() {
        let walk = |free: u64, swing: u64| {
            let headroom = Headroom::Rest { swing: swing * MIB, share: 0.5 };
            let budget = Budget::of(ESTIMATE, Some(free * MIB), headroom);
            (budget.cap() / MIB, budget.reserve / MIB)
        };
        assert_eq!(walk(480, 0), (388, 60));
        assert_eq!(walk(480, 40), (380, 60), "what others took lately");
        assert_eq!(walk(240, 0), (176, 32));
        assert_eq!(walk(480, 300), (240, 120), "their swings would leave less than the share");
        assert_eq!(walk(100, 0), (50, 25));
    }

    #[test]
    fn what_others_take_is_no_fault_of_the_estimate() {
        let mut budget = budget(Some(1000 * MIB));
        note_others(&budget.others, budget.before, Some(500 * MIB), 300 * MIB);
        note_others(&budget.others, budget.before, Some(900 * MIB), 100 * MIB);
        assert_eq!(budget.taken_by_others(), 200 * MIB);
        budget.taken = 300 * MIB;
        assert!(!budget.lost_to_others());
        note_others(&budget.others, budget.before, Some(240 * MIB), 300 * MIB);
        assert!(budget.lost_to_others());
        budget.taken = 501 * MIB;
        assert!(!budget.lost_to_others());
    }

    #[test]
    fn a_share_that_is_set_applies_to_walks_too() {
        let memory = Memory { heap_used_bytes: 100 * MIB, ..Memory::default() };
        let mut options = crate::detector::test_options();
        options.max_headroom_fraction = 0.01;
        let cap =
            |options: &Options| Budget::open(&mut Pace::default(), &memory, Method::Walk, options);
        let by_default = cap(&options).map(|budget| budget.cap()).ok();
        options.walk_headroom_fraction = Some(0.01);
        let set = cap(&options).map(|budget| budget.cap()).ok();
        // `None`: skipped.
        assert!(set < by_default, "{set:?} {by_default:?}");
    }

    #[test]
    fn a_child_may_try_what_the_estimate_forbids_and_v8_in_process_may_not() {
        let memory = Memory { heap_used_bytes: 100 * MIB, ..Memory::default() };
        let mut pace = Pace::default();
        pace.learn_stop(Method::Fork, &memory, u64::MAX >> 8); // more than any machine has
        let options = crate::detector::test_options();
        let mut ran =
            |by| (0..8).filter(|_| Budget::open(&mut pace, &memory, by, &options).is_ok()).count();
        assert_eq!((ran(Method::Fork), ran(Method::Inline)), (1, 0));
    }

    #[test]
    fn an_analysis_that_needs_too_much_ends() {
        let mut budget = budget(Some(100_000 * MIB));
        budget.reserve = 0; // whatever this machine has
        let grow = |megabytes: u64| Ok(Column::<u8>::filled((megabytes * MIB) as usize, 1).len());
        let enough = budget.within(|| grow(1));
        assert!(matches!(enough, Ok(length) if length as u64 == MIB), "{enough:?}");
        // What other tests hold counts too, and can only add to it.
        (budget.allowed, budget.columns_before) = (Some(0), 0);
        let overrun = budget.within(|| grow(64));
        assert!(
            matches!(&overrun, Err(Overrun::Memory(skip)) if skip.code == "ERR_CAPTURE_NO_MEMORY"),
            "{overrun:?}"
        );
        let other = budget.within(|| Err::<(), _>(Skip::busy()));
        assert!(matches!(other, Err(Overrun::Other(skip)) if skip.code == "ERR_CAPTURE_BUSY"));
        assert_eq!(budget.within(|| Ok(7)).ok(), Some(7), "nothing is left behind");
    }

    #[test]
    fn unknown_limits_do_not_limit() {
        assert_eq!(code(budget(None).judge(u64::MAX, None)), None);
        assert_eq!(budget(None).cap(), u64::MAX);
    }

    #[test]
    fn in_process_v8_needs_room_beneath_its_own_limit() {
        let memory = |used: u64, limit: Option<u64>| Memory {
            heap_used_bytes: used << 20,
            heap_limit_bytes: limit.map(|limit| limit << 20),
            ..Memory::default()
        };
        assert_eq!(code(keep_below_heap_limit(&memory(100, Some(200)))), None);
        assert_eq!(code(keep_below_heap_limit(&memory(100, None))), None);
        let near = keep_below_heap_limit(&memory(190, Some(200)));
        assert_eq!(code(near), Some("ERR_CAPTURE_NO_MEMORY"));
    }
}
