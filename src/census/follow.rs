//! Which references the name tree follows, and which objects are not what they
//! seem.

use super::words::{self, Words};
use crate::{
    graph::{Edge, EdgeKind, HeapGraph, NodeKind},
    units::{NameId, NodeOrdinal},
};

/// A plain object with more named properties than this is taken for a
/// dictionary: its property names are data, like the slots of an array.
const DICTIONARY_PROPERTIES: usize = 32;

/// The same for an object of a class, which may have been written with many
/// properties, but hardly with so many.
const CLASS_DICTIONARY_PROPERTIES: usize = 256;

/// Whether a reference is one that a program made, not V8's book-keeping.
pub(super) fn leads_on(graph: &HeapGraph, words: &Words, edge: Edge) -> bool {
    if !is_strong(edge) {
        return false;
    }
    match edge.kind {
        EdgeKind::Internal => {
            let w = words;
            let skipped = [
                w.map,
                w.shared,
                w.code,
                w.feedback_cell,
                w.scope_info,
                w.initial_map,
                w.native_context,
            ];
            if skipped.iter().any(|&word| words::is(edge.label, word)) {
                return false;
            }
        }
        EdgeKind::Property if words::is(edge.label, words.proto) => return false,
        _ => {}
    }
    !matches!(graph.kind(edge.to), NodeKind::Code | NodeKind::ObjectShape)
}

/// Whether `node` is of the weak `class` and refers to nothing any more.
pub(super) fn is_cleared(graph: &HeapGraph, node: NodeOrdinal, class: Option<NameId>) -> bool {
    is_class(graph, node, class) && graph.edges(node).all(|edge| edge.kind != EdgeKind::Weak)
}

/// Whether a reference keeps its target alive.
pub(super) fn is_strong(edge: Edge) -> bool {
    !matches!(edge.kind, EdgeKind::Weak | EdgeKind::Shortcut)
}

pub(super) fn is_class(graph: &HeapGraph, node: NodeOrdinal, class: Option<NameId>) -> bool {
    class.is_some_and(|class| graph.name_id(node) == class)
}

/// Whether the names of `node`'s properties are data.
pub(super) fn is_dictionary(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> bool {
    let most = if is_class(graph, node, words.plain_object) {
        DICTIONARY_PROPERTIES
    } else {
        CLASS_DICTIONARY_PROPERTIES
    };
    let edges = graph.edges(node);
    graph.kind(node) == NodeKind::Object
        && edges.len() > most
        && edges.filter(|edge| edge.kind == EdgeKind::Property).count() > most
}

/// Whether `node` is a report of seep's that the program keeps: a diagnostic
/// must not find itself.
pub(super) fn is_own_report(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> bool {
    if graph.kind(node) != NodeKind::Object || !is_class(graph, node, words.plain_object) {
        return false;
    }
    let has = |word: Option<NameId>| {
        word.is_some()
            && graph
                .edges(node)
                .any(|edge| edge.kind == EdgeKind::Property && words::is(edge.label, word))
    };
    has(words.verdict) && (has(words.suspects) && has(words.leaks) || has(words.path_text))
}
