//! Pages of dropped columns for the columns that follow.
//!
//! An analysis makes and drops a dozen large arrays one after the other. To
//! the system each would be new memory, to be cleared page by page, which took
//! a third of all the time. While a [`Recycling`] lives, pages of mappings
//! dropped on its thread are kept, and moved (not copied) into the next ones.
//! Threads that work together share one store of pages ([`Recycling::share`]).
//! With the last of them the pages go back to the system: between rounds
//! nothing is kept.

use std::{cell::RefCell, marker::PhantomData, sync::Arc};

use parking_lot::Mutex;

use super::mapping::{HUGE, Mapping, can_move};

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
    runs: Mutex<Vec<Mapping>>,
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
/// nobody needs; the rest goes back.
pub(super) fn keep(mut mapping: Mapping, used: usize) {
    let is_aligned = mapping.start().as_ptr().align_offset(HUGE) == 0;
    let size = if is_aligned && can_move() { used / HUGE * HUGE } else { 0 };
    if size > 0
        && let Some(store) = store()
    {
        mapping.truncate(size);
        store.runs.lock().push(mapping);
    }
}

/// New memory of at least `bytes`; the pages that were kept are its first.
pub(super) fn reserve(bytes: usize) -> Option<Mapping> {
    let mut new = Mapping::reserve(bytes)?;
    // When that is refused, the new memory is not whole any more.
    if refill(&mut new) { Some(new) } else { Mapping::reserve(bytes) }
}

/// Moves kept pages to the start of `new`; returns whether nothing was refused.
fn refill(new: &mut Mapping) -> bool {
    let Some(store) = store().filter(|_| can_move()) else { return true };
    let mut runs = store.runs.lock();
    let mut filled = 0;
    while let Some(mut run) = runs.pop() {
        let room = (new.size() - filled) / HUGE * HUGE;
        let at_once = if run.is_refilled() { HUGE } else { room };
        let rest = run.split_off(at_once.min(room).min(run.size()));
        let size = run.size();
        let is_moved = size > 0 && new.take_over(filled, &mut run);
        runs.extend([rest, run].into_iter().filter(|run| run.size() > 0));
        if !is_moved {
            return size == 0;
        }
        filled += size;
    }
    true
}
