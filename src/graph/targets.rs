//! Kinds and targets of edges, in as many bits as they need.

use std::ops::Range;

use super::EdgeKind;
use crate::packed::{Packed, bits_of};

/// Bits of an edge that are its kind.
const KIND_BITS: u32 = 3;

/// The kinds and targets of edges, by position.
#[derive(Debug)]
pub(super) struct Targets(Packed);

impl Targets {
    /// Returns no edges, each of which will take 32 bits.
    pub(super) fn wide() -> Self {
        Self(Packed::of_width(u32::BITS))
    }

    /// Returns no edges to nodes below `node_count`, at most 2^29, each of which will take no more
    /// bits than that needs.
    pub(super) fn narrow(node_count: u32) -> Self {
        Self(Packed::of_width(KIND_BITS + bits_of(node_count.saturating_sub(1))))
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Appends `count` edges, to be written.
    pub(super) fn grow(&mut self, count: usize) {
        self.0.grow(count);
    }

    /// Gives back what only more edges would need.
    pub(super) fn shrink_to_fit(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Writes the edge at `position`, once.
    #[inline]
    pub(super) fn set(&mut self, position: usize, kind: EdgeKind, target: u32) {
        self.0.set(position, target << KIND_BITS | kind as u32);
    }

    /// Returns kind and target of the edge at `position`.
    #[inline]
    pub(super) fn get(&self, position: usize) -> (EdgeKind, u32) {
        let edge = self.0.get(position);
        (EdgeKind::from_bits(edge & ((1 << KIND_BITS) - 1)), edge >> KIND_BITS)
    }

    /// Returns those of the edges at `positions`.
    #[inline]
    pub(super) fn part(&self, positions: Range<usize>) -> TargetsOf<'_> {
        TargetsOf { targets: self, positions }
    }

    /// Prefetches the edge at `position`.
    #[inline]
    pub(super) fn prefetch(&self, position: usize) {
        self.0.prefetch(position);
    }
}

/// Kinds and targets of some edges, in their order.
#[derive(Clone, Debug)]
pub struct TargetsOf<'a> {
    targets: &'a Targets,
    positions: Range<usize>,
}

impl TargetsOf<'_> {
    /// Returns the positions of those that are left.
    #[inline]
    pub(super) fn positions(&self) -> Range<usize> {
        self.positions.clone()
    }

    #[inline]
    fn at(&self, position: usize) -> (EdgeKind, u32) {
        self.targets.get(position)
    }
}

impl Iterator for TargetsOf<'_> {
    type Item = (EdgeKind, u32);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.positions.next().map(|position| self.at(position))
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<Self::Item> {
        self.positions.nth(n).map(|position| self.at(position))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.positions.size_hint()
    }
}

impl DoubleEndedIterator for TargetsOf<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        self.positions.next_back().map(|position| self.at(position))
    }
}

impl ExactSizeIterator for TargetsOf<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Random;

    #[test]
    fn edges_of_all_widths_are_kept() {
        let mut random = Random::new(9);
        for node_count in [1, 2, 3, 255, 256, 1 << 20, (1 << 21) + 1, 1 << 29] {
            let edge = |random: &mut Random| {
                let to = random.below(node_count as usize) as u32;
                (EdgeKind::from_bits(random.below(7) as u32), to)
            };
            let edges: Vec<_> = (0..1000).map(|_| edge(&mut random)).collect();
            for mut targets in [Targets::wide(), Targets::narrow(node_count)] {
                for (piece, edges) in edges.chunks(77).enumerate() {
                    targets.grow(edges.len());
                    for (at, &(kind, to)) in (piece * 77..).zip(edges) {
                        targets.set(at, kind, to);
                    }
                }
                targets.shrink_to_fit();
                assert_eq!(targets.len(), edges.len());
                assert!(targets.part(0..1000).eq(edges.iter().copied()));
                assert!(targets.part(300..303).rev().eq(edges[300..303].iter().rev().copied()));
                assert_eq!(targets.part(5..1000).nth(70), Some(edges[75]));
                assert_eq!(targets.get(999), edges[999]);
            }
        }
    }
}
