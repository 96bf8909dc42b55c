//! The memory of one detector, and what one more snapshot shows.

use rustc_hash::FxHashSet;
use std::panic::{self, AssertUnwindSafe};

use super::{class_growth::ClassHistory, declared_bounds::DeclaredBounds, harmless};
use crate::{
    allocations::Allocations,
    census::{Census, tree::NameTree},
    explain::{self, Grown, MAX_EXPLAINED, Manner, Rate, Snapshot, SourceLookup},
    graph::HeapGraph,
    growth::{self, Account, Clock, Decision, Growth, History, Removals, Sensitivity, Signs},
    report::{ClassGrowth, HeapGrowth, LeakReport, Memory, NativeGrowthReport, Verdict},
    v8::{scopes::Scopes, words::Words},
};

/// Nothing was sampled, as when files are compared.
const NOT_SAMPLED: &str = "ALLOCATIONS_NOT_SAMPLED";

/// What one detector is told once.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What the user may set.
    pub sensitivity: Sensitivity,
    /// Parts of the paths of seep's own scripts, which are not the way to what
    /// the program holds.
    pub own_scripts: Vec<String>,
    /// Whether names of variables, properties and functions are hidden.
    pub redact_names: bool,
    /// What titles say growth by.
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
    /// Whether somebody asked for it; else it was taken by the schedule.
    pub asked: bool,
    /// Memory of the process.
    pub memory: Memory,
}

/// What one more snapshot shows.
#[derive(Clone, Debug)]
pub struct Findings {
    /// In one word.
    pub verdict: Verdict,
    /// Confirmed, worst first.
    pub leaks: Vec<LeakReport>,
    /// Growing, but not confirmed, worst first.
    pub suspects: Vec<LeakReport>,
    /// Candidate as leaks before, and now neither confirmed nor suspected.
    pub resolved: Vec<LeakReport>,
    /// How the heap's growth is accounted for.
    pub growth: Option<HeapGrowth>,
    /// Growth outside the JavaScript heap, when nothing in it explains it.
    pub native: Option<NativeGrowthReport>,
    /// Classes that have grown since the first snapshot, by bytes added.
    pub classes: Vec<ClassGrowth>,
}

/// The memory of one detector: what earlier snapshots left.
pub struct Watch {
    settings: Settings,
    history: History,
    removals: Removals,
    classes: ClassHistory,
    told: Vec<LeakReport>,
    sources: Box<dyn SourceLookup + Send>,
}

impl Watch {
    /// A watch that has seen nothing yet.
    pub fn new(settings: Settings) -> Self {
        let (history, removals, classes, told) = Default::default();
        Self { settings, history, removals, classes, told, sources: Box::new(()) }
    }

    /// The same with places told as they were written, not as they were
    /// generated.
    #[must_use]
    pub fn with_sources(self, sources: impl SourceLookup + Send + 'static) -> Self {
        Self { sources: Box::new(sources), ..self }
    }

    /// Takes in one more snapshot, or nothing of it: when the memory for that
    /// cannot be had, which unwinds, the next findings are as if it had not been
    /// taken.
    pub fn observe(&mut self, graph: &HeapGraph, moment: &Moment) -> Findings {
        self.observe_sampled(graph, moment, Err(NOT_SAMPLED))
    }

    /// The same with the samples of the objects in `graph`, or the code of why there are none.
    pub fn observe_sampled(
        &mut self,
        graph: &HeapGraph,
        moment: &Moment,
        allocations: Result<&Allocations, &'static str>,
    ) -> Findings {
        // What the next snapshot would thin out as well.
        self.history.make_room();
        let mark = self.history.mark();
        let (removals, told) = (self.removals.clone(), self.told.clone());
        panic::catch_unwind(AssertUnwindSafe(|| self.take_in(graph, moment, allocations)))
            .unwrap_or_else(|payload| {
                if mark.is_at_start() {
                    self.classes = ClassHistory::default();
                }
                self.history.roll_back(mark);
                (self.removals, self.told) = (removals, told);
                self.sources.forget();
                panic::resume_unwind(payload)
            })
    }

