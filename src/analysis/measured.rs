//! The figures of a snapshot, as they are shown.

use std::time::Duration;

use super::{
    Analysis, AnalysisCost, ClassFigures, DominatorFigures, DuplicateFigures, Measures, Readings,
    StringFigures, biggest,
};
use crate::{
    column,
    graph::{HeapGraph, Skeleton},
    report::SCHEMA_VERSION,
};

/// Rows of a list of the biggest: dominators, and objects of a class.
pub const BIGGEST: usize = 100;

/// A snapshot's figures without its names, which are given up as soon as they have been read:
/// the dominators, which take half of the time, need the most room.
#[derive(Debug)]
pub struct Measured {
    /// Its objects and references.
    pub skeleton: Skeleton,
    /// What its names said.
    pub readings: Readings,
    /// Its figures.
    pub measures: Measures,
}

impl Measured {
    /// Measures `graph`.
    pub fn of(graph: HeapGraph) -> Self {
        let readings = Readings::of(&graph);
        let (skeleton, sizes) = graph.into_skeleton();
        let measures = Measures::of(&skeleton, sizes, &readings, None);
        Self { skeleton, readings, measures }
    }

    /// Returns the figures to be shown.
    pub fn figures(&self) -> Figures<'_> {
        let Self { skeleton, readings, measures } = self;
        Figures { skeleton, readings, measures }
    }
}

/// A snapshot's figures, wherever its parts are.
#[derive(Clone, Copy, Debug)]
pub struct Figures<'a> {
    /// Its objects and references.
    pub skeleton: &'a Skeleton,
    /// What its names said.
    pub readings: &'a Readings,
    /// Its figures.
    pub measures: &'a Measures,
}

impl Figures<'_> {
    /// Returns what can be shown without names of single objects; `parsing` is the time that it
    /// took to read the snapshot.
    pub fn analysis(&self, parsing: Duration) -> Analysis {
        let &Self { skeleton, measures, .. } = self;
        Analysis {
            schema_version: SCHEMA_VERSION,
            node_count: skeleton.node_count() as u64,
            edge_count: skeleton.edge_count() as u64,
            total_bytes: measures.retained.retained(skeleton.root()),
            classes: self.classes(),
            dominators: self.dominators(),
            objects: Vec::new(),
            paths: Vec::new(),
            instances: None,
            duplicates: self.duplicates(),
            statistics: measures.statistics.named().into_iter().collect(),
            cost: self.cost(parsing),
        }
    }

    fn cost(&self, parsing: Duration) -> AnalysisCost {
        let Measures { took, dominators_took, .. } = *self.measures;
        let measuring = self.readings.took + took;
        AnalysisCost {
            parse_ms: milliseconds(parsing),
            graph_ms: milliseconds(measuring.saturating_sub(dominators_took)),
            dominators_ms: milliseconds(dominators_took),
            total_ms: milliseconds(parsing + measuring),
            peak_bytes: column::peak_bytes() as u64,
        }
    }

    fn classes(&self) -> Vec<ClassFigures> {
        let figures = self.measures.totals.iter().map(|row| {
            let class = &self.readings.classes().rows()[row.class.0 as usize];
            ClassFigures {
                name: class.name.clone(),
                kind: class.kind.name(),
                count: row.count,
                self_bytes: row.self_bytes,
                retained_bytes: row.retained_bytes,
                distance: row.distance,
                created_in: None,
            }
        });
        figures.collect()
    }

    fn dominators(&self) -> Vec<DominatorFigures> {
        let &Self { skeleton, readings, measures } = self;
        let biggest = biggest(&measures.retained, skeleton.ordinals(), BIGGEST);
        let figures = biggest.into_iter().map(|node| DominatorFigures {
            id: skeleton.id(node),
            class_name: readings.classes().name_of(node).to_owned(),
            kind: skeleton.kind(node).name(),
            self_bytes: measures.self_size(node),
            retained_bytes: measures.retained.retained(node),
        });
        figures.collect()
    }

    fn duplicates(&self) -> DuplicateFigures {
        let duplicates = self.skeleton.duplicates();
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

/// Converts a duration for a report.
fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
