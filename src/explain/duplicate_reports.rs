//! Merges reports that are about the same leak.

use crate::{
    census::tree::{NameTree, ancestors},
    graph::{EdgeKind, HeapGraph},
    report::{LeakKind, LeakReport, SourceLocation},
    units::NodeOrdinal,
    v8::essential::is_strong,
};

/// Counts that differ by at most one in `STEP_TOLERANCE` are in step.
const STEP_TOLERANCE: u64 = 10;

/// A report, and the objects that decide whether it duplicates another.
#[expect(clippy::struct_excessive_bools, reason = "each distinguishes twins in its own way")]
pub(super) struct Candidate {
    /// The report.
    pub(super) report: LeakReport,
    /// Its container as a phrase.
    pub(super) shown: String,
    /// The object that holds the items.
    pub(super) container: NodeOrdinal,
    /// The object directly above.
    pub(super) store: NodeOrdinal,
    /// The object with a user-defined class that the container is part of.
    pub(super) owner: Option<NodeOrdinal>,
    /// One of the items, directly below the container.
    pub(super) entry: NodeOrdinal,
    /// Tree nodes of the items.
    pub(super) items: Vec<u32>,
    /// Whether the container is a scope.
    pub(super) is_scope: bool,
    /// Whether it stands for many modules with similar names.
    pub(super) is_family: bool,
    /// Whether a root of V8 or Node holds the items.
    pub(super) is_native: bool,
    /// Whether the items are only strings, as keys are.
    pub(super) is_text: bool,
}

/// Returns the reports without those that describe the same leak again: two stores of one
/// object (its slots and its dictionary), the keys next to the values, the lists of one
/// emitter's events, both sides of a native handle, the parts of one owner.
pub(super) fn without_twins(
    candidates: Vec<Candidate>,
    graph: &HeapGraph,
    tree: &NameTree,
) -> Vec<LeakReport> {
    let mut kept: Vec<Candidate> = Vec::new();
    for new in candidates {
        let is_as_sure = |old: &Candidate| old.report.verdict == new.report.verdict;
        if let Some(keys) = kept.iter_mut().find(|old| are_keys_of(old, &new)) {
            if is_as_sure(keys) {
                *keys = new;
            }
        } else if let Some(old) = kept.iter_mut().find(|old| holds_too(&new, old, graph, tree)) {
            let more = format!(" {} also refers to them.", new.shown);
            // Its keys may have been reported apart from its values.
            if !old.report.advice.contains(&more) {
                old.report.advice.push_str(&more);
            }
        } else if let Some(old) = kept.iter_mut().find(|old| is_twin(old, &new, graph, tree)) {
            note_listeners(old, &new);
        } else if let Some(old) = kept.iter_mut().find(|old| are_parts(old, &new)) {
            note_name(old, &new);
        } else {
            kept.push(new);
        }
    }
    kept.into_iter().map(|candidate| candidate.report).collect()
}

fn is_twin(old: &Candidate, new: &Candidate, graph: &HeapGraph, tree: &NameTree) -> bool {
    let same_object = old.container == new.container && !new.is_scope;
    // An open object and its handle, on the two sides of the native border.
    let handle = new.is_native
        && (old.report.growth.counts == new.report.growth.counts
            || leads_into(new.entry, &old.items, graph, tree));
    // A registry lists objects that something else keeps.
    let container = &new.report.container;
    let is_registry = container.class.in_reports().ends_with("FinalizationRegistry")
        && container.location.as_ref().is_none_or(SourceLocation::is_node);
    let listed = new.report.items.class == "WeakCell" || is_registry;
    same_object
        || handle
        || listed
        || are_keys_of(new, old)
        || (is_listeners(old) && is_listeners(new) && old.store == new.store)
        // Objects that a module keeps, next to the module itself.
        || (old.is_family && new.is_family && is_in_step(old, new))
}

/// Notes on the listeners of one event that just as many are added for another.
fn note_listeners(old: &mut Candidate, new: &Candidate) {
    if is_listeners(old) && is_listeners(new) && is_in_step(old, new) {
        note_name(old, new);
    }
}

/// Notes that just as many items are added to the container of `new`.
fn note_name(old: &mut Candidate, new: &Candidate) {
    if let Some(name) = &new.report.container.name {
        let more = format!(" Just as many are added to `{name}`.");
        if !old.report.advice.contains(&more) {
            old.report.advice.push_str(&more);
        }
    }
}

/// Whether two collections of one owner fill in step: the arrays and maps that make up a
/// cache are one store. Numbers show only in steps of their tables' sizes.
fn are_parts(old: &Candidate, new: &Candidate) -> bool {
    let is_part = |it: &Candidate| it.report.kind == LeakKind::Collection && it.owner.is_some();
    is_part(old)
        && is_part(new)
        && old.owner == new.owner
        && (is_in_step(old, new) || new.report.items.class == "number")
}

fn is_listeners(candidate: &Candidate) -> bool {
    candidate.report.kind == LeakKind::Listeners
}

/// Whether the same number of items was added to both.
fn is_in_step(a: &Candidate, b: &Candidate) -> bool {
    are_in_step(a.report.items.added_count, b.report.items.added_count)
}

fn are_in_step(a: u64, b: u64) -> bool {
    a.abs_diff(b) <= b / STEP_TOLERANCE
}

/// Whether `keys` are the strings that one object keeps next to `values`.
fn are_keys_of(keys: &Candidate, values: &Candidate) -> bool {
    keys.is_text
        && !values.is_text
        && keys.owner.is_some()
        && keys.owner == values.owner
        && is_in_step(keys, values)
}

/// Whether `new` is another collection of the items of `old`, or of its keys for them. A
/// collection of objects that shares only strings with `old` holds something else: V8
/// keeps equal keys once.
fn holds_too(new: &Candidate, old: &Candidate, graph: &HeapGraph, tree: &NameTree) -> bool {
    let is_collection = |it: &Candidate| it.report.kind == LeakKind::Collection;
    let (more, before) = (new.report.items.added_count, old.report.items.added_count);
    let leads_there = |store: NodeOrdinal| {
        strong_targets(store, graph)
            .filter(|&to| new.is_text || !graph.kind(to).is_key())
            .any(|to| is_within(to, &old.items, tree))
    };
    is_collection(new)
        && is_collection(old)
        && (new.is_text || !old.is_text)
        && new.container != old.container
        && (are_in_step(more, before) || are_in_step(more / 2, before))
        && (leads_there(new.container)
            || graph
                .edges(new.container)
                .filter(|edge| edge.kind == EdgeKind::Internal)
                .any(|edge| leads_there(edge.to)))
}

/// Whether `node` refers to an object at or below the tree nodes `items`.
fn leads_into(node: NodeOrdinal, items: &[u32], graph: &HeapGraph, tree: &NameTree) -> bool {
    strong_targets(node, graph).any(|to| is_within(to, items, tree))
}

fn is_within(node: NodeOrdinal, items: &[u32], tree: &NameTree) -> bool {
    let at = tree.node_of(node);
    items.contains(&at) || ancestors(tree.nodes(), at).any(|at| items.contains(&at))
}

fn strong_targets(node: NodeOrdinal, graph: &HeapGraph) -> impl Iterator<Item = NodeOrdinal> {
    graph.edges(node).filter(|edge| is_strong(edge.kind)).map(|edge| edge.to)
}
