//! The same bytes in one piece and in pieces: the same graph or the same kind
//! of error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seep::{
    error::Result,
    graph::{GraphReader, HeapGraph},
};

fn parse(bytes: &[u8], mut cuts: impl FnMut() -> usize) -> Result<HeapGraph> {
    let mut reader = GraphReader::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(cuts().clamp(1, rest.len()));
        reader.push(piece)?;
        rest = after;
    }
    reader.finish()
}

fn digest(graph: &HeapGraph) -> Vec<u64> {
    let mut all = Vec::new();
    for node in graph.ordinals() {
        let name = graph.name(node).bytes().fold(7, |hash: u64, it| hash * 31 % 1_000_003 + u64::from(it));
        all.extend([graph.self_size(node), u64::from(graph.id(node).0), name]);
        for edge in graph.edges(node) {
            let label = edge.label.name().map_or(0, |name| graph.names().get(name).len() as u64);
            all.extend([edge.kind as u64, u64::from(edge.to.0), label]);
        }
    }
    all
}

fuzz_target!(|input: (u64, &[u8])| {
    let (mut seed, bytes) = input;
    let whole = parse(bytes, || usize::MAX);
    let limit = 1 + seed as usize % 200;
    let pieces = parse(bytes, || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % limit
    });
    match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => assert_eq!(digest(&whole), digest(&pieces)),
        (Err(whole), Err(pieces)) => assert_eq!(whole.code(), pieces.code()),
        (whole, pieces) => panic!("{:?} in one piece, {:?} in several", whole.err(), pieces.err()),
    }
});
