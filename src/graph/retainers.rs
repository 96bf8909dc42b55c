//! Which node is referred to by which: the links, turned round.

use super::{
    EdgeKind, Links,
    links::{TARGET_MASK, unpack},
};
use crate::{column::Column, units::NodeOrdinal};

/// The references to each node.
///
/// Shapes, with `n` nodes and `m` edges:
///
/// | field     | length  | element                                                    |
/// |-----------|---------|------------------------------------------------------------|
/// | `first`   | `n + 1` | index into `sources`; ascending, ends in `m`               |
/// | `sources` | `m`     | the node that refers in 29 bits, edge kind in the top 3    |
///
/// Memory: `4n + 4m + 4` bytes.
#[derive(Debug)]
pub struct Retainers {
    first: Column<u32>,
    sources: Column<u32>,
}

impl Retainers {
    /// Turns `links` round.
    pub fn of(links: &Links) -> Self {
        let count = links.node_count();
        // Counted one place ahead, so that what is a count is then a beginning, and then an end.
        let mut first: Column<u32> = Column::zeroed(count + 2);
        for (_, target) in links.all() {
            first[target as usize + 2] += 1;
        }
        for node in 2..first.len() {
            first[node] += first[node - 1];
        }
        let mut sources: Column<u32> = Column::zeroed(links.edge_count());
        for node in 0..count as u32 {
            for &packed in links.packed(node) {
                let place = &mut first[(packed & TARGET_MASK) as usize + 1];
                sources[*place as usize] = packed & !TARGET_MASK | node;
                *place += 1;
            }
        }
        Self { first, sources }
    }

    /// Returns how many references lead to `node`.
    #[inline]
    pub fn count(&self, node: NodeOrdinal) -> usize {
        self.of_node(node).len()
    }

    /// Returns the reference to `node` at `position` among those to it.
    #[inline]
    pub fn get(&self, node: NodeOrdinal, position: usize) -> Option<(EdgeKind, NodeOrdinal)> {
        let (kind, source) = unpack(*self.packed(node).get(position)?);
        Some((kind, NodeOrdinal(source)))
    }

    /// Returns the position of the first reference to `node` that does not come from a node
    /// before `source`.
    pub fn first_from(&self, node: NodeOrdinal, source: NodeOrdinal) -> usize {
        self.packed(node).partition_point(|&packed| unpack(packed).1 < source.0)
    }

    fn packed(&self, node: NodeOrdinal) -> &[u32] {
        let (from, to) = (self.first[node.index()], self.first[node.index() + 1]);
        &self.sources[from as usize..to as usize]
    }

    /// Returns the references to `node`: kind and source, sources ascending; one that refers to
    /// it twice, twice.
    #[inline]
    pub fn of_node(
        &self,
        node: NodeOrdinal,
    ) -> impl ExactSizeIterator<Item = (EdgeKind, NodeOrdinal)> + '_ {
        self.packed(node).iter().map(|&packed| {
            let (kind, source) = unpack(packed);
            (kind, NodeOrdinal(source))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{Random, draw, random_heap};

    #[test]
    fn each_reference_is_found_from_its_far_end() {
        let graph = draw(
            "root -> a b; a -x-> c; a -weak:y-> c; b -> c c; c -> c
             d: object D",
        )
        .graph();
        let retainers = Retainers::of(graph.links());
        let of = |node| {
            retainers
                .of_node(NodeOrdinal(node))
                .map(|(kind, node)| (kind, node.0))
                .collect::<Vec<_>>()
        };
        use EdgeKind::{Property, Weak};
        assert_eq!(
            of(3),
            [(Property, 1), (Weak, 1), (Property, 2), (Property, 2), (Property, 3)]
        );
        assert_eq!(retainers.first_from(NodeOrdinal(3), NodeOrdinal(2)), 2);
        assert_eq!(retainers.get(NodeOrdinal(3), 1), Some((Weak, NodeOrdinal(1))));
        assert_eq!(retainers.get(NodeOrdinal(3), 5), None);
        assert_eq!((of(1), of(0), of(4)), (vec![(Property, 0)], vec![], vec![]));
    }

    #[test]
    fn nothing_is_lost_or_made_up() {
        let mut random = Random::new(7);
        for _ in 0..200 {
            let graph = random_heap(&mut random, 12).graph();
            let retainers = Retainers::of(graph.links());
            for target in graph.ordinals() {
                let expected = graph.ordinals().flat_map(|source| {
                    let edges = graph.edges(source).filter(move |edge| edge.to == target);
                    edges.map(move |edge| (edge.kind, source))
                });
                let mut expected: Vec<_> = expected.collect();
                let mut found: Vec<_> = retainers.of_node(target).collect();
                expected.sort();
                found.sort();
                assert_eq!(found, expected);
            }
        }
    }
}
