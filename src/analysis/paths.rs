//! How an object is held: the shortest path to it, and its retainers.

use super::{
    distances::Distances,
    figures::{NodeFigures, PathFigures, Step, reference},
    ways::Ways,
};
use crate::{
    graph::{Edge, EdgeKind, HeapGraph},
    units::NodeOrdinal,
};

/// Steps that are shown of a way: a list can be millions long. Of a longer way
/// these are one half its beginning and one half its end.
const MOST_STEPS: usize = 200;

/// Retainers that are shown.
const MOST_RETAINERS: usize = 100;

/// Returns what holds `target` in `graph`, which has these `ways` and `distances`; `figures`
/// gives those of one node.
pub fn path_to(
    graph: &HeapGraph,
    ways: &Ways,
    distances: &Distances,
    figures: impl Fn(NodeOrdinal) -> NodeFigures,
    target: NodeOrdinal,
) -> PathFigures {
    let way: Vec<_> = ways.to(graph, target).collect();
    let (steps, omitted_steps) = shown_steps(graph, &way, &figures);
    let step = |node: NodeOrdinal, edge: Edge| step(graph, node, edge, &figures);
    let mut retainers = Vec::new();
    for node in graph.ordinals() {
        // The targets alone say whether there is anything to see.
        if graph.links().of(node.0).any(|(_, to)| to == target.0) {
            let edges = graph.edges(node).filter(|edge| edge.to == target);
            retainers.extend(edges.map(|edge| (node, edge)));
        }
    }
    let retainer_count = retainers.len() as u64;
    retainers.sort_by_key(|&(node, edge)| {
        (edge.kind == EdgeKind::Weak, distances.get(node).unwrap_or(u32::MAX), node)
    });
    retainers.truncate(MOST_RETAINERS);
    let retainers = retainers.into_iter().map(|(node, edge)| step(node, edge)).collect();
    let id = graph.id(target);
    PathFigures { id, steps, omitted_steps, retainers, retainer_count }
}

/// Returns the steps of a `way`, whose last edge comes first, and how many of them are left out
/// in the middle.
pub fn shown_steps(
    graph: &HeapGraph,
    way: &[Edge],
    figures: impl Fn(NodeOrdinal) -> NodeFigures,
) -> (Vec<Step>, u64) {
    let omitted = way.len().saturating_sub(MOST_STEPS);
    let (last, first) = way.split_at(way.len().min(MOST_STEPS / 2));
    let first = first.iter().skip(omitted).rev();
    let edges = first.chain(last.iter().rev());
    (edges.map(|&edge| step(graph, edge.to, edge, &figures)).collect(), omitted as u64)
}

/// Returns the reference `edge` as a step, with the figures of `node`.
pub fn step(
    graph: &HeapGraph,
    node: NodeOrdinal,
    edge: Edge,
    figures: impl Fn(NodeOrdinal) -> NodeFigures,
) -> Step {
    Step { edge: reference(graph, edge), node: figures(node) }
}
