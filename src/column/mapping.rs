//! Anonymous private mappings that can grow: only the system calls.

use std::{
    ptr::{self, NonNull},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

#[cfg(target_os = "linux")]
use std::{mem, sync::atomic::AtomicBool};

use libc::{MAP_ANON, MAP_FAILED, MAP_NORESERVE, MAP_PRIVATE, PROT_READ, PROT_WRITE};

/// Mappings are aligned to this, so that moving one moves whole page-table entries, and
/// huge pages fit where the system uses them. Huge pages are not requested: a virtual
/// machine that reclaims unused memory of its guests does so in such units, and getting
/// one back costs more than is gained.
pub(super) const HUGE: usize = 2 << 20;

/// Smallest unit of memory returned to the system; a multiple of any page size in use (4,
/// 16 and 64 KiB).
pub(super) const PAGE: usize = 64 << 10;

/// Bytes of address space currently mapped.
static MAPPED: AtomicUsize = AtomicUsize::new(0);

/// Returns the address space of all columns in the process, including kept pages.
pub(super) fn mapped_bytes() -> usize {
    MAPPED.load(Relaxed)
}

/// Whether pages can be moved. Once the system refuses (a system call filter, a limit on
/// mappings), moves are not tried again, and bytes are copied instead.
#[cfg(target_os = "linux")]
static CAN_MOVE: AtomicBool = AtomicBool::new(true);

#[cfg(target_os = "linux")]
pub(super) fn can_move() -> bool {
    CAN_MOVE.load(Relaxed)
}

/// Whole pages of memory without other references, unmapped when dropped.
#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    /// A multiple of [`PAGE`]; 0 once all of it has moved elsewhere.
    size: usize,
    /// Whether it took over pages of other mappings. Its bytes are then arbitrary, and to
    /// the kernel it is several mappings, each of whole huge pages.
    is_refilled: bool,
}

// SAFETY: the memory belongs only to its owner, on whichever thread that is.
unsafe impl Send for Mapping {}

impl Mapping {
    /// Maps at least `bytes` of new zeroed memory, untouched.
    pub(super) fn reserve(bytes: usize) -> Option<Self> {
        let size = bytes.checked_next_multiple_of(PAGE)?;
        let align = if size >= HUGE { HUGE } else { PAGE };
        let padded = size.checked_add(align)?;
        // SAFETY: a new anonymous mapping at an address that the system chooses.
        let start = unsafe {
            let flags = MAP_PRIVATE | MAP_ANON | MAP_NORESERVE;
            libc::mmap(ptr::null_mut(), padded, PROT_READ | PROT_WRITE, flags, -1, 0)
        };
        if start == MAP_FAILED {
            return None;
        }
        MAPPED.fetch_add(padded, Relaxed);
        let start = NonNull::new(start.cast::<u8>())?;
        let mut whole = Self { start, size: padded, is_refilled: false };
        let mut aligned = whole.split_off(start.as_ptr().align_offset(align));
        aligned.truncate(size);
        Some(aligned)
    }

    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn is_refilled(&self) -> bool {
        self.is_refilled
    }

    /// Splits off the memory from `at` on, a multiple of the page size.
    ///
    /// # Panics
    ///
    /// When `at` is beyond the end.
    /// When `at` is beyond the end.
    pub(super) fn split_off(&mut self, at: usize) -> Self {
        let size = self.size.checked_sub(at).expect("a place in the mapping");
        // SAFETY: at most one past the mapping's last byte.
        let start = unsafe { self.start.add(at) };
        self.size = at;
        Self { start, size, ..*self }
    }

    /// Unmaps all but the pages of the first `bytes`.
    pub(super) fn truncate(&mut self, bytes: usize) {
        let keep = bytes.next_multiple_of(PAGE);
        if keep < self.size {
            drop(self.split_off(keep));
        }
    }

