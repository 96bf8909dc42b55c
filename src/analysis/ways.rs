//! The shortest way to each object.

use crate::{
    column::Column,
    graph::{Edge, HeapGraph},
    units::NodeOrdinal,
};

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
    pub(super) fn to<'a>(
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
