//! Maps the addresses of objects to their rows.
//!
//! The addresses are marked page by page as the rows arrive, one bit for each word. In
//! the end, the rank of an object is a count of bits, and a column has the row of each
//! rank: 3 bytes for each object and a fortieth of the heap, instead of a hash table of
//! all addresses.

use rustc_hash::FxHashMap;

use crate::{column::Column, packed::Packed};

/// As in the child: a page is 256 KiB.
const PAGE_BITS: u32 = 18;
const PAGE_WORDS: usize = 1 << (PAGE_BITS - 3 - 6);

/// The objects of a stream.
#[derive(Debug)]
pub(super) struct Objects {
    /// Maps a page number to its index in `marks`, in pages.
    pages: FxHashMap<u64, u32>,
    /// A cache of the last pages, by the low bits of their numbers.
    recent: Vec<(u64, u32)>,
    marked: Marked,
    count: u32,
}

/// The marks of the objects, and their rows once they have been ranked.
#[derive(Debug, Default)]
pub(super) struct Marked {
    marks: Column<u64>,
    /// The number of objects before each word of `marks`.
    before: Column<u32>,
    /// The row of each rank.
    rows: Packed,
}

/// The size of the cache: pages of a gigabyte of heap, in 64 KB.
const RECENT: usize = 4096;
/// Addresses that are looked up together, while the memory for the others is fetched.
const TOGETHER: usize = 512;
/// No page's number.
const NO_PAGE: u64 = u64::MAX;

impl Default for Objects {
    fn default() -> Self {
        Self {
            pages: FxHashMap::default(),
            recent: vec![(NO_PAGE, 0); RECENT],
            marked: Marked::default(),
            count: 0,
        }
    }
}

/// The place of an object's mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    word: u32,
    bit: u8,
}

/// The outcome of adding an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    New,
    /// It exists already, or cannot be an object's address.
    Refused,
    /// There are more pages than the bytes received can be about.
    TooMany,
}

impl Objects {
    /// Adds the object at `at`; there may be `most` pages.
    #[inline]
    pub(super) fn add(&mut self, at: u64, most: usize) -> Added {
        let page = at >> PAGE_BITS;
        let place = match self.recent[page as usize % RECENT] {
            (recent, place) if recent == page => place,
            _ => {
                let next = self.pages.len() as u32;
                let place = *self.pages.entry(page).or_insert(next);
                if place == next {
                    if self.pages.len() > most {
                        return Added::TooMany;
                    }
                    self.marked.marks.grow(PAGE_WORDS);
                }
                self.recent[page as usize % RECENT] = (page, place);
                place
            }
        };
        let (word, bit) = position(place, at);
        let is_new = self.marked.marks[word] & bit == 0;
        self.marked.marks[word] |= bit;
        if is_new && at.is_multiple_of(8) {
            self.count += 1;
            Added::New
        } else {
            Added::Refused
        }
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Ranks the objects, once all have been added; [`Rows`] notes the row of each.
    pub(super) fn rank(&mut self) -> Rows {
        let Marked { marks, before, rows } = &mut self.marked;
        let mut count = 0;
        for (marks, before) in marks.iter().zip(before.grow(marks.len())) {
            *before = count;
            count += marks.count_ones();
        }
        *rows = Packed::zeroed(count as usize, count);
        Rows::default()
    }

    /// Returns whether there is an object at `at`.
    #[inline]
    pub(super) fn contains(&mut self, at: u64) -> bool {
        self.place(at).is_some()
    }

    /// Finds where an object at `at` would be marked.
    #[inline]
    pub(super) fn mark_of(&mut self, at: u64) -> Option<Mark> {
        let (word, bit) = position(self.page(at >> PAGE_BITS)?, at);
        let bit = bit.trailing_zeros() as u8;
        at.is_multiple_of(8).then_some(Mark { word: word as u32, bit })
    }

    /// Returns whether there is an object at `at`, of marks that have been taken out.
    #[inline]
    pub(super) fn is_marked(&mut self, at: u64, marked: &Marked) -> bool {
        self.mark_of(at).is_some_and(|mark| marked.rank_at(mark).is_some())
    }

    /// Takes out the marks; only [`mark_of`](Self::mark_of) and [`is_marked`](Self::is_marked) may
    /// be asked from then on.
    pub(super) fn take_marked(&mut self) -> Marked {
        std::mem::take(&mut self.marked)
    }

    /// Returns the row of the object at `at`.
    #[inline]
    pub(super) fn row(&mut self, at: u64) -> Option<u32> {
        let rank = self.rank_of(at)?;
        Some(self.marked.rows.get(rank))
    }

    /// Returns the index of a page in `marks`.
    #[inline]
    fn page(&mut self, page: u64) -> Option<u32> {
        match self.recent[page as usize % RECENT] {
            (recent, place) if recent == page => Some(place),
            _ => {
                let place = *self.pages.get(&page)?;
                self.recent[page as usize % RECENT] = (page, place);
                Some(place)
            }
        }
    }

    #[inline]
    fn place(&mut self, at: u64) -> Option<(usize, u64)> {
        let place = self.page(at >> PAGE_BITS)?;
        let (word, bit) = position(place, at);
        (self.marked.marks[word] & bit != 0 && at.is_multiple_of(8)).then_some((word, bit))
    }

    #[inline]
    fn rank_of(&mut self, at: u64) -> Option<usize> {
        let (word, bit) = self.place(at)?;
        let lower = self.marked.marks[word] & (bit - 1);
        Some((self.marked.before[word] + lower.count_ones()) as usize)
    }
}

/// Notes the rows of the objects, in their order.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The number of rows that have been noted.
    noted: u32,
    /// The next ones.
    next: Vec<Mark>,
}

