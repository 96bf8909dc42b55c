//! Picks, for one growth, the objects to speak of: who holds, what accumulates.

use super::{
    class::{self, Telling},
    trail::{self, Trail},
};
use crate::{
    census::{
        tree::{NONE, NameTree, Origin},
        words::{self, Words},
    },
    graph::{EdgeKind, HeapGraph, NodeKind},
    growth::{Growth, History},
    units::NodeOrdinal,
};

/// What accumulates may be wrapped: `{ command, stream }` around a `Command`.
/// The wrapped object is named instead when it accounts for this share of the
/// growth below the wrapper.
const WRAPPED_SHARE: f64 = 0.5;

/// The same for a wrapped object of a class that somebody wrote: it says more
/// than a function or a plain object, even when it is not the heaviest part.
const WRAPPED_NAMED_SHARE: f64 = 0.25;

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
        words: &Words,
        tree: &NameTree,
        below: &Below,
        history: &History,
    ) -> Self {
        let entry = growth.items.first().copied().unwrap_or(growth.container);
        let item_tree = Descent { graph, words, tree, below, history }.telling_item(entry);
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

/// Walks from the entries of a container to what a person would call the items.
struct Descent<'a> {
    graph: &'a HeapGraph,
    words: &'a Words,
    tree: &'a NameTree,
    below: &'a Below,
    history: &'a History,
}

impl Descent<'_> {
    /// Down the heaviest growth from `entry`, until a class that says something.
    fn telling_item(&self, entry: u32) -> u32 {
        let mut named = None;
        let mut visible = None;
        let mut at = entry;
        loop {
            let node = self.sample(at);
            let internal = trail::is_internal(self.graph, node);
            if class::telling(self.graph, node) == Telling::Named {
                named = Some(at);
            } else if named.is_some() && !internal && is_boundary(self.graph, node) {
                break;
            }
            if !internal && visible.is_none_or(|above| self.is_function_of_timer(above, node)) {
                visible = Some(at);
            }
            match self.next(at, named.is_some(), visible.is_some()) {
                Some(next) => at = next,
                None => break,
            }
        }
        named.or(visible).unwrap_or(entry)
    }

    /// Whether `node` is what the timer `above` calls: somebody wrote that, and
    /// it has a place.
    fn is_function_of_timer(&self, above: u32, node: NodeOrdinal) -> bool {
        matches!(self.graph.name(self.sample(above)), "Timeout" | "Immediate")
            && self.graph.kind(node) == NodeKind::Closure
    }

    /// The child of `at` that tells more of what accumulates.
    fn next(&self, at: u32, in_named: bool, in_visible: bool) -> Option<u32> {
        let parts: Vec<u32> =
            self.below.children(at).filter(|&child| self.is_part(child)).collect();
        let children = || parts.iter().copied();
        if self.graph.name(self.sample(at)).contains("PromiseReaction") {
            // What waits is the promise that the reaction is to settle.
            return children().find(|&child| self.graph.name(self.sample(child)) == "Promise");
        }
        if self.tree.nodes()[at as usize].folded && !in_visible {
            // The next link of the chain, not what the links carry.
            let link = children().find(|&child| self.tree.nodes()[child as usize].folded);
            if link.is_some() {
                return link;
            }
        }
        if matches!(self.graph.name(self.sample(at)), "Timeout" | "Immediate") {
            // Each timer's own function, however little it holds.
            let count = |of: u32| self.tree.nodes()[of as usize].count;
            let function = children().find(|&child| {
                self.graph.kind(self.sample(child)) == NodeKind::Closure
                    && count(child) >= count(at) / 2
            });
            if function.is_some() {
                return function;
            }
        }
        let heaviest = children().max_by_key(|&child| self.gained(child))?;
        if in_named {
            return (self.share(heaviest, at) >= INNER_SHARE).then_some(heaviest);
        }
        children()
            .filter(|&child| class::telling(self.graph, self.sample(child)) == Telling::Named)
            .max_by_key(|&child| self.gained(child))
            .filter(|&child| self.share(child, at) >= WRAPPED_NAMED_SHARE)
            .or_else(|| (self.share(heaviest, at) >= WRAPPED_SHARE).then_some(heaviest))
    }

    /// Whether `child` is a part of the object above it: not the prototype of
    /// what a function makes, not the native side of a stream.
    fn is_part(&self, child: u32) -> bool {
        let node = self.sample(child);
        self.tree.nodes()[child as usize].origin != Origin::Runtime
            && self.tree.parent_of(node).is_none_or(|parent| {
                !self.graph.edges(parent).any(|edge| {
                    edge.to == node
                        && (words::is(edge.label, self.words.prototype)
                            || words::is(edge.label, self.words.handle))
                })
            })
    }

    fn sample(&self, at: u32) -> NodeOrdinal {
        self.tree.nodes()[at as usize].sample
    }

    fn gained(&self, at: u32) -> u64 {
        let node = &self.tree.nodes()[at as usize];
        node.held_bytes.saturating_sub(self.history.first(node.key).held_bytes)
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
    fn share(&self, child: u32, of: u32) -> f64 {
        self.gained(child) as f64 / self.gained(of).max(1) as f64
    }
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
    words: &Words,
) -> Option<String> {
    const MAX_PARTS: usize = 5;
    let mut parts: Vec<String> = Vec::new();
    for hop in trail.hops[1..=at].iter().rev() {
        let Some(edge) = hop.edge else { break };
        let name = trail::edge_name(graph, words, *hop);
        match edge.kind {
            EdgeKind::Context => {
                parts.push(name);
                break;
            }
            EdgeKind::Property if name == "[]" && parts.is_empty() => {}
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
