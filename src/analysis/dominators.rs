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
//! neighbours in the graph near each other in memory. Two savings on the
//! book's form, for a snapshot has four times as many edges as nodes:
//!
//! - Only an edge against the numbering (from a higher number to a lower) can
//!   lead through nodes that are linked when its target's turn comes. All
//!   others count with the number of their source, and a minimum over them
//!   needs no list. So predecessors are stored for the former alone.
//! - A label is the least semidominator on the path itself, not a node that
//!   has it: one memory access less in the innermost loop.

use super::EssentialEdges;
use crate::{
    bits::BitSet,
    column::{Column, Recycling},
    graph::{HeapGraph, Links},
    units::NodeOrdinal,
};

/// The dominator tree of one snapshot.
///
/// Memory: 8 bytes per node; 24 per node and 4 per edge against the
/// depth-first numbering while it is made.
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
        let numbering = Numbering::of(links, root.0, essential);
        let Numbering { number, node, mut parent } = numbering;
        let (mut semi, against) = incoming(links, &number, essential, &parent);
        drop(number);
        semidominators(&mut semi, &parent, &against);
        drop(against);
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

/// A depth-first numbering of what can be reached, in preorder from 0.
struct Numbering {
    /// Number by node; `u32::MAX` where it cannot be reached.
    number: Column<u32>,
    /// Node by number.
    node: Column<u32>,
    /// Parent in the spanning tree, both as numbers.
    parent: Column<u32>,
}

impl Numbering {
    fn of(links: &Links, root: u32, essential: &EssentialEdges) -> Self {
        let count = links.node_count();
        let mut walk = Walk {
            links,
            essential,
            seen: BitSet::new(count),
            number: Column::filled(count, u32::MAX),
            node: Column::with_capacity(count),
            parent: Column::with_capacity(count),
            next: Column::with_capacity(count),
        };
        walk.enter(root, 0);
        walk.run();
        for orphan in essential.orphans() {
            if walk.seen.insert(orphan.index()) {
                walk.enter(orphan.0, 0);
                walk.run();
            }
        }
        Self { number: walk.number, node: walk.node, parent: walk.parent }
    }
}

/// The state of the depth-first search. Its stack is `parent`: no recursion,
/// and no memory that grows with the depth.
struct Walk<'a> {
    links: &'a Links,
    essential: &'a EssentialEdges,
    seen: BitSet,
    number: Column<u32>,
    node: Column<u32>,
    parent: Column<u32>,
    /// Position of the next edge to look at, by number.
    next: Column<u32>,
}

impl Walk<'_> {
    /// Gives `node` the next number, below `parent`.
    fn enter(&mut self, node: u32, parent: u32) {
        self.seen.insert(node as usize);
        self.number[node as usize] = self.node.len() as u32;
        self.node.push(node);
        self.parent.push(parent);
        self.next.push(self.links.range(node).start as u32);
    }

    /// Walks all below the node entered last, and comes back to it.
    fn run(&mut self) {
        let top = self.node.len() as u32 - 1;
        let mut current = top;
        loop {
            if let Some(child) = self.unseen_child(current) {
                self.enter(child, current);
                current = self.node.len() as u32 - 1;
            } else if current == top {
                return;
            } else {
                current = self.parent[current as usize];
            }
        }
    }

    /// The next node that `current` leads to and that has no number yet.
    #[inline]
    fn unseen_child(&mut self, current: u32) -> Option<u32> {
        let end = self.links.range(self.node[current as usize]).end;
        let next = self.next[current as usize] as usize;
        for position in next..end {
            let (_, target) = self.links.get(position);
            if !self.seen.contains(target as usize) && self.essential.contains(position) {
                self.next[current as usize] = position as u32 + 1;
                return Some(target);
            }
        }
        self.next[current as usize] = end as u32;
        None
    }
}

/// Edges against the numbering, by target: compressed sparse rows over numbers.
struct Against {
    /// Where the sources of each target begin; one more than there are targets.
    first: Column<u32>,
    sources: Column<u32>,
}

