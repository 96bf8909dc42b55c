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
use crate::{
    allocations::{own_memory::OwnMemory, sampler::Peek},
    report::AllocatorName,
};

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

    /// Adds resident memory.
    pub(super) fn add(&mut self, owner: Owner, bytes: u64) {
        self.resident[owner as usize] += bytes;
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

/// V8 reserves at least this much for each of its tables (`ExternalEntityTable`), more than glibc
/// for a heap.
const TABLE_RESERVED: u64 = 128 << 20;

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
    /// Whether the allocator maps at low addresses, as V8 does.
    is_low: bool,
    /// How many pages of this mapping had no header, one after the other.
    without: u32,
    /// The last claim, which may go on in the next mapping.
    last: Claim,
    found: Claimed,
}

impl<'a> Claims<'a> {
    /// Claims nothing yet. `allocator` serves the process.
    pub(super) fn new(memory: &'a OwnMemory, page: u64, allocator: AllocatorName) -> Self {
        let is_glibc = allocator == AllocatorName::Glibc;
        let is_low = allocator == AllocatorName::Mimalloc; // from 2 TiB on
        let last = Claim { end: 0, owner: Owner::Unknown };
        Self { memory, page, is_glibc, is_low, without: 0, last, found: Claimed::default() }
    }

    /// Counts the resident pages `runs` of `region`, which is anonymous. `beside_image` says
    /// whether a program or library ends where it begins, or begins where it ends: there are its
    /// variables, and those of the first thread that the loader has allocated.
    pub(super) fn count(&mut self, region: &Region, beside_image: bool, runs: &[Range<u64>]) {
        let usual = Usual::of(region, beside_image, self.is_low);
        self.without = 0;
        for run in runs {
            let mut at = run.start;
            while at < run.end {
                if at >= self.last.end {
                    self.last = self.claim(at, region, usual);
                }
                let end = self.last.end.min(run.end);
                self.found.add(self.last.owner, end - at);
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
        // An arena has many pointers into itself, so it is asked for first.
        if let Some(heap) = heaps::heap(at, &words, self.page).filter(|_| self.is_glibc) {
            self.found.owners.insert(heap.arena);
            let end = heap.end.min(end);
            self.found.arenas_bytes += end - at;
            return Some(Claim { end, owner: Owner::Arena });
        }
        if let Some(page) = v8_pages::end(self.memory, at, &words, end) {
            return Some(Claim { end: page.next_multiple_of(self.page), owner: Owner::Heap });
        }
        let chunk = heaps::chunk(at, &words, self.page).filter(|_| self.is_glibc)?;
        let chunk = Some(chunk).filter(|chunk| *chunk <= end)?;
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
    fn of(region: &Region, beside_image: bool, is_low: bool) -> Self {
        let Sort::Anonymous { is_code, word } = &region.sort else {
            return Self { owner: Owner::Unknown, is_whole: true };
        };
        let size = region.range.end - region.range.start;
        let reserved = region.guards.0.max(region.guards.1);
        if *is_code {
            return Self { owner: Owner::Heap, is_whole: true };
        }
        if word == "[heap]" || word.contains("glibc: malloc") {
            return Self { owner: Owner::Arena, is_whole: true };
        }
        if word.contains("stack") {
            return Self { owner: Owner::Stack, is_whole: true };
        }
        if reserved >= WASM_RESERVED && size.is_multiple_of(WASM_PAGE) {
            return Self { owner: Owner::Wasm, is_whole: true };
        }
        let is_random = region.range.end <= RANDOM_ADDRESSES && !is_low;
        if is_random
            && region.range.start.is_multiple_of(v8_pages::ALIGNMENT)
            && size <= v8_pages::ALIGNMENT
        {
            return Self { owner: Owner::Heap, is_whole: true }; // one page, as most are
        }
        if reserved >= TABLE_RESERVED {
            return Self { owner: Owner::OfV8, is_whole: true };
        }
        let owner = if beside_image && size <= VARIABLES {
            Owner::Image
        } else if STACK_GUARD.contains(&region.guards.0) {
            Owner::Stack
        } else if is_random {
            Owner::OfV8
        } else {
            Owner::Unknown
        };
        Self { owner, is_whole: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{mappings::Mappings, resident::Pagemap};

    /// Returns whose memory the mapping with this address is, with these words in the rest of `maps`.
    fn usual(maps: &str, at: u64) -> (Owner, bool) {
        let mappings = Mappings::parse(maps.as_bytes()).expect("no error");
        let region = mappings.regions.iter().find(|region| region.range.start == at);
        let usual = Usual::of(region.expect("a mapping"), false, false);
        (usual.owner, usual.is_whole)
    }

    #[test]
    fn places_and_neighbours_tell_owners() {
        let maps = "\
            33fc8000-3428c000 rw-p 00000000 00:00 0    [heap]\n\
            dbe1c40000-dbe1c80000 rw-p 00000000 00:00 0 \n\
            dbe2c40000-dbe3c80000 rw-p 00000000 00:00 0 \n\
            7f0000000000-7f0080000000 ---p 00000000 00:00 0 \n\
            7f0080000000-7f0080010000 rw-p 00000000 00:00 0 \n\
            7f0080010000-7f0280000000 ---p 00000000 00:00 0 \n\
            7f1000000000-7f1000001000 ---p 00000000 00:00 0 \n\
            7f1000001000-7f1000801000 rw-p 00000000 00:00 0 \n\
            7f2000000000-7f2000010000 rw-p 00000000 00:00 0 \n\
            7f2000010000-7f2010000000 ---p 00000000 00:00 0 \n\
            7f3000000000-7f3000010000 rwxp 00000000 00:00 0 \n\
            7f4000000000-7f4000010000 rw-p 00000000 00:00 0 \n\
            7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0    [stack]\n";
        let of = |at| usual(maps, at);
        assert_eq!(of(0x33fc_8000), (Owner::Arena, true));
        assert_eq!(of(0x7f00_8000_0000), (Owner::Wasm, true));
        assert_eq!(of(0x7f10_0000_1000), (Owner::Stack, false));
        assert_eq!(of(0x7f20_0000_0000), (Owner::OfV8, true));
        assert_eq!(of(0x7f30_0000_0000), (Owner::Heap, true));
        assert_eq!(of(0x7f40_0000_0000), (Owner::Unknown, false));
        assert_eq!(of(0x7ffc_0000_0000), (Owner::Stack, true));
        if cfg!(target_arch = "x86_64") {
            assert_eq!(of(0xdb_e1c4_0000), (Owner::Heap, true));
            assert_eq!(of(0xdb_e2c4_0000), (Owner::OfV8, false));
        }
    }

    #[test]
    fn a_thread_has_a_stack() {
        let stack = std::thread::spawn(|| {
            let here = 0_u8;
            let at = (&raw const here) as u64;
            let memory = OwnMemory::open().expect("Linux");
            let mut pagemap = Pagemap::open().expect("Linux");
            let mappings = Mappings::read().expect("Linux");
            let region = mappings.regions.iter().find(|region| region.range.contains(&at));
            let region = region.expect("a mapping");
            let mut runs = Vec::new();
            pagemap.each(region.range.clone(), false, |run| runs.push(run)).expect("read");
            assert!(runs.iter().any(|run| run.contains(&at)), "it was just written");
            let page = pagemap.page_bytes();
            let mut claims = Claims::new(&memory, page, AllocatorName::Glibc);
            claims.count(region, false, &runs);
            claims.finish().resident(Owner::Stack)
        });
        assert!(stack.join().expect("no panic") > 0);
    }
}
