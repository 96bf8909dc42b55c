//! A snapshot taken by a forked copy of the process.
//!
//! V8 is not made for `fork`. Three things stand in the way, and each has a
//! module:
//!
//! - its heap is marked `MADV_DONTFORK`, so a child would have none: [`regions`]
//!   removes the mark for the duration of the fork;
//! - its helper threads do not exist in the child, so a wait for one would never
//!   end: [`slots`] turns each such wait into an immediate exit with a reserved
//!   code, which becomes [`End::Lock`] here and a reason to try again;
//! - a helper may be in the middle of something at the fork: [`quiet`] checks
//!   whether they are all asleep.
//!
//! The last two concern V8's code only: a child that just reads the heap
//! (`walk/`) does not need them.
//!
//! [`child`] has the steps that the child takes before V8 runs, and [`first`] makes
//! them run before any other fork handler. [`offspring`] is the parent's handle to
//! the child, and [`ledger`] counts the child's memory. Everything that can be
//! prepared is prepared on the background thread ([`Plan::prepare`]); the event
//! loop thread only calls [`Plan::launch`].

pub mod child;
pub mod exit;
pub mod first;
pub mod ledger;
pub mod offspring;
pub mod pages;
pub mod quiet;
pub mod regions;
pub mod slots;

use std::{io, os::fd::OwnedFd, sync::Arc, time::Instant};

pub use child::Handed;
pub use exit::ExitCode;
pub use ledger::Ledger;
pub use offspring::{Child, End, Handle};
pub use regions::Regions;
pub use slots::Slots;

use super::PipeWriter;

/// Why this process cannot be forked for a snapshot.
#[derive(Debug)]
pub enum Unavailable {
    /// `/proc/self/smaps` is missing, or has no flags.
    NoFlags,
    /// No mapping of the process is marked as V8 marks its heap.
    NoHeap,
    /// The program's calls to its thread library could not be found.
    NoSlots,
    /// There is no `/dev/null` to replace descriptors with.
    NoNull,
    /// Temporary: a file could not be opened, or a page not be mapped.
    Now(io::Error),
}

impl Unavailable {
    /// Interprets a failure to open a file: it does not exist, or too many are open
    /// at the moment.
    fn of(error: io::Error, for_good: Self) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => for_good,
            _ => Self::Now(error),
        }
    }

    /// Returns the reason, for people.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoFlags => "/proc/self/smaps has no VmFlags here",
            Self::NoHeap => "no memory is marked as V8 marks its heap",
            Self::NoSlots => "V8's calls to the thread library were not found",
            Self::NoNull => "there is no /dev/null",
            Self::Now(_) => "the process is out of descriptors or memory at the moment",
        }
    }
}

/// Everything that one fork needs, prepared before the event loop is asked to fork.
#[derive(Debug)]
pub struct Plan {
    regions: Arc<Regions>,
    /// V8's waits, if V8 is to run in the child.
    slots: Option<Slots>,
    null: OwnedFd,
    writer: PipeWriter,
    ledger: Ledger,
}

/// The parent's part of a plan: restores the heap's marks when dropped.
#[derive(Debug)]
pub struct Reopened(Arc<Regions>);

impl Drop for Reopened {
    fn drop(&mut self) {
        self.0.restore();
    }
}

impl Plan {
    /// Prepares what the fork needs. Runs on the background thread: reading the
    /// flags of a big heap takes tens of milliseconds. The child may hold `cap`
    /// bytes, and runs V8 if `runs_v8`.
    ///
    /// From now until the second value is dropped, a fork copies V8's heap too.
    ///
    /// # Errors
    ///
    /// [`Unavailable`], which is a property of the platform, unless it is
    /// [`Unavailable::Now`].
    pub fn prepare(
        writer: PipeWriter,
        cap: u64,
        runs_v8: bool,
    ) -> Result<(Self, Reopened), Unavailable> {
        let slots = runs_v8.then(Slots::find);
        if slots.as_ref().is_some_and(|slots| !slots.are_complete()) {
            return Err(Unavailable::NoSlots);
        }
        let null = std::fs::File::options()
            .read(true)
            .write(true)
            .open("/dev/null")
            .map_err(|error| Unavailable::of(error, Unavailable::NoNull))?;
        let ledger = Ledger::new(cap).map_err(Unavailable::Now)?;
        let regions = Arc::new(Regions::scan()?);
        // The event loop lends what V8 maps after this.
        regions.open();
        let reopened = Reopened(Arc::clone(&regions));
        Ok((Self { regions, slots, null: null.into(), writer, ledger }, reopened))
    }

    /// Forks. The child calls `run` with what it may use and exits with the code that
    /// `run` returns; the parent closes the write end and returns the child.
    ///
    /// # Errors
    ///
    /// The error of `fork`: `EAGAIN` at a limit of processes, `ENOMEM` where
    /// memory must not be overcommitted.
    pub fn launch(self, run: impl FnOnce(&Handed<'_>) -> ExitCode) -> io::Result<Child> {
        let path = self.writer.path(); // allocated before the fork
        let slots = self.slots.as_ref();
        let steps = child::Steps::new(&self.null, &self.writer, slots, &self.ledger);
        let mut run = Some(run);
        let mut work = || {
            // SAFETY: this is the child, on its only thread.
            let maps = unsafe { steps.take() };
            let handed = Handed { path: &path, pipe: self.writer.fd(), maps };
            child::finish(|| run.take().map_or(ExitCode::Panic, |run| run(&handed)))
        };
        let asked = Instant::now();
        self.regions.open_late();
        let started = Instant::now();
        let blocked = child::SignalsBlocked::new();
        // SAFETY: the child runs `Steps::take`, which allocates nothing and takes no
        // lock, and then `run`, which either enters V8 with the slots patched or is
        // as restricted as the steps.
        let pid = unsafe { first::fork(&mut work) };
        let failure = (pid < 0).then(io::Error::last_os_error);
        drop(blocked);
        match failure {
            Some(error) => Err(error),
            None => Ok(Child::new(pid, self.ledger, asked, started)),
        }
    }
}
