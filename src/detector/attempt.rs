//! One attempt at a forked capture: the fork, the draining, the end of the child.

use std::{
    io,
    thread::sleep,
    time::{Duration, Instant},
};

use super::{
    Skip,
    budget::{Budget, LOOK, Overrun},
    capture::BUFFER,
    consumer::Consumer,
    estimate::millis,
    round::Round,
    stage::{ForkOutcome, Ticket, Work},
    taken::Taken,
    watchdog::{Bite, Watchdog},
};
use crate::{
    capture::{
        Arrival, Method, Pipe, PipeReader,
        fork::{Child, End, ExitCode, Plan, Unavailable, pages, quiet},
    },
    error::{ChildEnd, DetectError},
    report::ChildCost,
};

/// How often the other threads are checked while waiting for them to sleep.
const GLANCE: Duration = Duration::from_millis(2);
/// How long a child may send nothing before the watchdog looks at it.
const GLARE: Duration = Duration::from_millis(250);
/// How long a child may take to exit after it has closed its pipe.
const GOING: Duration = Duration::from_secs(10);

/// How one attempt failed.
pub(super) enum Failure {
    /// Another may succeed.
    Again(Skip),
    /// Another may succeed, but this one held copied pages for seconds: one retry at
    /// most.
    Hung(Skip),
    /// It would only fail again.
    Final(Skip),
    /// It needs more memory than its budget.
    TooBig(Skip),
    /// It took longer than any child may.
    TooSlow(Skip),
    /// The kernel, or a person, killed the child.
    Killed(Skip),
    /// A walk failed: its result cannot be trusted, or it ran out of something.
    Walk(Skip),
    /// The fork is not to blame: the round was given up, or the file cannot be written.
    NotTheForks(Skip),
}

impl Failure {
    /// Classifies a consumer's error: the same heap would give the same bytes again.
    fn of_consumer(skip: Skip) -> Self {
        if skip.is_about_the_file() { Self::NotTheForks(skip) } else { Self::Final(skip) }
    }
}

impl From<DetectError> for Failure {
    fn from(error: DetectError) -> Self {
        Self::Final(error.into())
    }
}

/// The state that the attempts of a round share.
pub(super) struct SoFar {
    pub(super) budget: Budget,
    /// The event loop's, of all attempts together.
    pause: Duration,
    /// The event loop's thread, which may be busy.
    event_loop: Option<i32>,
}

impl SoFar {
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget, pause: Duration::ZERO, event_loop: None }
    }

    /// Returns whether one more pause of the estimated length stays within
    /// `max_pause_ms` for all attempts together.
    pub(super) fn affords_another(&self, max_pause_ms: f64) -> bool {
        millis(self.pause) + self.budget.estimate.pause_ms <= max_pause_ms
    }

    /// Waits within `window` for the other threads to sleep.
    pub(super) fn wait(&self, round: &Round<'_>, window: Duration) -> Result<(), Skip> {
        let expected: Vec<i32> = self.event_loop.into_iter().collect();
        let deadline = Instant::now() + window;
        loop {
            round.go_on()?;
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            sleep(left.min(GLANCE));
            if quiet::others_sleep(&expected) {
                return round.go_on();
            }
        }
    }
}

/// One fork, unless this turns out to be a bad moment for it.
pub(super) struct Attempt<'a, 'r> {
    pub(super) round: &'a Round<'r>,
    pub(super) work: Work,
    pub(super) number: usize,
    pub(super) so_far: &'a mut SoFar,
}

impl Attempt<'_, '_> {
    pub(super) fn run<C: Consumer>(&mut self, consumer: C) -> Result<(C::Output, Taken), Failure> {
        let Pipe { reader, writer } = Pipe::new()?;
        let mut cost = AttemptCost::begin();
        let (plan, reopened) =
            Plan::prepare(writer, self.so_far.budget.cap(), !self.work.is_walk())
                .map_err(unprepared)?;
        cost.scan = cost.began.elapsed();
        let (answer, forked) = crossbeam_channel::bounded(1);
        self.round.ask(
            self.method(),
            Ticket::Fork {
                plan: Box::new(plan),
                work: self.work.clone(),
                ours: vec![quiet::own_thread()],
                answer,
            },
        );
        let forked = forked.recv().map_err(|_| aborted())?;
        // This fork is over: keep the heap from the application's own children again.
        let restoring = Instant::now();
        drop(reopened);
        cost.restore = restoring.elapsed();
        self.so_far.pause += forked.pause;
        self.so_far.event_loop = Some(forked.thread);
        match forked.outcome {
            ForkOutcome::Busy => Err(Failure::Again(Skip::busy())),
            ForkOutcome::Lost => Err(Failure::Walk(Skip::walk_ended(
                "the addresses that it starts from were not found",
            ))),
            ForkOutcome::Refused(source) => Err(refused(source)),
            ForkOutcome::Child(child) => self.drain(&child, &cost, reader, consumer),
        }
    }

