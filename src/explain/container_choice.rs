//! Chooses the objects that a report is about: the container, and one item.

use super::{
    heap_path::{self, HeapPath, Hop},
    items_subtree::ItemsSubtree,
    own_function,
};
use crate::{
    growth::{Growth, Measure},
    units::NodeOrdinal,
    v8::{
        scopes,
        telling::{Telling, telling},
    },
};

/// The objects that a report is about.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    /// From an origin to `item`.
    pub(super) heap_path: HeapPath,
    /// Position of the container in the path.
    pub(super) container_at: usize,
    /// Position of the first accumulating object in the path.
    pub(super) entry_at: usize,
    /// Position of the item; anything after it is the function that keeps the item.
    pub(super) item_at: usize,
    /// The holder of the items.
    pub(super) container: NodeOrdinal,
    /// One of the items, of a class that a person recognises.
    pub(super) item: NodeOrdinal,
    /// Its tree node.
    pub(super) item_tree: u32,
    /// Whether the items refer to each other, as in a linked list.
    pub(super) chained: bool,
    /// The function that the last object of the path calls, if something else holds it
    /// too.
    pub(super) called: Option<Hop>,
}

impl Chosen {
    /// Chooses the objects to report for `growth`.
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
            // A list is named after its first link.
            let is_link =
                |at: usize| graph.name_id(heap_path.hops[at].node) == graph.name_id(first);
            container_at = (0..entry_at).find(|&at| is_link(at)).unwrap_or(entry_at);
        }
        let holder = heap_path.hops[container_at].node;
        if growth.measure == Measure::Size
            && (scopes::is_scope(graph, holder) || scopes::is_cell(graph, holder))
        {
            // What grows is what the variable holds.
            container_at = entry_at;
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

/// Returns an object of a function that the program wrote, where nothing else on the path
/// from the runtime's root to the items below `entry` is the program's.
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

/// Returns the tree node that the items are named after: the heaviest, but the values of
/// a map rather than its keys.
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
