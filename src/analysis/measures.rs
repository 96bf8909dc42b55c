//! The figures of one snapshot, which need no names any more.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    ClassTotals, Distances, Dominators, Readings, RetainedSizes, Statistics, both::both,
    distances::DistanceRules, special_nodes::SpecialNodes, summary::ClassTally, transfer,
};
use crate::{
    column::Recycling,
    graph::{SelfSizes, Skeleton},
    units::NodeOrdinal,
};

/// Returns the sizes of objects as they are shown: with those of the internals that they own.
pub(super) fn own_sizes(
    skeleton: &Skeleton,
    sizes: SelfSizes,
    rules: &DistanceRules,
    special: &SpecialNodes,
) -> SelfSizes {
    if rules.has_user_roots() {
        transfer::to_owners(skeleton, special, sizes)
    } else {
        sizes // V8's internals are exposed: nothing moves
    }
}

/// The figures of all objects of one snapshot.
///
/// Memory: 26 bytes per node.
#[derive(Debug)]
pub struct Measures {
    /// After the transfer from internals to their owners.
    self_sizes: SelfSizes,
    /// The dominator tree.
    pub dominators: Arc<Dominators>,
    /// Retained sizes.
    pub retained: RetainedSizes,
    /// Distances from a root.
    pub distances: Distances,
    /// The classes, by size retained.
    pub totals: Vec<ClassTotals>,
    /// By sort of memory.
    pub statistics: Statistics,
    pub(super) took: Duration,
    /// Of it, the time for dominators and retained sizes and for what was done beside them.
    pub(super) dominators_took: Duration,
}

impl Measures {
    /// Measures `skeleton`, whose nodes have these `sizes` and of whose names the `readings`
    /// are; on two threads where there are two cores. The `dominators` need not be known.
    ///
    /// The dominators take half of the time. What does not depend on them is worked out beside
    /// them.
    pub(crate) fn of(
        skeleton: &Skeleton,
        sizes: SelfSizes,
        readings: &Readings,
        dominators: Option<Arc<Dominators>>,
    ) -> Self {
        let Readings { classes, essential, rules, shared, special, .. } = readings;
        let _recycling = Recycling::begin();
        let links = skeleton.links();
        let began = Instant::now();
        let ((self_sizes, statistics, distances, tally), dominators) = both(
            || {
                let sizes = own_sizes(skeleton, sizes, rules, special);
                let statistics = Statistics::of(skeleton, &sizes, special);
                let distances = Distances::by(rules, links, |_, _| ());
                let tally = ClassTally::of(&sizes, classes, &distances);
                (sizes, statistics, distances, tally)
            },
            || dominators.unwrap_or_else(|| Arc::new(Dominators::over(links, essential, shared))),
        );
        let (retained, outermost) = both(
            || RetainedSizes::with(&dominators, |node| self_sizes.get(node.0)),
            || tally.outermost(classes, &dominators),
        );
        let dominators_took = began.elapsed();
        let totals = tally.summarize(classes, &outermost, &retained);
        let took = began.elapsed();
        Self {
            self_sizes,
            dominators,
            retained,
            distances,
            totals,
            statistics,
            took,
            dominators_took,
        }
    }

    /// Returns the totals by class of the objects that are `wanted` alone.
    pub fn totals_of(
        &self,
        readings: &Readings,
        wanted: impl Fn(NodeOrdinal) -> bool,
    ) -> Vec<ClassTotals> {
        let classes = readings.classes();
        let tally = ClassTally::of_those(&self.self_sizes, classes, &self.distances, wanted);
        let outermost = tally.outermost(classes, &self.dominators);
        tally.summarize(classes, &outermost, &self.retained)
    }

    /// Returns the bytes of `node` itself, with those of the internals that it owns.
    pub fn self_size(&self, node: NodeOrdinal) -> u64 {
        self.self_sizes.get(node.0)
    }
}
