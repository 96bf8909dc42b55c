//! Picks, for one growth, the objects to speak of: who holds, what accumulates.

use super::{
    class::{self, Telling},
    descent::Descent,
    trail::{self, Trail},
};
use crate::{
    census::{scopes, tree::Origin, words::Words},
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
        let entry = entry_of(growth, descent);
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
        let chained = tree.nodes()[entry as usize].folded;
        let first = trail.hops[entry_at].node;
        if chained && class::telling(graph, descent.words, first) == Telling::Named {
            // A list is known by its first link.
            let is_link = |at: usize| graph.name_id(trail.hops[at].node) == graph.name_id(first);
            container_at = (0..entry_at).find(|&at| is_link(at)).unwrap_or(entry_at);
        }
        while container_at > 0 && trail::is_internal(graph, trail.hops[container_at].node) {
            container_at -= 1;
        }
        Self {
            container: trail.hops[container_at].node,
            item,
            item_tree,
            container_at,
            entry_at,
            chained,
            trail,
        }
    }
}

/// What to call the items by: the heaviest, but the values of a map rather than
/// its keys.
fn entry_of(growth: &Growth, descent: &Descent<'_>) -> u32 {
    let added = |at: u32| descent.added(at);
    let Some(&heaviest) = growth.items.first() else { return growth.container };
    let is_text = |at: u32| descent.tree.nodes()[at as usize].text;
    if !is_text(heaviest) {
        return heaviest;
    }
    let values = growth.items.iter().copied().filter(|&item| !is_text(item));
    values
        .max_by_key(|&item| added(item))
        .filter(|&item| added(item) * 2 >= added(heaviest))
        .unwrap_or(heaviest)
}

/// Parts of a name that are told: the first, and the last of them.
const MAX_PARTS: usize = 6;

/// The name by which a person knows the object at `at`: the variable or
/// properties that lead to it, such as `loader.controller.signal`.
///
/// A variable of some function's alone does not say whose it is; the variable of
/// the module that leads there goes before it: `layout…cache`.
pub(super) fn expression(
    trail: &Trail,
    at: usize,
    graph: &HeapGraph,
    words: &Words,
) -> Option<String> {
    let (mut parts, above) = parts_of(trail, at, graph, words);
    if let Some(variable) = above.and_then(|above| module_variable(trail, above, graph, words))
        && parts.first().is_none_or(|first| *first != variable)
    {
        parts.insert(0, "…".to_owned());
        parts.insert(0, variable);
    }
    if parts.len() > MAX_PARTS {
        parts.splice(1..parts.len() + 2 - MAX_PARTS, ["…".to_owned()]);
    }
    let text = joined(&parts);
    // Slots of a root that has no name of its own say nothing.
    let named = text.trim_start_matches("[]").trim_start_matches('.');
    (!named.is_empty()).then(|| named.to_owned())
}

/// The properties that lead to the object at `at`, from the nearest variable
/// down, and the position of the scope's owner if that is a function's.
fn parts_of(
    trail: &Trail,
    at: usize,
    graph: &HeapGraph,
    words: &Words,
) -> (Vec<String>, Option<usize>) {
    let mut parts: Vec<String> = Vec::new();
    let mut above = None;
    for position in (1..=at).rev() {
        let hop = trail.hops[position];
        let Some(edge) = hop.edge else { break };
        // A proxy goes by the name of what it stands for.
        if graph.name(trail.hops[position - 1].node) == class::PROXY {
            continue;
        }
        let name = trail::edge_name(graph, words, hop);
        match edge.kind {
            EdgeKind::Context if name == "this" => {
                // `this` is no name; the class of it is.
                parts.push(class::class_name(graph, words, hop.node));
                break;
            }
            EdgeKind::Context => {
                // Where a trail through Node's own begins says nothing of it.
                if position > 1 || parts.len() < 2 || !begins_in_node(trail, graph) {
                    parts.push(name);
                }
                above = Some(position - 1);
                break;
            }
            EdgeKind::Property => parts.push(name),
            EdgeKind::Element | EdgeKind::Hidden => parts.push("[]".to_owned()),
            EdgeKind::Internal if name == "[]" && !trail::is_internal(graph, hop.node) => {
                parts.push(name);
            }
            _ => {}
        }
    }
    parts.reverse();
    (parts, above)
}

/// The variable of a module of the program's by which the trail begins, if it
/// comes above `at`.
fn module_variable(trail: &Trail, at: usize, graph: &HeapGraph, words: &Words) -> Option<String> {
    let hop = trail.hops.get(1).filter(|_| at >= 1)?;
    let is_module = matches!(trail.origin, Origin::Module(_)) && !begins_in_node(trail, graph);
    let is_variable = hop.edge.is_some_and(|edge| edge.kind == EdgeKind::Context);
    (is_variable && is_module)
        .then(|| trail::edge_name(graph, words, *hop))
        .filter(|name| name != "this")
}

/// Whether a trail begins in a module of Node's own.
fn begins_in_node(trail: &Trail, graph: &HeapGraph) -> bool {
    matches!(trail.origin, Origin::Module(script)
        if scopes::script_name(graph, script).starts_with("node:"))
}

fn joined(parts: &[String]) -> String {
    let mut text = String::new();
    for part in parts {
        if part == "[]" || part == "…" {
            text.push_str(part);
        } else if let Some(symbol) = part.strip_prefix("<symbol ") {
            text.push('[');
            text.push_str(symbol.trim_end_matches('>'));
            text.push(']');
        } else {
            if !text.is_empty() && !text.ends_with('…') {
                text.push('.');
            }
            text.push_str(part);
        }
    }
    text
}
