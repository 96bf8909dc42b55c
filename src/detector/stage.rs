//! The meeting point of the background thread and the event loop thread.
//!
//! A round puts a [`Ticket`] here and asks for it to be performed; the event loop
//! takes it, does what only it can do, and answers through the ticket. Giving the
//! round up removes the ticket, which ends every wait for the answer: its channel
//! closes, and so does the pipe.

#![cfg_attr(
    not(unix),
    allow(
        dead_code,
        unused_variables,
        unused_imports,
        reason = "only streams are performed there"
    )
)]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crossbeam_channel::Sender;
use parking_lot::Mutex;
use rustc_hash::FxHashSet;

#[cfg(unix)]
use crate::capture::PipeWriter;
#[cfg(target_os = "linux")]
use crate::{
    allocations::{
        live::{Place, Position},
        profile::{self, InSnapshot},
    },
    capture::fork::{self, ExitCode},
    walk::{Anchors, Walk, scan::Tolerance},
};

/// Makes V8 write to the path: `(path, in a forked child)`. The error is what
/// JavaScript threw.
pub type Writer<'a> = &'a mut dyn FnMut(&str, bool) -> Result<(), String>;

/// Finds the addresses that a walk starts from, which only the event loop thread
/// knows; `None` if they cannot be found.
#[cfg(target_os = "linux")]
pub type FindAnchors<'a> = &'a mut dyn FnMut(&Walk) -> Option<Anchors>;

/// Has V8 work out where sampled functions are; `None` if it cannot.
#[cfg(target_os = "linux")]
pub type FindPlaces<'a> = &'a mut dyn FnMut(&[Position]) -> Option<Vec<(Position, Place)>>;

/// One task that only the event loop thread can perform.
pub(super) enum Ticket {
    /// Fork, and have the child work.
    #[cfg(target_os = "linux")]
    Fork {
        plan: Box<fork::Plan>,
        work: Work,
        /// Our own threads, whose state says nothing about V8's.
        ours: Vec<i32>,
        answer: Sender<Forked>,
    },
    /// Have V8 write into the pipe, and read its samples then if `reads_samples`.
    #[cfg(unix)]
    Inline { writer: PipeWriter, reads_samples: bool, answer: Sender<Written> },
    /// Have V8 work out where the functions of samples are.
    #[cfg(target_os = "linux")]
    Places { asked: Vec<Position>, answer: Sender<Placed> },
    /// Hand over the chunks of V8's stream.
    Stream { chunks: Sender<Chunk> },
}

/// The work of a forked child.
#[cfg(target_os = "linux")]
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// The child walks the heap.
    Walk(Arc<Walk>, Tolerance),
    /// V8 writes in the child. Unless `in_any_moment`, only fork while other threads sleep.
    Write { in_any_moment: bool },
}

#[cfg(target_os = "linux")]
impl Work {
    pub(super) fn is_walk(&self) -> bool {
        matches!(self, Self::Walk(..))
    }

    /// Returns whether the work is done where a first attempt would give up.
    pub(super) fn insists(&self) -> bool {
        match self {
            Self::Walk(_, tolerance) => tolerance.insists,
            Self::Write { in_any_moment } => *in_any_moment,
        }
    }
}

/// The outcome of [`Ticket::Fork`].
#[cfg(target_os = "linux")]
pub(super) struct Forked {
    pub(super) pause: Duration,
    /// The event loop's thread.
    pub(super) thread: i32,
    pub(super) outcome: ForkOutcome,
}

#[cfg(target_os = "linux")]
pub(super) enum ForkOutcome {
    Child(fork::Child),
    Busy,
    /// The addresses that a walk starts from were not found.
    Lost,
    Refused(std::io::Error),
}

/// The outcome of [`Ticket::Inline`].
pub(super) struct Written {
    pub(super) pause: Duration,
    pub(super) threw: Option<String>,
    /// The samples of the objects in the snapshot, if there are any.
    #[cfg(target_os = "linux")]
    pub(super) samples: Option<InSnapshot>,
}

/// The outcome of [`Ticket::Places`].
#[cfg(target_os = "linux")]
pub(super) struct Placed {
    pub(super) pause: Duration,
    pub(super) places: Option<Vec<(Position, Place)>>,
}

/// A piece that JavaScript hands over for [`Ticket::Stream`].
pub(super) enum Chunk {
    Bytes(Vec<u8>),
    End { pause: Duration, threw: Option<String> },
}

/// The current round, if any, and the detectors that are closing.
#[derive(Default)]
pub(super) struct Stage(Mutex<State>);

#[derive(Default)]
struct State {
    act: Option<Act>,
    /// Detectors that are closing: their rounds still in the queue are given up when
    /// they begin.
    closing: FxHashSet<u32>,
    all_closing: bool,
}

struct Act {
    detector: u32,
    round: u32,
    aborted: Arc<AtomicBool>,
    ticket: Option<Ticket>,
    /// The living child. Killing and reaping both hold the lock, so that a reaped child
    /// is not killed.
    #[cfg(target_os = "linux")]
    child: Option<Arc<fork::Handle>>,
}

impl Stage {
    /// Begins a round; the returned flag is set when it is given up.
    pub(super) fn begin(&self, detector: u32, round: u32) -> Arc<AtomicBool> {
        let mut state = self.0.lock();
        let given_up = state.all_closing || state.closing.contains(&detector);
        let aborted = Arc::new(AtomicBool::new(given_up));
        let flag = Arc::clone(&aborted);
        state.act = Some(Act {
            detector,
            round,
            aborted,
            ticket: None,
            #[cfg(target_os = "linux")]
            child: None,
        });
        flag
    }

