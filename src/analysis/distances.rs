//! How many references each object is away from what a person knows.
//!
//! First from the user roots (what the root refers to and is not one of V8's
//! groupings), then from the root itself for what only V8's own roots hold,
//! with a large number added. Weak edges do not count. The two edges to the
//! value of a WeakMap entry count once both have been met.

use rustc_hash::FxHashSet;

use super::ephemerons::EphemeronEdges;
use crate::{
    bits::BitSet,
    column::Column,
    graph::{Edge, EdgeKind, EdgeLabel, HeapGraph, Links, NodeKind},
    units::NodeOrdinal,
};

/// Distance of the root once user roots were found; DevTools'
/// `baseSystemDistance`.
const SYSTEM: u32 = 100_000_000;

/// No distance; outside what distances can be.
const UNREACHED: u32 = u32::MAX;

/// The distance of every node of one snapshot.
///
/// Memory: 4 bytes per node; twice that while they are made.
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
        let rules = DistanceRules::of(graph, &EphemeronEdges::of(graph));
        Self::over(&graph.links, &rules)
    }

    /// Measures the graph that `rules` were taken from.
    pub(super) fn over(links: &Links, rules: &DistanceRules) -> Self {
        Self::search(links, rules, None).0
    }

    /// [`over`](Self::over), with the ways that it went.
    pub(super) fn with_ways(links: &Links, rules: &DistanceRules) -> (Self, Ways) {
        let none = Column::filled(links.node_count(), NO_WAY);
        let (distances, ways) = Self::search(links, rules, Some(none));
        (distances, Ways { root: rules.root, edges: ways.unwrap_or_default() })
    }

    fn search(
        links: &Links,
        rules: &DistanceRules,
        ways: Option<Column<u32>>,
    ) -> (Self, Option<Column<u32>>) {
        let mut search = Search {
            links,
            rules,
            of: Column::filled(links.node_count(), UNREACHED),
            seen: BitSet::new(links.node_count()),
            pending_pairs: FxHashSet::default(),
            ways,
        };
        let user_roots = &rules.user_roots;
        for &node in user_roots {
            search.reach(node, 1);
        }
        if let Some(ways) = &mut search.ways {
            for (position, (_, to)) in links.range(rules.root).zip(links.of(rules.root)) {
                if search.seen.contains(to as usize) && ways[to as usize] == NO_WAY {
                    ways[to as usize] = position as u32;
                }
            }
        }
        search.run(user_roots.iter().copied().collect());
        let distance = if user_roots.is_empty() { 0 } else { SYSTEM };
        search.seen.insert(rules.root as usize);
        search.of[rules.root as usize] = distance;
        search.run([rules.root].into_iter().collect());
        (Self { of: search.of }, search.ways)
    }

    /// The distance of `node`; `None` when nothing leads to it.
    #[inline]
    pub fn get(&self, node: NodeOrdinal) -> Option<u32> {
        let distance = self.of[node.index()];
        (distance != UNREACHED).then_some(distance)
    }
}

/// Position of no edge: a snapshot has fewer.
const NO_WAY: u32 = u32::MAX;

/// The edge over which each node was reached first.
///
/// Memory: 4 bytes per node.
#[derive(Debug)]
pub(super) struct Ways {
    root: u32,
    /// Positions by node.
    edges: Column<u32>,
}

impl Ways {
    /// The edges of `graph` on the way to `node`, the last first; none when no
    /// way leads to it. The graph must have the names of its edges.
    pub(super) fn to<'a>(
        &'a self,
        graph: &'a HeapGraph,
        node: NodeOrdinal,
    ) -> impl Iterator<Item = Edge> + 'a {
        let mut at = node.0;
        std::iter::from_fn(move || {
            let position = self.edges[at as usize];
            if at == self.root || position == NO_WAY {
                return None;
            }
            let (source, edge) = graph.edge_at(position as usize)?;
            at = source.0;
            Some(edge)
        })
    }
}

