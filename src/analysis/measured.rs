//! All that is worked out on one snapshot.
//!
//! First comes what needs the names of edges, which are then dropped: the
//! dominators, which take half of the time, need the most room. What does not
//! depend on them is worked out beside them.

use std::{
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

use rustc_hash::FxHashMap;

use super::{
    Analysis, AnalysisCost, AnalyzeOptions, ClassFigures, ClassTotals, Classes, Distances,
    DominatorFigures, Dominators, DuplicateFigures, Instances, ObjectFigures, RetainedSizes,
    Statistics, StringFigures, biggest, both::both, distances::DistanceRules, dominators::Shared,
    paths::path_to, statistics::ArrayStores, summary::Tally, transfer::Owners, ways::Ways,
};
use crate::{
    column::{self, Recycling},
    graph::HeapGraph,
    report::SCHEMA_VERSION,
    units::{NodeOrdinal, ObjectId},
    v8::{ephemerons::EphemeronEdges, essential::EssentialEdges},
};

/// How many of the biggest dominators, and of a class, are listed.
const BIGGEST: usize = 100;

/// What can be said without the dominators.
struct Surveyed {
    statistics: Statistics,
    distances: Distances,
    ways: Option<Ways>,
    tally: Tally,
}

impl Surveyed {
    /// Surveys `graph`, which loses its names unless they are kept.
    fn of(
        graph: &mut HeapGraph,
        classes: &Classes,
        stores: ArrayStores,
        rules: &DistanceRules,
        Kept { names, edges }: Kept,
    ) -> Self {
        // Apart from the graph, to be changed while it is searched.
        let mut sizes = mem::take(&mut graph.nodes.self_sizes);
        if let Some(owners) = Owners::of(graph) {
            owners.transfer(graph, &mut sizes);
        }
        let statistics = Statistics::of(graph, &sizes, stores);
        graph.nodes.self_sizes = sizes;
        if !names {
            graph.forget_names();
        }
        let mut ways = edges.then(|| Ways::none_in(graph));
        let distances = Distances::by(rules, graph.links(), ways.as_mut());
        let tally = Tally::of(graph, classes, &distances);
        Self { statistics, distances, ways, tally }
    }
}

/// What a graph keeps of its names.
#[derive(Clone, Copy)]
struct Kept {
    names: bool,
    edges: bool,
}

/// What an [`Analysis`] says, before it is put into words.
#[derive(Debug)]
pub struct Measured {
    /// The graph, without names unless they are needed; self sizes are those
    /// after the transfer from internals to their owners.
    pub graph: HeapGraph,
    /// What each node is called.
    pub classes: Classes,
    /// Who holds it.
    pub dominators: Dominators,
    /// How much it holds.
    pub retained: RetainedSizes,
    /// How far it is.
    pub distances: Distances,
    /// Where paths are asked for.
    ways: Option<Ways>,
    /// By size retained.
    totals: Vec<ClassTotals>,
    statistics: Statistics,
    cost: AnalysisCost,
}

impl Measured {
    /// Measures `graph`, which keeps its links and loses all names.
    pub fn of(graph: HeapGraph) -> Self {
        Self::for_options(graph, &AnalyzeOptions::default())
    }

    /// Measures `graph`, which keeps the names that `options` need.
    pub fn for_options(mut graph: HeapGraph, options: &AnalyzeOptions) -> Self {
        let edges = !options.paths.is_empty();
        let names = edges || !options.ids.is_empty() || options.class.is_some();
        let _recycling = Recycling::begin();
        let began = Instant::now();
        let ((essential, rules, shared, stores), classes) = both(
            || {
                let ephemerons = EphemeronEdges::of(&graph);
                let essential = EssentialEdges::of(&graph, &ephemerons);
                let rules = DistanceRules::of(&graph, &ephemerons);
                (essential, rules, Shared::of(graph.links()), ArrayStores::of(&graph))
            },
            || Classes::of(&graph),
        );
        if !edges {
            graph.forget_labels();
        }
        let before_dominators = began.elapsed();
        let links = Arc::clone(graph.links());
        // On one core the survey is first, so that the names have gone by then.
        let (surveyed, dominators) = both(
            || Surveyed::of(&mut graph, &classes, stores, &rules, Kept { names, edges }),
            || Dominators::over(&links, &essential, &shared),
        );
        let Surveyed { statistics, distances, ways, tally } = surveyed;
        let (retained, outermost) = both(
            || RetainedSizes::of(&graph, &dominators),
            || tally.outermost(&classes, &dominators),
        );
        let dominators_ms = milliseconds(began.elapsed().saturating_sub(before_dominators));
        let totals = tally.summarize(&classes, &outermost, &retained);
        let graph_ms = milliseconds(began.elapsed()) - dominators_ms;
        let cost = AnalysisCost { graph_ms, dominators_ms, ..AnalysisCost::default() };
        Self { graph, classes, dominators, retained, distances, ways, totals, statistics, cost }
    }

    /// The figures that `options` ask for, which must be those that this was
    /// measured for; `parse_ms` is what it took to read the graph.
    pub fn figures(&self, options: &AnalyzeOptions, parse_ms: f64) -> Analysis {
        let _recycling = Recycling::begin();
        let began = Instant::now();
        let graph = &self.graph;
        let paths = self.ways.as_ref().map(|ways| {
            let targets = self.find(&options.paths).into_iter();
            targets
                .map(|target| {
                    path_to(graph, ways, &self.distances, |node| self.object(node), target)
                })
                .collect()
        });
        let mut analysis = Analysis {
            schema_version: SCHEMA_VERSION,
            node_count: graph.node_count() as u64,
            edge_count: graph.edge_count() as u64,
            total_bytes: self.retained.retained(graph.root()),
            classes: self.class_figures(),
            dominators: self.biggest_dominators(),
            objects: self.find(&options.ids).into_iter().map(|it| self.object(it)).collect(),
            paths: paths.unwrap_or_default(),
            instances: options.class.as_deref().map(|name| self.instances(name)),
            duplicates: self.duplicates(),
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

    fn class_figures(&self) -> Vec<ClassFigures> {
        let figures = self.totals.iter().map(|row| {
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
        figures.collect()
    }

    fn biggest_dominators(&self) -> Vec<DominatorFigures> {
        let biggest = biggest(&self.retained, self.graph.ordinals(), BIGGEST);
        let figures = biggest.into_iter().map(|node| DominatorFigures {
            id: self.graph.id(node),
            class_name: self.classes.name_of(node).to_owned(),
            kind: self.graph.kind(node).name(),
            self_bytes: self.graph.self_size(node),
            retained_bytes: self.retained.retained(node),
        });
        figures.collect()
    }

    /// The nodes with these ids, in their order; without those that are not
    /// there.
    fn find(&self, ids: &[ObjectId]) -> Vec<NodeOrdinal> {
        if ids.is_empty() {
            return Vec::new();
        }
        let mut found: FxHashMap<_, _> = ids.iter().map(|&id| (id, None)).collect();
        for node in self.graph.ordinals() {
            if let Some(found) = found.get_mut(&self.graph.id(node)) {
                *found = Some(node);
            }
        }
        ids.iter().filter_map(|id| found[id]).collect()
    }

    /// The figures of one node; without its name where names were not kept.
    pub(super) fn object(&self, node: NodeOrdinal) -> ObjectFigures {
        let graph = &self.graph;
        ObjectFigures {
            id: graph.id(node),
            class_name: self.classes.name_of(node).to_owned(),
            name: graph.name(node).to_owned(),
            kind: graph.kind(node).name(),
            self_bytes: graph.self_size(node),
            retained_bytes: self.retained.retained(node),
            distance: self.distances.get(node),
            dominator_id: graph.id(self.dominators.immediate(node)),
        }
    }

    /// The nodes of all classes called `name`. As in the Summary, those
    /// without a size of their own do not count.
    fn instances(&self, name: &str) -> Instances {
        let is_asked: Vec<_> = self.classes.rows().iter().map(|row| row.name == name).collect();
        let is_one = |&node: &NodeOrdinal| {
            is_asked[self.classes.class_of(node).0 as usize] && self.graph.self_size(node) > 0
        };
        let nodes = || self.graph.ordinals().filter(is_one);
        let objects = biggest(&self.retained, nodes(), BIGGEST);
        Instances {
            class_name: name.to_owned(),
            count: nodes().count() as u64,
            objects: objects.into_iter().map(|node| self.object(node)).collect(),
        }
    }

    fn duplicates(&self) -> DuplicateFigures {
        let duplicates = self.graph.duplicates();
        let strings = duplicates.strings.iter().map(|string| StringFigures {
            count: string.count,
            length: string.length,
            self_bytes: string.self_bytes,
            wasted_bytes: string.wasted_bytes(),
            text: string.text.clone(),
        });
        DuplicateFigures {
            extra_copies: duplicates.extra_copies,
            wasted_bytes: duplicates.wasted_bytes,
            strings: strings.collect(),
        }
    }
}

/// A duration for a report.
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
