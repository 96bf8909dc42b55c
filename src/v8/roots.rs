//! The roots of V8 and Node, by their names.

use crate::{
    graph::{HeapGraph, NodeKind},
    units::NodeOrdinal,
};

/// The root of open handles and other objects that C++ holds.
pub const GLOBAL_HANDLES: &str = "(Global handles)";

/// The parent of V8's roots.
pub const GC_ROOTS: &str = "(GC roots)";

/// Whether `name` is that of a root that holds objects only while something runs.
pub fn is_transient(name: &str) -> bool {
    matches!(
        name,
        "(Stack roots)"
            | "(Handle scope)"
            | "(Relocatable)"
            | "(Micro tasks)"
            | "C++ native stack roots"
            | "(Thread manager)"
    )
}

/// Whether `name` is that of a root that lists objects held elsewhere: string tables,
/// caches, weak lists.
pub fn is_table(name: &str) -> bool {
    matches!(
        name,
        "(Internalized strings)"
            | "(External strings)"
            | "(Read-only roots)"
            | "(Compilation cache)"
            | "(Code flusher)"
            | "(Retain maps)"
            | "(Weak collections)"
            | "(Weak roots)"
            | "(Startup object cache)"
            | "(Read-only object cache)"
            | "(Shareable object cache)"
    )
}

/// Whether `node`, which the root refers to, belongs to the user's program.
pub(crate) fn is_user_root(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    graph.kind(node) != NodeKind::Synthetic || is_document_trees(graph, node)
}

/// Whether `node` is V8's group of objects held by documents.
pub(crate) fn is_document_trees(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    graph.kind(node) == NodeKind::Synthetic && graph.name(node) == "(Document DOM trees)"
}
