//! The memory that the columns of one piece of work hold, for cost figures and budgets.
//!
//! Several threads of a process may analyse at the same time, and none of them should be
//! charged for another's columns. So each thread has its own account, and threads that
//! work together share one ([`Account::share`]).

use std::{
    cell::RefCell,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicIsize, Ordering::Relaxed},
    },
};

#[derive(Debug, Default)]
struct Figures {
    /// Negative if it dropped columns that another account had counted.
    live: AtomicIsize,
    peak: AtomicIsize,
}

impl Figures {
    fn add(&self, bytes: usize) {
        let bytes = bytes.cast_signed();
        let live = self.live.fetch_add(bytes, Relaxed) + bytes;
        self.peak.fetch_max(live, Relaxed);
    }
}

thread_local! {
    static FIGURES: RefCell<Arc<Figures>> = RefCell::default();
}

/// The account of a thread's columns, for sharing with another thread.
#[derive(Clone, Debug)]
pub struct Account(Arc<Figures>);

/// Counts this thread's columns in another thread's account, until dropped.
#[derive(Debug)]
pub struct Counting {
    own: Arc<Figures>,
    /// It refers to the thread that created it.
    not_send: PhantomData<*const ()>,
}

impl Account {
    /// Returns an account that nothing is counted in yet.
    pub fn open() -> Self {
        Self(Arc::default())
    }

    /// Returns this thread's account.
    pub fn share() -> Self {
        Self(FIGURES.with_borrow(Arc::clone))
    }

    /// Counts this thread's columns in it from now on.
    #[must_use]
    pub fn count(self) -> Counting {
        Counting { own: FIGURES.replace(self.0), not_send: PhantomData }
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        FIGURES.set(Arc::clone(&self.own));
    }
}

/// Returns the bytes that the columns of this thread's account hold now.
pub fn live_bytes() -> usize {
    FIGURES.with_borrow(|figures| figures.live.load(Relaxed)).max(0).cast_unsigned()
}

/// Returns the address space of all columns in the process, including pages kept for
/// reuse; 0 where nothing is mapped.
pub fn mapped_bytes() -> usize {
    #[cfg(unix)]
    return super::mapping::mapped_bytes();
    #[cfg(not(unix))]
    0
}

/// Returns the peak of this thread's account since [`reset_peak`].
pub fn peak_bytes() -> usize {
    FIGURES.with_borrow(|figures| figures.peak.load(Relaxed)).max(0).cast_unsigned()
}

/// Starts a new peak at the current amount.
pub fn reset_peak() {
    FIGURES.with_borrow(|figures| figures.peak.store(figures.live.load(Relaxed), Relaxed));
}

pub(super) fn add(bytes: usize) {
    // A column dropped at the end of its thread may find the account gone.
    let _ = FIGURES.try_with(|figures| figures.borrow().add(bytes));
}

pub(super) fn subtract(bytes: usize) {
    let bytes = bytes.cast_signed();
    let _ = FIGURES.try_with(|figures| figures.borrow().live.fetch_sub(bytes, Relaxed));
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::column::Column;

    const LEN: usize = 1 << 20;

    #[test]
    fn what_another_thread_holds_is_not_counted() {
        reset_peak();
        let before = live_bytes();
        let others = thread::spawn(|| {
            let column = Column::<u64>::zeroed(LEN);
            (column, live_bytes(), peak_bytes())
        });
        let (column, live, peak) = others.join().expect("no panic");
        assert!(live >= 8 * LEN && peak >= 8 * LEN);
        assert_eq!((live_bytes(), peak_bytes()), (before, before));
        // Dropped here, where it was never counted.
        drop(column);
        assert_eq!(live_bytes(), 0);
        let _own = Column::<u64>::zeroed(LEN);
        assert!(peak_bytes() >= before);
    }

    #[test]
    fn threads_that_work_together_are_counted_together() {
        reset_peak();
        let before = live_bytes();
        let shared = Account::share();
        let column = thread::scope(|scope| {
            let beside = scope.spawn(|| {
                let _counting = shared.count();
                Column::<u64>::zeroed(LEN)
            });
            beside.join().expect("no panic")
        });
        assert!(live_bytes() >= before + 8 * LEN && peak_bytes() >= before + 8 * LEN);
        drop(column);
        assert_eq!(live_bytes(), before);
    }
}
