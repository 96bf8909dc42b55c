//! V8's pages: which isolate they belong to, and which of their objects are marked.
//!
//! V8 allocates its heap in chunks that begin at multiples of 256 KiB. An object
//! begins in the first 256 KiB of its chunk, however long it is. So an address
//! without its low 18 bits identifies a page, and one bit for each word of a page
//! marks whether the object that begins there has been reached: 4 KiB of marks for
//! a page, a sixty-fourth of the heap.
//!
//! ```text
//! address   ┌───────────── page ─────────────┬──── word ────┬ 000 ┐
//!           47                             18 17           3 2    0
//! ```
//!
//! A page's header (`MemoryChunk`), or from V8 13 on the metadata that the header
//! points to (`MutablePageMetadata`), refers to the heap that the page belongs to,
//! and the heap is a part of the isolate. A Worker's page, or memory that V8 has
//! freed and somebody else uses now, does not refer to it. Read-only pages belong to
//! no isolate; they are those that contain the roots. V8 14 makes parts of them
//! unreadable, so the readable part of a page may have gaps.

use std::ops::Range;

use super::{
    arena::Arena,
    memory::{Memory, Words},
};

/// The binary logarithm of a page's size (`kPageSizeBits`, src/base/build_config.h).
const PAGE_BITS: u32 = 18;
const PAGE_WORDS: usize = 1 << (PAGE_BITS - 3);
/// Words of a page's header that are searched for the heap's address, or the
/// metadata's.
const HEAD_WORDS: u64 = 16;
/// Words of the metadata that are searched for the heap's address.
const METADATA_WORDS: u64 = 32;

/// The outcome of marking an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The object had not been marked.
    New,
    /// It had been marked.
    Known,
    /// The address is on no page of this isolate.
    Foreign,
}

#[derive(Debug)]
struct Page {
    /// Address of the page; 0 for a free entry of the table.
    at: u64,
    /// Whether it belongs to this isolate.
    is_ours: bool,
    /// The end of the readable memory that begins with the page.
    end: u64,
    /// `None` until an object is marked.
    marks: Option<&'static mut [u64]>,
}

/// All pages that were looked up so far.
#[derive(Debug)]
pub struct Pages {
    memory: Memory,
    isolate: Range<u64>,
    table: &'static mut [Page],
    /// The last page that was looked up, and its index in the table.
    last: (u64, usize),
}

impl Pages {
    /// Returns an empty table; `isolate` has the isolate's addresses.
    pub fn new(memory: Memory, isolate: Range<u64>, arena: &mut Arena) -> Option<Self> {
        // Partly mapped pages count too: two more for each region.
        let pages = (memory.anonymous_bytes() >> PAGE_BITS) + 2 * memory.region_count();
        let places = usize::try_from(pages).ok()?.checked_mul(2)?.next_power_of_two();
        let raw = arena.take::<u64>(places * (size_of::<Page>() / 8))?;
        // SAFETY: the same number of bytes, of the same alignment, used by nobody else;
        // zero bytes are a page at 0 without marks, since `None` of a reference is null.
        let table = unsafe { std::slice::from_raw_parts_mut(raw.as_mut_ptr().cast(), places) };
        Some(Self { memory, isolate, table, last: (0, 0) })
    }

    /// Returns the memory behind the pages.
    pub fn memory(&self) -> Memory {
        self.memory
    }

    /// Admits the page of the read-only object at `at` as one of this isolate's.
    pub fn admit(&mut self, at: u64) {
        if let Some(index) = self.place(page_of(at)) {
            self.table[index].is_ours = true;
        }
    }

    /// Marks the object at `at`.
    #[inline]
    pub fn mark(&mut self, at: u64, arena: &mut Arena) -> Mark {
        let Some(page) = self.page(at) else { return Mark::Foreign };
        if !page.is_ours {
            return Mark::Foreign;
        }
        if page.marks.is_none() {
            page.marks = arena.take::<u64>(PAGE_WORDS / 64);
        }
        let word = (at as usize >> 3) % PAGE_WORDS;
        let Some(marks) = page.marks.as_mut().and_then(|marks| marks.get_mut(word / 64)) else {
            return Mark::Foreign; // the arena is full, which ends the walk
        };
        let bit = 1 << (word % 64);
        let mark = if *marks & bit == 0 { Mark::New } else { Mark::Known };
        *marks |= bit;
        mark
    }

    /// Returns whether the object at `at` has been marked.
    pub fn is_marked(&mut self, at: u64) -> bool {
        let word = (at as usize >> 3) % PAGE_WORDS;
        let marks = self.page(at).and_then(|page| page.marks.as_ref());
        marks
            .and_then(|marks| marks.get(word / 64))
            .is_some_and(|marks| marks >> (word % 64) & 1 == 1)
    }

    /// Returns the words from `at` to the end of the readable memory, if the page is this
    /// isolate's.
    #[inline]
    pub fn object(&mut self, at: u64) -> Option<Words> {
        let page = self.page(at)?;
        if !at.is_multiple_of(8) || !page.is_ours {
            return None;
        }
        let end = if at < page.end { page.end } else { self.memory.region(at)?.end };
        // SAFETY: the region that contains `at` can be read up to its end.
        Some(unsafe { Words::until(at, end) })
    }

    #[inline]
    fn page(&mut self, at: u64) -> Option<&mut Page> {
        let page = page_of(at);
        if self.last.0 != page {
            self.last = (page, self.place(page)?);
        }
        Some(&mut self.table[self.last.1])
    }

    /// Returns the index of a page in the table, adding the page if need be.
    #[inline]
    fn place(&mut self, page: u64) -> Option<usize> {
        let mask = self.table.len() - 1;
        let index = (page >> PAGE_BITS).wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize >> 20 & mask;
        if self.table[index].at == page { Some(index) } else { self.search(page, index) }
    }

    fn search(&mut self, page: u64, mut index: usize) -> Option<usize> {
        let mask = self.table.len() - 1;
        for _ in 0..=mask {
            let found = self.table[index].at;
            if found == page {
                return Some(index);
            }
            if found == 0 {
                self.table[index] = self.look_at(page)?;
                return Some(index);
            }
            index = (index + 1) & mask;
        }
        None
    }

    /// Reads the header of the page at `at`; `None` if it cannot be read.
    #[cold]
    fn look_at(&self, at: u64) -> Option<Page> {
        let region = self.memory.region(at).filter(|region| region.is_anonymous)?;
        let head = self.memory.words(at, HEAD_WORDS)?;
        let refers = |words: Words| (0..words.len()).any(|i| self.isolate.contains(&words.get(i)));
        let metadata = head.get(1);
        let is_ours = refers(head)
            || (metadata % 8 == 0
                && self.memory.words(metadata, METADATA_WORDS).is_some_and(refers));
        Some(Page { at, is_ours, end: region.end, marks: None })
    }
}

fn page_of(at: u64) -> u64 {
    at >> PAGE_BITS << PAGE_BITS
}
