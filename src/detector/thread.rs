//! The body of the background thread, which serves one command after the other.

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
    consumer::{FileConsumer, GraphConsumer, Snapshot},
    cooldown::Cooldown,
    estimate::millis,
    lock::MachineLock,
    memory_news::{Allowance, MemoryMember},
    round::{Round, report_of, report_of_skip},
    sampling::{Mode, Policy, Seen, Snapshot as Sampled, State},
    stage::Stage,
    taken::Taken,
    ways::Shared,
};
#[cfg(unix)]
use super::{SendRequest, outlet::Outlet};
#[cfg(target_os = "linux")]
use super::{comparison, live::SampleReader, trust::Comparing};
#[cfg(unix)]
use crate::capture::Connection;
#[cfg(target_os = "linux")]
use crate::graph::HeapGraph;
use crate::{
    account::Reader,
    allocations::Allocations,
    beside::thread_cpu_ms,
    capture::Method,
    column,
    error::DetectError,
    explain::Rate,
    growth::Sensitivity,
    observe::{GrowingCode, Settings, Watch},
    report::{CheckReport, Memory, MemoryAccount, SnapshotFigures},
    session::Session,
    sources::SourceMaps,
};

/// A command of the event loop.
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
    Memory {
        detector: u32,
        round: u32,
        request: Request,
        observed: bool,
    },
    Write {
        detector: u32,
        round: u32,
        request: FileRequest,
    },
    #[cfg(unix)]
    Send {
        detector: u32,
        round: u32,
        request: SendRequest,
        to: Connection,
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
    /// Ends the thread; nobody is left to receive events.
    Abandon,
}

/// A round whose end somebody waits for.
struct Awaited {
    detector: u32,
    round: u32,
    memory: Memory,
    kind: Kind,
}

/// The purpose of a round, which decides the event that ends it.
#[derive(Clone, Copy)]
enum Kind {
    Check,
    Memory,
    File,
    #[cfg(target_os = "linux")]
    Comparison,
}

