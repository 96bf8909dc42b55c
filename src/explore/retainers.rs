//! The references to an object.

use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::{
    Explorer, Order, Page, Rows,
    only::reached_without,
    rows::{Containing, ReferenceRow},
};
use crate::{
    analysis::step,
    bits::BitSet,
    graph::{Edge, Edges, HeapGraph},
    units::{NodeOrdinal, ObjectId},
};

/// Asks for the references to an object.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetainersOf {
    /// V8's id of the object.
    pub id: ObjectId,
    /// What they are sorted by.
    pub sort: RetainerSort,
    /// In which order.
    pub order: Order,
    /// What the name of the object that refers contains.
    pub filter: Option<String>,
    /// Whether weak references are listed.
    pub weak: bool,
    /// Ids of objects that are left out, and through which nothing is held.
    pub ignore: Vec<ObjectId>,
    /// Which of them.
    pub page: Page,
}

/// What references are sorted by; weak ones come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RetainerSort {
    /// The distance of the object that refers; those that nothing leads to last.
    Distance,
    /// The bytes that it keeps alive.
    RetainedBytes,
    /// Its own bytes.
    SelfBytes,
    /// V8's id.
    Id,
}

/// A reference to an object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RetainerRow {
    /// The reference, and the object that has it.
    #[serde(flatten)]
    pub reference: ReferenceRow,
    /// Whether something leads from the root to that object other than through those ignored;
    /// only said where some are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_held: Option<bool>,
}

/// What can be reached around the objects ignored last.
#[derive(Debug, Default)]
pub(super) struct Around(Mutex<Option<(Vec<NodeOrdinal>, Arc<BitSet>)>>);

impl Explorer {
    /// Returns what can be reached other than through the objects `ignored`.
    fn reached_around(&self, ignored: &[NodeOrdinal]) -> Arc<BitSet> {
        let known = self.around.0.lock().clone();
        if let Some((of, reached)) = known
            && of == ignored
        {
            return reached;
        }
        let is_ignored: FxHashSet<u32> = ignored.iter().map(|node| node.0).collect();
        let refused = |_, _, to: NodeOrdinal| is_ignored.contains(&to.0);
        let reached = Arc::new(reached_without(self.session.graph(), &refused));
        *self.around.0.lock() = Some((ignored.to_vec(), Arc::clone(&reached)));
        reached
    }

    pub(super) fn retainers(&self, query: &RetainersOf) -> Option<Rows<RetainerRow>> {
        let target = self.node(query.id)?;
        let (graph, figures) = (self.session.graph(), self.figures());
        let retainers = self.session.retainers();
        let measures = &figures.measures;
        let ignored = self.nodes(&query.ignore);
        let reached = (!ignored.is_empty()).then(|| self.reached_around(&ignored));
        let is_held = |node: NodeOrdinal| reached.as_ref().map(|it| it.contains(node.index()));
        // Sizes and ids leave room for two bits.
        let last = |is_weak: bool, node| {
            u64::from(is_weak) << 62 | u64::from(is_held(node) == Some(false)) << 63
        };
        let key = |is_weak, node| {
            let value = match query.sort {
                RetainerSort::Distance => {
                    let distance = measures.distances.get(node);
                    distance.map_or(u64::MAX, |distance| query.order.key(u64::from(distance)))
                }
                RetainerSort::RetainedBytes => query.order.key(measures.retained.retained(node)),
                RetainerSort::SelfBytes => query.order.key(measures.self_size(node)),
                RetainerSort::Id => query.order.key(u64::from(graph.id(node).0)),
            };
            value >> 2 | last(is_weak, node)
        };
        let mut containing = query.filter.as_ref().map(|text| Containing::new(graph, text));
        let RetainersOf { id, sort, order, filter, weak, ignore, .. } = query;
        let name = || format!("retainers {id:?} {sort:?} {order:?} {filter:?} {weak} {ignore:?}");
        let selected = self.sorted.page(query.page, name, |add| {
            for (position, (is_weak, node)) in (0..).zip(retainers.of_node(target)) {
                if (*weak || !is_weak)
                    && ignored.binary_search(&node).is_err()
                    && containing.as_mut().is_none_or(|it| it.is_in_node(node))
                {
                    add(key(is_weak, node), position);
                }
            }
        });
        let mut wanted: Vec<_> = selected.items.iter().copied().enumerate().collect();
        wanted.sort_unstable_by_key(|&(_, position)| position);
        let mut wanted = wanted.into_iter().peekable();
        let mut edges = EdgesTo { graph, target, at: None };
        let mut rows: Vec<(usize, Option<RetainerRow>)> = Vec::new();
        for (position, (_, source)) in (0..).zip(retainers.of_node(target)) {
            if wanted.peek().is_none() {
                break;
            }
            edges.come_to(source);
            if let Some((place, _)) = wanted.next_if(|&(_, wanted)| wanted == position) {
                let row = edges.current().map(|edge| RetainerRow {
                    reference: reference_row(self, source, edge, &figures),
                    is_held: is_held(source),
                });
                rows.push((place, row));
            }
        }
        rows.sort_unstable_by_key(|&(place, _)| place);
        let rows = rows.into_iter().filter_map(|(_, row)| row).collect();
        Some(Rows { total: selected.total, rows })
    }
}

