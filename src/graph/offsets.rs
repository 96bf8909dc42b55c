//! Where the edges of each node begin.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::column::Column;

/// Nodes of which the first one's edges are noted.
const BLOCK: usize = 16;

/// Stands for a count of edges that is in a map.
const MANY: u8 = u8::MAX;

/// The positions of the edges of each node.
#[derive(Debug)]
pub(super) enum Offsets {
    /// Where the edges of each node begin, and of all of them the end: ascending.
    ///
    /// Memory: 4 bytes per node.
    Listed(Column<u32>),
    /// Memory: 1.25 bytes per node, and more for one with 255 edges or more.
    Counted(Counts),
}

/// How many edges the nodes have.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Where the edges of every [`BLOCK`]th node begin.
    begins: Column<u32>,
    /// The number of edges of each node, or [`MANY`].
    few: Column<u8>,
    many: FxHashMap<u32, u32>,
    end: u32,
}

impl Offsets {
    /// Returns the offsets of no nodes, each of which will take 4 bytes.
    pub(super) fn listed() -> Self {
        Self::Listed(Column::filled(1, 0))
    }

    /// Returns the offsets of no nodes, each of which will take 1.25 bytes.
    pub(super) fn counted() -> Self {
        Self::Counted(Counts::default())
    }

    /// Returns the number of nodes.
    #[inline]
    pub(super) fn node_count(&self) -> usize {
        match self {
            Self::Listed(first) => first.len() - 1,
            Self::Counted(counts) => counts.few.len(),
        }
    }

    /// Appends `count` nodes without edges, and returns them for writing.
    pub(super) fn grow(&mut self, count: usize) -> NewOffsets<'_> {
        let first = self.node_count();
        match self {
            Self::Listed(ends) => NewOffsets::Listed(ends.grow(count)),
            Self::Counted(counts) => {
                counts.few.grow(count);
                let blocks = (first + count).div_ceil(BLOCK) - counts.begins.len();
                counts.begins.grow(blocks);
                NewOffsets::Counted { first, counts }
            }
        }
    }

    /// Gives back what only more nodes would need.
    pub(super) fn shrink_to_fit(&mut self) {
        match self {
            Self::Listed(first) => first.shrink_to_fit(),
            Self::Counted(Counts { begins, few, .. }) => {
                begins.shrink_to_fit();
                few.shrink_to_fit();
            }
        }
    }

    /// Returns the positions of the edges of `node`.
    #[inline]
    pub(super) fn range(&self, node: usize) -> Range<usize> {
        match self {
            Self::Listed(first) => first[node] as usize..first[node + 1] as usize,
            Self::Counted(counts) => counts.range(node),
        }
    }

    /// Returns the number of edges of `node`.
    #[inline]
    pub(super) fn count(&self, node: usize) -> usize {
        match self {
            Self::Listed(_) => self.range(node).len(),
            Self::Counted(counts) => counts.count(node),
        }
    }

    /// Prefetches what [`range`](Self::range) reads.
    #[inline]
    pub(super) fn prefetch(&self, node: usize) {
        match self {
            Self::Listed(first) => first.prefetch(node),
            Self::Counted(Counts { begins, few, .. }) => {
                begins.prefetch(node / BLOCK);
                few.prefetch(node);
            }
        }
    }

    /// Returns the node that the edge at `position`, which there is, leaves from.
    pub(super) fn source_of(&self, position: usize) -> usize {
        match self {
            Self::Listed(first) => first.partition_point(|&first| first as usize <= position) - 1,
            Self::Counted(_) => self.ended_from(0, position),
        }
    }

    /// Returns the number of nodes from `from` on, up to the first whose edges end behind
    /// `position`.
    pub(super) fn ended_from(&self, from: usize, position: usize) -> usize {
        const STRIDE: usize = 64;
        match self {
            Self::Listed(first) => {
                let ends = &first[from + 1..];
                let is_before = |&end: &u32| end as usize <= position;
                let strides =
                    ends.chunks_exact(STRIDE).take_while(|ends| ends.last().is_some_and(is_before));
                let passed = strides.count() * STRIDE;
                passed + ends[passed..].iter().take_while(|end| is_before(end)).count()
            }
            Self::Counted(Counts { begins, .. }) => {
                let block = begins.partition_point(|&begin| begin as usize <= position);
                let from_block = block.saturating_sub(1) * BLOCK;
                let is_before = |&node: &usize| self.range(node).end <= position;
                let start = from.max(from_block);
                start - from + (start..self.node_count()).take_while(is_before).count()
            }
        }
    }
}

