//! All figures of one snapshot at once, as `seep analyze` shows them.
//!
//! The order of the passes is chosen for memory: what needs the names of edges
//! comes first, then they are dropped, and the dominators, which need the most
//! room, take their place. Before and after, half of the work is done on a
//! second thread.

use std::{collections::BTreeMap, time::Instant};

use serde::Serialize;

use super::{
    Classes, Distances, Dominators, EssentialEdges, RetainedSizes, Statistics, biggest, both::both,
    distances::DistanceRules, ephemerons::EphemeronEdges, statistics::ElementStores, summarize,
    transfer::Owners,
};
use crate::{
    column::{self, Recycling},
    graph::HeapGraph,
    report::SCHEMA_VERSION,
    units::{NodeOrdinal, ObjectId},
};

/// How many of the biggest dominators are listed.
const BIGGEST: usize = 100;

/// One snapshot in figures, as Chrome DevTools has them.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Analysis {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Objects.
    pub node_count: u64,
    /// References.
    pub edge_count: u64,
    /// Retained size of the root.
    pub total_bytes: u64,
    /// The Summary view, by retained size.
    pub classes: Vec<ClassFigures>,
    /// The nodes that retain most.
    pub dominators: Vec<DominatorFigures>,
    /// Those asked for, in the order asked for; ids that are not there are
    /// left out.
    pub objects: Vec<ObjectFigures>,
    /// What the heap is made of, in bytes.
    pub statistics: BTreeMap<&'static str, u64>,
    /// What it cost to find out.
    pub cost: AnalysisCost,
}

/// A row of the Summary view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassFigures {
    /// What the objects are called.
    pub name: String,
    /// V8's type.
    pub kind: &'static str,
    /// How many.
    pub count: u64,
    /// Their own bytes.
    pub self_bytes: u64,
    /// Bytes that they keep alive.
    pub retained_bytes: u64,
    /// Of the nearest.
    pub distance: Option<u32>,
}

/// A node that retains much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DominatorFigures {
    /// V8's id.
    pub id: ObjectId,
    /// What it is called.
    pub class_name: String,
    /// V8's type.
    pub kind: &'static str,
    /// Its own bytes.
    pub self_bytes: u64,
    /// Bytes that it keeps alive.
    pub retained_bytes: u64,
}

/// A node that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectFigures {
    /// V8's id.
    pub id: ObjectId,
    /// What its class is called.
    pub class_name: String,
    /// What V8 calls it; "" for the contents of strings.
    pub name: String,
    /// V8's type.
    pub kind: &'static str,
    /// Its own bytes.
    pub self_bytes: u64,
    /// Bytes that it keeps alive.
    pub retained_bytes: u64,
    /// References away from a user root.
    pub distance: Option<u32>,
    /// Id of what holds it alone.
    pub dominator_id: ObjectId,
}

/// What an analysis cost; `peakBytes` counts the large columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisCost {
    /// Reading and parsing, in milliseconds.
    pub parse_ms: f64,
    /// Classes, statistics and summary.
    pub graph_ms: f64,
    /// Dominators and retained sizes, and beside them distances.
    pub dominators_ms: f64,
    /// All.
    pub total_ms: f64,
    /// The most memory that the columns held at once.
    pub peak_bytes: u64,
}

/// What [`Analysis::of`] works out, before it is put into words.
#[derive(Debug)]
pub struct Measured {
    /// The graph without the names of its edges; self sizes are those after
    /// the transfer from internals to their owners.
    pub graph: HeapGraph,
    /// What each node is called.
    pub classes: Classes,
    /// Who holds it.
    pub dominators: Dominators,
    /// How much it holds.
    pub retained: RetainedSizes,
    /// How far it is.
    pub distances: Distances,
    statistics: Statistics,
    cost: AnalysisCost,
}

impl Measured {
    /// Measures `graph`, which keeps its links and loses all names.
    pub fn of(graph: HeapGraph) -> Self {
        Self::keeping(graph, false)
    }

