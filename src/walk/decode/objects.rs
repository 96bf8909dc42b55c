//! Maps the addresses of objects to their rows.
//!
//! The addresses are marked page by page as the rows arrive, one bit for each word. In
//! the end, the rank of an object is a count of bits, and a column has the row of each
//! rank: 4 bytes for each object and a fortieth of the heap, instead of a hash table of
//! all addresses.

use rustc_hash::FxHashMap;

use crate::column::Column;

/// As in the child: a page is 256 KiB.
const PAGE_BITS: u32 = 18;
const PAGE_WORDS: usize = 1 << (PAGE_BITS - 3 - 6);

/// The objects of a stream.
#[derive(Debug)]
pub(super) struct Objects {
    /// Maps a page number to its index in `marks`, in pages.
    pages: FxHashMap<u64, u32>,
    /// A cache of the last pages, by the low bits of their numbers.
    recent: [(u64, u32); RECENT],
    marks: Column<u64>,
    /// Addresses in the order of the rows, until they are ranked.
    addresses: Column<u64>,
    /// The number of objects before each word of `marks`.
    before: Column<u32>,
    /// The row of each rank.
    rows: Column<u32>,
    count: u32,
}

/// The size of the cache: pages of 64 MB of heap.
const RECENT: usize = 256;
/// No page's number.
const NO_PAGE: u64 = u64::MAX;

impl Default for Objects {
    fn default() -> Self {
        Self {
            pages: FxHashMap::default(),
            recent: [(NO_PAGE, 0); RECENT],
            marks: Column::default(),
            addresses: Column::default(),
            before: Column::default(),
            rows: Column::default(),
            count: 0,
        }
    }
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
                    self.marks.grow(PAGE_WORDS);
                }
                self.recent[page as usize % RECENT] = (page, place);
                place
            }
        };
        let (word, bit) = position(place, at);
        let is_new = self.marks[word] & bit == 0;
        self.marks[word] |= bit;
        if is_new && at.is_multiple_of(8) {
            self.count += 1;
            self.addresses.extend_from_slice(&[at]);
            Added::New
        } else {
            Added::Refused
        }
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Ranks the objects, once all have been added.
    pub(super) fn rank(&mut self) {
        let mut count = 0;
        let before = self.before.grow(self.marks.len());
        for (marks, before) in self.marks.iter().zip(before) {
            *before = count;
            count += marks.count_ones();
        }
        self.rows.grow(count as usize);
        for (row, &at) in (0..).zip(std::mem::take(&mut self.addresses).iter()) {
            if let Some(rank) = self.rank_of(at) {
                self.rows[rank] = row;
            }
        }
    }

    /// Returns whether there is an object at `at`.
    #[inline]
    pub(super) fn contains(&mut self, at: u64) -> bool {
        self.place(at).is_some()
    }

    /// Returns the row of the object at `at`.
    #[inline]
    pub(super) fn row(&mut self, at: u64) -> Option<u32> {
        let rank = self.rank_of(at)?;
        Some(self.rows[rank])
    }

    #[inline]
    fn place(&mut self, at: u64) -> Option<(usize, u64)> {
        let page = at >> PAGE_BITS;
        let place = match self.recent[page as usize % RECENT] {
            (recent, place) if recent == page => place,
            _ => {
                let place = *self.pages.get(&page)?;
                self.recent[page as usize % RECENT] = (page, place);
                place
            }
        };
        let (word, bit) = position(place, at);
        (self.marks[word] & bit != 0 && at.is_multiple_of(8)).then_some((word, bit))
    }

    #[inline]
    fn rank_of(&mut self, at: u64) -> Option<usize> {
        let (word, bit) = self.place(at)?;
        let lower = self.marks[word] & (bit - 1);
        Some((self.before[word] + lower.count_ones()) as usize)
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
        objects.rank();
        for (row, at) in (0..).zip(addresses) {
            assert_eq!(objects.row(at), Some(row));
        }
        assert_eq!((objects.row(0x1010), objects.row(0)), (None, None));
        assert!(objects.contains(0x1008) && !objects.contains(0x1010));
    }
}
