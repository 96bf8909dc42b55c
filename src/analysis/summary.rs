//! The rows of DevTools' Summary view: what there is, by class.

use super::{ClassOrdinal, Classes, Distances, Dominators, RetainedSizes};
use crate::{column::Column, units::NodeOrdinal};

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

/// Adds up the objects of each class, by size retained. Objects without a
/// size of their own do not count, as in DevTools.
pub fn summarize(
    classes: &Classes,
    dominators: &Dominators,
    retained: &RetainedSizes,
    distances: &Distances,
    self_size: impl Fn(NodeOrdinal) -> u64,
) -> Vec<ClassTotals> {
    let mut totals: Vec<_> = (0..classes.rows().len() as u32)
        .map(|class| ClassTotals {
            class: ClassOrdinal(class),
            count: 0,
            self_bytes: 0,
            retained_bytes: 0,
            distance: Some(u32::MAX),
        })
        .collect();
    // Where, in preorder, the subtree below the last counted object of each
    // class ends.
    let mut ends = vec![0; totals.len()];
    let (preorder, sizes) = preorder(dominators.holders());
    for (position, &number) in (0..).zip(preorder.iter()) {
        let node = dominators.node_of(number);
        let size = self_size(node);
        if size == 0 {
            continue;
        }
        let class = classes.class_of(node);
        let row = &mut totals[class.0 as usize];
        row.count += 1;
        row.self_bytes += size;
        // The order of `Option` puts "none" first, as DevTools' -5 is.
        row.distance = row.distance.min(distances.get(node));
        let end = &mut ends[class.0 as usize];
        if position >= *end {
            row.retained_bytes = row.retained_bytes.saturating_add(retained.retained(node));
            *end = position + sizes[number as usize];
        }
    }
    totals.retain(|row| row.count > 0);
    totals.sort_by_key(|row| std::cmp::Reverse((row.retained_bytes, row.self_bytes)));
    totals
}

/// The preorder of the dominator tree, and the size of the subtree below each
/// node; both by the numbers that `holders` are given by.
fn preorder(holders: &[u32]) -> (Column<u32>, Column<u32>) {
    let count = holders.len();
    let mut sizes = Column::filled(count, 1_u32);
    for number in (1..count).rev() {
        sizes[holders[number] as usize] += sizes[number];
    }
    let mut preorder: Column<u32> = Column::zeroed(count);
    // Where the next subtree below each node begins.
    let mut next: Column<u32> = Column::zeroed(count);
    next[0] = 1;
    for number in 1..count {
        let place = &mut next[holders[number] as usize];
        let start = *place;
        *place += sizes[number];
        preorder[start as usize] = number as u32;
        next[number] = start + 1;
    }
    (preorder, sizes)
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
        let size = |node| graph.self_size(node);
        let totals = summarize(&classes, &dominators, &retained, &distances, size);
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
