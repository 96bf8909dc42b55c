//! The subtree below a container's entries, and the part of it that a person would call
//! the items.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{heap_path, source_location::Locator};
use crate::{
    census::tree::{NONE, NameTree, Origin},
    graph::{HeapGraph, NodeKind},
    growth::History,
    units::{NameId, NodeOrdinal},
    v8::{
        telling::{Telling, is_bytes, telling},
        words::{self, Words},
    },
};

/// Items may be wrapped: `{ command, stream }` around a `Command`. The wrapped object is
/// named instead when it accounts for at least this share of the growth below the
/// wrapper.
const WRAPPED_SHARE: f64 = 0.5;

/// The same for a wrapped object with a user-defined class. Such a class says more than a
/// function or a plain object, even when it is not the heaviest part.
const WRAPPED_NAMED_SHARE: f64 = 0.25;

/// A user-defined class gives way to one inside it only when the inner one is nearly all
/// of it: the `Buffer` in the entry of a cache.
const INNER_SHARE: f64 = 0.8;

/// An object with one of the program's own classes says more than the function, promise
/// or signal that contains it, when it accounts for at least this share of what each
/// keeps alive.
const WRITTEN_SHARE: f64 = 0.2;

/// At least one in `ITEMS_FOR_WRITTEN` items must have an object of that class.
const ITEMS_FOR_WRITTEN: u64 = 2;

/// Tree nodes searched for it.
const MAX_SEARCHED: usize = 4096;

/// Children of each tree node.
pub(super) struct Below {
    first: Vec<u32>,
    next: Vec<u32>,
}

impl Below {
    /// Links each node of `tree` to its children.
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

    /// Returns the tree nodes directly below `of`.
    pub(super) fn children(&self, of: u32) -> impl Iterator<Item = u32> + '_ {
        let link = |at: u32| (at != NONE).then_some(at);
        std::iter::successors(link(self.first[of as usize]), move |&at| {
            link(self.next[at as usize])
        })
    }
}

/// Walks from the entries of a container to what a person would call the items.
pub(super) struct ItemsSubtree<'a> {
    /// The latest snapshot.
    pub(super) graph: &'a HeapGraph,
    /// Structural names in it.
    pub(super) words: &'a Words,
    /// Its name tree.
    pub(super) tree: &'a NameTree,
    /// Children in the tree.
    pub(super) below: &'a Below,
    /// Earlier censuses.
    pub(super) history: &'a History,
    /// Source locations.
    pub(super) places: &'a Locator<'a>,
}

