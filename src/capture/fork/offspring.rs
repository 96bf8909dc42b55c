//! The parent's handle to a capturing child: its end, its cost, its progress.

use std::{
    fs, io,
    mem::MaybeUninit,
    os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd},
    ptr,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{ExitCode, Ledger};

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything has been written.
    Done,
    /// It hit a lock or a wait that only a thread of the parent could end.
    /// Worth another try.
    Lock,
    /// It exceeded its memory cap and exited.
    Memory,
    /// Another reserved code, or one of Node's.
    Exit(i32),
    /// A signal, such as the kernel's on running out of memory, or a segment
    /// that V8 had mapped too late for the fork.
    Signal(i32),
    /// The status was lost: `SIGCHLD` is ignored, or somebody else called
    /// `waitpid(-1)`. Only the bytes show whether the snapshot is whole.
    Unknown,
}

/// Ends a child, from any thread. Where `SIGCHLD` is ignored, or somebody waits
/// for any child, the kernel may have given its number to another process, so
/// the child is killed through a pidfd where there are such (Linux 5.3).
#[derive(Debug)]
pub struct Handle {
    pid: libc::pid_t,
    descriptor: Option<OwnedFd>,
}

impl Handle {
    fn of(pid: libc::pid_t) -> Self {
        // SAFETY: takes two numbers.
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
        let fd = RawFd::try_from(fd).ok().filter(|fd| *fd >= 0);
        // SAFETY: the kernel has just made it, and nobody else knows its number.
        Self { pid, descriptor: fd.map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }) }
    }

    /// Ends the child, whatever it is doing.
    pub fn kill(&self) {
        if self.descriptor.as_ref().is_some_and(kill_by) {
            return;
        }
        // SAFETY: takes two numbers. The child has not been reaped, unless by
        // somebody else.
        unsafe { libc::kill(self.pid, libc::SIGKILL) };
    }
}

/// Kills the process behind the descriptor; returns whether it has ended or will.
fn kill_by(descriptor: &OwnedFd) -> bool {
    let nothing = ptr::null::<libc::siginfo_t>();
    // SAFETY: a descriptor that is open, and no information, which is optional.
    let answer = unsafe {
        let fd = descriptor.as_raw_fd();
        libc::syscall(libc::SYS_pidfd_send_signal, fd, libc::SIGKILL, nothing, 0)
    };
    answer == 0 || io::Error::last_os_error().raw_os_error() == Some(libc::ESRCH)
}

/// A forked child that has not been reaped.
#[derive(Debug)]
pub struct Child {
    pid: libc::pid_t,
    handle: Arc<Handle>,
    ledger: Ledger,
    started: Instant,
    lending: Duration,
    forking: Duration,
}

impl Child {
    /// Returns a child for which memory was lent from `asked` on, and whose fork lasted
    /// from `started` until now.
    pub(super) fn new(pid: libc::pid_t, ledger: Ledger, asked: Instant, started: Instant) -> Self {
        let lending = started.saturating_duration_since(asked);
        let forking = started.elapsed();
        Self { pid, handle: Arc::new(Handle::of(pid)), ledger, started, lending, forking }
    }

    /// Returns some other child of this process, for tests.
    #[cfg(test)]
    pub(crate) fn of_pid(pid: libc::pid_t) -> Self {
        let ledger = Ledger::new(u64::MAX).expect("a page");
        Self::new(pid, ledger, Instant::now(), Instant::now())
    }

    /// Returns a handle that ends the child. Drop it once [`try_reap`](Self::try_reap)
    /// has returned the child's end.
    pub fn handle(&self) -> Arc<Handle> {
        Arc::clone(&self.handle)
    }

    /// Returns when the fork began.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Returns how long the event loop took to lend what was mapped late.
    pub fn lending(&self) -> Duration {
        self.lending
    }

    /// Returns how long the system call took.
    pub fn forking(&self) -> Duration {
        self.forking
    }

    /// Returns the account of its memory.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Ends the child, whatever it is doing.
    pub fn kill(&self) {
        // It frees its memory itself, in its own time. `process_mrelease` would be
        // faster, but system call filters that allow the calls above do not allow
        // that one, and some kill the caller (systemd's do).
        self.handle.kill();
    }

