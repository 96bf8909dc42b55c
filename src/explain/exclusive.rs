//! What the items of a growth alone keep alive.

use rustc_hash::FxHashMap;

use crate::{
    analysis::Dominators, census::tree::NameTree, column::Column, graph::HeapGraph, growth::Growth,
};

/// Belongs to no growth.
const NOBODY: u16 = u16::MAX;

/// For each growth, the bytes that would be freed if its items were: a lower
/// bound of what mending the leak gives back, since what the items share with
/// others is left out.
pub(super) fn bytes(
    growths: &[Growth],
    graph: &HeapGraph,
    tree: &NameTree,
    dominators: &Dominators,
) -> Vec<u64> {
    let mut growth_of: FxHashMap<u32, u16> = FxHashMap::default();
    for (index, growth) in (0..NOBODY).zip(growths) {
        for &item in &growth.items {
            growth_of.insert(item, index);
        }
    }
    let mut owner: Column<u16> = Column::filled(graph.node_count(), NOBODY);
    let mut bytes = vec![0; growths.len()];
    for (node, holder) in dominators.pairs() {
        let above = owner[holder.index()];
        let own = growth_of.get(&tree.node_of(node)).copied().unwrap_or(NOBODY);
        let growth = if above == NOBODY { own } else { above };
        owner[node.index()] = growth;
        if growth != NOBODY {
            bytes[usize::from(growth)] += graph.self_size(node);
        }
    }
    bytes
}
