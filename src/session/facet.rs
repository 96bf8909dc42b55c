//! Values that are computed once.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::{Mutex, MutexGuard};

use crate::column;

/// Time between two looks whether a thread is still to wait for another.
const WAIT: Duration = Duration::from_millis(5);

/// Whether a session keeps a facet that nobody reads any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Gives its memory back: for work whose questions are known and come once.
    Lean,
    /// Keeps it for the next question.
    Keep,
}

/// Something worked out from a graph when it is first asked for, and not again while anybody
/// reads it; nor later, where the policy is to keep it.
#[derive(Debug)]
pub(crate) struct Facet<T>(Mutex<Slot<T>>);

#[derive(Debug)]
enum Slot<T> {
    /// Belongs to its readers.
    Lent(Weak<T>),
    Kept(Arc<T>),
}

impl<T> Default for Facet<T> {
    fn default() -> Self {
        Self(Mutex::new(Slot::Lent(Weak::new())))
    }
}

impl<T> Facet<T> {
    /// Returns it, if it has been worked out and is still there.
    pub(crate) fn known(&self) -> Option<Arc<T>> {
        self.lock().known()
    }

    /// Returns it. While one thread works it out, others wait; `work` must not
    /// ask for the same facet.
    pub(crate) fn get(&self, policy: Policy, work: impl FnOnce() -> T) -> Arc<T> {
        self.get_shared(policy, || Arc::new(work()))
    }

    /// Returns it, where `work` may find it in somebody else's hands.
    pub(crate) fn get_shared(&self, policy: Policy, work: impl FnOnce() -> Arc<T>) -> Arc<T> {
        let mut slot = self.lock();
        slot.known().unwrap_or_else(|| {
            let made = work();
            *slot = match policy {
                Policy::Lean => Slot::Lent(Arc::downgrade(&made)),
                Policy::Keep => Slot::Kept(Arc::clone(&made)),
            };
            made
        })
    }

    /// Waits while another thread works it out, which may take seconds, unless this one's work is
    /// cancelled meanwhile.
    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        loop {
            if let Some(slot) = self.0.try_lock_for(WAIT) {
                return slot;
            }
            column::ask();
        }
    }
}

impl<T> Slot<T> {
    fn known(&self) -> Option<Arc<T>> {
        match self {
            Self::Lent(lent) => lent.upgrade(),
            Self::Kept(kept) => Some(Arc::clone(kept)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        panic::{self, AssertUnwindSafe},
    };

    use super::*;

    #[test]
    fn a_facet_is_worked_out_once_and_kept_as_the_policy_says() {
        for (policy, again) in [(Policy::Lean, 2), (Policy::Keep, 1)] {
            let (facet, times) = (Facet::default(), Cell::new(0));
            let get = || facet.get(policy, || times.set(times.get() + 1));
            let readers = [get(), get()];
            assert_eq!(times.get(), 1, "{policy:?}");
            drop(readers);
            get();
            assert_eq!(times.get(), again, "{policy:?}");
        }
    }

    #[test]
    fn what_could_not_be_worked_out_is_tried_again() {
        let facet = Facet::default();
        let failed = panic::catch_unwind(AssertUnwindSafe(|| {
            facet.get(Policy::Keep, || panic::resume_unwind(Box::new("no memory")))
        }));
        assert!(failed.is_err());
        assert_eq!(*facet.get(Policy::Keep, || 5), 5);
    }
}
