//! Lets someone veto the further growth of columns, or end the work.
//!
//! How much a round may hold depends on how much memory others leave free meanwhile. The
//! thread that holds the columns checks that itself: before it uses more, and in long loops
//! that use no more ([`ask`]), since what it already holds may be what others lack. The same
//! loops check whether anybody still waits for the result ([`Cancelling`]).

use std::{cell::RefCell, fmt, marker::PhantomData, ops::Range, sync::Arc};

use super::no_memory::{abort, give_up};

/// Returns whether columns may keep their current size.
type Permits = Box<dyn FnMut() -> bool>;

/// Returns whether nobody waits for the work any more.
type IsCancelled = Arc<dyn Fn() -> bool + Send + Sync>;

thread_local! {
    static PERMITS: RefCell<Option<Permits>> = RefCell::default();
    static CANCELLATION: RefCell<Cancellation> = RefCell::default();
}

/// The means by which a thread's work may be cancelled, for sharing with another thread.
#[derive(Clone, Default)]
pub struct Cancellation(Option<IsCancelled>);

/// While alive, the work of this thread can be cancelled.
pub struct Cancelling {
    outer: Cancellation,
    not_send: PhantomData<*const ()>,
}

impl Cancellation {
    /// Cancels the work once `is_cancelled`, which is asked every few milliseconds.
    pub fn by(is_cancelled: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(is_cancelled)))
    }

    /// Returns that of this thread.
    pub fn share() -> Self {
        CANCELLATION.with_borrow(Self::clone)
    }

    /// Applies it to this thread, whose work then ends with
    /// [`DetectError::Aborted`](crate::error::DetectError::Aborted)
    /// ([`catch_no_memory`](super::catch_no_memory)).
    #[must_use]
    pub fn begin(self) -> Cancelling {
        Cancelling { outer: CANCELLATION.replace(self), not_send: PhantomData }
    }

    fn is_cancelled() -> bool {
        // Called without the borrow: it may begin work of its own.
        Self::share().0.is_some_and(|is_cancelled| is_cancelled())
    }
}

impl Drop for Cancelling {
    fn drop(&mut self) {
        CANCELLATION.set(std::mem::take(&mut self.outer));
    }
}

impl fmt::Debug for Cancelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cancelling")
    }
}

/// While alive, lets columns of this thread use more memory only if permitted.
pub struct Watched {
    /// The previous check.
    outer: Option<Permits>,
    not_send: PhantomData<*const ()>,
}

impl Watched {
    /// Starts calling `permits`, which must not grow a column, after every few hundred
    /// kilobytes and every few milliseconds. If it returns false, the work ends as if out of memory
    /// ([`catch_no_memory`](super::catch_no_memory)).
    #[must_use]
    pub fn by(permits: impl FnMut() -> bool + 'static) -> Self {
        let outer = PERMITS.replace(Some(Box::new(permits)));
        Self { outer, not_send: PhantomData }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        PERMITS.set(self.outer.take());
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched")
    }
}

/// Steps of a loop between two calls of [`ask`]: at most a few milliseconds.
pub(super) const STRIDE: usize = 1 << 14;

/// Ends the work if it was cancelled, or if what is held may no longer be kept.
pub fn ask() {
    if Cancellation::is_cancelled() {
        abort();
    }
    if !permits() {
        give_up(0);
    }
}

/// [Asks](ask) when `step` steps of a loop have been done, every so many of them.
#[inline]
pub fn ask_at(step: usize) {
    if step.is_multiple_of(STRIDE) {
        ask();
    }
}

/// Returns `range`, and [asks](ask) while it is iterated over.
pub fn asking(range: Range<u32>) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator {
    range.inspect(|at| ask_at(*at as usize))
}

/// Whether the memory just counted may be kept.
pub(super) fn permits() -> bool {
    let asked = PERMITS.try_with(|permits| {
        // It is already borrowed if `permits` grows a column itself.
        let Ok(mut permits) = permits.try_borrow_mut() else { return true };
        permits.as_mut().is_none_or(|permits| permits())
    });
    asked.unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use super::*;
    use crate::{
        column::{Column, MAPPED_FROM, catch_no_memory},
        error::DetectError,
    };

    #[test]
    fn a_column_that_may_not_grow_ends_the_work() {
        let left = Rc::new(Cell::new(3));
        let count = Rc::clone(&left);
        let watched = Watched::by(move || {
            count.set(count.get() - 1);
            count.get() > 0
        });
        let mut most = 0;
        let result = catch_no_memory(|| {
            let mut column = Column::new();
            while column.len() < 1 << 24 {
                column.push(7_u64);
                most = column.len();
            }
            Ok(())
        });
        assert!(matches!(result, Err(DetectError::NoMemory { .. })));
        assert_eq!(left.get(), 0);
        assert!(most * 8 >= MAPPED_FROM && most * 8 <= 2 << 20, "{most}");
        drop(watched);
        assert_eq!(Column::<u64>::zeroed(1 << 20).len(), 1 << 20, "nobody is asked any more");
    }

    #[test]
    fn cancelled_work_ends_and_later_work_is_not_cancelled() {
        let steps = 10 * STRIDE as u32;
        let run = || catch_no_memory(|| Ok(asking(0..steps).count()));
        {
            let _cancelling = Cancellation::by(|| true).begin();
            {
                let _inner = Cancellation::default().begin();
                assert!(run().is_ok());
            }
            assert!(matches!(run(), Err(DetectError::Aborted)));
        }
        assert_eq!(run().ok(), Some(steps as usize));
    }

    #[test]
    fn a_loop_that_uses_no_more_memory_ends_too() {
        let steps = 10 * STRIDE as u32;
        let run = || catch_no_memory(|| Ok(asking(0..steps).count()));
        assert_eq!(run().ok(), Some(steps as usize));
        let mut left = 3;
        let watched = Watched::by(move || {
            left -= 1;
            left > 0
        });
        assert!(matches!(run(), Err(DetectError::NoMemory { .. })));
        drop(watched);
    }
}
