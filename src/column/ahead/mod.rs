//! Pages taken into use before their writer comes to them, by another thread.
//!
//! A column that grows meets a new page every few microseconds, and the system
//! takes about one to find and clear it: when a file is parsed, nearly as long as
//! the parsing. A thread that waits for the parser can do that meanwhile.

use std::{
    cell::RefCell, collections::VecDeque, marker::PhantomData, ops::Range, ptr::NonNull, sync::Arc,
};

use parking_lot::Mutex;

use super::mapping::PAGE;

/// How far past the step that a column takes into use pages are wanted as well.
const DISTANCE: usize = 256 << 10;

/// Bytes of pages that are taken at once.
const PIECE: usize = 128 << 10;

/// Asks for pages on behalf of the columns that grow on this thread, as long as it
/// lives.
#[derive(Debug)]
pub struct PagesAhead {
    /// The thread knows whom to ask.
    not_send: PhantomData<*const ()>,
}

/// Who takes the pages.
#[derive(Clone, Debug, Default)]
pub struct PageTaker(Arc<Wanted>);

/// Parts of mappings that will soon be written to, the oldest first; each only as
/// long as its mapping is there, to which [`Asked`] sees.
#[derive(Debug, Default)]
struct Wanted(Mutex<VecDeque<Part>>);

#[derive(Debug)]
struct Part {
    /// Where the mapping starts.
    mapping: NonNull<u8>,
    from: usize,
    to: usize,
}

// SAFETY: it names memory, and only the lock's holder does anything with it.
unsafe impl Send for Part {}

thread_local! {
    static WANTED: RefCell<Option<Arc<Wanted>>> = const { RefCell::new(None) };
}

impl PagesAhead {
    /// Begins to ask `taker` for pages.
    #[must_use]
    pub fn ask(taker: &PageTaker) -> Self {
        WANTED.set(Some(Arc::clone(&taker.0)));
        Self { not_send: PhantomData }
    }
}

impl Drop for PagesAhead {
    fn drop(&mut self) {
        WANTED.set(None);
    }
}

impl PageTaker {
    /// Takes some of the pages that are wanted; false when none are.
    pub fn take_some(&self) -> bool {
        // Held until they are taken, so that nobody unmaps them meanwhile.
        let mut wanted = self.0.0.lock();
        let Some(part) = wanted.front_mut() else { return false };
        let to = part.to.min(part.from + PIECE);
        // SAFETY: of a mapping that is there as long as its part is: `Asked` takes
        // the lock to remove it. Nothing is read or written; pages that are in use
        // stay as they are.
        let result = unsafe {
            let start = part.mapping.as_ptr().add(part.from).cast();
            libc::madvise(start, to - part.from, libc::MADV_POPULATE_WRITE)
        };
        part.from = to;
        if result != 0 {
            // The kernel is older than 5.14, or there is no memory.
            wanted.clear();
        } else if part.from >= part.to {
            wanted.pop_front();
        }
        true
    }
}

/// That pages were asked for on behalf of one mapping. To be dropped before the
/// mapping is moved, cut or given back.
pub(super) struct Asked {
    mapping: NonNull<u8>,
    wanted: Arc<Wanted>,
}

impl Asked {
    /// Asks, if this thread may, for pages of the `mapping` of `size` bytes: those
    /// `coming` into use, and some past them. What was asked for before has been
    /// reached by now.
    pub(super) fn more(
        this: &mut Option<Self>,
        mapping: NonNull<u8>,
        size: usize,
        coming: Range<usize>,
    ) {
        let Some(wanted) = WANTED.with_borrow(Clone::clone) else { return };
        let asked = this.get_or_insert_with(|| Self { mapping, wanted });
        let (from, to) = (coming.start / PAGE * PAGE, size.min(coming.end + DISTANCE));
        // The writer does not wait until others' pages have been taken.
        if let Some(mut parts) = asked.wanted.0.try_lock() {
            parts.retain(|part| part.mapping != mapping);
            parts.push_back(Part { mapping, from, to });
        }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.wanted.0.lock().retain(|part| part.mapping != self.mapping);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{column::Column, testkit::lacking};

    /// How many of the pages behind `column` are there, up to `bytes`.
    fn resident(column: &Column<u64>, bytes: usize) -> usize {
        // SAFETY: asks for the size of a page.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let page = usize::try_from(page).expect("a size");
        let mut pages = vec![0_u8; bytes / page];
        // SAFETY: the mapping is larger than `bytes`, and `pages` as long as needed.
        let result = unsafe {
            let start = column.as_ptr().cast_mut().cast();
            libc::mincore(start, bytes, pages.as_mut_ptr().cast())
        };
        assert_eq!(result, 0);
        pages.iter().filter(|&page| page & 1 == 1).count() * page
    }

    /// A column of a megabyte in use, with room for 16.
    fn column() -> Column<u64> {
        let mut column = Column::with_capacity(2 << 20);
        column.grow(128 << 10);
        column
    }

    #[test]
    fn pages_are_taken_when_asked_for() {
        let taker = PageTaker::default();
        assert!(!taker.take_some());
        let column = {
            let _ahead = PagesAhead::ask(&taker);
            column()
        };
        let before = resident(&column, 16 << 20);
        let pieces = std::iter::repeat_with(|| taker.take_some()).take_while(|&it| it).count();
        let after = resident(&column, 16 << 20);
        if after == before {
            return lacking("pages taken ahead, for which the kernel is too old (5.14)");
        }
        let asked = (1 << 20) + DISTANCE;
        assert_eq!(pieces, asked / PIECE);
        // More where the system has huge pages for everybody.
        assert!((asked..=asked.next_multiple_of(2 << 20)).contains(&after), "{after}");
        assert!(column.iter().all(|&value| value == 0));
        let _unasked = self::column();
        assert!(!taker.take_some());
    }

    #[test]
    fn what_a_column_has_reached_is_not_taken_any_more() {
        let taker = PageTaker::default();
        let _ahead = PagesAhead::ask(&taker);
        let mut column = column();
        column.grow(128 << 10);
        let parts = taker.0.0.lock();
        let wanted: Vec<_> = parts.iter().map(|part| (part.from, part.to)).collect();
        assert_eq!(wanted, [(1 << 20, (2 << 20) + DISTANCE)]);
    }

    #[test]
    fn nothing_is_taken_of_what_has_moved_or_gone() {
        let taker = PageTaker::default();
        let _ahead = PagesAhead::ask(&taker);
        drop(column());
        assert!(!taker.take_some());
        let mut column = column();
        column.shrink_to_fit();
        assert!(!taker.take_some());
        // Grows past its room, so it moves, and asks anew.
        column.grow(4 << 20);
        column.fill(7);
        column.shrink_to_fit();
        assert!(!taker.take_some());
        assert!(column.iter().all(|&value| value == 7));
    }

    #[test]
    fn columns_grow_and_go_while_pages_are_taken() {
        let taker = PageTaker::default();
        std::thread::scope(|scope| {
            let (done, is_done) = std::sync::mpsc::channel::<()>();
            let helper = taker.clone();
            scope.spawn(move || {
                while is_done.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                    helper.take_some();
                }
            });
            let _ahead = PagesAhead::ask(&taker);
            for round in 1..20_u32 {
                let mut column = Column::new();
                for value in 0..round << 16 {
                    column.push(value);
                }
                assert!(column.iter().copied().eq(0..round << 16));
            }
            drop(done);
        });
        assert!(!taker.take_some());
    }
}
