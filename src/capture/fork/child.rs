//! The steps of the child before V8 runs, in this order.
//!
//! 1. Signals: blocked across the fork, then every handler is reset, so that none
//!    of the application's runs here. The child dies with the forking thread.
//! 2. Descriptors: all but the pipe's write end become `/dev/null`. Otherwise, a
//!    connection that the application closes would stay open, and a port taken,
//!    for as long as the child lives. They are not closed: V8's collector wakes
//!    the loop through an eventfd, and libuv aborts if that fails.
//! 3. Out-of-memory score and priority: the child is the first to be killed, and
//!    the last to run.
//! 4. It begins to count its memory; see [`ledger`].
//! 5. No core file, no other file, no dump.
//! 6. Slots, if V8 is to run.
//!
//! All calls are async-signal-safe, and nothing is allocated.

use std::{
    ffi::c_int,
    mem::MaybeUninit,
    os::fd::{AsRawFd, OwnedFd, RawFd},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr,
};

use super::{
    super::{PipeWriter, proc::open},
    ExitCode, Slots,
    ledger::{self, Account, Ledger},
};

/// Blocks all signals until dropped: a handler of the application must not run in
/// the child before it is reset there.
pub struct SignalsBlocked(libc::sigset_t);

impl SignalsBlocked {
    /// Blocks all signals for this thread.
    pub fn new() -> Self {
        let mut all = MaybeUninit::uninit();
        let mut before = MaybeUninit::uninit();
        // SAFETY: sigfillset initialises the set it is given.
        unsafe { libc::sigfillset(all.as_mut_ptr()) };
        // SAFETY: one initialised set in, one out.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) };
        // SAFETY: pthread_sigmask fills the old mask; it fails only for an
        // operation that does not exist.
        Self(unsafe { before.assume_init() })
    }
}

impl Default for SignalsBlocked {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for SignalsBlocked {
    fn drop(&mut self) {
        // SAFETY: a mask that pthread_sigmask gave.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, ptr::null_mut()) };
    }
}

/// The resources that a child may use.
#[derive(Clone, Copy, Debug)]
pub struct Handed<'a> {
    /// The path of the pipe, for V8.
    pub path: &'a str,
    /// The pipe.
    pub pipe: RawFd,
    /// An open `/proc/self/maps`, if V8 does not run, else negative. It cannot be
    /// opened later.
    pub maps: RawFd,
}

/// The child's steps, with everything that they need.
#[derive(Debug)]
pub struct Steps<'a> {
    parent: libc::pid_t,
    null: RawFd,
    keep: RawFd,
    slots: Option<&'a Slots>,
    account: Account,
}

impl<'a> Steps<'a> {
    /// Returns the steps of a child of this process that keeps `writer`, and counts
    /// its memory in `ledger`.
    pub fn new(
        null: &OwnedFd,
        writer: &PipeWriter,
        slots: Option<&'a Slots>,
        ledger: &'a Ledger,
    ) -> Self {
        // SAFETY: getpid has no preconditions.
        let parent = unsafe { libc::getpid() };
        let account = ledger.account();
        Self { parent, null: null.as_raw_fd(), keep: writer.fd(), slots, account }
    }

    /// Takes the steps, or exits. Returns [`Handed::maps`].
    ///
    /// # Safety
    ///
    /// Only in a freshly forked child.
    pub unsafe fn take(&self) -> RawFd {
        self.forget_signals();
        self.die_with_parent();
        if !self.let_go_of_descriptors() {
            ExitCode::Setup.leave();
        }
        yield_to_the_application();
        // It opens its files here: later, the only free descriptor is V8's.
        // SAFETY: the caller's promise, and handlers were reset above.
        if !unsafe { self.account.open() } {
            ExitCode::Setup.leave();
        }
        let maps = match self.slots {
            Some(_) => None,
            None => open(c"/proc/self/maps", libc::O_RDONLY),
        };
        self.leave_no_traces();
        // SAFETY: the caller's promise, and V8 has not run yet.
        if !self.slots.is_none_or(|slots| unsafe { slots.patch() }) {
            ExitCode::Setup.leave();
        }
        maps.unwrap_or(-1)
    }

