//! Checks the parser against a simple one, wherever the bytes are split.

#[path = "../testkit/mod.rs"]
mod testkit;

use std::hash::Hasher;

use rustc_hash::FxHasher;
use seep::{
    analysis::Dominators,
    error::Result,
    format::{NumbersAhead, Parser},
    graph::{EdgeLabel, GraphBuilder, GraphReader, HeapGraph},
};
use testkit::{FIXTURES, Naive, Random, draw, fixture, random_heap};

/// Returns one hash of everything in a graph.
fn digest(graph: &HeapGraph) -> u64 {
    let mut hasher = FxHasher::default();
    for node in graph.ordinals() {
        hasher.write(format!("{:?}{}", graph.kind(node), graph.name(node)).as_bytes());
        hasher.write_u64(graph.self_size(node));
        hasher.write_u32(graph.id(node).0);
        hasher.write(format!("{:?}", graph.location(node)).as_bytes());
        for edge in graph.edges(node) {
            hasher.write(format!("{edge:?}").as_bytes());
        }
    }
    hasher.finish()
}

/// Parses `bytes`, split at `cuts`.
fn parse_cut(bytes: &[u8], cuts: &[usize]) -> HeapGraph {
    let mut reader = GraphReader::new();
    let mut from = 0;
    for &cut in cuts {
        reader.push(&bytes[from..cut]).expect("valid");
        assert_eq!(reader.offset(), cut as u64);
        from = cut;
    }
    reader.push(&bytes[from..]).expect("valid");
    reader.finish().expect("whole")
}

#[test]
fn fixtures_read_as_serde_json_reads_them() {
    for name in FIXTURES {
        let bytes = fixture(name);
        let graph = HeapGraph::from_bytes(&bytes).expect(name);
        assert!(graph.node_count() > 10_000);
        Naive::read(&bytes).assert_equals(&graph);
    }
}

#[test]
fn a_lean_graph_says_what_another_says_and_has_the_same_dominators() {
    let random = &mut Random::new(7);
    let drawn = (0..50).map(|_| random_heap(random, 200).json().into_bytes());
    for bytes in FIXTURES.iter().map(|name| fixture(name)).chain(drawn) {
        let plain = HeapGraph::from_bytes(&bytes).expect("valid");
        let mut parser = Parser::new(GraphBuilder::lean());
        bytes.chunks(1 << 16).for_each(|piece| parser.push(piece).expect("valid"));
        let lean = parser.finish().and_then(GraphBuilder::finish).expect("valid");
        assert_eq!(digest(&lean), digest(&plain));
        let dominators = |graph| Dominators::of(graph).pairs().collect::<Vec<_>>();
        assert_eq!(dominators(&lean), dominators(&plain));
    }
}

#[test]
fn a_negative_index_is_the_index_of_the_same_bits() {
    let json = draw("root -[4294967290]-> app; root -[4294967295]-> app").json();
    let json = json.replace("1,4294967290,", "1,-6,").replace("1,4294967295,", "1,-1,");
    let graph = HeapGraph::from_bytes(json.as_bytes()).expect("as V8 writes it");
    let labels: Vec<_> = graph.edges(graph.root()).map(|edge| edge.label).collect();
    assert_eq!(labels, [4_294_967_290, u32::MAX].map(EdgeLabel::Index));
}

#[test]
fn a_negative_line_is_read_and_the_rest_of_the_snapshot_too() {
    let json = draw("root -> app; app: object \"App\" at=10:200:3000").json();
    let json = json.replace("10,200,3000", "10,-196,3000");
    let graph = HeapGraph::from_bytes(json.as_bytes()).expect("as V8 writes it");
    let app = graph.edges(graph.root()).next().expect("drawn").to;
    let location = graph.location(app).expect("drawn");
    assert_eq!((location.line.cast_signed(), location.column), (-196, 3000));
}

#[test]
fn drawings_read_as_serde_json_reads_them() {
    let mut random = Random::new(7);
    for _ in 0..200 {
        let json = random_heap(&mut random, 60).json();
        let graph = HeapGraph::from_bytes(json.as_bytes()).expect("valid");
        Naive::read(json.as_bytes()).assert_equals(&graph);
    }
}

