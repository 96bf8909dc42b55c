//! Hashes of names without the parts that differ between snapshots: slot numbers, object
//! ids, the text of strings and regular expressions.

use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use super::recent::Recent;
use crate::{
    graph::{EdgeLabel, HeapGraph, NodeKind},
    units::{NameId, NodeOrdinal},
    v8::{ephemerons, names},
};

/// The spelling of a slot whose number or key has no meaning across snapshots: array
/// elements, hash table slots, dictionary keys.
pub const SLOT: u64 = 0x5107_5107_5107_5107;

/// The spelling of a WeakMap entry, from its key to its value.
pub const ENTRY: u64 = 0x0E17_0E17_0E17_0E17;

/// The spelling of a property that leads to a link of a list.
pub const LINK: u64 = 0x117C_117C_117C_117C;

/// Hashes `text`, equally in every process.
pub fn hash_text(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    finish(hasher.finish() ^ text.len() as u64)
}

/// Combines two hashes.
pub fn mix(a: u64, b: u64) -> u64 {
    finish(a.rotate_left(23) ^ b.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Applies MurmurHash3's 64-bit finaliser: FxHash alone leaves the high bits poor.
fn finish(mut h: u64) -> u64 {
    h ^= h >> 33;
    h = h.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    h ^= h >> 33;
    h = h.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    h ^ (h >> 33)
}

/// The meaning of an edge's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeSpelling {
    /// A stable name; its hash.
    Named(u64),
    /// A slot.
    Slot,
    /// One of the two halves of a WeakMap entry; the id of the table.
    Ephemeron(u64),
}

/// Hashes each name once.
#[derive(Default)]
pub struct Speller {
    edges: FxHashMap<NameId, EdgeSpelling>,
    recent_edges: Recent<NameId, EdgeSpelling>,
    classes: FxHashMap<(NodeKind, NameId), u64>,
    recent_classes: Recent<(NodeKind, NameId), u64>,
}

impl Speller {
    /// Returns the spelling of an edge label.
    pub fn edge(&mut self, graph: &HeapGraph, label: EdgeLabel) -> EdgeSpelling {
        match label {
            EdgeLabel::Index(_) => EdgeSpelling::Slot,
            EdgeLabel::Name(name) => {
                let edges = &mut self.edges;
                let find =
                    || *edges.entry(name).or_insert_with(|| spell_edge(graph.names().get(name)));
                self.recent_edges.get(name.0 as usize, name, find)
            }
        }
    }

    /// Returns the hash of `node`'s kind, and of its class if it has one.
    pub fn class(&mut self, graph: &HeapGraph, node: NodeOrdinal) -> u64 {
        let kind = match graph.kind(node) {
            // Flattening turns one into the other without any change.
            NodeKind::ConsString => NodeKind::String,
            kind => kind,
        };
        let seed = kind as u64 + 1;
        if !has_class_name(kind) {
            return seed;
        }
        let name = graph.name_id(node);
        let (classes, class) = (&mut self.classes, (kind, name));
        let find = || {
            let text = || names::without_ids(graph.names().get(name));
            *classes.entry(class).or_insert_with(|| mix(seed, hash_text(text())))
        };
        self.recent_classes.get(name.0 as usize ^ kind as usize, class, find)
    }
}

/// Whether the name of a node of this kind is its class, not its content.
pub fn has_class_name(kind: NodeKind) -> bool {
    !matches!(
        kind,
        NodeKind::String
            | NodeKind::ConsString
            | NodeKind::SlicedString
            | NodeKind::Number
            | NodeKind::BigInt
            | NodeKind::Symbol
            | NodeKind::RegExp
    )
}

fn spell_edge(text: &str) -> EdgeSpelling {
    if names::is_slot(text) {
        return EdgeSpelling::Slot;
    }
    if let Some(table) = ephemerons::table(text) {
        return EdgeSpelling::Ephemeron(table);
    }
    EdgeSpelling::Named(hash_text(names::without_ids(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_and_ephemerons_are_distinguished_from_names() {
        assert_eq!(spell_edge("17"), EdgeSpelling::Slot);
        assert_eq!(
            spell_edge("7 / part of key (K @3) -> value (V @5) pair in WeakMap (table @9)"),
            EdgeSpelling::Ephemeron(9)
        );
        assert!(matches!(spell_edge("requests"), EdgeSpelling::Named(_)));
    }
}