    #[expect(clippy::unused_self, reason = "a step like the others")]
    fn forget_signals(&self) {
        // SAFETY: all zero is a valid sigaction, and SIG_DFL is zero.
        let default: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        for signal in 1..=64 {
            // SAFETY: a valid action; what may not be changed is refused.
            unsafe { libc::sigaction(signal, &raw const default, ptr::null_mut()) };
        }
        let mut none = MaybeUninit::uninit();
        // SAFETY: sigemptyset initialises the set it is given.
        unsafe { libc::sigemptyset(none.as_mut_ptr()) };
        // SAFETY: the set is initialised.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, none.as_ptr(), ptr::null_mut()) };
    }

    fn die_with_parent(&self) {
        // SAFETY: PR_SET_PDEATHSIG takes a signal number.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        // The parent may have died before that call.
        // SAFETY: getppid has no preconditions.
        if unsafe { libc::getppid() } != self.parent {
            ExitCode::Orphan.leave();
        }
    }

    fn let_go_of_descriptors(&self) -> bool {
        let Some(list) = open(c"/proc/self/fd", libc::O_RDONLY | libc::O_DIRECTORY) else {
            return false;
        };
        let are_gone = let_go_of(list, self.null, self.keep);
        // SAFETY: opened above.
        unsafe { libc::close(list) };
        are_gone
    }

    /// Prevents core files and any other file: V8 and Node write reports on a fatal
    /// error, and snapshots near the heap's limit. The limit on file sizes does
    /// not affect pipes; the one on descriptors leaves one free, which V8 needs for
    /// the pipe while it builds and writes.
    fn leave_no_traces(&self) {
        // SAFETY: takes a number, and returns the lowest free one.
        let free = unsafe { libc::dup(self.null) };
        if let Ok(last) = libc::rlim_t::try_from(free) {
            // SAFETY: opened above.
            unsafe { libc::close(free) };
            lower(libc::RLIMIT_NOFILE, last + 1);
        }
        lower(libc::RLIMIT_CORE, 0);
        lower(libc::RLIMIT_FSIZE, 0);
        // Where cores are piped to a program, the limit does not apply. This is
        // last, because from here on the files in /proc/self belong to root.
        // SAFETY: PR_SET_DUMPABLE takes 0 or 1.
        unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0) };
        // SAFETY: a C string of at most 15 bytes: what `ps` and `top` show.
        unsafe { libc::prctl(libc::PR_SET_NAME, c"seep-capture".as_ptr()) };
    }
}

#[cfg(target_env = "gnu")]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(target_env = "gnu"))]
type Resource = c_int;

fn lower(resource: Resource, to: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: to, rlim_max: to };
    // SAFETY: a valid limit; lowering one needs no right.
    unsafe { libc::setrlimit(resource, &raw const limit) };
}

/// Replaces all descriptors in the open folder `list` but these three with `null`;
/// returns false if the folder could not be read to its end.
fn let_go_of(list: RawFd, null: RawFd, keep: RawFd) -> bool {
    let mut entries = Entries([0; 4096]);
    loop {
        // SAFETY: the kernel writes at most as many bytes as there are.
        let length = unsafe {
            libc::syscall(libc::SYS_getdents64, list, entries.0.as_mut_ptr(), entries.0.len())
        };
        let Ok(length) = usize::try_from(length) else { return false };
        if length == 0 {
            return true;
        }
        for fd in descriptors(&entries.0[..length]) {
            if fd != list && fd != null && fd != keep {
                // SAFETY: both numbers are open in the child, which does not use
                // the descriptor that is replaced.
                unsafe { libc::dup2(null, fd) };
            }
        }
    }
}

