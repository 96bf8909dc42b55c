//! The child's own memory: mapped in one piece before the heap is read, zero, and
//! resident page by page as it is written.
//!
//! A forked child may not call the allocator, since another thread may have held its
//! lock. A walk takes all its memory from here, and frees nothing.

use std::{marker::PhantomData, ptr, slice};

/// A type of which zero bytes are a value.
///
/// # Safety
///
/// All-zero bytes are a value, and the alignment is at most 8.
pub unsafe trait Zero: Copy + 'static {}

// SAFETY: an integer.
unsafe impl Zero for u8 {}
// SAFETY: an integer.
unsafe impl Zero for u32 {}
// SAFETY: an integer.
unsafe impl Zero for u64 {}

/// Address space that is handed out from the front.
#[derive(Debug)]
pub struct Arena {
    next: usize,
    end: usize,
    /// Hands out references into a mapping, which threads must not share.
    not_shared: PhantomData<*mut u8>,
}

impl Arena {
    /// Reserves `bytes` of address space; `None` if the system refuses.
    pub fn reserve(bytes: u64) -> Option<Self> {
        let bytes = usize::try_from(bytes).ok()?.checked_next_multiple_of(4096)?;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: asks for a new mapping, and touches no other.
        let at = unsafe { libc::mmap(ptr::null_mut(), bytes, access, flags, -1, 0) };
        if at == libc::MAP_FAILED {
            return None;
        }
        let next = at as usize;
        Some(Self { next, end: next + bytes, not_shared: PhantomData })
    }

    /// Returns the next `count` values, all zero; `None` at the end of the space.
    pub fn take<T: Zero>(&mut self, count: usize) -> Option<&'static mut [T]> {
        let at = self.next.checked_next_multiple_of(8)?;
        let end = at.checked_add(count.checked_mul(size_of::<T>())?)?;
        if end > self.end {
            return None;
        }
        self.next = end;
        // SAFETY: inside the mapping, which is never unmapped; aligned for any `Zero`
        // type, of which zero bytes are values; and handed out once.
        Some(unsafe { slice::from_raw_parts_mut(at as *mut T, count) })
    }

    /// Returns the bytes that are left.
    pub fn left(&self) -> usize {
        self.end - self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_out_is_zero_aligned_and_apart() {
        let mut arena = Arena::reserve(10_000).expect("a little");
        let bytes = arena.take::<u8>(3).expect("room");
        bytes.fill(0xff);
        let words = arena.take::<u64>(4).expect("room");
        assert_eq!(words, [0; 4]);
        words.fill(u64::MAX);
        assert_eq!(bytes, [0xff; 3]);
        assert!(arena.take::<u64>(usize::MAX).is_none());
        assert!(arena.take::<u8>(arena.left() + 8).is_none());
        assert!(arena.take::<u8>(8000).is_some());
    }
}
