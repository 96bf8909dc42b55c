//! A search for classes, holders and objects.
//!
//! `lib/heap-expression.js` reads what people type (`class:Session retained>1MB in:sessions`);
//! here it arrives in parts.

use serde::{Deserialize, Serialize};

use super::{
    Explorer, Order, Page, Rows,
    classes::{ClassRow, ClassSort, ClassesOf},
    holders::HolderSort,
    instances::HeldRow,
    only::Only,
    rows::{Containing, ObjectSort, marked_below},
};
use crate::{
    analysis::{Class, NodeFigures},
    units::{NodeOrdinal, ObjectId},
};

/// What is searched for: all parts that are given must fit.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wanted {
    /// V8's ids of objects.
    pub ids: Vec<ObjectId>,
    /// Texts that a class, a name on the way to a holder, or its file contains.
    pub words: Vec<String>,
    /// The name of the class.
    pub class: Option<String>,
    /// What V8's name of the object contains.
    pub name: Option<String>,
    /// V8's type of the object.
    pub kind: Option<String>,
    /// What a name or file on the path to the object contains.
    pub within: Option<String>,
    /// Limits of figures.
    pub bounds: Vec<Bound>,
}

/// A limit of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bound {
    /// The figure.
    pub of: Figure,
    /// It must be at least this.
    pub min: Option<u64>,
    /// It must be at most this.
    pub max: Option<u64>,
}

/// A figure of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Figure {
    /// The bytes that it keeps alive.
    Retained,
    /// Its own bytes.
    SelfSize,
    /// References from a root.
    Distance,
}

/// A search.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Find {
    /// What for.
    pub wanted: Wanted,
    /// What objects are sorted by.
    pub sort: ObjectSort,
    /// In which order.
    pub order: Order,
    /// The only list that is wanted.
    pub list: Option<FindList>,
    /// Which rows of each list.
    pub page: Page,
}

/// A list of what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FindList {
    /// Classes.
    Classes,
    /// Branches of the name tree.
    Holders,
    /// Objects.
    Objects,
}

/// One list, or all.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum FindAnswer {
    All(Found),
    Classes(Rows<ClassRow>),
    Holders(Rows<HeldRow>),
    Objects(Rows<NodeFigures>),
}

/// What a search found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// Objects; none are looked for where only words are given.
    pub objects: Rows<NodeFigures>,
    /// Classes whose name has all words.
    pub classes: Rows<ClassRow>,
    /// Branches of the name tree whose own name, class or file has all words.
    pub holders: Rows<HeldRow>,
}

impl Wanted {
    fn asks_for_objects(&self) -> bool {
        let Self { ids, class, name, kind, within, bounds, .. } = self;
        let texts = [class, name, kind, within];
        !ids.is_empty() || !bounds.is_empty() || texts.iter().any(|text| text.is_some())
    }
}

impl Explorer {
    pub(super) fn find(&self, query: &Find) -> FindAnswer {
        let Find { wanted, page, .. } = query;
        let (classes, holders) =
            (|| self.find_classes(wanted, *page), || self.find_holders(wanted, *page));
        match query.list {
            Some(FindList::Classes) => FindAnswer::Classes(classes()),
            Some(FindList::Holders) => FindAnswer::Holders(holders()),
            Some(FindList::Objects) => FindAnswer::Objects(self.find_objects(query)),
            None if wanted.asks_for_objects() => FindAnswer::All(Found {
                objects: self.find_objects(query),
                classes: none_of(),
                holders: none_of(),
            }),
            None => FindAnswer::All(Found {
                objects: none_of(),
                classes: classes(),
                holders: holders(),
            }),
        }
    }

    /// Finds classes by words, and by the name that is given; other parts are about objects.
    fn find_classes(&self, wanted: &Wanted, page: Page) -> Rows<ClassRow> {
        let exact = wanted.class.as_ref();
        let words: Vec<&String> = wanted.words.iter().chain(exact).collect();
        let Some((&first, more)) = words.split_first() else { return none_of() };
        let all = ClassesOf {
            sort: ClassSort::RetainedBytes,
            order: Order::Desc,
            filter: Some(first.clone()),
            only: Only::All,
            retained: true,
            page: Page { offset: 0, limit: usize::MAX },
        };
        let graph = self.session.graph();
        let more: Vec<_> = more.iter().map(|word| Containing::new(graph, word)).collect();
        let mut rows = self.classes(&all).rows;
        rows.retain(|row| {
            more.iter().all(|word| word.is_in(&row.class_name))
                && exact.is_none_or(|name| *name == row.class_name)
        });
        Rows::of(&rows, page, Clone::clone)
    }