    /// Ends the round.
    pub(super) fn end(&self) {
        self.0.lock().act = None;
    }

    /// Forgets a detector that has closed.
    pub(super) fn closed(&self, detector: u32) {
        self.0.lock().closing.remove(&detector);
    }

    /// Offers a ticket. It is dropped at once if the round has been given up.
    pub(super) fn offer(&self, ticket: Ticket) {
        let mut state = self.0.lock();
        if let Some(act) = state.act.as_mut().filter(|act| !act.aborted.load(Ordering::Relaxed)) {
            act.ticket = Some(ticket);
        }
    }

    /// Gives up all rounds of `detector`, or of all detectors for `None`.
    pub(super) fn abort(&self, detector: Option<u32>) {
        let mut state = self.0.lock();
        match detector {
            Some(detector) => _ = state.closing.insert(detector),
            None => state.all_closing = true,
        }
        let Some(act) = state.act.as_mut() else { return };
        if detector.is_some_and(|detector| detector != act.detector) {
            return;
        }
        act.aborted.store(true, Ordering::Relaxed);
        act.ticket = None;
        #[cfg(target_os = "linux")]
        if let Some(child) = &act.child {
            child.kill();
        }
    }

    /// Runs `reap` while nobody can kill the child, and forgets the child if `reap`
    /// returns something.
    #[cfg(target_os = "linux")]
    pub(super) fn reap<T>(&self, reap: impl FnOnce() -> Option<T>) -> Option<T> {
        let mut state = self.0.lock();
        let reaped = reap();
        if let (Some(act), true) = (state.act.as_mut(), reaped.is_some()) {
            act.child = None;
        }
        reaped
    }

    /// Performs the ticket of `round`, on the event loop thread. Does nothing if the
    /// round is over.
    pub(super) fn perform(
        &self,
        detector: u32,
        round: u32,
        write: Writer<'_>,
        #[cfg(target_os = "linux")] anchors: FindAnchors<'_>,
        #[cfg(target_os = "linux")] places: FindPlaces<'_>,
    ) {
        let asked = Instant::now();
        match self.take(detector, round) {
            #[cfg(target_os = "linux")]
            Some(Ticket::Fork { plan, work, ours, answer }) => {
                // No lock of ours may be held at the fork: the child gets a copy of
                // every lock as it is then.
                let outcome = match work {
                    Work::Walk(walk, tolerance) => match anchors(&walk) {
                        Some(anchors) => self.launched(plan.launch(|handed| {
                            // SAFETY: a forked child, on its only thread.
                            unsafe { walk.run(&anchors, handed.maps, handed.pipe, tolerance) }
                        })),
                        None => ForkOutcome::Lost,
                    },
                    Work::Write { in_any_moment }
                        if in_any_moment || fork::quiet::others_sleep(&ours) =>
                    {
                        self.launched(plan.launch(|handed| match write(handed.path, true) {
                            Ok(()) => ExitCode::Done,
                            Err(_) => ExitCode::Threw,
                        }))
                    }
                    Work::Write { .. } => ForkOutcome::Busy,
                };
                // The round waits for this answer, or has been given up.
                let pause = asked.elapsed();
                let _ = answer.send(Forked { pause, thread: fork::quiet::own_thread(), outcome });
            }
            #[cfg(unix)]
            Some(Ticket::Inline { writer, reads_samples, answer }) => {
                let path = writer.path();
                let threw = match catch_unwind(AssertUnwindSafe(|| write(&path, false))) {
                    Ok(result) => result.err(),
                    Err(_) => Some("the writer panicked".into()),
                };
                drop(writer); // the end of the stream
                #[cfg(target_os = "linux")]
                let samples = reads_samples.then(profile::in_snapshot).flatten();
                let _ = answer.send(Written {
                    pause: asked.elapsed(),
                    threw,
                    #[cfg(target_os = "linux")]
                    samples,
                });
            }
            #[cfg(target_os = "linux")]
            Some(Ticket::Places { asked: positions, answer }) => {
                let places = places(&positions);
                let _ = answer.send(Placed { pause: asked.elapsed(), places });
            }
            Some(ticket @ Ticket::Stream { .. }) => self.offer(ticket),
            None => {}
        }
    }

    /// Passes on a chunk for the streamed capture of `round`; returns false if nobody
    /// wants it any more.
    pub(super) fn push(&self, detector: u32, round: u32, chunk: Chunk) -> bool {
        let chunks = match self.0.lock().act.as_ref() {
            Some(Act {
                ticket: Some(Ticket::Stream { chunks }), detector: d, round: r, ..
            }) if (*d, *r) == (detector, round) => chunks.clone(),
            _ => return false,
        };
        chunks.send(chunk).is_ok()
    }

    fn take(&self, detector: u32, round: u32) -> Option<Ticket> {
        let mut state = self.0.lock();
        let act = state.act.as_mut()?;
        if (act.detector, act.round) == (detector, round) { act.ticket.take() } else { None }
    }

    #[cfg(target_os = "linux")]
    fn launched(&self, child: std::io::Result<fork::Child>) -> ForkOutcome {
        match child {
            Ok(child) => {
                self.adopt(child.handle());
                ForkOutcome::Child(child)
            }
            Err(error) => ForkOutcome::Refused(error),
        }
    }

    #[cfg(target_os = "linux")]
    fn adopt(&self, child: Arc<fork::Handle>) {
        if let Some(act) = self.0.lock().act.as_mut() {
            act.child = Some(child);
        }
    }
}
