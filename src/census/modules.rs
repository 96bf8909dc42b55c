//! The modules and their registry, where paths begin.

use rustc_hash::FxHashMap;

use super::follow::is_class;
use crate::{
    graph::{EdgeKind, EdgeLabel, HeapGraph, NodeKind},
    units::{NameId, NodeOrdinal},
    v8::{
        scopes::Scopes,
        scripts,
        words::{self, Words},
    },
};

/// A top-level scope and its script.
pub(super) type ScopeAndScript = (NodeOrdinal, NodeOrdinal);

/// The top-level scopes of a program.
#[derive(Debug, Default)]
pub(super) struct Modules {
    /// One per script, in the same order in every snapshot: the program's own files
    /// first, then packages, then Node's.
    pub(super) sole: Vec<ScopeAndScript>,
    /// Several per script. Each belongs to a copy of the module or, if nothing closes
    /// over the module's own variables, to one call of a function. They are no origins by
    /// themselves.
    pub(super) repeated: Vec<ScopeAndScript>,
    /// Seep's own.
    pub(super) own: Vec<ScopeAndScript>,
}

impl Modules {
    /// Sorts the scopes found in `scopes`.
    pub(super) fn of(graph: &HeapGraph, scopes: &Scopes, own_scripts: &[String]) -> Self {
        let mut times: FxHashMap<&str, u32> = FxHashMap::default();
        for &(_, script) in scopes.modules() {
            *times.entry(scripts::script_name(graph, script)).or_default() += 1;
        }
        let mut modules = Self::default();
        for &(scope, script) in scopes.modules() {
            let file = scripts::script_name(graph, script);
            let list = if is_own(file, own_scripts) {
                &mut modules.own
            } else if times.get(file).is_some_and(|&times| times > 1) {
                &mut modules.repeated
            } else {
                &mut modules.sole
            };
            list.push((scope, script));
        }
        for list in [&mut modules.sole, &mut modules.repeated] {
            list.sort_by_cached_key(|&(scope, script)| {
                let file = scripts::script_name(graph, script);
                let distance = match file {
                    _ if scripts::is_node(file) => 2,
                    _ if scripts::in_package(file).is_some() => 1,
                    _ => 0,
                };
                (distance, file.to_owned(), scope)
            });
        }
        modules
    }
}

pub(super) fn is_own(file: &str, own_scripts: &[String]) -> bool {
    own_scripts.iter().any(|part| file.contains(part.as_str()))
}

/// Returns seep's own functions. The runtime's timers, listeners and promises lead to
/// them, and what they reach is not held by the program.
pub(super) fn own_functions<'a>(
    graph: &'a HeapGraph,
    words: &'a Words,
    own_scripts: &'a [String],
) -> impl Iterator<Item = NodeOrdinal> + 'a {
    let mut known: FxHashMap<NodeOrdinal, bool> = FxHashMap::default();
    let functions = graph.ordinals().filter(|_| !own_scripts.is_empty());
    functions.filter(|&node| graph.kind(node) == NodeKind::Closure).filter(move |&node| {
        let script = scripts::script_of_closure(graph, words, node);
        script.is_some_and(|script| {
            let is_own = || is_own(scripts::script_name(graph, script), own_scripts);
            *known.entry(script).or_insert_with(is_own)
        })
    })
}

/// Returns the object behind `Module._cache`.
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

/// Returns the `Module` objects in `Module._cache`, with their file names.
pub(super) fn registered_modules<'a>(
    graph: &'a HeapGraph,
    words: &'a Words,
) -> impl Iterator<Item = (NodeOrdinal, NameId)> + 'a {
    let cache = module_cache(graph, words);
    cache.into_iter().flat_map(|cache| graph.edges(cache)).filter_map(move |edge| {
        let EdgeLabel::Name(file) = edge.label else { return None };
        let is_module =
            edge.kind == EdgeKind::Property && is_class(graph, edge.to, words.module_class);
        is_module.then_some((edge.to, file))
    })
}
