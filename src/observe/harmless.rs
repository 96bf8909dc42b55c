//! Growth that is known not to be a leak of the program.

use crate::{
    census::tree::{NameTree, Origin, ancestors},
    graph::{EdgeLabel, HeapGraph, NodeKind},
    growth::{Decision, Growth, Measure},
    v8::scripts,
};

/// A weak reference with its key and what a cache notes next to it.
const MAX_ENTRY_BYTES: u64 = 512;

/// Whether `growth` is known to be harmless.
pub(super) fn is_harmless(
    growth: &Growth,
    graph: &HeapGraph,
    tree: &NameTree,
    min_checks: u32,
) -> bool {
    awaits_cleanup(growth, tree)
        || is_weak_table(growth, graph, tree)
        || is_bookkeeping(growth, graph, tree)
        || is_bounded_list(growth, graph, tree)
        || is_step_of_the_runtimes(growth, graph, tree, min_checks)
}

/// Whether the growth is hardly more than weak references to collected objects, which
/// callbacks of a FinalizationRegistry have yet to remove. Larger objects that hold such
/// a reference are the program's own.
fn awaits_cleanup(growth: &Growth, tree: &NameTree) -> bool {
    if tree.pending_cleanups() == 0 {
        return false;
    }
    let nodes = tree.nodes();
    let is_below = |at: u32| ancestors(nodes, at).any(|at| at == growth.container);
    let those = (0u32..).zip(nodes).filter(|&(at, node)| node.cleared && is_below(at));
    let (cleared, bytes) = those.fold((0, 0), |(cleared, bytes), (_, node)| {
        (cleared + node.count, bytes + node.self_bytes)
    });
    let enough = u64::from(cleared) * 2 >= growth.net_count();
    let is_light = growth.net_bytes() <= bytes * 2
        || growth.net_bytes() <= u64::from(cleared) * MAX_ENTRY_BYTES;
    enough
        && is_light
        && u64::from(tree.pending_cleanups()) * 2 >= u64::from(cleared)
        && cleared > 0
}

/// Whether the table of a WeakMap or WeakSet grows, or a list of V8's own that refers weakly,
/// such as that of all scripts: it holds nothing, and V8 does not shrink it.
fn is_weak_table(growth: &Growth, graph: &HeapGraph, tree: &NameTree) -> bool {
    let sample = |at: u32| tree.nodes()[at as usize].sample;
    let mut items = growth.items.iter().map(|&item| sample(item));
    let is_table = growth.measure == Measure::Size
        || items.clone().all(|item| graph.kind(item) == NodeKind::Array);
    let is_weak_list = growth.measure == Measure::Size
        && items.all(|item| graph.name(item) == "system / WeakArrayList");
    is_weak_list
        || is_table && matches!(graph.name(sample(growth.container)), "WeakMap" | "WeakSet")
}

/// Whether a list grows that Node keeps about itself, such as the ids of collected
/// resources that async_hooks have yet to learn of. It gets longer while the event loop
/// is busy, and it is nothing that a program holds. Objects that a program leaves open
/// are counted, and found that way.
fn is_bookkeeping(growth: &Growth, graph: &HeapGraph, tree: &NameTree) -> bool {
    let container = tree.nodes()[growth.container as usize].sample;
    growth.measure == Measure::Size && graph.name(container) == "Node / Environment"
}

/// Lists that Node keeps short, and their default maximum length.
const BOUNDED_LISTS: [(&str, u64); 1] = [("resourceTimingBuffer", 250)];

/// Whether the growing list is one of [`BOUNDED_LISTS`] and within its maximum length.
fn is_bounded_list(growth: &Growth, graph: &HeapGraph, tree: &NameTree) -> bool {
    let mut at = Some(tree.nodes()[growth.container as usize].sample);
    let names = std::iter::from_fn(|| {
        let node = at?;
        at = tree.parent_of(node);
        graph.edges(at?).find(|edge| edge.to == node).map(|edge| edge.label)
    });
    let count = growth.counts.last().copied().unwrap_or(0);
    names.take(2).any(|label| match label {
        EdgeLabel::Name(name) => {
            let name = graph.names().get(name);
            BOUNDED_LISTS.iter().any(|&(list, most)| list == name && count <= most)
        }
        EdgeLabel::Index(_) => false,
    })
}

/// Folders of the code with which Node starts and loads modules.
const LOADERS: [&str; 2] = ["node:internal/modules/", "node:internal/bootstrap/"];

/// Whether a table of V8's or of Node's loader has only just grown. Such tables grow in
/// steps, when something runs for the first time. If the growth continues, it is
/// suspected like any other.
fn is_step_of_the_runtimes(
    growth: &Growth,
    graph: &HeapGraph,
    tree: &NameTree,
    min_checks: u32,
) -> bool {
    let container = &tree.nodes()[growth.container as usize];
    let is_the_runtimes = || match container.origin {
        Origin::Native => {
            let above = std::iter::successors(Some(container.sample), |&at| tree.parent_of(at));
            above.last().is_some_and(|root| graph.name(root) == "(Strong root list)")
        }
        origin => is_loaders(origin, graph),
    };
    growth.decision == Decision::Suspect && growth.intervals < min_checks && is_the_runtimes()
}

/// Whether what grows are strings that Node's module loader keeps: paths that it has looked up,
/// of which there are as many as modules in the end.
pub(super) fn is_list_of_paths(growth: &Growth, graph: &HeapGraph, tree: &NameTree) -> bool {
    let nodes = tree.nodes();
    let is_text = |item: &u32| nodes[*item as usize].text;
    growth.items.iter().all(is_text) && is_loaders(nodes[growth.container as usize].origin, graph)
}

fn is_loaders(origin: Origin, graph: &HeapGraph) -> bool {
    let Origin::Module(script) = origin else { return false };
    let file = scripts::script_name(graph, script);
    LOADERS.iter().any(|folder| file.starts_with(folder))
}
