//! WeakMap entries, which V8 writes as two edges with a special name.
//!
//! An entry's value is alive while both its key and the table are. V8 draws an edge to
//! the value from each, both called
//! `N / part of key (K @1) -> value (V @2) pair in WeakMap (table @3)`, with different
//! `N`. For dominators the edge from the table is left out, so that the key holds the
//! value. For distances the value counts as reached with the second of the two edges.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::{
    bits::{BitSet, Ranks},
    column::asking,
    graph::{EdgeKind, HeapGraph, Labels, Names},
    units::NameId,
};

/// The shortest name that an entry can have.
const SHORTEST: &str = "1 / part of key ( @1) -> value ( @1) pair in WeakMap (table @1)";

/// Labels checked together.
const CHUNK: usize = 32;

/// The edges of one snapshot that are halves of WeakMap entries.
#[derive(Debug)]
pub(crate) struct EphemeronEdges(Vec<EphemeronEdge>);

/// Half of a WeakMap entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EphemeronEdge {
    pub(crate) position: u32,
    pub(crate) source: u32,
    /// The entry that its name describes.
    pub(crate) entry: Entry,
}

/// The parts of an entry's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Id of the table.
    pub(crate) table: u64,
    /// A number common to both halves.
    pub(crate) pair: u32,
}

impl EphemeronEdges {
    /// Finds the entries' edges in `graph`.
    pub(crate) fn of(graph: &HeapGraph) -> Self {
        let (is_entry, entries) = entries(graph.names());
        let mut edges = Vec::new();
        let (Some(first), Some(last)) = (is_entry.iter().next(), is_entry.iter().last()) else {
            return Self(edges);
        };
        let [first, last] = [first, last].map(|name| name as u32);
        let numbers = Ranks::of(&is_entry);
        // The only pass over the names of all edges. Most names lie outside the range of
        // entries' names, which is checked for many labels at once.
        let is_between = |label: u32| label.wrapping_sub(first) <= last - first;
        let mut note = |position: usize, label: usize, source: u32| {
            let entry = entries[numbers.get(&is_entry, label)];
            edges.push(EphemeronEdge { position: position as u32, source, entry });
        };
        let is_half = |position: usize, label: usize| {
            is_entry.contains(label) && graph.links().get(position).0 == EdgeKind::Internal
        };
        match graph.labels() {
            Labels::Listed(labels) => {
                let mut source = 0;
                for (chunk, labels) in labels.chunks(CHUNK).enumerate() {
                    if !labels.iter().fold(false, |any, &label| any | is_between(label)) {
                        continue;
                    }
                    for (position, &label) in (chunk * CHUNK..).zip(labels) {
                        if is_half(position, label as usize) {
                            source = graph.links().source_from(source, position);
                            note(position, label as usize, source);
                        }
                    }
                }
            }
            labels @ Labels::Shared(_) => {
                for source in asking(0..graph.node_count() as u32) {
                    let positions = graph.links().range(source);
                    for (position, &label) in
                        positions.clone().zip(labels.of(source, positions.clone()))
                    {
                        if is_between(label) && is_half(position, label as usize) {
                            note(position, label as usize, source);
                        }
                    }
                }
            }
        }
        Self(edges)
    }

    /// Returns all of them by position, in ascending order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &EphemeronEdge> {
        self.0.iter()
    }
}

/// Returns the names that belong to entries, and their parts, in ascending order.
fn entries(names: &Names) -> (BitSet, Vec<Entry>) {
    let mut is_entry = BitSet::new(names.len());
    let mut entries = Vec::new();
    let mut pairs = FxHashMap::default();
    for name in 0..names.len() {
        if let Some((rest, table)) = parse(names.get(NameId(name as u32))) {
            let next = pairs.len() as u32;
            let pair = *pairs.entry(rest).or_insert(next);
            is_entry.insert(name);
            entries.push(Entry { table, pair });
        }
    }
    (is_entry, entries)
}

/// Returns the id of the table of the entry that a reference called `name` is half of.
pub(crate) fn table(name: &str) -> Option<u64> {
    parse(name).map(|(_, table)| table)
}

/// The start of an entry's name, after its number.
const KEY: &str = " / part of key (";

/// Between the names of key and value.
const VALUE: &str = ") -> value (";