    fn drain<C: Consumer>(
        &mut self,
        child: &Child,
        cost: &AttemptCost,
        mut reader: PipeReader,
        mut consumer: C,
    ) -> Result<(C::Output, Taken), Failure> {
        let living = Living { round: self.round, child, is_reaped: false };
        let mut buffer = vec![0; BUFFER];
        let mut json_bytes = 0;
        let mut watchdog = Watchdog::new(Instant::now());
        let mut silent = Duration::ZERO;
        let stopped = loop {
            match reader.read(&mut buffer, LOOK) {
                Ok(Arrival::Bytes(read)) => {
                    json_bytes += read as u64;
                    silent = Duration::ZERO;
                    if let Err(skip) = consumer.push(&buffer[..read]) {
                        break Some(Failure::of_consumer(skip));
                    }
                    if let Some(bite) = watchdog.fed(Instant::now()) {
                        break Some(bitten(bite));
                    }
                }
                Ok(Arrival::End) => break None,
                Ok(Arrival::Nothing) => {
                    silent += LOOK;
                    if silent >= GLARE {
                        silent = Duration::ZERO;
                        if let Some(bite) = watchdog.look(child, Instant::now()) {
                            break Some(bitten(bite));
                        }
                    }
                }
                Err(error) => break Some(error.into()),
            }
            if let Err(skip) = self.so_far.budget.keep(child.ledger().held()) {
                break Some(Failure::TooBig(skip));
            }
            child.ledger().cap(self.so_far.budget.cap());
        };
        if stopped.is_some() {
            child.kill();
        }
        let capture = child.started().elapsed();
        let (end, cpu) = living.reap();
        if self.round.is_aborted() {
            return Err(aborted());
        }
        if let Some(failure) = stopped {
            return Err(failure);
        }
        self.judge(end, child.ledger().most())?;
        // Before a second thread of ours maps pages that nobody has copied.
        let cost = cost.with(child, cpu);
        let wild_words = consumer.wild_words();
        let output = self.so_far.budget.within(|| consumer.finish()).map_err(|overrun| {
            match (overrun, end) {
                (Overrun::Memory(skip), _) => Failure::TooBig(skip),
                // Only the bytes could show how it ended.
                (Overrun::Other(skip), End::Unknown) => Failure::Again(skip),
                (Overrun::Other(skip), _) => Failure::of_consumer(skip),
            }
        })?;
        let taken = Taken {
            method: self.method(),
            not_walked: None,
            wild_words,
            pause: self.so_far.pause,
            capture,
            json_bytes,
            attempts: u32::try_from(self.number + 1).unwrap_or(u32::MAX),
            child: Some(cost),
            samples: None,
            budget: self.so_far.budget.clone(),
        };
        Ok((output, taken))
    }

    fn method(&self) -> Method {
        if self.work.is_walk() { Method::Walk } else { Method::Fork }
    }

    /// Decides how to go on after a child that has ended and had held `held` bytes.
    ///
    /// # Errors
    ///
    /// [`Failure`], unless it ended well.
    fn judge(&mut self, end: End, held: u64) -> Result<(), Failure> {
        let died = |reason| Skip::from(DetectError::ChildDied { reason });
        match end {
            End::Done | End::Unknown => Ok(()),
            End::Lock => Err(Failure::Again(died(ChildEnd::LockHeld))),
            End::Memory => Err(Failure::TooBig(self.so_far.budget.crossed(held))),
            // V8 reached memory that was mapped too late for the fork, or failed a check of
            // its own.
            End::Signal(
                signal @ (libc::SIGSEGV | libc::SIGBUS | libc::SIGABRT | libc::SIGTRAP),
            ) => Err(Failure::Again(died(ChildEnd::Signal(signal)))),
            End::Signal(libc::SIGKILL) => {
                self.so_far.budget.taken = self.so_far.budget.taken.max(held);
                Err(Failure::Killed(died(ChildEnd::Killed { held })))
            }
            // A person.
            End::Signal(signal) => Err(Failure::Final(died(ChildEnd::Signal(signal)))),
            End::Exit(code) if ExitCode::of(code) == Some(ExitCode::Threw) => {
                Err(Failure::Final(Skip::threw("the call failed in the child")))
            }
            End::Exit(code) => match ExitCode::of(code).and_then(ExitCode::of_a_walk) {
                Some(reason) if !self.work.insists() && code == ExitCode::Doubt as i32 => {
                    Err(Failure::Again(Skip::walk_ended(reason)))
                }
                Some(reason) => Err(Failure::Walk(Skip::walk_ended(reason))),
                None => Err(Failure::Final(died(ChildEnd::Exit(code)))),
            },
        }
    }
}

