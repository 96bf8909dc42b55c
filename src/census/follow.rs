//! Which references the name tree follows, and which objects are not what they
//! seem.

use rustc_hash::FxHashSet;

use crate::{
    graph::{Edge, EdgeKind, EdgeLabel, HeapGraph, NodeKind},
    units::{NameId, NodeOrdinal},
    v8::{
        essential::is_strong,
        names::{self, INTERNAL},
        words::{self, Words},
    },
};

/// A plain object with more named properties than this is taken for a
/// dictionary: its property names are data, like the slots of an array.
const DICTIONARY_PROPERTIES: usize = 32;

/// The same for an object of a class, which may have been written with many
/// properties, but hardly with so many.
const CLASS_DICTIONARY_PROPERTIES: usize = 256;

/// Whether a reference is one that a program made, not V8's book-keeping.
pub(super) fn leads_on(graph: &HeapGraph, words: &Words, edge: Edge) -> bool {
    if !is_strong(edge.kind) {
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

/// Of the properties of an object that somebody wrote as an interface, at least
/// one in so many is a method, an accessor or a symbol.
const PROPERTIES_PER_MEMBER: usize = 4;

/// How many properties are looked at to tell.
const MAX_SAMPLED_PROPERTIES: usize = 128;

/// Whether the names of `node`'s properties are data.
pub(super) fn is_dictionary(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> bool {
    let is_plain = is_class(graph, node, words.plain_object);
    let most = if is_plain { DICTIONARY_PROPERTIES } else { CLASS_DICTIONARY_PROPERTIES };
    let edges = graph.edges(node);
    graph.kind(node) == NodeKind::Object && edges.len() > most && {
        let count = edges.filter(|edge| edge.kind == EdgeKind::Property).count();
        count > most && (count > CLASS_DICTIONARY_PROPERTIES || !has_members(graph, node))
    }
}

/// Whether many properties of `node` are what nobody stores under a key that is
/// data: methods called as their property, accessors, symbols.
fn has_members(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    let properties = graph.edges(node).filter(|edge| edge.kind == EdgeKind::Property);
    let (mut members, mut sampled) = (0, 0);
    for edge in properties.take(MAX_SAMPLED_PROPERTIES) {
        let EdgeLabel::Name(name) = edge.label else { continue };
        let name = graph.names().get(name);
        let is_function = graph.kind(edge.to) == NodeKind::Closure;
        let is_method = is_function && graph.name(edge.to) == name;
        let is_accessor = is_function && names::accessed(name).is_some();
        sampled += 1;
        members += usize::from(is_method || is_accessor || names::symbol(name).is_some());
    }
    members * PROPERTIES_PER_MEMBER > sampled
}

/// How many references go out from `node`, free slots left out: those of a
/// cache that is full become more until its table is made anew.
pub(super) fn references(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> usize {
    let edges = graph.edges(node);
    if graph.kind(node) != NodeKind::Array || words.hole.is_none() {
        return edges.len();
    }
    edges.filter(|edge| !is_class(graph, edge.to, words.hole)).count()
}

/// Classes whose objects refer to each other directly, as the links of a list or
/// the chunks of a queue do.
///
/// Which of them a `head` and a `tail` lead to changes all the time; so the
/// property says nothing, and all links below one object count together.
pub(super) fn linked_classes(graph: &HeapGraph, words: &Words) -> FxHashSet<NameId> {
    let is_plain = |node| is_class(graph, node, words.plain_object);
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
    let links: FxHashSet<NameId> = graph
        .ordinals()
        .filter(|&node| graph.kind(node) == NodeKind::Object && !is_plain(node))
        .filter(|&node| graph.edges(node).any(|edge| is_link(node, edge)))
        .map(|node| graph.name_id(node))
        .collect();
    // What everything is made of says nothing of lists.
    let is_telling = |&class: &NameId| {
        let name = graph.names().get(class);
        let is_generic = matches!(name, "Array" | "Map" | "Set" | "Promise" | "Error" | "");
        !is_generic && !name.starts_with(INTERNAL)
    };
    links.into_iter().filter(is_telling).collect()
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
