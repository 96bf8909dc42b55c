//! Everything that is derived from names, so that the figures need none.

use std::time::{Duration, Instant};

use super::{
    Classes, both::both, distances::DistanceRules, dominators::Shared, special_nodes::SpecialNodes,
};
use crate::{
    column::Recycling,
    graph::HeapGraph,
    v8::{ephemerons::EphemeronEdges, essential::EssentialEdges},
};

/// Everything that the figures need of the names of a graph.
///
/// Memory: 4 bytes and 6 bits per node, a row per class, and more where there are WeakMaps.
#[derive(Debug)]
pub struct Readings {
    pub(super) classes: Classes,
    pub(super) essential: EssentialEdges,
    pub(super) rules: DistanceRules,
    pub(super) shared: Shared,
    pub(super) special: SpecialNodes,
    pub(super) took: Duration,
}

impl Readings {
    /// Reads `graph`, on two threads where there are two cores.
    pub fn of(graph: &HeapGraph) -> Self {
        let _recycling = Recycling::begin();
        let began = Instant::now();
        let ((essential, rules, shared, special), classes) = both(
            || {
                let ephemerons = EphemeronEdges::of(graph);
                let essential = EssentialEdges::of(graph, &ephemerons);
                let rules = DistanceRules::of(graph, &ephemerons);
                (essential, rules, Shared::of(graph.links()), SpecialNodes::of(graph))
            },
            || Classes::of(graph),
        );
        Self { classes, essential, rules, shared, special, took: began.elapsed() }
    }

    /// Returns the classes.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }
}
