//! Finds the program's own function behind objects that only the runtime holds.
//!
//! A list of timers, watchers or observers in Node names no file of the program. The
//! functions that its entries call, or that wait in them, do.

use super::{heap_path::Hop, items_subtree::ItemsSubtree};
use crate::{
    census::tree::Origin,
    graph::{EdgeKind, EdgeLabel, NodeKind},
    units::NodeOrdinal,
    v8::class_name,
};

/// Tree nodes searched for the function.
const MAX_SEARCHED: usize = 1024;

/// Steps from the item to the function.
const MAX_DEPTH: usize = 16;

/// Returns the nearest function below the items at tree node `of` that the program wrote,
/// if most items have one.
pub(super) fn own_function(of: u32, subtree: &ItemsSubtree<'_>) -> Option<u32> {
    let count = |at: u32| subtree.tree.nodes()[at as usize].count;
    let enough = count(of) / 2;
    let mut level = vec![of];
    let mut searched = 0;
    for _ in 0..MAX_DEPTH {
        searched += level.len();
        let found = level.iter().copied().filter(|&at| is_own(subtree.sample(at), subtree));
        // Among several, the same one in every snapshot.
        let key = |&at: &u32| subtree.tree.nodes()[at as usize].key;
        if let Some(found) = found.min_by_key(key) {
            return Some(found);
        }
        level = level
            .iter()
            .flat_map(|&at| subtree.below.children(at))
            .filter(|&child| {
                let node = &subtree.tree.nodes()[child as usize];
                node.origin != Origin::Runtime && node.count >= enough && node.count > 0
            })
            .collect();
        if level.is_empty() || searched > MAX_SEARCHED {
            break;
        }
    }
    None
}

/// Returns the hop from a timer to the function that it calls, if the function is the
/// program's own. All timers may share one function, which then is not below them in the
/// tree.
pub(super) fn called_by_timer(timer: NodeOrdinal, subtree: &ItemsSubtree<'_>) -> Option<Hop> {
    let graph = subtree.graph;
    if !matches!(graph.name(timer), "Timeout" | "Immediate") {
        return None;
    }
    let is_call = |label: EdgeLabel| {
        let EdgeLabel::Name(name) = label else { return false };
        matches!(graph.names().get(name), "_onTimeout" | "_onImmediate")
    };
    let edge =
        graph.edges(timer).find(|edge| edge.kind == EdgeKind::Property && is_call(edge.label))?;
    is_own(edge.to, subtree).then_some(Hop { edge: Some(edge), node: edge.to, keyed: false })
}

/// Whether `node` is a function, running or not, that is written in a file of the program
/// or a package.
pub(super) fn is_own(node: NodeOrdinal, subtree: &ItemsSubtree<'_>) -> bool {
    let graph = subtree.graph;
    let is_function = graph.kind(node) == NodeKind::Closure
        || class_name::suspended(graph, subtree.words, node).is_some();
    is_function && has_own_place(node, subtree)
}

/// Whether `node` has a location in a file of the program or a package.
pub(super) fn has_own_place(node: NodeOrdinal, subtree: &ItemsSubtree<'_>) -> bool {
    subtree.places.place(node).is_some_and(|place| !place.is_node())
}
