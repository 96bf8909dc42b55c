//! Which object holds which alone.
//!
//! Object *d* dominates object *v* when every path from the root to *v* passes
//! through *d*: freeing *d* frees *v*. The nearest such *d* is the immediate
//! dominator.
//!
//! The algorithm is Semi-NCA, from L. Georgiadis, *Linear-Time Algorithms for
//! Dominators and Related Problems* (Princeton TR-737-05, 2005); `semi`,
//! `label` and `ancestor` are its names. Chrome DevTools uses Lengauer-Tarjan
//! (doi:10.1145/357062.357071) for the same tree; `tests/dominators.rs` checks
//! the tree against the definition.
//!
//! All arrays but the graph's are indexed by depth-first number, which keeps
//! neighbours in the graph near each other in memory. Savings on the book's
//! form, for a snapshot has four times as many edges as nodes:
//!
//! - Only an edge against the numbering (from a higher number to a lower) can
//!   lead through nodes that are linked when its target's turn comes. All
//!   others count with the number of their source, and a minimum over them
//!   needs no list. So predecessors are stored for the former alone.
//! - A label is the least semidominator on the path itself, not a node that
//!   has it: one memory access less in the innermost loop.

mod forest;
mod walk;

use super::EssentialEdges;
use crate::{
    bits::BitSet,
    column::{Column, Recycling},
    graph::{HeapGraph, Links},
    units::NodeOrdinal,
};
use forest::{Forest, unpack};
use walk::Numbered;

/// The dominator tree of one snapshot.
///
/// Memory: 8 bytes per node; 20 per node, and 4 per edge against the
/// depth-first numbering, while it is made.
#[derive(Debug)]
pub struct Dominators {
    /// Immediate dominator by node.
    immediate: Column<u32>,
    /// All nodes, each after its immediate dominator; the root first.
    order: Column<u32>,
}

impl Dominators {
    /// The tree of `graph` by the rules of Chrome DevTools: over its
    /// [`EssentialEdges`], with what only weak references lead to below the
    /// root.
    pub fn of(graph: &HeapGraph) -> Self {
        Self::over(graph.links(), graph.root(), &EssentialEdges::of(graph))
    }

    /// The tree over the edges `essential` of `links`.
    pub fn over(links: &Links, root: NodeOrdinal, essential: &EssentialEdges) -> Self {
        let _recycling = Recycling::begin();
        let Numbered { node, mut forest, first, sources } = walk::number(links, root, essential);
        let mut parent = forest.parents();
        let semi = semidominators(&mut forest, first, &sources);
        drop(sources);
        drop(forest);
        nearest_common_ancestors(&mut parent, &semi);
        drop(semi);

        let mut immediate = Column::filled(links.node_count(), root.0);
        for (&node_of, &dominator) in node.iter().zip(parent.iter()) {
            immediate[node_of as usize] = node[dominator as usize];
        }
        let mut order = node;
        append_unreached(&mut order, links.node_count());
        Self { immediate, order }
    }

    /// The nearest node without which `node` could not be reached; the root's
    /// is the root.
    #[inline]
    pub fn immediate(&self, node: NodeOrdinal) -> NodeOrdinal {
        NodeOrdinal(self.immediate[node.index()])
    }

    /// All nodes, each after its immediate dominator; the root first.
    pub fn order(&self) -> impl ExactSizeIterator<Item = NodeOrdinal> + DoubleEndedIterator + '_ {
        self.order.iter().map(|&node| NodeOrdinal(node))
    }

    /// The dominators of `node` from the nearest to the root.
    pub fn chain(&self, node: NodeOrdinal) -> impl Iterator<Item = NodeOrdinal> + '_ {
        let up = move |&node: &NodeOrdinal| {
            let next = self.immediate(node);
            (next != node).then_some(next)
        };
        std::iter::successors(up(&node), up)
    }
}

/// The semidominators by number. `forest` holds the least source along the
/// numbering of each node; from `first` on stand the other `sources`.
fn semidominators(forest: &mut Forest, mut first: Column<u32>, sources: &[u32]) -> Column<u32> {
    let mut end = sources.len();
    for target in (1..forest.nodes.len()).rev() {
        let start = first[target] as usize;
        let (_, along) = unpack(forest.nodes[target]);
        let least = sources[start..end]
            .iter()
            .map(|&source| forest.evaluate(source, target as u32))
            .fold(along, u32::min);
        forest.link(target as u32, least);
        // Where its sources begin is of no more use.
        first[target] = least;
        end = start;
    }
    first
}

/// Turns parents into immediate dominators: the nearest common ancestor of
/// parent and semidominator in the tree made so far.
fn nearest_common_ancestors(parent: &mut [u32], semi: &[u32]) {
    for node in 1..parent.len() {
        let mut dominator = parent[node];
        while dominator > semi[node] {
            dominator = parent[dominator as usize];
        }
        parent[node] = dominator;
    }
}

/// Appends to `order` the nodes that are not in it: those that cannot be
/// reached, which DevTools hangs below the root.
fn append_unreached(order: &mut Column<u32>, count: usize) {
    if order.len() == count {
        return;
    }
    let mut reached = BitSet::new(count);
    for &node in order.iter() {
        reached.insert(node as usize);
    }
    for node in 0..count {
        if !reached.contains(node) {
            order.push(node as u32);
        }
    }
}
