//! The name tree: a heap without the identity of its objects.
//!
//! A breadth-first search from the places that a person knows (the variables of each
//! module, the module registry, the global object, then native handles) gives every
//! object one path. Objects with equally spelled paths share one tree node, which counts
//! them: the requests in a `Map` become one node `requests` → `Map` → `[]` →
//! `IncomingMessage` with a count. The trees of two snapshots are compared by these keys,
//! so it does not matter that the object ids of a forked child are lost with it.
//!
//! The idea comes from Shark's `ObjectGrowthDetector` (square/leakcanary). New here:
//! module scopes are roots of their own, so that a key does not depend on the path that
//! happens to lead to a module; chains of repeating steps fold into one node; and
//! dictionary keys count as slots.

use crate::{
    column::Column,
    packed::Packed,
    units::{NameId, NodeOrdinal},
};

/// No tree node, or no graph node.
pub const NONE: u32 = u32::MAX;

/// The origin of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Variables of a file; the node of its script.
    Module(NodeOrdinal),
    /// An entry of the module registry: a CommonJS `Module` and its file.
    Exports(NameId),
    /// A global object.
    Global,
    /// A root of V8 or Node that no JavaScript name leads to.
    Native,
    /// Seep's own scopes, where the caller of a pending `check()` is found.
    Own,
    /// The stack and the handles of the current moment.
    Transient,
    /// Reached only through hidden classes, code and the like, from whichever origin came
    /// first; or not kept alive by anything.
    Runtime,
}

/// Objects with equally spelled paths.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not the states of one thing")]
pub struct TreeNode {
    /// The node above; [`NONE`] where a path begins.
    pub parent: u32,
    /// Hash of the last step: edge and class.
    pub step: u64,
    /// Hash of the whole path; the same in every snapshot.
    pub key: u64,
    /// Hash of the path without the property names of plain objects.
    pub shape: u64,
    /// Number of objects.
    pub count: u32,
    /// References that leave them.
    pub edges: u32,
    /// Sum of their self sizes.
    pub self_bytes: u64,
    /// Self sizes including everything below.
    pub held_bytes: u64,
    /// One of the objects, the last one visited.
    pub sample: NodeOrdinal,
    /// Whether this is part of a chain: repeating steps lead through it.
    pub folded: bool,
    /// Whether the step is a slot.
    pub slot: bool,
    /// Whether the objects are strings: in a container with other items, these are the
    /// keys.
    pub text: bool,
    /// Whether the objects are weak references whose targets were collected.
    pub cleared: bool,
    /// The origin of the path.
    pub origin: Origin,
    /// Number of children with a name of their own.
    pub(super) spellings: u16,
}

impl TreeNode {
    /// Creates a node without any objects.
    pub fn new(
        parent: u32,
        step: u64,
        (key, shape): (u64, u64),
        sample: NodeOrdinal,
        origin: Origin,
    ) -> Self {
        Self {
            parent,
            step,
            key,
            shape,
            count: 0,
            edges: 0,
            self_bytes: 0,
            held_bytes: 0,
            sample,
            folded: false,
            slot: false,
            text: false,
            cleared: false,
            origin,
            spellings: 0,
        }
    }
}

/// The name tree of one snapshot.
#[derive(Debug)]
pub struct NameTree {
    pub(super) nodes: Vec<TreeNode>,
    pub(super) tree_of: TreeOf,
    /// One more than the node from which each was first reached; 0 for none.
    pub(super) parent_of: Packed,
    pub(super) pending_cleanups: u32,
}

/// The tree node of each graph node, in 2 bytes as long as there are few enough tree nodes.
#[derive(Debug)]
pub(super) enum TreeOf {
    Narrow(Column<u16>),
    Wide(Column<u32>),
}

/// [`NONE`] in 2 bytes.
const NARROW_NONE: u16 = u16::MAX;

impl TreeOf {
    /// Creates a column for `count` graph nodes without tree nodes.
    pub(super) fn none(count: usize) -> Self {
        Self::Narrow(Column::filled(count, NARROW_NONE))
    }

