//! The columns of the nodes, while they are read.

use super::{NodeKind, ids::Ids, narrow::Narrow, self_sizes::SelfSizes};
use crate::column::Column;

/// What the rows of `nodes` say, one column each.
///
/// Memory: 11 bytes per node; 5 where there are few names and ids are counted.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    pub(super) kinds: Column<NodeKind>,
    pub(super) names: Narrow,
    pub(super) ids: Ids,
    pub(super) self_sizes: SelfSizes,
    /// The few that are attached (1) or detached (2), ascending.
    pub(super) detachedness: Vec<(u32, u8)>,
}

impl Nodes {
    /// Returns columns for a source that has few names and counts its nodes for ids.
    pub(super) fn lean() -> Self {
        Self { names: Narrow::coded(), ids: Ids::Counted, ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Appends `count` nodes, all zero, and returns their columns for writing.
    pub(super) fn grow(&mut self, count: usize) -> NewNodes<'_> {
        let first = self.len();
        self.names.grow(count);
        self.ids.grow(count);
        self.self_sizes.grow(count);
        self.kinds.grow(count);
        NewNodes { first, nodes: self }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.kinds.shrink_to_fit();
        self.names.shrink_to_fit();
        self.ids.shrink_to_fit();
        self.self_sizes.shrink_to_fit();
        self.detachedness.shrink_to_fit();
    }
}

/// Nodes that have just been appended.
pub(super) struct NewNodes<'a> {
    /// The first of them.
    first: usize,
    nodes: &'a mut Nodes,
}

impl NewNodes<'_> {
    /// Writes the node in `row`; those before have been written.
    #[inline]
    pub(super) fn set(&mut self, row: usize, kind: NodeKind, name: u32, id: u32, size: u64) {
        let index = self.first + row;
        self.nodes.kinds[index] = kind;
        self.nodes.names.set(index, name);
        self.nodes.ids.set(index, id, &self.nodes.kinds);
        self.nodes.self_sizes.set(index as u32, size);
    }

    /// Notes whether the node in `row` is attached (1) or detached (2).
    pub(super) fn set_detachedness(&mut self, row: usize, state: u8) {
        self.nodes.detachedness.push(((self.first + row) as u32, state));
    }
}
