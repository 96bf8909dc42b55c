//! Reads a snapshot the simple way: with serde_json, into one tree of values.

use std::{fmt::Write, io::Read, path::Path};

use seep::{
    graph::{EdgeKind, EdgeLabel, HeapGraph, NodeKind},
    units::{NameId, NodeOrdinal},
};
use serde_json::Value;

/// The versions of Node that have a fixture.
pub const FIXTURES: [&str; 4] = ["node20", "node22", "node24", "node26"];

/// Returns the bytes of a fixture.
pub fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let file = std::fs::File::open(folder.join(format!("{name}.heapsnapshot.gz"))).expect(name);
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).expect(name);
    bytes
}

/// A snapshot as serde_json reads it.
pub struct Naive {
    json: Value,
}

impl Naive {
    pub fn read(bytes: &[u8]) -> Self {
        let text = without_lone_surrogates(std::str::from_utf8(bytes).expect("UTF-8"));
        Self { json: serde_json::from_str(&text).expect("JSON") }
    }

    fn numbers(&self, section: &str) -> Vec<u64> {
        let array = self.json[section].as_array().expect(section);
        let read = |number: &Value| {
            number.as_i64().map(|signed| u64::from((signed as i32).cast_unsigned()))
        };
        array
            .iter()
            .map(|number| number.as_u64().or_else(|| read(number)).expect("a number"))
            .collect()
    }

    fn column(&self, fields: &str, name: &str) -> Option<usize> {
        let fields = self.json["snapshot"]["meta"][fields].as_array().expect(fields);
        fields.iter().position(|field| field == name)
    }

    fn kind(&self, types: &str, number: u64) -> &str {
        let kind = &self.json["snapshot"]["meta"][types][0][number as usize];
        kind.as_str().expect("a kind")
    }

    fn string(&self, index: u64) -> &str {
        self.json["strings"][index as usize].as_str().expect("a string")
    }

    /// Asserts that `graph` has the same content.
    #[track_caller]
    pub fn assert_equals(&self, graph: &HeapGraph) {
        let stride = self.json["snapshot"]["meta"]["node_fields"].as_array().expect("fields").len();
        let nodes = self.numbers("nodes");
        let edges = self.numbers("edges");
        assert_eq!(graph.node_count(), nodes.len() / stride);
        assert_eq!(graph.edge_count(), edges.len() / 3);
        let column = |name| self.column("node_fields", name).expect("V8 has it");
        let mut rows = edges.chunks(3);
        let mut named = vec![false; graph.names().len()];
        for (node, row) in graph.ordinals().zip(nodes.chunks(stride)) {
            let kind = NodeKind::named(self.kind("node_types", row[column("type")]));
            let name = row[column("name")];
            assert_eq!(graph.kind(node), kind);
            assert_eq!(u64::from(graph.name_id(node).0), name);
            assert_eq!(graph.name(node), if kind.is_content() { "" } else { self.string(name) });
            named[name as usize] |= !kind.is_content();
            assert_eq!(u64::from(graph.id(node).0), row[column("id")]);
            assert_eq!(graph.self_size(node), row[column("self_size")]);
            let state = self.column("node_fields", "detachedness").map_or(0, |column| row[column]);
            assert_eq!(u64::from(graph.detachedness(node)), state);
            assert_eq!(graph.edges(node).len() as u64, row[column("edge_count")]);
            for edge in graph.edges(node) {
                let row = rows.next().expect("as many edges");
                let kind = EdgeKind::named(self.kind("edge_types", row[0]));
                assert_eq!(edge.kind, kind);
                assert_eq!(u64::from(edge.to.0), row[2] / stride as u64);
                match edge.label {
                    EdgeLabel::Index(index) => assert_eq!(u64::from(index), row[1]),
                    EdgeLabel::Name(name) => {
                        assert_eq!(graph.names().get(name), self.string(row[1]));
                        named[name.0 as usize] = true;
                    }
                }
            }
        }
        for (index, is_name) in (0..).zip(named) {
            let text = if is_name { self.string(index) } else { "" };
            assert_eq!(graph.names().get(NameId(index as u32)), text, "contents are not kept");
        }
        self.assert_locations_equal(graph, stride);
    }

    fn assert_locations_equal(&self, graph: &HeapGraph, stride: usize) {
        let fields = self.json["snapshot"]["meta"]["location_fields"].as_array().expect("fields");
        let column = |name| self.column("location_fields", name).expect("V8 has it");
        let numbers = self.numbers("locations");
        let mut places = vec![None; graph.node_count()];
        for row in numbers.chunks(fields.len()) {
            let script = self.column("location_fields", "script_object_index");
            let script = script.map(|column| row[column] / stride as u64).filter(|&it| it > 0);
            let place = [row[column("script_id")], row[column("line")], row[column("column")]]
                .map(|it| it as u32);
            places[row[column("object_index")] as usize / stride] = Some((place, script));
        }
        assert!(places.iter().any(Option::is_some) || numbers.is_empty());
        for (node, expected) in graph.ordinals().zip(places) {
            let place = graph.location(node).map(|place| {
                let script = place.script_object.map(|NodeOrdinal(script)| u64::from(script));
                ([place.script_id, place.line, place.column], script)
            });
            assert_eq!(place, expected);
        }
    }
}

/// Replaces halves of surrogate pairs with U+FFFD, because serde_json rejects them.
fn without_lone_surrogates(text: &str) -> String {
    let unit = |at: usize| {
        let escape = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(escape, 16).ok()
    };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(next) = text[at..].find('\\') {
        out.push_str(&text[at..at + next]);
        at += next;
        let length = match (unit(at), unit(at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                let _ = write!(out, "\\uFFFD");
                at += 6;
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => 2,
        };
        out.push_str(&text[at..at + length]);
        at += length;
    }
    out.push_str(&text[at..]);
    out
}
