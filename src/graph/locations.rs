//! Where functions and classes are in the source.

use rustc_hash::FxHashMap;

use super::narrow::Narrow;
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
/// are kept once. Memory: 2 bits per node, and 2 bytes per node that has one, or 4 where there are
/// more than 65,536 places; 8 more while they are read, if they come in no order.
#[derive(Debug)]
pub(crate) struct Locations {
    places: Vec<Location>,
    /// Nodes that have a place.
    nodes: BitSet,
    ranks: Ranks,
    /// Index into `places` by rank.
    place_of: Narrow,
    /// Place to its index, while reading.
    numbers: FxHashMap<Location, u32>,
    /// The least node that would not be out of order.
    next: u32,
    /// Nodes, and the index of their places, that came out of order.
    others: Column<u64>,
}

impl Default for Locations {
    fn default() -> Self {
        let (places, nodes, ranks, numbers, next, others) = Default::default();
        Self { places, nodes, ranks, place_of: Narrow::coded(), numbers, next, others }
    }
}

impl Locations {
    /// Appends the place of `node`.
    pub(super) fn push(&mut self, node: u32, place: Location) {
        let next = self.places.len() as u32;
        let number = *self.numbers.entry(place).or_insert(next);
        if number == next {
            self.places.push(place);
        }
        if node < self.next {
            self.others.push(u64::from(node) << 32 | u64::from(number));
            return;
        }
        self.next = node + 1;
        self.nodes.raise(node as usize + 1);
        self.nodes.insert(node as usize);
        self.place_of.push(number);
    }

    /// Makes them ready for look-up. Of several places of one node, the last
    /// counts, as in DevTools.
    pub(super) fn finish(&mut self) {
        self.numbers = FxHashMap::default();
        let others = std::mem::take(&mut self.others);
        if !others.is_empty() {
            self.insert(&others);
        }
        self.ranks = Ranks::of(&self.nodes);
        self.place_of.shrink_to_fit();
    }

    /// Inserts what came out of order.
    fn insert(&mut self, others: &[u64]) {
        let others = || others.iter().map(|&other| ((other >> 32) as usize, other as u32));
        let mut nodes = self.nodes.clone();
        others().for_each(|(node, _)| _ = nodes.insert(node));
        let ranks = Ranks::of(&nodes);
        let mut place_of = Narrow::coded();
        place_of.grow(ranks.count());
        for (node, place) in self.nodes.iter().zip(self.place_of.iter()).chain(others()) {
            place_of.set(ranks.get(&nodes, node), place);
        }
        (self.nodes, self.place_of) = (nodes, place_of);
    }

    /// Returns the place of `node`.
    pub(crate) fn get(&self, node: NodeOrdinal) -> Option<Location> {
        if !self.nodes.contains(node.index()) {
            return None;
        }
        let place = self.place_of.get(self.ranks.get(&self.nodes, node.index()))?;
        Some(self.places[place as usize])
    }

    /// Returns all nodes that have a place, ascending, with the place's number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (NodeOrdinal, u32)> + '_ {
        self.nodes.iter().map(|node| NodeOrdinal(node as u32)).zip(self.place_of.iter())
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
