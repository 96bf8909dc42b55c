//! The bytes under a column: from the allocator while few, mapped when many.

use std::{
    alloc::{Layout, alloc_zeroed, dealloc},
    ptr::{self, NonNull},
};

use super::usage;

#[cfg(target_os = "linux")]
use super::recycle;
#[cfg(unix)]
use super::{MAPPED_FROM, mapping};

/// More than any [`Zeroable`](super::Zeroable) needs.
const ALIGN: usize = 16;

/// Room is taken into use in steps of this size, so that what is counted is
/// what is touched. It is a huge page of x86-64 and of most arm64 kernels.
const STEP: usize = 2 << 20;

/// No memory, or more than the address space holds.
pub(super) struct Refused;

/// Owned bytes, zero where never written.
pub(super) struct Raw {
    pointer: NonNull<u8>,
    /// Bytes that may be used and are counted.
    usable: usize,
    /// Bytes of address space behind `pointer`; 0 for an empty one.
    reserved: usize,
    mapped: bool,
    /// Whether bytes past `usable` may be other than zero: pages were reused.
    is_dirty: bool,
}

impl Raw {
    pub(super) const EMPTY: Self =
        // A dangling pointer that is aligned for any element.
        Self {
            pointer: NonNull::<u128>::dangling().cast(),
            usable: 0,
            reserved: 0,
            mapped: false,
            is_dirty: false,
        };

    #[inline]
    pub(super) fn usable(&self) -> usize {
        self.usable
    }

    #[inline]
    pub(super) fn pointer(&self) -> *mut u8 {
        self.pointer.as_ptr()
    }

    /// Makes at least `bytes` usable. What was there stays.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Refused> {
        if bytes > isize::MAX as usize - STEP {
            return Err(Refused);
        }
        if bytes > self.reserved {
            // Twice as much address space each time; of the allocator's
            // memory, too, but that is at most MAPPED_FROM.
            let wanted = if self.reserved == 0 { bytes } else { bytes.max(self.reserved * 2) };
            self.reserve(wanted)?;
        }
        let usable = if self.mapped {
            bytes.next_multiple_of(if bytes < 4 * STEP { STEP / 16 } else { STEP })
        } else {
            self.reserved
        };
        let usable = usable.min(self.reserved);
        usage::add(usable - self.usable);
        if self.is_dirty {
            // SAFETY: from `usable` to the new one, which is not past `reserved`.
            unsafe { self.pointer().add(self.usable).write_bytes(0, usable - self.usable) };
        }
        self.usable = usable;
        Ok(())
    }

    /// Gives back what lies beyond `bytes`, as far as pages allow.
    pub(super) fn shrink(&mut self, bytes: usize) {
        #[cfg(unix)]
        if self.mapped {
            let keep = mapping::whole_pages(bytes.max(1));
            if keep < self.reserved {
                mapping::release_tail(self.pointer, self.reserved, keep);
                usage::subtract(self.usable - keep.min(self.usable));
                self.reserved = keep;
                self.usable = self.usable.min(keep);
            }
        }
        let _ = bytes;
    }

    /// Gets address space for at least `bytes`, which must be more than there
    /// is. What was there stays.
    pub(super) fn reserve(&mut self, bytes: usize) -> Result<(), Refused> {
        if bytes > isize::MAX as usize - STEP {
            return Err(Refused);
        }
        let bytes = bytes.next_multiple_of(64);
        #[cfg(unix)]
        if bytes >= MAPPED_FROM {
            let (pointer, reserved) = if self.mapped {
                mapping::enlarge(self.pointer, self.reserved, bytes).ok_or(Refused)?
            } else {
                let (pointer, reserved) = mapping::reserve(bytes).ok_or(Refused)?;
                #[cfg(target_os = "linux")]
                {
                    self.is_dirty = recycle::refill(pointer, reserved);
                }
                self.copy_to(pointer);
                self.free();
                (pointer, reserved)
            };
            self.pointer = pointer;
            self.reserved = reserved;
            self.mapped = true;
            return Ok(());
        }
        let layout = Layout::from_size_align(bytes, ALIGN).map_err(|_| Refused)?;
        // SAFETY: `bytes` is a non-zero multiple of 64.
        let pointer = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(Refused)?;
        self.copy_to(pointer);
        self.free();
        self.pointer = pointer;
        self.reserved = bytes;
        Ok(())
    }

    fn copy_to(&self, pointer: NonNull<u8>) {
        // SAFETY: both hold at least `usable` bytes and are different memory.
        unsafe { ptr::copy_nonoverlapping(self.pointer.as_ptr(), pointer.as_ptr(), self.usable) };
    }

    fn free(&mut self) {
        if self.reserved == 0 {
            return;
        }
        #[cfg(unix)]
        if self.mapped {
            #[cfg(target_os = "linux")]
            let kept = recycle::keep(self.pointer, self.usable);
            #[cfg(not(target_os = "linux"))]
            let kept = 0;
            if kept < self.reserved {
                mapping::release_tail(self.pointer, self.reserved, kept);
            }
            return;
        }
        if let Ok(layout) = Layout::from_size_align(self.reserved, ALIGN) {
            // SAFETY: `reserve` allocated it with this layout.
            unsafe { dealloc(self.pointer.as_ptr(), layout) };
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.free();
        usage::subtract(self.usable);
    }
}
