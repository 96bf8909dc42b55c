//! Reuses the pages of dropped columns for later ones.
//!
//! An analysis creates and drops a dozen large arrays one after the other. Each would be
//! new memory to the system, to be cleared page by page, which took a third of the total
//! time. While a [`Recycling`] is alive, pages of mappings dropped on its thread are kept
//! and moved (not copied) into the next ones. Threads that work together share one store
//! of pages ([`Recycling::share`]). When the last of them ends, the pages return to the
//! system: nothing is kept between rounds.

use std::{cell::RefCell, marker::PhantomData, sync::Arc};

use parking_lot::Mutex;

use super::mapping::{HUGE, Mapping, can_move};

/// Keeps dropped pages of this thread for reuse, until dropped itself.
#[derive(Debug)]
pub struct Recycling {
    /// The kept pages are stored in thread-local state.
    not_send: PhantomData<*const ()>,
}

/// The pages that a thread keeps, for sharing with another.
#[derive(Clone, Debug)]
pub struct Recycled(Option<Arc<Store>>);

/// Kept pages; they return to the system when the last thread stops using them.
#[derive(Debug, Default)]
struct Store {
    /// Runs of whole huge pages, with arbitrary contents.
    runs: Mutex<Vec<Mapping>>,
}

/// A thread's state of recycling.
#[derive(Default)]
struct Local {
    /// How many [`Recycling`]s are alive.
    scopes: usize,
    store: Option<Arc<Store>>,
}

thread_local! {
    static LOCAL: RefCell<Local> = RefCell::default();
}

impl Recycling {
    /// Starts keeping pages. Within another one of the same thread, continues it.
    #[must_use]
    pub fn begin() -> Self {
        Self::with(Recycled(None))
    }

    /// Starts keeping pages together with the thread that shared its own.
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

    /// Shares the pages that this thread keeps; nothing if it does not recycle.
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

/// Returns the thread's store. Columns may outlive it; then pages are not kept.
fn store() -> Option<Arc<Store>> {
    LOCAL.try_with(|local| local.try_borrow().ok()?.store.clone()).ok()?
}

/// Keeps the whole huge pages among the first `used` bytes of an unused mapping, and
/// unmaps the rest.
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

/// Maps at least `bytes` of memory that starts with the kept pages.
pub(super) fn reserve(bytes: usize) -> Option<Mapping> {
    let mut new = Mapping::reserve(bytes)?;
    // If a move is refused, the new memory is no longer complete.
    if refill(&mut new) { Some(new) } else { Mapping::reserve(bytes) }
}

/// Moves kept pages to the start of `new`; returns whether every move succeeded.
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
