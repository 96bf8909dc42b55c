//! The references that the name tree follows, and the objects that are not what they
//! seem.

use rustc_hash::{FxHashMap, FxHashSet};

use super::dictionary;
use crate::{
    graph::{Edge, EdgeKind, EdgeLabel, HeapGraph, NodeKind},
    units::{NameId, NodeOrdinal},
    v8::{
        names::INTERNAL,
        pages,
        words::{self, Words},
    },
};

/// Whether the program made this strong reference, rather than V8's bookkeeping.
pub(super) fn leads_on(graph: &HeapGraph, words: &Words, edge: Edge) -> bool {
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

/// Whether `node` has the weak class `class` and no longer refers to anything.
pub(super) fn is_cleared(graph: &HeapGraph, node: NodeOrdinal, class: Option<NameId>) -> bool {
    is_class(graph, node, class) && graph.edges(node).all(|edge| edge.kind != EdgeKind::Weak)
}

/// Whether `part` is a piece of the concatenated string `whole`.
pub(super) fn is_rope_part(graph: &HeapGraph, whole: NodeOrdinal, part: NodeOrdinal) -> bool {
    graph.kind(whole) == NodeKind::ConsString
        && matches!(
            graph.kind(part),
            NodeKind::String | NodeKind::ConsString | NodeKind::SlicedString
        )
}

pub(super) fn is_class(graph: &HeapGraph, node: NodeOrdinal, class: Option<NameId>) -> bool {
    class.is_some_and(|class| graph.name_id(node) == class)
}

/// Whether the names of `node`'s properties are data.
pub(super) fn is_dictionary(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> bool {
    let is_plain = is_class(graph, node, words.plain_object);
    let edges = graph.edges(node);
    graph.kind(node) == NodeKind::Object && edges.len() > dictionary::most_properties(is_plain) && {
        let count = edges.filter(|edge| edge.kind == EdgeKind::Property).count();
        dictionary::is_dictionary(count, is_plain, members(graph, node))
            && pages::address(graph.name(node)).is_none()
    }
}

/// Returns of each named property of `node` whether nobody stores it under a data key.
fn members(graph: &HeapGraph, node: NodeOrdinal) -> impl Iterator<Item = bool> + '_ {
    let properties = graph.edges(node).filter(|edge| edge.kind == EdgeKind::Property);
    properties.filter_map(|edge| {
        let EdgeLabel::Name(name) = edge.label else { return None };
        let name = graph.names().get(name);
        let is_function = graph.kind(edge.to) == NodeKind::Closure;
        let is_method = is_function && graph.name(edge.to) == name;
        Some(is_method || dictionary::is_member_name(name, is_function))
    })
}

/// Returns how many references leave `node`, not counting free slots: in a full cache
/// those increase until its table is rebuilt.
pub(super) fn references(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> usize {
    if graph.kind(node) != NodeKind::Array || words.hole.is_none() {
        return graph.links().count_of(node.0);
    }
    graph.edges(node).filter(|edge| !is_class(graph, edge.to, words.hole)).count()
}

/// Returns the classes whose objects refer to each other directly, like the links of a
/// list or the chunks of a queue.
///
/// The link that `head` and `tail` lead to changes all the time. The property is
/// therefore ignored, and all links below one object are counted together.
pub(super) fn linked_classes(graph: &HeapGraph, words: &Words) -> FxHashSet<NameId> {
    let is_link = |node: NodeOrdinal, edge: Edge| {
        edge.kind == EdgeKind::Property
            && edge.to != node
            && !words::is(edge.label, words.proto)
            && if graph.kind(edge.to) == NodeKind::Object {
                graph.name_id(edge.to) == graph.name_id(node)
            } else {
                // The last link: null or undefined.
                words::is(edge.label, words.next) && is_class(graph, edge.to, words.oddball)
            }
    };
    // The most general classes say nothing about lists.
    let is_telling = |class: NameId| {
        let name = graph.names().get(class);
        let is_generic = matches!(name, "Array" | "Map" | "Set" | "Promise" | "Error" | "");
        !is_generic && !name.starts_with(INTERNAL)
    };
    let mut links = FxHashSet::default();
    // Whether a class may still turn out to be one: it has many objects, and one is enough.
    let mut is_open: FxHashMap<NameId, bool> = FxHashMap::default();
    is_open.extend(words.plain_object.map(|class| (class, false)));
    for (node, kind, class) in graph.named_nodes() {
        if kind != NodeKind::Object {
            continue;
        }
        let is_open = is_open.entry(class).or_insert_with(|| is_telling(class));
        if *is_open && graph.edges(node).any(|edge| is_link(node, edge)) {
            links.insert(class);
            *is_open = false;
        }
    }
    links
}

/// Whether `node` is one of seep's reports, kept by the program: a diagnostic must not
/// find itself.
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
