//! The rows of DevTools' Summary view: what there is, by class.

use super::{ClassOrdinal, Classes, Distances, Dominators, RetainedSizes};
use crate::{bits::BitSet, column::Column, graph::HeapGraph, units::NodeOrdinal};

/// What all objects of one class come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassTotals {
    /// Which class.
    pub class: ClassOrdinal,
    /// How many there are.
    pub count: u64,
    /// Bytes of the objects themselves.
    pub self_bytes: u64,
    /// Bytes freed if all were: of objects inside one another, the outermost
    /// counts.
    pub retained_bytes: u64,
    /// Of the nearest.
    pub distance: Option<u32>,
}

/// What can be said of classes before it is known what holds what.
#[derive(Debug)]
pub struct Tally {
    /// By class; nothing is retained yet.
    rows: Vec<ClassTotals>,
    /// Objects without a size of their own do not count, as in DevTools.
    counted: BitSet,
}

impl Tally {
    /// Counts the objects of `graph`.
    pub fn of(graph: &HeapGraph, classes: &Classes, distances: &Distances) -> Self {
        let row = |class| ClassTotals {
            class: ClassOrdinal(class),
            count: 0,
            self_bytes: 0,
            retained_bytes: 0,
            distance: Some(u32::MAX),
        };
        let mut rows: Vec<_> = (0..classes.rows().len() as u32).map(row).collect();
        let mut counted = BitSet::new(graph.node_count());
        for node in graph.ordinals() {
            let size = graph.self_size(node);
            if size > 0 {
                counted.insert(node.index());
                let row = &mut rows[classes.class_of(node).0 as usize];
                row.count += 1;
                row.self_bytes += size;
                // The order of `Option` puts "none" first, as DevTools' -5 is.
                row.distance = row.distance.min(distances.get(node));
            }
        }
        Self { rows, counted }
    }

    /// Those of the objects counted that no other of their class dominates.
    pub fn outermost(&self, classes: &Classes, dominators: &Dominators) -> BitSet {
        let preorder = Preorder::of(dominators);
        let mut outermost = BitSet::new(self.counted.bound());
        // Where, in preorder, the subtree below the last one of each class ends.
        let mut ends = vec![0; self.rows.len()];
        for (position, &number) in (0..).zip(preorder.numbers.iter()) {
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

    /// The classes that have objects, by size retained: by those `outermost`.
    pub fn summarize(
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
    /// That of `dominators`.
    fn of(dominators: &Dominators) -> Self {
        let holders = dominators.holders();
        let count = holders.len();
        let mut sizes = Column::filled(count, 1_u32);
        for number in (1..count).rev() {
            sizes[holders[number] as usize] += sizes[number];
        }
        let mut numbers: Column<u32> = Column::zeroed(count);
        // Where the next subtree below each node begins.
        let mut next: Column<u32> = Column::zeroed(count);
        next[0] = 1;
        for number in 1..count {
            let place = &mut next[holders[number] as usize];
            let start = *place;
            *place += sizes[number];
            numbers[start as usize] = number as u32;
            next[number] = start + 1;
        }
        Self { numbers, sizes }
    }
}

/// The `count` of `nodes` that retain most, most first; of equals the lower
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::draw;

    #[test]
    fn of_objects_inside_one_another_the_outermost_counts() {
        let drawing = draw(
            "root -> list; list -> List2; List2 -> item; list -> item2
             list: object List; List2: object List; item: object Item; item2: object Item",
        );
        let graph = drawing.graph();
        let dominators = Dominators::of(&graph);
        let retained = RetainedSizes::of(&graph, &dominators);
        let classes = Classes::of(&graph);
        let distances = Distances::of(&graph);
        let tally = Tally::of(&graph, &classes, &distances);
        let outermost = tally.outermost(&classes, &dominators);
        let totals = tally.summarize(&classes, &outermost, &retained);
        let rows: Vec<_> = totals
            .iter()
            .map(|row| {
                let name = classes.rows()[row.class.0 as usize].name.as_str();
                (name, row.count, row.self_bytes, row.retained_bytes, row.distance)
            })
            .collect();
        assert_eq!(rows, [("List", 2, 32, 64, Some(1)), ("Item", 2, 32, 32, Some(2))]);
        assert_eq!(biggest(&retained, graph.ordinals(), 2), [graph.root(), drawing.node("list")]);
        assert_eq!(biggest(&retained, graph.ordinals(), 9).len(), 5);
    }
}
