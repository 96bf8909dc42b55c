//! Objects of a page that is gone.
//!
//! An embedder marks some native nodes as attached or detached; DevTools
//! spreads the mark to the native nodes below and renames the detached ones.
//! Node marks none, so this is for snapshots of browsers and Electron.

use crate::{
    bits::BitSet,
    graph::{EdgeKind, HeapGraph, NodeKind},
    units::NodeOrdinal,
};

const ATTACHED: u8 = 1;
const DETACHED: u8 = 2;

/// Returns the nodes whose name DevTools begins with `Detached `.
pub(crate) fn renamed(graph: &HeapGraph) -> BitSet {
    let marked = graph.detached_or_attached();
    if marked.is_empty() {
        return BitSet::default();
    }
    let mut spread = Spread {
        graph,
        visited: BitSet::new(graph.node_count()),
        attached: BitSet::new(graph.node_count()),
        renamed: BitSet::new(graph.node_count()),
        pending_attached: Vec::new(),
        pending_detached: Vec::new(),
    };
    for &(node, state) in marked {
        spread.visit(NodeOrdinal(node), state);
    }
    while let Some(node) = spread.pending_attached.pop() {
        spread.visit_children(node, ATTACHED);
    }
    while let Some(node) = spread.pending_detached.pop() {
        if !spread.attached.contains(node.index()) {
            spread.visit_children(node, DETACHED);
        }
    }
    spread.renamed
}

struct Spread<'a> {
    graph: &'a HeapGraph,
    visited: BitSet,
    attached: BitSet,
    renamed: BitSet,
    pending_attached: Vec<NodeOrdinal>,
    pending_detached: Vec<NodeOrdinal>,
}

impl Spread<'_> {
    fn visit_children(&mut self, node: NodeOrdinal, state: u8) {
        for edge in self.graph.edges(node) {
            if !matches!(edge.kind, EdgeKind::Hidden | EdgeKind::Weak) {
                self.visit(edge.to, state);
            }
        }
    }

    /// Marks `node`, unless it has been visited: the first visit decides; other nodes than native ones end the spread.
    fn visit(&mut self, node: NodeOrdinal, state: u8) {
        if !self.visited.insert(node.index()) || self.graph.kind(node) != NodeKind::Native {
            return;
        }
        match state {
            ATTACHED => {
                self.attached.insert(node.index());
                self.pending_attached.push(node);
            }
            DETACHED => {
                self.renamed.insert(node.index());
                self.pending_detached.push(node);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::draw;

    #[test]
    fn the_mark_spreads_over_native_nodes_and_attached_wins() {
        let drawing = draw(
            "root -> page window; page -> child; child -> script; script -> far; window -> shared
             child -> shared; child -hidden:3-> deep
             page: native Page detached=2; window: native Window detached=1
             child: native Child; shared: native Shared; script: object Script; far: native Far
             deep: native Deep",
        );
        let renamed = renamed(&drawing.graph());
        let labels: Vec<_> =
            renamed.iter().map(|node| drawing.label(NodeOrdinal(node as u32))).collect();
        assert_eq!(labels, ["page", "child"]);
    }
}