/// Waits for the exit of a child that has closed its pipe, and counts its processor time.
fn reap(round: &Round<'_>, child: &Child) -> (End, Duration) {
    let deadline = Instant::now() + GOING;
    loop {
        if let Some((end, cpu)) = round.stage.reap(|| child.try_reap()) {
            round.spend(cpu);
            return (end, cpu);
        }
        if Instant::now() > deadline {
            child.kill();
        }
        sleep(Duration::from_millis(1));
    }
}

/// The cost of one attempt beside the child's own work.
struct AttemptCost {
    began: Instant,
    scan: Duration,
    restore: Duration,
    faults: u64,
}

impl AttemptCost {
    fn begin() -> Self {
        Self {
            began: Instant::now(),
            scan: Duration::ZERO,
            restore: Duration::ZERO,
            faults: pages::faults_of_others(),
        }
    }

    /// Returns the whole cost, once the child is gone.
    fn with(&self, child: &Child, cpu: Duration) -> ChildCost {
        let faults = pages::faults_of_others().saturating_sub(self.faults);
        ChildCost {
            cpu_ms: millis(cpu),
            private_bytes: child.ledger().most(),
            copied_bytes: pages::faults_are_pages().then(|| faults * pages::page_bytes()),
            scan_ms: millis(self.scan),
            lend_ms: millis(child.lending()),
            fork_ms: millis(child.forking()),
            restore_ms: millis(self.restore),
        }
    }
}

/// A child that is killed and reaped however the draining ends: running out of
/// memory unwinds, and that is when its copied pages must be freed first.
struct Living<'a, 'r> {
    round: &'a Round<'r>,
    child: &'a Child,
    is_reaped: bool,
}

impl Living<'_, '_> {
    fn reap(mut self) -> (End, Duration) {
        self.is_reaped = true;
        reap(self.round, self.child)
    }
}

impl Drop for Living<'_, '_> {
    fn drop(&mut self) {
        if !self.is_reaped {
            self.child.kill();
            reap(self.round, self.child);
        }
    }
}

fn unprepared(reason: Unavailable) -> Failure {
    match reason {
        Unavailable::Now(source) => DetectError::Os { call: "open", source }.into(),
        for_good => Failure::Final(Skip::unavailable(for_good.reason())),
    }
}

/// Classifies an error of `fork`: a lack of processes or memory may pass; a filter of
/// system calls is permanent.
fn refused(source: io::Error) -> Failure {
    match source.raw_os_error() {
        Some(libc::EPERM | libc::EACCES | libc::ENOSYS) => {
            Failure::Final(Skip::unavailable(&format!("fork is not permitted ({source})")))
        }
        Some(libc::ENOMEM) => Failure::TooBig(DetectError::Os { call: "fork", source }.into()),
        _ => DetectError::Os { call: "fork", source }.into(),
    }
}

fn aborted() -> Failure {
    Failure::NotTheForks(DetectError::Aborted.into())
}

