//! What the heap is made of, by sort of memory.

use crate::{
    bits::BitSet,
    graph::{Edge, EdgeKind, HeapGraph, NodeKind},
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

/// Element stores of arrays to which nothing else refers.
#[derive(Debug)]
pub(super) struct ElementStores(Vec<u32>);

impl ElementStores {
    /// Those of `graph`, which must have the names of its edges.
    pub(super) fn of(graph: &HeapGraph) -> Self {
        let [array, elements] = graph.names().find_all(["Array", "elements"]);
        if array.is_none() || elements.is_none() {
            return Self(Vec::new());
        }
        let arrays = graph
            .ordinals()
            .filter(|&node| Some(graph.name_id(node)) == array && is_array_kind(graph.kind(node)));
        let store_of = |node| {
            let mut edges = graph.edges(node);
            let is_store =
                |edge: &Edge| edge.kind == EdgeKind::Internal && edge.label.name() == elements;
            edges.find(is_store).map(|edge| edge.to.0)
        };
        Self(owned_once(graph, arrays.filter_map(store_of).collect()))
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

impl Statistics {
    /// Adds up `graph`, whose arrays have these `stores`.
    pub(super) fn of(graph: &HeapGraph, stores: &ElementStores) -> Self {
        let [buffer, array] = graph.names().find_all(["system / JSArrayBufferData", "Array"]);
        let mut this = Self {
            total: graph.total_self_size() + graph.extra_native_bytes(),
            native: graph.extra_native_bytes(),
            ..Self::default()
        };
        for node in graph.ordinals() {
            let size = graph.self_size(node);
            let name = Some(graph.name_id(node));
            match graph.kind(node) {
                NodeKind::Hidden => this.system += size,
                NodeKind::Native => {
                    this.native += size;
                    if name == buffer {
                        this.typed_arrays += size;
                    }
                }
                NodeKind::Code => this.code += size,
                NodeKind::String | NodeKind::ConsString | NodeKind::SlicedString => {
                    this.strings += size;
                }
                _ if name == array => this.js_arrays += size,
                _ => {}
            }
        }
        this.js_arrays +=
            stores.0.iter().map(|&store| graph.nodes.self_sizes.get(store)).sum::<u64>();
        this
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

/// Those of `stores` to which one edge leads.
fn owned_once(graph: &HeapGraph, mut stores: Vec<u32>) -> Vec<u32> {
    let mut is_store = BitSet::new(graph.node_count());
    for &store in &stores {
        is_store.insert(store as usize);
    }
    let mut once = BitSet::new(graph.node_count());
    let mut more = BitSet::new(graph.node_count());
    for position in 0..graph.edge_count() {
        let target = graph.links().get(position).1 as usize;
        if is_store.contains(target) && !once.insert(target) {
            more.insert(target);
        }
    }
    stores.retain(|&store| !more.contains(store as usize));
    stores
}
