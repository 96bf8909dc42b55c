//! The memory budget of one capture, while it runs.
//!
//! An estimate lets a capture begin; the budget ends it when the estimate was wrong,
//! or when somebody else takes the memory that was free. A child ends itself at the
//! cap that is set here; V8 in-process can only be stopped by no longer reading.

use std::time::{Duration, Instant};

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
        let budget = Self::of(estimate, memory::available(), options.max_headroom_fraction);
        match budget.allowed.filter(|allowed| estimate.bytes > *allowed) {
            // A child is stopped at its cap; nothing stops V8 in-process.
            Some(available) if !(forked && available >= LEAST && pace.dares(by)) => {
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
    pub(super) fn of(estimate: Estimate, free: Option<u64>, fraction: f64) -> Self {
        let allowed =
            free.map(|free| ((free as f64 * fraction) as u64).min(free.saturating_sub(LEFT_FREE)));
        Self {
            estimate,
            allowed,
            // Half, since the application goes on and may need more itself.
            reserve: free.zip(allowed).map_or(0, |(free, allowed)| (free - allowed) / 2),
            columns_before: column::live_bytes() as u64,
            looked: Instant::now(),
            free,
            taken: 0,
        }
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
        Some(Watched::by(move || {
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                free = memory::available();
            }
            let columns = (column::live_bytes() as u64).saturating_sub(before);
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

    fn budget(free: Option<u64>) -> Budget {
        Budget::of(Estimate { nodes: 1, bytes: 100, pause_ms: 1.0 }, free, 0.5)
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
        let all = |free| Budget::of(budget(None).estimate, Some(free), 1.0);
        let budget = all(100 * MIB);
        assert_eq!((budget.cap(), budget.reserve), (68 * MIB, 16 * MIB));
        assert_eq!(all(20 * MIB).cap(), 0);
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
