//! What the heap is made of, by sort of memory.

use crate::{
    bits::BitSet,
    graph::{EdgeKind, HeapGraph, NodeKind},
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

impl Statistics {
    /// Adds up `graph`.
    pub fn of(graph: &HeapGraph) -> Self {
        let [buffer, array, elements] =
            graph.names().find_all(["system / JSArrayBufferData", "Array", "elements"]);
        let mut this = Self {
            total: graph.total_self_size() + graph.extra_native_bytes(),
            native: graph.extra_native_bytes(),
            ..Self::default()
        };
        // Element stores of arrays, which count if only the array has them.
        let mut stores: Vec<u32> = Vec::new();
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
                _ if name == array => {
                    this.js_arrays += size;
                    let store = graph.edges(node).find(|edge| {
                        edge.kind == EdgeKind::Internal
                            && elements.is_some()
                            && edge.label.name() == elements
                    });
                    stores.extend(store.map(|edge| edge.to.0));
                }
                _ => {}
            }
        }
        this.js_arrays += owned_once(graph, &stores);
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

/// Sizes of those of `stores` to which one edge leads.
fn owned_once(graph: &HeapGraph, stores: &[u32]) -> u64 {
    let mut is_store = BitSet::new(graph.node_count());
    for &store in stores {
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
    let alone = stores.iter().filter(|&&store| !more.contains(store as usize));
    alone.map(|&store| graph.nodes.self_sizes.get(store)).sum()
}
