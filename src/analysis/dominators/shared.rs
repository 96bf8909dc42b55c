//! Which nodes several references lead to.

use crate::{
    column::Column,
    graph::{EdgeKind, Links},
};

/// The nodes that more than one reference may keep alive.
///
/// Memory: 2 bits per node.
#[derive(Debug)]
pub(in crate::analysis) struct Shared {
    /// Of 16 nodes each, whether one leads to it and whether more do.
    words: Column<u32>,
}

const NODES_PER_WORD: u32 = 16;

impl Shared {
    /// Finds those of a graph with these `links`.
    pub(in crate::analysis) fn of(links: &Links) -> Self {
        let count = links.node_count();
        let mut words = Column::zeroed(count.div_ceil(NODES_PER_WORD as usize));
        for (kind, target) in links.all() {
            // Without a branch: whether it is weak cannot be foreseen.
            let once = u32::from(kind != EdgeKind::Weak) << shift(target);
            let word = &mut words[(target / NODES_PER_WORD) as usize];
            *word |= (*word & once) << 1 | once;
        }
        Self { words }
    }

    /// Whether more than one reference may keep `node` alive; if not, what holds
    /// the source of the only one holds `node`.
    #[inline]
    pub(super) fn contains(&self, node: u32) -> bool {
        self.words[(node / NODES_PER_WORD) as usize] >> shift(node) & 2 != 0
    }
}

fn shift(node: u32) -> u32 {
    2 * (node % NODES_PER_WORD)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::draw;

    #[test]
    fn weak_references_do_not_count() {
        let drawing = draw("root -> a b c; a -> b c; b -weak:x-> a; c -> c d d d");
        let shared = Shared::of(drawing.graph().links());
        let is_shared = |label| shared.contains(drawing.node(label).0);
        assert_eq!(["root", "a", "b", "c", "d"].map(is_shared), [false, false, true, true, true]);
    }
}
