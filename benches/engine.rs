//! The engine's steps on the fixtures, for people. Each bench checks its answer
//! before it is timed.

use divan::{Bencher, counter::BytesCount};
use seep::{
    analysis::{AnalyzeOptions, Dominators, Measured, RetainedSizes},
    graph::HeapGraph,
};

#[path = "../testkit/mod.rs"]
mod testkit;

use testkit::{FIXTURES, fixture};

fn main() {
    divan::main();
}

#[divan::bench(args = FIXTURES)]
fn parse(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = fixture(name);
    assert!(HeapGraph::from_bytes(&bytes).is_ok_and(|graph| graph.node_count() > 10_000));
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench(|| HeapGraph::from_bytes(divan::black_box(&bytes)));
}

#[divan::bench(args = FIXTURES)]
fn dominators_and_retained_sizes(bencher: Bencher<'_, '_>, name: &str) {
    let graph = HeapGraph::from_bytes(&fixture(name)).expect("a fixture");
    let measure = || {
        let dominators = Dominators::of(&graph);
        RetainedSizes::of(&graph, &dominators)
    };
    assert_eq!(measure().retained(graph.root()), graph.total_self_size());
    bencher.counter(graph.edge_count()).bench(measure);
}

#[divan::bench(args = FIXTURES)]
fn all_figures(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = fixture(name);
    bencher
        .with_inputs(|| HeapGraph::from_bytes(&bytes).expect("a fixture"))
        .bench_values(|graph| Measured::of(graph).figures(&AnalyzeOptions::default(), 0.0));
}
