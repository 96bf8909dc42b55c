//! Somebody who is asked before columns take more memory.
//!
//! What a round may hold depends on what others leave free meanwhile, which only the
//! thread that would take more can ask in time.

use std::{cell::RefCell, fmt, marker::PhantomData};

/// Says whether columns may hold what they hold now.
type Permits = Box<dyn FnMut() -> bool>;

thread_local! {
    static PERMITS: RefCell<Option<Permits>> = RefCell::default();
}

/// While it lives, columns of this thread take more memory only if they may.
pub struct Watched {
    /// Who was asked before.
    outer: Option<Permits>,
    not_send: PhantomData<*const ()>,
}

impl Watched {
    /// Begins to ask `permits`, which must grow no column, each time some hundred
    /// kilobytes have been taken. When it says no, the work ends as for want of memory
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

/// Whether what was counted just now may be kept.
pub(super) fn permits() -> bool {
    let asked = PERMITS.try_with(|permits| {
        // It is borrowed when it grows a column itself.
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