/// Returns a tiny snapshot with everything that a split could go through.
fn tiny() -> String {
    let drawing = draw(
        "root -> app é \"quoted \\ name\"; app -[4294967294]-> é; é -weak:😀-> root
         app: object \"na\\me\" size=123456 id=4294967295 at=10:200:3000 detached=1
         root -hidden:12345678-> app",
    );
    // Both spellings, a lone surrogate, and white space everywhere.
    let json = drawing.json().replace("😀", "\\uD83D\\uDE00").replace('é', "\\u00e9\\uD83D");
    json.replace(",\"nodes\":[", " ,\r\n\t\"nodes\" : [ ")
        .replace("],\n\"edges\"", " ] , \"edges\"")
}

#[test]
fn one_cut_anywhere_changes_nothing() {
    let json = tiny();
    let whole = HeapGraph::from_bytes(json.as_bytes()).expect("valid");
    Naive::read(json.as_bytes()).assert_equals(&whole);
    let expected = digest(&whole);
    for cut in 0..=json.len() {
        assert_eq!(digest(&parse_cut(json.as_bytes(), &[cut])), expected, "cut at {cut}");
    }
    let everywhere: Vec<_> = (0..json.len()).collect();
    assert_eq!(digest(&parse_cut(json.as_bytes(), &everywhere)), expected, "byte by byte");
}

#[test]
fn two_cuts_anywhere_near_each_other_change_nothing() {
    let json = tiny();
    let expected = digest(&HeapGraph::from_bytes(json.as_bytes()).expect("valid"));
    for cut in 0..json.len() {
        for length in 1..=20.min(json.len() - cut) {
            let cuts = [cut, cut + length];
            assert_eq!(digest(&parse_cut(json.as_bytes(), &cuts)), expected, "cuts at {cuts:?}");
        }
    }
}

#[test]
fn many_random_cuts_change_nothing_in_a_real_snapshot() {
    let mut random = Random::new(11);
    for name in FIXTURES {
        let bytes = fixture(name);
        let expected = digest(&HeapGraph::from_bytes(&bytes).expect(name));
        for pieces in [10, 1_000, 100_000] {
            let mut cuts: Vec<_> = (0..pieces).map(|_| random.below(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            assert_eq!(digest(&parse_cut(&bytes, &cuts)), expected, "{name}, {pieces} pieces");
        }
    }
}

/// Parses `bytes` in pieces of this length, with or without numbers read ahead.
fn parse_pieces(bytes: &[u8], length: usize, is_ahead: bool) -> Result<HeapGraph> {
    let mut reader = GraphReader::new();
    let mut ahead = NumbersAhead::new();
    for piece in bytes.chunks(length) {
        if is_ahead {
            ahead.read(piece);
            reader.push_ahead(piece, &mut ahead)?;
        } else {
            reader.push(piece)?;
        }
    }
    reader.finish()
}

#[test]
fn numbers_read_ahead_change_nothing_right_or_wrong() {
    let mut random = Random::new(11);
    for name in FIXTURES {
        let bytes = fixture(name);
        for round in 0..12 {
            let mut damaged = bytes.clone();
            for _ in 0..round % 4 {
                let at = random.below(damaged.len());
                damaged[at] = b"0123456789,\n-] \""[random.below(16)];
            }
            let length = 1 + random.below(4_000);
            let [plain, ahead] = [false, true].map(|is_ahead| {
                parse_pieces(&damaged, length, is_ahead)
                    .map(|graph| digest(&graph))
                    .map_err(|error| (error.to_string(), error.offset()))
            });
            assert_eq!(ahead, plain, "{name} in pieces of {length}");
        }
    }
}

#[test]
fn numbers_past_32_bits_are_read_ahead_as_well() {
    let node =
        |index| format!("root -> a{index}x; a{index}x: object App size={}\n", u64::MAX >> 24);
    let json = draw(&(0..12).map(node).collect::<String>()).json();
    let expected = digest(&HeapGraph::from_bytes(json.as_bytes()).expect("valid"));
    for length in 1..=json.len() {
        let graph = parse_pieces(json.as_bytes(), length, true).expect("valid");
        assert_eq!(digest(&graph), expected, "in pieces of {length}");
    }
}
