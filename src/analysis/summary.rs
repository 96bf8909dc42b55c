//! The rows of DevTools' Summary view: totals by class.

use super::{ClassOrdinal, Classes, Distances, Dominators, RetainedSizes};
use crate::{
    bits::BitSet,
    column::{Column, asking},
    graph::SelfSizes,
    units::NodeOrdinal,
};

/// Totals of one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassTotals {
    /// Which class.
    pub class: ClassOrdinal,
    /// The number of objects.
    pub count: u64,
    /// Bytes of the objects themselves.
    pub self_bytes: u64,
    /// Bytes freed if all were: of objects inside one another, the outermost
    /// counts.
    pub retained_bytes: u64,
    /// Of the nearest.
    pub distance: Option<u32>,
}

/// The objects of each class, before it is known what holds what.
#[derive(Debug)]
pub(super) struct ClassTally {
    /// By class; nothing is retained yet.
    rows: Vec<ClassTotals>,
    /// Objects without a size of their own do not count, as in DevTools.
    counted: BitSet,
}

impl ClassTally {
    /// Counts the objects, which have these `sizes`.
    pub(super) fn of(sizes: &SelfSizes, classes: &Classes, distances: &Distances) -> Self {
        Self::of_those(sizes, classes, distances, |_| true)
    }

    /// Counts the objects that are `wanted`.
    pub(super) fn of_those(
        sizes: &SelfSizes,
        classes: &Classes,
        distances: &Distances,
        wanted: impl Fn(NodeOrdinal) -> bool,
    ) -> Self {
        let row = |class| ClassTotals {
            class: ClassOrdinal(class),
            count: 0,
            self_bytes: 0,
            retained_bytes: 0,
            distance: None,
        };
        let mut rows: Vec<_> = (0..classes.rows().len() as u32).map(row).collect();
        let mut counted = BitSet::new(sizes.len());
        for (node, size) in asking(0..sizes.len() as u32).map(NodeOrdinal).zip(sizes.iter()) {
            if size > 0 && wanted(node) {
                counted.insert(node.index());
                let row = &mut rows[classes.class_of(node).0 as usize];
                row.count += 1;
                row.self_bytes += size;
                // DevTools gives none to a class with any object that nothing leads to.
                row.distance = match (row.distance, distances.get(node)) {
                    (Some(nearest), Some(distance)) => Some(nearest.min(distance)),
                    (nearest, distance) => nearest.or(distance),
                };
            }
        }
        Self { rows, counted }
    }

    /// Returns those of the objects counted that no other of their class dominates.
    pub(super) fn outermost(&self, classes: &Classes, dominators: &Dominators) -> BitSet {
        let preorder = Preorder::of(dominators);
        let mut outermost = BitSet::new(self.counted.bound());
        // Where, in preorder, the subtree below the last one of each class ends.
        let mut ends = vec![0; self.rows.len()];
        let positions = asking(0..preorder.numbers.len() as u32);
        for (position, &number) in positions.zip(preorder.numbers.iter()) {
            let node = dominators.node_of(number);
            if !self.counted.contains(node.index()) {
                continue;
            }
            let end = &mut ends[classes.class_of(node).0 as usize];
            if position >= *end {
                outermost.insert(node.index());
                *end = position + preorder.sizes[number as usize];
            }
        }
        outermost
    }

    /// Returns the classes that have objects, by the size that those `outermost` retain.
    pub(super) fn summarize(
        self,
        classes: &Classes,
        outermost: &BitSet,
        retained: &RetainedSizes,
    ) -> Vec<ClassTotals> {
        let mut rows = self.rows;
        for node in outermost.iter() {
            let node = NodeOrdinal(node as u32);
            let row = &mut rows[classes.class_of(node).0 as usize];
            row.retained_bytes = row.retained_bytes.saturating_add(retained.retained(node));
        }
        rows.retain(|row| row.count > 0);
        rows.sort_by_key(|row| std::cmp::Reverse((row.retained_bytes, row.self_bytes)));
        rows
    }
}

