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

use super::EssentialEdges;
use crate::{
    bits::BitSet,
    column::{Column, Recycling},
    graph::{HeapGraph, Links},
    units::NodeOrdinal,
};

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
        let mut walk = Walk::new(links, essential);
        walk.enter(root.0, 0);
        walk.run();
        for orphan in walk.orphans().iter() {
            if walk.number[orphan] == UNSEEN {
                walk.enter(orphan as u32, 0);
                walk.run();
            }
        }
        let sources = walk.sources();
        let Walk { number, node, mut forest, first, .. } = walk;
        drop(number);
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

/// The number of a node that has none yet.
const UNSEEN: u32 = u32::MAX;

/// The state of the depth-first search, which numbers in preorder from 0. Its
/// stack is the way up in `forest`: no recursion, and no memory that grows
/// with the depth.
struct Walk<'a> {
    links: &'a Links,
    essential: &'a EssentialEdges,
    /// Number by node.
    number: Column<u32>,
    /// Node by number.
    node: Column<u32>,
    /// The spanning tree. A label is the position of the next edge to look at
    /// until all below the node have been seen, and then the least source of
    /// the edges along the numbering into it.
    forest: Forest,
    /// How many edges against the numbering lead to each number; then where
    /// their sources begin.
    first: Column<u32>,
}

impl<'a> Walk<'a> {
    fn new(links: &'a Links, essential: &'a EssentialEdges) -> Self {
        let count = links.node_count();
        Self {
            links,
            essential,
            number: Column::filled(count, UNSEEN),
            node: Column::with_capacity(count),
            forest: Forest { nodes: Column::with_capacity(count), path: Column::new() },
            first: Column::zeroed(count),
        }
    }

    /// Gives `node` the next number, below `parent`.
    #[inline]
    fn enter(&mut self, node: u32, parent: u32) {
        self.number[node as usize] = self.node.len() as u32;
        self.node.push(node);
        self.forest.nodes.push(pack(parent, self.links.range(node).start as u32));
    }

    /// Walks all below the node entered last, and comes back to it.
    fn run(&mut self) {
        let top = self.node.len() as u32 - 1;
        let mut current = top;
        loop {
            if self.enter_child(current) {
                current = self.node.len() as u32 - 1;
                continue;
            }
            let slot = &mut self.forest.nodes[current as usize];
            let (parent, _) = unpack(*slot);
            *slot = pack(parent, parent);
            if current == top {
                return;
            }
            current = parent;
        }
    }

    /// Enters the next node that `current` leads to and that has no number
    /// yet; false when there are no more. Takes note of all edges before it.
    #[inline]
    fn enter_child(&mut self, current: u32) -> bool {
        let source = self.node[current as usize];
        let (parent, next) = unpack(self.forest.nodes[current as usize]);
        let essential = self.essential.of_node(NodeOrdinal(source));
        for position in next as usize..self.links.range(source).end {
            let (kind, target) = self.links.get(position);
            if !essential.contains(position, kind, target) {
                continue;
            }
            let number = self.number[target as usize];
            if number == UNSEEN {
                self.forest.nodes[current as usize] = pack(parent, position as u32 + 1);
                self.enter(target, current);
                return true;
            }
            if number < current {
                self.first[number as usize] += 1;
            } else {
                // Entered from here, so all below it has been seen.
                let slot = &mut self.forest.nodes[number as usize];
                let (parent, least) = unpack(*slot);
                *slot = pack(parent, least.min(current));
            }
        }
        false
    }

    /// The nodes without a number to which no essential edge leads: held
    /// weakly or by themselves. DevTools treats them as held by the root.
    fn orphans(&self) -> BitSet {
        // An edge from a node with a number would have led to its target.
        let mut is_held = BitSet::new(self.links.node_count());
        for (source, &number) in (0..).zip(self.number.iter()) {
            if number != UNSEEN {
                is_held.insert(source as usize);
                continue;
            }
            let essential = self.essential.of_node(NodeOrdinal(source));
            for (position, (kind, target)) in self.links.range(source).zip(self.links.of(source)) {
                if essential.contains(position, kind, target) {
                    is_held.insert(target as usize);
                }
            }
        }
        is_held.complement(self.links.node_count())
    }

    /// The sources of the edges against the numbering, by target.
    fn sources(&mut self) -> Column<u32> {
        // From counts to ends; filling from the end makes starts of them.
        let mut end = 0;
        for count in self.first.iter_mut() {
            end += *count;
            *count = end;
        }
        let mut sources: Column<u32> = Column::zeroed(end as usize);
        for (source, &current) in (0..).zip(self.number.iter()) {
            if current == UNSEEN {
                continue;
            }
            let essential = self.essential.of_node(NodeOrdinal(source));
            for (position, (kind, target)) in self.links.range(source).zip(self.links.of(source)) {
                let number = self.number[target as usize];
                if number < current && essential.contains(position, kind, target) {
                    let place = &mut self.first[number as usize];
                    *place -= 1;
                    sources[*place as usize] = current;
                }
            }
        }
        sources
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

/// The forest of the nodes whose semidominator is known, which are all those
/// numbered above the current one.
struct Forest {
    /// An ancestor and the least semidominator on the way to it, excluding
    /// the ancestor's: side by side, since they are used together.
    nodes: Column<u64>,
    path: Column<u32>,
}

impl Forest {
    /// The parents in the spanning tree; before any path is compressed.
    fn parents(&self) -> Column<u32> {
        let mut parents = Column::new();
        let out = parents.grow(self.nodes.len());
        for (parent, &node) in out.iter_mut().zip(self.nodes.iter()) {
            *parent = unpack(node).0;
        }
        parents
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