    /// Returns the child's end and its processor time, if it has ended. libuv waits
    /// for its own children only, so this one is ours to reap.
    pub fn try_reap(&self) -> Option<(End, Duration)> {
        let mut status = 0;
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        let answer = loop {
            // SAFETY: status and usage are ours to write to.
            let answer = unsafe {
                libc::wait4(self.pid, &raw mut status, libc::WNOHANG, usage.as_mut_ptr())
            };
            if answer >= 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                break answer;
            }
        };
        match answer {
            0 => None,
            -1 => Some((End::Unknown, Duration::ZERO)), // ECHILD
            // SAFETY: filled by wait4, and zero is valid besides.
            _ => Some((end(status), used(&unsafe { usage.assume_init() }))),
        }
    }

    /// Returns the processor ticks used so far and the state; `None` where `/proc`
    /// does not show them.
    pub fn progress(&self) -> Option<(u64, State)> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
        parse_progress(&stat)
    }
}

/// The state of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is running, or wants to.
    Runs,
    /// It waits for a disk, or for memory while its control group is throttled.
    WaitsForTheSystem,
    /// It sleeps, or was stopped by a signal or a debugger.
    Rests,
}

/// Fields 3, 14 and 15 of `stat` (proc_pid_stat(5)), counted after the name.
fn parse_progress(stat: &str) -> Option<(u64, State)> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = match fields.next()? {
        "R" => State::Runs,
        "D" => State::WaitsForTheSystem,
        _ => State::Rests,
    };
    let user: u64 = fields.nth(10)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system, state))
}

fn end(status: i32) -> End {
    if libc::WIFSIGNALED(status) {
        return End::Signal(libc::WTERMSIG(status));
    }
    let code = libc::WEXITSTATUS(status);
    match ExitCode::of(code) {
        Some(ExitCode::Done) => End::Done,
        Some(ExitCode::Memory) => End::Memory,
        Some(ExitCode::Wait | ExitCode::Mutex | ExitCode::Semaphore | ExitCode::Futex) => End::Lock,
        _ => End::Exit(code),
    }
}

fn used(usage: &libc::rusage) -> Duration {
    let time = |t: libc::timeval| {
        Duration::from_secs(u64::try_from(t.tv_sec).unwrap_or(0))
            + Duration::from_micros(u64::try_from(t.tv_usec).unwrap_or(0))
    };
    time(usage.ru_utime) + time(usage.ru_stime)
}

#[cfg(test)]
mod tests {
    use std::{os::unix::process::ExitStatusExt, process::Command};

    use super::*;

    #[test]
    fn statuses_are_told_apart() {
        assert_eq!(end(0), End::Done);
        assert_eq!(end(101 << 8), End::Lock);
        assert_eq!(end(104 << 8), End::Lock);
        assert_eq!(end(107 << 8), End::Exit(107));
        assert_eq!(end(109 << 8), End::Memory);
        assert_eq!(end(1 << 8), End::Exit(1));
        assert_eq!(end(libc::SIGKILL), End::Signal(libc::SIGKILL));
    }

    #[test]
    fn progress_is_read_behind_any_name() {
        let stat = "7 (a) b ) R 1 7 7 0 -1 4194560 9 0 0 0 12 30 0 0 30 10 1 0 5";
        let is = |letter| parse_progress(&stat.replace(") R", letter)).map(|(_, state)| state);
        assert_eq!(parse_progress(stat), Some((42, State::Runs)));
        assert_eq!(is(") D"), Some(State::WaitsForTheSystem));
        for rests in [") S", ") T", ") t"] {
            assert_eq!(is(rests), Some(State::Rests));
        }
        assert_eq!(parse_progress("7 (node"), None);
    }

    #[test]
    fn a_process_that_has_got_the_number_of_a_child_is_left_alone() {
        let sleeping = || Command::new("sleep").arg("1000").spawn().expect("a process");
        let (mut child, mut other) = (sleeping(), sleeping());
        let pid_of = |process: &std::process::Child| process.id().cast_signed();
        let handle = Handle { pid: pid_of(&other), ..Handle::of(pid_of(&child)) };
        child.kill().expect("ours");
        child.wait().expect("ours");
        handle.kill();
        // SAFETY: takes two numbers; the process is ours.
        unsafe { libc::kill(handle.pid, libc::SIGTERM) };
        let signal = other.wait().expect("ours").signal();
        // Before Linux 5.3, nobody can know.
        assert_eq!(signal == Some(libc::SIGTERM), handle.descriptor.is_some());
    }

    #[test]
    fn a_child_that_is_not_ours_to_reap_has_an_unknown_end() {
        // Nobody is his own child.
        let me = Child::of_pid(std::process::id().cast_signed());
        assert_eq!(me.try_reap(), Some((End::Unknown, Duration::ZERO)));
    }
}
