//! The objects of an earlier or later snapshot of the same program, to be told from those of
//! another by their ids.

use super::{Classes, distances::DistanceRules, measures::own_sizes, special_nodes::SpecialNodes};
use crate::{
    graph::{HeapGraph, SelfSizes},
    v8::ephemerons::EphemeronEdges,
};

/// What is compared of a snapshot's objects.
///
/// Memory: 4 bytes per node, and the sizes.
#[derive(Debug)]
pub(crate) struct Compared {
    /// Their classes, called as in the snapshot that this one is compared with.
    pub(crate) classes: Classes,
    /// Their own bytes, as they are shown.
    pub(crate) self_sizes: SelfSizes,
}

impl Compared {
    /// Reads `graph`, which is compared with `model`.
    pub(crate) fn with(model: &HeapGraph, graph: &HeapGraph) -> Self {
        let classes = Classes::like(model, graph);
        let rules = DistanceRules::of(graph, &EphemeronEdges::of(graph));
        let sizes = graph.self_sizes().clone();
        let self_sizes = own_sizes(graph, sizes, &rules, &SpecialNodes::of(graph));
        Self { classes, self_sizes }
    }
}