/// The preorder of a dominator tree.
///
/// Memory: 8 bytes per node; 12 while it is made.
struct Preorder {
    /// The nodes, by the numbers that [`Dominators`] gave them.
    numbers: Column<u32>,
    /// Nodes in the subtree of each, itself included; by number.
    sizes: Column<u32>,
}

impl Preorder {
    /// Numbers the nodes of `dominators`.
    fn of(dominators: &Dominators) -> Self {
        let holders = dominators.holders();
        let count = holders.len();
        let mut sizes = Column::filled(count, 1_u32);
        for number in asking(1..count as u32).rev().map(|number| number as usize) {
            sizes[holders[number] as usize] += sizes[number];
        }
        let mut numbers: Column<u32> = Column::zeroed(count);
        // Where the next subtree below each node begins.
        let mut next: Column<u32> = Column::zeroed(count);
        next[0] = 1;
        for number in asking(1..count as u32).map(|number| number as usize) {
            let place = &mut next[holders[number] as usize];
            let start = *place;
            *place += sizes[number];
            numbers[start as usize] = number as u32;
            next[number] = start + 1;
        }
        Self { numbers, sizes }
    }
}

/// Returns the `count` of `nodes` that retain most, most first; of equals the lower
/// ordinal.
pub fn biggest(
    retained: &RetainedSizes,
    nodes: impl Iterator<Item = NodeOrdinal>,
    count: usize,
) -> Vec<NodeOrdinal> {
    use std::{cmp::Reverse, collections::BinaryHeap};
    // The least of those kept is on top.
    let mut heap = BinaryHeap::with_capacity(count + 1);
    for node in nodes {
        let entry = Reverse((retained.retained(node), Reverse(node)));
        if heap.len() < count {
            heap.push(entry);
        } else if heap.peek().is_some_and(|least| entry < *least) {
            heap.pop();
            heap.push(entry);
        }
    }
    heap.into_sorted_vec().into_iter().map(|Reverse((_, Reverse(node)))| node).collect()
}

/// Returns the number and the own bytes of the objects of each class, before anything else has
/// been measured; by class.
pub(crate) fn class_counts(sizes: &SelfSizes, classes: &Classes) -> Vec<(u64, u64)> {
    let mut counts = vec![(0, 0); classes.rows().len()];
    for (node, size) in (0..).map(NodeOrdinal).zip(sizes.iter()) {
        if size > 0 {
            let (count, bytes) = &mut counts[classes.class_of(node).0 as usize];
            *count += 1;
            *bytes += size;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{analysis::Measured, testkit::draw};

    #[test]
    fn the_distance_of_a_class_is_that_of_the_nearest_that_something_leads_to() {
        let drawing = draw(
            "root -> a; a -> b; lost -> lost2; lost2 -> lost; a: object A; b: object Item
             lost: object Item; lost2: object Lost",
        );
        let Measured { readings, measures, .. } = Measured::of(drawing.graph());
        let distance = |name| {
            let classes = readings.classes().rows();
            let row = measures.totals.iter().find(|row| classes[row.class.0 as usize].name == name);
            row.expect("a class").distance
        };
        assert_eq!((distance("Item"), distance("Lost")), (Some(2), None));
    }

    #[test]
    fn of_objects_inside_one_another_the_outermost_counts() {
        let drawing = draw(
            "root -> list; list -> List2; List2 -> item; list -> item2
             list: object List; List2: object List; item: object Item; item2: object Item",
        );
        let Measured { skeleton, readings, measures } = Measured::of(drawing.graph());
        let (classes, retained) = (readings.classes(), &measures.retained);
        let rows: Vec<_> = measures
            .totals
            .iter()
            .map(|row| {
                let name = classes.rows()[row.class.0 as usize].name.as_str();
                (name, row.count, row.self_bytes, row.retained_bytes, row.distance)
            })
            .collect();
        assert_eq!(rows, [("List", 2, 32, 64, Some(1)), ("Item", 2, 32, 32, Some(2))]);
        let biggest = |count| biggest(retained, skeleton.ordinals(), count);
        assert_eq!(biggest(2), [skeleton.root(), drawing.node("list")]);
        assert_eq!(biggest(9).len(), 5);
    }
}
