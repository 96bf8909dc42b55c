//! Any bytes must yield an error or a graph that can be walked and measured, with memory
//! in proportion to the bytes.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use seep::{analysis::Measured, column, graph::HeapGraph};

/// Returns the fixed cost of a parse plus the columns' cost per byte of input: a node
/// takes at least fourteen bytes and costs seventeen, before rounding up.
fn budget(bytes: usize) -> usize {
    (4 << 20) + 16 * bytes
}

fuzz_target!(|bytes: &[u8]| {
    let before = column::live_bytes();
    column::reset_peak();
    if let Ok(graph) = HeapGraph::from_bytes(bytes) {
        let edges: usize = graph.ordinals().map(|node| graph.edges(node).len()).sum();
        assert_eq!(edges, graph.edge_count());
        for node in graph.ordinals() {
            let _ = (graph.name(node), graph.location(node), graph.self_size(node));
            for edge in graph.edges(node) {
                assert!(edge.to.index() < graph.node_count());
                if let Some(name) = edge.label.name() {
                    let _ = graph.names().get(name);
                }
            }
        }
        assert!(column::peak_bytes() - before < budget(bytes.len()));
        let _ = Measured::of(graph).figures().analysis(Duration::ZERO);
    }
    assert!(column::peak_bytes() - before < 8 * budget(bytes.len()));
    assert_eq!(column::live_bytes(), before);
});
