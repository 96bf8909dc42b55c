//! V8's pages: whose they are, and which of their objects have been seen.
//!
//! V8 takes its heap in chunks that begin at multiples of 256 KiB. An object
//! begins in the first 256 KiB of its chunk, however long it is. So the address
//! without its low 18 bits names a page, and one bit for each word of a page
//! says whether an object that begins there has been met: 4 KiB of marks for a
//! page, a sixty-fourth of the heap.
//!
//! ```text
//! address   ┌───────────── page ─────────────┬──── word ────┬ 000 ┐
//!           47                             18 17           3 2    0
//! ```
//!
//! A page is this isolate's if its head says so. Its head (`MemoryChunk`), or
//! what the head points to in V8 13 and later (`MutablePageMetadata`), refers to
//! the heap that it belongs to, and the heap is a part of the isolate. A Worker's
//! page, or memory that V8 has given back and somebody else has now, does not.
//! Read-only pages belong to nobody; they are those that the roots lie on. V8 14
//! makes parts of these unreadable, so what can be read of a page may have gaps.

use std::ops::Range;

use super::{
    arena::Arena,
    memory::{Memory, Words},
};

/// A page has so many bytes, as a power of two (`kPageSizeBits`,
/// src/base/build_config.h).
const PAGE_BITS: u32 = 18;
const PAGE_WORDS: usize = 1 << (PAGE_BITS - 3);
/// Words at the head of a page among which the heap's address is, or the
/// metadata's.
const HEAD_WORDS: u64 = 16;
/// Words of the metadata among which the heap's address is.
const METADATA_WORDS: u64 = 32;

/// What became of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The object had not been met.
    New,
    /// It had.
    Known,
    /// No page of this isolate begins there.
    Foreign,
}

#[derive(Debug)]
struct Page {
    /// Address of the page; 0 for a place in the table that is free.
    at: u64,
    /// Whether it is this isolate's.
    is_ours: bool,
    /// The byte after the last that can be read in one piece from the page on.
    end: u64,
    /// `None` until an object is met.
    marks: Option<&'static mut [u64]>,
}

/// All pages that an address has led to so far.
#[derive(Debug)]
pub struct Pages {
    memory: Memory,
    isolate: Range<u64>,
    table: &'static mut [Page],
    /// The page and the place in the table that were asked for last.
    last: (u64, usize),
}

impl Pages {
    /// No page yet; the isolate lies at these addresses.
    pub fn new(memory: Memory, isolate: Range<u64>, arena: &mut Arena) -> Option<Self> {
        // Pages that are partly mapped count too: two more for each region.
        let pages = (memory.anonymous_bytes() >> PAGE_BITS) + 2 * memory.region_count();
        let places = usize::try_from(pages).ok()?.checked_mul(2)?.next_power_of_two();
        let raw = arena.take::<u64>(places * (size_of::<Page>() / 8))?;
        // SAFETY: as many bytes, aligned alike, nobody else's; zero bytes are a
        // page at 0 without marks, since `None` of a reference is null.
        let table = unsafe { std::slice::from_raw_parts_mut(raw.as_mut_ptr().cast(), places) };
        Some(Self { memory, isolate, table, last: (0, 0) })
    }

    /// The memory behind the pages.
    pub fn memory(&self) -> Memory {
        self.memory
    }

    /// Takes the page of the read-only object `at` for one of this isolate's.
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
            return Mark::Foreign; // the arena is used up, which ends the walk
        };
        let bit = 1 << (word % 64);
        let mark = if *marks & bit == 0 { Mark::New } else { Mark::Known };
        *marks |= bit;
        mark
    }

    /// Whether the object at `at` has been met.
    pub fn is_marked(&mut self, at: u64) -> bool {
        let word = (at as usize >> 3) % PAGE_WORDS;
        let marks = self.page(at).and_then(|page| page.marks.as_ref());
        marks
            .and_then(|marks| marks.get(word / 64))
            .is_some_and(|marks| marks >> (word % 64) & 1 == 1)
    }

    /// The words from `at` to the end of what can be read, if the page is this
    /// isolate's.
    #[inline]
    pub fn object(&mut self, at: u64) -> Option<Words> {
        let page = self.page(at)?;
        if !at.is_multiple_of(8) || !page.is_ours {
            return None;
        }
        let end = if at < page.end { page.end } else { self.memory.region(at)?.end };
        // SAFETY: the region that `at` lies in can be read up to its end.
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

    /// The place of a page in the table; taken, if it has none yet.
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

    /// What there is to know of the page at `at`; `None` if that is no memory.
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
