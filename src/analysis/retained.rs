//! Retained sizes.

use super::Dominators;
use crate::{
    column::{self, Column},
    graph::HeapGraph,
    units::NodeOrdinal,
};

/// Bytes freed if a node were: its own and those of all that it dominates.
///
/// Memory: 8 bytes per node.
#[derive(Debug)]
pub struct RetainedSizes {
    bytes: Column<u64>,
}

impl RetainedSizes {
    /// Sums the self sizes that V8 wrote. DevTools moves those of internal
    /// arrays to their owners first, which changes what such an array retains
    /// and nothing above it.
    pub fn of(graph: &HeapGraph, dominators: &Dominators) -> Self {
        Self::with(dominators, |node| graph.self_size(node))
    }

    /// Sums self sizes of the caller's.
    pub fn with(dominators: &Dominators, self_size: impl Fn(NodeOrdinal) -> u64) -> Self {
        let pairs = dominators.pairs();
        let mut bytes: Column<u64> = Column::zeroed(pairs.len());
        for (step, (node, holder)) in pairs.rev().enumerate() {
            column::ask_at(step);
            let retained = bytes[node.index()].saturating_add(self_size(node));
            bytes[node.index()] = retained;
            if holder != node {
                let held = &mut bytes[holder.index()];
                *held = held.saturating_add(retained);
            }
        }
        Self { bytes }
    }

    /// Returns the retained size of `node`.
    #[inline]
    pub fn retained(&self, node: NodeOrdinal) -> u64 {
        self.bytes[node.index()]
    }
}
