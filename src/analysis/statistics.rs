//! What the heap is made of, by sort of memory.

use crate::{
    bits::BitSet,
    graph::{Edge, EdgeKind, HeapGraph, Links, NodeKind, SelfSizes},
    units::{NameId, NodeOrdinal},
};

/// DevTools' statistics, in bytes, by the sizes that `graph` has now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Everything, with native memory that no node accounts for.
    pub total: u64,
    /// Outside the JavaScript heap.
    pub native: u64,
    /// The memory behind ArrayBuffers; part of `native`.
    pub typed_arrays: u64,
    /// Compiled code.
    pub code: u64,
    /// Strings of all sorts.
    pub strings: u64,
    /// Arrays, with elements that are theirs alone.
    pub js_arrays: u64,
    /// Internals of V8.
    pub system: u64,
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

/// What holds the elements of arrays.
///
/// Memory: a bit per node.
pub(super) struct ArrayStores(BitSet);

impl ArrayStores {
    /// Those in `graph`, which must have the names of its edges.
    pub(super) fn of(graph: &HeapGraph) -> Self {
        let [array, elements] = graph.names().find_all(["Array", "elements"]);
        let is_store = |edge: &Edge| {
            elements.is_some() && edge.kind == EdgeKind::Internal && edge.label.name() == elements
        };
        let mut stores = BitSet::new(graph.node_count());
        let nodes = graph.nodes.kinds.iter().zip(graph.nodes.names.iter());
        for (node, (&kind, name)) in (0..).map(NodeOrdinal).zip(nodes) {
            if Some(NameId(name)) == array
                && is_array_kind(kind)
                && let Some(edge) = graph.edges(node).find(is_store)
            {
                stores.insert(edge.to.index());
            }
        }
        Self(stores)
    }

    /// Those to which one edge leads.
    fn owned_once(self, links: &Links) -> BitSet {
        let Self(mut stores) = self;
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

impl Statistics {
    /// Adds up `graph`, whose nodes have these `sizes`, and which has the `stores`.
    pub(super) fn of(graph: &HeapGraph, sizes: &SelfSizes, stores: ArrayStores) -> Self {
        let [array, buffer] = graph.names().find_all(["Array", "system / JSArrayBufferData"]);
        let [mut typed_arrays, mut js_arrays] = [0; 2];
        // Two sums of each kind in turn: neighbours mostly are of one kind, and
        // would wait for each other.
        let mut by_kind = [[0; 2]; NodeKind::ALL.len()];
        let nodes = graph.nodes.kinds.iter().zip(graph.nodes.names.iter()).zip(sizes.iter());
        for (node, ((&kind, name), size)) in (0..).map(NodeOrdinal).zip(nodes) {
            by_kind[kind as usize][node.index() % 2] += size;
            let name = Some(NameId(name));
            if name == array && is_array_kind(kind) {
                js_arrays += size;
            } else if name == buffer && kind == NodeKind::Native {
                typed_arrays += size;
            }
        }
        let stores = stores.owned_once(graph.links());
        js_arrays += stores.iter().map(|store| sizes.get(store as u32)).sum::<u64>();
        let sum = |kind: NodeKind| by_kind[kind as usize].iter().sum::<u64>();
        let extra = graph.extra_native_bytes();
        Self {
            total: by_kind.as_flattened().iter().sum::<u64>() + extra,
            native: sum(NodeKind::Native) + extra,
            typed_arrays,
            code: sum(NodeKind::Code),
            strings: sum(NodeKind::String)
                + sum(NodeKind::ConsString)
                + sum(NodeKind::SlicedString),
            js_arrays,
            system: sum(NodeKind::Hidden),
        }
    }

    /// The figures by DevTools' names.
    pub fn named(&self) -> [(&'static str, u64); 8] {
        [
            ("total", self.total),
            ("native", self.native),
            ("typedArrays", self.typed_arrays),
            ("v8heap", self.total - self.native),
            ("code", self.code),
            ("strings", self.strings),
            ("jsArrays", self.js_arrays),
            ("system", self.system),
        ]
    }
}
