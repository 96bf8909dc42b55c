//! The memory that a child holds, counted by the child, and its cap.
//!
//! Nobody else could count it in time. A child grows by hundreds of megabytes a
//! second; its parent looks only when it has the processor, and may not read the
//! precise files of a process that cannot be dumped. So the child has its own
//! timer: every [`TICK`] of processor time it reads how far its anonymous memory
//! has grown since the fork, writes that to a page shared with its parent, and
//! exits with [`ExitCode::Memory`] when it is over its cap. The figures of a
//! killed child remain on that page.
//!
//! Two figures add up to the child's cost:
//!
//! | figure   | pages                                     | source                          | read                         |
//! | -------- | ----------------------------------------- | ------------------------------- | ---------------------------- |
//! | `grown`  | new ones, mostly V8's graph               | `statm`: resident less shared   | at each tick, microseconds   |
//! | `copied` | the parent's, copied when either wrote    | `smaps_rollup`: `Private_Dirty` | rarely: it walks the mappings |
//!
//! Page faults would be cheaper to count, but wrong: they include pages of files,
//! and count a huge page as one. `RLIMIT_DATA` would be exact to the byte, but V8
//! aborts on a refused allocation just as on a failed check, so a cap would look
//! like a defect; and it counts mapped memory, not used memory.

use std::{
    ffi::{c_int, c_long},
    io,
    mem::{MaybeUninit, size_of},
    ptr::{self, NonNull},
    sync::atomic::{AtomicI32, AtomicPtr, AtomicU64, Ordering},
    time::Duration,
};

use super::{
    super::proc::{bytes_of, number, open, read_anew},
    ExitCode,
    pages::page_bytes,
};

/// Processor time between two looks. The kernel rounds it up to its own tick,
/// which is 1 to 10 ms.
const TICK: Duration = Duration::from_millis(2);
/// Reading the precise figure may take one part in [`ROLLUP_SHARE`] of the child's
/// time. It takes some 10 ms for each GB.
const ROLLUP_SHARE: u64 = 32;
/// The precise figure is read no more often than this.
const ROLLUP_REST_NS: u64 = 25_000_000;

/// The page that parent and child share.
#[derive(Debug, Default)]
#[repr(C)]
struct Page {
    /// Written by the parent: the bytes that the child may hold.
    cap: AtomicU64,
    grown: AtomicU64,
    most_grown: AtomicU64,
    copied: AtomicU64,
}

/// The parent's view of its child's memory.
#[derive(Debug)]
pub struct Ledger(NonNull<Page>);

// SAFETY: the page holds atomics only, and stays mapped until the drop.
unsafe impl Send for Ledger {}
// SAFETY: as above.
unsafe impl Sync for Ledger {}

