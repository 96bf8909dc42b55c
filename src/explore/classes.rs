//! The Summary view of DevTools.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Explorer, Order, Page, Rows, only::Only, rows::Containing};
use crate::{
    analysis::{Class, class_counts},
    report::{CreatedIn, SourceLocation},
    session::Policy,
    units::NodeOrdinal,
};

/// Asks for classes.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClassesOf {
    /// What they are sorted by.
    pub sort: ClassSort,
    /// In which order.
    pub order: Order,
    /// What their name contains.
    pub filter: Option<String>,
    /// Which objects count.
    pub only: Only,
    /// Whether retained sizes and distances are wanted; without them, the answer does not wait
    /// for dominators.
    pub retained: bool,
    /// Which of the classes.
    pub page: Page,
}

/// What classes are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClassSort {
    /// The bytes that their objects keep alive.
    RetainedBytes,
    /// The objects' own bytes.
    SelfBytes,
    /// The number of objects.
    Count,
    /// The distance of the nearest; unknown ones last.
    Distance,
    /// The class name.
    Name,
}

/// A class.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassRow {
    /// Stands for the class in this heap.
    pub class_id: u32,
    /// Its name, as in DevTools.
    pub class_name: String,
    /// V8's type.
    pub kind: &'static str,
    /// Where it is in the source, where objects say so; `None` when retained sizes were not asked.
    pub location: Option<SourceLocation>,
    /// The number of objects.
    pub count: u64,
    /// Their own bytes.
    pub self_bytes: u64,
    /// Bytes that they keep alive; `None` when that was not asked.
    pub retained_bytes: Option<u64>,
    /// Of the nearest; `None` when that was not asked, too.
    pub distance: Option<u32>,
    /// Where most of its objects were allocated, if stacks were recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_in: Option<CreatedIn>,
}

impl Explorer {
    pub(super) fn classes(&self, query: &ClassesOf) -> Rows<ClassRow> {
        let readings = self.session.readings();
        let classes = readings.classes().rows();
        let containing =
            query.filter.as_ref().map(|text| Containing::new(self.session.graph(), text));
        let is_wanted = |class: &Class| containing.as_ref().is_none_or(|it| it.is_in(&class.name));
        let row = |class: u32, count, self_bytes| {
            let Class { name, kind, .. } = &classes[class as usize];
            ClassRow {
                class_id: class,
                class_name: name.clone(),
                kind: kind.name(),
                location: None,
                count,
                self_bytes,
                retained_bytes: None,
                distance: None,
                created_in: None,
            }
        };
        let mut rows: Vec<ClassRow> = if query.retained || query.only != Only::All {
            let totals = self.class_totals(query.only);
            let wanted = totals.iter().filter(|row| is_wanted(&classes[row.class.0 as usize]));
            let rows = wanted.map(|totals| ClassRow {
                retained_bytes: Some(totals.retained_bytes),
                distance: totals.distance,
                ..row(totals.class.0, totals.count, totals.self_bytes)
            });
            rows.collect()
        } else {
            let counts = self.class_counts();
            let all = (0..).zip(&*counts).zip(classes);
            let wanted = all.filter(|((_, (count, _)), class)| *count > 0 && is_wanted(class));
            wanted.map(|((class, &(count, bytes)), _)| row(class, count, bytes)).collect()
        };
        let order = query.order;
        rows.sort_by(|a, b| {
            let ordering = match query.sort {
                ClassSort::RetainedBytes => order.compare(&a.retained_bytes, &b.retained_bytes),
                ClassSort::SelfBytes => order.compare(&a.self_bytes, &b.self_bytes),
                ClassSort::Count => order.compare(&a.count, &b.count),
                ClassSort::Name => order.compare(&a.class_name, &b.class_name),
                ClassSort::Distance => match (a.distance, b.distance) {
                    (Some(a), Some(b)) => order.compare(&a, &b),
                    (a, b) => b.is_some().cmp(&a.is_some()),
                },
            };
            ordering.then(b.self_bytes.cmp(&a.self_bytes)).then(a.class_id.cmp(&b.class_id))
        });
        let mut page = Rows::of(&rows, query.page, Clone::clone);
        if query.retained {
            self.locate(&mut page.rows);
        }
        if let Some(creator_of) = self.class_creators(query.only) {
            for row in &mut page.rows {
                row.created_in = creator_of(row.class_id);
            }
        }
        page
    }

