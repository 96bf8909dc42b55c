//! The references that keep their target alive.
//!
//! The rules are those of Chrome DevTools. An edge does not count if
//!
//! 1. it is the table's half of a WeakMap entry ([`super::ephemerons`]),
//! 2. it is weak,
//! 3. it leads from a node to itself,
//! 4. it is a shortcut of V8's, unless of the root,
//! 5. it leads from outside into the page, unless from the root. The page is
//!    what can be reached from the globals that the root has shortcuts to.
//!    Node 24 and later write no such shortcuts, and then there is none.
//!
//! The last rule needs a search, which is left to the search for dominators.

use super::{
    ephemerons::{EphemeronEdge, EphemeronEdges},
    roots::is_document_trees,
};
use crate::{
    bits::BitSet,
    graph::{EdgeKind, HeapGraph},
    units::NodeOrdinal,
};

/// Whether references of this kind keep their target alive.
pub fn is_strong(kind: EdgeKind) -> bool {
    !matches!(kind, EdgeKind::Weak | EdgeKind::Shortcut)
}

/// The references of one snapshot that keep their target alive, except for the rule about
/// the page.
///
/// The rules are applied to an edge when it is visited: nearly all of them need only its
/// kind and its two ends.
///
/// Memory: 4 bytes per WeakMap entry, and one bit per node if there are any entries.
#[derive(Debug)]
pub(crate) struct EssentialEdges {
    pub(crate) root: NodeOrdinal,
    /// Positions of the root's edges to the entry points of the page, in ascending order.
    pub(crate) page_entries: Vec<u32>,
    /// Positions of the tables' halves of WeakMap entries, in ascending order.
    left_out: Vec<u32>,
    /// The nodes with such edges.
    tables: BitSet,
}

impl EssentialEdges {
    /// Applies the rules to `graph`, whose WeakMap entries are `ephemerons`.
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

    /// Returns the rules for the edges of `source`.
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

/// The rules for the edges of one node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EssentialEdgesOf<'a> {
    all: &'a EssentialEdges,
    source: u32,
    /// Kinds that do not count, as bits.
    other_kinds: u8,
    is_table: bool,
}

impl EssentialEdgesOf<'_> {
    /// Whether the node's edge at `position`, with `kind` and `target`, counts, apart
    /// from the rule about the page.
    #[inline]
    pub(crate) fn contains(self, position: usize, kind: EdgeKind, target: u32) -> bool {
        self.other_kinds >> kind as u8 & 1 == 0
            && target != self.source
            && !(self.is_table && self.all.left_out.binary_search(&(position as u32)).is_ok())
    }
}
