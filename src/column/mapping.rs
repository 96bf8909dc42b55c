//! Anonymous private mappings that can grow: the system calls, nothing else.

use std::{
    ptr::{self, NonNull},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

#[cfg(target_os = "linux")]
use libc::c_void;
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

/// `bytes`, rounded up to whole pages.
pub(super) fn whole_pages(bytes: usize) -> usize {
    bytes.next_multiple_of(PAGE)
}

/// Bytes of address space that are mapped now.
static MAPPED: AtomicUsize = AtomicUsize::new(0);

/// Bytes of address space that the columns of the process have, kept pages
/// included.
pub(super) fn mapped_bytes() -> usize {
    MAPPED.load(Relaxed)
}

/// New zeroed memory of at least `bytes`, untouched, and its size.
pub(super) fn reserve(bytes: usize) -> Option<(NonNull<u8>, usize)> {
    let size = whole_pages(bytes);
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
    let start = start.cast::<u8>();
    let skip = start.align_offset(align);
    // SAFETY: `skip < align`, so all of it is inside the mapping just made.
    let aligned = unsafe { start.add(skip) };
    if skip > 0 {
        unmap(start, skip);
    }
    // SAFETY: as above; `skip + size < padded`.
    unmap(unsafe { aligned.add(size) }, padded - skip - size);
    advise_huge(aligned, size);
    Some((NonNull::new(aligned)?, size))
}

/// Makes a mapping larger, elsewhere if need be; its bytes stay.
#[cfg(target_os = "linux")]
pub(super) fn enlarge(old: NonNull<u8>, held: usize, bytes: usize) -> Option<(NonNull<u8>, usize)> {
    let (new, size) = reserve(bytes)?;
    if !move_pages(old, held, new) {
        release(new, size);
        return None;
    }
    advise_huge(new.as_ptr(), size);
    Some((new, size))
}

/// Moves `size` bytes of whole pages from one mapping over those of another;
/// where they were, nothing is mapped any more.
#[cfg(target_os = "linux")]
pub(super) fn move_pages(from: NonNull<u8>, size: usize, to: NonNull<u8>) -> bool {
    // SAFETY: the callers own both ranges, which are different memory; nothing
    // refers into either.
    let moved = unsafe {
        let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
        libc::mremap(from.as_ptr().cast(), size, size, flags, to.as_ptr().cast::<c_void>())
    };
    let is_moved = moved != MAP_FAILED;
    if is_moved {
        // What was mapped there before has gone.
        MAPPED.fetch_sub(size, Relaxed);
    }
    is_moved
}

/// Makes a mapping larger by copying it.
#[cfg(not(target_os = "linux"))]
pub(super) fn enlarge(old: NonNull<u8>, held: usize, bytes: usize) -> Option<(NonNull<u8>, usize)> {
    let (new, size) = reserve(bytes)?;
    // SAFETY: two mappings of ours; the new one is the larger.
    unsafe { ptr::copy_nonoverlapping(old.as_ptr(), new.as_ptr(), held) };
    release(old, held);
    Some((new, size))
}

/// Gives a mapping back.
pub(super) fn release(start: NonNull<u8>, size: usize) {
    unmap(start.as_ptr(), size);
}

/// Gives back the part of a mapping that begins `keep` bytes into it.
pub(super) fn release_tail(start: NonNull<u8>, size: usize, keep: usize) {
    // SAFETY: `keep < size`.
    unmap(unsafe { start.as_ptr().add(keep) }, size - keep);
}

fn unmap(start: *mut u8, size: usize) {
    // SAFETY: whole pages that `reserve` mapped and that nobody refers to. It
    // fails only for addresses that are no mapping, which would be harmless.
    unsafe { libc::munmap(start.cast(), size) };
    MAPPED.fetch_sub(size, Relaxed);
}

/// Asks for huge pages where they pay; the system may ignore it.
fn advise_huge(start: *mut u8, size: usize) {
    #[cfg(target_os = "linux")]
    if size >= HUGE_FROM {
        // SAFETY: advice on a mapping of ours; it changes no contents.
        unsafe { libc::madvise(start.cast(), size, libc::MADV_HUGEPAGE) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (start, size);
}
