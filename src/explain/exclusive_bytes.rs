//! The bytes that only the items of a growth keep alive.

use rustc_hash::FxHashMap;

use crate::{
    analysis::Dominators,
    census::tree::{NONE, NameTree},
    column::Column,
    graph::{Edge, HeapGraph},
    growth::Growth,
    v8::words::{self, Words},
};

/// Marks nodes that belong to no growth.
pub(super) const NOBODY: u16 = u16::MAX;

/// What only the items of growths keep alive.
pub(super) struct Exclusive {
    /// By growth.
    pub(super) bytes: Vec<u64>,
    /// The growth of each node, or [`NOBODY`].
    pub(super) owner: Column<u16>,
}

/// Returns, for each growth, the bytes that would be freed along with its items. This is
/// a lower bound of what fixing the leak frees, since it leaves out everything that the
/// items share with others. Listeners of one emitter that share a scope are added and
/// removed together.
pub(super) fn bytes(
    growths: &[Growth],
    graph: &HeapGraph,
    tree: &NameTree,
    dominators: &Dominators,
    words: &Words,
) -> Exclusive {
    let mut growth_of: FxHashMap<u32, u16> = FxHashMap::default();
    for (index, growth) in (0..NOBODY).zip(growths) {
        for &item in &growth.items {
            growth_of.insert(item, index);
        }
    }
    let below = below_items(&growth_of, tree);
    let emitters: Vec<Option<u32>> =
        growths.iter().map(|growth| events_of(growth, graph, tree, words)).collect();
    let shared = |node: u32, holder: u32| {
        let growth = below[node as usize];
        let is_listeners = || emitters[usize::from(growth)] == Some(holder);
        if growth != NOBODY && is_listeners() { growth } else { NOBODY }
    };
    let mut owner: Column<u16> = Column::filled(graph.node_count(), NOBODY);
    let mut bytes = vec![0; growths.len()];
    for (node, holder) in dominators.pairs() {
        let above = owner[holder.index()];
        let own = growth_of
            .get(&tree.node_of(node))
            .copied()
            .unwrap_or_else(|| shared(tree.node_of(node), tree.node_of(holder)));
        let growth = if above == NOBODY { own } else { above };
        owner[node.index()] = growth;
        if growth != NOBODY {
            bytes[usize::from(growth)] += graph.self_size(node);
        }
    }
    Exclusive { bytes, owner }
}

/// Returns, for each tree node, the growth whose items it is or lies below.
fn below_items(growth_of: &FxHashMap<u32, u16>, tree: &NameTree) -> Vec<u16> {
    let mut below: Vec<u16> = Vec::with_capacity(tree.nodes().len());
    for (at, node) in (0u32..).zip(tree.nodes()) {
        let above = below.get(node.parent as usize).copied().unwrap_or(NOBODY);
        below.push(growth_of.get(&at).copied().unwrap_or(above));
    }
    below
}

/// Returns the tree node of the emitter's `_events` object that the growing list belongs
/// to.
fn events_of(growth: &Growth, graph: &HeapGraph, tree: &NameTree, words: &Words) -> Option<u32> {
    let store = tree.nodes()[growth.container as usize].parent;
    let events = (store != NONE).then(|| tree.nodes()[store as usize].sample)?;
    let emitter = tree.parent_of(events)?;
    let is_events = |edge: Edge| edge.to == events && words::is(edge.label, words.events);
    graph.edges(emitter).any(is_events).then_some(store)
}