impl Ledger {
    /// Maps a page for one child, which may hold `cap` bytes.
    ///
    /// # Errors
    ///
    /// The system's, out of memory or mappings.
    pub fn new(cap: u64) -> io::Result<Self> {
        // SAFETY: asks for a new mapping, and touches no other.
        let page = unsafe {
            libc::mmap(
                ptr::null_mut(),
                size_of::<Page>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        let mapped = if page == libc::MAP_FAILED { None } else { NonNull::new(page.cast()) };
        let ledger = Self(mapped.ok_or_else(io::Error::last_os_error)?);
        ledger.cap(cap);
        Ok(ledger)
    }

    fn page(&self) -> &Page {
        // SAFETY: mapped, aligned and zeroed by the kernel, which is a valid
        // page; unmapped only by the drop.
        unsafe { self.0.as_ref() }
    }

    /// Sets the number of bytes that the child may hold from now on.
    pub fn cap(&self, bytes: u64) {
        self.page().cap.store(bytes, Ordering::Relaxed);
    }

    /// Returns the bytes that the child held at its last look.
    pub fn held(&self) -> u64 {
        let page = self.page();
        page.grown.load(Ordering::Relaxed) + page.copied.load(Ordering::Relaxed)
    }

    /// Returns the most that it has held.
    pub fn most(&self) -> u64 {
        let page = self.page();
        page.most_grown.load(Ordering::Relaxed) + page.copied.load(Ordering::Relaxed)
    }

    /// Returns the child's side; see [`Account::open`].
    pub(super) fn account(&self) -> Account {
        Account(self.0.as_ptr())
    }

    /// Stands in for a child, in tests.
    #[cfg(test)]
    pub(crate) fn write(&self, grown: u64) {
        self.page().grown.store(grown, Ordering::Relaxed);
        self.page().most_grown.fetch_max(grown, Ordering::Relaxed);
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // SAFETY: mapped by `new` with this size; a child has its own mapping.
        unsafe { libc::munmap(self.0.as_ptr().cast(), size_of::<Page>()) };
    }
}

// What the handler of the child's timer needs. Set in children only.
static PAGE: AtomicPtr<Page> = AtomicPtr::new(ptr::null_mut());
static STATM: AtomicI32 = AtomicI32::new(-1);
static ROLLUP: AtomicI32 = AtomicI32::new(-1);
/// Anonymous memory at the fork.
static BASE: AtomicU64 = AtomicU64::new(0);
/// When the precise figure may be read again.
static NEXT_ROLLUP_NS: AtomicU64 = AtomicU64::new(0);

/// The child's side of a [`Ledger`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Account(*mut Page);

impl Account {
    /// Begins to count; returns false if the child cannot see its own memory and
    /// so could not respect its cap.
    ///
    /// # Safety
    ///
    /// Only in a forked child, once, while the ledger is mapped, with the
    /// signals unblocked and no handler of the application left.
    pub(super) unsafe fn open(self) -> bool {
        let Some(statm) = open(c"/proc/self/statm", libc::O_RDONLY) else {
            return false;
        };
        STATM.store(statm, Ordering::Relaxed);
        // Linux 4.14; before, copied pages are not counted.
        let rollup = open(c"/proc/self/smaps_rollup", libc::O_RDONLY);
        ROLLUP.store(rollup.unwrap_or(-1), Ordering::Relaxed);
        let Some(base) = anonymous_bytes(statm) else { return false };
        BASE.store(base, Ordering::Relaxed);
        PAGE.store(self.0, Ordering::Relaxed);
        // SAFETY: all zero is a valid sigaction.
        let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        action.sa_sigaction = look as extern "C" fn(c_int) as usize;
        action.sa_flags = libc::SA_RESTART;
        // SAFETY: a valid action, whose handler is async-signal-safe.
        let answer = unsafe { libc::sigaction(libc::SIGPROF, &raw const action, ptr::null_mut()) };
        answer == 0 && start_timer()
    }
}

/// Counts once more and stops: a child that has written everything is not ended for
/// its memory.
pub(super) fn close() {
    let page = PAGE.swap(ptr::null_mut(), Ordering::Relaxed);
    NEXT_ROLLUP_NS.store(0, Ordering::Relaxed);
    // SAFETY: null, or mapped for as long as the child lives.
    if let Some(page) = unsafe { page.as_ref() } {
        count(page);
    }
}

/// The times of `setitimer`, which the libc crate does not have for Linux.
#[repr(C)]
struct Interval {
    every: libc::timeval,
    first: libc::timeval,
}

fn start_timer() -> bool {
    /// The timer of the whole process's processor time, which sends `SIGPROF`.
    const ITIMER_PROF: c_int = 2;
    let tick = || libc::timeval { tv_sec: 0, tv_usec: TICK.as_micros() as libc::suseconds_t };
    let times = Interval { every: tick(), first: tick() };
    let nothing = ptr::null_mut::<Interval>();
    // SAFETY: the kernel reads one structure of this layout, and writes none.
    let answer: c_long =
        unsafe { libc::syscall(libc::SYS_setitimer, ITIMER_PROF, &raw const times, nothing) };
    answer == 0
}

/// Handles the timer's signal. Uses system calls, atomics and 3 KB of stack only.
extern "C" fn look(_signal: c_int) {
    // SAFETY: null until `open`, and mapped for as long as the child lives.
    let Some(page) = (unsafe { PAGE.load(Ordering::Relaxed).as_ref() }) else { return };
    let errno = errno();
    // SAFETY: the thread's own, always there.
    let interrupted = unsafe { *errno };
    if count(page).is_some_and(|held| held > page.cap.load(Ordering::Relaxed)) {
        ExitCode::Memory.leave();
    }
    // SAFETY: as above.
    unsafe { *errno = interrupted };
}

/// Writes what the child holds to the page, and returns it.
fn count(page: &Page) -> Option<u64> {
    let now = anonymous_bytes(STATM.load(Ordering::Relaxed))?;
    let grown = now.saturating_sub(BASE.load(Ordering::Relaxed));
    page.grown.store(grown, Ordering::Relaxed);
    page.most_grown.fetch_max(grown, Ordering::Relaxed);
    look_closely(page, grown);
    Some(grown + page.copied.load(Ordering::Relaxed))
}

/// Reads the precise figure, if it is time: how many of the parent's pages were copied.
fn look_closely(page: &Page, grown: u64) {
    let began = nanoseconds();
    if began < NEXT_ROLLUP_NS.load(Ordering::Relaxed) {
        return;
    }
    let mut text = [0; 2048];
    let private = read_anew(ROLLUP.load(Ordering::Relaxed), &mut text)
        .and_then(|text| bytes_of(text, b"Private_Dirty:"));
    if let Some(private) = private {
        // Pages are freed too, and then are neither: keep the maximum.
        page.copied.fetch_max(private.saturating_sub(grown), Ordering::Relaxed);
    }
    let now = nanoseconds();
    let rest = ROLLUP_REST_NS.max((now - began) * ROLLUP_SHARE);
    NEXT_ROLLUP_NS.store(now + rest, Ordering::Relaxed);
}

/// Returns the resident memory that is neither a file's nor explicitly shared.
fn anonymous_bytes(statm: c_int) -> Option<u64> {
    let mut text = [0; 128];
    let mut fields = read_anew(statm, &mut text)?.split(|byte| *byte == b' ');
    let resident = number(fields.nth(1)?)?;
    let of_files = number(fields.next()?)?;
    Some(resident.saturating_sub(of_files) * page_bytes())
}

fn nanoseconds() -> u64 {
    let mut now = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: the time is ours to write to; zero is valid should it not be.
    let now = unsafe {
        libc::clock_gettime(libc::CLOCK_MONOTONIC, now.as_mut_ptr());
        now.assume_init()
    };
    now.tv_sec.cast_unsigned() * 1_000_000_000 + now.tv_nsec.cast_unsigned()
}

fn errno() -> *mut c_int {
    // SAFETY: has no preconditions.
    unsafe { libc::__errno_location() }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn anonymous_memory_grows_with_what_is_touched_and_not_with_what_is_mapped() {
        let statm = open(c"/proc/self/statm", libc::O_RDONLY).expect("Linux");
        let before = anonymous_bytes(statm).expect("a number");
        let mapped = black_box(vec![0_u8; 64 << 20]);
        let untouched = anonymous_bytes(statm).expect("a number");
        let touched = black_box(vec![1_u8; 64 << 20]);
        let after = anonymous_bytes(statm).expect("a number");
        assert!(untouched.saturating_sub(before) < 32 << 20, "other tests run beside");
        assert!(after.saturating_sub(before) > 48 << 20);
        assert_eq!((mapped.len(), touched.len()), (64 << 20, 64 << 20));
        // SAFETY: opened above.
        unsafe { libc::close(statm) };
    }

    /// Forks a child that counts and then runs `work`; returns its exit code.
    fn code_of(ledger: &Ledger, work: fn(&Ledger)) -> c_int {
        // SAFETY: the child runs what is below, and leaves.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            // SAFETY: a forked child, and the test has no handlers.
            if !unsafe { ledger.account().open() } {
                ExitCode::Setup.leave();
            }
            work(ledger);
            close();
            ExitCode::Done.leave();
        }
        let mut status = 0;
        // SAFETY: our child, and a status of ours.
        unsafe { libc::waitpid(pid, &raw mut status, 0) };
        if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -1 }
    }

