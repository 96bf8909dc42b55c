//! Pages of dropped columns for the columns that follow.
//!
//! An analysis makes and drops a dozen large arrays one after the other. To
//! the system each would be new memory, to be cleared page by page, which took
//! a third of all the time. While a [`Recycling`] lives, pages of mappings
//! dropped on its thread are kept, and moved (not copied) into the next ones.
//! Threads that work together share one store of pages ([`Recycling::share`]).
//! With the last of them the pages go back to the system: between rounds
//! nothing is kept.

use std::{cell::RefCell, marker::PhantomData, ptr::NonNull, sync::Arc};

use parking_lot::Mutex;

use super::mapping::{self, HUGE};

/// Keeps dropped pages of this thread for reuse, as long as it lives.
#[derive(Debug)]
pub struct Recycling {
    /// The thread keeps pages for it.
    not_send: PhantomData<*const ()>,
}

/// The pages that a thread keeps, for another to use as well.
#[derive(Clone, Debug)]
pub struct Recycled(Option<Arc<Store>>);

/// Kept pages; they go back to the system with the last thread's use of them.
#[derive(Debug, Default)]
struct Store {
    /// Runs of whole huge pages, contents arbitrary.
    runs: Mutex<Vec<Run>>,
}

/// Start and size of a mapping that belongs to its store alone.
#[derive(Debug)]
struct Run(NonNull<u8>, usize);

// SAFETY: memory that nothing else refers to, whichever thread has it.
unsafe impl Send for Run {}

impl Drop for Store {
    fn drop(&mut self) {
        for Run(start, size) in self.runs.get_mut().drain(..) {
            mapping::release(start, size);
        }
    }
}

/// What a thread knows of recycling.
#[derive(Default)]
struct Local {
    /// How many [`Recycling`]s live.
    scopes: usize,
    store: Option<Arc<Store>>,
}

thread_local! {
    static LOCAL: RefCell<Local> = RefCell::default();
}

impl Recycling {
    /// Begins to keep pages. Inside another of the same thread, keeps on.
    #[must_use]
    pub fn begin() -> Self {
        Self::with(Recycled(None))
    }

    /// Begins to keep pages together with the thread that shared its own.
    #[must_use]
    pub fn with(shared: Recycled) -> Self {
        LOCAL.with_borrow_mut(|local| {
            local.scopes += 1;
            if local.store.is_none() {
                local.store = Some(shared.0.unwrap_or_default());
            }
        });
        Self { not_send: PhantomData }
    }

    /// What this thread keeps, for another to use as well; nothing if it does
    /// not recycle.
    pub fn share() -> Recycled {
        Recycled(LOCAL.with_borrow(|local| local.store.clone()))
    }
}

impl Drop for Recycling {
    fn drop(&mut self) {
        let unused = LOCAL.with_borrow_mut(|local| {
            local.scopes -= 1;
            if local.scopes == 0 { local.store.take() } else { None }
        });
        drop(unused);
    }
}

/// The thread's store. Columns may outlive it; then there is nothing to keep
/// for.
fn store() -> Option<Arc<Store>> {
    LOCAL.try_with(|local| local.try_borrow().ok()?.store.clone()).ok()?
}

/// Keeps the whole huge pages among the first `used` bytes of a mapping that
/// nobody needs; returns how many bytes that were.
pub(super) fn keep(start: NonNull<u8>, used: usize) -> usize {
    let size = used / HUGE * HUGE;
    let is_aligned = start.as_ptr().align_offset(HUGE) == 0;
    if size == 0 || !is_aligned {
        return 0;
    }
    let Some(store) = store() else { return 0 };
    store.runs.lock().push(Run(start, size));
    size
}

/// Moves kept pages to the start of the new mapping at `start`, which is
/// `size` long; returns whether there were any, whose contents are arbitrary.
pub(super) fn refill(start: NonNull<u8>, size: usize) -> bool {
    let Some(store) = store() else { return false };
    let mut runs = store.runs.lock();
    let mut filled = 0;
    while let Some(Run(run, length)) = runs.pop() {
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
            runs.push(Run(rest, left));
            break;
        }
    }
    filled > 0
}
