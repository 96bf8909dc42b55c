//! Pages of dropped columns for the columns that follow.
//!
//! An analysis makes and drops a dozen large arrays one after the other. To
//! the system each would be new memory, to be cleared page by page, which took
//! a third of all the time. While a [`Recycling`] lives, pages of mappings
//! dropped on its thread are kept, and moved (not copied) into the next ones.
//! With it they go back to the system: between rounds nothing is kept.

use std::{cell::RefCell, marker::PhantomData, ptr::NonNull};

use super::mapping::{self, HUGE};

/// Keeps dropped pages of this thread for reuse, as long as it lives.
#[derive(Debug)]
pub struct Recycling {
    /// The pool is the thread's.
    not_send: PhantomData<*const ()>,
}

#[derive(Default)]
struct Pool {
    /// How many [`Recycling`]s live.
    scopes: usize,
    /// Start and size of runs of whole huge pages, contents arbitrary.
    runs: Vec<(NonNull<u8>, usize)>,
}

thread_local! {
    static POOL: RefCell<Pool> = RefCell::default();
}

impl Recycling {
    /// Begins to keep pages. Inside another of the same thread, keeps on.
    #[must_use]
    pub fn begin() -> Self {
        POOL.with_borrow_mut(|pool| pool.scopes += 1);
        Self { not_send: PhantomData }
    }
}

impl Drop for Recycling {
    fn drop(&mut self) {
        POOL.with_borrow_mut(|pool| {
            pool.scopes -= 1;
            if pool.scopes == 0 {
                for (start, size) in pool.runs.drain(..) {
                    mapping::release(start, size);
                }
            }
        });
    }
}

/// Keeps the whole huge pages among the first `used` bytes of a mapping that
/// nobody needs; returns how many bytes that were.
pub(super) fn keep(start: NonNull<u8>, used: usize) -> usize {
    let size = used / HUGE * HUGE;
    let is_aligned = start.as_ptr().align_offset(HUGE) == 0;
    if size == 0 || !is_aligned {
        return 0;
    }
    // Columns may outlive their thread's pool; then there is nothing to keep for.
    let kept = POOL.try_with(|pool| {
        pool.try_borrow_mut().is_ok_and(|mut pool| {
            let is_open = pool.scopes > 0;
            if is_open {
                pool.runs.push((start, size));
            }
            is_open
        })
    });
    if kept.unwrap_or(false) { size } else { 0 }
}

/// Moves kept pages to the start of the new mapping at `start`, which is
/// `size` long; returns whether there were any, whose contents are arbitrary.
pub(super) fn refill(start: NonNull<u8>, size: usize) -> bool {
    let refilled = POOL.try_with(|pool| {
        let Ok(mut pool) = pool.try_borrow_mut() else { return 0 };
        let mut filled = 0;
        while let Some((run, length)) = pool.runs.pop() {
            let wanted = (size - filled) / HUGE * HUGE;
            let moved = length.min(wanted);
            // SAFETY: `filled + moved <= size`, inside the new mapping.
            let place = unsafe { start.add(filled) };
            let is_moved = moved > 0 && mapping::move_pages(run, moved, place);
            let left = if is_moved { length - moved } else { length };
            filled += length - left;
            if left > 0 {
                // SAFETY: the rest of the run, which is not empty.
                let rest = unsafe { run.add(length - left) };
                pool.runs.push((rest, left));
                break;
            }
        }
        filled
    });
    refilled.unwrap_or(0) > 0
}
