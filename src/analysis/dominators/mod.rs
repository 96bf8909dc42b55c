//! The dominator tree.
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
//!   needs no list. So lists of sources are kept for the former alone.
//! - Most nodes have one edge leading to them. An edge against the numbering
//!   counts as one of the nearest node above its source that has more, and is
//!   then often the same as the edge before it (`Walk::note_against`).
//! - Half of the edges lead to a few hundred nodes, V8's maps. No semidominator
//!   is less than the least between the target and its last source: once that
//!   has been found, the other sources need no look ([`Least`]).
//! - A label is the least semidominator on the path itself, not a node that
//!   has it: one memory access less in the innermost loop.

mod children;
mod forest;
mod least;
mod page;
mod shared;
mod sources;
mod walk;

use crate::{
    column::{Column, Recycling, asking},
    graph::{HeapGraph, Links},
    units::NodeOrdinal,
    v8::{ephemerons::EphemeronEdges, essential::EssentialEdges},
};
pub use children::OnlyChildren;
use forest::{Forest, unpack};
use least::Least;
pub(super) use shared::Shared;
use sources::Sources;
use walk::{Numbered, UNSEEN};

/// The dominator tree of one snapshot.
///
/// Memory: 12 bytes per node; 16 per node, 4 per node with several references, and lists
/// of sources, while it is made.
#[derive(Debug)]
pub struct Dominators {
    /// Number by node. Each node has a higher one than its immediate dominator;
    /// the root has 0.
    number: Column<u32>,
    /// Node by number.
    node: Column<u32>,
    /// Number of the immediate dominator by number.
    holder: Column<u32>,
}

impl Dominators {
    /// Builds the tree of `graph` by the rules of Chrome DevTools: over the references
    /// that keep alive, with what only weak ones lead to below the root.
    pub fn of(graph: &HeapGraph) -> Self {
        let essential = EssentialEdges::of(graph, &EphemeronEdges::of(graph));
        Self::over(graph.links(), &essential, &Shared::of(graph.links()))
    }

    /// Builds the tree over the edges `essential` of `links`, among which several lead to
    /// the nodes `shared` alone.
    pub(super) fn over(links: &Links, essential: &EssentialEdges, shared: &Shared) -> Self {
        let _recycling = Recycling::begin();
        let Numbered { number, mut node, mut forest, sources } =
            walk::number(links, essential, shared);
        // What they say, the nodes say by their order.
        drop(number);
        let mut holder = forest.parents();
        let semi = semidominators(&mut forest, sources);
        drop(forest);
        nearest_common_ancestors(&mut holder, &semi);
        drop(semi);
        let mut number = Column::filled(links.node_count(), UNSEEN);
        for (at, &node) in (0..).zip(node.iter()) {
            number[node as usize] = at;
        }

        // DevTools hangs below the root what cannot be reached.
        for (unreached, number) in (0..).zip(number.iter_mut()) {
            if *number == UNSEEN {
                *number = node.len() as u32;
                node.push(unreached);
                holder.push(0);
            }
        }
        Self { number, node, holder }
    }

    /// Returns the immediate dominator of `node`; the root's
    /// is the root.
    #[inline]
    pub fn immediate(&self, node: NodeOrdinal) -> NodeOrdinal {
        let number = self.number[node.index()];
        self.node_of(self.holder[number as usize])
    }

    /// Returns all nodes with their immediate dominators, each after this; the root
    /// first.
    pub fn pairs(
        &self,
    ) -> impl ExactSizeIterator<Item = (NodeOrdinal, NodeOrdinal)> + DoubleEndedIterator + '_ {
        let nodes = self.node.iter().map(|&node| NodeOrdinal(node));
        nodes.zip(self.holder.iter().map(|&holder| self.node_of(holder)))
    }

    /// Returns the dominators of `node` from the nearest to the root.
    pub fn chain(&self, node: NodeOrdinal) -> impl Iterator<Item = NodeOrdinal> + '_ {
        let up = move |&node: &NodeOrdinal| {
            let next = self.immediate(node);
            (next != node).then_some(next)
        };
        std::iter::successors(up(&node), up)
    }

    /// Returns the number of each node's immediate dominator, by numbers that are less
    /// for dominators than for what they dominate.
    pub(super) fn holders(&self) -> &[u32] {
        &self.holder
    }

    /// Returns the node with this number.
    #[inline]
    pub(super) fn node_of(&self, number: u32) -> NodeOrdinal {
        NodeOrdinal(self.node[number as usize])
    }
}

/// How many targets ahead the memory of a source is asked for.
const AHEAD: u32 = 32;

/// Computes the semidominators of the nodes that may have sources, in the place of these; those of
/// all others are their parents. `forest` holds the least source along the
/// numbering of each node, `sources` the others.
fn semidominators(forest: &mut Forest, mut sources: Sources) -> Sources {
    let mut least = Least::new(forest.nodes.len());
    for target in asking(1..forest.nodes.len() as u32).rev() {
        if let Some(source) = sources.only(target.saturating_sub(AHEAD)) {
            forest.nodes.prefetch(source as usize);
        }
        let (_, along) = unpack(forest.nodes[target as usize]);
        let of_target = sources.of(target);
        let bound = if of_target.is_long() {
            let last = of_target.clone().max().unwrap_or(target);
            least.between(target, last)
        } else {
            0
        };
        let mut semi = along;
        for source in of_target {
            if semi <= bound {
                break;
            }
            semi = semi.min(forest.evaluate(source, target));
        }
        forest.link(target, semi);
        least.note(target, semi);
        // Where its sources stand is of no more use.
        sources.replace(target, semi);
    }
    sources.forget_lists();
    sources
}

/// Turns parents into immediate dominators: the nearest common ancestor of
/// parent and semidominator in the tree made so far.
fn nearest_common_ancestors(parent: &mut [u32], semi: &Sources) {
    for (node, semi) in semi.replaced() {
        let mut dominator = parent[node as usize];
        while dominator > semi {
            dominator = parent[dominator as usize];
        }
        parent[node as usize] = dominator;
    }
}
