//! One breadth-first search over all references, and all that it tells.
//!
//! - [`Distances`]: first from the user roots (what the root refers to and is
//!   not one of V8's groupings), then from the root itself.
//! - The page: what can be reached from the globals that the root has shortcuts
//!   to. It differs from what the user roots reach, for these may be more, and
//!   distances leave some references out.
//! - The nodes that several references lead to. To the others leads the one
//!   over which they were found, which is most of what there is to know about
//!   their dominators.

use std::mem;

use rustc_hash::FxHashSet;

use super::{
    Distances,
    distances::{DistanceRules, Rule, SYSTEM},
    ephemerons::EphemeronEdges,
};
use crate::{
    bits::BitSet,
    column::Column,
    graph::{Edge, EdgeKind, HeapGraph, Links, NodeKind},
    units::NodeOrdinal,
};

/// What one search over a graph found.
///
/// Memory: 4 bytes and 2 bits per node, 4 bytes more for ways; while it
/// searches, a bit and up to 8 bytes more.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) distances: Distances,
    /// Where they were asked for.
    pub(super) ways: Option<Ways>,
    /// Without room where there is no page.
    pub(super) page: BitSet,
    /// The nodes that more than one reference may keep alive.
    pub(super) shared: BitSet,
}

impl Survey {
    /// Of `graph`, whose references still have their names.
    pub(super) fn of(graph: &HeapGraph, ephemerons: &EphemeronEdges) -> Self {
        Self::search(graph, ephemerons, None)
    }

    /// [`of`](Self::of), with the ways that it went.
    pub(super) fn with_ways(graph: &HeapGraph, ephemerons: &EphemeronEdges) -> Self {
        let none = Column::filled(graph.node_count(), NO_WAY);
        Self::search(graph, ephemerons, Some(none))
    }

    fn search(graph: &HeapGraph, ephemerons: &EphemeronEdges, ways: Option<Column<u32>>) -> Self {
        let rules = DistanceRules::of(graph, ephemerons);
        let links = graph.links();
        let count = links.node_count();
        let mut search = Search {
            links,
            rules: &rules,
            distances: Distances::unreached(count),
            seen: BitSet::new(count),
            shared: BitSet::new(count),
            page: Page::of(graph),
            pending_pairs: FxHashSet::default(),
            ways,
        };
        search.search_user_roots();
        let page = search.take_page();
        search.search_root();
        search.share_what_the_unreached_refer_to();
        let Search { distances, shared, ways, .. } = search;
        let ways = ways.map(|edges| Ways { root: rules.root, edges });
        Self { distances, ways, page, shared }
    }
}

struct Search<'a> {
    links: &'a Links,
    rules: &'a DistanceRules,
    distances: Distances,
    /// The nodes that have a distance.
    seen: BitSet,
    shared: BitSet,
    page: Page,
    /// WeakMap entries of which one edge has been met.
    pending_pairs: FxHashSet<u32>,
    /// Where they are wanted: the edges taken.
    ways: Option<Column<u32>>,
}

/// What can be reached from the root's shortcuts, as far as that is known.
#[derive(Default)]
struct Page {
    nodes: BitSet,
    /// Where it begins.
    entries: Vec<u32>,
    /// Nodes in it whose references have not been followed on its behalf.
    pending: Column<u32>,
    /// Nodes that belong to it and have not been entered.
    left_out: Column<u32>,
}

impl Page {
    fn of(graph: &HeapGraph) -> Self {
        let is_entry = |kind: EdgeKind, to: NodeOrdinal| match kind {
            EdgeKind::Shortcut => true,
            EdgeKind::Element => {
                graph.kind(to) == NodeKind::Synthetic && graph.name(to) == "(Document DOM trees)"
            }
            _ => false,
        };
        let edges = graph.edges(graph.root()).filter(|edge| is_entry(edge.kind, edge.to));
        let entries: Vec<_> = edges.map(|edge| edge.to.0).collect();
        let bound = if entries.is_empty() { 0 } else { graph.node_count() };
        Self { nodes: BitSet::new(bound), entries, ..Self::default() }
    }
}

