//! Whose a piece of anonymous memory is.
//!
//! The kernel joins neighbouring mappings and knows no owners, so each resident piece is asked for
//! marks of its own: V8's pages and glibc's heaps and chunks begin with headers, stacks follow
//! guard pages, WebAssembly memories lie within reserved address space. The kernel does the reads
//! ([`OwnMemory`]): the process runs on, and what has gone meanwhile is nobody's.

use std::{collections::BTreeSet, ops::Range};

use super::{
    heaps,
    mappings::{Region, Sort},
    v8_pages,
};
use crate::allocations::{own_memory::OwnMemory, sampler::Peek};

/// Owners of anonymous memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// V8's heaps and code.
    Heap,
    /// Memory that V8 has mapped for something else: contents of a `SharedArrayBuffer`, tables.
    OfV8,
    /// A WebAssembly memory.
    Wasm,
    /// glibc's arenas: many pieces, used or free.
    Arena,
    /// A piece with a mapping of its own.
    Chunk,
    /// The stack of a thread.
    Stack,
    /// Variables of a program or library.
    Image,
    /// Nobody known.
    Unknown,
}

/// The number of owners.
const OWNERS: usize = Owner::Unknown as usize + 1;

/// What a reading has found.
#[derive(Debug, Default)]
pub(super) struct Claimed {
    resident: [u64; OWNERS],
    /// WebAssembly memories, resident or not.
    pub(super) wasm_bytes: u64,
    /// Arenas, resident or not.
    pub(super) arenas_bytes: u64,
    /// Chunks, resident or not.
    pub(super) chunks_bytes: u64,
    /// Resident pieces of arenas.
    pub(super) arenas: Vec<Range<u64>>,
    /// The arenas that heaps belong to.
    pub(super) owners: BTreeSet<u64>,
}

impl Claimed {
    /// Returns what is resident.
    pub(super) fn resident(&self, owner: Owner) -> u64 {
        self.resident[owner as usize]
    }
}

/// A piece of memory with one owner.
#[derive(Clone, Copy, Debug)]
struct Claim {
    end: u64,
    owner: Owner,
}

/// Words that are read where something may begin.
const WORDS: usize = 16;

/// Guard pages of a stack: one page by default, of 4 to 64 KiB.
const STACK_GUARD: std::ops::RangeInclusive<u64> = 4 << 10..=64 << 10;

/// The most that a stack takes up.
const STACK: u64 = 64 << 20;

/// V8 reserves more than this around a WebAssembly memory, so that an index of 32 bits cannot
/// leave it.
const WASM_RESERVED: u64 = 1 << 30;

/// The unit that WebAssembly memories grow by.
const WASM_PAGE: u64 = 64 << 10;

/// The most that variables of a program take up.
const VARIABLES: u64 = 16 << 20;

/// V8 asks for its mappings at random addresses below this one (`OS::GetRandomMmapAddr`); without
/// a wish, the kernel maps above it.
const RANDOM_ADDRESSES: u64 = if cfg!(target_arch = "x86_64") { 1 << 46 } else { 1 << 38 };

/// After as many pages in a row of a mapping without a header, only places where V8's begin are
/// read.
const PAGES: u32 = 64;

/// Finds owners.
#[derive(Debug)]
pub(super) struct Claims<'a> {
    memory: &'a OwnMemory,
    page: u64,
    is_glibc: bool,
    /// How many pages of this mapping had no header, one after the other.
    without: u32,
    /// The last claim, which may go on in the next mapping.
    last: Claim,
    found: Claimed,
}

impl<'a> Claims<'a> {
    /// Claims nothing yet. `is_glibc` says whether glibc's allocator serves the process.
    pub(super) fn new(memory: &'a OwnMemory, page: u64, is_glibc: bool) -> Self {
        let last = Claim { end: 0, owner: Owner::Unknown };
        Self { memory, page, is_glibc, without: 0, last, found: Claimed::default() }
    }

