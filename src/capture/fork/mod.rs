//! A snapshot taken by a forked copy of the process.
//!
//! V8 is not made for `fork`. Three things stand in the way, and each has its
//! module:
//!
//! - its heap is marked `MADV_DONTFORK`, so a child has none: [`regions`] takes
//!   the mark off for the length of the fork;
//! - its helper threads do not exist in the child, so waiting for one would
//!   last for ever: [`slots`] turns each such wait into an instant exit with a
//!   reserved code, which is [`End::Lock`] here and a reason to try again;
//! - a helper may be in the middle of something at the fork: [`quiet`] looks for
//!   a moment in which they sleep.
//!
//! The last two are of V8's code alone: a child that only reads the heap
//! (`walk/`) does without.
//!
//! [`child`] is what runs in the child before V8 does, as the [`first`] of all;
//! [`offspring`] is the parent's hold on it, and the [`ledger`] what it takes. All that can be prepared is prepared on the background
//! thread ([`Plan::prepare`]); the event loop thread only calls
//! [`Plan::launch`].

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
    /// `/proc/self/smaps` is missing, or says nothing of the flags.
    NoFlags,
    /// No mapping of the process is marked as V8 marks its heap.
    NoHeap,
    /// The program's calls to its thread library could not be found.
    NoSlots,
    /// There is no `/dev/null` to put in the place of descriptors.
    NoNull,
    /// Not for good: a file could not be opened now, or a page not be had.
    Now(io::Error),
}

impl Unavailable {
    /// What failed to open a file means: that it is not there, or that there are
    /// too many open just now.
    fn of(error: io::Error, for_good: Self) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => for_good,
            _ => Self::Now(error),
        }
    }

    /// The reason, for a person.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoFlags => "/proc/self/smaps has no VmFlags here",
            Self::NoHeap => "no memory is marked as V8 marks its heap",
            Self::NoSlots => "the calls to the thread library were not found",
            Self::NoNull => "there is no /dev/null",
            Self::Now(_) => "a file or a page cannot be had now",
        }
    }
}

/// Everything one fork needs, ready before the event loop is asked for it.
#[derive(Debug)]
pub struct Plan {
    regions: Arc<Regions>,
    /// The waits of V8, where it runs in the child.
    slots: Option<Slots>,
    null: OwnedFd,
    writer: PipeWriter,
    ledger: Ledger,
}

/// The parent's part of a plan: puts the heap's marks back when dropped.
#[derive(Debug)]
pub struct Reopened(Arc<Regions>);

impl Drop for Reopened {
    fn drop(&mut self) {
        self.0.restore();
    }
}

impl Plan {
    /// Scans, opens and finds what the fork needs. Runs on the background
    /// thread: reading the flags of a big heap takes tens of milliseconds. The
    /// child may hold `cap` bytes, and runs V8 where `runs_v8`.
    ///
    /// From here until the second value is dropped, V8's heap is part of what a
    /// fork copies.
    ///
    /// # Errors
    ///
    /// [`Unavailable`], which is about the platform, unless it is
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
        // What V8 maps in between, the event loop lends.
        regions.open();
        let reopened = Reopened(Arc::clone(&regions));
        Ok((Self { regions, slots, null: null.into(), writer, ledger }, reopened))
    }

    /// Forks. In the child, `run` is called with what it may use and the process
    /// ends with what it returns; in the parent, the write end is closed and the
    /// child returned.
    ///
    /// # Errors
    ///
    /// What `fork` answered: `EAGAIN` at a limit of processes, `ENOMEM` where
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
        // SAFETY: what the child runs is `Steps::take`, which allocates nothing
        // and takes no lock, and then `run`, which either enters V8 with the slots
        // patched or does no more than the steps do.
        let pid = unsafe { first::fork(&mut work) };
        let failure = (pid < 0).then(io::Error::last_os_error);
        drop(blocked);
        match failure {
            Some(error) => Err(error),
            None => Ok(Child::new(pid, self.ledger, asked, started)),
        }
    }
}