/// What of the names matters to distances, so that the names of edges need not
/// be kept until they are measured.
#[derive(Debug)]
pub(super) struct DistanceRules {
    root: u32,
    /// In the root's order; one that the root refers to twice, twice.
    user_roots: Vec<u32>,
    /// Nodes with an edge in `edges`.
    sources: BitSet,
    /// By position, ascending.
    edges: Vec<(u32, Rule)>,
}

#[derive(Clone, Copy, Debug)]
enum Rule {
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
        let mut edges: Vec<_> =
            ephemerons.iter().map(|(at, entry)| (at as u32, Rule::Pair(entry.pair))).collect();
        let mut never = |node: NodeOrdinal, is_never: &dyn Fn(EdgeLabel) -> bool| {
            let labels = graph.links.range(node.0).zip(graph.edges(node));
            let found = labels.filter(|(_, edge)| is_never(edge.label));
            edges.extend(found.map(|(position, _)| (position as u32, Rule::Never)));
        };
        for node in graph.ordinals() {
            let name = Some(graph.name_id(node));
            if name == context && graph.kind(node) == NodeKind::Hidden {
                never(node, &|label| label.name().is_some() && label.name() == function_map);
            } else if name == descriptors && graph.kind(node) == NodeKind::Array {
                never(node, &|label| is_descriptor_value(graph, label));
            }
        }
        edges.sort_unstable_by_key(|&(position, _)| position);
        edges.dedup_by_key(|(position, _)| *position);
        let root = graph.root();
        let user_roots = graph.edges(root).map(|edge| edge.to);
        let user_roots = user_roots.filter(|&node| is_user_root(graph, node)).map(|node| node.0);
        let sources = sources(&graph.links, &edges);
        Self { root: root.0, user_roots: user_roots.collect(), sources, edges }
    }
}

/// The nodes whose edges those of `edges` are, which are ascending.
fn sources(links: &Links, edges: &[(u32, Rule)]) -> BitSet {
    let mut sources = BitSet::new(links.node_count());
    let mut node = 0;
    for &(position, _) in edges {
        while links.range(node).end <= position as usize {
            node += 1;
        }
        sources.insert(node as usize);
    }
    sources
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

struct Search<'a> {
    links: &'a Links,
    rules: &'a DistanceRules,
    of: Column<u32>,
    seen: BitSet,
    /// WeakMap entries of which one edge has been met.
    pending_pairs: FxHashSet<u32>,
    /// Where they are wanted: the edges taken.
    ways: Option<Column<u32>>,
}

impl Search<'_> {
    fn reach(&mut self, node: u32, distance: u32) {
        self.seen.insert(node as usize);
        self.of[node as usize] = distance;
    }

    /// Breadth first from `level`, whose nodes all have the same distance.
    fn run(&mut self, mut level: Column<u32>) {
        let mut next = Column::new();
        while let Some(&first) = level.first() {
            let distance = self.of[first as usize] + 1;
            for &node in level.iter() {
                let has_rules = self.rules.sources.contains(node as usize);
                for position in self.links.range(node) {
                    let (kind, target) = self.links.get(position);
                    let is_open = kind != EdgeKind::Weak
                        && !self.seen.contains(target as usize)
                        && (!has_rules || self.may_follow(position));
                    if is_open {
                        self.reach(target, distance);
                        if let Some(ways) = &mut self.ways {
                            ways[target as usize] = position as u32;
                        }
                        next.push(target);
                    }
                }
            }
            level.clear();
            std::mem::swap(&mut level, &mut next);
        }
    }

    fn may_follow(&mut self, position: usize) -> bool {
        let edges = &self.rules.edges;
        match edges.binary_search_by_key(&position, |&(at, _)| at as usize) {
            Err(_) => true,
            Ok(index) => match edges[index].1 {
                Rule::Never => false,
                Rule::Pair(pair) => {
                    let is_second = self.pending_pairs.remove(&pair);
                    if !is_second {
                        self.pending_pairs.insert(pair);
                    }
                    is_second
                }
            },
        }
    }
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
