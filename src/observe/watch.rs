//! The memory of one detector, and the findings of each further snapshot.

use rustc_hash::{FxHashMap, FxHashSet};
use std::panic::{self, AssertUnwindSafe};

use super::{class_growth::ClassHistory, declared_bounds::DeclaredBounds, harmless};
use crate::{
    allocations::Allocations,
    beside::beside,
    census::{Census, tree::NameTree},
    explain::{self, Grown, MAX_EXPLAINED, Manner, Rate, Snapshot, SourceLookup},
    graph::HeapGraph,
    growth::{self, Account, Clock, Decision, Growth, History, Removals, Sensitivity, Signs},
    report::{CheckReport, ClassGrowth, HeapGrowth, LeakAllocations, LeakReport, Memory, Verdict},
    session::Session,
    v8::{scopes::Scopes, words::Words},
};

/// Leaks and suspects whose stacks are remembered, including some that are not reported now.
const MOST_REMEMBERED: usize = 4 * MAX_EXPLAINED;

/// Nothing was sampled, as when files are compared.
const NOT_SAMPLED: &str = "ALLOCATIONS_NOT_SAMPLED";

/// The settings of one detector.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The settings that the user may change.
    pub sensitivity: Sensitivity,
    /// Parts of the paths of seep's own scripts, through which no path to the program's
    /// objects may lead.
    pub own_scripts: Vec<String>,
    /// Whether names of variables, properties and functions are hidden.
    pub redact_names: bool,
    /// The unit in which titles state growth.
    pub rate: Rate,
}

/// When a snapshot was taken, and the process's memory then.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment {
    /// Milliseconds since the epoch.
    pub epoch_ms: f64,
    /// Processor time in milliseconds that the event loop's thread has used for
    /// the program so far, if known.
    pub active_ms: Option<f64>,
    /// HTTP requests that the program has begun to answer so far, if they are counted.
    pub requests: Option<f64>,
    /// Whether somebody requested it; otherwise it was taken on schedule.
    pub asked: bool,
    /// Memory of the process.
    pub memory: Memory,
}

impl Moment {
    /// Returns it as the rules of growth take it.
    pub(super) fn clock(&self) -> Clock {
        let &Self { epoch_ms, active_ms, requests, asked, .. } = self;
        Clock { epoch_ms, active_ms, requests, asked, ..Clock::default() }
    }
}

/// The findings of one more snapshot.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The overall verdict.
    pub verdict: Verdict,
    /// Confirmed, worst first.
    pub leaks: Vec<LeakReport>,
    /// Growing, but not confirmed, worst first.
    pub suspects: Vec<LeakReport>,
    /// Formerly reported as leaks, and now neither confirmed nor suspected.
    pub resolved: Vec<LeakReport>,
    /// How the heap's growth is accounted for.
    pub growth: Option<HeapGrowth>,
    /// Classes that have grown since the first snapshot, by bytes added.
    pub classes: Vec<ClassGrowth>,
}

impl Findings {
    /// Moves them into the report of their round.
    pub fn write_to(self, report: &mut CheckReport) {
        report.verdict = self.verdict;
        report.leaks = self.leaks;
        report.suspects = self.suspects;
        report.resolved = self.resolved;
        report.growth = self.growth;
        report.classes = self.classes;
    }
}

/// Snapshots of at least this many objects are counted by two threads: for fewer, it is not worth a
/// second core of the program's.
const BIG: usize = 1 << 20;

/// The memory of one detector: the remains of earlier snapshots.
pub struct Watch {
    settings: Settings,
    history: History,
    removals: Removals,
    classes: ClassHistory,
    reported: Vec<LeakReport>,
    /// The best stacks of each leak and suspect so far, by fingerprint.
    allocations: FxHashMap<String, LeakAllocations>,
    /// What holds most backing stores of buffers in the latest snapshot.
    holders: Vec<String>,
    sources: Box<dyn SourceLookup + Send>,
}

impl Watch {
    /// Creates a watch that has seen nothing yet.
    pub fn new(settings: Settings) -> Self {
        let (history, removals, classes, reported, allocations) = Default::default();
        let (holders, sources) = (Vec::new(), Box::new(()));
        Self { settings, history, removals, classes, reported, allocations, holders, sources }
    }

