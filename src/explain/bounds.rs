//! Names by which a program says that a store is bounded, or that what is in it goes again.
//!
//! V8 writes no small integers into a snapshot, so `max: 5000` is not in it. Methods and
//! accessors are: the one that evicts, the one that prunes, `get max()`.

use super::class;
use crate::{
    census::{
        tree::NameTree,
        words::{self, Words},
    },
    graph::{EdgeKind, HeapGraph, NodeKind},
    growth::{Declared, Growth},
    units::NodeOrdinal,
};

/// Objects above the items in which names are looked for, at most.
const MAX_STEPS: usize = 5;

/// An object with more properties is a dictionary, whose keys are data.
const MAX_PROPERTIES: usize = 128;

/// Names that are told.
const MAX_TOLD: usize = 3;

/// Words of which a name for removing what is old is made.
const REMOVAL: [&str; 12] = [
    "evict",
    "evicts",
    "eviction",
    "expire",
    "expires",
    "expired",
    "expiry",
    "expiration",
    "prune",
    "purge",
    "sweep",
    "ttl",
];

/// Names for how much there may be, in lower case.
const BOUNDS: [&str; 9] = [
    "max",
    "maxsize",
    "maxentries",
    "maxitems",
    "maxlength",
    "maxkeys",
    "maxage",
    "capacity",
    "lrusize",
];

/// What is said of how long its items live.
const LIFETIME: [&str; 5] = ["expires", "expired", "expiry", "expiration", "ttl"];

/// What the object that holds the items of `growth`, or else an item, says of a bound.
pub(super) fn declared(
    growth: &Growth,
    graph: &HeapGraph,
    tree: &NameTree,
    words: &Words,
) -> Option<Declared> {
    let container = tree.nodes()[growth.container as usize].sample;
    let above = std::iter::successors(Some(container), |&at| tree.parent_of(at));
    for at in above.take(MAX_STEPS).filter(|&at| is_somebodys(graph, at)) {
        let names = names_of(graph, words, at, true, says_bounded);
        if !names.is_empty() {
            return Some(Declared { class: class_of(graph, words, at), names, of_items: false });
        }
        // What has a class is the owner; what holds it is something else.
        if graph.name(at) != "Object" {
            break;
        }
    }
    // Items are often plain objects, and what they have is data.
    let says_lifetime = |name: &str| words_of(name).any(|word| LIFETIME.contains(&word.as_str()));
    growth.items.iter().find_map(|&item| {
        let item = tree.nodes()[item as usize].sample;
        let names = names_of(graph, words, item, false, says_lifetime);
        let of_items = is_somebodys(graph, item) && !names.is_empty();
        of_items.then(|| Declared { class: class_of(graph, words, item), names, of_items })
    })
}

fn class_of(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> String {
    class::class_name(graph, words, node)
}

/// Whether a program wrote what is in `node`: not the runtime's collections, scopes or lists
/// of timers, which expire without being removed.
fn is_somebodys(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    const RUNTIME: [&str; 7] =
        ["Map", "Set", "Array", "WeakMap", "WeakSet", "TimersList", "PriorityQueue"];
    let name = graph.name(node);
    graph.kind(node) == NodeKind::Object
        && !name.starts_with("system / ")
        && !name.starts_with("Node / ")
        && !RUNTIME.contains(&name)
}

/// Properties of `node` and of its class that `says` picks.
fn names_of(
    graph: &HeapGraph,
    words: &Words,
    node: NodeOrdinal,
    is_owner: bool,
    says: impl Fn(&str) -> bool,
) -> Vec<String> {
    let prototype = graph
        .edges(node)
        .find(|edge| edge.kind == EdgeKind::Property && words::is(edge.label, words.proto))
        .map(|edge| edge.to);
    let mut found: Vec<String> = Vec::new();
    for at in [Some(node), prototype].into_iter().flatten() {
        // Of an object without a class, which may be a mere list of others, methods alone.
        let is_plain = is_owner && at == node && graph.name(node) == "Object";
        let names: Vec<&str> = graph
            .edges(at)
            .filter(|edge| edge.kind == EdgeKind::Property)
            .filter(|edge| !is_plain || graph.kind(edge.to) == NodeKind::Closure)
            .filter_map(|edge| Some(graph.names().get(edge.label.name()?)))
            .take(MAX_PROPERTIES + 1)
            .collect();
        if names.len() > MAX_PROPERTIES {
            continue;
        }
        for name in names.into_iter().filter(|name| says(name)) {
            let name = name.strip_prefix("get ").or(name.strip_prefix("set ")).unwrap_or(name);
            if found.len() < MAX_TOLD && !found.iter().any(|known| known == name) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

fn says_bounded(name: &str) -> bool {
    let plain = name.trim_start_matches(['#', '_']).to_ascii_lowercase();
    BOUNDS.contains(&plain.as_str()) || words_of(name).any(|word| REMOVAL.contains(&word.as_str()))
}

/// The words that a name is made of: `purgeStale`, `purge_stale`, `#maxTTL`.
fn words_of(name: &str) -> impl Iterator<Item = String> + '_ {
    let mut words: Vec<String> = Vec::new();
    let mut was_lower = false;
    for letter in name.chars() {
        if !letter.is_ascii_alphabetic() {
            was_lower = false;
            words.push(String::new());
            continue;
        }
        if words.is_empty() || letter.is_ascii_uppercase() && was_lower {
            words.push(String::new());
        }
        was_lower = letter.is_ascii_lowercase();
        if let Some(word) = words.last_mut() {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.into_iter().filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_removes_and_what_limits_is_known_by_its_name() {
        for name in ["evict", "#evictOldest", "purgeStale", "get max", "_maxSize", "stdTTL", "ttl"]
        {
            let name = name.strip_prefix("get ").unwrap_or(name);
            assert!(says_bounded(name), "{name}");
        }
    }

    #[test]
    fn names_that_only_look_alike_are_not_taken_for_a_bound() {
        for name in ["_maxListeners", "maximum", "settle", "limit", "trim", "attlee", "size"] {
            assert!(!says_bounded(name), "{name}");
        }
    }
}
