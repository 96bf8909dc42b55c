//! What one capture may take of the memory, while it takes it.
//!
//! An estimate lets it begin; this ends it when the estimate was wrong, or when
//! somebody else takes what was free.

use std::time::{Duration, Instant};

use super::{Options, Skip, estimate::Pace, memory};
use crate::{
    column,
    error::DetectError,
    report::{Estimate, Memory},
};

/// How often a capture is held against its budget.
const LOOK: Duration = Duration::from_millis(200);
/// V8 allocates in its own heap while it writes in-process: this share of what
/// is used must be free beneath the limit, and so many bytes besides.
const HEAP_SHARE: u64 = 10;
const HEAP_BYTES: u64 = 8 << 20;

/// The budget of one capture.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) estimate: Estimate,
    /// Bytes that it may take; unknown limits do not limit.
    allowed: Option<u64>,
    /// What must stay free, whoever takes it.
    reserve: u64,
    columns_before: u64,
    looked: Instant,
    /// What the capture had taken when it was ended for having taken too much.
    pub(super) crossed: Option<u64>,
}

impl Budget {
    /// # Errors
    ///
    /// `ERR_CAPTURE_PAUSE_BUDGET` and `ERR_CAPTURE_NO_MEMORY`, by the estimate.
    pub(super) fn open(
        pace: &mut Pace,
        now: &Memory,
        forked: bool,
        options: &Options,
    ) -> Result<Self, Skip> {
        let estimate = pace.estimate(now, forked);
        if estimate.pause_ms > options.max_pause_ms {
            pace.doubt();
            return Err(Skip::pause(estimate.pause_ms, options.max_pause_ms));
        }
        if !forked {
            keep_beneath_heap_limit(now)?;
        }
        let budget = Self::of(estimate, memory::available(), options.max_headroom_fraction);
        if let Some(available) = budget.allowed.filter(|allowed| estimate.bytes > *allowed) {
            pace.doubt();
            return Err(DetectError::NoMemory {
                needed: estimate.bytes,
                available: Some(available),
            }
            .into());
        }
        Ok(budget)
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a share of a number of bytes"
    )]
    pub(super) fn of(estimate: Estimate, free: Option<u64>, fraction: f64) -> Self {
        let allowed = free.map(|free| (free as f64 * fraction) as u64);
        Self {
            estimate,
            allowed,
            // Halved, since the application goes on and may need more itself.
            reserve: free.zip(allowed).map_or(0, |(free, allowed)| (free - allowed) / 2),
            columns_before: column::live_bytes() as u64,
            looked: Instant::now(),
            crossed: None,
        }
    }

    /// Looks now and then whether the capture stays within the budget;
    /// `child_bytes` is what its child holds for itself.
    ///
    /// # Errors
    ///
    /// `ERR_CAPTURE_NO_MEMORY` when it does not.
    pub(super) fn keep(&mut self, child_bytes: impl FnOnce() -> u64) -> Result<(), Skip> {
        if self.allowed.is_none() || self.looked.elapsed() < LOOK {
            return Ok(());
        }
        self.looked = Instant::now();
        let columns = (column::live_bytes() as u64).saturating_sub(self.columns_before);
        let taken = child_bytes() + columns;
        self.crossed = self.allowed.is_some_and(|allowed| taken > allowed).then_some(taken);
        self.judge(taken, memory::available())
    }

    fn judge(&self, taken: u64, free: Option<u64>) -> Result<(), Skip> {
        let Some(available) = self.allowed else { return Ok(()) };
        if taken > available || free.is_some_and(|free| free < self.reserve) {
            return Err(Skip::crossed(taken, available, free.unwrap_or(0)));
        }
        Ok(())
    }
}

/// # Errors
///
/// `ERR_CAPTURE_NO_MEMORY` where V8 could reach its own limit by writing.
fn keep_beneath_heap_limit(now: &Memory) -> Result<(), Skip> {
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

    fn budget(free: Option<u64>) -> Budget {
        Budget::of(Estimate { nodes: 1, bytes: 100, pause_ms: 1.0 }, free, 0.5)
    }

    fn code(result: Result<(), Skip>) -> Option<&'static str> {
        result.err().map(|skip| skip.code)
    }

    #[test]
    fn a_capture_ends_when_it_takes_more_than_it_may() {
        let budget = budget(Some(1000));
        assert_eq!(code(budget.judge(500, Some(600))), None);
        assert_eq!(code(budget.judge(501, Some(600))), Some("ERR_CAPTURE_NO_MEMORY"));
    }

    #[test]
    fn a_capture_ends_when_somebody_else_takes_what_was_free() {
        let budget = budget(Some(1000));
        assert_eq!(code(budget.judge(10, Some(250))), None);
        assert_eq!(code(budget.judge(10, Some(249))), Some("ERR_CAPTURE_NO_MEMORY"));
        assert_eq!(code(budget.judge(10, None)), None);
    }

    #[test]
    fn unknown_limits_do_not_limit() {
        assert_eq!(code(budget(None).judge(u64::MAX, None)), None);
    }

    #[test]
    fn in_process_v8_needs_room_beneath_its_own_limit() {
        let memory = |used: u64, limit: Option<u64>| Memory {
            heap_used_bytes: used << 20,
            heap_limit_bytes: limit.map(|limit| limit << 20),
            ..Memory::default()
        };
        assert_eq!(code(keep_beneath_heap_limit(&memory(100, Some(200)))), None);
        assert_eq!(code(keep_beneath_heap_limit(&memory(100, None))), None);
        let near = keep_beneath_heap_limit(&memory(190, Some(200)));
        assert_eq!(code(near), Some("ERR_CAPTURE_NO_MEMORY"));
    }
}
