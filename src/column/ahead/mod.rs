//! Pages that another thread prefaults ahead of their writer.
//!
//! A growing column reaches a new page every few microseconds, and the system takes about
//! one microsecond to find and clear it. When a file is parsed, this takes nearly as long
//! as the parsing. A thread that is waiting for the parser can do it meanwhile.

use std::{
    cell::RefCell, collections::VecDeque, marker::PhantomData, ops::Range, ptr::NonNull, sync::Arc,
};

use parking_lot::Mutex;

use super::mapping::PAGE;

/// How far ahead of the column's current end to prefault.
const DISTANCE: usize = 256 << 10;

/// Bytes of pages prefaulted at once.
const PIECE: usize = 128 << 10;

/// Requests pages for the columns that grow on this thread, until dropped.
#[derive(Debug)]
pub struct PagesAhead {
    /// The requests are stored in thread-local state.
    not_send: PhantomData<*const ()>,
}

/// Prefaults the requested pages.
#[derive(Clone, Debug, Default)]
pub struct PageTaker(Arc<Wanted>);

/// Parts of mappings that will soon be written to, oldest first. [`Asked`] ensures that
/// each is removed before its mapping goes away.
#[derive(Debug, Default)]
struct Wanted(Mutex<VecDeque<Part>>);

#[derive(Debug)]
struct Part {
    /// The start of the mapping.
    mapping: NonNull<u8>,
    from: usize,
    to: usize,
}

// SAFETY: it only names memory, which is accessed only while holding the lock.
unsafe impl Send for Part {}

thread_local! {
    static WANTED: RefCell<Option<Arc<Wanted>>> = const { RefCell::new(None) };
}

impl PagesAhead {
    /// Starts requesting pages from `taker`.
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
    /// Prefaults some of the requested pages; returns false if there are none.
    pub fn take_some(&self) -> bool {
        // Held until they are prefaulted, so that nobody unmaps them meanwhile.
        let mut wanted = self.0.0.lock();
        let Some(part) = wanted.front_mut() else { return false };
        let to = part.to.min(part.from + PIECE);
        // SAFETY: the mapping exists as long as its part does, because `Asked` takes the
        // lock to remove the part. Nothing is read or written; pages already in use are
        // unchanged.
        let result = unsafe {
            let start = part.mapping.as_ptr().add(part.from).cast();
            libc::madvise(start, to - part.from, libc::MADV_POPULATE_WRITE)
        };
        part.from = to;
        if result != 0 {
            // The kernel is older than 5.14, or out of memory.
            wanted.clear();
        } else if part.from >= part.to {
            wanted.pop_front();
        }
        true
    }
}

/// Marks that pages of one mapping were requested. Drop it before the mapping is moved,
/// cut or unmapped.
pub(super) struct Asked {
    mapping: NonNull<u8>,
    wanted: Arc<Wanted>,
}

impl Asked {
    /// Requests pages of the `mapping` of `size` bytes, if this thread may: the range
    /// `coming` into use, and some beyond. Earlier requests have been reached by now.
    pub(super) fn more(
        this: &mut Option<Self>,
        mapping: NonNull<u8>,
        size: usize,
        coming: Range<usize>,
    ) {
        let Some(wanted) = WANTED.with_borrow(Clone::clone) else { return };
        let asked = this.get_or_insert_with(|| Self { mapping, wanted });
        let (from, to) = (coming.start / PAGE * PAGE, size.min(coming.end + DISTANCE));
        // The writer does not wait while other pages are being prefaulted.
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

    /// Returns how many of the pages of `column` are resident, up to `bytes`.
    fn resident(column: &Column<u64>, bytes: usize) -> usize {
        // SAFETY: only queries the page size.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let page = usize::try_from(page).expect("a size");
        let mut pages = vec![0_u8; bytes / page];
        // SAFETY: the mapping is larger than `bytes`, and `pages` is long enough.
        let result = unsafe {
            let start = column.as_ptr().cast_mut().cast();
            libc::mincore(start, bytes, pages.as_mut_ptr().cast())
        };
        assert_eq!(result, 0);
        pages.iter().filter(|&page| page & 1 == 1).count() * page
    }

    /// Creates a column with one megabyte in use and room for 16.
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
        // The difference is larger if the system uses huge pages everywhere.
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
        // Grows beyond its room, so it moves and makes new requests.
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
