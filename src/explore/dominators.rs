//! The dominator tree from above.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{
    Explorer, FiguresOf, Order, Page,
    rows::{Containing, ObjectSort},
};
use crate::{
    analysis::{ClassOrdinal, NodeFigures},
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
    /// The class of those that are wanted: an index, as in the rows of classes.
    pub class: Option<u32>,
    /// Whether their classes are wanted in their place, by what they keep alive.
    pub by_class: bool,
    /// Which of them.
    pub page: Page,
}

/// What hangs below an object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DominatorsFound {
    /// The object itself.
    pub node: NodeFigures,
    /// How many rows there are.
    pub total: u64,
    /// Those of the page.
    pub rows: DominatorRows,
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

/// Objects below another, or their classes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum DominatorRows {
    /// Objects.
    Objects(Vec<DominatorRow>),
    /// Classes.
    Classes(Vec<ClassBelow>),
}

/// The objects of one class below another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassBelow {
    /// Stands for the class in this heap.
    pub class_id: u32,
    /// Its name, as in DevTools.
    pub class_name: String,
    /// How many there are.
    pub count: u64,
    /// Their own bytes.
    pub self_bytes: u64,
    /// Bytes that they keep alive.
    pub retained_bytes: u64,
    /// The object, where it is the only one.
    pub only: Option<DominatorRow>,
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