fn bitten(bite: Bite) -> Failure {
    match bite {
        Bite::Hangs => {
            Failure::Hung(DetectError::Timeout { what: "the forked child made no progress" }.into())
        }
        Bite::TooLong => {
            Failure::TooSlow(DetectError::Timeout { what: "the forked child took too long" }.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs, panic,
        panic::{AssertUnwindSafe, catch_unwind},
        process::Command,
    };

    use super::*;
    use crate::{
        detector::{
            Listener,
            budget::Headroom,
            consumer::{Bytes, GraphConsumer},
            estimate::Pace,
            stage::Stage,
        },
        report::{Estimate, Memory},
    };

    /// Unwinds at the first byte, as a column does when there is no memory.
    struct NoRoom;

    impl Consumer for NoRoom {
        type Output = ();

        fn push(&mut self, _bytes: &[u8]) -> Result<(), Skip> {
            panic::resume_unwind(Box::new(()))
        }

        fn finish(self) -> Result<(), Skip> {
            Ok(())
        }
    }

    const HELD: u64 = 1 << 20;
    const WRITES: Work = Work::Write { in_any_moment: false };

    /// Drains a child that sleeps and has written one byte; asserts that nobody
    /// is left to wait for. How it failed, and what it has come to.
    fn drained<C: Consumer>(
        consumer: C,
        free: Option<u64>,
    ) -> (std::thread::Result<Option<Failure>>, SoFar) {
        let mut process = Command::new("sleep").arg("1000").spawn().expect("a process");
        let child = Child::of_pid(process.id().cast_signed());
        child.ledger().write(HELD);
        let Pipe { reader, writer } = Pipe::new().expect("a pipe");
        fs::write(writer.path(), "{").expect("room for a byte");
        let stage = Stage::default();
        let listener: Listener = Box::new(|_| {});
        let round = Round::begin(&stage, &listener, 1, 1);
        let estimate = Pace::default().estimate(&Memory::default(), Method::Fork);
        let mut so_far = SoFar::new(Budget::of(estimate, free, Headroom::Share(0.5)));
        let mut attempt = Attempt { round: &round, work: WRITES, number: 0, so_far: &mut so_far };
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            attempt.drain(&child, &AttemptCost::begin(), reader, consumer).err()
        }));
        assert!(process.wait().is_err(), "the child is reaped");
        assert!(round.spent() > Duration::ZERO, "and what it used is counted");
        (outcome, so_far)
    }

    /// The skip of a capture that failed.
    fn drain<C: Consumer>(consumer: C, free: Option<u64>) -> std::thread::Result<Option<Skip>> {
        drained(consumer, free).0.map(|failure| match failure? {
            Failure::Again(skip)
            | Failure::Hung(skip)
            | Failure::Final(skip)
            | Failure::TooBig(skip)
            | Failure::TooSlow(skip)
            | Failure::Killed(skip)
            | Failure::Walk(skip)
            | Failure::NotTheForks(skip) => Some(skip),
        })
    }

    #[test]
    fn a_child_is_reaped_also_when_the_draining_unwinds() {
        assert!(drain(NoRoom, None).is_err());
    }

    #[test]
    fn a_child_that_takes_more_than_it_may_is_ended() {
        let skip = drain(GraphConsumer::new(Bytes::Json), Some(0)).expect("nothing unwinds");
        assert_eq!(skip.map(|skip| skip.code), Some("ERR_CAPTURE_NO_MEMORY"));
    }

    #[test]
    fn bytes_that_cannot_be_used_count_as_a_failure_and_a_full_disk_does_not() {
        struct Refusing(Skip);

        impl Consumer for Refusing {
            type Output = ();

            fn push(&mut self, _bytes: &[u8]) -> Result<(), Skip> {
                Err(self.0.clone())
            }

            fn finish(self) -> Result<(), Skip> {
                Ok(())
            }
        }

        let full = Skip::file(&io::ErrorKind::StorageFull.into());
        let malformed = Skip::from(DetectError::Malformed { at: 0, expected: "a heap" });
        for (skip, counts) in [(full, false), (malformed, true)] {
            let (failure, _) = drained(Refusing(skip), None);
            let failure = failure.expect("nothing unwinds");
            assert_eq!(matches!(failure, Some(Failure::Final(_))), counts);
        }
    }

    #[test]
    fn what_a_failed_capture_used_and_took_is_remembered() {
        let (_, so_far) = drained(GraphConsumer::new(Bytes::Json), Some(0));
        assert_eq!(so_far.budget.taken, HELD);
    }

    #[test]
    fn attempts_end_where_one_more_could_stall_for_too_long() {
        let estimate = Estimate { nodes: 1, bytes: 1, pause_ms: 30.0 };
        let mut so_far = SoFar::new(Budget::of(estimate, None, Headroom::Share(0.5)));
        assert!(so_far.affords_another(30.0));
        so_far.pause = Duration::from_millis(21);
        assert!(!so_far.affords_another(50.0));
        assert!(so_far.affords_another(51.0));
    }

    #[test]
    fn ends_are_judged_by_whether_another_try_may_help() {
        let stage = Stage::default();
        let listener: Listener = Box::new(|_| {});
        let round = Round::begin(&stage, &listener, 1, 1);
        let estimate = Pace::default().estimate(&Memory::default(), Method::Fork);
        let mut so_far = SoFar::new(Budget::of(estimate, Some(u64::MAX), Headroom::Share(0.5)));
        let mut attempt = Attempt { round: &round, work: WRITES, number: 0, so_far: &mut so_far };
        let mut judge = |end| attempt.judge(end, HELD);
        assert!(judge(End::Done).is_ok());
        assert!(judge(End::Unknown).is_ok());
        assert!(matches!(judge(End::Lock), Err(Failure::Again(_))));
        assert!(matches!(judge(End::Signal(libc::SIGSEGV)), Err(Failure::Again(_))));
        assert!(matches!(judge(End::Signal(libc::SIGTERM)), Err(Failure::Final(_))));
        assert!(matches!(judge(End::Exit(107)), Err(Failure::Final(_))));
        assert!(matches!(judge(End::Memory), Err(Failure::TooBig(_))));
        assert!(matches!(judge(End::Signal(libc::SIGKILL)), Err(Failure::Killed(_))));
        assert_eq!(so_far.budget.taken, HELD, "and what it had taken is known");
    }
}
