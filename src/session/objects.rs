//! Figures of single objects.

use rustc_hash::FxHashMap;

use super::Session;
use crate::{
    analysis::{
        BIGGEST, Figures, Instances, NodeFigures, ObjectFigures, PathFigures, biggest, path_to,
    },
    units::{NodeOrdinal, ObjectId},
};

/// The objects of a session whose figures are known.
pub(super) struct Objects<'a> {
    pub(super) session: &'a Session,
    pub(super) figures: Figures<'a>,
}

impl Objects<'_> {
    /// Returns the figures of those with these `ids`.
    pub(super) fn figures(&self, ids: &[ObjectId]) -> Vec<ObjectFigures> {
        self.find(ids).into_iter().map(|node| self.object(node)).collect()
    }

    /// Returns what holds those with these `ids`.
    pub(super) fn paths(&self, ids: &[ObjectId]) -> Vec<PathFigures> {
        let targets = self.find(ids);
        if targets.is_empty() {
            return Vec::new();
        }
        let (graph, ways) = (self.session.graph(), self.session.ways());
        let distances = &self.figures.measures.distances;
        let path = |target| path_to(graph, &ways, distances, |node| self.node(node), target);
        targets.into_iter().map(path).collect()
    }

    /// Returns the nodes of all classes called `name`. As in the Summary, those
    /// without a size of their own do not count.
    pub(super) fn instances(&self, name: &str) -> Instances {
        let Figures { skeleton, readings, measures } = self.figures;
        let classes = readings.classes();
        let is_asked: Vec<_> = classes.rows().iter().map(|row| row.name == name).collect();
        let is_one = |&node: &NodeOrdinal| {
            is_asked[classes.class_of(node).0 as usize] && measures.self_size(node) > 0
        };
        let nodes = || skeleton.ordinals().filter(is_one);
        let objects = biggest(&measures.retained, nodes(), BIGGEST);
        Instances {
            class_name: name.to_owned(),
            count: nodes().count() as u64,
            objects: objects.into_iter().map(|node| self.object(node)).collect(),
            stacks: None,
        }
    }

    /// Returns the nodes with these ids, in their order; without those that are not
    /// there.
    fn find(&self, ids: &[ObjectId]) -> Vec<NodeOrdinal> {
        if ids.is_empty() {
            return Vec::new();
        }
        let graph = self.session.graph();
        let mut found: FxHashMap<_, _> = ids.iter().map(|&id| (id, None)).collect();
        for node in graph.ordinals() {
            if let Some(found) = found.get_mut(&graph.id(node)) {
                *found = Some(node);
            }
        }
        ids.iter().filter_map(|id| found[id]).collect()
    }

    fn object(&self, node: NodeOrdinal) -> ObjectFigures {
        let holder = self.figures.measures.dominators.immediate(node);
        ObjectFigures { node: self.node(node), dominator_id: self.session.graph().id(holder) }
    }

    fn node(&self, node: NodeOrdinal) -> NodeFigures {
        let Figures { readings, measures, .. } = self.figures;
        self.session.figures_of(node, readings, measures)
    }
}
