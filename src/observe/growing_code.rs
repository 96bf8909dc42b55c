//! What the live samples of allocations say by themselves, where captures are skipped or show no
//! samples: which code creates objects that stay.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use super::{Moment, Settings};
use crate::{
    allocations::{Allocations, Frame, Sample},
    explain::{GrowingCode as Grown, MAX_EXPLAINED, Manner, SourceLookup, growing_code},
    growth::{Decision, LiveGrowth, LiveHistory, Sampled},
    report::{CheckReport, FrameKind, LeakReport, SourceLocation, Verdict},
    v8::scripts,
};

/// Live samples over time, and what was found by their growth.
pub struct GrowingCode {
    settings: Settings,
    history: LiveHistory,
    /// Found so far and not ended: leaks and suspects, each worst first.
    open: Vec<LeakReport>,
    /// The leaks in the latest snapshot, with their stacks.
    located: Vec<LeakReport>,
    sources: Box<dyn SourceLookup + Send>,
}

/// The samples of one round by place.
#[derive(Default)]
struct Places(FxHashMap<u64, Vec<Sample>>);

impl GrowingCode {
    /// Creates one that has seen nothing yet.
    pub fn new(settings: Settings, sources: impl SourceLookup + Send + 'static) -> Self {
        let sources = Box::new(sources);
        let history = LiveHistory::default();
        Self { settings, history, open: Vec::new(), located: Vec::new(), sources }
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

    /// Compares what was found before with a snapshot. A leak that the snapshot shows is told by it
    /// from now on, under its fingerprint there; what it only suspects stands until it can say; and
    /// what it does not confirm has ended.
    pub fn captured(&mut self, report: &mut CheckReport) {
        let can_say = !matches!(report.verdict, Verdict::InsufficientData | Verdict::Suspected);
        for open in std::mem::take(&mut self.open) {
            let is_leak = open.verdict == Verdict::Leak;
            if self.is_located(&open) {
                continue;
            }
            let twin = |leaks: &[LeakReport]| {
                leaks.iter().find(|leak| is_twin(&open, leak)).map(|leak| leak.id.clone())
            };
            let (shown, suspected) = (twin(&report.leaks), twin(&report.suspects).is_some());
            if shown.is_none() && if suspected { is_leak } else { !can_say } {
                self.open.push(open);
            } else if is_leak {
                report.resolved.push(LeakReport { replaced_by: shown, ..open });
            }
        }
        let has_stacks = |leak: &&LeakReport| leak.allocations.is_some();
        self.located = report.leaks.iter().filter(has_stacks).cloned().collect();
        self.tell(report);
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
        let (clock, memory) = (moment.clock(), moment.memory);
        let sampler = (allocations.interval, allocations.taken);
        self.history.push(sampler, places.sums(allocations), clock, memory);
        (self.history.find(&self.settings.sensitivity), places)
    }

    fn take_in(&mut self, allocations: &Allocations, moment: &Moment, report: &mut CheckReport) {
        let (growths, places) = self.judged(allocations, moment);
        let groups = places.grouped(growths, allocations);
        let clocks = self.history.clocks();
        let mut found: Vec<LeakReport> = groups
            .iter()
            .filter_map(|Group { growth, samples, .. }| {
                let code = Grown {
                    growth,
                    samples,
                    since: clocks[growth.start].epoch_ms,
                    is_work_known: clocks.iter().all(|clock| clock.active_ms.is_some()),
                };
                growing_code::report(&code, allocations, self.manner())
            })
            .take(MAX_EXPLAINED)
            .collect();
        self.sources.forget();
        // Which function of a group creates most may change by chance: a leak is not told anew.
        let told = || self.open.iter().filter(|open| open.verdict == Verdict::Leak);
        for leak in &mut found {
            if let Some(known) = self.located.iter().find(|known| is_twin(leak, known)) {
                leak.clone_from(known);
            } else if let Some(known) = told().find(|open| is_related(open, leak)) {
                leak.id.clone_from(&known.id);
            }
        }
        // Functions of one name in one file have one fingerprint.
        let mut ids = FxHashSet::default();
        found.retain(|leak| ids.insert(leak.id.clone()));
        let has_ended = |open: &LeakReport| !found.iter().any(|it| it.id == open.id);
        let before = std::mem::replace(&mut self.open, found.clone());
        let is_resolved = |open: &LeakReport| {
            open.verdict == Verdict::Leak && has_ended(open) && !self.is_located(open)
        };
        report.resolved.extend(before.into_iter().filter(is_resolved));
    }

    /// Whether a leak is one of the latest snapshot's: only snapshots say that it has ended.
    fn is_located(&self, leak: &LeakReport) -> bool {
        self.located.iter().any(|it| it.id == leak.id)
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

/// Functions that grow and call each other: parts of one leak.
struct Group {
    /// That of the function that grows most, with the objects of all.
    growth: LiveGrowth,
    samples: Vec<Sample>,
    /// The functions, and those that call them.
    keys: FxHashSet<u64>,
    members: FxHashSet<u64>,
}

/// Returns the function that creates most of a leak.
fn place(leak: &LeakReport) -> Option<&SourceLocation> {
    Some(&leak.allocations.as_ref()?.created_in.as_ref()?.frame.place)
}

/// Whether the function that creates most of one leak is on the stacks of the other.
fn is_related(one: &LeakReport, other: &LeakReport) -> bool {
    let calls = |leak: &LeakReport, of: &LeakReport| {
        let stacks = leak.allocations.iter().flat_map(|it| &it.stacks);
        let mut places = stacks.flat_map(|stack| &stack.frames).map(|frame| &frame.place);
        place(of).is_some_and(|place| places.any(|it| it == place))
    };
    calls(one, other) || calls(other, one)
}

/// Whether a leak in a snapshot has the stacks of one that was found by the growth of samples.
fn is_twin(open: &LeakReport, leak: &LeakReport) -> bool {
    let (Some(place), Some(allocations)) = (place(open), &leak.allocations) else { return false };
    let named = [&allocations.created_in, &allocations.stored_in];
    let named = named.into_iter().flatten().map(|it| &it.frame);
    let first = allocations.stacks.iter().filter_map(|stack| {
        let first = |kind| stack.frames.iter().find(|frame| frame.kind == kind);
        first(FrameKind::App).or_else(|| first(FrameKind::Package))
    });
    named.chain(first).any(|frame| frame.place == *place)
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

    /// Puts the growths together of which one's function calls the other's. Leaks come first, and
    /// what grows most.
    fn grouped(&self, mut growths: Vec<LiveGrowth>, allocations: &Allocations) -> Vec<Group> {
        growths.sort_by_key(|growth| growth.decision != Decision::Leak);
        let mut groups: Vec<Group> = Vec::new();
        for growth in growths {
            let samples = self.samples(growth.key).to_vec();
            let frames: FxHashSet<u32> = samples.iter().map(|sample| sample.frame).collect();
            let on_stacks = frames.iter().flat_map(|&frame| allocations.stack(frame));
            let keys: FxHashSet<u64> =
                on_stacks.filter(|frame| is_programs(frame)).map(key).collect();
            let is_related = |group: &&mut Group| {
                group.keys.contains(&growth.key) || keys.iter().any(|it| group.members.contains(it))
            };
            if let Some(group) = groups.iter_mut().find(is_related) {
                group.members.insert(growth.key);
                group.keys.extend(keys);
                group.samples.extend(samples);
                add(&mut group.growth.counts, &growth.counts);
                add(&mut group.growth.held, &growth.held);
                group.growth.bytes_per_ms += growth.bytes_per_ms;
            } else {
                let members = FxHashSet::from_iter([growth.key]);
                groups.push(Group { growth, samples, keys, members });
            }
        }
        groups
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

/// Adds a series to another of the same rounds.
fn add(to: &mut [u64], series: &[u64]) {
    for (sum, value) in to.iter_mut().zip(series) {
        *sum += value;
    }
}

/// Whether a function is in neither Node nor a package.
fn is_programs(frame: &Frame) -> bool {
    let script = frame.script.as_deref();
    script.is_some_and(|it| !scripts::is_node(it) && scripts::is_programs(it))
}

/// Returns the key of a function.
fn key(Frame { function, script, place, .. }: &Frame) -> u64 {
    let mut hasher = FxHasher::default();
    (function, script, place).hash(&mut hasher);
    hasher.finish()
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
    let found = of_program.or(of_package)?;
    let script = found.script.as_deref()?;
    let is_own = own_scripts.iter().any(|own| script.contains(own.as_str()));
    (!is_own).then(|| key(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        allocations::INTERVALS,
        growth::Sensitivity,
        report::{Memory, SkipReport},
        units::NodeOrdinal,
    };

    const MIB: u64 = 1 << 20;

    /// `serve` calls `make`; so many live samples come from each, of 100 bytes.
    fn live(make: usize, serve: usize, taken: u64) -> Allocations {
        let frame = |caller, function: &str, script: &str| Frame {
            caller,
            function: function.into(),
            script: Some(script.into()),
            place: Some((1, 1)),
        };
        let frames = vec![
            frame(None, "serve", "/srv/serve.js"),
            frame(Some(0), "make", "/srv/make.js"),
            frame(Some(1), "emit", "node:events"),
            frame(None, "run", "/seep/lib/watch.js"),
        ];
        let sample = |frame| Sample { node: NodeOrdinal(0), bytes: 100, frame };
        let samples = [vec![sample(2); make], vec![sample(0); serve], vec![sample(3); make]];
        let samples = samples.concat();
        let live = samples.len() as u64;
        Allocations { interval: INTERVALS[3], taken, live, frames, samples }
    }

    fn watching() -> GrowingCode {
        let settings = Settings {
            sensitivity: Sensitivity::default(),
            own_scripts: vec!["/seep/lib/".to_owned()],
            ..Settings::default()
        };
        GrowingCode::new(settings, ())
    }

    fn moment(round: u32) -> Moment {
        let floor_bytes = (10 + 10 * u64::from(round)) * MIB;
        let memory = Memory { floor_bytes, collected: true, ..Memory::default() };
        Moment { epoch_ms: 60_000.0 * f64::from(round), memory, ..Moment::default() }
    }

    fn skipped() -> CheckReport {
        let skip = SkipReport { code: "ERR".into(), message: "no".into(), at: String::new() };
        CheckReport { skip: Some(skip), ..CheckReport::new(Verdict::Skipped, String::new()) }
    }

    /// The reports of skipped rounds in which `make` has so many samples.
    fn rounds(code: &mut GrowingCode, samples: &[usize]) -> Vec<CheckReport> {
        let observed = (0..).zip(samples).map(|(round, &make)| {
            let mut report = skipped();
            let live = live(make, make / 2, u64::from(round));
            code.observe(Some(&live), &moment(round), &mut report);
            report
        });
        observed.collect()
    }

    fn leaking() -> (GrowingCode, CheckReport) {
        let mut code = watching();
        let last = rounds(&mut code, &[20, 40, 60, 80, 100, 120, 140]).pop();
        (code, last.expect("seven"))
    }

    #[test]
    fn code_whose_objects_stay_is_a_leak_without_a_holder() {
        let (_, report) = leaking();
        assert_eq!(report.verdict, Verdict::Leak);
        let [leak] = &report.leaks[..] else { panic!("one for {:?}", report.leaks) };
        let made = leak.allocations.as_ref().and_then(|it| it.created_in.as_ref());
        let name = made.and_then(|it| it.frame.place.function_name.as_deref());
        assert_eq!((name, leak.path.len()), (Some("make"), 0));
        assert_eq!(
            leak.path_text,
            "emit (node:events:1:1)\n  called by make (srv/make.js:1:1)\n  called by serve (srv/serve.js:1:1)"
        );
        let skip = report.skip.expect("still");
        assert!(skip.message.ends_with("judged instead"), "{}", skip.message);
    }

    #[test]
    fn functions_that_do_not_call_each_other_are_told_apart() {
        let mut code = watching();
        for round in 0..7_u32 {
            let mut live = live(20 * (round as usize + 1), 0, u64::from(round));
            let other = Frame { function: "other".into(), ..live.frames[1].clone() };
            live.frames.push(other);
            let of_other = live.samples.iter().map(|sample| Sample { frame: 4, ..*sample });
            let samples = live.samples.iter().copied().chain(of_other).collect();
            live.samples = samples;
            let mut report = skipped();
            code.observe(Some(&live), &moment(round), &mut report);
            assert_eq!(report.leaks.len() + report.suspects.len(), if round == 0 { 0 } else { 2 });
        }
    }

    #[test]
    fn a_leak_keeps_its_fingerprint_when_another_function_of_it_creates_more() {
        let (mut code, leak) = leaking();
        for (round, samples) in (7..).zip([(200, 210), (220, 260), (240, 310)]) {
            let mut report = skipped();
            let live = live(samples.0, samples.1, u64::from(round));
            code.observe(Some(&live), &moment(round), &mut report);
            assert_eq!(report.resolved, []);
            assert_eq!(report.leaks.first().map(|it| &it.id), Some(&leak.leaks[0].id));
        }
    }

    #[test]
    fn it_is_resolved_when_it_stays_no_longer() {
        let (mut code, leak) = leaking();
        let mut report = skipped();
        code.observe(Some(&live(1, 1, 90)), &moment(7), &mut report);
        assert_eq!(report.resolved, leak.leaks);
        assert_eq!((report.verdict, report.leaks.len()), (Verdict::Skipped, 0));
    }

    #[test]
    fn it_stands_where_samples_could_not_be_read() {
        let (mut code, leak) = leaking();
        let mut report = skipped();
        code.observe(None, &moment(7), &mut report);
        assert_eq!(report.leaks, leak.leaks);
        assert_eq!(report.skip.expect("still").message, "no");
    }

    /// The same leak as a snapshot shows it, and the report of that round.
    fn located(leak: &CheckReport) -> (LeakReport, CheckReport) {
        let located = LeakReport { id: "located".into(), ..leak.leaks[0].clone() };
        let leaks = vec![located.clone()];
        (located, CheckReport { leaks, ..CheckReport::new(Verdict::Leak, String::new()) })
    }

    #[test]
    fn a_snapshot_that_shows_the_same_stacks_tells_it_and_it_is_not_told_twice() {
        let (mut code, leak) = leaking();
        let (located, mut report) = located(&leak);
        code.captured(&mut report);
        let replaced: Vec<_> = report.resolved.iter().map(|it| it.replaced_by.as_deref()).collect();
        assert_eq!((&report.leaks[..], replaced), (&[located][..], vec![Some("located")]));
        let mut healthy = CheckReport::new(Verdict::Healthy, String::new());
        code.captured(&mut healthy);
        assert_eq!(healthy.resolved, []);
    }

    #[test]
    fn a_leak_that_a_snapshot_only_suspects_stands() {
        let (mut code, leak) = leaking();
        let verdict = Verdict::Suspected;
        let located = LeakReport { id: "located".into(), verdict, ..leak.leaks[0].clone() };
        let mut report =
            CheckReport { suspects: vec![located], ..CheckReport::new(verdict, String::new()) };
        code.captured(&mut report);
        assert_eq!((report.verdict, &report.leaks), (Verdict::Leak, &leak.leaks));
        assert_eq!(report.resolved, []);
    }

    #[test]
    fn what_a_snapshot_has_shown_is_told_so_while_captures_are_skipped_again() {
        let (mut code, leak) = leaking();
        let (located, mut report) = located(&leak);
        code.captured(&mut report);
        let again = rounds(&mut code, &[20, 40, 60, 80, 100, 120, 140]).pop().expect("seven");
        assert_eq!((again.leaks, again.resolved), (vec![located], vec![]));
        // Only a snapshot says that it has ended.
        let mut quiet = skipped();
        code.observe(Some(&live(1, 1, 90)), &moment(7), &mut quiet);
        assert_eq!((quiet.leaks, quiet.resolved), (vec![], vec![]));
    }

    #[test]
    fn it_stands_until_snapshots_can_say_and_ends_where_they_do_not_find_it() {
        let (mut code, leak) = leaking();
        let mut early = CheckReport::new(Verdict::InsufficientData, String::new());
        code.captured(&mut early);
        assert_eq!((early.verdict, &early.leaks), (Verdict::Leak, &leak.leaks));
        let mut healthy = CheckReport::new(Verdict::Healthy, String::new());
        code.captured(&mut healthy);
        assert_eq!((healthy.verdict, &healthy.resolved), (Verdict::Healthy, &leak.leaks));
    }

    #[test]
    fn a_leak_in_a_snapshot_without_samples_gets_the_stacks_that_grow() {
        let (mut code, leak) = leaking();
        let bare = LeakReport {
            id: "located".into(),
            allocations: None,
            allocations_reason: Some("ALLOCATIONS_NOT_WALKED"),
            ..leak.leaks[0].clone()
        };
        let mut report =
            CheckReport { leaks: vec![bare], ..CheckReport::new(Verdict::Leak, String::new()) };
        code.fall_back(&live(160, 80, 90), &moment(7), &mut report);
        let [leak] = &report.leaks[..] else { panic!("told once: {:?}", report.leaks) };
        assert_eq!(leak.allocations_reason, None);
        assert!(leak.allocations.as_ref().is_some_and(|it| it.samples == 240));
    }

    #[test]
    fn samples_of_a_walk_begin_the_series_anew() {
        let (mut code, _) = leaking();
        code.forget_samples();
        assert_eq!(code.history.clocks().len(), 0);
    }
}
