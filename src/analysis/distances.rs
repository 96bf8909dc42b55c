//! How many references each object is away from what a person knows.
//!
//! First from the user roots (what the root refers to and is not one of V8's
//! groupings), then from the root itself for what only V8's own roots hold,
//! with a large number added. Weak edges do not count. The two edges to the
//! value of a WeakMap entry count once both have been met.

use super::{
    ephemerons::{EphemeronEdge, EphemeronEdges},
    survey::Survey,
};
use crate::{
    bits::BitSet,
    column::Column,
    graph::{EdgeLabel, HeapGraph, NodeKind},
    units::{NameId, NodeOrdinal},
};

/// Distance of the root once user roots were found; DevTools'
/// `baseSystemDistance`.
pub(super) const SYSTEM: u32 = 100_000_000;

/// No distance; outside what distances can be.
const UNREACHED: u32 = u32::MAX;

/// The distance of every node of one snapshot.
///
/// Memory: 4 bytes per node.
#[derive(Debug)]
pub struct Distances {
    of: Column<u32>,
}

/// Whether `node`, to which the root refers, is something of the user's.
pub(super) fn is_user_root(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    graph.kind(node) != NodeKind::Synthetic || graph.name(node) == "(Document DOM trees)"
}

impl Distances {
    /// Measures `graph`.
    pub fn of(graph: &HeapGraph) -> Self {
        Survey::of(graph, &EphemeronEdges::of(graph)).distances
    }

    /// Of nothing yet.
    pub(super) fn unreached(count: usize) -> Self {
        Self { of: Column::filled(count, UNREACHED) }
    }

    #[inline]
    pub(super) fn set(&mut self, node: u32, distance: u32) {
        self.of[node as usize] = distance;
    }

    /// The distance of `node`; `None` when nothing leads to it.
    #[inline]
    pub fn get(&self, node: NodeOrdinal) -> Option<u32> {
        let distance = self.of[node.index()];
        (distance != UNREACHED).then_some(distance)
    }
}

/// What of the names matters to distances, so that the names of edges need not
/// be kept until they are measured.
#[derive(Debug)]
pub(super) struct DistanceRules {
    pub(super) root: u32,
    /// In the root's order; one that the root refers to twice, twice.
    pub(super) user_roots: Vec<u32>,
    /// Nodes with an edge in `edges`.
    pub(super) sources: BitSet,
    /// By position, ascending.
    edges: Vec<(u32, Rule)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// Never followed.
    Never,
    /// One of the two edges of this WeakMap entry.
    Pair(u32),
}

impl DistanceRules {
    pub(super) fn of(graph: &HeapGraph, ephemerons: &EphemeronEdges) -> Self {
        let [context, function_map, descriptors] = graph.names().find_all([
            "system / NativeContext",
            "sloppy_function_map",
            "(map descriptors)",
        ]);
        let mut edges = Vec::new();
        let mut sources = BitSet::new(graph.node_count());
        for &EphemeronEdge { position, source, entry } in ephemerons.iter() {
            edges.push((position, Rule::Pair(entry.pair)));
            sources.insert(source as usize);
        }
        let mut never = |node: NodeOrdinal, is_never: &dyn Fn(EdgeLabel) -> bool| {
            let labels = graph.links.range(node.0).zip(graph.edges(node));
            for (position, _) in labels.filter(|(_, edge)| is_never(edge.label)) {
                edges.push((position as u32, Rule::Never));
                sources.insert(node.index());
            }
        };
        let nodes = graph.nodes.kinds.iter().zip(graph.nodes.names.iter());
        for (node, (&kind, &name)) in (0..).map(NodeOrdinal).zip(nodes) {
            if kind == NodeKind::Hidden && Some(NameId(name)) == context {
                never(node, &|label| label.name().is_some() && label.name() == function_map);
            } else if kind == NodeKind::Array && Some(NameId(name)) == descriptors {
                never(node, &|label| is_descriptor_value(graph, label));
            }
        }
        edges.sort_unstable_by_key(|&(position, _)| position);
        edges.dedup_by_key(|(position, _)| *position);
        let root = graph.root();
        let user_roots = graph.edges(root).map(|edge| edge.to);
        let user_roots = user_roots.filter(|&node| is_user_root(graph, node)).map(|node| node.0);
        Self { root: root.0, user_roots: user_roots.collect(), sources, edges }
    }

    /// What holds for the edge at `position`, if anything does.
    pub(super) fn of_edge(&self, position: usize) -> Option<Rule> {
        let found = self.edges.binary_search_by_key(&position, |&(at, _)| at as usize);
        found.ok().map(|index| self.edges[index].1)
    }
}

/// Whether an edge of V8's descriptor arrays leads to a value: those come in
/// triples after two numbers of housekeeping.
fn is_descriptor_value(graph: &HeapGraph, label: EdgeLabel) -> bool {
    let index = match label {
        EdgeLabel::Index(index) => u64::from(index),
        EdgeLabel::Name(name) => {
            let text = graph.names().get(name);
            let digits = text.len() - text.trim_start_matches(|it: char| it.is_ascii_digit()).len();
            let Ok(index) = text[..digits].parse() else { return false };
            index
        }
    };
    index >= 2 && index % 3 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::draw;

    /// Asserts the distance of `label` in `drawing`.
    #[track_caller]
    fn check(drawing: &str, label: &str, distance: Option<u32>) {
        let drawing = draw(drawing);
        assert_eq!(Distances::of(&drawing.graph()).get(drawing.node(label)), distance);
    }

    #[test]
    fn counts_from_the_user_roots() {
        check("root -> a; a -> b; b -> c; a -> c", "c", Some(2));
        check("root -> a; a -> b", "root", Some(SYSTEM));
    }

    #[test]
    fn what_only_the_system_holds_is_far_away() {
        let heap = "root -> a gc; gc -> b; gc: synthetic G";
        check(heap, "a", Some(1));
        check(heap, "b", Some(SYSTEM + 2));
        check("root -> gc; gc -> b; gc: synthetic G", "b", Some(2));
    }

    #[test]
    fn weak_edges_lead_nowhere() {
        check("root -> a; a -weak:x-> b", "b", None);
        check("root -weak:x-> a; a -> b", "b", Some(2));
    }

    #[test]
    fn a_weak_maps_value_is_reached_with_the_second_edge() {
        let entry = "/ part of key (K @1) -> value (V @2) pair in WeakMap (table @7)\"->";
        let both = format!(
            "root -> table a; a -> b; b -> key; key -internal:\"2 {entry} value
             table -internal:\"1 {entry} value; table: array \"\" id=7"
        );
        check(&both, "value", Some(4));
        let one = format!("root -> table; table -internal:\"1 {entry} value");
        check(&one, "value", None);
    }
}
