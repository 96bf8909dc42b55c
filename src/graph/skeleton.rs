//! A graph without names.

use super::{Duplicates, Links, NodeKind, ids::Ids};
use crate::{
    column::{Column, asking},
    units::{NodeOrdinal, ObjectId},
};

/// The objects and references of one snapshot without their names: all that reachability,
/// dominators and sums need.
///
/// Memory, with `n` nodes and `m` edges: `9n + 4m` bytes, or about `2.3n + 3.2m` of a
/// [lean](super::GraphBuilder::lean) graph.
#[derive(Debug)]
pub struct Skeleton {
    pub(super) kinds: Column<NodeKind>,
    pub(super) ids: Ids,
    pub(super) links: Links,
    pub(super) root: NodeOrdinal,
    pub(super) extra_native_bytes: u64,
    pub(super) duplicates: Duplicates,
}

impl Skeleton {
    /// Returns the number of nodes.
    pub fn node_count(&self) -> usize {
        self.kinds.len()
    }

    /// Returns the number of edges.
    pub fn edge_count(&self) -> usize {
        self.links.edge_count()
    }

    /// Returns all nodes.
    pub fn ordinals(&self) -> impl DoubleEndedIterator<Item = NodeOrdinal> + use<> {
        asking(0..self.node_count() as u32).map(NodeOrdinal)
    }

    /// Returns the node that everything hangs below.
    pub fn root(&self) -> NodeOrdinal {
        self.root
    }

    /// Returns V8's type of `node`.
    #[inline]
    pub fn kind(&self, node: NodeOrdinal) -> NodeKind {
        self.kinds[node.index()]
    }

    /// Returns V8's types of all nodes, by node.
    pub fn kinds(&self) -> &[NodeKind] {
        &self.kinds
    }

    /// Returns V8's id of `node`.
    #[inline]
    pub fn id(&self, node: NodeOrdinal) -> ObjectId {
        self.ids.get(node.index(), self.kind(node))
    }

    /// Returns the references.
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// Returns the bytes outside the heap that V8 attributes to no node.
    pub fn extra_native_bytes(&self) -> u64 {
        self.extra_native_bytes
    }

    /// Returns the strings of which there are several copies, where the reader was asked to
    /// count them.
    pub fn duplicates(&self) -> &Duplicates {
        &self.duplicates
    }
}
