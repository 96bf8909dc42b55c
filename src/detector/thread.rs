//! The body of the background thread: one command after the other.

use std::{
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;
use rustc_hash::FxHashMap;

use super::{
    Event, FileRequest, Listener, Options, Request, Skip,
    budget::Overrun,
    capture::Capturer,
    clock::thread_cpu_ms,
    consumer::{FileConsumer, GraphConsumer, Snapshot},
    cooldown::Cooldown,
    estimate::millis,
    lock::MachineLock,
    round::{Round, report_of, report_of_skip},
    sampling::{Mode, Policy, Seen, State},
    stage::Stage,
    taken::Taken,
    ways::Shared,
};
#[cfg(target_os = "linux")]
use super::{comparison, trust::Comparing};
use crate::{
    allocations::Allocations,
    capture::Method,
    column,
    error::DetectError,
    explain::Rate,
    growth::Sensitivity,
    observe::{Moment, Settings, Watch},
    report::{CheckReport, Memory, SnapshotFigures},
    sources::SourceMaps,
};

/// What the event loop asks of the thread.
pub(super) enum Command {
    Open {
        detector: u32,
        options: Options,
        listener: Listener,
    },
    Check {
        detector: u32,
        round: u32,
        request: Request,
    },
    Write {
        detector: u32,
        round: u32,
        request: FileRequest,
    },
    #[cfg(target_os = "linux")]
    Compare {
        detector: u32,
        round: u32,
        request: Request,
    },
    Close {
        detector: u32,
    },
    /// Ends the thread.
    Finish,
    /// Ends the thread; nobody is left to be told of anything.
    Abandon,
}

/// A round that somebody waits for the end of.
struct Awaited {
    detector: u32,
    round: u32,
    memory: Memory,
    kind: Kind,
}

/// What a round is for, which says how its end is told.
#[derive(Clone, Copy)]
enum Kind {
    Check,
    File,
    #[cfg(target_os = "linux")]
    Comparison,
}

impl Command {
    fn awaited(&self) -> Option<Awaited> {
        let (detector, round, request, kind) = match self {
            Self::Check { detector, round, request } => (detector, round, request, Kind::Check),
            Self::Write { detector, round, request } => {
                (detector, round, &request.request, Kind::File)
            }
            #[cfg(target_os = "linux")]
            Self::Compare { detector, round, request } => {
                (detector, round, request, Kind::Comparison)
            }
            _ => return None,
        };
        Some(Awaited { detector: *detector, round: *round, memory: request.memory, kind })
    }
}

/// One detector, as the thread knows it.
struct Member {
    options: Options,
    listener: Listener,
    watch: Watch,
    cooldown: Cooldown,
    policy: Policy,
}

impl Member {
    fn new(options: Options, listener: Listener) -> Self {
        let watch = watch_of(&options);
        let cooldown = Cooldown::new(Duration::from_millis(options.cooldown_ms));
        let policy = Policy::new(options.allocations);
        Self { options, listener, watch, cooldown, policy }
    }
}

/// A fresh watch, which tells places as they were written.
fn watch_of(options: &Options) -> Watch {
    Watch::new(settings(options)).with_sources(SourceMaps::new())
}

fn settings(options: &Options) -> Settings {
    Settings {
        sensitivity: Sensitivity {
            min_checks: options.min_checks,
            min_growth_bytes: options.min_growth_bytes,
            patient_round_ms: options.patient_round_ms,
            ..Sensitivity::default()
        },
        own_scripts: options.own_scripts.clone(),
        redact_names: options.redact_names,
        rate: options.calls_per_round.map_or(Rate::Hour, Rate::Call),
    }
}

/// The thread's state.
pub(super) struct Worker {
    stage: Arc<Stage>,
    members: FxHashMap<u32, Member>,
    capturer: Capturer,
}

impl Worker {
    pub(super) fn new(stage: Arc<Stage>, ways: Shared) -> Self {
        Self { stage, members: FxHashMap::default(), capturer: Capturer::new(ways) }
    }

    /// Serves until the end is asked for or nobody is left to ask.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        block_signals();
        for command in commands {
            let awaited = command.awaited();
            match catch_unwind(AssertUnwindSafe(|| self.serve(command))) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => break,
                Err(_) => {
                    if let Some(awaited) = awaited {
                        self.answer_for(&awaited);
                    }
                }
            }
        }
    }

    fn serve(&mut self, command: Command) -> ControlFlow<()> {
        match command {
            Command::Open { detector, options, listener } => {
                self.members.insert(detector, Member::new(options, listener));
            }
            Command::Check { detector, round, request } => {
                self.check(detector, round, &request);
            }
            Command::Write { detector, round, request } => {
                self.write(detector, round, &request);
            }
            #[cfg(target_os = "linux")]
            Command::Compare { detector, round, request } => {
                self.compare(detector, round, &request);
            }
            Command::Close { detector } => {
                // A round that has ended meanwhile may have wished for something.
                self.capturer.ways.lock().sampling.forget(detector);
                if let Some(member) = self.members.remove(&detector) {
                    self.stage.closed(detector);
                    (member.listener)(&Event::Closed);
                }
            }
            Command::Finish | Command::Abandon => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }

    /// Ends a round beside whose own guard something has panicked. Else its
    /// promise would never settle, and a process that is kept alive for it never
    /// end.
    fn answer_for(&mut self, &Awaited { detector, round, memory, kind }: &Awaited) {
        let Some(member) = self.members.get_mut(&detector) else { return };
        member.watch = watch_of(&member.options);
        let skip = Skip::from(DetectError::Internal { what: "the round panicked" });
        // Whom even that cannot be told has nobody who waits.
        let tell = |event: &Event<'_>| {
            let _ = catch_unwind(AssertUnwindSafe(|| (member.listener)(event)));
        };
        match kind {
            Kind::Check => {
                let report = &report_of_skip(memory, skip);
                tell(&Event::Round { round, report, due: &[], cpu_ms: 0.0 });
            }
            Kind::File => tell(&Event::Written { round, skip: Some(&skip), cpu_ms: 0.0 }),
            #[cfg(target_os = "linux")]
            Kind::Comparison => tell(&Event::Compared),
        }
    }

    fn check(&mut self, detector: u32, number: u32, request: &Request) {
        let Some(member) = self.members.get_mut(&detector) else { return };
        let Member { options, listener, watch, cooldown, policy } = member;
        let round = Round::begin(&self.stage, listener, detector, number);
        let meter = Meter::start();
        let (report, due) =
            match guarded(|| observe(&mut self.capturer, &round, options, watch, request)) {
                Ok((report, allocations)) => {
                    let seen = Seen {
                        leaks: &report.leaks,
                        suspects: &report.suspects,
                        allocations: allocations.as_ref(),
                        is_walked: is_walked(&report),
                        at: Instant::now(),
                    };
                    self.capturer.ways.lock().sampling.wish(detector, policy.after(&seen));
                    let due = cooldown.due(&report.leaks, request.is_deliberate(), Instant::now());
                    (report, due)
                }
                Err(Failed::Skipped(skip)) => (report_of_skip(request.memory, skip), Vec::new()),
                Err(Failed::Panicked) => {
                    // The history may be half changed: it begins anew.
                    *watch = watch_of(options);
                    let skip = DetectError::Internal { what: "the analysis panicked" }.into();
                    (report_of_skip(request.memory, skip), Vec::new())
                }
            };
        let cpu_ms = meter.cpu_ms(&round);
        round.tell(&Event::Round { round: number, report: &report, due: &due, cpu_ms });
    }

    /// Compares the two ways on the heap of this environment. What comes of it is
    /// for the whole process, so the event has nothing to say.
    #[cfg(target_os = "linux")]
    fn compare(&mut self, detector: u32, number: u32, request: &Request) {
        let Some(member) = self.members.get(&detector) else { return };
        let round = Round::begin(&self.stage, &member.listener, detector, number);
        let Some(mut comparing) = Comparing::begin() else {
            return round.tell(&Event::Compared);
        };
        let capturer = &mut self.capturer;
        match guarded(|| comparison::run(capturer, &round, &member.options, request)) {
            Ok(disagreement) => comparing.ended(disagreement),
            Err(Failed::Skipped(skip)) => comparing.failed(skip.message),
            Err(Failed::Panicked) => comparing.failed("the comparison panicked".into()),
        }
        drop(comparing);
        round.tell(&Event::Compared);
    }

    fn write(&mut self, detector: u32, number: u32, request: &FileRequest) {
        let Some(member) = self.members.get(&detector) else { return };
        let round = Round::begin(&self.stage, &member.listener, detector, number);
        let meter = Meter::start();
        let FileRequest { path, request } = request;
        let written = guarded(|| {
            let _alone = MachineLock::take(&round, request.patience())?;
            let fresh = |_| FileConsumer::create(path);
            self.capturer.capture(&round, &member.options, &request.memory, fresh)
        });
        let skip = match written {
            Ok(_) => None,
            Err(Failed::Skipped(skip)) => Some(skip),
            Err(Failed::Panicked) => {
                Some(DetectError::Internal { what: "the capture panicked" }.into())
            }
        };
        let (skip, cpu_ms) = (skip.as_ref(), meter.cpu_ms(&round));
        round.tell(&Event::Written { round: number, skip, cpu_ms });
    }
}

