//! The depth-first search that numbers the nodes.

use super::forest::{Forest, pack, unpack};
use crate::{
    analysis::EssentialEdges, bits::BitSet, column::Column, graph::Links, units::NodeOrdinal,
};

/// The nodes in depth-first preorder, and their edges by it.
pub(super) struct Numbered {
    /// Node by number.
    pub(super) node: Column<u32>,
    /// The spanning tree. Labels are the least source of the edges along the
    /// numbering into each node.
    pub(super) forest: Forest,
    /// Where the sources of the edges against the numbering begin, by target.
    pub(super) first: Column<u32>,
    /// These sources.
    pub(super) sources: Column<u32>,
}

/// Numbers what the edges `essential` lead to from `root`, and below it from
/// the nodes that nothing holds.
pub(super) fn number(links: &Links, root: NodeOrdinal, essential: &EssentialEdges) -> Numbered {
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
    Numbered { node: walk.node, forest: walk.forest, first: walk.first, sources }
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
    /// until all below the node have been seen, and then what [`Numbered`] says.
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
            forest: Forest::with_capacity(count),
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