impl Command {
    fn awaited(&self) -> Option<Awaited> {
        let (detector, round, request, kind) = match self {
            Self::Check { detector, round, request } => (detector, round, request, Kind::Check),
            Self::Memory { detector, round, request, .. } => {
                (detector, round, request, Kind::Memory)
            }
            Self::Write { detector, round, request } => {
                (detector, round, &request.request, Kind::File)
            }
            #[cfg(unix)]
            Self::Send { detector, round, request, .. } => {
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

/// The thread's state of one detector.
struct Member {
    options: Options,
    listener: Listener,
    watch: Watch,
    code: GrowingCode,
    cooldown: Cooldown,
    policy: Policy,
    memory: MemoryMember,
}

impl Member {
    fn new(options: Options, listener: Listener) -> Self {
        let (watch, code) = (watch_of(&options), code_of(&options));
        let cooldown = Cooldown::new(Duration::from_millis(options.cooldown_ms));
        let policy = Policy::new(options.allocations, options.min_growth_bytes);
        let memory = MemoryMember::new(&options, &settings(&options));
        Self { options, listener, watch, code, cooldown, policy, memory }
    }
}

/// Returns a fresh watch, which maps places to the original sources.
fn watch_of(options: &Options) -> Watch {
    Watch::new(settings(options)).with_sources(SourceMaps::new())
}

/// Does the same for the code of live samples.
fn code_of(options: &Options) -> GrowingCode {
    GrowingCode::new(settings(options), SourceMaps::new())
}

fn settings(options: &Options) -> Settings {
    Settings {
        sensitivity: Sensitivity {
            min_checks: options.min_checks,
            min_growth_bytes: options.min_growth_bytes,
            round_ms: Some(options.round_ms),
            is_patient: options.is_patient,
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
    accounts: Reader,
    collections: Allowance,
    #[cfg(target_os = "linux")]
    reader: SampleReader,
}

impl Worker {
    pub(super) fn new(stage: Arc<Stage>, ways: Shared) -> Self {
        Self {
            stage,
            members: FxHashMap::default(),
            capturer: Capturer::new(ways),
            accounts: Reader::new(),
            collections: Allowance::default(),
            #[cfg(target_os = "linux")]
            reader: SampleReader::new(),
        }
    }

    /// Serves commands until one ends the thread or nobody is left to send any.
    pub(super) fn run(mut self, commands: &Receiver<Command>) {
        block_signals();
        for command in commands {
            let (awaited, meter) = (command.awaited(), Meter::start());
            match guarded(|| self.serve(command, &meter)) {
                Some(ControlFlow::Continue(())) => {}
                Some(ControlFlow::Break(())) => break,
                None => {
                    if let Some(awaited) = awaited {
                        // A listener that panics here as well has nobody waiting.
                        let _ = guarded(|| self.answer_for(&awaited, &meter));
                    }
                }
            }
        }
    }

    fn serve(&mut self, command: Command, meter: &Meter) -> ControlFlow<()> {
        match command {
            Command::Open { detector, options, listener } => {
                self.members.insert(detector, Member::new(options, listener));
            }
            Command::Check { detector, round, request } => {
                self.check(detector, round, &request, meter);
            }
            Command::Memory { detector, round, request, observed } => {
                self.read_memory(detector, round, &request, observed);
            }
            Command::Write { detector, round, request } => {
                self.write(detector, round, &request, meter);
            }
            #[cfg(unix)]
            Command::Send { detector, round, request, to } => {
                self.send(detector, round, request, to, meter);
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

    /// Ends a round that has panicked. Otherwise its promise would never settle, and a process
    /// that is kept alive for it would never end.
    fn answer_for(&mut self, awaited: &Awaited, meter: &Meter) {
        let &Awaited { detector, round, memory, kind } = awaited;
        let Some(member) = self.members.get_mut(&detector) else { return };
        // The history may be inconsistent: start over.
        member.watch = watch_of(&member.options);
        member.code = code_of(&member.options);
        member.memory.forget(&settings(&member.options));
        let skip = Skip::from(DetectError::Internal { what: "the round panicked" });
        let cpu_ms = meter.cpu_ms(Duration::ZERO);
        match kind {
            Kind::Check => {
                let report = &report_of_skip(memory, skip);
                (member.listener)(&Event::Round { round, report, due: &[], memory: None, cpu_ms });
            }
            Kind::Memory => {
                (member.listener)(&Event::Memory { round, account: None, memory: None });
            }
            Kind::File => {
                // Sent or not, nothing must follow.
                let (skip, has_begun) = (Some(&skip), true);
                (member.listener)(&Event::Written { round, skip, has_begun, cpu_ms });
            }
            #[cfg(target_os = "linux")]
            Kind::Comparison => (member.listener)(&Event::Compared),
        }
    }

    fn check(&mut self, detector: u32, number: u32, request: &Request, meter: &Meter) {
        let Some(member) = self.members.get_mut(&detector) else { return };
        let Member { options, listener, watch, code, cooldown, policy, memory } = member;
        let round = Round::begin(&self.stage, listener, detector, number);
        // Before a capture, which takes memory of its own.
        let account = account_for(&mut self.accounts, request);
        memory.observe(account.as_ref(), request);
        let mut samples = Samples {
            #[cfg(target_os = "linux")]
            reader: &mut self.reader,
            round: &round,
            options,
            request,
        };
        let capturer = &mut self.capturer;
        let observed =
            within_memory(|| observe(capturer, &round, &mut samples, options, watch, request));
        let (mut report, linked) =
            observed.unwrap_or_else(|skip| (report_of_skip(request.memory, skip), None));
        let snapshot = match (&report.skip, &linked) {
            (Some(_), _) => Sampled::Missing,
            (None, Some(_)) => Sampled::Linked,
            (None, None) => Sampled::Unlinked,
        };
        let allocations = samples.complete(&capturer.ways, code, linked, &mut report);
        memory.complete(&mut report, watch.holders());
        let seen = Seen {
            leaks: &report.leaks,
            suspects: &report.suspects,
            allocations: allocations.as_ref(),
            snapshot,
            rises: request.rises,
            floor_bytes: request.memory.floor_bytes,
            asked: request.is_deliberate(),
            at: Instant::now(),
        };
        let wish = policy.after(&seen);
        let mut ways = capturer.ways.lock();
        ways.sampling.count(allocations.as_ref());
        ways.sampling.wish(detector, wish);
        drop(ways);
        let due = cooldown.due(&report.leaks, request.is_deliberate(), Instant::now());
        let collections = &mut self.collections;
        let news = account.as_ref().map(|account| {
            let native = report.native.clone();
            memory.news(account, native, request, collections, Instant::now())
        });
        let (report, due, memory) = (&report, &due[..], news.as_ref());
        let cpu_ms = meter.cpu_ms(round.spent());
        round.send(&Event::Round { round: number, report, due, memory, cpu_ms });
    }

    /// Reads the memory, for the detector's own series if `observed`.
    fn read_memory(&mut self, detector: u32, round: u32, request: &Request, observed: bool) {
        let Some(member) = self.members.get_mut(&detector) else { return };
        let Member { listener, memory, .. } = member;
        let account = account_for(&mut self.accounts, request);
        let Some(account) = account.as_ref().filter(|_| observed) else {
            return listener(&Event::Memory { round, account: account.as_ref(), memory: None });
        };
        memory.observe(Some(account), request);
        let (native, collections) = (memory.native(), &mut self.collections);
        let news = memory.news(account, native, request, collections, Instant::now());
        listener(&Event::Memory { round, account: None, memory: Some(&news) });
    }

    /// Compares a walk with V8's snapshot on the heap of this environment. The result
    /// applies to the whole process, so the event does not carry it.
    #[cfg(target_os = "linux")]
    fn compare(&mut self, detector: u32, number: u32, request: &Request) {
        let Some(member) = self.members.get(&detector) else { return };
        let round = Round::begin(&self.stage, &member.listener, detector, number);
        let Some(mut comparing) = Comparing::begin() else {
            return round.send(&Event::Compared);
        };
        let capturer = &mut self.capturer;
        match within_memory(|| comparison::run(capturer, &round, &member.options, request)) {
            Ok(disagreement) => comparing.ended(disagreement),
            Err(skip) => comparing.failed(skip.message),
        }
        drop(comparing);
        round.send(&Event::Compared);
    }

    fn write(&mut self, detector: u32, number: u32, request: &FileRequest, meter: &Meter) {
        let Some(member) = self.members.get(&detector) else { return };
        let round = Round::begin(&self.stage, &member.listener, detector, number);
        let FileRequest { path, request } = request;
        let written = within_memory(|| {
            let _alone = MachineLock::take(&round, request.patience())?;
            let fresh = |_| FileConsumer::create(path);
            self.capturer.capture(&round, &member.options, &request.memory, fresh)
        });
        tell(&round, written.err().as_ref(), false, meter);
    }

    #[cfg(unix)]
    fn send(
        &mut self,
        detector: u32,
        number: u32,
        asked: SendRequest,
        to: Connection,
        meter: &Meter,
    ) {
        let Some(member) = self.members.get(&detector) else { return };
        let round = Round::begin(&self.stage, &member.listener, detector, number);
        let SendRequest { head, request } = asked;
        let outlet = Outlet::new(to, head);
        let sent = within_memory(|| {
            let _alone = MachineLock::take(&round, request.patience())?;
            let fresh = |_| outlet.consumer(&round);
            self.capturer.capture(&round, &member.options, &request.memory, fresh)
        });
        tell(&round, sent.err().as_ref(), outlet.has_begun(), meter);
    }
}

/// Reads the memory, if JavaScript has sent what that needs.
fn account_for(accounts: &mut Reader, request: &Request) -> Option<MemoryAccount> {
    let figures = request.reading.as_ref()?.figures.clone();
    Some(accounts.read(&request.memory, figures))
}

/// Reports the end of a snapshot that was written or sent.
fn tell(round: &Round<'_>, skip: Option<&Skip>, has_begun: bool, meter: &Meter) {
    let cpu_ms = meter.cpu_ms(round.spent());
    round.send(&Event::Written { round: round.number, skip, has_begun, cpu_ms });
}

/// The samples of one round.
struct Samples<'a, 'r> {
    #[cfg(target_os = "linux")]
    reader: &'a mut SampleReader,
    round: &'a Round<'r>,
    options: &'a Options,
    request: &'a Request,
}

impl Samples<'_, '_> {
    /// Returns those of a snapshot that V8 wrote in this process.
    #[cfg(target_os = "linux")]
    fn in_process(&mut self, graph: &HeapGraph, taken: &mut Taken) -> Option<Allocations> {
        self.reader.linked(self.round, graph, &taken.samples.take()?)
    }

    /// Adds to the report what live samples say where no snapshot has any. Returns the samples:
    /// those that are `linked` to a snapshot, or the live ones.
    fn complete(
        &mut self,
        ways: &Shared,
        code: &mut GrowingCode,
        linked: Option<Allocations>,
        report: &mut CheckReport,
    ) -> Option<Allocations> {
        if linked.is_some() {
            code.forget_samples();
            code.captured(report);
            return linked;
        }
        let skip = report.skip.as_ref();
        if self.round.is_aborted() || skip.is_some_and(|it| !it.code.starts_with(NO_CAPTURE)) {
            return None;
        }
        let live = self.live(ways);
        let moment = self.request.moment();
        match &live {
            live if skip.is_some() => code.observe(live.as_ref(), &moment, report),
            Some(live) => code.fall_back(live, &moment, report),
            None => code.captured(report),
        }
        live
    }

    #[cfg(target_os = "linux")]
    fn live(&mut self, ways: &Shared) -> Option<Allocations> {
        let is_wanted = self.options.allocations != Mode::Off;
        let most = self.options.max_pause_ms;
        is_wanted.then(|| self.reader.read(ways, self.round, most)).flatten()
    }

    #[cfg(not(target_os = "linux"))]
    fn live(&mut self, _ways: &Shared) -> Option<Allocations> {
        let _ = (self.options, Mode::Off);
        None
    }
}

/// Codes of skips where nothing but the snapshot is missing.
const NO_CAPTURE: &str = "ERR_CAPTURE_";

/// Runs one round of a detector: capture, graph, verdict.
fn observe(
    capturer: &mut Capturer,
    round: &Round<'_>,
    samples: &mut Samples<'_, '_>,
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
    #[cfg(target_os = "linux")]
    let allocations = allocations.or_else(|| samples.in_process(&graph, &mut taken));
    #[cfg(not(target_os = "linux"))]
    let _ = samples;
    let snapshot = SnapshotFigures {
        nodes: graph.node_count() as u64,
        edges: graph.edge_count() as u64,
        json_bytes: taken.json_bytes,
        self_bytes: graph.total_self_size(),
    };
    let session = Session::lean(graph);
    let moment = request.moment();
    let state = capturer.ways.lock().sampling.state;
    let sampled = allocations.as_ref().ok_or_else(|| missing(options, &taken, state));
    let findings = taken.budget.within(|| Ok(watch.observe_sampled(&session, &moment, sampled)));
    drop(session);
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
    findings.write_to(&mut report);
    if options.trim_memory {
        trim();
    }
    Ok((report, allocations))
}

/// Has the allocator return free memory. Called while no other capture of this process runs: its
/// child would have locked arenas.
fn trim() {
    #[cfg(target_os = "linux")]
    crate::account::trim::trim();
}

/// Returns the code of why a snapshot came without samples.
fn missing(options: &Options, taken: &Taken, state: State) -> &'static str {
    match (options.allocations, taken.method, state) {
        (Mode::Off, ..) => "ALLOCATIONS_OFF",
        #[cfg(target_os = "linux")]
        (.., State::Refused(_)) => "ALLOCATIONS_UNAVAILABLE",
        (_, Method::Walk, _) => "ALLOCATIONS_NOT_SAMPLED",
        _ => "ALLOCATIONS_NOT_WALKED",
    }
}

/// Measures the cost of a round, whatever its outcome.
struct Meter {
    cpu_ms: Option<f64>,
    began: Instant,
}

impl Meter {
    fn start() -> Self {
        Self { cpu_ms: thread_cpu_ms(), began: Instant::now() }
    }

    /// Returns the processor time of this thread, plus the time `spent` elsewhere. Where the
    /// system does not provide it, elapsed time stands in.
    fn cpu_ms(&self, spent: Duration) -> f64 {
        let cpu = thread_cpu_ms().zip(self.cpu_ms).map(|(now, before)| now - before);
        cpu.unwrap_or_else(|| millis(self.began.elapsed())) + millis(spent)
    }
}

/// Runs `work` and catches its panics; `None` if it panicked.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Runs a round; running out of memory becomes a skip.
fn within_memory<T>(run: impl FnOnce() -> Result<T, Skip>) -> Result<T, Skip> {
    column::catch_no_memory(|| Ok(run()))?
}

/// Leaves signals to the application's threads.
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
    fn a_round_ends_also_when_something_panics() {
        let (told, events) = crossbeam_channel::unbounded();
        let has_panicked = AtomicBool::new(false);
        let engine = Engine::start().expect("a thread");
        // Skipped before anything is captured, because of the size of the heap.
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
            requests: None,
            rises: false,
            reading: None,
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
