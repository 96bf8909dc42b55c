//! The depth-first search that numbers the nodes.

use std::ops::Range;

use super::{
    forest::{Forest, pack, unpack},
    page::Page,
    shared::Shared,
    sources::Sources,
};
use crate::{
    bits::BitSet,
    column::{self, Column},
    graph::{EdgeKind, EdgesAt, Links, Stored},
    v8::essential::EssentialEdges,
};

/// The nodes in depth-first preorder, and their edges by it.
pub(super) struct Numbered {
    /// Number by node; [`UNSEEN`] for what cannot be reached.
    pub(super) number: Column<u32>,
    /// Node by number.
    pub(super) node: Column<u32>,
    /// The spanning tree. Labels are the least source of the edges along the
    /// numbering into each node.
    pub(super) forest: Forest,
    /// The sources of the edges against the numbering.
    pub(super) sources: Sources,
}

/// Numbers what the edges `essential` lead to from the root, the page first, and
/// below the root what can be reached from the nodes that nothing holds.
pub(super) fn number(links: &Links, essential: &EssentialEdges, shared: &Shared) -> Numbered {
    let root = essential.root.0;
    let mut walk = Walk::new(links, essential, shared);
    walk.enter(root, 0);
    if !essential.page_entries.is_empty() {
        walk.number_page();
    }
    walk.run(0);
    for orphan in walk.orphans().iter() {
        walk.begin(orphan as u32);
    }
    let Walk { number, node, forest, sources, .. } = walk;
    Numbered { number, node, forest, sources }
}

/// The number of a node that has none yet.
pub(super) const UNSEEN: u32 = u32::MAX;

/// Steps up that are taken for one edge: more would take quadratic time on the
/// longest lists.
const MOST_STEPS: usize = 4;

/// The state of the depth-first search, which numbers in preorder from 0. Its
/// stack is the way up in `forest`: no recursion, and no memory that grows
/// with the depth but 4 bytes per shared node on the way.
struct Walk<'a> {
    links: &'a Links,
    essential: &'a EssentialEdges,
    shared: &'a Shared,
    number: Column<u32>,
    node: Column<u32>,
    /// The spanning tree. A label is the position of the next edge to look at
    /// until all below the node have been seen, and then what [`Numbered`] says.
    forest: Forest,
    sources: Sources,
    page: Page,
    /// The shared nodes on the way to the current one, and where it began. All
    /// from the last of them on have one edge leading to them, the tree's.
    shared_above: Column<u32>,
}

impl<'a> Walk<'a> {
    fn new(links: &'a Links, essential: &'a EssentialEdges, shared: &'a Shared) -> Self {
        let count = links.node_count();
        Self {
            links,
            essential,
            shared,
            number: Column::filled(count, UNSEEN),
            node: Column::with_capacity(count),
            forest: Forest::with_capacity(count),
            sources: Sources::with_capacity(links.edge_count() / 4),
            page: Page::default(),
            shared_above: Column::new(),
        }
    }

    /// Numbers the page below the root, which has been entered.
    fn number_page(&mut self) {
        let root = self.essential.root.0;
        self.page = Page::open();
        for &position in &self.essential.page_entries {
            let position = position as usize;
            let (kind, entry) = self.links.get(position);
            if self.essential.of_node(root).contains(position, kind, entry) {
                self.begin(entry);
            } else {
                self.page.leave_out(entry);
            }
        }
        self.page.close(self.links, root, &self.number, self.node.len() as u32);
    }

    /// Numbers `node` and all below it below the root, unless it has a number.
    fn begin(&mut self, node: u32) {
        if self.number[node as usize] == UNSEEN {
            self.enter(node, 0);
            self.run(self.node.len() as u32 - 1);
        }
    }

    /// Gives `node` the next number, below `parent`.
    #[inline]
    fn enter(&mut self, node: u32, parent: u32) {
        let number = self.node.len() as u32;
        self.number[node as usize] = number;
        self.node.push(node);
        column::ask_at(number as usize);
        self.forest.nodes.push(pack(parent, self.links.range(node).start as u32));
        // What has one edge leading to it, the tree's, has no other sources.
        let is_shared = parent == 0 || self.shared.contains(node);
        self.sources.begin(is_shared);
        if is_shared {
            self.shared_above.push(number);
        }
    }

