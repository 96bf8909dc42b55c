//! Explains a growth to a person: container, items, path, place, advice.
//!
//! `reports` is the way in. Patterns of known leaks are data (`patterns`), source files
//! are read only through a [`SourceLookup`], and names are hidden (`redact`) before titles,
//! advice and drawings are made of them. Nothing here decides or remembers.

mod advice;
mod allocation_stacks;
mod composition;
mod container_choice;
mod duplicate_reports;
mod evidence;
mod exclusive_bytes;
mod fingerprint;
mod heap_path;
mod items_subtree;
mod kind;
pub(crate) mod native_growth;
mod own_function;
mod patterns;
pub(crate) mod redact;
mod reloaded_modules;
mod report_builder;
mod report_names;
mod source_location;
mod text;
mod title;
mod unlocated;
mod variable_name;

pub use self::source_location::SourceLookup;
use self::{
    allocation_stacks::Linked, duplicate_reports::Candidate, exclusive_bytes::Exclusive,
    items_subtree::Below, report_builder::ReportBuilder, source_location::Locator,
};
use crate::{
    allocations::Allocations,
    analysis::{Dominators, RetainedSizes},
    census::tree::NameTree,
    graph::HeapGraph,
    growth::{Decision, Growth, History, Rest},
    report::{ClassGrowth, LeakReport, Verdict},
    v8::{scopes::Scopes, words::Words},
};

/// Suspects and leaks that are explained in one round: each costs a walk over
/// the tree, and nobody reads more.
pub(crate) const MAX_EXPLAINED: usize = 12;

/// By what growth is said to be fast or slow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rate {
    /// By the hour.
    #[default]
    Hour,
    /// By the snapshot: of files nobody knows how they came about.
    Snapshot,
    /// By the call of what is tested, of which so many come before each snapshot:
    /// a test takes no hour.
    Call(u32),
}

/// How reports are written.
#[derive(Clone, Copy)]
pub(crate) struct Manner<'a> {
    /// Whether names of variables, properties and functions are hidden.
    pub(crate) redact_names: bool,
    /// What titles say growth by.
    pub(crate) rate: Rate,
    /// Knows what generated code was written as.
    pub(crate) sources: &'a dyn SourceLookup,
}

/// The latest snapshot and what was made of it.
pub(crate) struct Snapshot<'a> {
    pub(crate) graph: &'a HeapGraph,
    pub(crate) words: &'a Words,
    pub(crate) scopes: &'a Scopes,
    pub(crate) tree: &'a NameTree,
    /// Its census, and those before.
    pub(crate) history: &'a History,
    /// What allocations were sampled, or the code of why none were.
    pub(crate) allocations: Result<&'a Allocations, &'static str>,
}

/// What a snapshot shows to have grown.
pub(crate) struct Grown<'a> {
    pub(crate) growths: &'a [Growth],
    pub(crate) rest: Option<&'a Rest>,
    pub(crate) classes: &'a [ClassGrowth],
}

/// The reports on what has `grown`: leaks and suspects, each the worst first.
pub(crate) fn reports(
    grown: &Grown<'_>,
    snapshot: &Snapshot<'_>,
    manner: Manner<'_>,
) -> (Vec<LeakReport>, Vec<LeakReport>) {
    let &Grown { growths, rest, classes } = grown;
    let &Snapshot { graph, words, scopes, tree, history, allocations } = snapshot;
    let Manner { redact_names, rate, sources } = manner;
    let builder = ReportBuilder {
        graph,
        words,
        tree,
        below: Below::of(tree),
        places: Locator::of(graph, words, scopes, sources),
        history,
        redact_names,
        rate,
    };
    let dominators = Dominators::of(graph);
    let Exclusive { bytes, owner } =
        exclusive_bytes::bytes(growths, graph, tree, &dominators, words);
    let linked =
        allocations.map(|allocations| Linked::of(allocations, growths.len(), tree, &owner));
    drop(owner);
    let sizes = RetainedSizes::of(graph, &dominators);
    drop(dominators);
    let explained = |decision: Decision| {
        growths
            .iter()
            .zip(&bytes)
            .enumerate()
            .filter(|(_, (growth, _))| growth.decision == decision)
            .take(MAX_EXPLAINED)
            .map(|(index, (growth, &exclusive))| {
                let stacks = linked.as_ref().map(|linked| (linked, index)).map_err(|code| *code);
                builder.report(growth, &sizes, exclusive, stacks)
            })
            .collect::<Vec<Candidate>>()
    };
    let mut told: Vec<Candidate> = explained(Decision::Leak);
    told.extend(explained(Decision::Suspect));
    let (mut leaks, mut suspects): (Vec<_>, Vec<_>) =
        duplicate_reports::without_twins(told, graph, tree)
            .into_iter()
            .partition(|report| report.verdict == Verdict::Leak);
    if let Some(rest) = rest
        && let Some(report) = unlocated::report(rest, &builder, classes, &leaks, &sizes)
    {
        let list = if rest.decision == Decision::Leak { &mut leaks } else { &mut suspects };
        list.push(report);
    }
    (leaks, suspects)
}
