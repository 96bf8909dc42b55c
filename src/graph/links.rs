//! Which node refers to which.

use std::ops::Range;

use super::{
    EdgeKind,
    offsets::Offsets,
    targets::{Stored, Targets, TargetsOf},
};

/// Which node refers to which, without what the references are called: all
/// that reachability and dominators need.
///
/// Memory, with `n` nodes and `m` edges: `4n + 4m` bytes; of a
/// [lean](super::GraphBuilder::lean) graph `1.25n` bytes and, for each edge, 3 bits and as many as
/// `n` has.
#[derive(Debug)]
pub struct Links {
    pub(super) offsets: Offsets,
    pub(super) targets: Targets,
}

impl Links {
    /// Returns the links of no nodes.
    pub(super) fn new() -> Self {
        Self { offsets: Offsets::listed(), targets: Targets::wide() }
    }

    /// Returns the links of no nodes, of which there will be `node_count`, in less memory.
    pub(super) fn lean(node_count: u32) -> Self {
        Self { offsets: Offsets::counted(), targets: Targets::narrow(node_count) }
    }

    /// Returns the number of nodes.
    #[inline]
    pub fn node_count(&self) -> usize {
        self.offsets.node_count()
    }

    /// Returns the number of edges.
    #[inline]
    pub fn edge_count(&self) -> usize {
        self.targets.len()
    }

    /// Returns the positions of the edges of `node`.
    #[inline]
    pub fn range(&self, node: u32) -> Range<usize> {
        self.offsets.range(node as usize)
    }

    /// Returns the number of edges of `node`.
    #[inline]
    pub(crate) fn count_of(&self, node: u32) -> usize {
        self.offsets.count(node as usize)
    }

    /// Asks for the memory of what [`range`](Self::range) reads.
    #[inline]
    pub(crate) fn prefetch_range(&self, node: u32) {
        self.offsets.prefetch(node as usize);
    }

    /// Asks for the memory of the first edges of `node`.
    #[inline]
    pub(crate) fn prefetch_targets(&self, node: u32) {
        self.targets.prefetch(self.range(node).start);
    }

    /// Returns the node that the edge at `position` leaves from.
    pub(super) fn source_of(&self, position: usize) -> Option<u32> {
        (position < self.edge_count()).then(|| self.offsets.source_of(position) as u32)
    }

    /// Returns the node that the edge at `position` leaves from, which is not before
    /// `node` and may be far behind it.
    pub(crate) fn source_from(&self, node: u32, position: usize) -> u32 {
        node + self.offsets.ended_from(node as usize, position) as u32
    }

    /// Returns kind and target of the edge at `position`.
    #[inline]
    pub fn get(&self, position: usize) -> (EdgeKind, u32) {
        self.targets.get(position)
    }

    /// Returns kinds and targets of the edges of `node`, in V8's order.
    #[inline]
    pub fn of(&self, node: u32) -> TargetsOf<'_> {
        self.targets.part(self.range(node))
    }

    /// Returns kinds and targets of the edges at `positions`.
    #[inline]
    pub(super) fn part(&self, positions: Range<usize>) -> TargetsOf<'_> {
        self.targets.part(positions)
    }

    /// Returns kinds and targets of all edges, by position, in the way in which they are stored.
    #[inline]
    pub(crate) fn stored(&self) -> Stored<'_> {
        self.targets.stored()
    }

    /// Returns kinds and targets of all edges, by position.
    #[inline]
    pub fn all(&self) -> TargetsOf<'_> {
        self.targets.part(0..self.edge_count())
    }
}
