//! What would come back if some objects went.

use serde::{Deserialize, Serialize};

use super::{Explorer, instances::WhichClass};
use crate::{
    analysis::Dominators,
    bits::BitSet,
    units::{NodeOrdinal, ObjectId},
};

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
pub struct WhatIfFound {
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
    pub(super) fn what_if(&self, query: &WhatIf) -> WhatIfFound {
        let measures = self.session.measures();
        let graph = self.session.graph();
        let mut meant = BitSet::new(graph.node_count());
        let mut mean = |node: NodeOrdinal| _ = meant.insert(node.index());
        match &query.ids {
            Some(ids) => self.nodes(ids).into_iter().for_each(&mut mean),
            None => self.instances_of(&query.class).for_each(&mut mean),
        }
        let objects = meant.len() as u64;
        let outermost = outermost(&measures.dominators, &meant);
        let freed_bytes = outermost
            .iter()
            .fold(0_u64, |sum, &node| sum.saturating_add(measures.retained.retained(node)));
        let outermost = outermost.len() as u64;
        let total = measures.retained.retained(graph.root());
        #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
        let share = if total == 0 { 0.0 } else { freed_bytes as f64 / total as f64 };
        WhatIfFound { objects, outermost, freed_bytes, share }
    }
}

/// Returns those of the nodes `meant` that no other of them dominates.
fn outermost(dominators: &Dominators, meant: &BitSet) -> Vec<NodeOrdinal> {
    climb(dominators, meant).unwrap_or_else(|| {
        // Whether a node or anything that dominates it is meant; each follows its dominator.
        let mut inside = BitSet::new(meant.bound());
        let mut found = Vec::new();
        for (node, holder) in dominators.pairs() {
            let is_inside = holder != node && inside.contains(holder.index());
            let is_meant = meant.contains(node.index());
            if is_inside || is_meant {
                inside.insert(node.index());
            }
            if is_meant && !is_inside {
                found.push(node);
            }
        }
        found
    })
}

/// Does so by a look at all that dominates each; `None` where that is more than a pass over the
/// whole tree.
fn climb(dominators: &Dominators, meant: &BitSet) -> Option<Vec<NodeOrdinal>> {
    let mut left = meant.bound() / 16;
    let mut found = Vec::new();
    for node in meant.iter().map(|node| NodeOrdinal(node as u32)) {
        let mut is_inside = false;
        for above in dominators.chain(node) {
            left = left.checked_sub(1)?;
            if meant.contains(above.index()) {
                is_inside = true;
                break;
            }
        }
        if !is_inside {
            found.push(node);
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        explore::open::tests::explore,
        testkit::{Random, random_heap},
    };

    #[test]
    fn what_one_of_the_objects_holds_is_counted_once() {
        let explorer = explore(
            "root -> a b; a -> inner; inner -> deep; b -> shared; a -> shared
             a: object A id=111; b: object A id=113; inner: object A id=115; deep: object D size=40",
        );
        let class = WhichClass { class_id: None, class_name: Some("A".to_owned()) };
        let ask = |ids: Option<&[u32]>| {
            let ids = ids.map(|ids| ids.iter().copied().map(ObjectId).collect());
            let freed = explorer.what_if(&WhatIf { class: class.clone(), ids });
            (freed.objects, freed.outermost, freed.freed_bytes)
        };
        assert_eq!(ask(None), (3, 2, 16 + 16 + 40 + 16), "what both hold is not in it");
        assert_eq!(ask(Some(&[115, 111, 115])), (2, 1, 72));
        assert_eq!(ask(Some(&[4])), (0, 0, 0));
    }

    #[test]
    fn both_ways_to_the_outermost_agree() {
        let mut random = Random::new(5);
        for _ in 0..300 {
            let graph = random_heap(&mut random, 40).graph();
            let dominators = Dominators::of(&graph);
            let mut meant = BitSet::new(graph.node_count());
            for node in 0..graph.node_count() {
                if random.once_in(3) {
                    meant.insert(node);
                }
            }
            let is_outermost = |node: &NodeOrdinal| {
                !dominators.chain(*node).any(|above| meant.contains(above.index()))
            };
            let nodes = meant.iter().map(|node| NodeOrdinal(node as u32));
            let expected: Vec<_> = nodes.filter(is_outermost).collect();
            let mut found = outermost(&dominators, &meant);
            found.sort();
            assert_eq!(found, expected);
            assert!(climb(&dominators, &meant).is_none_or(|found| found == expected));
        }
    }
}