    fn take_in(
        &mut self,
        graph: &HeapGraph,
        moment: &Moment,
        allocations: Result<&Allocations, &'static str>,
    ) -> Findings {
        let words = Words::of(graph);
        let scopes = Scopes::of(graph, &words);
        let tree = NameTree::of(graph, &words, &scopes, &self.settings.own_scripts);
        let &Moment { epoch_ms, active_ms, asked, .. } = moment;
        let clock = Clock { epoch_ms, active_ms, asked, ..Clock::default() };
        self.history.push(clock, moment.memory, Census::of(&tree));
        let found = growth::find(&self.history, tree.nodes(), &self.settings.sensitivity);
        let sensitivity = &self.settings.sensitivity;
        let rest = growth::rest(&self.history, tree.nodes(), found.iter(), sensitivity);
        let mut growths = found;
        growths
            .retain(|growth| !harmless::is_harmless(growth, graph, &tree, sensitivity.min_checks));
        let bounds = DeclaredBounds { graph, tree: &tree, words: &words };
        let key = |growth: &Growth| tree.nodes()[growth.container as usize].key;
        self.removals.observe(growths.iter().map(|growth| (key(growth), bounds.removed(growth))));
        for growth in &mut growths {
            let (declared, removal) = (bounds.declared(growth), self.removals.of(key(growth)));
            let signs = Signs { declared, removal, ..Signs::default() };
            growth::hold_back(growth, signs, &self.history, tree.nodes(), sensitivity);
        }
        let account = growth::account(&self.history, tree.nodes(), growths.iter());
        let mut classes = self.classes.observe(graph, &words);
        let (mut leaks, suspects) = if growths.is_empty() && rest.is_none() {
            (Vec::new(), Vec::new())
        } else {
            let grown = Grown { growths: &growths, rest: rest.as_ref(), classes: &classes };
            let (words, scopes, tree) = (&words, &scopes, &tree);
            let history = &self.history;
            let snapshot = Snapshot { graph, words, scopes, tree, history, allocations };
            let &Settings { redact_names, rate, .. } = &self.settings;
            explain::reports(
                &grown,
                &snapshot,
                Manner { redact_names, rate, sources: &*self.sources },
            )
        };
        self.recall_allocations(&mut leaks);
        let resolved = self.resolve(&leaks, &suspects);
        let native = (leaks.is_empty() && suspects.is_empty()).then(|| self.native()).flatten();
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
            verdict: verdict_of(&leaks, &suspects, native.is_some(), is_open),
            leaks,
            suspects,
            resolved,
            growth: account.map(heap_growth),
            native,
            classes,
        }
    }

    /// The leaks told before that are not among those told now, and remembers these.
    fn resolve(&mut self, leaks: &[LeakReport], suspects: &[LeakReport]) -> Vec<LeakReport> {
        let is_in = |list: &[LeakReport], id: &str| list.iter().any(|leak| leak.id == id);
        let (mut kept, mut resolved) = (Vec::new(), Vec::new());
        for leak in std::mem::take(&mut self.told) {
            if is_in(suspects, &leak.id) {
                kept.push(leak);
            } else if !is_in(leaks, &leak.id) && leaks.len() < MAX_EXPLAINED {
                resolved.push(leak);
            }
        }
        self.told = leaks.to_vec();
        self.told.extend(kept);
        self.told.truncate(2 * MAX_EXPLAINED);
        resolved
    }

    /// Sampling ends once enough is known of a leak, which is told of it from then on.
    fn recall_allocations(&self, leaks: &mut [LeakReport]) {
        for leak in leaks {
            let samples = |leak: &LeakReport| leak.allocations.as_ref().map_or(0, |it| it.samples);
            let before = self.told.iter().find(|told| told.id == leak.id);
            if let Some(before) = before.filter(|before| samples(before) > samples(leak)) {
                leak.allocations.clone_from(&before.allocations);
                leak.allocations_reason = None;
            }
        }
    }

    fn native(&self) -> Option<NativeGrowthReport> {
        let (memory, clocks) = (self.history.memory(), self.history.clocks());
        let found = growth::find_native(memory, clocks, &self.settings.sensitivity)?;
        Some(explain::native_growth::report(&found))
    }

    /// Whether it is too soon to call a process healthy in which nothing was found.
    fn is_open(&self, growths: &[Growth], tree: &NameTree) -> bool {
        let (history, nodes, sensitivity) =
            (&self.history, tree.nodes(), &self.settings.sensitivity);
        history.rounds() <= sensitivity.min_checks
            || growth::native_rises(history.memory(), history.clocks(), sensitivity)
            || growth::is_open(history, nodes, sensitivity)
            || sensitivity.patient_round_ms.is_some()
                && growth::rest_rises(history, nodes, growths.iter(), sensitivity)
    }
}

/// All in one word.
fn verdict_of(
    leaks: &[LeakReport],
    suspects: &[LeakReport],
    native: bool,
    is_open: bool,
) -> Verdict {
    if !leaks.is_empty() {
        Verdict::Leak
    } else if native {
        Verdict::NativeGrowth
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