    fn keeping(mut graph: HeapGraph, keeps_names: bool) -> Self {
        let _recycling = Recycling::begin();
        let began = Instant::now();
        let ((essential, rules, owners), (classes, stores)) = both(
            || {
                let ephemerons = EphemeronEdges::of(&graph);
                let essential = EssentialEdges::with_ephemerons(&graph, &ephemerons);
                let rules = DistanceRules::of(&graph, &ephemerons);
                (essential, rules, Owners::of(&graph))
            },
            || (Classes::of(&graph), ElementStores::of(&graph)),
        );
        if let Some(owners) = owners {
            owners.transfer_sizes(&mut graph);
        }
        let statistics = Statistics::of(&graph, &stores);
        drop(stores);
        graph.forget_labels();
        if !keeps_names {
            graph.forget_names();
        }
        let before_dominators = began.elapsed();
        let ((dominators, retained), distances) = both(
            || {
                let dominators = Dominators::over(graph.links(), graph.root(), &essential);
                let retained = RetainedSizes::of(&graph, &dominators);
                (dominators, retained)
            },
            || Distances::over(graph.links(), &rules),
        );
        let cost = AnalysisCost {
            graph_ms: milliseconds(before_dominators),
            dominators_ms: milliseconds(began.elapsed().saturating_sub(before_dominators)),
            ..AnalysisCost::default()
        };
        Self { graph, classes, dominators, retained, distances, statistics, cost }
    }

    /// The figures, with those of the objects called `ids`; `parse_ms` is what
    /// it took to read the graph.
    pub fn figures(&self, ids: &[ObjectId], parse_ms: f64) -> Analysis {
        let _recycling = Recycling::begin();
        let began = Instant::now();
        let graph = &self.graph;
        let size = |node| graph.self_size(node);
        let totals =
            summarize(&self.classes, &self.dominators, &self.retained, &self.distances, size);
        let classes = totals.iter().map(|row| {
            let class = &self.classes.rows()[row.class.0 as usize];
            ClassFigures {
                name: class.name.clone(),
                kind: class.kind.name(),
                count: row.count,
                self_bytes: row.self_bytes,
                retained_bytes: row.retained_bytes,
                distance: row.distance,
            }
        });
        let biggest = biggest(&self.retained, graph.node_count(), BIGGEST);
        let dominators = biggest.into_iter().map(|node| DominatorFigures {
            id: graph.id(node),
            class_name: self.classes.name_of(node).to_owned(),
            kind: graph.kind(node).name(),
            self_bytes: graph.self_size(node),
            retained_bytes: self.retained.retained(node),
        });
        let mut analysis = Analysis {
            schema_version: SCHEMA_VERSION,
            node_count: graph.node_count() as u64,
            edge_count: graph.edge_count() as u64,
            total_bytes: self.retained.retained(graph.root()),
            classes: classes.collect(),
            dominators: dominators.collect(),
            objects: self.objects(ids),
            statistics: self.statistics.named().into_iter().collect(),
            cost: self.cost,
        };
        let cost = &mut analysis.cost;
        cost.parse_ms = parse_ms;
        cost.graph_ms += milliseconds(began.elapsed());
        cost.total_ms = cost.parse_ms + cost.graph_ms + cost.dominators_ms;
        cost.peak_bytes = column::peak_bytes() as u64;
        analysis
    }

    fn objects(&self, ids: &[ObjectId]) -> Vec<ObjectFigures> {
        if ids.is_empty() {
            return Vec::new();
        }
        let graph = &self.graph;
        let mut found = vec![None; ids.len()];
        for node in graph.ordinals() {
            let id = graph.id(node);
            for (found, _) in found.iter_mut().zip(ids).filter(|(_, asked)| **asked == id) {
                *found = Some(node);
            }
        }
        let figures = |node: NodeOrdinal| ObjectFigures {
            id: graph.id(node),
            class_name: self.classes.name_of(node).to_owned(),
            name: graph.name(node).to_owned(),
            kind: graph.kind(node).name(),
            self_bytes: graph.self_size(node),
            retained_bytes: self.retained.retained(node),
            distance: self.distances.get(node),
            dominator_id: graph.id(self.dominators.immediate(node)),
        };
        found.into_iter().flatten().map(figures).collect()
    }
}

pub(super) fn milliseconds(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
