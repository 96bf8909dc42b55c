//! The bytes of a column: from the allocator while few, mapped once many.

use std::ptr::NonNull;

#[cfg(target_os = "linux")]
use super::mapping::PAGE;
use super::{MAPPED_FROM, ahead::Asked, usage, watch};
#[cfg(unix)]
use super::{mapping::Mapping, recycle};

/// Room is brought into use in steps of this size, so that the bytes counted are the
/// bytes touched. It is a huge page of x86-64 and of most arm64 kernels.
const STEP: usize = 2 << 20;

/// There is no memory, or the address space is exhausted.
pub(super) struct Refused;

/// Owned bytes, zero unless written, aligned for a `u64`.
pub(super) struct Raw {
    /// The first byte of `memory`.
    pointer: NonNull<u8>,
    /// Bytes that may be used and are counted.
    usable: usize,
    /// Bytes at the start that were returned to the system and are not counted.
    released: usize,
    memory: Memory,
    /// Where pages were requested ahead.
    asked: Option<Asked>,
}

// SAFETY: it owns its memory as a `Vec` does.
unsafe impl Send for Raw {}
// SAFETY: as above; nothing here writes through a shared reference.
unsafe impl Sync for Raw {}

/// The place of the bytes.
enum Memory {
    Allocated(Vec<u64>),
    #[cfg(unix)]
    Mapped(Mapping),
}

impl Memory {
    fn size(&self) -> usize {
        match self {
            // Avoids a reference to the words, which `Raw` has a pointer to.
            Self::Allocated(words) => words.len() * size_of::<u64>(),
            #[cfg(unix)]
            Self::Mapped(mapping) => mapping.size(),
        }
    }

    fn start(&mut self) -> NonNull<u8> {
        match self {
            Self::Allocated(words) => {
                NonNull::new(words.as_mut_ptr()).unwrap_or(NonNull::dangling()).cast()
            }
            #[cfg(unix)]
            Self::Mapped(mapping) => mapping.start(),
        }
    }

    /// Whether unwritten bytes may be non-zero, because pages were reused.
    fn is_dirty(&self) -> bool {
        match self {
            Self::Allocated(_) => false,
            #[cfg(unix)]
            Self::Mapped(mapping) => mapping.is_refilled(),
        }
    }

    /// Frees the memory, or keeps the pages of its first `used` bytes for reuse.
    fn let_go(self, used: usize) {
        #[cfg(unix)]
        if let Self::Mapped(mapping) = self {
            recycle::keep(mapping, used);
        }
        let _ = used;
    }

    /// Returns how much of the memory to bring into use if `bytes` are needed, which it
    /// must have.
    fn usable_for(&self, bytes: usize) -> usize {
        debug_assert!(bytes <= self.size());
        match self {
            Self::Allocated(_) => self.size(),
            #[cfg(unix)]
            Self::Mapped(mapping) => {
                let step = if bytes < 4 * STEP { STEP / 16 } else { STEP };
                bytes.next_multiple_of(step).min(mapping.size())
            }
        }
    }
}

impl Raw {
    pub(super) const EMPTY: Self = Self {
        pointer: NonNull::<u64>::dangling().cast(),
        usable: 0,
        released: 0,
        memory: Memory::Allocated(Vec::new()),
        asked: None,
    };

    #[inline]
    pub(super) fn usable(&self) -> usize {
        self.usable
    }

    #[inline]
    pub(super) fn pointer(&self) -> *mut u8 {
        self.pointer.as_ptr()
    }

    /// Makes at least `bytes` usable, keeping the contents.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Refused> {
        let reserved = self.memory.size();
        if bytes > reserved {
            // Doubles the address space each time. This also applies to the allocator's
            // memory, but where pages can be mapped that is at most MAPPED_FROM.
            self.reserve(bytes.max(reserved.saturating_mul(2)))?;
        }
        let usable = self.memory.usable_for(bytes);
        usage::add(usable - self.usable);
        // Small amounts are not worth asking about.
        if usable >= MAPPED_FROM && usable > self.usable && !watch::permits() {
            usage::subtract(usable - self.usable);
            return Err(Refused);
        }
        if self.memory.is_dirty() {
            // SAFETY: from `usable` to its new value, which is not beyond the end of
            // `memory`.
            unsafe { self.pointer.add(self.usable).write_bytes(0, usable - self.usable) };
        }
        #[cfg(unix)]
        if let Memory::Mapped(mapping) = &self.memory
            && !mapping.is_refilled()
        {
            let coming = self.usable..usable;
            Asked::more(&mut self.asked, mapping.start(), mapping.size(), coming);
        }
        self.usable = usable;
        Ok(())
    }

    /// Frees the memory beyond `bytes`, as far as whole pages allow.
    pub(super) fn shrink(&mut self, bytes: usize) {
        self.ask_no_more();
        match &mut self.memory {
            Memory::Allocated(words) => {
                words.truncate(bytes.div_ceil(size_of::<u64>()));
                words.shrink_to_fit();
            }
            #[cfg(unix)]
            Memory::Mapped(mapping) => mapping.truncate(bytes.max(1)),
        }
        self.pointer = self.memory.start();
        let usable = self.usable.min(self.memory.size());
        usage::subtract(self.usable - usable);
        self.usable = usable;
    }

    /// Returns the first `bytes` to the system, where they are whole pages; they then
    /// read as zero or as before.
    pub(super) fn release(&mut self, bytes: usize) {
        #[cfg(target_os = "linux")]
        if let Memory::Mapped(mapping) = &mut self.memory {
            let to = bytes.min(self.usable) / PAGE * PAGE;
            if to > self.released && mapping.release(self.released..to) {
                usage::subtract(to - self.released);
                self.released = to;
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = bytes;
    }

    /// Reserves address space for at least `bytes`, more than there is, keeping the
    /// contents.
    pub(super) fn reserve(&mut self, bytes: usize) -> Result<(), Refused> {
        if bytes > isize::MAX as usize - STEP {
            return Err(Refused);
        }
        self.ask_no_more();
        #[cfg(target_os = "linux")]
        if let Memory::Mapped(mapping) = &mut self.memory
            && mapping.enlarge(bytes)
        {
            self.pointer = mapping.start();
            return Ok(());
        }
        #[cfg(unix)]
        if bytes >= MAPPED_FROM {
            let mapping = recycle::reserve(bytes).ok_or(Refused)?;
            self.move_to(Memory::Mapped(mapping));
            return Ok(());
        }
        let count = bytes.next_multiple_of(64) / size_of::<u64>();
        let mut words = Vec::new();
        words.try_reserve_exact(count).map_err(|_| Refused)?;
        words.resize(count, 0);
        self.move_to(Memory::Allocated(words));
        Ok(())
    }

    /// Withdraws the requests for pages; to be called before the memory changes.
    fn ask_no_more(&mut self) {
        self.asked.take();
    }

    /// Continues in `memory`, which is larger than the current one.
    fn move_to(&mut self, mut memory: Memory) {
        let start = memory.start();
        // SAFETY: both hold at least `usable` bytes and are different memory.
        unsafe { start.copy_from_nonoverlapping(self.pointer, self.usable) };
        self.pointer = start;
        let old = std::mem::replace(&mut self.memory, memory);
        old.let_go(self.usable);
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        usage::subtract(self.usable - self.released);
        self.ask_no_more();
        let memory = std::mem::replace(&mut self.memory, Memory::Allocated(Vec::new()));
        memory.let_go(self.usable);
    }
}
