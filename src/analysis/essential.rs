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

use super::{
    ephemerons::{EphemeronEdge, EphemeronEdges},
    survey::Survey,
};
use crate::{
    bits::BitSet,
    graph::{EdgeKind, HeapGraph},
    units::NodeOrdinal,
};

/// The references of one snapshot that keep their target alive.
///
/// The rules are applied to an edge when it is looked at: nearly all of them
/// ask for nothing but its kind and its two ends.
///
/// Memory: a bit per node, two where there is a page, and 4 bytes per WeakMap
/// entry.
#[derive(Debug)]
pub struct EssentialEdges {
    root: u32,
    page: Page,
    /// Positions of the tables' halves of WeakMap entries, ascending.
    left_out: Vec<u32>,
    /// The nodes that these edges leave from.
    tables: BitSet,
    /// The nodes to which more than one of these references may lead.
    shared: BitSet,
}

impl EssentialEdges {
    /// Applies the rules to `graph`.
    pub fn of(graph: &HeapGraph) -> Self {
        let ephemerons = EphemeronEdges::of(graph);
        let Survey { page, shared, .. } = Survey::of(graph, &ephemerons);
        Self::surveyed(graph, &ephemerons, page, shared)
    }

    /// [`of`](Self::of), with what a [`Survey`] found.
    pub(super) fn surveyed(
        graph: &HeapGraph,
        ephemerons: &EphemeronEdges,
        page: BitSet,
        shared: BitSet,
    ) -> Self {
        let mut left_out = Vec::new();
        let mut tables = BitSet::default();
        for &EphemeronEdge { position, source, entry } in ephemerons.iter() {
            if entry.table == u64::from(graph.nodes.ids[source as usize]) {
                left_out.push(position);
                tables.raise(graph.node_count());
                tables.insert(source as usize);
            }
        }
        Self { root: graph.root().0, page: Page(page), left_out, tables, shared }
    }

    /// Whether more than one of them may lead to `target`; if not, what holds
    /// the source of that one holds `target`.
    #[inline]
    pub(super) fn may_share(&self, target: u32) -> bool {
        self.shared.contains(target as usize)
    }

    /// The rules for the edges of `source`.
    #[inline]
    pub fn of_node(&self, source: NodeOrdinal) -> EssentialEdgesOf<'_> {
        let is_root = source.0 == self.root;
        let shortcut = if is_root { 0 } else { 1 << EdgeKind::Shortcut as u8 };
        EssentialEdgesOf {
            all: self,
            source: source.0,
            other_kinds: shortcut | 1 << EdgeKind::Weak as u8,
            may_enter_page: is_root || self.page.is_empty_or_contains(source.0),
            is_table: self.tables.contains(source.index()),
        }
    }
}

/// Which edges of one node are essential.
#[derive(Clone, Copy, Debug)]
pub struct EssentialEdgesOf<'a> {
    all: &'a EssentialEdges,
    source: u32,
    /// Kinds that do not count, as bits.
    other_kinds: u8,
    may_enter_page: bool,
    is_table: bool,
}

impl EssentialEdgesOf<'_> {
    /// Whether the edge at `position`, of `kind` and to `target`, counts. It
    /// must be one of the node's.
    #[inline]
    pub fn contains(self, position: usize, kind: EdgeKind, target: u32) -> bool {
        self.other_kinds >> kind as u8 & 1 == 0
            && target != self.source
            && (self.may_enter_page || !self.all.page.0.contains(target as usize))
            && !(self.is_table && self.all.left_out.binary_search(&(position as u32)).is_ok())
    }
}

/// What can be reached from the globals that the root has shortcuts to.
#[derive(Debug)]
struct Page(BitSet);

impl Page {
    #[inline]
    fn is_empty_or_contains(&self, node: u32) -> bool {
        self.0.bound() == 0 || self.0.contains(node as usize)
    }
}
