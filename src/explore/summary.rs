//! Totals of the whole heap.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;

use super::{
    Explorer,
    open::Opened,
    recorded::Recorded,
    rows::{HolderRow, ObjectSort},
};
use crate::{analysis::NodeFigures, session::Policy, units::NodeOrdinal};

/// Nodes and branches that are listed.
const MOST: usize = 20;

/// A heap at a glance.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The file.
    #[serde(flatten)]
    pub file: Opened,
    /// Objects.
    pub node_count: u64,
    /// References.
    pub edge_count: u64,
    /// Classes with at least one object.
    pub class_count: u64,
    /// Retained size of the root.
    pub total_bytes: u64,
    /// Objects that nothing leads to, and their own bytes.
    pub unreachable_count: u64,
    /// Their own bytes.
    pub unreachable_bytes: u64,
    /// How much was recorded with the stacks of allocations, if anything was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Recorded>,
    /// The memory in use by sort, in bytes.
    pub statistics: BTreeMap<&'static str, u64>,
    /// The root, and what it refers to: V8's groups of roots and the program's globals, those
    /// that retain most first.
    pub special_nodes: Vec<NodeFigures>,
    /// The origins that hold most.
    pub holders: Vec<HolderRow>,
}

impl Explorer {
    /// Returns how many objects nothing leads to, and their own bytes.
    pub(super) fn unreachable(&self) -> Arc<(u64, u64)> {
        let measures = self.session.measures();
        self.unreachable.get(Policy::Keep, || {
            let is_lost = |node: &NodeOrdinal| measures.distances.get(*node).is_none();
            let lost = self.session.graph().ordinals().filter(is_lost);
            lost.fold((0, 0), |(count, bytes), node| (count + 1, bytes + measures.self_size(node)))
        })
    }

    pub(super) fn summary(&self) -> Summary {
        let figures = self.figures();
        let (graph, measures) = (self.session.graph(), &figures.measures);
        let (unreachable_count, unreachable_bytes) = *self.unreachable();
        let mut special: Vec<_> = graph.edges(graph.root()).map(|edge| edge.to).collect();
        special.sort_unstable();
        special.dedup();
        special.retain(|&node| node != graph.root());
        special
            .sort_by_key(|&node| ObjectSort::RetainedBytes.key(super::Order::Desc, &figures, node));
        let special = std::iter::once(graph.root()).chain(special);
        Summary {
            file: self.opened.clone(),
            node_count: graph.node_count() as u64,
            edge_count: graph.edge_count() as u64,
            class_count: measures.totals.len() as u64,
            total_bytes: measures.retained.retained(graph.root()),
            unreachable_count,
            unreachable_bytes,
            recorded: self.recorded(),
            statistics: measures.statistics.named().into_iter().collect(),
            special_nodes: special.take(MOST).map(|node| figures.of(node)).collect(),
            holders: self.top_holders(MOST),
        }
    }
}
