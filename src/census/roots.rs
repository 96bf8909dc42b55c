//! Where paths begin: modules, their registry, and the roots of V8 and Node.

use super::{
    follow::is_class,
    scopes::{self, Scopes},
    words::{self, Words},
};
use crate::{
    graph::{EdgeKind, HeapGraph, NodeKind},
    units::NodeOrdinal,
};

/// A top-level scope and its script.
pub(super) type ScopeAndScript = (NodeOrdinal, NodeOrdinal);

/// Top-level scopes in an order that is the same in every snapshot: the
/// program's own files first, then packages, then Node's; seep's apart.
pub(super) fn sorted_modules(
    graph: &HeapGraph,
    scopes: &Scopes,
    own_scripts: &[String],
) -> (Vec<ScopeAndScript>, Vec<ScopeAndScript>) {
    let (own, mut modules): (Vec<_>, Vec<_>) =
        scopes.modules().iter().copied().partition(|&(_, script)| {
            let file = scopes::script_name(graph, script);
            own_scripts.iter().any(|prefix| file.starts_with(prefix.as_str()))
        });
    modules.sort_by_cached_key(|&(scope, script)| {
        let file = scopes::script_name(graph, script);
        let distance = match file {
            _ if file.starts_with("node:") => 2,
            _ if file.contains("/node_modules/") => 1,
            _ => 0,
        };
        (distance, file.to_owned(), scope)
    });
    (own, modules)
}

/// The object behind `Module._cache`.
pub(super) fn module_cache(graph: &HeapGraph, words: &Words) -> Option<NodeOrdinal> {
    words.module_cache?;
    graph
        .ordinals()
        .filter(|&node| {
            graph.kind(node) == NodeKind::Closure && is_class(graph, node, words.module_class)
        })
        .flat_map(|node| graph.edges(node))
        .find(|edge| edge.kind == EdgeKind::Property && words::is(edge.label, words.module_cache))
        .map(|edge| edge.to)
}

/// Roots that hold objects only while something runs.
pub(super) fn is_transient(name: &str) -> bool {
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

/// Roots that list what others hold: string tables, caches, weak lists.
pub(super) fn is_table(name: &str) -> bool {
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