/// The least source of the edges along the numbering into each node, and the
/// edges against it.
fn incoming(
    links: &Links,
    number: &[u32],
    essential: &EssentialEdges,
    parent: &[u32],
) -> (Column<u32>, Against) {
    let mut semi = Column::new();
    semi.extend_from_slice(parent);
    let mut first: Column<u32> = Column::zeroed(parent.len() + 1);
    each_edge(links, number, essential, |source, target| {
        if source < target {
            let least = &mut semi[target as usize];
            *least = source.min(*least);
        } else {
            first[target as usize] += 1;
        }
    });
    // From counts to ends; filling from the end makes starts of them.
    let mut end = 0;
    for count in first.iter_mut() {
        end += *count;
        *count = end;
    }
    let mut sources: Column<u32> = Column::zeroed(end as usize);
    each_edge(links, number, essential, |source, target| {
        if source > target {
            let place = &mut first[target as usize];
            *place -= 1;
            sources[*place as usize] = source;
        }
    });
    (semi, Against { first, sources })
}

/// Calls `visit` with the numbers of both ends of every essential edge that
/// can be reached.
#[inline]
fn each_edge(
    links: &Links,
    number: &[u32],
    essential: &EssentialEdges,
    mut visit: impl FnMut(u32, u32),
) {
    for (node, &source) in (0..).zip(number) {
        if source == u32::MAX {
            continue;
        }
        for position in links.range(node) {
            if essential.contains(position) {
                visit(source, number[links.get(position).1 as usize]);
            }
        }
    }
}

/// Lowers `semi`, which holds the least source along the numbering, to the
/// semidominators.
fn semidominators(semi: &mut [u32], parent: &[u32], against: &Against) {
    let mut forest = Forest::new(parent);
    for target in (1..parent.len()).rev() {
        let range = against.first[target] as usize..against.first[target + 1] as usize;
        let least = against.sources[range]
            .iter()
            .map(|&source| forest.evaluate(source, target as u32))
            .fold(semi[target], u32::min);
        semi[target] = least;
        forest.link(target as u32, least);
    }
}

/// The forest of the nodes whose semidominator is known, which are all those
/// numbered above the current one.
struct Forest {
    /// An ancestor and the least semidominator on the way to it, excluding
    /// the ancestor's: side by side, since they are used together.
    nodes: Column<u64>,
    path: Column<u32>,
}

impl Forest {
    fn new(parent: &[u32]) -> Self {
        let mut nodes = Column::zeroed(parent.len());
        for (node, &parent) in nodes.iter_mut().zip(parent) {
            *node = pack(parent, u32::MAX);
        }
        Self { nodes, path: Column::new() }
    }

    fn link(&mut self, node: u32, semi: u32) {
        let slot = &mut self.nodes[node as usize];
        *slot = pack(unpack(*slot).0, semi);
    }

    /// The least semidominator from `source` up to the last node above
    /// `current`, with path compression.
    #[inline]
    fn evaluate(&mut self, source: u32, current: u32) -> u32 {
        let (ancestor, label) = unpack(self.nodes[source as usize]);
        if ancestor <= current { label } else { self.compress(source, current) }
    }

    fn compress(&mut self, source: u32, current: u32) -> u32 {
        let mut node = source;
        let (root, mut least) = loop {
            let (ancestor, label) = unpack(self.nodes[node as usize]);
            if ancestor <= current {
                break (ancestor, label);
            }
            self.path.push(node);
            node = ancestor;
        };
        while let Some(node) = self.path.pop() {
            let slot = &mut self.nodes[node as usize];
            least = least.min(unpack(*slot).1);
            *slot = pack(root, least);
        }
        least
    }
}

#[inline]
fn pack(ancestor: u32, label: u32) -> u64 {
    u64::from(ancestor) << 32 | u64::from(label)
}

#[inline]
fn unpack(node: u64) -> (u32, u32) {
    ((node >> 32) as u32, node as u32)
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
