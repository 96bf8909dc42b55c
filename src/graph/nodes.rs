//! The columns of the nodes.

use rustc_hash::FxHashMap;

use super::{NodeKind, narrow::Narrow};
use crate::{column::Column, units::ObjectId};

/// What the rows of `nodes` say, one column each.
///
/// Memory: 11 bytes per node; 5 where there are few names and ids are counted.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    pub(crate) kinds: Column<NodeKind>,
    pub(crate) names: Narrow,
    pub(crate) ids: Ids,
    pub(crate) self_sizes: SelfSizes,
    /// The few that are attached (1) or detached (2), ascending.
    pub(crate) detachedness: Vec<(u32, u8)>,
    /// Whether the header has that column.
    pub(crate) has_detachedness: bool,
}

impl Nodes {
    /// No nodes yet, of a source that has few names and counts its nodes for ids.
    pub(super) fn lean() -> Self {
        Self { names: Narrow::coded(), ids: Ids::Counted, ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// V8's id of the node at `index`.
    #[inline]
    pub(crate) fn id(&self, index: usize) -> ObjectId {
        match &self.ids {
            Ids::Listed(ids) => ObjectId(ids[index]),
            Ids::Counted => counted(index, self.kinds[index]),
        }
    }

    /// Appends `count` nodes, all zero, and returns their columns for writing,
    /// and the list of the detached ones.
    pub(super) fn grow(&mut self, count: usize) -> (NewNodes<'_>, &mut Vec<(u32, u8)>) {
        let first = self.len();
        self.names.grow(count);
        if let Ids::Listed(ids) = &mut self.ids {
            ids.grow(count);
        }
        self.self_sizes.narrow.grow(count);
        self.kinds.grow(count);
        let nodes = NewNodes {
            first,
            kinds: &mut self.kinds,
            names: &mut self.names,
            ids: &mut self.ids,
            self_sizes: &mut self.self_sizes,
        };
        (nodes, &mut self.detachedness)
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.kinds.shrink_to_fit();
        self.names.shrink_to_fit();
        if let Ids::Listed(ids) = &mut self.ids {
            ids.shrink_to_fit();
        }
        self.self_sizes.narrow.shrink_to_fit();
        self.detachedness.shrink_to_fit();
    }
}

/// Ids by node.
#[derive(Debug)]
pub(crate) enum Ids {
    Listed(Column<u32>),
    /// By the nodes' numbers: a walk has no others.
    Counted,
}

impl Default for Ids {
    fn default() -> Self {
        Self::Listed(Column::new())
    }
}

#[inline]
fn counted(index: usize, kind: NodeKind) -> ObjectId {
    ObjectId::counted(index as u32, kind == NodeKind::Native)
}

/// Nodes that have just been appended.
pub(super) struct NewNodes<'a> {
    /// The first of them.
    first: usize,
    kinds: &'a mut Column<NodeKind>,
    names: &'a mut Narrow,
    ids: &'a mut Ids,
    self_sizes: &'a mut SelfSizes,
}

impl NewNodes<'_> {
    /// Writes the node in `row`; those before have been written.
    #[inline]
    pub(super) fn set(&mut self, row: usize, kind: NodeKind, name: u32, id: u32, size: u64) {
        let index = self.first + row;
        self.kinds[index] = kind;
        self.names.set(index, name);
        if let Ids::Listed(ids) = self.ids {
            ids[index] = id;
        } else if id != counted(index, kind).0 {
            self.list_ids(index, id);
        }
        self.self_sizes.set(index as u32, size);
    }

    /// Lists ids, of which that of the node at `index` is the first that is another
    /// than was thought.
    #[cold]
    fn list_ids(&mut self, index: usize, id: u32) {
        let mut ids = Column::zeroed(self.kinds.len());
        for (index, (id, &kind)) in ids[..index].iter_mut().zip(self.kinds.iter()).enumerate() {
            *id = counted(index, kind).0;
        }
        ids[index] = id;
        *self.ids = Ids::Listed(ids);
    }
}

/// Bytes per node in 16 bits, and a map for those that need more.
#[derive(Debug, Default)]
pub(crate) struct SelfSizes {
    narrow: Column<u16>,
    wide: FxHashMap<u32, u64>,
}

/// Marks a size that stands for itself; the others count words of 8 bytes, as objects
/// of the heap have them.
const IN_BYTES: u16 = 1 << 15;
/// Stands for all sizes that are in the map.
const WIDE: u16 = u16::MAX;

impl SelfSizes {
    /// The size of `node`.
    #[inline]
    pub(crate) fn get(&self, node: u32) -> u64 {
        self.of(node, self.narrow[node as usize])
    }

    #[inline]
    fn of(&self, node: u32, size: u16) -> u64 {
        match size {
            WIDE => self.wide[&node],
            bytes @ IN_BYTES.. => u64::from(bytes & !IN_BYTES),
            words => u64::from(words) * 8,
        }
    }

    /// All sizes, by node.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        (0..).zip(self.narrow.iter()).map(|(node, &size)| self.of(node, size))
    }

    /// Changes the size of `node`.
    #[inline]
    pub(crate) fn set(&mut self, node: u32, size: u64) {
        self.narrow[node as usize] = match size {
            words if words.is_multiple_of(8) && words / 8 < u64::from(IN_BYTES) => {
                (words / 8) as u16
            }
            bytes if bytes < u64::from(WIDE & !IN_BYTES) => IN_BYTES | bytes as u16,
            _ => {
                self.wide.insert(node, size);
                WIDE
            }
        };
    }

    /// Sum of all.
    pub(crate) fn total(&self) -> u64 {
        self.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_all_widths_are_kept() {
        let sizes = [0, 1, 8, 12, 32_766, 32_767, 32_768, 262_136, 262_144, 262_145, 1 << 40];
        let mut column = SelfSizes::default();
        column.narrow.grow(sizes.len());
        for (node, size) in (0..).zip(sizes) {
            column.set(node, u64::MAX);
            column.set(node, size);
        }
        assert!(column.iter().eq(sizes));
        assert!((0..11).map(|node| column.get(node)).eq(sizes));
        assert_eq!(column.total(), sizes.iter().sum::<u64>());
    }

    #[test]
    fn ids_are_listed_from_the_first_that_was_not_counted() {
        let ids = |of: &[(NodeKind, u32)]| {
            let mut nodes = Nodes::lean();
            let (mut new, _) = nodes.grow(of.len());
            for (row, &(kind, id)) in of.iter().enumerate() {
                new.set(row, kind, 0, id, 8);
            }
            let is_counted = matches!(nodes.ids, Ids::Counted);
            (is_counted, (0..of.len()).map(|index| nodes.id(index).0).collect::<Vec<_>>())
        };
        let [object, native] = [NodeKind::Object, NodeKind::Native];
        let counted = [(object, 1), (object, 3), (native, 6)];
        assert_eq!(ids(&counted), (true, vec![1, 3, 6]));
        assert_eq!(ids(&[counted[0], counted[2], (object, 7)]), (false, vec![1, 6, 7]));
    }
}