    /// Returns the pages in `range` to the system, which then read as zero; the range
    /// remains mapped. Its bounds must be multiples of [`PAGE`]. Returns whether this
    /// succeeded.
    ///
    /// # Panics
    ///
    /// When the range ends beyond the mapping.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub(super) fn release(&mut self, range: std::ops::Range<usize>) -> bool {
        assert!(range.start <= range.end && range.end <= self.size, "a part of the mapping");
        // SAFETY: pages of this mapping, which is mutably borrowed.
        let result = unsafe {
            let start = self.start.as_ptr().add(range.start).cast();
            libc::madvise(start, range.len(), libc::MADV_DONTNEED)
        };
        result == 0
    }

    /// Makes room for at least `bytes` at another address, keeping the contents. Returns
    /// whether this succeeded.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub(super) fn enlarge(&mut self, bytes: usize) -> bool {
        if self.is_refilled || !can_move() {
            return false;
        }
        let Some(mut larger) = Self::reserve(bytes) else { return false };
        if !self.move_over(&mut larger) {
            return false;
        }
        *self = larger;
        true
    }

    /// Moves all pages of `other`, which are one mapping, to the position `at`. Returns
    /// whether this succeeded; if not, the previous contents from `at` on are lost.
    ///
    /// # Panics
    ///
    /// When there is no room for them.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub(super) fn take_over(&mut self, at: usize, other: &mut Self) -> bool {
        let mut place = self.split_off(at);
        let after = place.split_off(other.size);
        let is_moved = other.move_over(&mut place);
        if is_moved {
            self.size += place.size + after.size;
            self.is_refilled = true;
            mem::forget((place, after));
        }
        is_moved
    }

    /// Moves all pages to the address of `target`, which keeps its size; anything beyond
    /// the moved pages is zero. Kernels before 6.17 move only pages that are one mapping.
    /// This way they stay one mapping; moved over part of another mapping, they would
    /// become two with the rest.
    ///
    /// Returns whether this succeeded. If not, nothing has moved, but the target is lost:
    /// the kernel may have unmapped it before it refused, and another thread may have
    /// mapped something there.
    #[cfg(target_os = "linux")]
    fn move_over(&mut self, target: &mut Self) -> bool {
        let is_moved = remap(self, target);
        let gone = if is_moved { self } else { target };
        MAPPED.fetch_sub(mem::take(&mut gone.size), Relaxed);
        if !is_moved {
            CAN_MOVE.store(false, Relaxed);
        }
        is_moved
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if self.size > 0 {
            // SAFETY: whole pages that `reserve` mapped and that have no other
            // references.
            unsafe { libc::munmap(self.start.as_ptr().cast(), self.size) };
            MAPPED.fetch_sub(self.size, Relaxed);
        }
    }
}

#[cfg(target_os = "linux")]
fn remap(from: &mut Mapping, to: &mut Mapping) -> bool {
    #[cfg(test)]
    if !tests::would_move(from, to) {
        return false;
    }
    // SAFETY: both are our mappings and distinct: each has one owner, and both are
    // mutably borrowed.
    let moved = unsafe {
        let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
        let target = to.start.as_ptr().cast::<libc::c_void>();
        libc::mremap(from.start.as_ptr().cast(), from.size, to.size, flags, target)
    };
    moved != MAP_FAILED
}

#[cfg(all(test, target_os = "linux"))]
pub(super) mod tests {
    use std::{cell::Cell, fs, sync::atomic::Ordering::Relaxed};

    use super::Mapping;

    thread_local! {
        static REFUSES: Cell<bool> = const { Cell::new(false) };
    }

    /// Runs `work` as if under a kernel that moves none of this thread's pages, and
    /// unmaps the target before refusing.
    pub(in super::super) fn without_moves(work: impl FnOnce()) {
        REFUSES.set(true);
        work();
        REFUSES.set(false);
        super::CAN_MOVE.store(true, Relaxed);
    }

    /// Holds each move to the rule of kernels before 6.17.
    pub(super) fn would_move(from: &Mapping, to: &Mapping) -> bool {
        assert!(is_one(from), "a move across mappings");
        if REFUSES.get() {
            // SAFETY: its owner considers it lost.
            unsafe { libc::munmap(to.start.as_ptr().cast(), to.size) };
        }
        !REFUSES.get()
    }

    /// Whether the kernel sees it as one mapping.
    fn is_one(mapping: &Mapping) -> bool {
        let maps = fs::read_to_string("/proc/self/maps").expect("readable");
        let address = |text| usize::from_str_radix(text, 16).expect("an address");
        let start = mapping.start.addr().get();
        maps.lines().any(|line| {
            let range = line.split(' ').next().and_then(|range| range.split_once('-'));
            range.is_some_and(|(from, to)| {
                address(from) <= start && start + mapping.size <= address(to)
            })
        })
    }
}
