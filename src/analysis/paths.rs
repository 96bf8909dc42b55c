//! How an object is held: the shortest way to it, and all that refers to it.

use serde::Serialize;

use super::{Measured, Reference, figures::reference};
use crate::{
    column::Column,
    graph::{Edge, EdgeKind, HeapGraph},
    units::{NodeOrdinal, ObjectId},
};

/// Steps that are told of a way: a list can be millions long. Of a longer way
/// these are one half its beginning and one half its end.
const MOST_STEPS: usize = 200;

/// Retainers that are told.
const MOST_RETAINERS: usize = 100;

/// What holds one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PathFigures {
    /// V8's id of the object.
    pub id: ObjectId,
    /// From a user root to the object, by a shortest way; empty when no way
    /// leads to it.
    pub steps: Vec<Step>,
    /// Steps left out in the middle.
    pub omitted_steps: u64,
    /// What refers to the object, the nearest first, weak references last.
    pub retainers: Vec<Step>,
    /// How many references lead to it.
    pub retainer_count: u64,
}

/// A reference and the object at the far end of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// In a way, the reference to this object from the one before; among
    /// retainers, the one from this object.
    pub edge: Reference,
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
}

/// Position of no edge: a snapshot has fewer.
const NO_WAY: u32 = u32::MAX;

/// The edge over which each node was reached first.
///
/// Memory: 4 bytes per node.
#[derive(Debug)]
pub(super) struct Ways {
    root: NodeOrdinal,
    /// Positions by node.
    edges: Column<u32>,
}

impl Ways {
    /// None in `graph` so far.
    pub(super) fn none_in(graph: &HeapGraph) -> Self {
        Self { root: graph.root(), edges: Column::filled(graph.node_count(), NO_WAY) }
    }

    /// Takes note that the edge at `position` leads to `node`, unless one does.
    pub(super) fn note(&mut self, node: u32, position: usize) {
        let edge = &mut self.edges[node as usize];
        if *edge == NO_WAY {
            *edge = position as u32;
        }
    }

    /// The edges of `graph` on the way to `node`, the last first; none when no
    /// way leads to it. The graph must have the names of its edges.
    fn to<'a>(
        &'a self,
        graph: &'a HeapGraph,
        node: NodeOrdinal,
    ) -> impl Iterator<Item = Edge> + 'a {
        let mut at = node;
        std::iter::from_fn(move || {
            let position = self.edges[at.index()];
            if at == self.root || position == NO_WAY {
                return None;
            }
            let (source, edge) = graph.edge_at(position as usize)?;
            at = source;
            Some(edge)
        })
    }
}

/// What holds `target`, by the `ways` of a graph that still has its names.
pub(super) fn path_to(measured: &Measured, ways: &Ways, target: NodeOrdinal) -> PathFigures {
    let graph = &measured.graph;
    let step = |node: NodeOrdinal, edge: Edge| {
        let figures = measured.object(node);
        Step {
            edge: reference(graph, edge),
            id: figures.id,
            class_name: figures.class_name,
            name: figures.name,
            kind: figures.kind,
            self_bytes: figures.self_bytes,
            retained_bytes: figures.retained_bytes,
            distance: figures.distance,
        }
    };
    let way: Vec<_> = ways.to(graph, target).collect();
    let omitted = way.len().saturating_sub(MOST_STEPS);
    let (last, first) = way.split_at(way.len().min(MOST_STEPS / 2));
    let first = first.iter().skip(omitted).rev();
    let steps = first.chain(last.iter().rev()).map(|&edge| step(edge.to, edge)).collect();

    let mut retainers = Vec::new();
    for node in graph.ordinals() {
        // The targets alone tell whether there is anything to see.
        if graph.links().of(node.0).any(|(_, to)| to == target.0) {
            let edges = graph.edges(node).filter(|edge| edge.to == target);
            retainers.extend(edges.map(|edge| (node, edge)));
        }
    }
    let retainer_count = retainers.len() as u64;
    retainers.sort_by_key(|&(node, edge)| {
        (edge.kind == EdgeKind::Weak, measured.distances.get(node).unwrap_or(u32::MAX), node)
    });
    retainers.truncate(MOST_RETAINERS);
    let retainers = retainers.into_iter().map(|(node, edge)| step(node, edge)).collect();
    let id = graph.id(target);
    PathFigures { id, steps, omitted_steps: omitted as u64, retainers, retainer_count }
}
