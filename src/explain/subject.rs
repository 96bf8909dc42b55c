//! Picks, for one growth, the objects to speak of: who holds, what accumulates.

use super::{
    class::{self, Telling},
    trail::{self, Trail},
};
use crate::{
    census::tree::{NONE, NameTree},
    graph::{EdgeKind, HeapGraph, NodeKind},
    growth::{Growth, History},
    units::NodeOrdinal,
};

/// What accumulates may be wrapped: `{ command, stream }` around a `Command`.
/// The wrapped object is named instead when it accounts for this share of the
/// growth below the wrapper.
const WRAPPED_SHARE: f64 = 0.5;

/// A class that somebody wrote is left for one inside only when the inner one
/// is nearly all of it: the `Buffer` in the entry of a cache.
const INNER_SHARE: f64 = 0.8;

/// Children of each tree node.
pub(super) struct Below {
    first: Vec<u32>,
    next: Vec<u32>,
}

impl Below {
    /// Links the children of `tree`.
    pub(super) fn of(tree: &NameTree) -> Self {
        let n = tree.nodes().len();
        let mut below = Self { first: vec![NONE; n], next: vec![NONE; n] };
        for (index, node) in (0u32..).zip(tree.nodes()) {
            if node.parent != NONE {
                below.next[index as usize] = below.first[node.parent as usize];
                below.first[node.parent as usize] = index;
            }
        }
        below
    }

    fn children(&self, of: u32) -> impl Iterator<Item = u32> + '_ {
        let link = |at: u32| (at != NONE).then_some(at);
        std::iter::successors(link(self.first[of as usize]), move |&at| {
            link(self.next[at as usize])
        })
    }
}

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
    /// Whether the items hang on each other, as in a linked list.
    pub(super) chained: bool,
}

impl Subject {
    /// The subject of `growth`.
    pub(super) fn of(
        growth: &Growth,
        graph: &HeapGraph,
        tree: &NameTree,
        below: &Below,
        history: &History,
    ) -> Self {
        let entry = growth.items.first().copied().unwrap_or(growth.container);
        let item_tree = telling_item(entry, graph, tree, below, history);
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
            container_at,
            entry_at,
            chained: tree.nodes()[entry as usize].folded,
            trail,
        }
    }
}

/// Walks from the entries of the container to what a person would call the
/// items: down the heaviest growth, until a class that says something.
fn telling_item(
    entry: u32,
    graph: &HeapGraph,
    tree: &NameTree,
    below: &Below,
    history: &History,
) -> u32 {
    let nodes = tree.nodes();
    let gained = |at: u32| {
        let node = &nodes[at as usize];
        node.held_bytes.saturating_sub(history.first(node.key).held_bytes)
    };
    let mut named = None;
    let mut visible = None;
    let mut at = entry;
    loop {
        let sample = nodes[at as usize].sample;
        let telling = class::telling(graph, sample);
        if telling == Telling::Named {
            named = Some(at);
        } else if named.is_some()
            && !trail::is_internal(graph, sample)
            && is_boundary(graph, sample)
        {
            break;
        }
        if visible.is_none() && !trail::is_internal(graph, sample) {
            visible = Some(at);
        }
        if graph.name(sample).contains("PromiseReaction") {
            // What waits is the promise that the reaction is to settle.
            let is_promise = |&child: &u32| graph.name(nodes[child as usize].sample) == "Promise";
            return below.children(at).find(is_promise).or(visible).unwrap_or(at);
        }
        let Some(heaviest) = below.children(at).max_by_key(|&child| gained(child)) else { break };
        let limit = if named.is_some() { INNER_SHARE } else { WRAPPED_SHARE };
        #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
        let share = gained(heaviest) as f64 / gained(at).max(1) as f64;
        if share < limit {
            break;
        }
        at = heaviest;
    }
    named.or(visible).unwrap_or(entry)
}

/// Where a class that somebody wrote ends: what it reaches through a function
/// or a promise is not a part of it, and a buffer's memory has no better name
/// than the buffer.
fn is_boundary(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    graph.kind(node) == NodeKind::Closure
        || matches!(graph.name(node), "Promise" | "ArrayBuffer" | "SharedArrayBuffer")
}

/// The name by which a person knows the object at `at`: the variable or
/// properties that lead to it, such as `loader.controller.signal`.
pub(super) fn expression(
    trail: &Trail,
    at: usize,
    graph: &HeapGraph,
    words: &crate::census::words::Words,
) -> Option<String> {
    const MAX_PARTS: usize = 5;
    let mut parts: Vec<String> = Vec::new();
    for hop in trail.hops[1..=at].iter().rev() {
        let Some(edge) = hop.edge else { break };
        let name = trail::edge_name(graph, words, edge);
        match edge.kind {
            EdgeKind::Context => {
                parts.push(name);
                break;
            }
            EdgeKind::Property => parts.push(name),
            EdgeKind::Element | EdgeKind::Hidden if parts.is_empty() => {}
            EdgeKind::Element | EdgeKind::Hidden => parts.push("[]".to_owned()),
            EdgeKind::Internal if name == "[]" && !parts.is_empty() => parts.push(name),
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
    (!text.is_empty()).then_some(text)
}