    /// Maps and touches memory, page by page, until it has 256 MiB.
    fn take_a_lot(_: &Ledger) {
        const BYTES: usize = 256 << 20;
        // SAFETY: a new mapping.
        let room = unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let access = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(ptr::null_mut(), BYTES, access, flags, -1, 0)
        };
        assert_ne!(room, libc::MAP_FAILED);
        for page in (0..BYTES).step_by(4096) {
            // SAFETY: within the mapping.
            unsafe { room.cast::<u8>().add(page).write_volatile(1) };
        }
    }

    #[test]
    fn a_child_past_its_cap_leaves_at_once_and_one_below_it_is_counted() {
        const CAP: u64 = 64 << 20;
        let capped = Ledger::new(CAP).expect("a page");
        assert_eq!(code_of(&capped, take_a_lot), ExitCode::Memory as c_int);
        assert!(capped.most() > CAP);
        // A tick is 10 ms at most, and a page takes a tenth of a microsecond at least.
        assert!(capped.most() < 4 * CAP, "{} MiB", capped.most() >> 20);
        let free = Ledger::new(u64::MAX).expect("a page");
        assert_eq!(code_of(&free, take_a_lot), ExitCode::Done as c_int);
        assert!(free.most() >= 256 << 20, "{} MiB", free.most() >> 20);
    }

    #[test]
    fn a_child_that_has_written_all_is_over_no_cap() {
        let ledger = Ledger::new(u64::MAX).expect("a page");
        let code = code_of(&ledger, |ledger| {
            take_a_lot(ledger);
            close();
            ledger.cap(1);
            // More ticks than one.
            take_a_lot(ledger);
        });
        assert_eq!(code, ExitCode::Done as c_int);
        assert!(ledger.most() >= 256 << 20, "{} MiB", ledger.most() >> 20);
    }

    #[test]
    fn pages_of_the_parent_that_a_child_writes_to_count_as_copied() {
        static ROOM: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
        const BYTES: usize = 32 << 20;
        let mut room = vec![1_u8; BYTES];
        ROOM.store(room.as_mut_ptr(), Ordering::Relaxed);
        let ledger = Ledger::new(u64::MAX).expect("a page");
        let code = code_of(&ledger, |_| {
            for page in (0..BYTES).step_by(4096) {
                // SAFETY: within the vector, of which the child has its own.
                unsafe { ROOM.load(Ordering::Relaxed).add(page).write_volatile(2) };
            }
        });
        assert_eq!(code, ExitCode::Done as c_int);
        assert!(ledger.most() >= BYTES as u64, "{} MiB", ledger.most() >> 20);
        assert_eq!(room[0], 1);
    }
}