    /// Returns the number and the own bytes of the objects of each class.
    pub(super) fn class_counts(&self) -> Arc<Vec<(u64, u64)>> {
        let readings = self.session.readings();
        self.counts.get(Policy::Keep, || {
            class_counts(self.session.graph().self_sizes(), readings.classes())
        })
    }

    /// Fills in where classes are in the source.
    fn locate(&self, rows: &mut [ClassRow]) {
        let readings = self.session.readings();
        let classes = readings.classes();
        let is_located =
            |row: &&mut ClassRow| classes.rows()[row.class_id as usize].location.is_some();
        let wanted: Vec<&mut ClassRow> = rows.iter_mut().filter(is_located).collect();
        if wanted.is_empty() {
            return;
        }
        let mut examples: rustc_hash::FxHashMap<u32, Option<NodeOrdinal>> =
            wanted.iter().map(|row| (row.class_id, None)).collect();
        let mut missing = examples.len();
        for (node, _) in self.session.graph().locations().iter() {
            if let Some(example @ None) = examples.get_mut(&classes.class_of(node).0) {
                *example = Some(node);
                missing -= 1;
                if missing == 0 {
                    break;
                }
            }
        }
        let places = self.places();
        let place = |node| places.place(self.session.graph(), node);
        for row in wanted {
            row.location = examples[&row.class_id].and_then(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::open::tests::explore;

    const HEAP: &str = "root -> app; app -> a b scope; scope -> c; c -> d
        app: object App; a: object Item; b: object Item; c: object Item size=40; d: object Part
        scope: object \"system / Context\" size=24";

    fn ask(sort: ClassSort, order: Order, only: Only, retained: bool) -> Vec<(String, u64, u64)> {
        let page = Page { offset: 0, limit: 3 };
        let query = ClassesOf { sort, order, filter: None, only, retained, page };
        let rows = explore(HEAP).classes(&query);
        rows.rows.into_iter().map(|row| (row.class_name, row.count, row.self_bytes)).collect()
    }

    #[test]
    fn classes_are_sorted_by_any_figure_with_or_without_dominators() {
        let row = |name: &str, count, bytes| (name.to_owned(), count, bytes);
        for retained in [true, false] {
            let by = |sort, order| ask(sort, order, Only::All, retained);
            assert_eq!(by(ClassSort::Count, Order::Desc)[0], row("Item", 3, 72));
            assert_eq!(by(ClassSort::SelfBytes, Order::Desc)[0], row("Item", 3, 72));
            assert_eq!(by(ClassSort::Name, Order::Asc)[0], row("App", 1, 16));
        }
        let by_retained = ask(ClassSort::RetainedBytes, Order::Desc, Only::All, true);
        assert_eq!(by_retained[0], row("App", 1, 16));
    }

    #[test]
    fn a_set_of_objects_counts_alone() {
        let rows = ask(ClassSort::Count, Order::Desc, Only::Contexts, true);
        let names: Vec<_> = rows.iter().map(|(name, count, _)| (&**name, *count)).collect();
        assert!(names.contains(&("Item", 1)) && names.contains(&("Part", 1)), "{names:?}");
    }

    #[test]
    fn a_filter_narrows_the_total() {
        let query = ClassesOf {
            sort: ClassSort::Name,
            order: Order::Asc,
            filter: Some("ITEM".to_owned()),
            only: Only::All,
            retained: false,
            page: Page { offset: 0, limit: 9 },
        };
        let Rows { total, rows } = explore(HEAP).classes(&query);
        assert_eq!((total, rows[0].retained_bytes), (1, None), "unknown is not 0");
    }
}