    /// Finds branches by words, and by what the path contains; other parts are about objects.
    fn find_holders(&self, wanted: &Wanted, page: Page) -> Rows<HeldRow> {
        let words: Vec<_> = wanted.words.iter().chain(&wanted.within).cloned().collect();
        if words.is_empty() {
            return none_of();
        }
        let book = self.book();
        let guide = self.guide(&book);
        let nodes = book.tree().nodes();
        let (spelled, words) = (self.spelled(), lower(&words));
        let mut found: Vec<u32> = (0..nodes.len() as u32)
            .filter(|&at| is_named(&spelled[at as usize], &words) && guide.branch_of(at) == at)
            .collect();
        self.sort_branches(&guide, &mut found, HolderSort::HeldBytes, Order::Desc);
        Rows::of(&found, page, |&at| HeldRow {
            objects: u64::from(nodes[at as usize].count),
            object_bytes: nodes[at as usize].self_bytes,
            holder: self.holder_row(&guide, at),
            path: self.labels_to(&guide, at),
            created_in: None,
        })
    }

    fn find_objects(&self, query: &Find) -> Rows<NodeFigures> {
        let Find { wanted, sort, order, page, .. } = query;
        let (graph, figures) = (self.session.graph(), self.figures());
        let (classes, measures) = (figures.readings.classes(), &figures.measures);
        let words: Vec<_> = wanted.words.iter().map(|word| Containing::new(graph, word)).collect();
        let is_any = wanted.class.is_none() && words.is_empty();
        let class_fits = |class: &Class| {
            wanted.class.as_ref().is_none_or(|name| *name == class.name)
                && words.iter().all(|word| word.is_in(&class.name))
        };
        let class_fits: Vec<bool> = classes.rows().iter().map(class_fits).collect();
        let book = wanted.within.as_ref().map(|_| self.book());
        let within = wanted.within.as_ref().zip(book.as_ref()).map(|(text, book)| {
            let (spelled, text) = (self.spelled(), [text.to_lowercase()]);
            let fits = |at: u32| is_named(&spelled[at as usize], &text);
            (marked_below(book.tree().nodes(), fits), book.tree())
        });
        let mut name = wanted.name.as_ref().map(|name| Containing::new(graph, name));
        let limits = [Figure::Retained, Figure::SelfSize, Figure::Distance]
            .map(|figure| Limits::of(&wanted.bounds, figure));
        let [retained, own, far] = limits;
        let is_within = |node: NodeOrdinal| {
            retained.is_none_or(|it| it.hold(measures.retained.retained(node)))
                && own.is_none_or(|it| it.hold(measures.self_size(node)))
                && far.is_none_or(|it| {
                    measures.distances.get(node).is_some_and(|distance| it.hold(distance.into()))
                })
        };
        let ids: rustc_hash::FxHashSet<_> = wanted.ids.iter().copied().collect();
        let key = format!("find {query:?}");
        let selected = self.sorted.page(
            *page,
            || key,
            |add| {
                for node in graph.ordinals() {
                    let is_found = is_within(node)
                        && (is_any || class_fits[classes.class_of(node).0 as usize])
                        && (ids.is_empty() || ids.contains(&graph.id(node)))
                        && wanted.kind.as_ref().is_none_or(|kind| *kind == graph.kind(node).name())
                        && within
                            .as_ref()
                            .is_none_or(|(inside, tree)| inside[tree.node_of(node) as usize])
                        && name.as_mut().is_none_or(|name| name.is_in_node(node));
                    if is_found {
                        add(sort.key(*order, &figures, node), node.0);
                    }
                }
            },
        );
        Rows::selected(selected, |node| figures.of(NodeOrdinal(node)))
    }
}

/// All limits of one figure.
#[derive(Clone, Copy)]
struct Limits {
    min: u64,
    max: u64,
}

impl Limits {
    /// Returns those that `bounds` set to `figure`, if any.
    fn of(bounds: &[Bound], figure: Figure) -> Option<Self> {
        let bounds = bounds.iter().filter(|bound| bound.of == figure);
        bounds.fold(None, |limits: Option<Self>, bound| {
            let Self { min, max } = limits.unwrap_or(Self { min: 0, max: u64::MAX });
            let (low, high) = (bound.min.unwrap_or(0), bound.max.unwrap_or(u64::MAX));
            Some(Self { min: min.max(low), max: max.min(high) })
        })
    }

