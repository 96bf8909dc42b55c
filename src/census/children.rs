//! The tree nodes below each tree node, by the step that leads to them.

use rustc_hash::FxHashMap;

use super::recent::Recent;

/// Which steps lead where. Most lookups are about the few steps that the last objects had.
#[derive(Default)]
pub(super) struct Children {
    all: FxHashMap<(u32, u64), u32>,
    recent: Recent<(u32, u64), u32>,
}

impl Children {
    /// Returns the child of `tree` that `step` leads to, if there is one.
    #[inline]
    pub(super) fn get(&mut self, tree: u32, step: u64) -> Option<u32> {
        let (all, key) = (&self.all, (tree, step));
        self.recent.find(slot(tree, step), key, || all.get(&key).copied())
    }

    /// Notes that `step` leads from `tree` to `child`.
    pub(super) fn insert(&mut self, tree: u32, step: u64, child: u32) {
        self.all.insert((tree, step), child);
    }
}

#[inline]
fn slot(tree: u32, step: u64) -> usize {
    // A step is a good hash by itself.
    step as usize ^ tree as usize
}
