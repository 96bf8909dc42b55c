//! Chooses, for one growth, the objects that a report speaks of: the container, and one item.

use super::{
    heap_path::{self, HeapPath, Hop},
    items_subtree::ItemsSubtree,
    own_function,
};
use crate::{
    growth::Growth,
    units::NodeOrdinal,
    v8::telling::{Telling, telling},
};

/// The objects that a report speaks of.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    /// From an origin to `item`.
    pub(super) heap_path: HeapPath,
    /// Position of the container in the trail.
    pub(super) container_at: usize,
    /// Position of the first accumulating object in the trail.
    pub(super) entry_at: usize,
    /// Position of the item; what comes after it is the function that keeps it.
    pub(super) item_at: usize,
    /// What holds the items.
    pub(super) container: NodeOrdinal,
    /// One of the items, by the class that a person knows.
    pub(super) item: NodeOrdinal,
    /// Its tree node.
    pub(super) item_tree: u32,
    /// Whether the items hang on each other, as in a linked list.
    pub(super) chained: bool,
    /// What the last object of the trail calls, if that is held elsewhere too.
    pub(super) called: Option<Hop>,
}

impl Chosen {
    /// The subject of `growth`.
    pub(super) fn of(growth: &Growth, subtree: &ItemsSubtree<'_>) -> Self {
        let &ItemsSubtree { graph, tree, .. } = subtree;
        let entry = entry_of(growth, subtree);
        let item_tree = subtree.telling_item(entry);
        let item = tree.nodes()[item_tree as usize].sample;
        let shown = runtime_keeper(entry, item_tree, subtree);
        let heap_path = HeapPath::to(shown.unwrap_or(item), graph, tree);
        let called =
            heap_path.hops.last().and_then(|hop| own_function::called_by_timer(hop.node, subtree));
        let last = heap_path.hops.len() - 1;
        let item_at = heap_path.position(tree, item_tree).unwrap_or(last);
        let entry_at =
            heap_path.hops.iter().position(|hop| tree.node_of(hop.node) == entry).unwrap_or(last);
        let mut container_at = match heap_path.position(tree, growth.container) {
            Some(at) if growth.container != entry => at,
            _ => entry_at,
        };
        let chained = tree.nodes()[entry as usize].folded;
        let first = heap_path.hops[entry_at].node;
        if chained && telling(graph, subtree.words, first) == Telling::Named {
            // A list is known by its first link.
            let is_link =
                |at: usize| graph.name_id(heap_path.hops[at].node) == graph.name_id(first);
            container_at = (0..entry_at).find(|&at| is_link(at)).unwrap_or(entry_at);
        }
        while container_at > 0 && heap_path::is_internal(graph, heap_path.hops[container_at].node) {
            container_at -= 1;
        }
        Self {
            container: heap_path.hops[container_at].node,
            item,
            item_tree,
            item_at,
            container_at,
            entry_at,
            chained,
            called,
            heap_path,
        }
    }
}

/// An object of the function that the program wrote, where nothing else on the
/// way from the runtime's own root to the items below `entry` does.
fn runtime_keeper(entry: u32, item: u32, subtree: &ItemsSubtree<'_>) -> Option<NodeOrdinal> {
    let &ItemsSubtree { graph, tree, .. } = subtree;
    let heap_path = HeapPath::to(subtree.sample(item), graph, tree);
    let is_own = |hop: &Hop| own_function::has_own_place(hop.node, subtree);
    if !heap_path.begins_in_runtime(graph) || heap_path.hops.iter().any(is_own) {
        return None;
    }
    let found = own_function::own_function(item, subtree);
    found.or_else(|| own_function::own_function(entry, subtree)).map(|found| subtree.sample(found))
}

/// What to call the items by: the heaviest, but the values of a map rather than
/// its keys.
fn entry_of(growth: &Growth, subtree: &ItemsSubtree<'_>) -> u32 {
    let added = |at: u32| subtree.added(at);
    let Some(&heaviest) = growth.items.first() else { return growth.container };
    let is_text = |at: u32| subtree.tree.nodes()[at as usize].text;
    if !is_text(heaviest) {
        return heaviest;
    }
    let values = growth.items.iter().copied().filter(|&item| !is_text(item));
    values
        .max_by_key(|&item| added(item))
        .filter(|&item| added(item) * 2 >= added(heaviest))
        .unwrap_or(heaviest)
}
