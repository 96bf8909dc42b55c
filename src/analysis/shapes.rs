//! Which objects have the same properties in the same order.
//!
//! There are millions of plain objects and few shapes, and nearly every object
//! has the same edges, but for where they lead, as one not far before it. Such
//! a one is found by a look at its first two edges; the others are hashed.

use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use crate::{
    graph::{EdgeKind, Edges, HeapGraph},
    units::{NameId, NodeOrdinal},
};

/// How many objects are remembered, of which the next may be another.
const RECENT: usize = 1024;

/// Objects with the same properties in the same order.
pub(super) struct Shape {
    /// The first of them.
    pub(super) example: NodeOrdinal,
    pub(super) count: u64,
    /// Another shape with the same hash.
    next: Option<u32>,
}

/// Finds the shapes of the objects of one graph.
pub(super) struct Shapes<'a> {
    graph: &'a HeapGraph,
    found: Vec<Shape>,
    by_hash: FxHashMap<u64, u32>,
    /// The edges of objects and their shapes, by [`slot`].
    recent: Vec<Option<(Edges<'a>, u32)>>,
}

impl<'a> Shapes<'a> {
    pub(super) fn new(graph: &'a HeapGraph) -> Self {
        let recent = vec![None; RECENT];
        Self { graph, found: Vec::new(), by_hash: FxHashMap::default(), recent }
    }

    /// Counts `node` with its shape, whose number it returns: from 0, in the
    /// order of the first objects.
    pub(super) fn add(&mut self, node: NodeOrdinal) -> u32 {
        let edges = self.graph.edges(node);
        let slot = slot(&edges);
        let shape = match &self.recent[slot] {
            Some((others, shape)) if edges.are_called_like(others) => *shape,
            _ => {
                let shape = self.find(node);
                self.recent[slot] = Some((edges, shape));
                shape
            }
        };
        self.found[shape as usize].count += 1;
        shape
    }

    pub(super) fn finish(self) -> Vec<Shape> {
        self.found
    }

    /// Returns the shape of `node`, which may be a new one.
    fn find(&mut self, node: NodeOrdinal) -> u32 {
        let graph = self.graph;
        let mut hasher = FxHasher::default();
        for property in properties(graph, node) {
            hasher.write_u32(property.0);
        }
        let new = self.found.len() as u32;
        let first = self.by_hash.entry(hasher.finish()).or_insert(new);
        let mut candidate = Some(*first).filter(|&first| first != new);
        while let Some(number) = candidate {
            let shape = &self.found[number as usize];
            if properties(graph, shape.example).eq(properties(graph, node)) {
                return number;
            }
            candidate = shape.next;
        }
        let next = (*first != new).then_some(*first);
        *first = new;
        self.found.push(Shape { example: node, count: 0, next });
        new
    }
}

/// Returns the place of objects with these edges among the recent ones.
fn slot(edges: &Edges<'_>) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write_usize(edges.len());
    for label in edges.raw_labels().take(2) {
        hasher.write_u32(label);
    }
    hasher.finish() as usize % RECENT
}

/// Returns the names of the properties of `node`.
pub(super) fn properties(
    graph: &HeapGraph,
    node: NodeOrdinal,
) -> impl Iterator<Item = NameId> + '_ {
    let properties = graph.edges(node).filter(|edge| edge.kind == EdgeKind::Property);
    properties.filter_map(|edge| edge.label.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::draw;

    #[test]
    fn only_properties_and_their_order_count() {
        let drawing = draw(
            "root -> a b c d e; a -x-> a; a -y-> a; b -x-> b; b -y-> a; c -y-> c; c -x-> c
             d -x-> d; d -internal:y-> d; e -hidden:1-> e; e -x-> e; e -y-> c",
        );
        let graph = drawing.graph();
        let mut shapes = Shapes::new(&graph);
        let mut add = |label| shapes.add(drawing.node(label));
        assert_eq!(["a", "b", "c", "d", "e", "d", "b"].map(&mut add), [0, 0, 1, 2, 0, 2, 0]);
        let counts: Vec<_> = shapes.finish().iter().map(|shape| shape.count).collect();
        assert_eq!(counts, [4, 1, 2]);
    }
}