/// After the name of the value.
const TABLE: &str = ") pair in WeakMap (table @";

/// Returns where in `name` the key and the value are called by their own names, if it looks like an
/// entry's name: what a string says may be among them. If that cannot be told apart from the rest,
/// it is all that follows the start.
pub fn named_in(name: &str) -> Vec<Range<usize>> {
    let Some(rest) = without_digits(name).and_then(|rest| rest.strip_prefix(KEY)) else {
        return Vec::new();
    };
    let start = name.len() - rest.len();
    let whole = start..name.len();
    if parse(name).is_none() {
        return vec![whole];
    }
    let inside = rest.rsplit_once(TABLE).map_or(rest, |(inside, _)| inside);
    let Some(at) = separator(inside) else { return vec![whole] };
    // Neither id is cut off: an entry has both.
    let called = |from: usize, to: usize| {
        let length = inside[from..to].rfind(" @").unwrap_or(to - from);
        start + from..start + from + length
    };
    vec![called(0, at), called(at + VALUE.len(), inside.len())]
}

/// Parses an entry's name into the text after its leading number and the id of its table.
fn parse(name: &str) -> Option<(&str, u64)> {
    if name.len() < SHORTEST.len() {
        return None; // true of most names, decided without reading their text
    }
    let rest = without_digits(name)?;
    let middle = rest.strip_prefix(KEY)?;
    let middle = middle.strip_suffix(')')?;
    let (middle, table) = middle.rsplit_once(TABLE)?;
    let is_entry = is_number(table)
        && separator(middle).is_some()
        && !middle.contains(['\n', '\r', '\u{2028}', '\u{2029}']);
    if is_entry { Some((rest, table.parse().ok()?)) } else { None }
}

/// Returns where the name of the value is separated from that of the key. Names may themselves
/// contain the separator.
fn separator(middle: &str) -> Option<usize> {
    let ends_in_id = |text: &str| text.rsplit_once(" @").is_some_and(|(_, id)| is_number(id));
    let mut places = middle.match_indices(VALUE).map(|(at, _)| at);
    places.find(|&at| ends_in_id(&middle[..at]) && ends_in_id(&middle[at..]))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

/// Returns `text` after its leading digits, of which there must be at least one.
fn without_digits(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|it: char| it.is_ascii_digit());
    (rest.len() < text.len()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_key_and_value_are_called_is_found_in_names_of_entries() {
        let named = |name: &'static str| -> Vec<&str> {
            named_in(name).into_iter().map(|range| &name[range]).collect()
        };
        let name = "4 / part of key (Key @11) -> value (a @b @13) pair in WeakMap (table @15)";
        assert_eq!(named(name), ["Key", "a @b"]);
        let nested =
            "17 / part of key (a) -> value (b @1) -> value (c @3) pair in WeakMap (table @5)";
        assert_eq!(named(nested), ["a) -> value (b", "c"]);
        let broken = "4 / part of key (K\n @1) -> value (V @2) pair in WeakMap (table @3)";
        assert_eq!(named(broken), ["K\n @1) -> value (V @2) pair in WeakMap (table @3)"]);
        assert!(named("17").is_empty() && named("part of key (").is_empty());
    }

    #[test]
    fn names_of_entries_are_distinguished_from_others() {
        let name =
            "4 / part of key (Key @11) -> value (system / Value @13) pair in WeakMap (table @15)";
        assert_eq!(parse(name), Some((&name[1..], 15)));
        let nested =
            "17 / part of key (a) -> value (b @1) -> value (c @3) pair in WeakMap (table @5)";
        assert_eq!(parse(nested).map(|(_, table)| table), Some(5));
        assert!(parse(SHORTEST).is_some());
        for other in [
            "part of key (Key @11) -> value (Value @13) pair in WeakMap (table @15)",
            "4 / part of key (Key @11) -> value (Value @13) pair in WeakMap (table @15) ",
            "4 / part of key (Key @11) -> value (Value @) pair in WeakMap (table @15)",
            "4 / part of key (Key) -> value (Value @13) pair in WeakMap (table @15)",
            "4 / part of key (Key\n @11) -> value (Value @13) pair in WeakMap (table @15)",
            "4 / part of key (Key @11) -> value (Value @13) pair in WeakMap (table @)",
            "4",
            "",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