/// A buffer for `getdents64`, aligned for its records.
#[repr(align(8))]
struct Entries([u8; 4096]);

/// Returns the descriptors named by `getdents64`'s records: a header of 19 bytes
/// with the record's length at 16, then the name, ended by a zero.
fn descriptors(mut records: &[u8]) -> impl Iterator<Item = RawFd> {
    std::iter::from_fn(move || {
        loop {
            let length = usize::from(u16::from_ne_bytes([*records.get(16)?, *records.get(17)?]));
            let name = records.get(19..length)?;
            records = records.get(length..)?;
            let digits = name.iter().take_while(|byte| **byte != 0);
            let number = digits.map(|byte| byte.wrapping_sub(b'0')).try_fold(0, |n: RawFd, d| {
                (d <= 9).then(|| n.checked_mul(10)?.checked_add(RawFd::from(d))).flatten()
            });
            if number.is_some() {
                return number; // "." and ".." are not numbers
            }
        }
    })
}

/// The child's niceness. At 5, it gets a quarter of a core against one busy
/// competitor. With two cores and fourteen competitors, half a second of work
/// took 12 to 32 s at 10, and a minute at 19: a child that starves holds its copied
/// pages all that time.
const NICENESS: c_int = 5;

fn yield_to_the_application() {
    if let Some(score) = open(c"/proc/self/oom_score_adj", libc::O_WRONLY) {
        // SAFETY: four bytes of a literal, into a descriptor opened above.
        // Raising the score needs no right.
        unsafe { libc::write(score, c"1000".as_ptr().cast(), 4) };
        // SAFETY: opened above.
        unsafe { libc::close(score) };
    }
    // SAFETY: takes a number. Lowering one's own priority needs no right.
    unsafe { libc::nice(NICENESS) };
    // SAFETY: takes a number.
    if unsafe { libc::sched_getscheduler(0) } == libc::SCHED_IDLE {
        return; // that is lower than SCHED_BATCH
    }
    // Priority 0; musl has more fields.
    // SAFETY: all zero is a valid parameter.
    let batch: libc::sched_param = unsafe { MaybeUninit::zeroed().assume_init() };
    // A batch task does not preempt others when it wakes up.
    // SAFETY: a valid parameter.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const batch) };
}

/// Runs `run` and exits with the code that it returns.
pub fn finish(run: impl FnOnce() -> ExitCode) -> ! {
    let outcome = catch_unwind(AssertUnwindSafe(run));
    ledger::close();
    outcome.unwrap_or(ExitCode::Panic).leave()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &[u8]) -> Vec<u8> {
        let length = (19 + name.len() + 1).next_multiple_of(8);
        let mut record = vec![0; length];
        let size = u16::try_from(length).expect("short");
        record[16..18].copy_from_slice(&size.to_ne_bytes());
        record[19..19 + name.len()].copy_from_slice(name);
        record
    }

    #[test]
    fn descriptors_are_the_entries_that_are_numbers() {
        let records: Vec<u8> =
            [&b"."[..], b"..", b"0", b"17", b"1048575"].into_iter().flat_map(record).collect();
        assert_eq!(descriptors(&records).collect::<Vec<_>>(), [0, 17, 1_048_575]);
        assert_eq!(descriptors(&records[..30]).count(), 0, "a cut record is not read");
        assert_eq!(descriptors(&[]).count(), 0);
    }

    #[test]
    fn a_list_that_cannot_be_read_is_not_an_empty_one() {
        let file = std::fs::File::open("/dev/null").expect("Linux");
        assert!(!let_go_of(file.as_raw_fd(), -1, -1));
        let empty = std::env::temp_dir().join(format!("seep-empty-{}", std::process::id()));
        std::fs::create_dir(&empty).expect("a folder");
        let folder = std::fs::File::open(&empty).expect("there");
        assert!(let_go_of(folder.as_raw_fd(), -1, -1));
        std::fs::remove_dir(&empty).expect("empty");
    }
}
