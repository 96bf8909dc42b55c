//! All growths of one snapshot, and whether there may be more to come.

use rustc_hash::FxHashSet;

use super::{
    alike, clock,
    finder::{Finder, is_watched},
    finding::Growth,
    history::History,
    judge::{Decision, Judge, Sensitivity},
};
use crate::census::tree::TreeNode;

/// Finds all growths in the snapshot whose tree has these `nodes` and whose census is
/// the latest in `history`; the fastest first.
pub fn find(history: &History, nodes: &[TreeNode], sensitivity: &Sensitivity) -> Vec<Growth> {
    if history.len() < 2 {
        return Vec::new();
    }
    let finder = Finder { history, nodes, sensitivity };
    let rising = finder.rising_counts();
    let mut found = finder.by_count(&rising);
    let least = sensitivity.min_growth_bytes;
    // What is only on its way must not hide that the whole is there.
    let large = found.iter().filter(|growth| growth.net_bytes() >= least);
    let taken: FxHashSet<u32> = large.map(|growth| growth.container).collect();
    let mut sized = finder.by_size(&rising, &taken);
    for growth in &mut sized {
        // Objects that are counted one by one say more than the steps of a table beside them.
        let is_beside = |other: &&Growth| finder.share_an_owner(growth.container, other.container);
        if found.iter().find(is_beside).is_some_and(|it| it.decision == Decision::Suspect) {
            growth.decision = Decision::Suspect;
        }
    }
    let outdone: FxHashSet<u32> = sized.iter().map(|growth| growth.container).collect();
    found
        .retain(|growth| taken.contains(&growth.container) || !outdone.contains(&growth.container));
    found.extend(sized);
    found.extend(alike::find(&finder, &rising, &found));
    found.sort_by(|a, b| {
        (b.decision == Decision::Leak)
            .cmp(&(a.decision == Decision::Leak))
            .then(b.bytes_per_ms.total_cmp(&a.bytes_per_ms))
    });
    found
}

/// Whether a process in which nothing was found must not be called healthy all the same:
/// something rises from each snapshot to the next, or the process was mostly idle.
pub fn is_open(history: &History, nodes: &[TreeNode], sensitivity: &Sensitivity) -> bool {
    if sensitivity.patient_round_ms.is_none() {
        return false;
    }
    let clocks = history.clocks();
    if clock::busy_rounds(clocks) < sensitivity.min_checks {
        return true;
    }
    let judge = Judge::over(history, sensitivity);
    let first = |node: &TreeNode| history.first(node.key);
    nodes
        .iter()
        .filter(|node| is_watched(node.origin) && node.held_bytes > first(node).held_bytes)
        .filter(|node| node.count > first(node).count)
        .any(|node| {
            let counts = history.series(node.key, |row| u64::from(row.count));
            let held = history.series(node.key, |row| row.held_bytes);
            judge.may_grow_to_matter(&counts, &held)
        })
}
