//! What the items of a growth consist of, class by class.

use rustc_hash::FxHashMap;

use super::{
    class::{self, Telling},
    descent::Descent,
    trail,
};
use crate::{graph::NodeKind, report::ItemClass};

/// A person reads so many.
const MAX_CLASSES: usize = 3;

/// Classes with less than this share of the growth are left out.
const MIN_SHARE: f64 = 0.05;

/// The classes that account for most of what accumulates below the tree nodes
/// `items`.
///
/// Strings, plain objects and V8's tables count for the object that somebody
/// named which they are part of.
pub(super) fn of(items: &[u32], descent: &Descent<'_>) -> Vec<ItemClass> {
    let mut by_class: FxHashMap<String, ItemClass> = FxHashMap::default();
    let mut open: Vec<(u32, u32)> = items.iter().map(|&item| (item, item)).collect();
    let mut owners: FxHashMap<u32, u64> = FxHashMap::default();
    let mut total = 0;
    while let Some((at, above)) = open.pop() {
        let owner = if at == above || stands_alone(at, descent) { at } else { above };
        let bytes = descent.gained_itself(at);
        total += bytes;
        *owners.entry(owner).or_default() += bytes;
        open.extend(descent.parts(at).into_iter().map(|child| (child, owner)));
    }
    for (owner, bytes) in owners {
        let node = descent.sample(owner);
        if trail::is_internal(descent.graph, node) {
            continue;
        }
        let class_name = class::class_name(descent.graph, descent.words, node);
        let entry = by_class.entry(class_name.clone()).or_insert(ItemClass {
            class_name,
            added_count: 0,
            added_bytes: 0,
        });
        entry.added_count += descent.added(owner);
        entry.added_bytes += bytes;
    }
    let mut classes: Vec<ItemClass> = by_class.into_values().collect();
    classes.retain(|class| {
        #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
        let share = class.added_bytes as f64 / total.max(1) as f64;
        class.added_count > 0 && share >= MIN_SHARE
    });
    classes.sort_by(|a, b| {
        b.added_bytes.cmp(&a.added_bytes).then_with(|| a.class_name.cmp(&b.class_name))
    });
    classes.truncate(MAX_CLASSES);
    classes
}

/// Whether the objects of tree node `at` are more than a part of what holds
/// them.
fn stands_alone(at: u32, descent: &Descent<'_>) -> bool {
    let node = descent.sample(at);
    match class::telling(descent.graph, descent.words, node) {
        Telling::Named => true,
        Telling::Generic => descent.graph.kind(node) == NodeKind::Closure,
        Telling::Carrier => !trail::is_internal(descent.graph, node),
        Telling::Blank => false,
    }
}
