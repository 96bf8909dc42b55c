//! Kinds and targets of edges, in as many bits as they need.

use std::{ops::Range, slice};

use super::EdgeKind;
use crate::{
    column::Column,
    packed::{Packed, bits_of},
};

/// Bits of an edge that are its kind.
const KIND_BITS: u32 = 3;

/// The kinds and targets of edges, by position.
#[derive(Debug)]
pub(super) enum Targets {
    /// In 32 bits each, which are read in less time.
    Wide(Column<u32>),
    /// In no more bits than they need.
    Narrow(Packed),
}

impl Targets {
    /// Returns no edges, each of which will take 32 bits.
    pub(super) fn wide() -> Self {
        Self::Wide(Column::new())
    }

    /// Returns no edges to nodes below `node_count`, at most 2^29, each of which will take no more
    /// bits than that needs.
    pub(super) fn narrow(node_count: u32) -> Self {
        Self::Narrow(Packed::of_width(KIND_BITS + bits_of(node_count.saturating_sub(1))))
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Wide(edges) => edges.len(),
            Self::Narrow(edges) => edges.len(),
        }
    }

    /// Appends `count` edges, and returns them for writing.
    pub(super) fn grow(&mut self, count: usize) -> NewTargets<'_> {
        match self {
            Self::Wide(edges) => NewTargets::Wide(edges.grow(count).iter_mut()),
            Self::Narrow(edges) => {
                let first = edges.len();
                edges.grow(count);
                NewTargets::Narrow { positions: first..first + count, edges }
            }
        }
    }

    /// Gives back what only more edges would need.
    pub(super) fn shrink_to_fit(&mut self) {
        match self {
            Self::Wide(edges) => edges.shrink_to_fit(),
            Self::Narrow(edges) => edges.shrink_to_fit(),
        }
    }

    /// Returns kind and target of the edge at `position`.
    #[inline]
    pub(super) fn get(&self, position: usize) -> (EdgeKind, u32) {
        match self {
            Self::Wide(edges) => parts(edges[position]),
            Self::Narrow(edges) => parts(edges.get(position)),
        }
    }

    /// Returns those of the edges at `positions`.
    #[inline]
    pub(super) fn part(&self, positions: Range<usize>) -> TargetsOf<'_> {
        match self {
            Self::Wide(edges) => TargetsOf(Part::Wide(edges[positions].iter())),
            Self::Narrow(edges) => TargetsOf(Part::Narrow { edges, positions }),
        }
    }

    /// Returns all edges in the way in which they are stored.
    #[inline]
    pub(super) fn stored(&self) -> Stored<'_> {
        match self {
            Self::Wide(edges) => Stored::Wide(edges),
            Self::Narrow(edges) => Stored::Narrow(edges),
        }
    }

    /// Prefetches the edge at `position`.
    #[inline]
    pub(super) fn prefetch(&self, position: usize) {
        match self {
            Self::Wide(edges) => edges.prefetch(position),
            Self::Narrow(edges) => edges.prefetch(position),
        }
    }
}

/// Edges in the way in which they are stored, for searches: deciding which it is at each edge would
/// take a tenth of their time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stored<'a> {
    Wide(&'a [u32]),
    Narrow(&'a Packed),
}

/// Edges that are stored in one way.
pub(crate) trait EdgesAt: Copy {
    /// Returns kind and target of the edge at `position`.
    fn at(self, position: usize) -> (EdgeKind, u32);
}

impl EdgesAt for &[u32] {
    #[inline]
    fn at(self, position: usize) -> (EdgeKind, u32) {
        parts(self[position])
    }
}

impl EdgesAt for &Packed {
    #[inline]
    fn at(self, position: usize) -> (EdgeKind, u32) {
        parts(self.get(position))
    }
}

/// Returns kind and target of an edge.
#[inline]
fn parts(edge: u32) -> (EdgeKind, u32) {
    (EdgeKind::from_bits(edge & ((1 << KIND_BITS) - 1)), edge >> KIND_BITS)
}

/// Returns an edge in 32 bits.
#[inline]
pub(super) fn packed(kind: EdgeKind, target: u32) -> u32 {
    target << KIND_BITS | kind as u32
}

/// Edges that have just been appended.
pub(super) enum NewTargets<'a> {
    Wide(slice::IterMut<'a, u32>),
    Narrow { edges: &'a mut Packed, positions: Range<usize> },
}

impl NewTargets<'_> {
    /// Writes the next edge; returns whether there is one left.
    #[inline]
    pub(super) fn put(&mut self, kind: EdgeKind, target: u32) -> bool {
        let edge = packed(kind, target);
        match self {
            Self::Wide(edges) => edges.next().map(|next| *next = edge).is_some(),
            Self::Narrow { edges, positions } => {
                positions.next().map(|position| edges.set(position, edge)).is_some()
            }
        }
    }
}

/// Kinds and targets of some edges, in their order.
#[derive(Clone, Debug)]
pub struct TargetsOf<'a>(Part<'a>);

#[derive(Clone, Debug)]
enum Part<'a> {
    Wide(slice::Iter<'a, u32>),
    Narrow { edges: &'a Packed, positions: Range<usize> },
}

impl Iterator for TargetsOf<'_> {
    type Item = (EdgeKind, u32);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Part::Wide(edges) => edges.next().map(|&edge| parts(edge)),
            Part::Narrow { edges, positions } => positions.next().map(|at| parts(edges.get(at))),
        }
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<Self::Item> {
        match &mut self.0 {
            Part::Wide(edges) => edges.nth(n).map(|&edge| parts(edge)),
            Part::Narrow { edges, positions } => positions.nth(n).map(|at| parts(edges.get(at))),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Part::Wide(edges) => edges.size_hint(),
            Part::Narrow { positions, .. } => positions.size_hint(),
        }
    }

    /// Decides once for all edges how they are stored.
    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut with: F) -> B {
        match self.0 {
            Part::Wide(edges) => edges.fold(init, |all, &edge| with(all, parts(edge))),
            Part::Narrow { edges, positions } => {
                positions.fold(init, |all, at| with(all, parts(edges.get(at))))
            }
        }
    }
}

impl DoubleEndedIterator for TargetsOf<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Part::Wide(edges) => edges.next_back().map(|&edge| parts(edge)),
            Part::Narrow { edges, positions } => {
                positions.next_back().map(|at| parts(edges.get(at)))
            }
        }
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
                for edges in edges.chunks(77) {
                    let mut new = targets.grow(edges.len());
                    assert!(edges.iter().all(|&(kind, to)| new.put(kind, to)));
                    assert!(!new.put(EdgeKind::Other, 0), "there are no more");
                }
                targets.shrink_to_fit();
                assert_eq!(targets.len(), edges.len());
                assert!(targets.part(0..1000).eq(edges.iter().copied()));
                assert!(targets.part(300..303).rev().eq(edges[300..303].iter().rev().copied()));
                assert_eq!(targets.part(5..1000).nth(70), Some(edges[75]));
                let mut folded = Vec::new();
                targets.part(300..400).for_each(|edge| folded.push(edge));
                assert_eq!(folded, edges[300..400]);
                assert_eq!(targets.get(999), edges[999]);
                let stored = |position| match targets.stored() {
                    Stored::Wide(edges) => edges.at(position),
                    Stored::Narrow(edges) => edges.at(position),
                };
                assert_eq!((stored(0), stored(999)), (edges[0], edges[999]));
            }
        }
    }
}