/// Nodes that have just been appended.
pub(super) enum NewOffsets<'a> {
    Listed(&'a mut [u32]),
    Counted { first: usize, counts: &'a mut Counts },
}

impl NewOffsets<'_> {
    /// Writes the end of the edges of the node in `row`; those before have been written.
    #[inline]
    pub(super) fn end_at(&mut self, row: usize, end: u32) {
        match self {
            Self::Listed(ends) => ends[row] = end,
            Self::Counted { first, counts } => counts.end_at(*first + row, end),
        }
    }
}

impl Counts {
    #[inline]
    fn end_at(&mut self, node: usize, end: u32) {
        if node.is_multiple_of(BLOCK) {
            self.begins[node / BLOCK] = self.end;
        }
        let count = end - self.end;
        self.end = end;
        self.few[node] = match u8::try_from(count) {
            Ok(count) if count < MANY => count,
            _ => {
                self.many.insert(node as u32, count);
                MANY
            }
        };
    }

    /// A call of its own, so that [`Offsets::range`] is short enough to need none.
    #[inline(never)]
    fn range(&self, node: usize) -> Range<usize> {
        let begin = self.begin(node);
        begin..begin + self.count(node)
    }

    #[inline]
    fn count(&self, node: usize) -> usize {
        match self.few[node] {
            MANY => self.many[&(node as u32)] as usize,
            count => usize::from(count),
        }
    }

    #[inline]
    fn begin(&self, node: usize) -> usize {
        let (block, before) = (node / BLOCK, node % BLOCK);
        let begin = self.begins[block] as usize;
        if let Some(counts) = self.few.get(block * BLOCK..).and_then(<[u8]>::first_chunk) {
            let counts = u128::from_le_bytes(*counts) & ((1 << (8 * before)) - 1);
            if !has_many(counts) {
                return begin + sum(counts);
            }
        }
        begin + (block * BLOCK..node).map(|node| self.count(node)).sum::<usize>()
    }
}

/// Whether one of 16 bytes is [`MANY`].
#[inline]
fn has_many(bytes: u128) -> bool {
    const LOW: u128 = u128::from_le_bytes([1; 16]);
    const HIGH: u128 = LOW << 7;
    (!bytes).wrapping_sub(LOW) & bytes & HIGH != 0
}

/// Sums 16 bytes.
#[inline]
fn sum(bytes: u128) -> usize {
    const EVEN: u64 = 0x00FF_00FF_00FF_00FF;
    let half = |bytes: u64| (bytes & EVEN) + (bytes >> 8 & EVEN);
    let pairs = half(bytes as u64) + half((bytes >> 64) as u64); // at most 1,020 each
    (pairs.wrapping_mul(0x0001_0001_0001_0001) >> 48) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Random;

    /// Returns offsets of nodes with these numbers of edges, written in pieces.
    fn offsets(mut offsets: Offsets, counts: &[u32]) -> Offsets {
        let mut end = 0;
        for counts in counts.chunks(7) {
            let mut new = offsets.grow(counts.len());
            for (row, count) in counts.iter().enumerate() {
                end += count;
                new.end_at(row, end);
            }
        }
        offsets.shrink_to_fit();
        offsets
    }

    #[test]
    fn edges_are_found_whatever_the_counts() {
        let mut random = Random::new(5);
        for round in 0..40 {
            let length = 1 + random.below(200);
            let counts: Vec<u32> = (0..length)
                .map(|_| {
                    if random.once_in(10) {
                        [0, 254, 255, 256, 70_000][random.below(5)]
                    } else {
                        random.below(5) as u32
                    }
                })
                .collect();
            for offsets in [Offsets::listed(), Offsets::counted()].map(|it| offsets(it, &counts)) {
                let mut begin = 0;
                assert_eq!(offsets.node_count(), length, "{round}");
                for (node, &count) in counts.iter().enumerate() {
                    let end = begin + count as usize;
                    assert_eq!(offsets.range(node), begin..end, "{round}: {node}");
                    assert_eq!(offsets.count(node), count as usize);
                    if count > 0 {
                        assert_eq!(offsets.source_of(begin), node);
                        assert_eq!(offsets.source_of(end - 1), node);
                        for from in [0, node / 2, node.saturating_sub(64), node] {
                            assert_eq!(from + offsets.ended_from(from, end - 1), node);
                            assert_eq!(from + offsets.ended_from(from, begin), node);
                        }
                    }
                    begin = end;
                }
            }
        }
    }

    #[test]
    fn bytes_are_added_up() {
        for bytes in [[0; 16], [254; 16], [1; 16], [127; 16]] {
            assert_eq!(sum(u128::from_le_bytes(bytes)), 16 * usize::from(bytes[0]));
            assert!(!has_many(u128::from_le_bytes(bytes)));
        }
        for at in 0..16 {
            let mut bytes = [3; 16];
            bytes[at] = MANY;
            assert!(has_many(u128::from_le_bytes(bytes)), "{at}");
        }
    }
}
