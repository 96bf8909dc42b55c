//! What the live samples of allocations say by themselves, where captures are skipped or show no
//! samples: which code creates objects that stay.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use super::{Moment, Settings};
use crate::{
    allocations::{Allocations, Frame, Sample},
    explain::{GrowingCode as Grown, MAX_EXPLAINED, Manner, SourceLookup, growing_code},
    growth::{Clock, LiveGrowth, LiveHistory, Sampled},
    report::{CheckReport, FrameKind, LeakReport, SourceLocation, Verdict},
    v8::scripts,
};

/// Live samples over time, and what was found by their growth.
pub struct GrowingCode {
    settings: Settings,
    history: LiveHistory,
    /// Found so far and not ended: leaks and suspects, each worst first.
    open: Vec<LeakReport>,
    sources: Box<dyn SourceLookup + Send>,
}

/// The samples of one round by place.
#[derive(Default)]
struct Places(FxHashMap<u64, Vec<Sample>>);

impl GrowingCode {
    /// Creates one that has seen nothing yet.
    pub fn new(settings: Settings, sources: impl SourceLookup + Send + 'static) -> Self {
        let sources = Box::new(sources);
        Self { settings, history: LiveHistory::default(), open: Vec::new(), sources }
    }

    /// Takes in the live samples of a round that has no snapshot, and writes what grows into its
    /// report. Without samples, what was found before stands.
    pub fn observe(
        &mut self,
        allocations: Option<&Allocations>,
        moment: &Moment,
        report: &mut CheckReport,
    ) {
        if let Some(allocations) = allocations {
            self.take_in(allocations, moment, report);
        }
        self.tell(report);
        if let (Some(skip), true) = (report.skip.as_mut(), allocations.is_some()) {
            skip.message.push_str("; the growth of sampled allocations was judged instead");
        }
    }

    /// Takes in the live samples of a round with a snapshot that has none of its own, and gives its
    /// leaks and suspects the stacks that grow.
    pub fn fall_back(
        &mut self,
        allocations: &Allocations,
        moment: &Moment,
        report: &mut CheckReport,
    ) {
        let (growths, places) = self.judged(allocations, moment);
        let samples = growths.iter().flat_map(|growth| places.samples(growth.key));
        let stacks = growing_code::stacks(allocations, samples, self.manner());
        self.sources.forget();
        if stacks.created_in.is_some() {
            let reports = report.leaks.iter_mut().chain(&mut report.suspects);
            for leak in reports.filter(|leak| leak.allocations.is_none()) {
                leak.allocations = Some(stacks.clone());
                leak.allocations_reason = None;
            }
        }
        self.captured(report);
    }

    /// Compares what was found before with a snapshot: what the snapshot explains is told by it,
    /// and what it does not confirm when it can has ended.
    pub fn captured(&mut self, report: &mut CheckReport) {
        let snapshots = || report.leaks.iter().chain(&report.suspects);
        self.open.retain(|open| !snapshots().any(|leak| is_twin(open, leak)));
        if matches!(report.verdict, Verdict::InsufficientData | Verdict::Suspected) {
            self.tell(report);
        } else {
            let ended = std::mem::take(&mut self.open);
            report.resolved.extend(ended.into_iter().filter(|it| it.verdict == Verdict::Leak));
        }
    }

    /// Forgets the samples of earlier rounds: a walk has shown which objects they are of.
    pub fn forget_samples(&mut self) {
        self.history = LiveHistory::default();
    }

