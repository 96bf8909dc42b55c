//! What runs instead of the allocator's functions while allocations are sampled.
//!
//! Each calls the real function, and counts bytes. Nothing here allocates, locks, waits, or
//! knows whose thread it is: it may run in a handler of a signal, in a child between `fork` and
//! `exec`, in a constructor of a library, and in a thread that ends. The functions stay where
//! they are for good, since a program may have copied their addresses.

use std::{
    arch::asm,
    ffi::{c_int, c_void},
    mem::transmute,
    sync::atomic::{
        AtomicBool, AtomicI32, AtomicI64, AtomicU64, AtomicUsize,
        Ordering::{Acquire, Relaxed},
    },
};

use super::{
    copies::{Copies, Registers},
    samples::{Sample, Samples},
};

/// The average number of bytes from one sample to the next.
pub(super) const INTERVAL: u64 = 512 << 10;
/// The same where much is allocated: it doubles while samples are too many.
const LARGEST: u64 = INTERVAL << 6;
/// Samples from one call of [`adapt`] to the next that are enough: a sample costs 3 µs.
const ENOUGH: u64 = 40;

/// Marks a stack that is still a copy.
pub(super) const COPY: u32 = 1 << 31;
/// No stack is known.
pub(super) const UNKNOWN: u32 = 0;

pub(super) static SAMPLES: Samples = Samples::new();
pub(super) static COPIES: Copies = Copies::new();
static COUNTERS: Counters = Counters::new();
static IS_ON: AtomicBool = AtomicBool::new(false);
/// An open `/proc/self/mem`.
static MEMORY: AtomicI32 = AtomicI32::new(-1);
/// The process that samples: a forked child does not.
static PROCESS: AtomicI32 = AtomicI32::new(0);
/// The present interval, and samples taken since the last look at their rate.
static DISTANCE: AtomicU64 = AtomicU64::new(INTERVAL);
static TAKEN: AtomicU64 = AtomicU64::new(0);

/// A function that is replaced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) real: &'static AtomicUsize,
    pub(super) replacement: usize,
    /// Whether it frees memory: these are replaced first.
    pub(super) frees: bool,
}

macro_rules! functions {
    ($($name:ident $real:ident $replacement:ident $frees:literal)*) => {
        $(static $real: AtomicUsize = AtomicUsize::new(0);)*

        /// All functions that are replaced.
        pub(super) fn all() -> impl Iterator<Item = Function> {
            [$(Function {
                name: stringify!($name),
                real: &$real,
                replacement: $replacement as *const () as usize,
                frees: $frees,
            }),*]
            .into_iter()
        }
    };
}

functions! {
    free FREE free true
    realloc REALLOC realloc true
    reallocarray REALLOCARRAY reallocarray true
    malloc MALLOC malloc false
    calloc CALLOC calloc false
    posix_memalign POSIX_MEMALIGN posix_memalign false
    aligned_alloc ALIGNED_ALLOC aligned_alloc false
    memalign MEMALIGN memalign false
}

/// The counters of threads, by thread pointer. Two threads may share one; what they lose by
/// writing over each other only makes the distance between two samples less exact.
#[repr(C, align(4096))]
struct Counters([Counter; COUNT]);

const COUNT: usize = 1 << 10;

#[repr(C, align(64))]
struct Counter {
    /// Bytes until the next sample.
    left: AtomicI64,
    /// State of the random numbers; 0 before the first.
    random: AtomicU64,
}

impl Counters {
    #[expect(clippy::large_stack_arrays, reason = "a static")]
    const fn new() -> Self {
        Self([const { Counter { left: AtomicI64::new(0), random: AtomicU64::new(0) } }; COUNT])
    }

    #[inline]
    fn of_this_thread(&self) -> &Counter {
        let thread: usize;
        // SAFETY: reads the thread pointer, which the ABI keeps at its own address.
        unsafe {
            asm!("mov {}, fs:0", out(reg) thread, options(nostack, preserves_flags, readonly, pure));
        }
        let hash = thread.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        &self.0[hash >> (usize::BITS - COUNT.ilog2())]
    }
}