    /// Walks all below `top`, and comes back to it.
    fn run(&mut self, top: u32) {
        let mut current = top;
        loop {
            if self.enter_child(current) {
                current = self.node.len() as u32 - 1;
                continue;
            }
            let slot = &mut self.forest.nodes[current as usize];
            let (parent, _) = unpack(*slot);
            *slot = pack(parent, parent);
            if self.shared_above.last() == Some(&current) {
                self.shared_above.pop();
            }
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
        match self.links.stored() {
            Stored::Wide(edges) => self.enter_next(current, edges),
            Stored::Narrow(edges) => self.enter_next(current, edges),
        }
    }

    #[inline]
    fn enter_next(&mut self, current: u32, edges: impl EdgesAt) -> bool {
        let source = self.node[current as usize];
        let (parent, next) = unpack(self.forest.nodes[current as usize]);
        let essential = self.essential.of_node(source);
        let is_in_page = self.page.contains(source, current);
        let end = self.links.range(source).end;
        for position in next as usize..end {
            let (kind, target) = edges.at(position);
            if !essential.contains(position, kind, target) {
                if kind != EdgeKind::Weak {
                    self.page.leave_out(target);
                }
                continue;
            }
            let number = self.number[target as usize];
            if !is_in_page && self.page.contains(target, number) {
                continue;
            }
            if number == UNSEEN {
                self.forest.nodes[current as usize] = pack(parent, position as u32 + 1);
                self.prepare(edges, position + 1..end);
                self.enter(target, current);
                return true;
            }
            if number < current {
                self.note_against(number, current);
            } else {
                // Entered from here, so all below it has been seen.
                self.note_along(number, current);
            }
        }
        false
    }

    /// Asks for the memory of what the next edges, at `positions`, lead to, while
    /// the search is below the one before.
    #[inline]
    fn prepare(&self, edges: impl EdgesAt, mut positions: Range<usize>) {
        if let Some(next) = positions.next() {
            let (_, target) = edges.at(next);
            if self.number[target as usize] == UNSEEN {
                self.links.prefetch_targets(target);
            }
        }
        if let Some(after) = positions.next() {
            let (_, target) = edges.at(after);
            self.number.prefetch(target as usize);
            self.links.prefetch_range(target);
        }
    }

    /// Takes note of an edge from `current` to `target`, which has a lower
    /// number.
    ///
    /// It counts as one of the nearest shared node above: what leads to `current`
    /// leads through that one, and no node between the two can dominate a node
    /// that was entered before it. Where the target was entered between the two,
    /// it counts as one of the last that was entered before the target.
    #[inline]
    fn note_against(&mut self, target: u32, current: u32) {
        if target == 0 {
            self.page.leave_out(self.essential.root.0);
            return;
        }
        let shared = self.shared_above.last().copied().unwrap_or(0);
        if shared > target {
            self.sources.add(target, shared);
            return;
        }
        let mut above = current;
        for _ in 0..MOST_STEPS {
            if above <= target {
                break;
            }
            (above, _) = unpack(self.forest.nodes[above as usize]);
        }
        if above > target {
            self.sources.add(target, above);
        } else if above < target {
            self.note_along(target, above);
        }
    }

    /// Takes note of an edge from `source` to `target`, which has a higher
    /// number and below which all has been seen.
    #[inline]
    fn note_along(&mut self, target: u32, source: u32) {
        let slot = &mut self.forest.nodes[target as usize];
        let (parent, least) = unpack(*slot);
        *slot = pack(parent, least.min(source));
    }

    /// Returns the nodes without a number to which no essential edge leads: held
    /// weakly or by themselves. DevTools treats them as held by the root.
    fn orphans(&self) -> BitSet {
        // An edge from a node with a number would have led to its target.
        let mut is_held = BitSet::new(self.links.node_count());
        for (source, &number) in (0..).zip(self.number.iter()) {
            if number != UNSEEN {
                is_held.insert(source as usize);
                continue;
            }
            let essential = self.essential.of_node(source);
            let is_in_page = self.page.contains(source, number);
            for (position, (kind, target)) in self.links.range(source).zip(self.links.of(source)) {
                let is_essential = essential.contains(position, kind, target);
                let number = self.number[target as usize];
                if is_essential && (is_in_page || !self.page.contains(target, number)) {
                    is_held.insert(target as usize);
                }
            }
        }
        is_held.complement(self.links.node_count())
    }
}
