//! Which node refers to which.

use std::ops::Range;

use super::EdgeKind;
use crate::column::Column;

/// Bits of a packed target that are the node; the three above are the kind.
const TARGET_BITS: u32 = 29;
const TARGET_MASK: u32 = (1 << TARGET_BITS) - 1;

/// Which node refers to which, without what the references are called: all
/// that reachability and dominators need.
///
/// Shapes, with `n` nodes and `m` edges:
///
/// | field     | length  | element                                            |
/// |-----------|---------|----------------------------------------------------|
/// | `first`   | `n + 1` | index into `targets`; ascending, ends in `m`       |
/// | `targets` | `m`     | node below `n` in 29 bits, edge kind in the top 3  |
///
/// Memory: `4n + 4m + 4` bytes.
#[derive(Debug)]
pub struct Links {
    pub(super) first: Column<u32>,
    pub(super) targets: Column<u32>,
}

impl Links {
    pub(super) fn new() -> Self {
        Self { first: Column::new(), targets: Column::new() }
    }

    /// Returns the number of nodes.
    #[inline]
    pub fn node_count(&self) -> usize {
        self.first.len() - 1
    }

    /// Returns the number of edges.
    #[inline]
    pub fn edge_count(&self) -> usize {
        self.targets.len()
    }

    /// Returns the positions of the edges of `node`.
    #[inline]
    pub fn range(&self, node: u32) -> Range<usize> {
        let node = node as usize;
        self.first[node] as usize..self.first[node + 1] as usize
    }

    /// Asks for the memory of what [`range`](Self::range) reads.
    #[inline]
    pub(crate) fn prefetch_range(&self, node: u32) {
        self.first.prefetch(node as usize);
    }

    /// Asks for the memory of the first edges of `node`.
    #[inline]
    pub(crate) fn prefetch_targets(&self, node: u32) {
        self.targets.prefetch(self.first[node as usize] as usize);
    }

    /// Returns the node that the edge at `position` leaves from.
    pub(super) fn source_of(&self, position: usize) -> Option<u32> {
        let next = self.first.partition_point(|&first| first as usize <= position);
        (position < self.edge_count()).then(|| next as u32 - 1)
    }

    /// Returns the node that the edge at `position` leaves from, which is not before
    /// `node` and may be far behind it.
    pub(crate) fn source_from(&self, node: u32, position: usize) -> u32 {
        const STRIDE: usize = 64;
        let ends = &self.first[node as usize + 1..];
        let is_before = |&end: &u32| end as usize <= position;
        let strides =
            ends.chunks_exact(STRIDE).take_while(|ends| ends.last().is_some_and(is_before));
        let passed = strides.count() * STRIDE;
        let rest = ends[passed..].iter().take_while(|end| is_before(end));
        node + (passed + rest.count()) as u32
    }

    /// Returns kind and target of the edge at `position`.
    #[inline]
    pub fn get(&self, position: usize) -> (EdgeKind, u32) {
        unpack(self.targets[position])
    }

    /// Returns kinds and targets of the edges of `node`, in V8's order.
    #[inline]
    pub fn of(
        &self,
        node: u32,
    ) -> impl ExactSizeIterator<Item = (EdgeKind, u32)> + DoubleEndedIterator + '_ {
        self.targets[self.range(node)].iter().map(|&packed| unpack(packed))
    }

    /// Returns the edges of `node` as they are stored: to be compared, or [unpacked](unpack).
    pub(super) fn packed(&self, node: u32) -> &[u32] {
        &self.targets[self.range(node)]
    }

    /// Returns kinds and targets of all edges, by position.
    #[inline]
    pub fn all(&self) -> impl Iterator<Item = (EdgeKind, u32)> + '_ {
        self.targets.iter().map(|&packed| unpack(packed))
    }

    /// Puts kind and target of an edge into 32 bits.
    #[inline]
    pub(super) fn pack(kind: EdgeKind, target: u32) -> u32 {
        (kind as u32) << TARGET_BITS | target
    }
}

/// Whether two packed edges are of one kind.
#[inline]
pub(super) fn are_of_one_kind(a: u32, b: u32) -> bool {
    (a ^ b) >> TARGET_BITS == 0
}

/// Returns kind and target of a packed edge.
#[inline]
pub(super) fn unpack(packed: u32) -> (EdgeKind, u32) {
    (EdgeKind::from_bits(packed >> TARGET_BITS), packed & TARGET_MASK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_of_an_edge_is_found_from_any_node_before() {
        // Node 3 n has n edges, the others none.
        let mut links = Links::new();
        let mut end = 0;
        for node in 0..1000 {
            links.first.push(end);
            end += if node % 3 == 0 { node / 3 } else { 0 };
        }
        links.first.push(end);
        links.targets.grow(end as usize);
        for position in 0..end as usize {
            let source = links.source_of(position).expect("there is one");
            for node in [0, source / 2, source.saturating_sub(64), source] {
                assert_eq!(links.source_from(node, position), source);
            }
        }
    }
}
