//! Where functions and classes are in the source.

use rustc_hash::FxHashMap;

use crate::{
    bits::{BitSet, Ranks},
    column::Column,
    units::NodeOrdinal,
};

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
            // V8 writes them in no order: the set of the nodes has one.
            let mut set = BitSet::new(0);
            for &node in &*self.nodes {
                set.raise(node as usize + 1);
                set.insert(node as usize);
            }
            let ranks = Ranks::of(&set);
            let mut place_of = Column::zeroed(ranks.count());
            for (&node, &place) in self.nodes.iter().zip(self.place_of.iter()) {
                place_of[ranks.get(&set, node as usize)] = place;
            }
            self.nodes = set.iter().map(|node| node as u32).collect();
            self.place_of = place_of;
            self.is_unsorted = false;
        }
        self.nodes.shrink_to_fit();
        self.place_of.shrink_to_fit();
    }

    /// Returns the place of `node`.
    pub(crate) fn get(&self, node: NodeOrdinal) -> Option<Location> {
        let position = self.nodes.binary_search(&node.0).ok()?;
        Some(self.places[self.place_of[position] as usize])
    }

    /// Returns all nodes that have a place, ascending, with the place's number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (NodeOrdinal, u32)> + '_ {
        self.nodes.iter().map(|&node| NodeOrdinal(node)).zip(self.place_of.iter().copied())
    }

    /// Returns the places by number.
    pub(crate) fn places(&self) -> &[Location] {
        &self.places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_in_whatever_order_they_came_and_the_last_counts() {
        let place = |line| Location { script_id: 1, line, column: 2, script_object: None };
        let mut locations = Locations::default();
        for (node, line) in [(70, 1), (3, 2), (64, 1), (3, 4), (200, 5), (70, 6)] {
            locations.push(node, place(line));
        }
        locations.finish();
        let found: Vec<_> = (0..300)
            .filter_map(|node| Some((node, locations.get(NodeOrdinal(node))?.line)))
            .collect();
        assert_eq!(found, [(3, 4), (64, 1), (70, 6), (200, 5)]);
        assert_eq!(locations.iter().count(), 4);
    }
}