/// How far ahead of the search memory is asked for: nodes of a level.
const AHEAD: usize = 24;

impl Search<'_> {
    fn search_user_roots(&mut self) {
        let user_roots = &self.rules.user_roots;
        for &node in user_roots {
            self.seen.insert(node as usize);
            self.distances.set(node, 1);
        }
        for &entry in &self.page.entries {
            if self.seen.contains(entry as usize) {
                self.page.nodes.insert(entry as usize);
            } else {
                self.page.left_out.push(entry);
            }
        }
        if let Some(ways) = &mut self.ways {
            let root = self.rules.root;
            for (position, (_, to)) in self.links.range(root).zip(self.links.of(root)) {
                if self.seen.contains(to as usize) && ways[to as usize] == NO_WAY {
                    ways[to as usize] = position as u32;
                }
            }
        }
        self.run(user_roots.iter().copied().collect(), 1);
    }

    /// What only V8's own roots hold is a large number further away.
    fn search_root(&mut self) {
        let root = self.rules.root;
        let distance = if self.rules.user_roots.is_empty() { 0 } else { SYSTEM };
        self.seen.insert(root as usize);
        self.distances.set(root, distance);
        self.run([root].into_iter().collect(), distance);
    }

    /// Breadth first from `level`, whose nodes all have this `distance`.
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
            }
            level.clear();
            mem::swap(&mut level, &mut next);
        }
    }

    /// Reaches what `node` refers to.
    #[inline]
    fn follow(&mut self, node: u32, distance: u32, next: &mut Column<u32>) {
        let is_of_page = self.page.nodes.contains(node as usize);
        for (position, (kind, target)) in self.links.range(node).zip(self.links.of(node)) {
            if kind == EdgeKind::Weak {
                continue;
            }
            // All of the page that has been entered has been seen.
            let known = if is_of_page { &self.page.nodes } else { &self.seen };
            if known.contains(target as usize) {
                self.shared.insert(target as usize);
            } else if self.meet(node, position, target, is_of_page) {
                self.distances.set(target, distance);
                next.push(target);
            }
        }
    }

    /// Meets `target`, which is not in the page or has not been seen, on the edge
    /// at `position` from `source`; returns whether that reaches it.
    #[inline]
    fn meet(&mut self, source: u32, position: usize, target: u32, is_of_page: bool) -> bool {
        let at = target as usize;
        if self.seen.contains(at) {
            self.shared.insert(at);
            self.page.nodes.insert(at);
            self.page.pending.push(target);
            return false;
        }
        if self.rules.sources.contains(source as usize) && !self.may_follow(position) {
            self.shared.insert(at);
            if is_of_page {
                self.page.left_out.push(target);
            }
            return false;
        }
        self.seen.insert(at);
        if is_of_page {
            self.page.nodes.insert(at);
        }
        if let Some(ways) = &mut self.ways {
            ways[at] = position as u32;
        }
        true
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

    /// All of the page: with what was reached without it, or not at all.
    fn take_page(&mut self) -> BitSet {
        let Page { mut nodes, mut pending, left_out, .. } = mem::take(&mut self.page);
        for &node in left_out.iter() {
            if nodes.insert(node as usize) {
                pending.push(node);
            }
        }
        while let Some(node) = pending.pop() {
            for (kind, target) in self.links.of(node) {
                if kind != EdgeKind::Weak && nodes.insert(target as usize) {
                    pending.push(target);
                }
            }
        }
        nodes
    }

    /// The references of nodes without a distance have not been looked at.
    fn share_what_the_unreached_refer_to(&mut self) {
        let count = self.links.node_count();
        for node in mem::take(&mut self.seen).complement(count).iter() {
            for (_, target) in self.links.of(node as u32) {
                self.shared.insert(target as usize);
            }
        }
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