impl ItemsSubtree<'_> {
    /// Follows the heaviest growth down from `entry` to a class that says something.
    pub(super) fn telling_item(&self, entry: u32) -> u32 {
        let mut named = None;
        let mut visible = None;
        let mut blank = None;
        let mut at = entry;
        loop {
            let node = self.sample(at);
            let internal = heap_path::is_internal(self.graph, node);
            let telling = telling(self.graph, self.words, node);
            // The buffers of a stream of Node's are part of it.
            if is_bytes(self.graph, node) && named.is_some_and(|above| self.is_of_node(above)) {
                break;
            }
            if telling == Telling::Named {
                named = Some(at);
                if self.places.is_programs(node) {
                    // The class in the collection says more than anything that hangs from
                    // it.
                    break;
                }
            } else if named.is_some() && !internal && is_boundary(self.graph, node) {
                break;
            }
            if telling == Telling::Blank {
                blank = blank.or(Some(at));
            } else if !internal
                && visible.is_none_or(|above| self.is_function_of_timer(above, node))
            {
                visible = Some(at);
            }
            match self.next(at, named.is_some(), visible.is_some()) {
                Some(next) => at = next,
                None => break,
            }
        }
        let shown = visible.or(blank).unwrap_or(entry);
        named.or_else(|| self.carries(shown).then(|| self.written_inside(entry))?).unwrap_or(shown)
    }

    /// Whether the class of `at` is one of Node's.
    fn is_of_node(&self, at: u32) -> bool {
        self.places.place(self.sample(at)).is_some_and(|place| place.is_node())
    }

    /// Whether the contents of `at` matter more to a person than `at` itself.
    fn carries(&self, at: u32) -> bool {
        let node = self.sample(at);
        self.graph.kind(node) == NodeKind::Closure
            || matches!(telling(self.graph, self.words, node), Telling::Carrier | Telling::Blank)
    }

    /// Returns the nearest of the program's own classes of which each item below `entry`
    /// keeps an object.
    fn written_inside(&self, entry: u32) -> Option<u32> {
        let mut level = vec![entry];
        let mut searched = 0;
        let mut prototypes = Asides::called([self.words.prototype, None]);
        while !level.is_empty() && searched < MAX_SEARCHED {
            searched += level.len();
            let written = level.iter().copied().filter(|&at| {
                let node = self.sample(at);
                telling(self.graph, self.words, node) == Telling::Named
                    && self.share(at, entry) >= WRITTEN_SHARE
                    && self.added(at) * ITEMS_FOR_WRITTEN >= self.added(entry)
                    && !self.is_aside(at, &mut prototypes)
                    && self.places.place(node).is_some_and(|place| !place.is_node())
            });
            if let Some(found) = written.max_by_key(|&at| self.gained(at)) {
                return Some(found);
            }
            level = level
                .iter()
                .flat_map(|&at| self.below.children(at))
                .filter(|&child| {
                    self.tree.nodes()[child as usize].origin != Origin::Runtime
                        && self.share(child, entry) >= WRITTEN_SHARE
                })
                .collect();
        }
        None
    }

    /// Returns how many more objects there are than in the first snapshot.
    pub(super) fn added(&self, at: u32) -> u64 {
        let node = &self.tree.nodes()[at as usize];
        u64::from(node.count.saturating_sub(self.history.first(node.key).count))
    }

    /// Returns how many more bytes of their own the objects have than in the first
    /// snapshot.
    pub(super) fn gained_itself(&self, at: u32) -> u64 {
        let node = &self.tree.nodes()[at as usize];
        node.self_bytes.saturating_sub(self.history.first(node.key).self_bytes)
    }

    /// Whether `node` is the function that the timer `above` calls; somebody wrote it,
    /// and it has a location.
    fn is_function_of_timer(&self, above: u32, node: NodeOrdinal) -> bool {
        matches!(self.graph.name(self.sample(above)), "Timeout" | "Immediate")
            && self.graph.kind(node) == NodeKind::Closure
    }

    /// Returns the child of `at` that says more about what accumulates.
    fn next(&self, at: u32, in_named: bool, in_visible: bool) -> Option<u32> {
        let parts = self.parts(at);
        let children = || parts.iter().copied();
        if self.graph.name(self.sample(at)).contains("PromiseReaction") {
            // What waits is the promise that the reaction will settle, or the function
            // that it will resume.
            return children()
                .find(|&child| self.graph.name(self.sample(child)) == "Promise")
                .or_else(|| children().max_by_key(|&child| self.gained(child)));
        }
        if self.tree.nodes()[at as usize].folded && !in_visible {
            // The next link of the chain, not the payload of the links.
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
            .filter(|&child| telling(self.graph, self.words, self.sample(child)) == Telling::Named)
            .max_by_key(|&child| self.gained(child))
            .filter(|&child| self.share(child, at) >= WRAPPED_NAMED_SHARE)
            .or_else(|| (self.share(heaviest, at) >= WRAPPED_SHARE).then_some(heaviest))
    }

    /// Returns the tree nodes directly below `at` that are parts of it. The prototype
    /// belonging to a function and the native side of a stream are not.
    pub(super) fn parts(&self, at: u32) -> Vec<u32> {
        let mut asides = Asides::called([self.words.prototype, self.words.handle]);
        let mut is_part = |child: u32| {
            self.tree.nodes()[child as usize].origin != Origin::Runtime
                && !self.is_aside(child, &mut asides)
        };
        self.below.children(at).filter(|&child| is_part(child)).collect()
    }

    /// Whether the reference that leads to `child` has one of the names in `asides`.
    fn is_aside(&self, child: u32, asides: &mut Asides) -> bool {
        let node = self.sample(child);
        self.tree.parent_of(node).is_some_and(|parent| asides.has(parent, node, self.graph))
    }

    pub(super) fn sample(&self, at: u32) -> NodeOrdinal {
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

/// The targets of references with certain names, parent by parent. Each parent is read
/// once, however many objects it refers to.
struct Asides {
    names: [Option<NameId>; 2],
    of: FxHashMap<NodeOrdinal, FxHashSet<NodeOrdinal>>,
}

impl Asides {
    fn called(names: [Option<NameId>; 2]) -> Self {
        Self { names, of: FxHashMap::default() }
    }

    /// Whether a reference with one of the names leads from `parent` to `node`.
    fn has(&mut self, parent: NodeOrdinal, node: NodeOrdinal, graph: &HeapGraph) -> bool {
        let names = self.names;
        let is_called = |label| names.into_iter().any(|name| words::is(label, name));
        let targets =
            || graph.edges(parent).filter(|edge| is_called(edge.label)).map(|edge| edge.to);
        self.of.entry(parent).or_insert_with(|| targets().collect()).contains(&node)
    }
}

/// Whether a user-defined class ends at `node`. What it reaches through a function or a
/// promise is not part of it, and a buffer's memory has no better name than the buffer.
fn is_boundary(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    graph.kind(node) == NodeKind::Closure
        || matches!(graph.name(node), "Promise" | "ArrayBuffer" | "SharedArrayBuffer")
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::testkit::draw;

    #[test]
    fn each_parent_is_read_once_for_all_that_it_refers_to() {
        let mut references = String::new();
        for i in 0..1000 {
            let _ = write!(references, "; a -element:{i}-> n{i}");
        }
        let graph = draw(&format!(
            "root -> a b; a -property:prototype-> p; b -property:prototype-> n7{references}"
        ))
        .graph();
        let words = Words::of(&graph);
        let mut prototypes = Asides::called([words.prototype, words.handle]);
        let refers = |from, to| graph.edges(from).any(|edge| edge.to == to);
        let parents: Vec<NodeOrdinal> = graph.edges(graph.root()).map(|edge| edge.to).collect();
        let aside: Vec<usize> = parents
            .iter()
            .map(|&parent| {
                let targets = graph.ordinals().filter(|&node| refers(parent, node));
                targets.filter(|&node| prototypes.has(parent, node, &graph)).count()
            })
            .collect();
        assert_eq!(aside, [1, 1]);
        assert_eq!(prototypes.of.len(), 2);
        assert!(prototypes.of.values().all(|targets| targets.len() == 1));
    }
}
