//! Calls that wait for something, of functions that run for as long as the program does.
//!
//! The variables of `async function main()` are held by whatever it waits for at the moment: now a
//! timer of Node's, then a socket. As an origin of its own, the call has the same key in every
//! snapshot.

use rustc_hash::FxHashMap;

use super::modules::is_own;
use crate::{
    graph::{HeapGraph, NodeKind},
    units::{NameId, NodeOrdinal},
    v8::{class_name, references, scripts, words::Words},
};

/// Returns the waiting calls of the program's functions of which each has only one, in the same order
/// in every snapshot, with the names of their files. Many calls of one function are requests.
pub(super) fn lone_calls<'a>(
    graph: &'a HeapGraph,
    words: &Words,
    own_scripts: &[String],
) -> Vec<(NodeOrdinal, &'a str)> {
    let mut is_call: FxHashMap<NameId, bool> = FxHashMap::default();
    let calls = graph.named_nodes().filter(|&(node, kind, name)| {
        kind == NodeKind::Object
            && *is_call.entry(name).or_insert_with(|| class_name::is_suspended_call(graph, node))
    });
    let mut lone: FxHashMap<NodeOrdinal, Option<(NodeOrdinal, NodeOrdinal)>> = FxHashMap::default();
    for (call, ..) in calls {
        if let Some(function) = class_name::suspended(graph, words, call)
            && let Some(shared) = references::internal(graph, function, words.shared)
        {
            lone.entry(shared).and_modify(|it| *it = None).or_insert(Some((call, function)));
        }
    }
    let mut found: Vec<_> = lone
        .into_values()
        .flatten()
        .filter_map(|(call, function)| {
            let script = scripts::script_of_closure(graph, words, function)?;
            let file = scripts::script_name(graph, script);
            let is_programs = !is_own(file, own_scripts) && !scripts::is_node(file);
            is_programs.then_some((file, graph.name(function), call))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(file, _, call)| (call, file)).collect()
}