    #[inline]
    pub(super) fn get(&self, node: usize) -> u32 {
        match self {
            Self::Narrow(trees) => match trees[node] {
                NARROW_NONE => NONE,
                tree => u32::from(tree),
            },
            Self::Wide(trees) => trees[node],
        }
    }

    /// Whether `node` has a tree node.
    #[inline]
    pub(super) fn has(&self, node: usize) -> bool {
        match self {
            Self::Narrow(trees) => trees[node] != NARROW_NONE,
            Self::Wide(trees) => trees[node] != NONE,
        }
    }

    #[inline]
    pub(super) fn set(&mut self, node: usize, tree: u32) {
        match self {
            Self::Narrow(trees) if tree < u32::from(NARROW_NONE) => trees[node] = tree as u16,
            Self::Narrow(trees) if tree == NONE => trees[node] = NARROW_NONE,
            Self::Narrow(_) => {
                self.widen();
                self.set(node, tree);
            }
            Self::Wide(trees) => trees[node] = tree,
        }
    }

    #[inline]
    pub(super) fn prefetch(&self, node: usize) {
        match self {
            Self::Narrow(trees) => trees.prefetch(node),
            Self::Wide(trees) => trees.prefetch(node),
        }
    }

    #[cold]
    fn widen(&mut self) {
        let Self::Narrow(trees) = self else { return };
        let mut wide: Column<u32> = Column::with_capacity(trees.len());
        for (&tree, wide) in trees.iter().zip(wide.grow(trees.len())) {
            *wide = if tree == NARROW_NONE { NONE } else { u32::from(tree) };
        }
        *self = Self::Wide(wide);
    }
}

/// Returns the tree nodes above `at`, from its parent to its root. For an index that is
/// not a tree node, there are none.
pub fn ancestors(nodes: &[TreeNode], at: u32) -> impl Iterator<Item = u32> + '_ {
    let above =
        move |at: u32| nodes.get(at as usize).map(|node| node.parent).filter(|&at| at != NONE);
    std::iter::successors(above(at), move |&at| above(at))
}

impl NameTree {
    /// Returns all nodes; a parent comes before its children.
    pub fn nodes(&self) -> &[TreeNode] {
        &self.nodes
    }

    /// Returns the tree node of a graph node.
    pub fn node_of(&self, node: NodeOrdinal) -> u32 {
        self.tree_of.get(node.index())
    }

    /// Returns the graph node from which `node` was first reached.
    pub fn parent_of(&self, node: NodeOrdinal) -> Option<NodeOrdinal> {
        self.parent_of.get(node.index()).checked_sub(1).map(NodeOrdinal)
    }

    /// Returns the number of collected objects whose FinalizationRegistry callback has
    /// not run yet. A forked child collects garbage when its parent process does not, so
    /// the parent's callbacks run later.
    pub fn pending_cleanups(&self) -> u32 {
        self.pending_cleanups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_distinguished_however_many_there_are() {
        for count in [65_535, 65_536] {
            let mut trees = TreeOf::none(70_000);
            (0..count).for_each(|tree| trees.set(tree as usize, tree));
            assert_eq!(matches!(trees, TreeOf::Narrow(_)), count < 65_536);
            trees.set(7, NONE);
            let expected = |node: u32| (node < count && node != 7).then_some(node);
            for node in 0..70_000 {
                assert_eq!(trees.has(node as usize), expected(node).is_some());
                assert_eq!(trees.get(node as usize), expected(node).unwrap_or(NONE));
            }
        }
    }

    #[test]
    fn a_root_has_nothing_above_it_and_neither_has_what_is_no_node() {
        let node = |parent| TreeNode::new(parent, 0, (0, 0), NodeOrdinal(0), Origin::Global);
        let nodes = [node(NONE), node(0), node(1)];
        let above = |at| ancestors(&nodes, at).collect::<Vec<_>>();
        assert_eq!(above(2), [1, 0]);
        assert!(above(0).is_empty() && above(NONE).is_empty());
    }
}
