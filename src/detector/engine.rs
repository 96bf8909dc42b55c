//! The event loop thread's handle to the background thread.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crossbeam_channel::Sender;
use parking_lot::Mutex;

#[cfg(unix)]
use super::SendRequest;
use super::{
    Choice, FileRequest, Listener, Options, Request, SamplingStatus, Walking, Writer,
    sampling::Policy,
    stage::{Chunk, Stage},
    thread::{Command, Worker},
    ways::{Shared, Ways},
};
#[cfg(unix)]
use crate::capture::Connection;

/// What detectors and rounds are numbered by. One for the process: what an environment is told
/// of a detector that is gone must not be taken for another's of a later engine.
static NUMBERS: AtomicU32 = AtomicU32::new(1);

fn next_number() -> u32 {
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

/// One environment's background thread, seen from the event loop.
pub struct Engine {
    inbox: Sender<Command>,
    stage: Arc<Stage>,
    ways: Shared,
    thread: Mutex<Option<JoinHandle<()>>>,
    detectors: AtomicUsize,
}

impl Engine {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// The system's, at a limit of threads or memory.
    pub fn start() -> io::Result<Self> {
        let (inbox, commands) = crossbeam_channel::unbounded();
        let stage = Arc::new(Stage::default());
        let ways = Shared::default();
        let worker = Worker::new(Arc::clone(&stage), ways.clone());
        let thread =
            std::thread::Builder::new().name("seep".into()).spawn(move || worker.run(&commands))?;
        Ok(Self {
            inbox,
            stage,
            ways,
            thread: Mutex::new(Some(thread)),
            detectors: AtomicUsize::new(0),
        })
    }

    /// Adds a detector and returns its number. `walking` says whether and how the heap is
    /// walked; it is the same for all detectors of an environment.
    pub fn open(&self, options: Options, walking: Walking, listener: Listener) -> u32 {
        let detector = next_number();
        self.detectors.fetch_add(1, Ordering::Relaxed);
        {
            let mut ways = self.ways.lock();
            ways.walking.offer(walking);
            ways.sampling.wish(detector, Policy::at_first(options.allocations));
        }
        self.send(Command::Open { detector, options, listener });
        detector
    }

    /// Returns how a detector that may capture by `choice` would do so now.
    pub fn ways(&self, choice: Choice) -> Ways {
        self.ways.ways(choice)
    }

    /// Returns whether allocations are sampled, for `status()` of a detector.
    pub fn sampling(&self, detector: u32) -> SamplingStatus {
        self.ways.lock().sampling.status(detector)
    }

    /// Lets `set`, on the event loop, start or stop sampling as the detectors want.
    #[cfg(target_os = "linux")]
    pub fn sample(&self, set: impl FnOnce(Option<u64>) -> crate::allocations::control::State) {
        let interval = self.ways.lock().sampling.interval();
        let state = set(interval);
        let isolate = crate::allocations::control::isolate();
        let mut ways = self.ways.lock();
        ways.sampling.state = state;
        ways.sampling.isolate = isolate.filter(|_| state.is_on());
    }

    /// Drops the wish of a detector that was closed or collected.
    pub fn forget_samples(&self, detector: u32) {
        self.ways.lock().sampling.forget(detector);
    }

    /// Returns whether walks wait for a comparison that has not been made.
    #[cfg(target_os = "linux")]
    pub fn wants_comparison(&self) -> bool {
        self.ways.lock().walking.wants_comparison()
    }

    /// Compares a walk of this environment's heap with V8's snapshot of it and returns
    /// the round's number; the event `compared` ends it.
    #[cfg(target_os = "linux")]
    pub fn compare(&self, detector: u32, request: Request) -> u32 {
        let round = next_number();
        self.send(Command::Compare { detector, round, request });
        round
    }

    /// Asks for a round and returns its number; the event `round` ends it.
    pub fn check(&self, detector: u32, request: Request) -> u32 {
        let round = next_number();
        self.send(Command::Check { detector, round, request });
        round
    }

    /// Asks for a reading of the memory and returns its number; the event `memory` ends it. It
    /// counts as one of the detector's series if it is `observed`.
    pub fn read_memory(&self, detector: u32, request: Request, observed: bool) -> u32 {
        let round = next_number();
        self.send(Command::Memory { detector, round, request, observed });
        round
    }

    /// Asks for a snapshot file and returns the round's number; the event `written`
    /// ends it.
    pub fn write(&self, detector: u32, request: FileRequest) -> u32 {
        let round = next_number();
        self.send(Command::Write { detector, round, request });
        round
    }

    /// Asks for a snapshot that is sent through a connection, and returns the round's number;
    /// the event `written` ends it.
    #[cfg(unix)]
    pub fn send_snapshot(&self, detector: u32, request: SendRequest, to: Connection) -> u32 {
        let round = next_number();
        self.send(Command::Send { detector, round, request, to });
        round
    }

    /// Performs the capture of `round`; called on the event loop thread after
    /// the event `capture`.
    pub fn capture(
        &self,
        detector: u32,
        round: u32,
        write: Writer<'_>,
        #[cfg(target_os = "linux")] anchors: super::FindAnchors<'_>,
        #[cfg(target_os = "linux")] places: super::FindPlaces<'_>,
    ) {
        self.stage.perform(
            detector,
            round,
            write,
            #[cfg(target_os = "linux")]
            anchors,
            #[cfg(target_os = "linux")]
            places,
        );
    }

    /// Hands over a chunk of a streamed capture; returns false if it is not wanted.
    pub fn push(&self, detector: u32, round: u32, bytes: Vec<u8>) -> bool {
        self.stage.push(detector, round, Chunk::Bytes(bytes))
    }

    /// Ends a streamed capture.
    pub fn end(&self, detector: u32, round: u32, pause: Duration, threw: Option<String>) {
        self.stage.push(detector, round, Chunk::End { pause, threw });
    }

    /// Removes a detector, gives up its round, and returns whether it was the last.
    /// The event `closed` is the last that it gets.
    pub fn close(&self, detector: u32) -> bool {
        // First, so that its rounds still in the queue are given up; the command ends
        // that.
        self.stage.abort(Some(detector));
        self.forget_samples(detector);
        self.send(Command::Close { detector });
        self.detectors.fetch_sub(1, Ordering::Relaxed) == 1
    }

    /// Asks the thread to end after the commands in its queue.
    pub fn finish(&self) {
        self.send(Command::Finish);
    }

    /// Waits up to `patience` for the thread's end, and returns whether it has ended. A
    /// thread in the middle of an analysis may take longer; it then ends by itself, and
    /// touches nothing of JavaScript's.
    pub fn join(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut thread = self.thread.lock();
        while thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            if Instant::now() >= deadline {
                return false;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        // A panic outside the guard of commands can be reported to nobody.
        thread.take().is_none_or(|thread| thread.join().is_ok())
    }

    /// Gives up everything, since the environment ends.
    pub fn shut_down(&self, patience: Duration) {
        self.send(Command::Abandon);
        self.stage.abort(None);
        self.join(patience);
    }

    fn send(&self, command: Command) {
        // Fails only when the thread has ended, and then nobody waits.
        let _ = self.inbox.send(command);
    }
}
