//! The name tree: a heap with the identity of objects taken out.
//!
//! A breadth-first search from the places that a person knows (the variables
//! of each module, the module registry, the global object, then native handles)
//! gives every object one path. Objects whose paths are spelled alike fall
//! into one tree node, which counts them: the requests in a `Map` become one
//! node `requests` → `Map` → `[]` → `IncomingMessage` with a count. Trees of two
//! snapshots are compared by these keys, so it does not matter that a forked
//! child's object ids are lost with the child.
//!
//! The idea is that of Shark's `ObjectGrowthDetector` (square/leakcanary). New
//! here: module scopes are roots of their own, so that a key does not change
//! with the way that happens to lead to a module; chains of steps that
//! repeat fold into one node; dictionary keys count as slots.

use super::{build::Builder, scopes::Scopes, words::Words};
use crate::{
    column::Column,
    graph::HeapGraph,
    units::{NameId, NodeOrdinal},
};

/// No tree node, or no graph node.
pub const NONE: u32 = u32::MAX;

/// Where a path begins.
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
    /// Seep's own scopes, where the caller of a pending `check()` hangs.
    Own,
    /// The stack and the handles of the moment.
    Transient,
    /// Reached only through hidden classes, code and the like, from whatever
    /// came first, or from nothing that keeps it alive.
    Runtime,
}

/// Objects whose paths are spelled alike.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not the states of one thing")]
pub struct TreeNode {
    /// The node above, [`NONE`] for those where a path begins.
    pub parent: u32,
    /// Hash of the last step: edge and class.
    pub step: u64,
    /// Hash of the whole path; the same in every snapshot.
    pub key: u64,
    /// The same with the property names of plain objects left out.
    pub shape: u64,
    /// How many objects.
    pub count: u32,
    /// References that go out from them.
    pub edges: u32,
    /// Sum of their self sizes.
    pub self_bytes: u64,
    /// The same with everything below.
    pub held_bytes: u64,
    /// One of the objects: the last that was met.
    pub sample: NodeOrdinal,
    /// Whether this is a part of a chain: steps that repeat lead through it.
    pub folded: bool,
    /// Whether the step is a slot.
    pub slot: bool,
    /// Whether they are strings: in a container with other items, the keys.
    pub text: bool,
    /// Whether they are weak references to what has been collected.
    pub cleared: bool,
    /// Where the path begins.
    pub origin: Origin,
    /// How many of its children have a name of their own.
    pub(super) spellings: u16,
}

impl TreeNode {
    /// A node that no object has yet been counted in.
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
    pub(super) tree_of: Column<u32>,
    pub(super) parent_of: Column<u32>,
    pub(super) pending_cleanups: u32,
}

/// The tree nodes above `at`, from its parent to its root. What is no tree node has
/// none above it.
pub fn ancestors(nodes: &[TreeNode], at: u32) -> impl Iterator<Item = u32> + '_ {
    let above =
        move |at: u32| nodes.get(at as usize).map(|node| node.parent).filter(|&at| at != NONE);
    std::iter::successors(above(at), move |&at| above(at))
}

impl NameTree {
    /// Builds the tree. `own_scripts` are parts of the paths of seep's own files.
    pub fn of(graph: &HeapGraph, words: &Words, scopes: &Scopes, own_scripts: &[String]) -> Self {
        let mut builder = Builder::new(graph, words);
        builder.run(scopes, own_scripts);
        builder.finish()
    }

    /// All nodes; a parent stands before its children.
    pub fn nodes(&self) -> &[TreeNode] {
        &self.nodes
    }

    /// The tree node of a graph node.
    pub fn node_of(&self, node: NodeOrdinal) -> u32 {
        self.tree_of[node.index()]
    }

    /// The graph node from which `node` was first reached.
    pub fn parent_of(&self, node: NodeOrdinal) -> Option<NodeOrdinal> {
        match self.parent_of[node.index()] {
            NONE => None,
            parent => Some(NodeOrdinal(parent)),
        }
    }

    /// Objects of a FinalizationRegistry that are collected, and whose callback
    /// has not run. A forked child collects garbage; the process that it was
    /// forked from does not, so its callbacks run later.
    pub fn pending_cleanups(&self) -> u32 {
        self.pending_cleanups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_has_nothing_above_it_and_neither_has_what_is_no_node() {
        let node = |parent| TreeNode::new(parent, 0, (0, 0), NodeOrdinal(0), Origin::Global);
        let nodes = [node(NONE), node(0), node(1)];
        let above = |at| ancestors(&nodes, at).collect::<Vec<_>>();
        assert_eq!(above(2), [1, 0]);
        assert!(above(0).is_empty() && above(NONE).is_empty());
    }
}
