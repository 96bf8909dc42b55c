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

use super::ephemerons::EphemeronEdges;
use crate::{
    bits::BitSet,
    column::Column,
    graph::{EdgeKind, HeapGraph, NodeKind},
    units::NodeOrdinal,
};

/// The references of one snapshot that keep their target alive.
///
/// Memory: a bit per edge and a bit per node.
#[derive(Debug)]
pub struct EssentialEdges {
    /// By position of the edge; the fewer, so the set is of those left out.
    left_out: BitSet,
    /// Nodes that no essential edge leads to, except the root.
    orphans: BitSet,
}

impl EssentialEdges {
    /// Applies the rules to `graph`.
    pub fn of(graph: &HeapGraph) -> Self {
        Self::with_ephemerons(graph, &EphemeronEdges::of(graph))
    }

    /// [`of`](Self::of), with the edges of WeakMap entries known.
    pub(super) fn with_ephemerons(graph: &HeapGraph, ephemerons: &EphemeronEdges) -> Self {
        let page = page_objects(graph);
        let links = graph.links();
        let root = graph.root().0;
        let mut left_out = BitSet::new(links.edge_count());
        let mut is_held = BitSet::new(links.node_count());
        is_held.insert(root as usize);
        let mut ephemerons = ephemerons.iter().peekable();
        for node in 0..links.node_count() as u32 {
            let may_enter_page = node == root || page.is_empty_or_contains(node);
            let range = links.range(node);
            // Known beforehand, so that the loop below need not ask.
            while let Some((position, entry)) = ephemerons.next_if(|it| it.0 < range.end) {
                if entry.table == u64::from(graph.nodes.ids[node as usize]) {
                    left_out.insert(position);
                }
            }
            for (position, (kind, target)) in range.zip(links.of(node)) {
                let is_out = kind == EdgeKind::Weak
                    || target == node
                    || (kind == EdgeKind::Shortcut && node != root)
                    || (!may_enter_page && page.0.contains(target as usize));
                if is_out {
                    left_out.insert(position);
                } else if !left_out.contains(position) {
                    is_held.insert(target as usize);
                }
            }
        }
        Self { left_out, orphans: is_held.complement(links.node_count()) }
    }

    /// Whether the edge at `position` counts.
    #[inline]
    pub fn contains(&self, position: usize) -> bool {
        !self.left_out.contains(position)
    }

    /// Nodes that no essential edge leads to: held weakly or by themselves.
    /// DevTools treats them as held by the root.
    pub fn orphans(&self) -> impl Iterator<Item = NodeOrdinal> + '_ {
        self.orphans.iter().map(|node| NodeOrdinal(node as u32))
    }
}

/// What can be reached from the globals that the root has shortcuts to.
struct Page(BitSet);

impl Page {
    #[inline]
    fn is_empty_or_contains(&self, node: u32) -> bool {
        self.0.bound() == 0 || self.0.contains(node as usize)
    }
}

fn page_objects(graph: &HeapGraph) -> Page {
    let root = graph.root();
    let is_entry = |kind: EdgeKind, to: NodeOrdinal| match kind {
        EdgeKind::Shortcut => true,
        EdgeKind::Element => {
            graph.kind(to) == NodeKind::Synthetic && graph.name(to) == "(Document DOM trees)"
        }
        _ => false,
    };
    let entries: Vec<_> = (graph.edges(root).filter(|edge| is_entry(edge.kind, edge.to)))
        .map(|edge| edge.to.0)
        .collect();
    if entries.is_empty() {
        return Page(BitSet::default());
    }
    let mut page = BitSet::new(graph.node_count());
    let mut pending = Column::new();
    for entry in entries {
        if page.insert(entry as usize) {
            pending.push(entry);
        }
    }
    while let Some(node) = pending.pop() {
        for (kind, target) in graph.links().of(node) {
            if kind != EdgeKind::Weak && page.insert(target as usize) {
                pending.push(target);
            }
        }
    }
    Page(page)
}