/// One round of a detector: capture, graph, verdict.
fn observe(
    capturer: &mut Capturer,
    round: &Round<'_>,
    options: &Options,
    watch: &mut Watch,
    request: &Request,
) -> Result<(CheckReport, Option<Allocations>), Skip> {
    let _alone = MachineLock::take(round, request.patience())?;
    column::reset_peak();
    let cpu_before = thread_cpu_ms();
    let (Snapshot { graph, allocations }, mut taken) =
        capturer.capture(round, options, &request.memory, |of| Ok(GraphConsumer::new(of)))?;
    let arrived = Instant::now();
    round.go_on()?;
    let snapshot = SnapshotFigures {
        nodes: graph.node_count() as u64,
        edges: graph.edge_count() as u64,
        json_bytes: taken.json_bytes,
        self_bytes: graph.total_self_size(),
    };
    let &Request { epoch_ms, active_ms, memory, .. } = request;
    let moment = Moment { epoch_ms, active_ms, asked: request.is_deliberate(), memory };
    let state = capturer.ways.lock().sampling.state;
    let sampled = allocations.as_ref().ok_or_else(|| missing(options, &taken, state));
    let findings = taken.budget.within(|| Ok(watch.observe_sampled(&graph, &moment, sampled)));
    drop(graph);
    let peak = column::peak_bytes() as u64;
    let findings = findings.map_err(|overrun| match overrun {
        Overrun::Memory(skip) => {
            capturer.learn_overrun(&request.memory, &taken);
            skip
        }
        Overrun::Other(skip) => skip,
    })?;
    capturer.learn(&request.memory, snapshot.nodes, &taken);
    let cpu = thread_cpu_ms().zip(cpu_before).map(|(now, before)| now - before);
    let mut report = report_of(request, snapshot, &taken, arrived.elapsed(), cpu, peak);
    report.verdict = findings.verdict;
    report.leaks = findings.leaks;
    report.suspects = findings.suspects;
    report.resolved = findings.resolved;
    report.growth = findings.growth;
    report.classes = findings.classes;
    report.native = findings.native;
    Ok((report, allocations))
}

