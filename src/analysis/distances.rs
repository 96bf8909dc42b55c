//! How many references each object is away from what a person knows.
//!
//! First from the user roots (what the root refers to and is not one of V8's
//! groupings), then from the root itself for what only V8's own roots hold,
//! with a large number added. Weak edges do not count. The two edges to the
//! value of a WeakMap entry count once both have been met.

use std::mem;

use rustc_hash::FxHashSet;

use crate::{
    bits::BitSet,
    column::{self, Column},
    graph::{EdgeKind, EdgeLabel, EdgesAt, HeapGraph, Links, NodeKind, Stored},
    units::NodeOrdinal,
    v8::{
        ephemerons::{EphemeronEdge, EphemeronEdges},
        roots::is_user_root,
    },
};

/// Distance of the root once user roots were found; DevTools'
/// `baseSystemDistance`.
const SYSTEM: u32 = 100_000_000;

/// No distance; outside what distances can be.
const UNREACHED: u32 = u32::MAX;

/// The distance of every node of one snapshot.
///
/// Memory: 4 bytes per node; while they are measured, a bit and up to 8 bytes
/// more.
#[derive(Debug)]
pub struct Distances {
    of: Column<u32>,
}

impl Distances {
    /// Measures `graph`.
    pub fn of(graph: &HeapGraph) -> Self {
        Self::by(&DistanceRules::of(graph, &EphemeronEdges::of(graph)), graph.links(), |_, _| ())
    }

    /// Measures the graph that has these `links` by its `rules`. Calls `on_way` with each node
    /// that is reached and the position of the edge by which it is.
    pub(super) fn by(rules: &DistanceRules, links: &Links, on_way: impl FnMut(u32, usize)) -> Self {
        let count = links.node_count();
        let of = Column::filled(count, UNREACHED);
        let (seen, pending_pairs) = (BitSet::new(count), FxHashSet::default());
        let mut search = Search { links, rules, of, seen, pending_pairs, on_way };
        search.search_user_roots();
        search.search_root();
        Self { of: search.of }
    }

    /// Returns the distance of `node`; `None` when nothing leads to it.
    #[inline]
    pub fn get(&self, node: NodeOrdinal) -> Option<u32> {
        let distance = self.of[node.index()];
        (distance != UNREACHED).then_some(distance)
    }
}

/// Edges that are an exception, found by their names so that these need not be kept until
/// distances are measured.
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
        let mut edges = Vec::new();
        let mut sources = BitSet::new(graph.node_count());
        for &EphemeronEdge { position, source, entry } in ephemerons.iter() {
            edges.push((position, Rule::Pair(entry.pair)));
            sources.insert(source as usize);
        }
        let mut never = |node: NodeOrdinal, is_never: &dyn Fn(EdgeLabel) -> bool| {
            let labels = graph.links().range(node.0).zip(graph.edges(node));
            for (position, _) in labels.filter(|(_, edge)| is_never(edge.label)) {
                edges.push((position as u32, Rule::Never));
                sources.insert(node.index());
            }
        };
        for (node, kind, name) in graph.named_nodes() {
            if kind == NodeKind::Hidden && Some(name) == context {
                never(node, &|label| label.name().is_some() && label.name() == function_map);
            } else if kind == NodeKind::Array && Some(name) == descriptors {
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

    /// Whether the root refers to anything of the program's; not so where V8's internals are
    /// exposed.
    pub(super) fn has_user_roots(&self) -> bool {
        !self.user_roots.is_empty()
    }

    /// Returns the rule for the edge at `position`, if there is one.
    fn of_edge(&self, position: usize) -> Option<Rule> {
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

/// How far ahead of the search memory is asked for: nodes of a level.
const AHEAD: usize = 24;

/// A breadth-first search over all references that count.
struct Search<'a, W> {
    links: &'a Links,
    rules: &'a DistanceRules,
    of: Column<u32>,
    /// The nodes that have a distance.
    seen: BitSet,
    /// WeakMap entries of which one edge has been met.
    pending_pairs: FxHashSet<u32>,
    on_way: W,
}

impl<W: FnMut(u32, usize)> Search<'_, W> {
    fn search_user_roots(&mut self) {
        let user_roots = &self.rules.user_roots;
        for &node in user_roots {
            self.seen.insert(node as usize);
            self.of[node as usize] = 1;
        }
        let root = self.rules.root;
        for (position, (_, to)) in self.links.range(root).zip(self.links.of(root)) {
            if self.seen.contains(to as usize) {
                (self.on_way)(to, position);
            }
        }
        self.run(user_roots.iter().copied().collect(), 1);
    }

    /// Continues from the root, [`SYSTEM`] further away: what is left is held by V8 alone.
    fn search_root(&mut self) {
        let root = self.rules.root;
        let distance = if self.rules.user_roots.is_empty() { 0 } else { SYSTEM };
        self.seen.insert(root as usize);
        self.of[root as usize] = distance;
        self.run([root].into_iter().collect(), distance);
    }

    /// Searches breadth-first from `level`, whose nodes all have this `distance`.
    fn run(&mut self, mut level: Column<u32>, mut distance: u32) {
        let mut next = Column::new();
        while !level.is_empty() {
            distance += 1;
            for (index, &node) in level.iter().enumerate() {
                if let Some(&node) = level.get(index + 2 * AHEAD) {
                    self.links.prefetch_range(node);
                }
                if let Some(&node) = level.get(index + AHEAD) {
                    self.links.prefetch_targets(node);
                }
                self.follow(node, distance, &mut next);
                column::ask_at(index + 1);
            }
            level.clear();
            mem::swap(&mut level, &mut next);
        }
    }

    /// Reaches what `node` refers to.
    #[inline]
    fn follow(&mut self, node: u32, distance: u32, next: &mut Column<u32>) {
        match self.links.stored() {
            Stored::Wide(edges) => self.follow_edges(node, edges, distance, next),
            Stored::Narrow(edges) => self.follow_edges(node, edges, distance, next),
        }
    }

    #[inline]
    fn follow_edges(
        &mut self,
        node: u32,
        edges: impl EdgesAt,
        distance: u32,
        next: &mut Column<u32>,
    ) {
        let has_rules = self.rules.sources.contains(node as usize);
        for position in self.links.range(node) {
            let (kind, target) = edges.at(position);
            if kind == EdgeKind::Weak
                || self.seen.contains(target as usize)
                || (has_rules && !self.may_follow(position))
            {
                continue;
            }
            self.seen.insert(target as usize);
            self.of[target as usize] = distance;
            (self.on_way)(target, position);
            next.push(target);
        }
    }

    fn may_follow(&mut self, position: usize) -> bool {
        match self.rules.of_edge(position) {
            None => true,
            Some(Rule::Never) => false,
            Some(Rule::Pair(pair)) => {
                let is_second = self.pending_pairs.remove(&pair);
                if !is_second {
                    self.pending_pairs.insert(pair);
                }
                is_second
            }
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
