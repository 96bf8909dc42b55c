//! Lets someone veto the further growth of columns.
//!
//! How much a round may hold depends on how much memory others leave free meanwhile. Only
//! the thread that is about to use more can check in time.

use std::{cell::RefCell, fmt, marker::PhantomData};

/// Returns whether columns may keep their current size.
type Permits = Box<dyn FnMut() -> bool>;

thread_local! {
    static PERMITS: RefCell<Option<Permits>> = RefCell::default();
}

/// While alive, lets columns of this thread use more memory only if permitted.
pub struct Watched {
    /// The previous check.
    outer: Option<Permits>,
    not_send: PhantomData<*const ()>,
}

impl Watched {
    /// Starts calling `permits`, which must not grow a column, after every few hundred
    /// kilobytes. If it returns false, the work ends as if out of memory
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
}
