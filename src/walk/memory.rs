//! Reads the process's memory without faulting.
//!
//! A walk follows addresses that it finds in memory, and any of them may be wrong: a
//! table may be another version's, a word may only look like a reference, V8 may
//! have unmapped a page. So every read is checked against the mappings that the
//! kernel lists, read again in the child: unreadable memory reads as nothing. All
//! `unsafe` code that reads foreign memory is in this file.
//!
//! The memory does not change, since nothing else runs in the child.

use std::ffi::c_int;

use super::arena::Arena;
use crate::allocations::sampler::Peek;
use crate::capture::proc::{self, Descriptor, LINES, Mapping, each_line};

/// A readable piece of the address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its first byte.
    pub start: u64,
    /// The byte after its last.
    pub end: u64,
    /// Whether it is anonymous, as V8's heap is, not a file's.
    pub is_anonymous: bool,
}

// SAFETY: zero bytes are an empty region of a file.
unsafe impl super::arena::Zero for Region {}

/// The most regions of a process: above the kernel's default limit
/// (`vm.max_map_count`).
const MAX_REGIONS: usize = 1 << 16;

/// All readable memory, in ascending regions that do not overlap. Adjacent regions
/// of the same sort are joined, so that an object never crosses the end of one.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    regions: &'static [Region],
}

/// Consecutive words that can be read.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    at: u64,
    count: u64,
}

/// Consecutive bytes that can be read.
#[derive(Clone, Copy, Debug)]
pub struct Bytes {
    at: u64,
    count: u64,
}

impl Memory {
    /// Reads the list of mappings from `maps`, an open `/proc/self/maps`.
    /// `None` where that cannot be read, or the arena has no room for it.
    ///
    /// # Safety
    ///
    /// For as long as the answer is used, no thread may unmap memory: in a
    /// forked child, or while all that would is waiting.
    pub unsafe fn read(maps: c_int, arena: &mut Arena) -> Option<Self> {
        let regions = arena.take::<Region>(MAX_REGIONS)?;
        let text = arena.take::<u8>(LINES)?;
        let mut count = Some(0);
        let read = each_line(Descriptor(maps), text, |line| {
            if let (Some(before), Some(region)) = (count, readable(line)) {
                count = add(regions, before, region);
            }
        });
        read.ok()?;
        Some(Self { regions: &regions[..count?] })
    }

    /// Returns all that this process can read now. The list is never freed: a few pages
    /// for each environment.
    pub fn of_process() -> Option<Self> {
        let mut arena = Arena::reserve(8 << 20)?;
        let maps = proc::open(c"/proc/self/maps", libc::O_RDONLY)?;
        // SAFETY: the callers read what they, or V8 on this same thread, have
        // allocated.
        let memory = unsafe { Self::read(maps, &mut arena) };
        // SAFETY: opened above.
        unsafe { libc::close(maps) };
        memory
    }

    /// Returns the number of regions.
    pub fn region_count(&self) -> u64 {
        self.regions.len() as u64
    }

    /// Returns how many bytes are anonymous memory.
    pub fn anonymous_bytes(&self) -> u64 {
        let anonymous = self.regions.iter().filter(|region| region.is_anonymous);
        anonymous.map(|region| region.end - region.start).sum()
    }

    /// Returns the region that contains `at`.
    pub fn region(&self, at: u64) -> Option<Region> {
        let next = self.regions.partition_point(|region| region.start <= at);
        let region = self.regions[..next].last()?;
        (at < region.end).then_some(*region)
    }

    /// Returns the word at `at`.
    #[inline]
    pub fn word(&self, at: u64) -> Option<u64> {
        Some(self.words(at, 1)?.get(0))
    }

    /// Returns `count` words from `at` on, if all can be read.
    pub fn words(&self, at: u64, count: u64) -> Option<Words> {
        let bytes = count.checked_mul(8)?;
        let end = at.checked_add(bytes)?;
        (at.is_multiple_of(8) && end <= self.region(at)?.end).then_some(Words { at, count })
    }

    /// Returns `count` bytes from `at` on, if all can be read.
    pub fn bytes(&self, at: u64, count: u64) -> Option<Bytes> {
        let end = at.checked_add(count)?;
        (end <= self.region(at)?.end).then_some(Bytes { at, count })
    }
}

impl Peek for Memory {
    fn read(&self, at: u64, to: &mut [u8]) -> bool {
        let bytes = self.bytes(at, to.len() as u64);
        bytes.map(|bytes| to.copy_from_slice(bytes.as_slice())).is_some()
    }
}

/// Appends a region, or extends the last one by it.
fn add(regions: &mut [Region], count: usize, region: Region) -> Option<usize> {
    if let Some(last) = regions[..count].last_mut()
        && (last.end, last.is_anonymous) == (region.start, region.is_anonymous)
    {
        last.end = region.end;
        return Some(count);
    }
    *regions.get_mut(count)? = region;
    Some(count + 1)
}

