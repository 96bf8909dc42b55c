//! Identifies modules that accumulate.

use rustc_hash::FxHashSet;

use super::{report_names::MODULE_REGISTRY, source_location};
use crate::{
    census::tree::{NONE, NameTree, Origin},
    graph::{Edge, EdgeLabel, HeapGraph, NodeKind},
    units::NodeOrdinal,
    v8::{
        essential::is_strong,
        scripts,
        words::{self, Words},
    },
};

/// Objects searched for the file of a module; its own functions are near.
const MAX_SEARCHED: usize = 2000;

/// References that lead from a module to other modules.
const TO_OTHERS: [&str; 5] = ["parent", "children", "constructor", "paths", "loader"];

/// Returns the file of the module that `item` is or wraps, as a person knows it: without
/// the query that makes `import()` load it again.
pub(super) fn file_of(item: NodeOrdinal, graph: &HeapGraph, words: &Words) -> Option<String> {
    let mut queue = vec![item];
    let mut seen: FxHashSet<NodeOrdinal> = queue.iter().copied().collect();
    let mut at = 0;
    while let Some(&node) = queue.get(at).filter(|_| at < MAX_SEARCHED) {
        at += 1;
        if let Some(script) = script_of(node, graph, words) {
            let file = scripts::script_name(graph, script);
            if !scripts::is_node(file) && !file.is_empty() {
                let file = file.split_once('?').map_or(file, |(file, _)| file);
                return source_location::file(file).label();
            }
        }
        let own = graph.edges(node).filter(|&edge| is_own(edge, graph, words));
        queue.extend(own.map(|edge| edge.to).filter(|&to| seen.insert(to)));
    }
    None
}

fn script_of(node: NodeOrdinal, graph: &HeapGraph, words: &Words) -> Option<NodeOrdinal> {
    match graph.kind(node) {
        NodeKind::Closure => scripts::script_of_closure(graph, words, node),
        NodeKind::Code => scripts::script_of_function(graph, words, node),
        _ => None,
    }
}

fn is_own(edge: Edge, graph: &HeapGraph, words: &Words) -> bool {
    let shared = [words.map, words.proto, words.native_context, words.previous];
    let leads_away = shared.iter().any(|&word| words::is(edge.label, word))
        || matches!(edge.label, EdgeLabel::Name(name) if TO_OTHERS.contains(&graph.names().get(name)));
    !leads_away && is_strong(edge.kind)
}

/// Whether `node` stands for many modules whose names differ only in numbers.
pub(super) fn is_family(node: NodeOrdinal, tree: &NameTree) -> bool {
    let tree_node = &tree.nodes()[tree.node_of(node) as usize];
    let is_module = matches!(tree_node.origin, Origin::Module(_) | Origin::Exports(_));
    is_module && tree_node.parent == NONE && tree_node.count > 1
}

/// Returns the advice for modules with ever-changing names, such as `file`.
pub(super) fn advice(file: &str) -> String {
    format!(
        "Modules are loaded under ever-changing names, such as {file}, and stay in {MODULE_REGISTRY}. Load each \
         once, delete its entry when it is no longer needed, or run such code in a Worker that ends."
    )
}