impl Rows {
    /// Notes the next row: that of the object at `at`, which has been added.
    #[inline]
    pub(super) fn note(&mut self, at: u64, objects: &mut Objects) {
        self.next.extend(objects.mark_of(at));
        if self.next.len() >= TOGETHER {
            self.flush(objects);
        }
    }

    /// Notes all that were given.
    pub(super) fn flush(&mut self, objects: &mut Objects) {
        let marked = &mut objects.marked;
        for &mark in &self.next {
            marked.prefetch(mark);
        }
        for &mark in &self.next {
            marked.rank_at(mark); // prefetches the row
        }
        for mark in self.next.drain(..) {
            if let Some(rank) = marked.rank_at(mark) {
                marked.rows.set(rank as usize, self.noted);
            }
            self.noted += 1;
        }
    }
}

impl Marked {
    /// Prefetches a mark.
    #[inline]
    pub(super) fn prefetch(&self, Mark { word, .. }: Mark) {
        self.marks.prefetch(word as usize);
        self.before.prefetch(word as usize);
    }

    /// Returns the rank of the object that is marked there, if one is, and prefetches its row.
    #[inline]
    pub(super) fn rank_at(&self, Mark { word, bit }: Mark) -> Option<u32> {
        let (word, bit) = (word as usize, 1 << bit);
        let is_marked = self.marks[word] & bit != 0;
        let rank = self.before[word] + (self.marks[word] & (bit - 1)).count_ones();
        self.rows.prefetch(rank as usize);
        is_marked.then_some(rank)
    }

    /// Returns the row of the object of that rank.
    #[inline]
    pub(super) fn row_of(&self, rank: u32) -> u32 {
        self.rows.get(rank as usize)
    }
}

#[inline]
fn position(place: u32, at: u64) -> (usize, u64) {
    let word = (at >> 3) as usize % (PAGE_WORDS * 64);
    (place as usize * PAGE_WORDS + word / 64, 1 << (word % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_by_address_in_whatever_order_they_came() {
        let addresses = [0x7f00_0000_0000_u64, 0x1000, 0x1008, 0x7f00_0003_fff8, 0x0fff_f000];
        let mut objects = Objects::default();
        for at in addresses {
            assert_eq!(objects.add(at, 10), Added::New);
            assert_eq!(objects.add(at, 10), Added::Refused);
        }
        assert_eq!(objects.add(0x2001, 10), Added::Refused, "between two words");
        assert_eq!(objects.add(0x9000_0000, 3), Added::TooMany);
        let mut objects = Objects::default();
        for at in addresses {
            assert_eq!(objects.add(at, 10), Added::New);
        }
        let mut rows = objects.rank();
        for at in addresses {
            rows.note(at, &mut objects);
        }
        rows.flush(&mut objects);
        for (row, at) in (0..).zip(addresses) {
            assert_eq!(objects.row(at), Some(row));
        }
        assert_eq!((objects.row(0x1010), objects.row(0)), (None, None));
        assert!(objects.contains(0x1008) && !objects.contains(0x1010));
    }
}
