//! The engine's steps on the fixtures, for people. Each bench checks its result before it
//! is timed.

use std::time::Duration;

use divan::{Bencher, counter::BytesCount};
use seep::{
    analysis::{Dominators, Measured, RetainedSizes},
    format::{Parser, Refusal, Rows, SnapshotSink},
    graph::HeapGraph,
};

#[path = "../testkit/mod.rs"]
mod testkit;

use testkit::{FIXTURES, fixture};

fn main() {
    divan::main();
}

/// Counts the numbers of nodes and edges and keeps none.
#[derive(Default)]
struct Counted(usize);

impl SnapshotSink for Counted {
    fn nodes(&mut self, rows: Rows<'_>) -> Result<(), Refusal> {
        self.0 += rows.values.len();
        Ok(())
    }

    fn edges(&mut self, rows: Rows<'_>) -> Result<(), Refusal> {
        self.0 += rows.values.len();
        Ok(())
    }
}

/// Parses the numbers of the nodes and edges without building anything.
#[divan::bench(args = FIXTURES)]
fn numbers(bencher: Bencher<'_, '_>, name: &str) {
    let mut bytes = fixture(name);
    bytes.truncate(memchr::memmem::find(&bytes, b"\"trace_function_infos\"").expect("after them"));
    bytes.extend_from_slice(b"\"strings\":[]}");
    let edges = HeapGraph::from_bytes(&fixture(name)).expect("a fixture").edge_count();
    let read = || {
        let mut parser = Parser::new(Counted::default());
        parser.push(divan::black_box(&bytes))?;
        parser.finish()
    };
    assert!(read().is_ok_and(|numbers| numbers.0 > 3 * edges));
    bencher.counter(BytesCount::of_slice(&bytes)).bench(read);
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
        .bench_values(|graph| Measured::of(graph).figures().analysis(Duration::ZERO));
}
