//! Growth that is spread over many paths of one shape.
//!
//! `stats.eu.checkout[]`, `stats.eu.search[]`, `stats.us.checkout[]` …: plain
//! objects with a few properties each are not taken for dictionaries, so each
//! list has a path of its own, and each grows too little to be seen. Together
//! they are one growth, held by the nearest object above all of them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    finder::{Finder, is_watched},
    finding::Growth,
    judge,
    trend::Rising,
};
use crate::census::{
    MIN_ALIKE,
    tree::{NONE, ancestors},
};

/// Returns the growths of shapes that `found` does not already cover.
pub(super) fn find(finder: &Finder<'_>, rising: &[Rising], found: &[Growth]) -> Vec<Growth> {
    let nodes = finder.nodes;
    let mut members: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
    for (index, node) in (0u32..).zip(nodes) {
        if is_watched(node.origin) && node.parent != NONE {
            members.entry(node.shape).or_default().push(index);
        }
    }
    members.retain(|_, alike| alike.len() >= MIN_ALIKE as usize);
    let reported: FxHashSet<u32> =
        found.iter().flat_map(|growth| growth.items.iter().copied()).collect();
    let covered = mark_below(finder, &reported);
    let risen: FxHashSet<u64> = members
        .iter()
        .filter(|&(&shape, alike)| {
            let counts = finder.history.shape_series(shape, |row| u64::from(row.count));
            !covered[alike[0] as usize]
                && judge::rising(&counts, finder.history.clocks()) > Rising::No
        })
        .map(|(&shape, _)| shape)
        .collect();
    risen
        .iter()
        .filter_map(|shape| {
            let alike = &members[shape];
            let parent = nodes[alike[0] as usize].parent;
            let topmost = rising[parent as usize] == Rising::No
                && !risen.contains(&nodes[parent as usize].shape);
            let is_covered = alike.iter().filter(|&&at| covered[at as usize]).count() * 2;
            (topmost && is_covered < alike.len()).then(|| growth_of_shape(finder, *shape, alike))?
        })
        .collect()
}

fn growth_of_shape(finder: &Finder<'_>, shape: u64, alike: &[u32]) -> Option<Growth> {
    let held = |&at: &u32| finder.nodes[at as usize].held_bytes;
    let mut items = alike.to_vec();
    items.sort_by_key(|item| std::cmp::Reverse((held(item), *item)));
    let container = above_all(finder, &items)?;
    let counts = finder.history.shape_series(shape, |row| u64::from(row.count));
    let bytes = finder.history.shape_series(shape, |row| row.held_bytes);
    finder.growth_in_series(container, items, counts, bytes)
}

/// Returns which tree nodes are `marked`, or below one that is.
fn mark_below(finder: &Finder<'_>, marked: &FxHashSet<u32>) -> Vec<bool> {
    let mut below = vec![false; finder.nodes.len()];
    for (index, node) in (0u32..).zip(finder.nodes) {
        let above = node.parent != NONE && below[node.parent as usize];
        below[index as usize] = above || marked.contains(&index);
    }
    below
}

/// Returns the nearest tree node above all of `items`; `None` if they have none in
/// common.
fn above_all(finder: &Finder<'_>, items: &[u32]) -> Option<u32> {
    let mut above: Vec<u32> = ancestors(finder.nodes, *items.first()?).collect();
    for &item in &items[1..] {
        let path: FxHashSet<u32> = ancestors(finder.nodes, item).collect();
        above.retain(|at| path.contains(at));
    }
    above.first().copied()
}
