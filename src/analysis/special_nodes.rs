//! Nodes that count otherwise than their kind says, found by their names.

use crate::{
    bits::BitSet,
    graph::{Edge, EdgeKind, HeapGraph, Links, NodeKind},
};

/// The special nodes of one snapshot.
///
/// Memory: 4 bits per node.
#[derive(Debug)]
pub(super) struct SpecialNodes {
    /// Arrays of the program's.
    pub(super) arrays: BitSet,
    /// What holds the elements of these.
    stores: BitSet,
    /// The memory behind ArrayBuffers.
    pub(super) buffers: BitSet,
    /// The memory behind external strings, which counts for the string.
    pub(super) external_strings: BitSet,
}

impl SpecialNodes {
    /// Finds those of `graph`.
    pub(super) fn of(graph: &HeapGraph) -> Self {
        let [array, elements, buffer, external] = graph.names().find_all([
            "Array",
            "elements",
            "system / JSArrayBufferData",
            "system / ExternalStringData",
        ]);
        let is_store = |edge: &Edge| {
            elements.is_some() && edge.kind == EdgeKind::Internal && edge.label.name() == elements
        };
        let [mut arrays, mut stores, mut buffers, mut external_strings] =
            [(); 4].map(|()| BitSet::new(graph.node_count()));
        for (node, kind, name) in graph.named_nodes() {
            let name = Some(name);
            if name == array && is_array_kind(kind) {
                arrays.insert(node.index());
                if let Some(edge) = graph.edges(node).find(is_store) {
                    stores.insert(edge.to.index());
                }
            } else if kind == NodeKind::Native && name == buffer {
                buffers.insert(node.index());
            } else if kind == NodeKind::Native && name == external {
                external_strings.insert(node.index());
            }
        }
        Self { arrays, stores, buffers, external_strings }
    }

    /// Returns those of the stores to which one edge of `links` leads.
    pub(super) fn stores_owned_once(&self, links: &Links) -> BitSet {
        let mut stores = self.stores.clone();
        let mut met = BitSet::new(links.node_count());
        for (_, target) in links.all() {
            let target = target as usize;
            if stores.contains(target) && !met.insert(target) {
                stores.remove(target);
            }
        }
        stores
    }
}

/// Whether a node of `kind` that is called `Array` counts as an array.
fn is_array_kind(kind: NodeKind) -> bool {
    !matches!(
        kind,
        NodeKind::Hidden
            | NodeKind::Native
            | NodeKind::Code
            | NodeKind::String
            | NodeKind::ConsString
            | NodeKind::SlicedString
    )
}