fn is_walked(report: &CheckReport) -> bool {
    report.cost.as_ref().is_some_and(|cost| cost.capture == Method::Walk.in_reports())
}

/// The code of why a snapshot came without samples.
fn missing(options: &Options, taken: &Taken, state: State) -> &'static str {
    match (options.allocations, taken.method, state) {
        (Mode::Off, ..) => "ALLOCATIONS_OFF",
        #[cfg(target_os = "linux")]
        (.., State::Refused(_)) => "ALLOCATIONS_UNAVAILABLE",
        (_, Method::Walk, _) => "ALLOCATIONS_NOT_SAMPLED",
        _ => "ALLOCATIONS_NOT_WALKED",
    }
}

/// What a round costs, whatever comes of it.
struct Meter {
    cpu_ms: Option<f64>,
    began: Instant,
}

impl Meter {
    fn start() -> Self {
        Self { cpu_ms: thread_cpu_ms(), began: Instant::now() }
    }

    /// Processor time of this thread, of children, and of the event loop as far
    /// as V8 wrote there. Where the system does not tell, time must do.
    fn cpu_ms(&self, round: &Round<'_>) -> f64 {
        let cpu = thread_cpu_ms().zip(self.cpu_ms).map(|(now, before)| now - before);
        cpu.unwrap_or_else(|| millis(self.began.elapsed())) + millis(round.spent())
    }
}

/// Why a guarded round has no result.
enum Failed {
    Skipped(Skip),
    Panicked,
}

/// Runs a round so that neither a defect nor a lack of memory leaves it.
fn guarded<T>(run: impl FnOnce() -> Result<T, Skip>) -> Result<T, Failed> {
    match catch_unwind(AssertUnwindSafe(|| column::catch_no_memory(|| Ok(run())))) {
        Ok(Ok(result)) => result.map_err(Failed::Skipped),
        Ok(Err(no_memory)) => Err(Failed::Skipped(no_memory.into())),
        Err(_) => Err(Failed::Panicked),
    }
}

/// Signals sent to the process are for the application's threads.
fn block_signals() {
    #[cfg(target_os = "linux")]
    std::mem::forget(crate::capture::fork::child::SignalsBlocked::new());
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::detector::{Choice, Engine, Walking, test_options};

    #[test]
    fn a_round_ends_also_when_something_panics_outside_of_its_guard() {
        let (told, events) = crossbeam_channel::unbounded();
        let has_panicked = AtomicBool::new(false);
        let engine = Engine::start().expect("a thread");
        // Refused before anything is captured, for the size of the heap.
        let options = Options { capture: Choice::Inline, max_pause_ms: 0.0, ..test_options() };
        let walking = Walking::refused("a test".into());
        let detector = engine.open(
            options,
            walking,
            Box::new(move |event| {
                assert!(has_panicked.swap(true, Ordering::Relaxed), "this once");
                let _ = told.send(match event {
                    Event::Round { round, report, .. } => {
                        Some((*round, report.skip.as_ref().map(|skip| skip.code.clone())))
                    }
                    _ => None,
                });
            }),
        );
        let request = || Request {
            reason: "last-chance".into(),
            memory: Memory { heap_used_bytes: 1 << 30, ..Memory::default() },
            epoch_ms: 0.0,
            active_ms: None,
        };
        for panics in [true, false] {
            let round = engine.check(detector, request());
            let ended = events.recv().expect("the round ends").expect("no other event");
            assert_eq!(ended.0, round);
            assert_eq!(ended.1.as_deref() == Some("ERR_INTERNAL"), panics, "{ended:?}");
        }
        engine.close(detector);
        assert_eq!(events.recv(), Ok(None));
        engine.finish();
        assert!(engine.join(Duration::from_secs(60)));
    }
}