/// Returns the region of a line of `maps`, if it is private memory that can be read.
fn readable(line: &[u8]) -> Option<Region> {
    let mapping = Mapping::parse(line)?;
    // Pages of the kernel's own, [vvar] among them, cannot be read.
    let is_kernels = mapping.name.starts_with(b"[v");
    let is_readable = mapping.is_readable() && mapping.is_private() && !is_kernels;
    let Mapping { start, end, inode, .. } = mapping;
    is_readable.then_some(Region { start, end, is_anonymous: inode == 0 })
}

impl Words {
    /// Returns the words from `at` to the end of the readable memory, which the caller
    /// has looked up ([`Memory::region`]).
    ///
    /// # Safety
    ///
    /// The memory from `at`, which is a multiple of 8, to `end` can be read.
    #[inline]
    pub unsafe fn until(at: u64, end: u64) -> Self {
        Self { at, count: end.saturating_sub(at) / 8 }
    }

    /// Returns the word at `index`; 0, which refers to nothing, past the last.
    #[inline]
    pub fn get(&self, index: u64) -> u64 {
        if index >= self.count {
            return 0;
        }
        let at = (self.at + index * 8) as *const u64;
        // SAFETY: within the bounds that were checked when this was made.
        unsafe { at.read() }
    }

    /// Returns the word at byte `offset`.
    #[inline]
    pub fn at(&self, offset: u64) -> u64 {
        self.get(offset / 8)
    }

    /// Returns four bytes at byte `offset`.
    #[inline]
    pub fn half(&self, offset: u64) -> u32 {
        (self.at(offset) >> (offset % 8 * 8)) as u32
    }

    /// Returns the address of the first.
    #[inline]
    pub fn start(&self) -> u64 {
        self.at
    }

    /// Returns how many there are.
    #[expect(clippy::len_without_is_empty, reason = "nothing asks whether it is")]
    #[inline]
    pub fn len(&self) -> u64 {
        self.count
    }
}

impl Bytes {
    /// Returns the byte at `index`; 0 past the last.
    #[inline]
    pub fn get(&self, index: u64) -> u8 {
        if index >= self.count {
            return 0;
        }
        // SAFETY: within what `Memory::bytes` has checked.
        unsafe { ((self.at + index) as *const u8).read() }
    }

    /// Returns the pair of bytes at `index`, in native order; 0 past the last.
    #[inline]
    pub fn pair(&self, index: u64) -> u16 {
        u16::from_ne_bytes([self.get(2 * index), self.get(2 * index + 1)])
    }

    /// Returns how many there are.
    #[expect(clippy::len_without_is_empty, reason = "nothing asks whether it is")]
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Returns all of them as a slice; nothing may write to them meanwhile.
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: within what `Memory::bytes` has checked, and in a child nobody
        // writes to them.
        unsafe { std::slice::from_raw_parts(self.at as *const u8, self.count as usize) }
    }
}

/// Prefetches the memory at `at`, which need not be readable.
#[inline]
pub fn prefetch(at: u64) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, which never faults.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(at as *const i8);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_maps_are_read_as_the_kernel_writes_them() {
        let of = |line: &str| readable(line.as_bytes());
        let heap = Region { start: 0x1000, end: 0x3000, is_anonymous: true };
        assert_eq!(of("1000-3000 rw-p 00000000 00:00 0 "), Some(heap));
        let file = Region { start: 0x1000, end: 0x3000, is_anonymous: false };
        assert_eq!(of("1000-3000 r--p 00000000 fe:00 42   /usr/bin/a node"), Some(file));
        assert_eq!(of("1000-3000 ---p 00000000 00:00 0 "), None);
        assert_eq!(of("1000-3000 rw-s 00000000 00:0e 77 anon_inode:[io_uring]"), None);
        assert_eq!(of("1000-3000 r--p 00000000 00:00 0     [vvar]"), None);
        assert_eq!(of("1000-3g00 rw-p 00000000 00:00 0 "), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn what_is_mapped_is_read_and_what_is_not_reads_as_nothing() {
        let words = Box::new([7_u64, 8, 9]);
        let at = words.as_ptr() as u64;
        let memory = Memory::of_process().expect("Linux");
        assert_eq!(memory.word(at + 8), Some(8));
        assert_eq!(memory.word(at + 1), None, "not a word's address");
        assert_eq!((memory.word(8), memory.word(u64::MAX - 7)), (None, None));
        let three = memory.words(at, 3).expect("there");
        assert_eq!((three.get(2), three.get(3), three.half(8)), (9, 0, 8));
        let text = memory.bytes(b"text".as_ptr() as u64, 4).expect("in the binary");
        assert_eq!((text.get(1), text.get(4), text.as_slice()), (b'e', 0, &b"text"[..]));
        assert!(memory.region(at).is_some_and(|region| region.is_anonymous));
        assert!(memory.anonymous_bytes() > 0);
    }
}
