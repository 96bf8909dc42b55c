//! Where functions and classes are in the source.

use rustc_hash::FxHashMap;

use crate::{column::Column, units::NodeOrdinal};

/// A place in a script; line and column count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// V8's script id.
    pub script_id: u32,
    /// From 0; past `i32::MAX`, V8's number was negative.
    pub line: u32,
    /// From 0.
    pub column: u32,
    /// The script itself, where V8 says.
    pub script_object: Option<NodeOrdinal>,
}

/// The locations of one snapshot.
///
/// Every instance of a class carries the place of its constructor, so places
/// are kept once. Memory: 8 bytes per node that has one.
#[derive(Debug, Default)]
pub(crate) struct Locations {
    places: Vec<Location>,
    /// Nodes that have a place, ascending and without repeats once finished.
    nodes: Column<u32>,
    /// Index into `places`, parallel to `nodes`.
    place_of: Column<u32>,
    /// Place to its index, while reading.
    numbers: FxHashMap<Location, u32>,
    is_unsorted: bool,
}

impl Locations {
    /// Appends the place of `node`.
    pub(super) fn push(&mut self, node: u32, place: Location) {
        let next = self.places.len() as u32;
        let number = *self.numbers.entry(place).or_insert(next);
        if number == next {
            self.places.push(place);
        }
        self.is_unsorted |= self.nodes.last().is_some_and(|&last| last >= node);
        self.nodes.push(node);
        self.place_of.push(number);
    }

    /// Makes them ready for look-up. Of several places of one node, the last
    /// counts, as in DevTools.
    pub(super) fn finish(&mut self) {
        self.numbers = FxHashMap::default();
        if self.is_unsorted {
            let mut pairs: Vec<(u32, u32)> =
                self.nodes.iter().copied().zip(self.place_of.iter().copied()).collect();
            pairs.reverse();
            pairs.sort_by_key(|&(node, _)| node); // stable: the last comes first
            pairs.dedup_by_key(|&mut (node, _)| node);
            self.nodes = pairs.iter().map(|&(node, _)| node).collect();
            self.place_of = pairs.iter().map(|&(_, place)| place).collect();
            self.is_unsorted = false;
        }
        self.nodes.shrink_to_fit();
        self.place_of.shrink_to_fit();
    }

    /// The place of `node`.
    pub(crate) fn get(&self, node: NodeOrdinal) -> Option<Location> {
        let position = self.nodes.binary_search(&node.0).ok()?;
        Some(self.places[self.place_of[position] as usize])
    }

    /// All nodes that have a place, ascending, with the place's number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (NodeOrdinal, u32)> + '_ {
        self.nodes.iter().map(|&node| NodeOrdinal(node)).zip(self.place_of.iter().copied())
    }

    /// The places by number.
    pub(crate) fn places(&self) -> &[Location] {
        &self.places
    }
}
