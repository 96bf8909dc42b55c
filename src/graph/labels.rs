//! The labels of edges.

use std::{hash::Hasher, ops::Range};

use rustc_hash::{FxHashMap, FxHasher};

use super::{Links, narrow::Narrow};
use crate::column::Column;

/// The label of each edge: a string index or a number, by its kind.
#[derive(Debug)]
pub(crate) enum Labels {
    /// By position.
    ///
    /// Memory: 4 bytes per edge.
    Listed(Column<u32>),
    /// By node: those of one class call their edges alike, so the lists are few.
    ///
    /// Memory: 2 bytes per node, 4 where there are more than 65,536 lists, and 4 per
    /// label of each list that differs from all others.
    Shared(Lists),
}

/// The lists of labels that differ, one after the other, and where that of each node
/// begins.
#[derive(Debug)]
pub(crate) struct Lists {
    begins: Narrow,
    labels: Column<u32>,
}

impl Labels {
    /// Prefetches where the labels of `node` are, unless they are beside its references.
    #[inline]
    pub(crate) fn prefetch(&self, node: u32) {
        if let Self::Shared(lists) = self {
            lists.begins.prefetch(node as usize);
        }
    }

    /// Returns the labels of `node`, whose edges are at these positions.
    #[inline]
    pub(crate) fn of(&self, node: u32, positions: Range<usize>) -> &[u32] {
        match self {
            Self::Listed(labels) => &labels[positions],
            Self::Shared(lists) => lists.of(node, positions.len()),
        }
    }
}

impl Lists {
    /// Returns the `count` labels of `node`; none before its list has come.
    #[inline]
    fn of(&self, node: u32, count: usize) -> &[u32] {
        let begin = self.begins.get(node as usize).map(|begin| begin as usize);
        begin.map_or(&[], |begin| &self.labels[begin..begin + count])
    }
}

/// Lists that are remembered, to be found again: where more differ, there is nothing to
/// be won, and the memory for that is 16 bytes each.
const MOST_LISTS: usize = 1 << 17;

/// Makes [`Lists`] of labels as they come.
#[derive(Debug)]
pub(super) struct ListBuilder {
    made: Lists,
    /// Hash of a list to where it begins, and its length.
    lists: FxHashMap<u64, (u32, u32)>,
    /// The node whose labels come next, and where they begin.
    node: u32,
    begin: usize,
}

impl ListBuilder {
    pub(super) fn new() -> Self {
        Self {
            made: Lists { begins: Narrow::coded(), labels: Column::new() },
            lists: FxHashMap::default(),
            node: 0,
            begin: 0,
        }
    }

    /// Takes the labels of the next edges, as many as `links` has edges for.
    pub(super) fn extend(&mut self, links: &Links, labels: impl IntoIterator<Item = u32>) {
        let mut missing = self.skip_to_edges(links);
        for label in labels {
            self.made.labels.push(label);
            missing -= 1;
            if missing == 0 {
                self.end_list();
                missing = self.skip_to_edges(links);
            }
        }
    }

    /// Goes to the next node that lacks labels and returns how many it lacks; past the last
    /// node, `usize::MAX`.
    fn skip_to_edges(&mut self, links: &Links) -> usize {
        while (self.node as usize) < links.node_count() {
            let missing = links.count_of(self.node) - (self.made.labels.len() - self.begin);
            if missing > 0 {
                return missing;
            }
            self.made.begins.grow(1);
            self.node += 1;
        }
        usize::MAX
    }

    /// Puts an earlier list in the place of the one that has come last, if they are equal.
    fn end_list(&mut self) {
        let list = &self.made.labels[self.begin..];
        let length = list.len() as u32;
        let mut hasher = FxHasher::default();
        for &label in list {
            hasher.write_u32(label);
        }
        let hash = hasher.finish();
        let equal = self.lists.get(&hash).filter(|&&(begin, other)| {
            other == length && self.made.labels[begin as usize..][..list.len()] == *list
        });
        let begin = if let Some(&(begin, _)) = equal {
            self.made.labels.truncate(self.begin);
            begin
        } else {
            let begin = self.begin as u32;
            if self.lists.len() < MOST_LISTS {
                self.lists.insert(hash, (begin, length));
            }
            self.begin = self.made.labels.len();
            begin
        };
        self.made.begins.grow(1);
        self.made.begins.set(self.node as usize, begin);
        self.node += 1;
    }

    /// Returns the `count` labels of `node`, all of which must have come.
    pub(super) fn of(&self, node: u32, count: usize) -> &[u32] {
        self.made.of(node, count)
    }

    /// Returns the lists, when all labels have come.
    pub(super) fn finish(mut self) -> Lists {
        self.made.begins.shrink_to_fit();
        self.made.labels.shrink_to_fit();
        self.made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lists_are_kept_once_however_they_come() {
        let of_nodes: [&[u32]; 8] =
            [&[1], &[7, 8, 9], &[], &[7, 8], &[7, 8, 9], &[1], &[7, 8, 9], &[]];
        let mut links = Links::new();
        let mut new = links.offsets.grow(of_nodes.len());
        let mut end = 0;
        for (node, labels) in of_nodes.iter().enumerate() {
            end += labels.len() as u32;
            new.end_at(node, end);
        }
        let all: Vec<u32> = of_nodes.concat();
        for piece in 1..=all.len() {
            let mut builder = ListBuilder::new();
            all.chunks(piece).for_each(|labels| builder.extend(&links, labels.iter().copied()));
            builder.extend(&links, []);
            let lists = builder.finish();
            assert_eq!(lists.labels.len(), 1 + 3 + 2, "pieces of {piece}");
            let labels = Labels::Shared(lists);
            for (node, expected) in (0..).zip(of_nodes) {
                assert_eq!(labels.of(node, links.range(node)), expected, "{node}");
            }
        }
    }
}
