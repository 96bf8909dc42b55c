//! Which references keep their target alive.
//!
//! The rules are those of Chrome DevTools. An edge does not count when
//!
//! 1. it is the table's half of a WeakMap entry ([`super::ephemerons`]),
//! 2. it is weak,
//! 3. it leads from a node to itself,
//! 4. it is a shortcut of V8's, unless of the root,
//! 5. it leads from outside into the page, unless from the root. The page is
//!    what can be reached from the globals that the root has shortcuts to.
//!    Node 24 and later write no such shortcuts, and then there is none.
//!
//! The last one needs a search, and is left to the one for dominators.

use super::{
    ephemerons::{EphemeronEdge, EphemeronEdges},
    roots::is_document_trees,
};
use crate::{
    bits::BitSet,
    graph::{EdgeKind, HeapGraph},
    units::NodeOrdinal,
};

/// Whether a reference keeps its target alive as far as its kind says.
pub fn is_strong(kind: EdgeKind) -> bool {
    !matches!(kind, EdgeKind::Weak | EdgeKind::Shortcut)
}

/// The references of one snapshot that keep their target alive, but for what
/// the page is.
///
/// The rules are applied to an edge when it is looked at: nearly all of them
/// ask for nothing but its kind and its two ends.
///
/// Memory: 4 bytes per WeakMap entry, and where there are any a bit per node.
#[derive(Debug)]
pub(crate) struct EssentialEdges {
    pub(crate) root: NodeOrdinal,
    /// Positions of the root's edges to where the page begins, ascending.
    pub(crate) page_entries: Vec<u32>,
    /// Positions of the tables' halves of WeakMap entries, ascending.
    left_out: Vec<u32>,
    /// The nodes that these edges leave from.
    tables: BitSet,
}

impl EssentialEdges {
    /// Applies the rules to `graph`, which has these `ephemerons`.
    pub(crate) fn of(graph: &HeapGraph, ephemerons: &EphemeronEdges) -> Self {
        let root = graph.root();
        let is_entry = |kind: EdgeKind, to: NodeOrdinal| match kind {
            EdgeKind::Shortcut => true,
            EdgeKind::Element => is_document_trees(graph, to),
            _ => false,
        };
        let edges = graph.links().range(root.0).zip(graph.links().of(root.0));
        let entries = edges.filter(|&(_, (kind, to))| is_entry(kind, NodeOrdinal(to)));
        let page_entries = entries.map(|(position, _)| position as u32).collect();
        let mut left_out = Vec::new();
        let mut tables = BitSet::default();
        for &EphemeronEdge { position, source, entry } in ephemerons.iter() {
            if entry.table == u64::from(graph.id(NodeOrdinal(source)).0) {
                left_out.push(position);
                tables.raise(graph.node_count());
                tables.insert(source as usize);
            }
        }
        Self { root, page_entries, left_out, tables }
    }

    /// The rules for the edges of `source`.
    #[inline]
    pub(crate) fn of_node(&self, source: u32) -> EssentialEdgesOf<'_> {
        let shortcut = if source == self.root.0 { 0 } else { 1 << EdgeKind::Shortcut as u8 };
        EssentialEdgesOf {
            all: self,
            source,
            other_kinds: shortcut | 1 << EdgeKind::Weak as u8,
            is_table: self.tables.contains(source as usize),
        }
    }
}

/// Which edges of one node are essential.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EssentialEdgesOf<'a> {
    all: &'a EssentialEdges,
    source: u32,
    /// Kinds that do not count, as bits.
    other_kinds: u8,
    is_table: bool,
}

impl EssentialEdgesOf<'_> {
    /// Whether the edge at `position`, of `kind` and to `target`, counts, unless
    /// it leads into the page. It must be one of the node's.
    #[inline]
    pub(crate) fn contains(self, position: usize, kind: EdgeKind, target: u32) -> bool {
        self.other_kinds >> kind as u8 & 1 == 0
            && target != self.source
            && !(self.is_table && self.all.left_out.binary_search(&(position as u32)).is_ok())
    }
}
