//! Sets of objects that the Summary view can be narrowed to, by DevTools' rules.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::Explorer;
use crate::{
    analysis::{ClassTotals, Measures, detached},
    bits::BitSet,
    column::Column,
    graph::{Edge, EdgeKind, EdgeLabel, HeapGraph, NodeKind},
    session::Policy,
    units::{NameId, NodeOrdinal},
    v8::scopes::CONTEXT,
};

/// How many sets there are.
pub(super) const SORTS: usize = 6;

/// A set of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Only {
    /// All objects.
    All,
    /// Those that nothing leads to.
    Unreachable,
    /// Those that are held by scopes of functions alone.
    Contexts,
    /// Those that are held by detached nodes of a page alone.
    Detached,
    /// Those that are held by DevTools' console alone.
    Console,
    /// Those that are held by the event handlers of a page alone.
    EventHandlers,
}

/// The objects of a set; `None` for all.
pub(super) type Members = Option<BitSet>;

impl Explorer {
    /// Returns the objects of the set `only`.
    pub(super) fn members(&self, only: Only) -> Arc<Members> {
        let measures = self.session.measures();
        self.members[only as usize]
            .get(Policy::Keep, || members(self.session.graph(), &measures, only))
    }

    /// Returns the totals by class of the set `only`.
    pub(super) fn class_totals(&self, only: Only) -> Arc<Vec<ClassTotals>> {
        let (readings, measures) = (self.session.readings(), self.session.measures());
        let members = self.members(only);
        self.totals[only as usize].get(Policy::Keep, || match &*members {
            None => measures.totals.clone(),
            Some(set) => measures.totals_of(&readings, |node| set.contains(node.index())),
        })
    }
}

fn members(graph: &HeapGraph, measures: &Measures, only: Only) -> Members {
    let is_reached = |node: &NodeOrdinal| measures.distances.get(*node).is_some();
    let those = |wanted: &dyn Fn(&NodeOrdinal) -> bool| {
        let mut set = BitSet::new(graph.node_count());
        graph.ordinals().filter(|node| wanted(node)).for_each(|node| _ = set.insert(node.index()));
        set
    };
    let held_through = |refused: &dyn Fn(NodeOrdinal, usize, NodeOrdinal) -> bool| {
        let reached = reached_without(graph, refused);
        those(&|node| is_reached(node) && !reached.contains(node.index()))
    };
    match only {
        Only::All => None,
        Only::Unreachable => Some(those(&|node| !is_reached(node))),
        Only::Contexts => {
            let scopes = scopes(graph);
            Some(held_through(&|_, _, to| scopes.contains(to.index())))
        }
        Only::Detached => {
            let detached = detached::renamed(graph);
            let is_detached = |node: NodeOrdinal| {
                detached.contains(node.index()) || graph.detachedness(node) == 2
            };
            Some(held_through(&|_, _, to| is_detached(to)))
        }
        Only::EventHandlers => {
            let handlers = event_handlers(graph);
            Some(held_through(&|_, _, to| handlers.contains(to.index())))
        }
        Only::Console => Some(held_through(&|from, position, _| {
            graph.kind(from) == NodeKind::Synthetic && is_of_console(graph, from, position)
        })),
    }
}

/// Returns the functions that handle events: what a listener of the page refers to, or what that
/// refers to, where it has code.
fn event_handlers(graph: &HeapGraph) -> BitSet {
    let has_code = |node| target_called(graph, node, "code").is_some();
    let mut handlers = BitSet::new(graph.node_count());
    let Some(listener) = graph.names().find("V8EventListener") else { return handlers };
    for (node, ..) in graph.named_nodes().filter(|&(_, _, name)| name == listener) {
        let Some(callback) = target_called(graph, node, "1") else { continue };
        let inner = || graph.edges(callback).map(|edge| edge.to).find(|&inner| has_code(inner));
        let handler = if has_code(callback) { None } else { inner() };
        handlers.insert(handler.unwrap_or(callback).index());
    }
    handlers
}

/// Returns where the first edge of `node` that is called `name` leads.
fn target_called(graph: &HeapGraph, node: NodeOrdinal, name: &str) -> Option<NodeOrdinal> {
    let is_called_so = |edge: &Edge| match edge.label {
        EdgeLabel::Name(label) => graph.names().get(label) == name,
        EdgeLabel::Index(index) => name.parse() == Ok(index),
    };
    graph.edges(node).find(is_called_so).map(|edge| edge.to)
}

/// Returns the scopes of functions.
fn scopes(graph: &HeapGraph) -> BitSet {
    let mut known: FxHashMap<NameId, bool> = FxHashMap::default();
    let mut set = BitSet::new(graph.node_count());
    for (node, _, name) in graph.named_nodes() {
        let is_scope = || {
            let rest = graph.name(node).strip_prefix(CONTEXT);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" / "))
        };
        if *known.entry(name).or_insert_with(is_scope) {
            set.insert(node.index());
        }
    }
    set
}

/// Whether the edge of `from` at `position` among its edges is one by which DevTools' console
/// holds objects.
fn is_of_console(graph: &HeapGraph, from: NodeOrdinal, position: usize) -> bool {
    let name = graph.edges(from).nth(position).and_then(|edge| edge.label.name());
    name.is_some_and(|name| graph.names().get(name).ends_with(" / DevTools console"))
}

/// Returns what can be reached from the root without weak references and those that are
/// `refused`: source, position among its edges, target.
pub(super) fn reached_without(
    graph: &HeapGraph,
    refused: &dyn Fn(NodeOrdinal, usize, NodeOrdinal) -> bool,
) -> BitSet {
    let mut reached = BitSet::new(graph.node_count());
    let mut pending: Column<u32> = Column::new();
    reached.insert(graph.root().index());
    pending.push(graph.root().0);
    while let Some(node) = pending.pop() {
        for (position, (kind, to)) in graph.links().of(node).enumerate() {
            if kind != EdgeKind::Weak
                && !reached.contains(to as usize)
                && !refused(NodeOrdinal(node), position, NodeOrdinal(to))
            {
                reached.insert(to as usize);
                pending.push(to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{analysis::Readings, testkit::draw};

    #[track_caller]
    fn check(only: Only, labels: &[&str]) {
        let drawing = draw(
            "root -> app page console; app -> scope kept; scope -> inner; inner -> kept
             page -> child; child -> script; console -\"1 / DevTools console\"-> logged
             lost -> lost2; app -> listener; listener -internal:1-> wrapper
             wrapper -handler-> handler; handler -internal:code-> code; handler -> state
             scope: object \"system / Context\"; page: native Page detached=2
             child: native Child; script: object Script; listener: native V8EventListener
             console: synthetic \"(Global handles)\"",
        );
        let graph = drawing.graph();
        let readings = Readings::of(&graph);
        let measures = Measures::of(&graph, graph.self_sizes().clone(), &readings, None);
        let set = members(&graph, &measures, only).expect("a set");
        let found: Vec<_> =
            set.iter().map(|node| drawing.label(NodeOrdinal(node as u32))).collect();
        assert_eq!(found, labels, "{only:?}");
    }

    #[test]
    fn each_set_has_what_only_its_holders_hold() {
        check(Only::Unreachable, &["lost", "lost2"]);
        check(Only::Contexts, &["scope", "inner"]);
        check(Only::Detached, &["page", "child", "script"]);
        check(Only::Console, &["logged"]);
        check(Only::EventHandlers, &["handler", "code", "state"]);
    }
}
