//! Heaps of any shape must yield consistent measurements.

#![no_main]

#[path = "../../testkit/mod.rs"]
mod testkit;

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use seep::{
    analysis::{Measured, Measures},
    graph::{EdgeKind, NodeKind},
};
use testkit::Drawing;

/// Returns a heap in which three bytes are an edge and one byte is a node.
fn drawing(bytes: &[u8]) -> Option<Drawing> {
    let (&count, bytes) = bytes.split_first()?;
    let count = usize::from(count) + 1;
    let (nodes, edges) = bytes.split_at_checked(count)?;
    let mut drawing = Drawing::default();
    for (index, byte) in nodes.iter().enumerate() {
        let node = drawing.add_node(&format!("n{index}"));
        drawing.nodes[node].kind = NodeKind::ALL[usize::from(byte & 15)];
        drawing.nodes[node].size = u64::from(byte >> 4);
        drawing.nodes[node].name = ["", "Object", "Array", "<a b>"][usize::from(byte >> 6)].into();
    }
    for edge in edges.chunks_exact(3) {
        let kind = EdgeKind::ALL[usize::from(edge[1] & 7) % 7];
        let label = (edge[1] >> 3).to_string();
        drawing.add_edge(usize::from(edge[0]) % count, kind, &label, usize::from(edge[2]) % count);
    }
    Some(drawing)
}

fuzz_target!(|bytes: &[u8]| {
    let Some(drawing) = drawing(bytes) else { return };
    let graph = drawing.graph();
    let (total, root) = (graph.total_self_size(), graph.root());
    let measured = Measured::of(graph);
    let Measured { skeleton, measures, .. } = &measured;
    let Measures { dominators, retained, .. } = measures;
    let sum: u64 = skeleton.ordinals().map(|node| measures.self_size(node)).sum();
    assert_eq!(sum, total, "the transfer keeps the sum");
    assert_eq!(retained.retained(root), total);
    for node in skeleton.ordinals() {
        assert!(retained.retained(node) >= measures.self_size(node));
        assert!(retained.retained(dominators.immediate(node)) >= retained.retained(node));
        assert!(dominators.chain(node).count() < skeleton.node_count());
    }
    let figures = measured.figures().analysis(Duration::ZERO);
    let counted: u64 = figures.classes.iter().map(|row| row.self_bytes).sum();
    assert_eq!(counted, total);
});
