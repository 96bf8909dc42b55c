//! Picks, for one growth, the objects to speak of: who holds, what accumulates.

use super::{
    class,
    descent::Descent,
    trail::{self, Trail},
};
use crate::{
    census::words::Words,
    graph::{EdgeKind, HeapGraph},
    growth::Growth,
    units::NodeOrdinal,
};

/// The objects that a report speaks of.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// From an origin to `item`.
    pub(super) trail: Trail,
    /// Position of the container in the trail.
    pub(super) container_at: usize,
    /// Position of the first accumulating object in the trail.
    pub(super) entry_at: usize,
    /// What holds the items.
    pub(super) container: NodeOrdinal,
    /// One of the items, by the class that a person knows.
    pub(super) item: NodeOrdinal,
    /// Its tree node.
    pub(super) item_tree: u32,
    /// Whether the items hang on each other, as in a linked list.
    pub(super) chained: bool,
}

impl Subject {
    /// The subject of `growth`.
    pub(super) fn of(growth: &Growth, descent: &Descent<'_>) -> Self {
        let &Descent { graph, tree, .. } = descent;
        let entry = growth.items.first().copied().unwrap_or(growth.container);
        let item_tree = descent.telling_item(entry);
        let item = tree.nodes()[item_tree as usize].sample;
        let trail = Trail::to(item, graph, tree);
        let last = trail.hops.len() - 1;
        let entry_at =
            trail.hops.iter().position(|hop| tree.node_of(hop.node) == entry).unwrap_or(last);
        let mut container_at = match trail.position(tree, growth.container) {
            Some(at) if growth.container != entry => at,
            _ => entry_at,
        };
        while container_at > 0 && trail::is_internal(graph, trail.hops[container_at].node) {
            container_at -= 1;
        }
        Self {
            container: trail.hops[container_at].node,
            item,
            item_tree,
            container_at,
            entry_at,
            chained: tree.nodes()[entry as usize].folded,
            trail,
        }
    }
}

/// The name by which a person knows the object at `at`: the variable or
/// properties that lead to it, such as `loader.controller.signal`.
pub(super) fn expression(
    trail: &Trail,
    at: usize,
    graph: &HeapGraph,
    words: &Words,
) -> Option<String> {
    const MAX_PARTS: usize = 5;
    let mut parts: Vec<String> = Vec::new();
    for hop in trail.hops[1..=at].iter().rev() {
        let Some(edge) = hop.edge else { break };
        let name = trail::edge_name(graph, words, *hop);
        match edge.kind {
            EdgeKind::Context => {
                // `this` is no name; the class of it is.
                let owner = (name == "this").then(|| class::class_name(graph, words, hop.node));
                parts.push(owner.unwrap_or(name));
                break;
            }
            EdgeKind::Property => parts.push(name),
            EdgeKind::Element | EdgeKind::Hidden => parts.push("[]".to_owned()),
            EdgeKind::Internal if name == "[]" && !trail::is_internal(graph, hop.node) => {
                parts.push(name);
            }
            _ => {}
        }
        if parts.len() == MAX_PARTS {
            break;
        }
    }
    parts.reverse();
    let mut text = String::new();
    for part in parts {
        if part == "[]" {
            text.push_str("[]");
        } else if let Some(symbol) = part.strip_prefix("<symbol ") {
            text.push('[');
            text.push_str(symbol.trim_end_matches('>'));
            text.push(']');
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(&part);
        }
    }
    // Slots of a root that has no name of its own say nothing.
    let named = text.trim_start_matches("[]").trim_start_matches('.');
    (!named.is_empty()).then(|| named.to_owned())
}
