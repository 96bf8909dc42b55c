//! The body of the background thread: one command after the other.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::{
    Event, Listener, Options, Request, Skip,
    capture::Capturer,
    clock::thread_cpu_ms,
    consumer::{FileConsumer, GraphConsumer},
    cooldown::Cooldown,
    estimate::millis,
    lock::MachineLock,
    round::{Round, report_of, report_of_skip},
    stage::Stage,
    ways::Shared,
};
#[cfg(target_os = "linux")]
use super::{comparison, trust::Comparing};
use crate::{
    column,
    error::DetectError,
    explain::Rate,
    growth::Sensitivity,
    observe::{Moment, Settings, Watch},
    report::{CheckReport, LeakReport, SnapshotFigures},
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
        request: Request,
        path: PathBuf,
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

/// One detector, as the thread knows it.
struct Member {
    options: Options,
    listener: Listener,
    watch: Watch,
    cooldown: Cooldown,
}

impl Member {
    fn new(options: Options, listener: Listener) -> Self {
        let watch = watch_of(&options);
        let cooldown = Cooldown::new(Duration::from_millis(options.cooldown_ms));
        Self { options, listener, watch, cooldown }
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
            match command {
                Command::Open { detector, options, listener } => {
                    self.members.insert(detector, Member::new(options, listener));
                }
                Command::Check { detector, round, request } => {
                    self.check(detector, round, &request);
                }
                Command::Write { detector, round, request, path } => {
                    self.write(detector, round, &request, &path);
                }
                #[cfg(target_os = "linux")]
                Command::Compare { detector, round, request } => {
                    self.compare(detector, round, &request);
                }
                Command::Close { detector } => {
                    if let Some(member) = self.members.remove(&detector) {
                        self.stage.closed(detector);
                        (member.listener)(Event { name: "closed", json: "{}".into() });
                    }
                }
                Command::Finish | Command::Abandon => break,
            }
        }
    }

    fn check(&mut self, detector: u32, number: u32, request: &Request) {
        let Some(member) = self.members.get_mut(&detector) else { return };
        let Member { options, listener, watch, cooldown } = member;
        let round = Round::begin(&self.stage, listener, detector, number);
        let meter = Meter::start();
        let (report, leaks) =
            match guarded(|| observe(&mut self.capturer, &round, options, watch, request)) {
                Ok(report) => {
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
        round.tell("round", json(&Ended { round: number, report: &report, leaks: &leaks, cpu_ms }));
    }

    /// Compares the two ways on the heap of this environment. What comes of it is
    /// for the whole process, so the event has nothing to say.
    #[cfg(target_os = "linux")]
    fn compare(&mut self, detector: u32, number: u32, request: &Request) {
        let Some(member) = self.members.get(&detector) else { return };
        let round = Round::begin(&self.stage, &member.listener, detector, number);
        let Some(mut comparing) = Comparing::begin() else {
            return round.tell("compared", "{}".into());
        };
        let capturer = &mut self.capturer;
        match guarded(|| comparison::run(capturer, &round, &member.options, request)) {
            Ok(disagreement) => comparing.ended(disagreement),
            Err(Failed::Skipped(skip)) => comparing.failed(skip.message),
            Err(Failed::Panicked) => comparing.failed("the comparison panicked".into()),
        }
        drop(comparing);
        round.tell("compared", "{}".into());
    }

    fn write(&mut self, detector: u32, number: u32, request: &Request, path: &Path) {
        let Some(member) = self.members.get(&detector) else { return };
        let round = Round::begin(&self.stage, &member.listener, detector, number);
        let meter = Meter::start();
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
        let (code, message) =
            (skip.as_ref().map(|skip| skip.code), skip.as_ref().map(|skip| skip.message.as_str()));
        let cpu_ms = meter.cpu_ms(&round);
        round.tell("written", json(&FileEnded { round: number, code, message, cpu_ms }));
    }
}

/// One round of a detector: capture, graph, verdict.
fn observe(
    capturer: &mut Capturer,
    round: &Round<'_>,
    options: &Options,
    watch: &mut Watch,
    request: &Request,
) -> Result<CheckReport, Skip> {
    let _alone = MachineLock::take(round, request.patience())?;
    column::reset_peak();
    let cpu_before = thread_cpu_ms();
    let (graph, taken) =
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
    let findings = watch.observe(&graph, &moment);
    drop(graph);
    let peak = column::peak_bytes() as u64;
    capturer.learn(&request.memory, snapshot.nodes, &taken, peak);
    let cpu = thread_cpu_ms().zip(cpu_before).map(|(now, before)| now - before);
    let mut report = report_of(request, snapshot, &taken, arrived.elapsed(), cpu, peak);
    report.verdict = findings.verdict;
    report.leaks = findings.leaks;
    report.suspects = findings.suspects;
    report.resolved = findings.resolved;
    report.growth = findings.growth;
    report.classes = findings.classes;
    report.native = findings.native;
    Ok(report)
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

/// The event `round`: the report, and which of its leaks to announce.
#[derive(Serialize)]
struct Ended<'a> {
    round: u32,
    report: &'a CheckReport,
    leaks: &'a [LeakReport],
    #[serde(rename = "cpuMs")]
    cpu_ms: f64,
}

/// The event `written`: a failure, or nothing more to say.
#[derive(Serialize)]
struct FileEnded<'a> {
    round: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(rename = "cpuMs")]
    cpu_ms: f64,
}

fn json(answer: &impl Serialize) -> String {
    // Plain structures with string keys cannot fail to serialise.
    serde_json::to_string(answer).unwrap_or_default()
}

/// Signals sent to the process are for the application's threads.
fn block_signals() {
    #[cfg(target_os = "linux")]
    std::mem::forget(crate::capture::fork::child::SignalsBlocked::new());
}