impl DominatorRows {
    /// Returns the number of objects that are in the rows, and the bytes that they keep alive.
    fn shown(&self) -> (u64, u64) {
        match self {
            Self::Objects(rows) => {
                let retained = rows.iter().map(|row| row.node.retained_bytes);
                (rows.len() as u64, retained.sum())
            }
            Self::Classes(rows) => rows.iter().fold((0, 0), |(count, retained), row| {
                (count + row.count, retained + row.retained_bytes)
            }),
        }
    }
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
        let classes = figures.readings.classes();
        let is_wanted = |node: &NodeOrdinal| {
            let class = classes.class_of(*node).0;
            query.class.is_none_or(|wanted| wanted == class)
                && class_fits.as_ref().is_none_or(|fits| fits[class as usize])
        };
        let children = measures.dominators.children(node).filter(is_wanted);
        let children: Column<u32> = children.map(|child| child.0).collect();
        let retained = children.iter().fold(0_u64, |sum, &child| {
            sum.saturating_add(measures.retained.retained(NodeOrdinal(child)))
        });
        let (total, rows) = if query.by_class {
            self.classes_below(&figures, &children, query)
        } else {
            self.objects_below(&figures, &children, query)
        };
        let (count, shown) = rows.shown();
        let others = Others {
            count: children.len() as u64 - count,
            retained_bytes: retained.saturating_sub(shown),
        };
        Some(DominatorsFound { node: figures.of(node), total, rows, others })
    }

    fn objects_below(
        &self,
        figures: &FiguresOf<'_>,
        children: &[u32],
        query: &DominatorsOf,
    ) -> (u64, DominatorRows) {
        let DominatorsOf { id, sort, order, filter, class, .. } = query;
        let name = || format!("dominators {id:?} {sort:?} {order:?} {class:?} {filter:?}");
        let selected = self.sorted.page(query.page, name, |add| {
            for &child in children {
                add(sort.key(*order, figures, NodeOrdinal(child)), child);
            }
        });
        let rows = selected.items.iter().map(|&child| self.row(figures, NodeOrdinal(child), query));
        (selected.total, DominatorRows::Objects(rows.collect()))
    }

    fn classes_below(
        &self,
        figures: &FiguresOf<'_>,
        children: &[u32],
        query: &DominatorsOf,
    ) -> (u64, DominatorRows) {
        let (measures, classes) = (&figures.measures, figures.readings.classes());
        // The number of objects, one of them, their own bytes and those that they keep alive.
        let mut sums: FxHashMap<ClassOrdinal, (u64, NodeOrdinal, u64, u64)> = FxHashMap::default();
        for &child in children {
            let child = NodeOrdinal(child);
            let (count, _, own, retained) =
                sums.entry(classes.class_of(child)).or_insert((0, child, 0, 0));
            *count += 1;
            *own += measures.self_size(child);
            *retained = retained.saturating_add(measures.retained.retained(child));
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        let order = query.order;
        sums.sort_unstable_by_key(|&(class, (.., own, retained))| {
            let by = if query.sort == ObjectSort::SelfBytes { own } else { retained };
            (order.key(by), class)
        });
        let rows = sums.iter().skip(query.page.offset).take(query.page.limit);
        let rows = rows.map(|&(class, (count, sample, self_bytes, retained_bytes))| ClassBelow {
            class_id: class.0,
            class_name: classes.rows()[class.0 as usize].name.clone(),
            count,
            self_bytes,
            retained_bytes,
            only: (count == 1).then(|| self.row(figures, sample, query)),
        });
        (sums.len() as u64, DominatorRows::Classes(rows.collect()))
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
            location: self.places().place(self.session.graph(), child),
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

    const CHILDREN_OF_ROOT: DominatorsOf = DominatorsOf {
        id: None,
        sort: ObjectSort::RetainedBytes,
        order: Order::Desc,
        filter: None,
        fold: true,
        class: None,
        by_class: false,
        page: Page { offset: 0, limit: 9 },
    };

    #[test]
    fn objects_below_another_are_told_by_class() {
        let explorer = explore(
            "root -> a b c d; a -> a2
             a: object A id=11; a2: object X id=13; b: object A id=15; c: object C id=17 size=99
             d: object D id=19 size=1",
        );
        let page = Page { offset: 0, limit: 2 };
        let query = DominatorsOf { by_class: true, page, ..CHILDREN_OF_ROOT };
        let found = explorer.dominators(&query).expect("the root is there");
        let DominatorRows::Classes(rows) = &found.rows else { panic!("classes") };
        let figures: Vec<_> = rows
            .iter()
            .map(|row| {
                let only = row.only.as_ref().map(|only| only.node.id.0);
                (&*row.class_name, row.count, row.self_bytes, row.retained_bytes, only)
            })
            .collect();
        assert_eq!(figures, [("C", 1, 99, 99, Some(17)), ("A", 2, 32, 48, None)]);
        assert_eq!((found.total, found.others), (3, Others { count: 1, retained_bytes: 1 }));
        let query = DominatorsOf { class: Some(rows[1].class_id), ..CHILDREN_OF_ROOT };
        let found = explorer.dominators(&query).expect("the root is there");
        let DominatorRows::Objects(rows) = &found.rows else { panic!("objects") };
        let ids: Vec<_> = rows.iter().map(|row| row.node.id.0).collect();
        assert_eq!((ids, found.total), (vec![11, 15], 2));
    }

    #[test]
    fn chains_are_folded_and_the_rest_is_one_row() {
        let explorer = explore(
            "root -> a b c; a -> a2; a2 -> a3; a3 -> x y; b -> b2
             a: object A id=11; a3: object A id=13; b: object B id=15 size=8; b2: object B id=17
             c: object C id=19 size=8",
        );
        let ask = |fold, limit| {
            let page = Page { offset: 0, limit };
            let query = DominatorsOf { fold, page, ..CHILDREN_OF_ROOT };
            let found = explorer.dominators(&query).expect("the root is there");
            let DominatorRows::Objects(rows) = found.rows.clone() else { panic!("objects") };
            (found, rows)
        };
        let (found, rows) = ask(true, 2);
        let rows: Vec<_> = rows
            .iter()
            .map(|row| (row.node.id.0, row.folded, row.end_id.0, row.has_children))
            .collect();
        assert_eq!(rows, [(11, 2, 13, true), (15, 1, 17, false)]);
        assert_eq!(found.others, Others { count: 1, retained_bytes: 8 });
        assert_eq!((found.total, found.node.retained_bytes), (3, 80 + 24 + 8));
        let (found, rows) = ask(false, 9);
        assert_eq!((rows[0].folded, rows[0].end_id.0), (0, 11));
        assert_eq!(found.others, Others::default());
    }
}