    fn hold(self, value: u64) -> bool {
        (self.min..=self.max).contains(&value)
    }
}

fn lower(words: &[String]) -> Vec<String> {
    words.iter().map(|word| word.to_lowercase()).collect()
}

/// Whether what is `spelled` has all `words`.
fn is_named(spelled: &str, words: &[String]) -> bool {
    words.iter().all(|word| spelled.contains(word.as_str()))
}

fn none_of<T>() -> Rows<T> {
    Rows { total: 0, rows: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::open::tests::{PROGRAM, explore};

    fn find(wanted: Wanted) -> Found {
        let page = Page { offset: 0, limit: 9 };
        let query = Find { wanted, sort: ObjectSort::Id, order: Order::Asc, list: None, page };
        match explore(PROGRAM).find(&query) {
            FindAnswer::All(found) => found,
            one => panic!("{one:?}"),
        }
    }

    #[test]
    fn one_list_has_a_page_of_its_own() {
        let ask = |list, wanted: Wanted, offset| {
            let page = Page { offset, limit: 1 };
            let (sort, order) = (ObjectSort::Id, Order::Asc);
            explore(PROGRAM).find(&Find { wanted, sort, order, list: Some(list), page })
        };
        let words = || Wanted { words: vec!["session".to_owned()], ..Wanted::default() };
        let FindAnswer::Objects(rows) = ask(FindList::Objects, words(), 1) else {
            panic!("objects were asked for")
        };
        assert_eq!((rows.total, rows.rows[0].id.0), (4, 103), "of classes called so");
        let FindAnswer::Holders(rows) = ask(FindList::Holders, words(), 1) else {
            panic!("holders were asked for")
        };
        let all = find(words()).holders;
        assert_eq!((rows.total, &rows.rows[0]), (all.total, &all.rows[1]));
        let class = Wanted { class: Some("Sess".to_owned()), ..Wanted::default() };
        let FindAnswer::Classes(rows) = ask(FindList::Classes, class, 0) else {
            panic!("classes were asked for")
        };
        assert_eq!(rows.total, 0, "a class is given by its whole name");
    }

    fn ids(wanted: Wanted) -> Vec<u32> {
        find(wanted).objects.rows.iter().map(|row| row.id.0).collect()
    }

    #[test]
    fn words_find_classes_and_holders() {
        let found = find(Wanted { words: vec!["SESSION".to_owned()], ..Wanted::default() });
        let classes: Vec<_> = found.classes.rows.iter().map(|row| &*row.class_name).collect();
        assert_eq!((classes, found.objects.total), (vec!["Session"], 0));
        let paths: Vec<_> = found.holders.rows.iter().map(|row| row.path.join(" ")).collect();
        assert!(paths.contains(&"module app/sessions.js sessions".to_owned()), "{paths:?}");
        let words = vec!["session".to_owned(), "nothing".to_owned()];
        let found = find(Wanted { words, ..Wanted::default() });
        assert_eq!((found.classes.total, found.holders.total), (0, 0));
    }

    #[test]
    fn objects_are_found_by_all_that_is_said_of_them() {
        let class = || Some("Session".to_owned());
        assert_eq!(ids(Wanted { class: class(), ..Wanted::default() }), [101, 103, 105, 107]);
        let bound = |of, min, max| vec![Bound { of, min, max }];
        let bounds = bound(Figure::Retained, Some(50), None);
        assert_eq!(ids(Wanted { class: class(), bounds, ..Wanted::default() }), [101, 103, 105]);
        let bounds = bound(Figure::SelfSize, None, Some(15));
        assert!(ids(Wanted { class: class(), bounds, ..Wanted::default() }).is_empty());
        let within = Some("last".to_owned());
        assert_eq!(ids(Wanted { class: class(), within, ..Wanted::default() }), [107]);
        let wanted = Wanted { ids: vec![ObjectId(103), ObjectId(4)], ..Wanted::default() };
        assert_eq!(ids(wanted), [103]);
        let (kind, name) = (Some("closure".to_owned()), Some("MAI".to_owned()));
        assert_eq!(find(Wanted { name, kind, ..Wanted::default() }).objects.total, 1);
        let name = Some("secret".to_owned());
        assert!(ids(Wanted { name, ..Wanted::default() }).is_empty(), "contents are no names");
    }
}
