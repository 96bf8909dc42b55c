//! The spanning tree, and in it the paths that are being compressed.

use crate::column::Column;

/// The forest of the nodes whose semidominator is known, which are all those
/// numbered above the current one.
pub(super) struct Forest {
    /// An ancestor and the least semidominator on the way to it, excluding
    /// the ancestor's: side by side, since they are used together.
    pub(super) nodes: Column<u64>,
    /// The way up that is being compressed.
    path: Column<u32>,
}

impl Forest {
    /// Returns an empty forest with room for `count` nodes.
    pub(super) fn with_capacity(count: usize) -> Self {
        Self { nodes: Column::with_capacity(count), path: Column::new() }
    }

    /// Returns the parents in the spanning tree; before any path is compressed.
    pub(super) fn parents(&self) -> Column<u32> {
        let mut parents = Column::new();
        let out = parents.grow(self.nodes.len());
        for (parent, &node) in out.iter_mut().zip(self.nodes.iter()) {
            *parent = unpack(node).0;
        }
        parents
    }

    pub(super) fn link(&mut self, node: u32, semi: u32) {
        let slot = &mut self.nodes[node as usize];
        *slot = pack(unpack(*slot).0, semi);
    }

    /// Returns the least semidominator from `source` up to the last node above
    /// `current`, with path compression.
    #[inline]
    pub(super) fn evaluate(&mut self, source: u32, current: u32) -> u32 {
        let (ancestor, label) = unpack(self.nodes[source as usize]);
        if ancestor <= current { label } else { self.compress(source, current) }
    }

    fn compress(&mut self, source: u32, current: u32) -> u32 {
        let mut node = source;
        let (root, mut least) = loop {
            let (ancestor, label) = unpack(self.nodes[node as usize]);
            if ancestor <= current {
                break (ancestor, label);
            }
            self.path.push(node);
            node = ancestor;
        };
        while let Some(node) = self.path.pop() {
            let slot = &mut self.nodes[node as usize];
            least = least.min(unpack(*slot).1);
            *slot = pack(root, least);
        }
        least
    }
}

#[inline]
pub(super) fn pack(ancestor: u32, label: u32) -> u64 {
    u64::from(ancestor) << 32 | u64::from(label)
}

#[inline]
pub(super) fn unpack(node: u64) -> (u32, u32) {
    ((node >> 32) as u32, node as u32)
}