    /// Counts the resident pages `runs` of `region`, which is anonymous. `after_image` says
    /// whether a program or library ends where it begins.
    pub(super) fn count(&mut self, region: &Region, after_image: bool, runs: &[Range<u64>]) {
        let usual = Usual::of(region, after_image);
        self.without = 0;
        for run in runs {
            let mut at = run.start;
            while at < run.end {
                if at >= self.last.end {
                    self.last = self.claim(at, region, usual);
                }
                let end = self.last.end.min(run.end);
                self.found.resident[self.last.owner as usize] += end - at;
                if self.last.owner == Owner::Arena {
                    self.found.arenas.push(at..end);
                }
                at = end;
            }
        }
        let size = region.range.end - region.range.start;
        match usual {
            Usual { owner: Owner::Wasm, .. } => self.found.wasm_bytes += size,
            Usual { owner: Owner::Arena, .. } => self.found.arenas_bytes += size,
            _ => {}
        }
    }

    /// Returns what was found.
    pub(super) fn finish(self) -> Claimed {
        self.found
    }

    /// Returns whose the memory at `at` is, which begins a page.
    fn claim(&mut self, at: u64, region: &Region, usual: Usual) -> Claim {
        if usual.is_whole {
            return Claim { end: region.range.end, owner: usual.owner };
        }
        let may_be_glibcs = self.is_glibc && usual.owner != Owner::OfV8 && self.without < PAGES;
        if (may_be_glibcs || at.is_multiple_of(v8_pages::ALIGNMENT))
            && let Some(claim) = self.marked(at, region)
        {
            self.without = 0;
            return claim;
        }
        self.without += 1;
        let unit = if may_be_glibcs { self.page } else { v8_pages::ALIGNMENT };
        let next = (at + 1).next_multiple_of(unit);
        let is_stack = usual.owner == Owner::Stack;
        let is_past = is_stack && at - region.range.start >= STACK;
        let owner = if is_past { Owner::Unknown } else { usual.owner };
        Claim { end: next.min(region.range.end), owner }
    }

    /// Returns what the words at `at` are the header of.
    fn marked(&mut self, at: u64, region: &Region) -> Option<Claim> {
        let words: [u64; WORDS] = self.memory.words(at)?;
        let end = region.range.end;
        if let Some(page) = v8_pages::end(self.memory, at, &words, end) {
            return Some(Claim { end: page.next_multiple_of(self.page), owner: Owner::Heap });
        }
        if !self.is_glibc {
            return None;
        }
        if let Some(heap) = heaps::heap(at, &words, self.page) {
            self.found.owners.insert(heap.arena);
            let end = heap.end.min(end);
            self.found.arenas_bytes += end - at;
            return Some(Claim { end, owner: Owner::Arena });
        }
        let chunk = heaps::chunk(at, &words, self.page).filter(|chunk| *chunk <= end)?;
        self.found.chunks_bytes += chunk - at;
        Some(Claim { end: chunk, owner: Owner::Chunk })
    }
}

/// Whose memory of a region is unless it says otherwise.
#[derive(Clone, Copy, Debug)]
struct Usual {
    owner: Owner,
    /// Whether all of it is.
    is_whole: bool,
}

impl Usual {
    fn of(region: &Region, after_image: bool) -> Self {
        let Sort::Anonymous { is_code, word } = &region.sort else {
            return Self { owner: Owner::Unknown, is_whole: true };
        };
        let size = region.range.end - region.range.start;
        let is_reserved = region.guards.0.max(region.guards.1) >= WASM_RESERVED;
        if *is_code {
            return Self { owner: Owner::Heap, is_whole: true };
        }
        if word == "[heap]" || word.contains("glibc: malloc") {
            return Self { owner: Owner::Arena, is_whole: true };
        }
        if word.contains("stack") {
            return Self { owner: Owner::Stack, is_whole: true };
        }
        if is_reserved && size.is_multiple_of(WASM_PAGE) {
            return Self { owner: Owner::Wasm, is_whole: true };
        }
        let owner = if after_image && size <= VARIABLES {
            Owner::Image
        } else if STACK_GUARD.contains(&region.guards.0) {
            Owner::Stack
        } else if region.range.end <= RANDOM_ADDRESSES {
            Owner::OfV8
        } else {
            Owner::Unknown
        };
        Self { owner, is_whole: false }
    }
}
