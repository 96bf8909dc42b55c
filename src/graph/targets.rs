//! Kinds and targets of edges, in as many bits as they need.

use std::ops::Range;

use super::EdgeKind;
use crate::column::Column;

/// Bits of an edge that are its kind.
const KIND_BITS: u32 = 3;

/// Bytes that a read may cover beyond the edge that it is for.
const SLACK: usize = size_of::<u64>();

/// The kinds and targets of edges, by position.
#[derive(Debug)]
pub(super) struct Targets {
    /// One edge after the other, `width` bits each, the lowest first; and [`SLACK`].
    bytes: Column<u8>,
    width: u32,
    mask: u64,
    len: usize,
}

impl Targets {
    /// Returns no edges, each of which will take 32 bits.
    pub(super) fn wide() -> Self {
        Self::of_width(u32::BITS)
    }

    /// Returns no edges to nodes below `node_count`, each of which will take no more bits than
    /// that needs.
    pub(super) fn narrow(node_count: u32) -> Self {
        Self::of_width(KIND_BITS + (u32::BITS - node_count.leading_zeros()))
    }

    fn of_width(width: u32) -> Self {
        Self { bytes: Column::filled(SLACK, 0), width, mask: (1 << width) - 1, len: 0 }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Appends `count` edges, all zero.
    pub(super) fn grow(&mut self, count: usize) {
        self.len += count;
        let bytes = (self.len * self.width as usize).div_ceil(8) + SLACK;
        self.bytes.grow(bytes - self.bytes.len());
    }

    /// Gives back what only more edges would need.
    pub(super) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// Writes the edge at `position`, which was zero.
    #[inline]
    pub(super) fn set(&mut self, position: usize, kind: EdgeKind, target: u32) {
        let bit = position * self.width as usize;
        let value = (u64::from(target) << KIND_BITS | kind as u64) & self.mask;
        if let Some(bytes) = self.bytes.get_mut(bit / 8..).and_then(<[u8]>::first_chunk_mut) {
            *bytes = (u64::from_le_bytes(*bytes) | value << (bit % 8)).to_le_bytes();
        }
    }

    /// Returns kind and target of the edge at `position`.
    #[inline]
    pub(super) fn get(&self, position: usize) -> (EdgeKind, u32) {
        self.part(position..position + 1).at(position)
    }

    /// Returns those of the edges at `positions`.
    #[inline]
    pub(super) fn part(&self, positions: Range<usize>) -> TargetsOf<'_> {
        assert!(positions.end <= self.len, "positions of edges");
        TargetsOf { bytes: &self.bytes, width: self.width, mask: self.mask, positions }
    }

    /// Prefetches the edge at `position`.
    #[inline]
    pub(super) fn prefetch(&self, position: usize) {
        self.bytes.prefetch(position * self.width as usize / 8);
    }
}

/// Kinds and targets of some edges, in their order.
#[derive(Clone, Debug)]
pub struct TargetsOf<'a> {
    bytes: &'a [u8],
    width: u32,
    mask: u64,
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
        let bit = position * self.width as usize;
        let bytes = self.bytes.get(bit / 8..).and_then(<[u8]>::first_chunk);
        let edge = u64::from_le_bytes(*bytes.expect("slack behind the last edge"));
        let edge = edge >> (bit % 8) & self.mask;
        (EdgeKind::from_bits(edge as u32 & ((1 << KIND_BITS) - 1)), (edge >> KIND_BITS) as u32)
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

    #[test]
    fn an_edge_takes_no_more_bits_than_its_heap_needs() {
        let bytes = |mut targets: Targets| {
            targets.grow(1 << 20);
            targets.bytes.len() - SLACK
        };
        assert_eq!(bytes(Targets::wide()), 4 << 20);
        assert_eq!(bytes(Targets::narrow(1_500_000)), 3 << 20);
        assert_eq!(bytes(Targets::narrow(5_000_000)), (26 << 20) / 8);
    }
}
