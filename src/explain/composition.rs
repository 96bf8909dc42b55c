//! The classes that the items of a growth consist of.

use rustc_hash::FxHashMap;

use super::{heap_path, items_subtree::ItemsSubtree};
use crate::{
    graph::NodeKind,
    report::ItemClass,
    v8::{
        class_name::ClassName,
        telling::{Telling, telling},
    },
};

/// Classes in a report; more would not be read.
const MAX_CLASSES: usize = 3;

/// Classes with less than this share of the growth are left out.
const MIN_SHARE: f64 = 0.05;

/// Returns the classes that account for most of what accumulates below the tree nodes
/// `items`.
///
/// Strings, plain objects and V8's tables are attributed to the nearest enclosing object
/// with a user-defined class.
pub(super) fn of(items: &[u32], subtree: &ItemsSubtree<'_>) -> Vec<ItemClass> {
    let mut by_class: FxHashMap<ClassName, ItemClass> = FxHashMap::default();
    let mut open: Vec<(u32, u32)> = items.iter().map(|&item| (item, item)).collect();
    let mut owners: FxHashMap<u32, u64> = FxHashMap::default();
    let mut total = 0;
    while let Some((at, above)) = open.pop() {
        let owner = if at == above || stands_alone(at, subtree) { at } else { above };
        let bytes = subtree.gained_itself(at);
        total += bytes;
        *owners.entry(owner).or_default() += bytes;
        open.extend(subtree.parts(at).into_iter().map(|child| (child, owner)));
    }
    for (owner, bytes) in owners {
        let node = subtree.sample(owner);
        if heap_path::is_internal(subtree.graph, node) {
            continue;
        }
        let class = ClassName::of(subtree.graph, subtree.words, node);
        let entry = by_class.entry(class.clone()).or_insert(ItemClass {
            class,
            added_count: 0,
            added_bytes: 0,
        });
        entry.added_count += subtree.added(owner);
        entry.added_bytes += bytes;
    }
    let mut classes: Vec<ItemClass> = by_class.into_values().collect();
    classes.retain(|class| {
        #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
        let share = class.added_bytes as f64 / total.max(1) as f64;
        class.added_count > 0 && share >= MIN_SHARE
    });
    classes.sort_by(|a, b| {
        b.added_bytes
            .cmp(&a.added_bytes)
            .then_with(|| a.class.in_reports().cmp(&b.class.in_reports()))
    });
    classes.truncate(MAX_CLASSES);
    classes
}

/// Whether the objects of tree node `at` are more than a mere part of their holder.
fn stands_alone(at: u32, subtree: &ItemsSubtree<'_>) -> bool {
    let node = subtree.sample(at);
    match telling(subtree.graph, subtree.words, node) {
        Telling::Named => true,
        Telling::Generic => subtree.graph.kind(node) == NodeKind::Closure,
        Telling::Carrier => !heap_path::is_internal(subtree.graph, node),
        Telling::Blank => false,
    }
}