    fn manner(&self) -> Manner<'_> {
        let &Settings { redact_names, rate, .. } = &self.settings;
        Manner { redact_names, rate, sources: &*self.sources }
    }

    fn judged(&mut self, allocations: &Allocations, moment: &Moment) -> (Vec<LiveGrowth>, Places) {
        let places = Places::of(allocations, &self.settings.own_scripts);
        let &Moment { epoch_ms, active_ms, asked, memory } = moment;
        let clock = Clock { epoch_ms, active_ms, asked, ..Clock::default() };
        let sampler = (allocations.interval, allocations.taken);
        self.history.push(sampler, places.sums(allocations), clock, memory);
        (self.history.find(&self.settings.sensitivity), places)
    }

    fn take_in(&mut self, allocations: &Allocations, moment: &Moment, report: &mut CheckReport) {
        let (growths, places) = self.judged(allocations, moment);
        let clocks = self.history.clocks();
        let mut found: Vec<LeakReport> = growths
            .iter()
            .filter_map(|growth| {
                let code = Grown {
                    growth,
                    samples: places.samples(growth.key),
                    since: clocks[growth.start].epoch_ms,
                    is_work_known: clocks.iter().all(|clock| clock.active_ms.is_some()),
                };
                growing_code::report(&code, allocations, self.manner())
            })
            .take(MAX_EXPLAINED)
            .collect();
        self.sources.forget();
        // Functions of one name in one file have one fingerprint.
        let mut ids = FxHashSet::default();
        found.retain(|leak| ids.insert(leak.id.clone()));
        let has_ended = |open: &LeakReport| !found.iter().any(|it| it.id == open.id);
        let before = std::mem::replace(&mut self.open, found.clone());
        let ended = before.into_iter().filter(has_ended);
        report.resolved.extend(ended.filter(|it| it.verdict == Verdict::Leak));
    }

    /// Adds what is open to a report.
    fn tell(&self, report: &mut CheckReport) {
        for leak in &self.open {
            let is_leak = leak.verdict == Verdict::Leak;
            let list = if is_leak { &mut report.leaks } else { &mut report.suspects };
            if !list.iter().any(|it| it.id == leak.id) {
                list.push(leak.clone());
            }
            if is_leak || report.verdict != Verdict::Leak {
                report.verdict = leak.verdict;
            }
        }
    }
}

/// Whether a leak in a snapshot has the stacks of one that was found by the growth of samples.
fn is_twin(open: &LeakReport, leak: &LeakReport) -> bool {
    let place = |leak: &LeakReport| -> Option<SourceLocation> {
        Some(leak.allocations.as_ref()?.created_in.as_ref()?.frame.place.clone())
    };
    let (Some(place), Some(allocations)) = (place(open), &leak.allocations) else { return false };
    let named = [&allocations.created_in, &allocations.stored_in];
    let named = named.into_iter().flatten().map(|it| &it.frame);
    let first = allocations.stacks.iter().filter_map(|stack| {
        let first = |kind| stack.frames.iter().find(|frame| frame.kind == kind);
        first(FrameKind::App).or_else(|| first(FrameKind::Package))
    });
    named.chain(first).any(|frame| frame.place == place)
}

impl Places {
    /// Sorts samples by the function of the program that they come from; those of seep and of
    /// no program are left out.
    fn of(allocations: &Allocations, own_scripts: &[String]) -> Self {
        let mut places: FxHashMap<u64, Vec<Sample>> = FxHashMap::default();
        let mut keys: FxHashMap<u32, Option<u64>> = FxHashMap::default();
        for sample in &allocations.samples {
            let key = keys
                .entry(sample.frame)
                .or_insert_with(|| key_of(allocations, sample.frame, own_scripts));
            if let Some(key) = *key {
                places.entry(key).or_default().push(*sample);
            }
        }
        Self(places)
    }

    fn samples(&self, key: u64) -> &[Sample] {
        self.0.get(&key).map_or(&[], Vec::as_slice)
    }

    fn sums(&self, allocations: &Allocations) -> FxHashMap<u64, Sampled> {
        let sums = self.0.iter().map(|(&key, samples)| {
            let mut sum = Sampled::default();
            for sample in samples {
                let weight = allocations.weight(sample.bytes);
                #[expect(clippy::cast_precision_loss, reason = "an estimate")]
                let each = sample.bytes.max(1) as f64;
                sum.samples += 1;
                sum.bytes += weight;
                sum.count += weight / each;
            }
            (key, sum)
        });
        sums.collect()
    }
}

/// Returns the key of the first function of a stack that is in neither Node nor a package, or of
/// the first one of a package.
fn key_of(allocations: &Allocations, frame: u32, own_scripts: &[String]) -> Option<u64> {
    let mut of_package = None;
    let mut of_program = None;
    for frame in allocations.stack(frame) {
        let Some(script) = frame.script.as_deref().filter(|it| !scripts::is_node(it)) else {
            continue;
        };
        if scripts::is_programs(script) {
            of_program = Some(frame);
            break;
        }
        of_package = of_package.or(Some(frame));
    }
    let Frame { function, script, place, .. } = of_program.or(of_package)?;
    let script = script.as_deref()?;
    if own_scripts.iter().any(|own| script.contains(own.as_str())) {
        return None;
    }
    let mut hasher = FxHasher::default();
    (function, script, place).hash(&mut hasher);
    Some(hasher.finish())
}
