//! The shortest way to each object.

use super::{Distances, Readings};
use crate::{
    column::Column,
    graph::{Edge, HeapGraph, Skeleton},
    units::NodeOrdinal,
};

/// Position of no edge: a snapshot has fewer.
const NO_WAY: u32 = u32::MAX;

/// The edge over which each node was reached first.
///
/// Memory: 4 bytes per node.
#[derive(Debug)]
pub struct Ways {
    root: NodeOrdinal,
    /// Positions by node.
    edges: Column<u32>,
}

impl Ways {
    /// Finds the shortest ways in `skeleton`, by the rules for distances.
    pub fn of(skeleton: &Skeleton, readings: &Readings) -> Self {
        let edges = Column::filled(skeleton.node_count(), NO_WAY);
        let mut ways = Self { root: skeleton.root(), edges };
        Distances::by(&readings.rules, skeleton.links(), |node, position| {
            ways.note(node, position);
        });
        ways
    }

    /// Notes that the edge at `position` leads to `node`, unless one does.
    fn note(&mut self, node: u32, position: usize) {
        let edge = &mut self.edges[node as usize];
        if *edge == NO_WAY {
            *edge = position as u32;
        }
    }

    /// Returns the edges of `graph` on the way to `node`, the last first; none when no
    /// way leads to it.
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
