//! Anonymous private mappings that can grow: the system calls, nothing else.

use std::{
    ptr::{self, NonNull},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use libc::{MAP_ANON, MAP_FAILED, MAP_NORESERVE, MAP_PRIVATE, PROT_READ, PROT_WRITE};

/// Mappings start at a multiple of this, so that huge pages fit them and that
/// moving one moves whole page-table entries.
pub(super) const HUGE: usize = 2 << 20;

/// From this size on, huge pages are asked for: the last, half-used one is
/// then a small part of the whole.
#[cfg(target_os = "linux")]
const HUGE_FROM: usize = 16 << 20;

/// Smallest unit in which memory is given back; a multiple of any page size in
/// use (4, 16 and 64 KiB).
const PAGE: usize = 64 << 10;

/// Bytes of address space that are mapped now.
static MAPPED: AtomicUsize = AtomicUsize::new(0);

/// Bytes of address space that the columns of the process have, kept pages
/// included.
pub(super) fn mapped_bytes() -> usize {
    MAPPED.load(Relaxed)
}

/// Whole pages of memory that nothing else refers to, given back when dropped.
#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    /// A multiple of [`PAGE`]; 0 when all of it has gone elsewhere.
    size: usize,
}

// SAFETY: the memory is its owner's alone, whichever thread that is on.
unsafe impl Send for Mapping {}

impl Mapping {
    /// New zeroed memory of at least `bytes`, untouched.
    pub(super) fn reserve(bytes: usize) -> Option<Self> {
        let size = bytes.checked_next_multiple_of(PAGE)?;
        let align = if size >= HUGE { HUGE } else { PAGE };
        let padded = size.checked_add(align)?;
        // SAFETY: a new anonymous mapping at an address of the system's choice.
        let start = unsafe {
            let flags = MAP_PRIVATE | MAP_ANON | MAP_NORESERVE;
            libc::mmap(ptr::null_mut(), padded, PROT_READ | PROT_WRITE, flags, -1, 0)
        };
        if start == MAP_FAILED {
            return None;
        }
        MAPPED.fetch_add(padded, Relaxed);
        let start = NonNull::new(start.cast::<u8>())?;
        let mut whole = Self { start, size: padded };
        let mut aligned = whole.split_off(start.as_ptr().align_offset(align));
        aligned.truncate(size);
        aligned.advise_huge();
        Some(aligned)
    }

    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Takes the memory from `at` on, a multiple of the size of a page, for
    /// itself.
    ///
    /// # Panics
    ///
    /// When `at` is past the end.
    pub(super) fn split_off(&mut self, at: usize) -> Self {
        let size = self.size.checked_sub(at).expect("a place in the mapping");
        // SAFETY: at most one past the mapping's last byte.
        let start = unsafe { self.start.add(at) };
        self.size = at;
        Self { start, size }
    }

    /// Gives back all but the pages of the first `bytes`.
    pub(super) fn truncate(&mut self, bytes: usize) {
        let keep = bytes.next_multiple_of(PAGE);
        if keep < self.size {
            drop(self.split_off(keep));
        }
    }

    /// Makes room for at least `bytes`, elsewhere if need be; what was there
    /// stays. Returns whether there was that much.
    #[must_use]
    pub(super) fn enlarge(&mut self, bytes: usize) -> bool {
        let Some(mut larger) = Self::reserve(bytes) else { return false };
        if !larger.take_over(0, self) {
            return false;
        }
        larger.advise_huge();
        *self = larger;
        true
    }

    /// Moves all pages of `other`, if it has any, to the place `at` in this
    /// one; what was there goes back. Returns whether that could be done.
    ///
    /// # Panics
    ///
    /// When there is no room for them.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub(super) fn take_over(&mut self, at: usize, other: &mut Self) -> bool {
        assert!(other.size <= self.size - at);
        // SAFETY: both ranges are mappings of ours, and different ones: each
        // has one owner, and both are borrowed for writing.
        let moved = unsafe {
            let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
            let to = self.start.add(at).as_ptr().cast::<libc::c_void>();
            libc::mremap(other.start.as_ptr().cast(), other.size, other.size, flags, to)
        };
        let is_moved = moved != MAP_FAILED;
        if is_moved {
            MAPPED.fetch_sub(other.size, Relaxed);
            other.size = 0;
        }
        is_moved
    }

    /// Copies all of `other` to the place `at` in this one, and gives it back.
    ///
    /// # Panics
    ///
    /// When there is no room for it.
    #[cfg(not(target_os = "linux"))]
    #[must_use]
    fn take_over(&mut self, at: usize, other: &mut Self) -> bool {
        assert!(other.size <= self.size - at);
        // SAFETY: two mappings of ours, and `at` leaves room for the other.
        unsafe { self.start.add(at).copy_from_nonoverlapping(other.start, other.size) };
        drop(other.split_off(0));
        true
    }

    /// Asks for huge pages where they pay; the system may ignore it.
    #[cfg(target_os = "linux")]
    fn advise_huge(&self) {
        if self.size >= HUGE_FROM {
            // SAFETY: advice on a mapping of ours; it changes no contents.
            unsafe { libc::madvise(self.start.as_ptr().cast(), self.size, libc::MADV_HUGEPAGE) };
        }
    }

    /// Other systems choose by themselves.
    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "as on Linux")]
    fn advise_huge(&self) {}
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if self.size > 0 {
            // SAFETY: whole pages that `reserve` mapped and that nobody else
            // refers to.
            unsafe { libc::munmap(self.start.as_ptr().cast(), self.size) };
            MAPPED.fetch_sub(self.size, Relaxed);
        }
    }
}
