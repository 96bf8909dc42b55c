//! Explains a growth to a person: container, items, path, location, advice.
//!
//! `reports` is the entry point. Patterns of known leaks are data (`patterns`), and
//! source files are read only through a [`SourceLookup`]. Names are hidden (`redact`)
//! before titles, advice and drawings are made of them. Nothing here decides or
//! remembers.

mod advice;
mod allocation_stacks;
mod buffer_holders;
mod composition;
mod container_choice;
mod drawn_stacks;
mod duplicate_reports;
mod evidence;
mod exclusive_bytes;
mod fingerprint;
pub(crate) mod growing_code;
mod guide;
mod heap_path;
mod items_subtree;
mod kind;
pub(crate) mod native_growth;
mod own_function;
mod patterns;
mod recorded_stacks;
pub(crate) mod redact;
mod reloaded_modules;
mod report_builder;
mod report_names;
mod source_location;
mod steps;
mod text;
mod title;
mod unlocated;
mod variable_name;

use self::{
    allocation_stacks::Linked,
    container_choice::Chosen,
    duplicate_reports::Candidate,
    exclusive_bytes::Exclusive,
    items_subtree::Below,
    report_builder::{ReportBuilder, Sizes},
    source_location::Locator,
};
pub(crate) use self::{
    buffer_holders::buffer_holders, drawn_stacks::first_of_program, growing_code::GrowingCode,
};
pub use self::{
    guide::{Guide, GuideBook, PlaceBook, origin_name},
    recorded_stacks::{Creators, recorded_stack, recorded_stacks},
    source_location::SourceLookup,
};
use crate::{
    allocations::Allocations,
    analysis::kept::{self, Holding},
    census::tree::NameTree,
    growth::{Decision, Growth, History, Rest},
    report::{ClassGrowth, LeakReport, Verdict},
    session::Session,
    units::NodeOrdinal,
};

/// Suspects and leaks explained in one round: each costs a walk over the tree, and nobody
/// reads more.
pub(crate) const MAX_EXPLAINED: usize = 12;

/// The unit in which titles state growth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rate {
    /// Per hour.
    #[default]
    Hour,
    /// Per snapshot, for files whose timing is unknown.
    Snapshot,
    /// Per call of the tested function, with this many calls before each snapshot. A test
    /// does not last an hour.
    Call(u32),
}

impl Rate {
    /// Spells the rate of something that has grown by `bytes` over `intervals`.
    pub(crate) fn of(self, bytes_per_ms: f64, bytes: f64, intervals: u32) -> String {
        let each = bytes / f64::from(intervals.max(1));
        match self {
            Self::Hour => format!("{}/h", text::bytes(bytes_per_ms * 3_600_000.0)),
            Self::Snapshot => format!("{} per snapshot", text::bytes(each)),
            Self::Call(calls) => {
                format!("{} per call", text::bytes(each / f64::from(calls.max(1))))
            }
        }
    }
}

/// How to write reports.
#[derive(Clone, Copy)]
pub(crate) struct Manner<'a> {
    /// Whether names of variables, properties and functions are hidden.
    pub(crate) redact_names: bool,
    /// The unit in which titles state growth.
    pub(crate) rate: Rate,
    /// Maps generated code back to its source.
    pub(crate) sources: &'a dyn SourceLookup,
}

/// The latest snapshot and what was derived from it.
pub(crate) struct Snapshot<'a> {
    pub(crate) session: &'a Session,
    pub(crate) tree: &'a NameTree,
    /// Its census, and the earlier ones.
    pub(crate) history: &'a History,
    /// What allocations were sampled, or the code of why none were.
    pub(crate) allocations: Result<&'a Allocations, &'static str>,
}

/// The growth that a snapshot shows.
pub(crate) struct Grown<'a> {
    pub(crate) growths: &'a [Growth],
    pub(crate) rest: Option<&'a Rest>,
    pub(crate) classes: &'a [ClassGrowth],
}

/// Returns the reports on `grown`: leaks and suspects, each worst first.
pub(crate) fn reports(
    grown: &Grown<'_>,
    snapshot: &Snapshot<'_>,
    manner: Manner<'_>,
) -> (Vec<LeakReport>, Vec<LeakReport>) {
    let &Grown { growths, rest, classes } = grown;
    let &Snapshot { session, tree, history, allocations } = snapshot;
    let (words, scopes) = (session.words(), session.scopes());
    let (graph, words, scopes) = (session.graph(), &*words, &*scopes);
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
    let of = |decision: Decision| {
        growths.iter().filter(move |growth| growth.decision == decision).take(MAX_EXPLAINED)
    };
    let explained: Vec<&Growth> = of(Decision::Leak).chain(of(Decision::Suspect)).collect();
    let holding = Holding::of(graph);
    let exclusive = Exclusive::of(&explained, graph, tree, &holding, words);
    let exclusive_bytes = exclusive.bytes(graph);
    let linked = allocations.map(|allocations| {
        Linked::of(allocations, explained.len(), tree, |node| exclusive.owner(node))
    });
    drop(exclusive);
    let chosen: Vec<Chosen> = explained.iter().map(|growth| builder.chosen(growth)).collect();
    let containers: Vec<NodeOrdinal> = chosen.iter().map(|chosen| chosen.container).collect();
    let retained = kept::retained(graph, &holding, &containers);
    let sizes = retained.into_iter().zip(exclusive_bytes);
    let candidates: Vec<Candidate> = explained
        .iter()
        .zip(&chosen)
        .zip(sizes)
        .enumerate()
        .map(|(index, ((growth, chosen), (retained, exclusive)))| {
            let stacks = linked.as_ref().map(|linked| (linked, index)).map_err(|code| *code);
            builder.report(growth, chosen, Sizes { retained, exclusive }, stacks)
        })
        .collect();
    let (mut leaks, mut suspects): (Vec<_>, Vec<_>) =
        duplicate_reports::without_twins(candidates, graph, tree)
            .into_iter()
            .partition(|report| report.verdict == Verdict::Leak);
    if let Some(rest) = rest
        && let Some(report) = unlocated::report(rest, &builder, classes, &leaks, &holding)
    {
        let list = if rest.decision == Decision::Leak { &mut leaks } else { &mut suspects };
        list.push(report);
    }
    (leaks, suspects)
}
