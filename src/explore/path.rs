//! A way from a root to an object, around objects that somebody has ruled out.

use std::{cmp::Reverse, collections::BinaryHeap};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::Explorer;
use crate::{
    analysis::{Step, shown_steps},
    graph::{Edge, EdgeKind, HeapGraph},
    units::{NodeOrdinal, ObjectId},
};

/// Objects that are looked at in search of a way around others. Most ways are found after a few
/// hundred; so many take a twentieth of a second.
const MOST_SEARCHED: usize = 30_000;

/// Of the references to one object, those from the nearest objects that are followed: millions
/// refer to `undefined`, and ways to one of them mostly lead through near ones.
const MOST_FOLLOWED: usize = 1_000;

/// References that are looked at in all, to find the nearest.
const MOST_REFERENCES: usize = 4_000_000;

/// An object from which a way leads down to the target.
#[derive(Clone, Copy)]
struct Reached {
    /// References from here to the target.
    steps: u32,
    /// The next object on the way.
    below: NodeOrdinal,
    /// Whether no shorter way is looked for.
    is_settled: bool,
}

/// Asks for a way to an object.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PathOf {
    /// V8's id of the object.
    pub id: ObjectId,
    /// Ids of objects that the way must not go through.
    pub ignore: Vec<ObjectId>,
}

/// A way to an object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PathFound {
    /// V8's id of the object.
    pub id: ObjectId,
    /// From the root to the object; empty when there is no way.
    pub steps: Vec<Step>,
    /// Steps left out in the middle.
    pub omitted_steps: u64,
    /// Whether the search ended before it was certain that there is no way.
    pub gave_up: bool,
}

impl Explorer {
    pub(super) fn path(&self, query: &PathOf) -> Option<PathFound> {
        let target = self.node(query.id)?;
        let (graph, figures) = (self.session.graph(), self.figures());
        let (way, gave_up) = if query.ignore.is_empty() {
            (self.shortest_way(target), false)
        } else {
            let ignored: FxHashSet<_> = self.nodes(&query.ignore).into_iter().collect();
            self.way_around(target, &ignored)
        };
        let (steps, omitted_steps) = shown_steps(graph, &way, |node| figures.of(node));
        Some(PathFound { id: query.id, steps, omitted_steps, gave_up })
    }

    /// Returns the edges of a shortest way to `target`, the last first: from each object to one
    /// that is nearer to a root. None where no way leads to it.
    pub(super) fn shortest_way(&self, target: NodeOrdinal) -> Vec<Edge> {
        let graph = self.session.graph();
        let (retainers, measures) = (self.session.retainers(), self.session.measures());
        let mut way = Vec::new();
        let mut at = target;
        while at != graph.root()
            && let Some(distance) = measures.distances.get(at)
        {
            let is_nearer = |&(is_weak, source): &(bool, NodeOrdinal)| {
                let is_next = || measures.distances.get(source) == Some(distance - 1);
                // The root counts as far away as its own roots are.
                let is_first = distance == 1 && source == graph.root();
                !is_weak && (is_first || distance > 1 && is_next())
            };
            let Some((_, source)) = retainers.of_node(at).find(is_nearer) else { break };
            way.extend(strong_edge(graph, source, at));
            at = source;
        }
        way
    }

    /// Returns the edges of a shortest way to `target`, the last first, that avoids the
    /// `ignored`, and whether the search ended early.
    ///
    /// The search (A*) goes from the target upwards. The distance of a node is never more than
    /// the length of a way around something.
    fn way_around(
        &self,
        target: NodeOrdinal,
        ignored: &FxHashSet<NodeOrdinal>,
    ) -> (Vec<Edge>, bool) {
        let graph = self.session.graph();
        let (retainers, measures) = (self.session.retainers(), self.session.measures());
        let mut reached: FxHashMap<NodeOrdinal, Reached> = FxHashMap::default();
        let mut open = BinaryHeap::new();
        let (mut searched, mut references, mut is_cut) = (0, 0, false);
        let distance = |node| measures.distances.get(node);
        // Every way begins at the root and ends at the target.
        let is_open = !ignored.contains(&graph.root()) && !ignored.contains(&target);
        if let Some(rest) = distance(target).filter(|_| is_open) {
            reached.insert(target, Reached { steps: 0, below: target, is_settled: false });
            open.push(Reverse((rest, target)));
        }
        while let Some(Reverse((_, node))) = open.pop() {
            if node == graph.root() {
                return (self.edges_down(node, target, &reached), false);
            }
            let steps = match reached.get_mut(&node) {
                Some(reached) if !reached.is_settled => {
                    reached.is_settled = true;
                    reached.steps + 1
                }
                _ => continue,
            };
            searched += 1;
            if searched > MOST_SEARCHED || references > MOST_REFERENCES {
                return (Vec::new(), true);
            }
            let mut nearest: Vec<(u32, NodeOrdinal)> = Vec::new();
            for (is_weak, source) in retainers.of_node(node) {
                references += 1;
                let rest = match distance(source) {
                    // What the root refers to has a distance of 1, or one of V8's own roots.
                    _ if source == graph.root() => distance(node).map(|it| it.saturating_sub(1)),
                    rest => rest,
                };
                let Some(rest) = rest.filter(|_| !is_weak && !ignored.contains(&source)) else {
                    continue;
                };
                nearest.push((rest, source));
                if nearest.len() >= 2 * MOST_FOLLOWED {
                    nearest.select_nth_unstable(MOST_FOLLOWED);
                    nearest.truncate(MOST_FOLLOWED);
                    is_cut = true;
                }
            }
            for (rest, source) in nearest {
                let found = Reached { steps, below: node, is_settled: false };
                let known = reached.entry(source).or_insert(Reached { steps: u32::MAX, ..found });
                if steps < known.steps {
                    *known = found;
                    open.push(Reverse((rest.saturating_add(steps), source)));
                }
            }
        }
        (Vec::new(), is_cut)
    }

