//! What would come back if some objects went.

use serde::{Deserialize, Serialize};

use super::{Explorer, instances::WhichClass};
use crate::{bits::BitSet, units::{NodeOrdinal, ObjectId}};

/// Asks what would come back without some objects.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WhatIf {
    /// All objects of this class, unless `ids` are given.
    pub class: WhichClass,
    /// V8's ids of the objects.
    pub ids: Option<Vec<ObjectId>>,
}

/// What would come back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Freed {
    /// The objects that are meant and there.
    pub objects: u64,
    /// Those of them that no other of them holds.
    pub outermost: u64,
    /// Bytes that would come back at least: what each of the outermost keeps alive. What
    /// several keep alive together comes back too, and is not in it.
    pub freed_bytes: u64,
    /// `freed_bytes` by what the whole heap takes.
    pub share: f64,
}

impl Explorer {
    pub(super) fn what_if(&self, query: &WhatIf) -> Freed {
        let measures = self.session.measures();
        let graph = self.session.graph();
        let mut meant = BitSet::new(graph.node_count());
        let mut mean = |node: NodeOrdinal| _ = meant.insert(node.index());
        match &query.ids {
            Some(ids) => self.nodes(ids).into_iter().for_each(&mut mean),
            None => self.instances_of(&query.class).for_each(&mut mean),
        }
        let objects = meant.len() as u64;
        // Whether a node or anything that dominates it is meant; each follows its dominator.
        let mut inside = BitSet::new(graph.node_count());
        let (mut outermost, mut freed_bytes) = (0, 0_u64);
        for (node, holder) in measures.dominators.pairs() {
            let is_inside = holder != node && inside.contains(holder.index());
            let is_meant = meant.contains(node.index());
            if is_inside || is_meant {
                inside.insert(node.index());
            }
            if is_meant && !is_inside {
                outermost += 1;
                freed_bytes = freed_bytes.saturating_add(measures.retained.retained(node));
            }
        }
        let total = measures.retained.retained(graph.root());
        #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
        let share = if total == 0 { 0.0 } else { freed_bytes as f64 / total as f64 };
        Freed { objects, outermost, freed_bytes, share }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::open::tests::explore;

    #[test]
    fn what_one_of_the_objects_holds_is_counted_once() {
        let explorer = explore(
            "root -> a b; a -> inner; inner -> deep; b -> shared; a -> shared
             a: object A id=11; b: object A id=13; inner: object A id=15; deep: object D size=40",
        );
        let class = WhichClass { class_id: None, class_name: Some("A".to_owned()) };
        let ask = |ids: Option<&[u32]>| {
            let ids = ids.map(|ids| ids.iter().copied().map(ObjectId).collect());
            let freed = explorer.what_if(&WhatIf { class: class.clone(), ids });
            (freed.objects, freed.outermost, freed.freed_bytes)
        };
        assert_eq!(ask(None), (3, 2, 16 + 16 + 40 + 16), "what both hold is not in it");
        assert_eq!(ask(Some(&[15, 11, 15])), (2, 1, 72));
        assert_eq!(ask(Some(&[4])), (0, 0, 0));
    }
}
