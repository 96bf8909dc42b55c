//! The dominator tree from above.

use serde::{Deserialize, Serialize};

use super::{
    Explorer, FiguresOf, Order, Page,
    rows::{Containing, ObjectSort},
};
use crate::{
    analysis::NodeFigures,
    column::Column,
    report::SourceLocation,
    units::{NodeOrdinal, ObjectId},
};

/// Objects of a chain that are passed over at most: a list can be as long as the heap.
const MOST_FOLDED: u32 = 100_000;

/// Asks for what hangs directly below an object.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DominatorsOf {
    /// V8's id of the object; the root without one.
    pub id: Option<ObjectId>,
    /// What they are sorted by.
    pub sort: ObjectSort,
    /// In which order.
    pub order: Order,
    /// What their class contains.
    pub filter: Option<String>,
    /// Whether an object that holds a single other gives its place to that.
    pub fold: bool,
    /// Which of them.
    pub page: Page,
}

/// What hangs below an object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DominatorsFound {
    /// The object itself.
    pub node: NodeFigures,
    /// How many hang below it.
    pub total: u64,
    /// Those of the page.
    pub rows: Vec<DominatorRow>,
    /// The others, as one.
    pub others: Others,
}

/// An object below another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DominatorRow {
    /// The object.
    #[serde(flatten)]
    pub node: NodeFigures,
    /// Where its class or function is.
    pub location: Option<SourceLocation>,
    /// The objects of a chain that this one stands for.
    pub folded: u32,
    /// V8's id of the last object of the chain, whose children are worth a look.
    pub end_id: ObjectId,
    /// Whether anything hangs below that.
    pub has_children: bool,
}

/// The objects that are not shown one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Others {
    /// The number of objects.
    pub count: u64,
    /// Bytes that they keep alive.
    pub retained_bytes: u64,
}

impl Explorer {
    pub(super) fn dominators(&self, query: &DominatorsOf) -> Option<DominatorsFound> {
        let figures = self.figures();
        let graph = self.session.graph();
        let node = match query.id {
            Some(id) => self.node(id)?,
            None => graph.root(),
        };
        let measures = &figures.measures;
        let containing = query.filter.as_ref().map(|text| Containing::new(graph, text));
        let class_fits: Option<Vec<bool>> = containing.map(|containing| {
            let classes = figures.readings.classes().rows();
            classes.iter().map(|class| containing.is_in(&class.name)).collect()
        });
        let is_wanted = |node: &NodeOrdinal| {
            let class = figures.readings.classes().class_of(*node);
            class_fits.as_ref().is_none_or(|fits| fits[class.0 as usize])
        };
        let children = measures.dominators.children(node).filter(is_wanted);
        let children: Column<u32> = children.map(|child| child.0).collect();
        let DominatorsOf { id, sort, order, filter, .. } = query;
        let name = || format!("dominators {id:?} {sort:?} {order:?} {filter:?}");
        let selected = self.sorted.page(query.page, name, |add| {
            for &child in &*children {
                add(sort.key(*order, &figures, NodeOrdinal(child)), child);
            }
        });
        let retained = children.iter().fold(0_u64, |sum, &child| {
            sum.saturating_add(measures.retained.retained(NodeOrdinal(child)))
        });
        let places = self.places();
        let rows: Vec<_> = selected
            .items
            .iter()
            .map(|&child| {
                let child = NodeOrdinal(child);
                DominatorRow {
                    location: places.place(graph, child),
                    ..self.row(&figures, child, query)
                }
            })
            .collect();
        let shown: u64 = rows.iter().map(|row| row.node.retained_bytes).sum();
        let others = Others {
            count: selected.total - rows.len() as u64,
            retained_bytes: retained.saturating_sub(shown),
        };
        Some(DominatorsFound { node: figures.of(node), total: selected.total, rows, others })
    }

    fn row(
        &self,
        figures: &FiguresOf<'_>,
        child: NodeOrdinal,
        query: &DominatorsOf,
    ) -> DominatorRow {
        let only = self.session.only_children();
        let dominators = &figures.measures.dominators;
        let (mut end, mut folded) = (child, 0);
        while query.fold
            && folded < MOST_FOLDED
            && let Some(next) = dominators.only_child(&only, end)
        {
            end = next;
            folded += 1;
        }
        DominatorRow {
            node: figures.of(child),
            location: None,
            folded,
            end_id: self.session.graph().id(end),
            has_children: dominators.has_children(&only, end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::open::tests::explore;

    #[test]
    fn chains_are_folded_and_the_rest_is_one_row() {
        let explorer = explore(
            "root -> a b c; a -> a2; a2 -> a3; a3 -> x y; b -> b2
             a: object A id=11; a3: object A id=13; b: object B id=15 size=8; b2: object B id=17
             c: object C id=19 size=8",
        );
        let ask = |fold, limit| {
            let query = DominatorsOf {
                id: None,
                sort: ObjectSort::RetainedBytes,
                order: Order::Desc,
                filter: None,
                fold,
                page: Page { offset: 0, limit },
            };
            explorer.dominators(&query).expect("the root is there")
        };
        let found = ask(true, 2);
        let rows: Vec<_> = found
            .rows
            .iter()
            .map(|row| (row.node.id.0, row.folded, row.end_id.0, row.has_children))
            .collect();
        assert_eq!(rows, [(11, 2, 13, true), (15, 1, 17, false)]);
        assert_eq!(found.others, Others { count: 1, retained_bytes: 8 });
        assert_eq!((found.total, found.node.retained_bytes), (3, 80 + 24 + 8));
        let found = ask(false, 9);
        assert_eq!((found.rows[0].folded, found.rows[0].end_id.0), (0, 11));
        assert_eq!(found.others, Others::default());
    }
}