    /// Returns the edges from `root` to `target` by way of what was `reached`, the last first.
    fn edges_down(
        &self,
        root: NodeOrdinal,
        target: NodeOrdinal,
        reached: &FxHashMap<NodeOrdinal, Reached>,
    ) -> Vec<Edge> {
        let graph = self.session.graph();
        let mut way = Vec::new();
        let mut at = root;
        while at != target
            && let Some(&Reached { below: next, .. }) = reached.get(&at)
        {
            way.extend(strong_edge(graph, at, next));
            at = next;
        }
        way.reverse();
        way
    }
}

/// Returns the first edge from `source` to `target` that is not weak.
fn strong_edge(graph: &HeapGraph, source: NodeOrdinal, target: NodeOrdinal) -> Option<Edge> {
    graph.edges(source).find(|edge| edge.to == target && edge.kind != EdgeKind::Weak)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::open::tests::explore;

    const HEAP: &str = "root -> a b; a -> it; b -> c; c -> it; c -weak:w-> lost; lost -> it
        a: object A id=11; b: object B id=13; c: object C id=15; it: object It id=17";

    /// Returns the ids on the way to 17.
    fn way(ignore: &[u32]) -> (Vec<u32>, bool) {
        let ignore = ignore.iter().copied().map(ObjectId).collect();
        let found = explore(HEAP).path(&PathOf { id: ObjectId(17), ignore }).expect("there");
        (found.steps.iter().map(|step| step.node.id.0).collect(), found.gave_up)
    }

    #[test]
    fn the_way_goes_around_what_is_ignored() {
        assert_eq!(way(&[]), (vec![11, 17], false));
        assert_eq!(way(&[11]), (vec![13, 15, 17], false));
        assert_eq!(way(&[11, 15]), (vec![], false), "a weak reference holds nothing");
        assert_eq!(way(&[12345]), (vec![11, 17], false), "not there");
        assert_eq!(way(&[17]), (vec![], false));
    }

    #[test]
    fn of_many_references_the_nearest_are_followed() {
        let many = (0..5_000).map(|at| format!("near -x{at}y-> n{at}y; n{at}y -> it"));
        let many: Vec<_> = many.collect();
        let heap = format!(
            "root -> a hub; a -> it; hub -> far; far -> near; hub -> last
             a: object A id=70001; it: object It id=70003; hub: object Hub id=70005
             near: object Near id=70007; last: object Last id=70009\n{}\nlast -> it",
            many.join("\n")
        );
        let ignore = vec![ObjectId(70001)];
        let found = explore(&heap).path(&PathOf { id: ObjectId(70003), ignore }).expect("there");
        let ids: Vec<_> = found.steps.iter().map(|step| step.node.id.0).collect();
        assert_eq!((ids, found.gave_up), (vec![70005, 70009, 70003], false));
    }

    #[test]
    fn without_the_root_there_is_no_way_however_much_there_is_to_search() {
        let many = (0..40_000).map(|at| format!("n{at}y -> n{}y", at + 1));
        let many: Vec<_> = many.collect();
        let heap = format!("root -> n0y; root: synthetic \"\" id=70001\n{}", many.join("\n"));
        let explorer = explore(&heap);
        let id = explorer.session.graph().id(NodeOrdinal(40_001));
        let found = explorer.path(&PathOf { id, ignore: vec![ObjectId(70001)] }).expect("there");
        assert_eq!((found.steps.len(), found.gave_up), (0, false));
    }
}
