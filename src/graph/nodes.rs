//! The columns of the nodes.

use rustc_hash::FxHashMap;

use super::NodeKind;
use crate::column::Column;

/// What the rows of `nodes` say, one column each.
///
/// Memory: 13 bytes per node.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    pub(crate) kinds: Column<NodeKind>,
    pub(crate) names: Column<u32>,
    pub(crate) ids: Column<u32>,
    pub(crate) self_sizes: SelfSizes,
    /// The few that are attached (1) or detached (2), ascending.
    pub(crate) detachedness: Vec<(u32, u8)>,
    /// Whether the header has that column.
    pub(crate) has_detachedness: bool,
}

impl Nodes {
    pub(crate) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Appends `count` nodes, all zero, and returns their columns for writing,
    /// and the list of the detached ones.
    pub(super) fn grow(&mut self, count: usize) -> (NewNodes<'_>, &mut Vec<(u32, u8)>) {
        let nodes = NewNodes {
            kinds: self.kinds.grow(count),
            names: self.names.grow(count),
            ids: self.ids.grow(count),
            self_sizes: self.self_sizes.narrow.grow(count),
            wide_sizes: &mut self.self_sizes.wide,
        };
        (nodes, &mut self.detachedness)
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.kinds.shrink_to_fit();
        self.names.shrink_to_fit();
        self.ids.shrink_to_fit();
        self.self_sizes.narrow.shrink_to_fit();
        self.detachedness.shrink_to_fit();
    }
}

/// Nodes that have just been appended.
pub(super) struct NewNodes<'a> {
    pub(super) kinds: &'a mut [NodeKind],
    pub(super) names: &'a mut [u32],
    pub(super) ids: &'a mut [u32],
    self_sizes: &'a mut [u32],
    wide_sizes: &'a mut FxHashMap<u32, u64>,
}

impl NewNodes<'_> {
    /// Writes the size of the node in `row`, which is `node` of all.
    #[inline]
    pub(super) fn set_self_size(&mut self, row: usize, node: u32, size: u64) {
        self.self_sizes[row] = narrowed(size);
        if size >= u64::from(u32::MAX) {
            self.wide_sizes.insert(node, size);
        }
    }
}

/// Bytes per node: 32 bits, and a map for the odd one past 4 GiB.
#[derive(Debug, Default)]
pub(crate) struct SelfSizes {
    narrow: Column<u32>,
    wide: FxHashMap<u32, u64>,
}

impl SelfSizes {
    /// The size of `node`.
    #[inline]
    pub(crate) fn get(&self, node: u32) -> u64 {
        match self.narrow[node as usize] {
            u32::MAX => self.wide[&node],
            size => u64::from(size),
        }
    }

    /// All sizes, by node.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        (0..).zip(self.narrow.iter()).map(|(node, &size)| match size {
            u32::MAX => self.wide[&node],
            size => u64::from(size),
        })
    }

    /// Changes the size of `node`.
    pub(crate) fn set(&mut self, node: u32, size: u64) {
        self.narrow[node as usize] = narrowed(size);
        if size >= u64::from(u32::MAX) {
            self.wide.insert(node, size);
        }
    }

    /// Sum of all.
    pub(crate) fn total(&self) -> u64 {
        self.iter().sum()
    }
}

/// `size` in 32 bits; the greatest of them stands for all that need more.
#[inline]
fn narrowed(size: u64) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}
