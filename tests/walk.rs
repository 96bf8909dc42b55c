//! Handwritten streams of a walk: the resulting graph, and damaged streams, which must
//! yield nothing worse than an error.

#![cfg(target_os = "linux")]

use seep::{
    allocations::Sample,
    error::DetectError,
    format::Removed,
    graph::{EdgeKind, EdgeLabel, GraphBuilder, HeapGraph, NodeKind},
    units::NodeOrdinal,
    walk::{
        decode::Decoder,
        wire::{
            FIRST_SHAPE, FRAME_NAME, Label, MAGIC, Style, record, shape_flag, to_wire, token,
            zigzag,
        },
    },
};

/// A stream under construction.
#[derive(Default)]
struct Stream(Vec<u8>);

impl Stream {
    fn numbers(&mut self, values: &[u64]) -> &mut Self {
        for &value in values {
            let mut rest = value;
            while rest >= 0x80 {
                self.0.push(rest as u8 | 0x80);
                rest >>= 7;
            }
            self.0.push(rest as u8);
        }
        self
    }

    fn name(&mut self, style: Style, text: &str) -> &mut Self {
        self.numbers(&[record::NAME, style as u64, (text.len() as u64) << 1]);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn frame(&mut self, numbers: &[u64; 4], name: &str) -> &mut Self {
        self.numbers(&[record::FRAME]).numbers(numbers).numbers(&[name.len() as u64]);
        self.0.extend_from_slice(name.as_bytes());
        self
    }

    fn reference(&mut self, from: u64, to: u64) -> &mut Self {
        self.numbers(&[distance(from, to) << 1])
    }
}

/// Encodes the distance of an address from another.
fn distance(from: u64, to: u64) -> u64 {
    zigzag(to.wrapping_sub(from).cast_signed() >> 3)
}

const UNDEFINED: u64 = 0x1000;
const OWNER: u64 = 0x40_0000;
const ARRAY: u64 = 0x40_0100;
const ITEM: u64 = 0x7f00_0000_0008;
/// Where no object is.
const GONE: u64 = 0x40_0200;

fn label(kind: EdgeKind, name: u32) -> u64 {
    Label { kind, name }.to_wire()
}

/// Writes an owner with a property and an array of items, one of them twice.
fn stream() -> Vec<u8> {
    let mut stream = Stream(MAGIC.to_vec());
    stream.numbers(&[1, UNDEFINED >> 3]);
    for text in ["Owner", "items", "", "Item", "elements", "#maxItems"] {
        stream.name(Style::Plain, text);
    }
    stream.name(Style::Getter, "size");
    // Owner: elements, a property, and a hidden slot beyond the labels.
    stream.numbers(&[record::SHAPE, 0x30_0000 >> 3, NodeKind::Object as u64, 0, 0, 5, 0]);
    stream.numbers(&[EdgeKind::Hidden as u64, 2]);
    stream.numbers(&[label(EdgeKind::Internal, 4), label(EdgeKind::Property, 1), 0]);
    // Arrays, which give their own length.
    stream.numbers(&[record::SHAPE, 0x30_1000 >> 3, NodeKind::Array as u64, 2]);
    stream.numbers(&[shape_flag::HAS_SIZE, 0, 0, EdgeKind::Internal as u64, 0, 0]);
    // Items.
    stream.numbers(&[record::SHAPE, 0x30_2000 >> 3, NodeKind::Object as u64, 3, 0, 3, 0]);
    stream.numbers(&[EdgeKind::Hidden as u64, 0, 0]);
    stream.numbers(&[record::ROOTS, 1, 1, distance(0, OWNER)]);
    stream.numbers(&[FIRST_SHAPE, distance(0, OWNER)]);
    stream.reference(OWNER, ARRAY).reference(OWNER, ITEM).reference(OWNER, UNDEFINED);
    stream.numbers(&[token::ELEMENTS, token::RUN + 2]).reference(OWNER, ITEM);
    stream.numbers(&[token::NAMED, 1, label(EdgeKind::Property, 6)]);
    stream.numbers(&[distance(OWNER, ITEM), token::END]);
    stream.numbers(&[record::NUMBER, 5, to_wire(5000.0)]);
    stream.numbers(&[FIRST_SHAPE + 1, distance(OWNER, ARRAY), 6]);
    stream.numbers(&[token::RUN + 2 * 2]).reference(ARRAY, ITEM).numbers(&[token::END]);
    stream.numbers(&[record::REMOVED, 3, 2, 1]);
    stream.numbers(&[FIRST_SHAPE + 2, distance(ARRAY, ITEM), token::END]);
    stream.numbers(&[record::SAMPLER, 1000, 9, 2]);
    stream.frame(&[0, 4, 11, 5], "main").frame(&[1, 0, 0, 0], "make");
    stream.numbers(&[record::SAMPLE, ITEM >> 3, 24, 1]);
    stream.numbers(&[record::SAMPLE, GONE >> 3, 24, 0]);
    stream.numbers(&[record::END, 3, 0, 0]);
    stream.0
}

fn decode(bytes: &[u8]) -> Result<HeapGraph, DetectError> {
    let mut decoder = Decoder::new();
    decoder.push(bytes)?;
    decoder.finish(GraphBuilder::lean())?.finish()
}

/// Returns the node called `name`.
fn node(graph: &HeapGraph, kind: NodeKind, name: &str) -> NodeOrdinal {
    let is_it = |&it: &NodeOrdinal| graph.kind(it) == kind && graph.name(it) == name;
    graph.ordinals().find(is_it).expect("it is there")
}

/// Returns the edges of the node called `name`, as text.
fn edges_of(graph: &HeapGraph, kind: NodeKind, name: &str) -> Vec<String> {
    let node = node(graph, kind, name);
    let text = |edge: seep::graph::Edge| {
        let label = match edge.label {
            EdgeLabel::Name(name) => graph.names().get(name).to_owned(),
            EdgeLabel::Index(index) => index.to_string(),
        };
        format!("{} {label} {}", edge.kind.name(), graph.name(edge.to))
    };
    graph.edges(node).map(text).collect()
}

#[test]
fn a_stream_becomes_the_graph_that_it_describes() {
    let graph = decode(&stream()).expect("a whole stream");
    assert_eq!(
        edges_of(&graph, NodeKind::Object, "Owner"),
        ["internal elements ", "property items Item", "element 1 Item", "property get size Item"],
        "and undefined is passed over"
    );
    assert_eq!(edges_of(&graph, NodeKind::Array, ""), ["internal 2 Item"]);
    assert_eq!(edges_of(&graph, NodeKind::Synthetic, "(Global handles)"), ["element 1 Owner"]);
    assert_eq!(graph.total_self_size(), (5 + 6 + 3) * 8);
    let owner = node(&graph, NodeKind::Object, "Owner");
    let array = node(&graph, NodeKind::Array, "");
    assert!(graph.numbers(owner).eq([("#maxItems", 5000.0)]));
    assert_eq!(graph.removed(array), Some(Removed { entries: 3, removed: 2, oldest: 1 }));
    assert_eq!((graph.numbers(array).count(), graph.removed(owner)), (0, None));
}

#[test]
fn samples_are_of_the_objects_that_have_their_addresses() {
    let mut decoder = Decoder::new();
    decoder.push(&stream()).expect("whole records");
    let (builder, found) = decoder.finish_with_samples(GraphBuilder::lean()).expect("whole");
    let graph = builder.finish().expect("a graph");
    let found = found.expect("there is a sampler");
    assert_eq!((found.interval, found.taken, found.live), (1000, 9, 2));
    let item = node(&graph, NodeKind::Object, "Item");
    assert_eq!(found.samples, [Sample { node: item, bytes: 24, frame: 1 }], "one has no object");
    let stack: Vec<_> = found
        .stack(1)
        .map(|frame| (&*frame.function, frame.script.as_deref(), frame.place))
        .collect();
    assert_eq!(stack, [("make", None, None), ("main", Some("Item"), Some((11, 5)))]);
}

#[test]
fn samples_that_refer_to_what_was_not_defined_are_refused() {
    let with = |records: &dyn Fn(&mut Stream)| {
        let mut stream = Stream(MAGIC.to_vec());
        stream.numbers(&[0]);
        records(&mut stream);
        stream.numbers(&[record::END, 0, 0, 0]);
        decode(&stream.0).map(drop).map_err(|error| error.to_string())
    };
    let sampler = |stream: &mut Stream| {
        stream.numbers(&[record::SAMPLER, 1, 1, 1]);
    };
    assert!(with(&sampler).is_ok());
    let refused: [&dyn Fn(&mut Stream); 8] = [
        &|stream| {
            stream.numbers(&[record::SAMPLER, 0, 1, 1]);
        },
        &|stream| {
            stream.numbers(&[record::SAMPLER, 1, 1, 1, record::SAMPLER, 1, 1, 1]);
        },
        &|stream| {
            stream.frame(&[0, 0, 0, 0], "before");
        },
        &|stream| {
            stream.numbers(&[record::SAMPLE, 1, 1, 0]);
        },
        &|stream| {
            stream.numbers(&[record::SAMPLER, 1, 1, 1, record::SAMPLE, 1, 1, 0]);
        },
        &|stream| {
            stream.numbers(&[record::SAMPLER, 1, 1, 1]).frame(&[1, 0, 0, 0], "its own");
        },
        &|stream| {
            stream.numbers(&[record::SAMPLER, 1, 1, 1]).frame(&[0, 1, 0, 0], "script");
        },
        &|stream| {
            let name = "x".repeat(FRAME_NAME + 1);
            stream.numbers(&[record::SAMPLER, 1, 1, 1]).frame(&[0, 0, 0, 0], &name);
        },
    ];
    for (number, records) in refused.iter().enumerate() {
        assert!(with(records).is_err(), "{number}");
    }
}

#[test]
fn a_number_that_is_not_called_like_a_bound_is_refused() {
    let mut other = stream();
    let at = other.windows(9).position(|text| text == b"#maxItems").expect("it is there");
    other[at + 1..at + 4].copy_from_slice(b"lux");
    let error = decode(&other).expect_err("no bound");
    assert_eq!(error.code(), "ERR_SNAPSHOT_MALFORMED");
}

#[test]
fn the_graph_is_the_same_wherever_the_bytes_are_cut() {
    let bytes = stream();
    let whole = format!("{:?}", decode(&bytes).expect("whole"));
    for cut in 0..bytes.len() {
        let mut decoder = Decoder::new();
        decoder.push(&bytes[..cut]).expect("good so far");
        decoder.push(&bytes[cut..]).expect("good");
        let graph = decoder.finish(GraphBuilder::lean()).and_then(GraphBuilder::finish);
        assert_eq!(format!("{:?}", graph.expect("whole")), whole, "cut at {cut}");
    }
}

#[test]
fn what_ends_early_is_an_error() {
    let bytes = stream();
    for end in 0..bytes.len() {
        let error = decode(&bytes[..end]).expect_err("not whole");
        assert_eq!(error.code(), "ERR_SNAPSHOT_TRUNCATED", "cut at {end}");
    }
}

#[test]
fn damage_is_an_error_or_another_graph_and_never_a_panic() {
    let bytes = stream();
    for at in 0..bytes.len() {
        for value in 0..=u8::MAX {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            if let Ok(graph) = decode(&damaged) {
                assert!(graph.node_count() < 100 && graph.edge_count() < 1000);
            }
        }
    }
}