    /// Reports locations in the original source instead of the generated code.
    #[must_use]
    pub fn with_sources(self, sources: impl SourceLookup + Send + 'static) -> Self {
        Self { sources: Box::new(sources), ..self }
    }

    /// Returns what holds most backing stores of buffers in the latest snapshot, most first.
    pub fn holders(&self) -> &[String] {
        &self.holders
    }

    /// Takes in one more snapshot, or nothing of it. If there is not enough memory, this
    /// unwinds, and the next findings are as if the snapshot had not been taken.
    pub fn observe(&mut self, session: &Session, moment: &Moment) -> Findings {
        self.observe_sampled(session, moment, Err(NOT_SAMPLED))
    }

    /// Does the same with the samples of the snapshot's objects, or the code of why there are
    /// none.
    pub fn observe_sampled(
        &mut self,
        session: &Session,
        moment: &Moment,
        allocations: Result<&Allocations, &'static str>,
    ) -> Findings {
        // The next snapshot would thin these out anyway.
        self.history.make_room();
        let mark = self.history.mark();
        let (removals, reported) = (self.removals.clone(), self.reported.clone());
        panic::catch_unwind(AssertUnwindSafe(|| self.take_in(session, moment, allocations)))
            .unwrap_or_else(|payload| {
                if mark.is_at_start() {
                    self.classes = ClassHistory::default();
                }
                self.history.roll_back(mark);
                (self.removals, self.reported) = (removals, reported);
                self.sources.forget();
                panic::resume_unwind(payload)
            })
    }

    fn take_in(
        &mut self,
        session: &Session,
        moment: &Moment,
        allocations: Result<&Allocations, &'static str>,
    ) -> Findings {
        let graph = session.graph();
        let (words, scopes) = (session.words(), session.scopes());
        let (tree, mut classes) = self.count(graph, &words, &scopes);
        let clock = moment.clock();
        self.history.push(clock, moment.memory, Census::of(&tree));
        let bounds = DeclaredBounds { graph, tree: &tree, words: &words };
        let shows_code = bounds.is_walked();
        let sensitivity = &Sensitivity { shows_code, ..self.settings.sensitivity };
        let found = growth::find(&self.history, tree.nodes(), sensitivity);
        let rest = growth::rest(&self.history, tree.nodes(), found.iter(), sensitivity);
        let mut growths = found;
        growths
            .retain(|growth| !harmless::is_harmless(growth, graph, &tree, sensitivity.min_checks));
        let key = |growth: &Growth| tree.nodes()[growth.container as usize].key;
        let tables = tree.nodes().iter().map(|node| (node.key, || bounds.removed(node.sample)));
        self.removals.observe(growths.iter().map(key), tables);
        let (mut functions, timers) = (bounds.functions(), bounds.timers());
        for growth in &mut growths {
            let (declared, removal) = (bounds.declared(growth), self.removals.of(key(growth)));
            let shown = bounds.removing_code(growth, &mut functions);
            let code = self.removals.code(key(growth), shown);
            let waiting = bounds.waiting_timer(growth, &timers);
            let is_of_loader = harmless::is_list_of_paths(growth, graph, &tree);
            let keeps_all = self.removals.keeps_all(key(growth));
            let broken = None;
            let signs = Signs { declared, removal, code, waiting, is_of_loader, keeps_all, broken };
            growth::hold_back(growth, signs, &self.history, tree.nodes(), sensitivity);
        }
        let account = growth::account(&self.history, tree.nodes(), growths.iter());
        let (mut leaks, mut suspects) = if growths.is_empty() && rest.is_none() {
            (Vec::new(), Vec::new())
        } else {
            let grown = Grown { growths: &growths, rest: rest.as_ref(), classes: &classes };
            let history = &self.history;
            let snapshot = Snapshot { session, tree: &tree, history, allocations };
            let &Settings { redact_names, rate, .. } = &self.settings;
            explain::reports(
                &grown,
                &snapshot,
                Manner { redact_names, rate, sources: &*self.sources },
            )
        };
        self.recall_allocations(leaks.iter_mut().chain(&mut suspects));
        let resolved = self.resolve(&leaks, &suspects);
        self.holders =
            explain::buffer_holders(session, &tree, &self.history, self.settings.redact_names);
        self.sources.forget();
        let keys = |decision: Decision| -> FxHashSet<u64> {
            let those = growths.iter().filter(|growth| growth.decision == decision);
            those.map(|growth| tree.nodes()[growth.container as usize].key).collect()
        };
        self.history.confirm(&keys(Decision::Leak), &keys(Decision::Suspect));
        let is_open = leaks.is_empty() && suspects.is_empty() && self.is_open(&growths, &tree);
        if self.settings.redact_names {
            explain::redact::classes(&mut classes);
        }
        Findings {
            verdict: verdict_of(&leaks, &suspects, is_open),
            leaks,
            suspects,
            resolved,
            growth: account.map(heap_growth),
            classes,
        }
    }