impl Counter {
    /// Begins the distance to the next sample, and returns whether one was due.
    fn begin(&self) -> bool {
        let known = self.random.load(Relaxed);
        // xorshift64, from the counter's own address: counters differ.
        let mut random = if known == 0 { std::ptr::from_ref(self) as u64 } else { known };
        for _ in 0..if known == 0 { 8 } else { 1 } {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
        }
        self.random.store(random, Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "a random number")]
        let uniform = ((random >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        #[expect(clippy::cast_precision_loss, reason = "a power of two")]
        let distance = -uniform.ln() * DISTANCE.load(Relaxed) as f64;
        self.left.store(distance as i64 + 1, Relaxed);
        known != 0
    }
}

/// Begins to sample.
pub(super) fn begin(memory: i32) {
    MEMORY.store(memory, Relaxed);
    // SAFETY: getpid has no preconditions.
    PROCESS.store(unsafe { libc::getpid() }, Relaxed);
    IS_ON.store(true, Relaxed);
}

/// Takes no more samples. Calls that are under way may still take one.
pub(super) fn end() {
    IS_ON.store(false, Relaxed);
}

/// Makes samples rarer or more frequent, by how many there were since the last call.
pub(super) fn adapt() {
    let (taken, distance) = (TAKEN.swap(0, Relaxed), DISTANCE.load(Relaxed));
    let distance = match taken {
        taken if taken > ENOUGH => distance * 2,
        taken if taken < ENOUGH / 4 => distance / 2,
        _ => return,
    };
    DISTANCE.store(distance.clamp(INTERVAL, LARGEST), Relaxed);
}

/// Gives the memory of all samples back: they are gone.
pub(super) fn forget_all() {
    fn give_back<T>(what: &'static T) {
        let at = std::ptr::from_ref(what) as *mut c_void;
        // SAFETY: whole pages of ours, which are zero and unshared when they are used next; zero
        // bytes are a valid state of everything that is kept here.
        unsafe { libc::madvise(at, size_of::<T>(), libc::MADV_DONTNEED) };
    }
    give_back(&SAMPLES);
    give_back(&COPIES);
    give_back(&COUNTERS);
    TAKEN.store(0, Relaxed);
    DISTANCE.store(INTERVAL, Relaxed);
}

/// Counts an allocation.
#[inline]
fn count(address: *mut c_void, bytes: usize) {
    let counter = COUNTERS.of_this_thread();
    let left = counter.left.load(Relaxed).wrapping_sub_unsigned(bytes as u64);
    counter.left.store(left, Relaxed);
    if left < 0 {
        due(counter, address, bytes);
    }
}

#[cold]
#[inline(never)]
fn due(counter: &Counter, address: *mut c_void, bytes: usize) {
    if !IS_ON.load(Relaxed) {
        counter.left.store(i64::MAX / 2, Relaxed);
    } else if counter.begin() && !address.is_null() {
        sample(address as usize, bytes);
    }
}

/// Keeps an allocation.
#[inline(never)]
fn sample(address: usize, bytes: usize) {
    // SAFETY: getpid has no preconditions; a thread has an errno.
    let (process, errno) = unsafe { (libc::getpid(), *libc::__errno_location()) };
    if process != PROCESS.load(Relaxed) {
        return;
    }
    TAKEN.fetch_add(1, Relaxed);
    let copy = COPIES.make(MEMORY.load(Relaxed), Registers::here());
    let stack = copy.map_or(UNKNOWN, |copy| COPY | copy);
    let kept = SAMPLES.put(address, Sample { bytes: weight(bytes), stack });
    match (kept, copy) {
        (Some(sample), Some(copy)) => COPIES.is_of(copy, sample),
        (None, Some(copy)) => COPIES.discard(copy),
        _ => {}
    }
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
}

/// Returns what a sampled allocation stands for: the larger it is, the likelier it is sampled.
#[expect(clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "a positive estimate")]
fn weight(bytes: usize) -> u64 {
    let bytes = bytes.max(1) as f64;
    (bytes / -(-bytes / DISTANCE.load(Relaxed) as f64).exp_m1()) as u64
}

/// Forgets an allocation that is about to be freed.
#[inline]
fn forget(address: *mut c_void) -> Option<Sample> {
    if SAMPLES.may_have(address as usize) { forget_known(address) } else { None }
}

#[cold]
#[inline(never)]
fn forget_known(address: *mut c_void) -> Option<Sample> {
    let sample = SAMPLES.take(address as usize)?;
    if sample.stack & COPY != 0 {
        COPIES.free(sample.stack & !COPY);
    }
    Some(sample)
}

/// Puts back what could not be reallocated, without its stack if that was only a copy.
#[cold]
fn remember(address: *mut c_void, sample: Sample) {
    let stack = if sample.stack & COPY == 0 { sample.stack } else { UNKNOWN };
    SAMPLES.put(address as usize, Sample { stack, ..sample });
}

/// Returns the real function: the address of one of this name and type. Replacements are only
/// reachable after it was stored.
macro_rules! real {
    ($name:ident as $type:ty) => {
        transmute::<usize, $type>($name.load(Acquire))
    };
}

type Malloc = unsafe extern "C" fn(usize) -> *mut c_void;
type Pair = unsafe extern "C" fn(usize, usize) -> *mut c_void;
type Free = unsafe extern "C" fn(*mut c_void);
type Realloc = unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void;
type ReallocArray = unsafe extern "C" fn(*mut c_void, usize, usize) -> *mut c_void;
type PosixMemalign = unsafe extern "C" fn(*mut *mut c_void, usize, usize) -> c_int;

unsafe extern "C" fn malloc(bytes: usize) -> *mut c_void {
    // SAFETY: the caller's arguments, here and below.
    let address = unsafe { real!(MALLOC as Malloc)(bytes) };
    count(address, bytes);
    address
}

unsafe extern "C" fn calloc(items: usize, bytes: usize) -> *mut c_void {
    // SAFETY: see `malloc`.
    let address = unsafe { real!(CALLOC as Pair)(items, bytes) };
    // Overflows only where the real function has refused.
    count(address, items.saturating_mul(bytes));
    address
}

unsafe extern "C" fn aligned_alloc(alignment: usize, bytes: usize) -> *mut c_void {
    // SAFETY: see `malloc`.
    let address = unsafe { real!(ALIGNED_ALLOC as Pair)(alignment, bytes) };
    count(address, bytes);
    address
}

unsafe extern "C" fn memalign(alignment: usize, bytes: usize) -> *mut c_void {
    // SAFETY: see `malloc`.
    let address = unsafe { real!(MEMALIGN as Pair)(alignment, bytes) };
    count(address, bytes);
    address
}

unsafe extern "C" fn posix_memalign(to: *mut *mut c_void, alignment: usize, bytes: usize) -> c_int {
    // SAFETY: see `malloc`.
    let answer = unsafe { real!(POSIX_MEMALIGN as PosixMemalign)(to, alignment, bytes) };
    if answer == 0 {
        // SAFETY: written by the function.
        count(unsafe { *to }, bytes);
    }
    answer
}

unsafe extern "C" fn free(address: *mut c_void) {
    forget(address);
    // SAFETY: see `malloc`.
    unsafe { real!(FREE as Free)(address) }
}

unsafe extern "C" fn realloc(old: *mut c_void, bytes: usize) -> *mut c_void {
    let known = forget(old);
    // SAFETY: see `malloc`.
    let address = unsafe { real!(REALLOC as Realloc)(old, bytes) };
    after_realloc(old, known, address, bytes);
    address
}

unsafe extern "C" fn reallocarray(old: *mut c_void, items: usize, bytes: usize) -> *mut c_void {
    let known = forget(old);
    // SAFETY: see `malloc`.
    let address = unsafe { real!(REALLOCARRAY as ReallocArray)(old, items, bytes) };
    after_realloc(old, known, address, items.saturating_mul(bytes));
    address
}

#[inline]
fn after_realloc(old: *mut c_void, known: Option<Sample>, address: *mut c_void, bytes: usize) {
    match known {
        // Of no bytes: it was freed.
        Some(sample) if address.is_null() && bytes > 0 => remember(old, sample),
        _ => count(address, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_allocation_stands_for_the_interval_and_a_large_one_for_itself() {
        assert!(weight(0).abs_diff(INTERVAL) < 2);
        assert!(weight(16).abs_diff(INTERVAL) < 10);
        assert_eq!(weight(64 << 20), 64 << 20);
    }

    #[test]
    fn distances_have_the_interval_as_their_average() {
        let counters = Box::new(Counter { left: AtomicI64::new(0), random: AtomicU64::new(0) });
        assert!(!counters.begin(), "the first distance only begins");
        let draws = 20_000;
        let sum: u64 = (0..draws)
            .map(|_| {
                assert!(counters.begin());
                counters.left.load(Relaxed).unsigned_abs()
            })
            .sum();
        let average = sum / draws;
        assert!(average.abs_diff(INTERVAL) < INTERVAL / 20, "{average}");
    }
}
