//! Reads of the process's memory that cannot fault.
//!
//! Everything the walk follows is an address that it found somewhere, and any
//! of them may be wrong: a table of another version, a word that only looks like
//! a reference, a page that V8 has unmapped. So every read is checked against
//! the mappings that the kernel lists, read anew in the child: what is not
//! readable reads as nothing. All that is `unsafe` about reading foreign memory
//! is in this file.
//!
//! The memory does not change: in a child, nobody else runs.

use std::ffi::c_int;

use super::arena::Arena;
use crate::allocations::sampler::Peek;

/// A readable piece of the address space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its first byte.
    pub start: u64,
    /// The byte after its last.
    pub end: u64,
    /// Whether it is memory, not a file: V8's heap is.
    pub is_anonymous: bool,
}

// SAFETY: zero bytes are an empty region of a file.
unsafe impl super::arena::Zero for Region {}

/// How many regions a process has at most: more are the kernel's default limit
/// (`vm.max_map_count`).
const MAX_REGIONS: usize = 1 << 16;

/// All that can be read, ascending and without overlap. Neighbours of one sort
/// are one region, so that an object never crosses the end of one.
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
        let text = arena.take::<u8>(1 << 16)?;
        let mut count = 0;
        let mut held = 0;
        loop {
            let room = text.get_mut(held..)?;
            // SAFETY: the kernel writes at most as many bytes as there are.
            let read = unsafe { libc::read(maps, room.as_mut_ptr().cast(), room.len()) };
            if read < 0 && std::io::Error::last_os_error().raw_os_error() == Some(libc::EINTR) {
                continue;
            }
            let filled = held + usize::try_from(read).ok()?;
            let mut begin = 0;
            while let Some(end) = memchr::memchr(b'\n', &text[begin..filled]) {
                if let Some(region) = parse(&text[begin..begin + end]) {
                    count = add(regions, count, region)?;
                }
                begin += end + 1;
            }
            if read == 0 {
                break;
            }
            text.copy_within(begin..filled, 0);
            held = filled - begin;
        }
        Some(Self { regions: &regions[..count] })
    }

    /// All that this process can read now. The list of it is never given back: a
    /// few pages, for each environment.
    pub fn of_process() -> Option<Self> {
        let mut arena = Arena::reserve(8 << 20)?;
        let maps = crate::capture::fork::child::open(c"/proc/self/maps", libc::O_RDONLY)?;
        // SAFETY: what the callers read, they have allocated, or V8 has, whose
        // thread they are on.
        let memory = unsafe { Self::read(maps, &mut arena) };
        // SAFETY: opened above.
        unsafe { libc::close(maps) };
        memory
    }

    /// How many pieces there are.
    pub fn region_count(&self) -> u64 {
        self.regions.len() as u64
    }

    /// How many bytes are memory, not files.
    pub fn anonymous_bytes(&self) -> u64 {
        let anonymous = self.regions.iter().filter(|region| region.is_anonymous);
        anonymous.map(|region| region.end - region.start).sum()
    }

    /// The region that `at` lies in.
    pub fn region(&self, at: u64) -> Option<Region> {
        let next = self.regions.partition_point(|region| region.start <= at);
        let region = self.regions[..next].last()?;
        (at < region.end).then_some(*region)
    }

    /// The word at `at`.
    #[inline]
    pub fn word(&self, at: u64) -> Option<u64> {
        Some(self.words(at, 1)?.get(0))
    }

    /// `count` words from `at` on, if all can be read.
    pub fn words(&self, at: u64, count: u64) -> Option<Words> {
        let bytes = count.checked_mul(8)?;
        let end = at.checked_add(bytes)?;
        (at.is_multiple_of(8) && end <= self.region(at)?.end).then_some(Words { at, count })
    }

    /// `count` bytes from `at` on, if all can be read.
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

/// Appends a region, or lengthens the last by it.
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

/// Reads `start-end perms offset device inode [name]`, if it is private memory
/// that can be read.
fn parse(line: &[u8]) -> Option<Region> {
    let mut fields = line.split(|byte| *byte == b' ').filter(|field| !field.is_empty());
    let range = fields.next()?;
    let dash = memchr::memchr(b'-', range)?;
    let permissions = fields.next()?;
    let inode = fields.nth(2)?;
    // Names of the kernel's own pages, [vvar] among them, which cannot be read.
    let is_kernels = fields.next().is_some_and(|name| name.starts_with(b"[v"));
    if permissions.first() != Some(&b'r') || permissions.get(3) != Some(&b'p') || is_kernels {
        return None;
    }
    Some(Region {
        start: hexadecimal(&range[..dash])?,
        end: hexadecimal(&range[dash + 1..])?,
        is_anonymous: inode == b"0",
    })
}

fn hexadecimal(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |sum, byte| {
        let digit = char::from(*byte).to_digit(16)?;
        sum.checked_mul(16)?.checked_add(u64::from(digit))
    })
}

impl Words {
    /// Words from `at` to the end of what can be read; the caller has looked
    /// that up ([`Memory::region`]).
    ///
    /// # Safety
    ///
    /// From `at`, which is a multiple of 8, to `end` memory can be read.
    #[inline]
    pub unsafe fn until(at: u64, end: u64) -> Self {
        Self { at, count: end.saturating_sub(at) / 8 }
    }

    /// The word at `index`; 0, which refers to nothing, past the last.
    #[inline]
    pub fn get(&self, index: u64) -> u64 {
        if index >= self.count {
            return 0;
        }
        let at = (self.at + index * 8) as *const u64;
        // SAFETY: within what whoever made this has checked.
        unsafe { at.read() }
    }

    /// The word at byte `offset`.
    #[inline]
    pub fn at(&self, offset: u64) -> u64 {
        self.get(offset / 8)
    }

    /// Four bytes at byte `offset`.
    #[inline]
    pub fn half(&self, offset: u64) -> u32 {
        (self.at(offset) >> (offset % 8 * 8)) as u32
    }

    /// Where the first is.
    #[inline]
    pub fn start(&self) -> u64 {
        self.at
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "nothing asks whether it is")]
    #[inline]
    pub fn len(&self) -> u64 {
        self.count
    }
}

impl Bytes {
    /// The byte at `index`; 0 past the last.
    #[inline]
    pub fn get(&self, index: u64) -> u8 {
        if index >= self.count {
            return 0;
        }
        // SAFETY: within what `Memory::bytes` has checked.
        unsafe { ((self.at + index) as *const u8).read() }
    }

    /// Two bytes as the machine has them; 0 past the last.
    #[inline]
    pub fn pair(&self, index: u64) -> u16 {
        u16::from_ne_bytes([self.get(2 * index), self.get(2 * index + 1)])
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "nothing asks whether it is")]
    pub fn len(&self) -> u64 {
        self.count
    }

    /// All of them, for one that searches; nothing may write to them meanwhile.
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: within what `Memory::bytes` has checked, and in a child nobody
        // writes to them.
        unsafe { std::slice::from_raw_parts(self.at as *const u8, self.count as usize) }
    }
}

/// Asks for the memory at `at`, which need not be there.
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
        let of = |line: &str| parse(line.as_bytes());
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