    /// Counts the objects of a snapshot, by their paths and by their classes.
    fn count(
        &mut self,
        graph: &HeapGraph,
        words: &Words,
        scopes: &Scopes,
    ) -> (NameTree, Vec<ClassGrowth>) {
        let Self { settings, classes, .. } = self;
        let tree = || NameTree::of(graph, words, scopes, &settings.own_scripts);
        let is_big = graph.node_count() >= BIG;
        let counted = is_big.then(|| beside(|| classes.observe(graph, words), tree)).flatten();
        counted.unwrap_or_else(|| (tree(), classes.observe(graph, words)))
    }

    /// Returns the leaks reported before that are not reported now, and remembers the
    /// current ones.
    fn resolve(&mut self, leaks: &[LeakReport], suspects: &[LeakReport]) -> Vec<LeakReport> {
        let is_in = |list: &[LeakReport], id: &str| list.iter().any(|leak| leak.id == id);
        let (mut kept, mut resolved) = (Vec::new(), Vec::new());
        for leak in std::mem::take(&mut self.reported) {
            if is_in(suspects, &leak.id) {
                kept.push(leak);
            } else if !is_in(leaks, &leak.id) && leaks.len() < MAX_EXPLAINED {
                resolved.push(leak);
            }
        }
        self.reported = leaks.to_vec();
        self.reported.extend(kept);
        self.reported.truncate(2 * MAX_EXPLAINED);
        resolved
    }

    /// Gives reports the best stacks that were ever found for them: samples end with their
    /// sampler, which stops once enough is known and starts anew with another interval.
    fn recall_allocations<'a>(&mut self, reports: impl Iterator<Item = &'a mut LeakReport>) {
        let samples = |leak: &LeakReport| leak.allocations.as_ref().map_or(0, |it| it.samples);
        let mut found = FxHashMap::default();
        for report in reports {
            let before = self.allocations.remove(&report.id);
            if let Some(before) = before.filter(|before| before.samples > samples(report)) {
                report.allocations = Some(before);
                report.allocations_reason = None;
            }
            if let Some(allocations) = &report.allocations {
                found.insert(report.id.clone(), allocations.clone());
            }
        }
        // What is missing now may come back, but what comes and goes must not pile up.
        if self.allocations.len() + found.len() <= MOST_REMEMBERED {
            found.extend(self.allocations.drain());
        }
        self.allocations = found;
    }

    /// Whether it is too early to call a process healthy in which nothing was found.
    fn is_open(&self, growths: &[Growth], tree: &NameTree) -> bool {
        let (history, nodes, sensitivity) =
            (&self.history, tree.nodes(), &self.settings.sensitivity);
        history.rounds() <= sensitivity.min_checks
            || growth::is_open(history, nodes, sensitivity)
            || sensitivity.is_patient
                && growth::rest_rises(history, nodes, growths.iter(), sensitivity)
    }
}

/// Condenses the findings into one verdict.
fn verdict_of(leaks: &[LeakReport], suspects: &[LeakReport], is_open: bool) -> Verdict {
    if !leaks.is_empty() {
        Verdict::Leak
    } else if !suspects.is_empty() {
        Verdict::Suspected
    } else if is_open {
        Verdict::InsufficientData
    } else {
        Verdict::Healthy
    }
}

fn heap_growth(account: Account) -> HeapGrowth {
    let Account { heap, explained, engine } = account;
    HeapGrowth {
        heap_bytes: heap,
        explained_bytes: explained,
        engine_bytes: engine,
        unexplained_bytes: heap - explained - engine,
    }
}
