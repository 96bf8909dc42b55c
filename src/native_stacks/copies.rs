//! Copies of the stacks of fresh samples, until they are unwound.
//!
//! Unwinding where memory is allocated would need the loader's lock and tables that may vanish.
//! So the thread that allocates only copies the top of its stack, with one system call that
//! cannot fault. Most samples are freed before anybody has looked at their copy.

use std::{
    arch::asm,
    cell::UnsafeCell,
    ffi::c_void,
    sync::atomic::{
        AtomicU32,
        Ordering::{Acquire, Relaxed, Release},
    },
};

/// How many stacks can wait.
pub(super) const MOST: usize = 256;
/// How much of a stack is copied.
pub(super) const LENGTH: usize = 8 << 10;

/// Who a copy belongs to.
const FREE: u32 = 0;
const WRITTEN: u32 = 1;
const READY: u32 = 2;
const READ: u32 = 3;

/// Where a stack was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Registers {
    pub(super) instruction: u64,
    pub(super) stack: u64,
    pub(super) frame: u64,
}

impl Registers {
    /// Returns those of the caller, who must stay on the stack until it is copied.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the caller's registers are meant")]
    pub(super) fn here() -> Self {
        let (instruction, stack, frame);
        // SAFETY: reads three registers.
        unsafe {
            asm!(
                "lea {}, [rip]",
                "mov {}, rsp",
                "mov {}, rbp",
                out(reg) instruction,
                out(reg) stack,
                out(reg) frame,
                options(nomem, nostack, preserves_flags),
            );
        }
        Self { instruction, stack, frame }
    }
}

/// A copied stack.
#[derive(Clone, Copy)]
pub(super) struct Copied {
    pub(super) registers: Registers,
    /// How many bytes from the stack pointer on are here.
    pub(super) length: usize,
    pub(super) bytes: [u8; LENGTH],
}

#[repr(C, align(4096))]
pub(super) struct Copies {
    states: [AtomicU32; MOST],
    /// The sample of each.
    samples: [AtomicU32; MOST],
    next: AtomicU32,
    contents: [UnsafeCell<Copied>; MOST],
}

// SAFETY: a copy is only touched by the thread that has brought its state to WRITTEN or READ.
unsafe impl Sync for Copies {}

impl Copies {
    #[expect(clippy::large_stack_arrays, reason = "a static")]
    pub(super) const fn new() -> Self {
        const EMPTY: Copied = Copied {
            registers: Registers { instruction: 0, stack: 0, frame: 0 },
            length: 0,
            bytes: [0; LENGTH],
        };
        Self {
            states: [const { AtomicU32::new(FREE) }; MOST],
            samples: [const { AtomicU32::new(0) }; MOST],
            next: AtomicU32::new(0),
            contents: [const { UnsafeCell::new(EMPTY) }; MOST],
        }
    }

    /// Copies this thread's stack from `registers` on, reading through `memory`, an open
    /// `/proc/self/mem`. Returns the number of the copy; `None` if none is free.
    pub(super) fn make(&self, memory: i32, registers: Registers) -> Option<u32> {
        /// How many are looked at.
        const TRIES: usize = 32;
        let number =
            (0..TRIES).map(|_| self.next.fetch_add(1, Relaxed) as usize % MOST).find(|at| {
                self.states[*at].load(Relaxed) == FREE
                    && self.states[*at].compare_exchange(FREE, WRITTEN, Acquire, Relaxed).is_ok()
            })?;
        // SAFETY: WRITTEN by this thread.
        let copy = unsafe { &mut *self.contents[number].get() };
        copy.registers = registers;
        // SAFETY: the kernel writes at most as many bytes as there are.
        let read = unsafe {
            libc::pread(
                memory,
                copy.bytes.as_mut_ptr().cast::<c_void>(),
                LENGTH,
                registers.stack.cast_signed(),
            )
        };
        let Ok(length) = usize::try_from(read) else {
            self.states[number].store(FREE, Release);
            return None;
        };
        copy.length = length;
        u32::try_from(number).ok()
    }

    /// Says which sample copy `number` is of; from now on it is read.
    pub(super) fn is_of(&self, number: u32, sample: u32) {
        self.samples[number as usize].store(sample, Relaxed);
        self.states[number as usize].store(READY, Release);
    }

    /// Gives up a copy that nobody will read, by the thread that made it.
    pub(super) fn discard(&self, number: u32) {
        self.states[number as usize].store(FREE, Release);
    }

    /// Gives up the copy of a sample that was freed. Whoever reads it frees it then.
    pub(super) fn free(&self, number: u32) {
        if let Some(state) = self.states.get(number as usize) {
            let _ = state.compare_exchange(READY, FREE, Release, Relaxed);
        }
    }

    /// Calls `with` for the number of each copy that waits.
    pub(super) fn waiting(&self) -> impl Iterator<Item = u32> {
        (0..MOST as u32).filter(|at| self.states[*at as usize].load(Relaxed) == READY)
    }

    /// Reads copy `number` if it still waits: `with` receives the number of its sample. It is free
    /// afterwards.
    pub(super) fn read(&self, number: u32, with: impl FnOnce(u32, &Copied)) {
        let at = number as usize;
        if self.states[at].compare_exchange(READY, READ, Acquire, Relaxed).is_ok() {
            // SAFETY: READ by this thread.
            with(self.samples[at].load(Relaxed), unsafe { &*self.contents[at].get() });
            self.states[at].store(FREE, Release);
        }
    }
}