/// The edges to one node, of one source after the other. A table may refer to `undefined` from
/// every slot; its edges are then gone through once.
struct EdgesTo<'a> {
    graph: &'a HeapGraph,
    target: NodeOrdinal,
    /// The source, its edges from the next on, and how many of those to the target to skip.
    at: Option<(NodeOrdinal, Edges<'a>, usize)>,
}

impl EdgesTo<'_> {
    /// Goes on to the next edge to the target, which is one of `source`.
    fn come_to(&mut self, source: NodeOrdinal) {
        match &mut self.at {
            Some((of, _, skipped)) if *of == source => *skipped = skipped.wrapping_add(1),
            at => *at = Some((source, self.graph.edges(source), 0)),
        }
    }

    /// Returns that edge; once.
    fn current(&mut self) -> Option<Edge> {
        let target = self.target;
        let (_, edges, skipped) = self.at.as_mut()?;
        let edge = edges.filter(|edge| edge.to == target).nth(*skipped);
        // The edges behind are not seen again.
        *skipped = usize::MAX;
        edge
    }
}

/// Returns the reference `edge` with the figures of `node`.
pub(super) fn reference_row(
    explorer: &Explorer,
    node: NodeOrdinal,
    edge: Edge,
    figures: &super::FiguresOf<'_>,
) -> ReferenceRow {
    let step = step(explorer.session.graph(), node, edge, |node| figures.of(node));
    ReferenceRow { edge: step.edge, node: step.node }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::open::tests::explore;

    const TO_99: RetainersOf = RetainersOf {
        id: ObjectId(99),
        sort: RetainerSort::Distance,
        order: Order::Asc,
        filter: None,
        weak: true,
        ignore: Vec::new(),
        page: Page { offset: 0, limit: 9 },
    };

    #[test]
    fn references_come_nearest_first_and_weak_ones_last() {
        let explorer = explore(
            "root -> far near; far -> mid; mid -x-> it; mid -y-> it; near -weak:w-> it
             near -z-> it; it: object It id=99; lost -l-> it",
        );
        let ask = |query: &RetainersOf| {
            let Rows { total, rows } = explorer.retainers(query).expect("there");
            let names = rows.into_iter().map(|row| row.reference.edge.name).collect::<Vec<_>>();
            (total, names.concat())
        };
        assert_eq!(ask(&TO_99), (5, "zxylw".to_owned()));
        assert_eq!(ask(&RetainersOf { weak: false, ..TO_99 }), (4, "zxyl".to_owned()));
        let page = Page { offset: 2, limit: 1 };
        assert_eq!(ask(&RetainersOf { page, ..TO_99 }), (5, "y".to_owned()));
        let filter = Some("MID".to_owned());
        assert_eq!(ask(&RetainersOf { filter, ..TO_99 }), (2, "xy".to_owned()));
        assert_eq!(explorer.retainers(&RetainersOf { id: ObjectId(4), ..TO_99 }), None);
    }

    #[test]
    fn what_holds_nothing_without_the_ignored_comes_last() {
        let explorer = explore(
            "root -> a b; a -> c; c -x-> it; b -y-> it; b -> d; d -z-> it; a -v-> it
             a: object A id=11; b: object B id=13; c: object C id=15; d: object D id=17
             it: object It id=99",
        );
        let ask = |ignore: &[u32]| {
            let ignore = ignore.iter().copied().map(ObjectId).collect();
            let query = RetainersOf { ignore, ..TO_99 };
            let Rows { total, rows } = explorer.retainers(&query).expect("there");
            let rows = rows.into_iter().map(|row| (row.reference.edge.name, row.is_held));
            (total, rows.collect::<Vec<_>>())
        };
        let row = |name: &str, held| (name.to_owned(), held);
        let all = ask(&[]);
        assert_eq!((all.0, &all.1[0]), (4, &row("v", None)));
        let held = Some(true);
        let found = ask(&[11]);
        assert_eq!(found, (3, vec![row("y", held), row("z", held), row("x", Some(false))]));
        let found = ask(&[13, 11]);
        assert_eq!(found, (2, vec![row("x", Some(false)), row("z", Some(false))]));
    }
}
