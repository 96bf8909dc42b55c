//! Sizes as a person sees them: internal arrays count for what owns them.
//!
//! What V8 stores apart (elements, property tables, hidden records) DevTools
//! adds to the object that it belongs to: such a node, if all that leads to it
//! leads through one other node, hands its size over. The owner of a node is
//! thus a value in a lattice (none, one node, several), and the answer its
//! least fixed point, whatever the order of visits.

use crate::{
    bits::BitSet,
    column::Column,
    graph::{EdgeKind, HeapGraph, NodeKind},
};

use super::distances::is_user_root;

/// No way to the node has been seen.
const NONE: u32 = u32::MAX;
/// Ways through different nodes.
const SEVERAL: u32 = u32::MAX - 1;

/// Who owns what in one graph.
pub(super) struct Owners {
    ownable: BitSet,
    /// By node; meaningful for ownable ones.
    owner: Column<u32>,
}

impl Owners {
    /// The owners in `graph`; `None` for snapshots that expose internals,
    /// which have no user roots: there nothing moves.
    pub(super) fn of(graph: &HeapGraph) -> Option<Self> {
        let exposes_internals = !graph.edges(graph.root()).any(|edge| is_user_root(graph, edge.to));
        (!exposes_internals).then(|| Self::search(graph))
    }

    /// Moves the sizes of owned internals in `graph` to their owners.
    pub(super) fn transfer_sizes(self, graph: &mut HeapGraph) {
        let nodes = &mut graph.nodes;
        for node in self.ownable.iter() {
            let owner = self.owner[node];
            let is_real = owner != NONE && owner != SEVERAL && owner != graph.root.0;
            if is_real && nodes.kinds[owner as usize] != NodeKind::Synthetic {
                let node = node as u32;
                let size = nodes.self_sizes.get(owner) + nodes.self_sizes.get(node);
                nodes.self_sizes.set(owner, size);
                nodes.self_sizes.set(node, 0);
            }
        }
    }

    fn search(graph: &HeapGraph) -> Self {
        let [external] = graph.names().find_all(["system / ExternalStringData"]);
        let mut ownable = BitSet::new(graph.node_count());
        for node in graph.ordinals() {
            let is_ownable = match graph.kind(node) {
                NodeKind::Hidden | NodeKind::Array => true,
                NodeKind::Native => Some(graph.name_id(node)) == external,
                _ => false,
            };
            if is_ownable {
                ownable.insert(node.index());
            }
        }
        let mut this = Self { ownable, owner: Column::filled(graph.node_count(), NONE) };
        let mut pending = Column::new();
        for node in 0..graph.node_count() as u32 {
            if !this.ownable.contains(node as usize) {
                this.spread(graph, node, node, &mut pending);
            }
        }
        while let Some(node) = pending.pop() {
            this.spread(graph, node, this.owner[node as usize], &mut pending);
        }
        this
    }

    /// Tells what `node` leads to that it leads through `owner`; those for
    /// which that is news become pending, each twice at most.
    fn spread(&mut self, graph: &HeapGraph, node: u32, owner: u32, pending: &mut Column<u32>) {
        for (kind, target) in graph.links().of(node) {
            if kind == EdgeKind::Weak || !self.ownable.contains(target as usize) {
                continue;
            }
            let known = &mut self.owner[target as usize];
            if *known != owner && *known != SEVERAL {
                *known = if *known == NONE { owner } else { SEVERAL };
                pending.push(target);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::draw;

    /// Asserts the sizes of the nodes of `drawing` after the transfer.
    #[track_caller]
    fn check(drawing: &str, sizes: &[(&str, u64)]) {
        let drawing = draw(drawing);
        let mut graph = drawing.graph();
        if let Some(owners) = Owners::of(&graph) {
            owners.transfer_sizes(&mut graph);
        }
        for &(label, size) in sizes {
            assert_eq!(graph.self_size(drawing.node(label)), size, "{label}");
        }
    }

    #[test]
    fn a_store_counts_for_its_object_through_other_stores() {
        check(
            "root -> map; map -> table; table -> inner; table: array T size=100; inner: hidden I size=7",
            &[("map", 123), ("table", 0), ("inner", 0)],
        );
    }

    #[test]
    fn what_two_share_stays_where_it_is() {
        check(
            "root -> a b; a -> shared; b -> shared; shared -> below
             shared: array S size=100; below: array B size=10",
            &[("a", 16), ("b", 16), ("shared", 100), ("below", 10)],
        );
    }

    #[test]
    fn weak_edges_do_not_own_and_roots_do_not_gain() {
        check(
            "root -> a list; a -weak:x-> table; gc -> kept; root -> gc
             table: array T size=50; list: array L size=5; kept: array K size=9; gc: synthetic G",
            &[("a", 16), ("table", 50), ("list", 5), ("kept", 9)],
        );
    }

    #[test]
    fn with_internals_exposed_nothing_moves() {
        check("root -> gc; gc -> a; a -> t; gc: synthetic G; t: array T size=3", &[("t", 3)]);
    }
}
