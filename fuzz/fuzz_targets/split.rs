//! The same bytes in one piece and in several must yield the same graph or the same kind
//! of error. With numbers read ahead of the parser, the error must be at the same place.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seep::{
    error::Result,
    format::NumbersAhead,
    graph::{GraphReader, HeapGraph},
};

fn parse(
    bytes: &[u8],
    mut ahead: Option<NumbersAhead>,
    mut cuts: impl FnMut() -> usize,
) -> Result<HeapGraph> {
    let mut reader = GraphReader::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(cuts().clamp(1, rest.len()));
        if let Some(ahead) = &mut ahead {
            ahead.read(piece);
            reader.push_ahead(piece, ahead)?;
        } else {
            reader.push(piece)?;
        }
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

/// Generates lengths of pieces, up to about two hundred bytes.
fn cuts(mut seed: u64) -> impl FnMut() -> usize {
    let limit = 1 + seed as usize % 200;
    move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % limit
    }
}

fuzz_target!(|input: (u64, &[u8])| {
    let (seed, bytes) = input;
    let whole = parse(bytes, None, || usize::MAX);
    let pieces = parse(bytes, None, cuts(seed));
    let ahead = parse(bytes, Some(NumbersAhead::new()), cuts(seed));
    match (&pieces, &ahead) {
        (Ok(pieces), Ok(ahead)) => assert_eq!(digest(pieces), digest(ahead)),
        (Err(pieces), Err(ahead)) => {
            assert_eq!((pieces.code(), pieces.offset()), (ahead.code(), ahead.offset()));
        }
        _ => panic!("{:?} in pieces, {:?} ahead", pieces.as_ref().err(), ahead.as_ref().err()),
    }
    match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => assert_eq!(digest(&whole), digest(&pieces)),
        (Err(whole), Err(pieces)) => assert_eq!(whole.code(), pieces.code()),
        (whole, pieces) => panic!("{:?} in one piece, {:?} in several", whole.err(), pieces.err()),
    }
});
