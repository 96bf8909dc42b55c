//! The page: what can be reached from the globals that the root has shortcuts
//! to. What is outside it does not hold what is inside.
//!
//! The depth-first search begins there. What it has numbered when it is through
//! is the page, but for the few nodes to which nothing leads there but
//! references that hold nothing.

use crate::{
    bits::BitSet,
    column::Column,
    graph::{EdgeKind, Links},
};

/// What is known of the page of one graph.
#[derive(Default)]
pub(super) struct Page {
    /// The nodes in it that the search has numbered have lower numbers than this.
    end: u32,
    /// Those that it has not. Without room where there are none.
    others: BitSet,
    /// While it is searched: where edges lead that it does not follow.
    left_out: Option<Column<u32>>,
}

impl Page {
    /// Returns a page that is being searched.
    pub(super) fn open() -> Self {
        Self { left_out: Some(Column::new()), ..Self::default() }
    }

    /// Takes note of an edge to `target`, not a weak one, that is not followed.
    #[inline]
    pub(super) fn leave_out(&mut self, target: u32) {
        if let Some(left_out) = &mut self.left_out {
            left_out.push(target);
        }
    }

    /// Ends its search, which has given `count` nodes a `number`, the first to the
    /// `root`.
    pub(super) fn close(&mut self, links: &Links, root: u32, number: &[u32], count: u32) {
        self.end = count;
        let Some(left_out) = self.left_out.take().filter(|nodes| !nodes.is_empty()) else {
            return;
        };
        self.others = BitSet::new(links.node_count());
        let mut pending = Column::new();
        let mut add = |node: u32, pending: &mut Column<u32>| {
            let is_known = node != root && number[node as usize] < count;
            if !is_known && self.others.insert(node as usize) {
                pending.push(node);
            }
        };
        left_out.iter().for_each(|&node| add(node, &mut pending));
        while let Some(node) = pending.pop() {
            let strong = links.of(node).filter(|&(kind, _)| kind != EdgeKind::Weak);
            strong.for_each(|(_, target)| add(target, &mut pending));
        }
    }

    /// Whether `node`, which has this `number`, is in it, or is the root: edges of
    /// other nodes do not count when they lead here.
    #[inline]
    pub(super) fn contains(&self, node: u32, number: u32) -> bool {
        number < self.end || self.others.contains(node as usize)
    }
}
