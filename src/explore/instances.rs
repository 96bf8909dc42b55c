//! The objects of a class, as a list or by what holds them.

use std::{cell::RefCell, path::PathBuf, sync::Arc};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{
    Explorer, Follow, Order, Page, Rows,
    only::Only,
    recorded::Created,
    rows::{Containing, HolderRow, ObjectSort, marked_below},
};
use crate::{
    analysis::NodeFigures,
    error::Result,
    report::{AllocationStack, CreatedIn},
    units::NodeOrdinal,
};

/// Says which class is meant: by the number that a row of `classes` has, or by name, which
/// several may share.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WhichClass {
    /// `classId` of a row.
    pub class_id: Option<u32>,
    /// The name, as in DevTools.
    pub class_name: Option<String>,
}

/// Asks for the objects of a class.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Instances {
    /// Which class.
    pub class: WhichClass,
    /// What they are sorted by.
    pub sort: ObjectSort,
    /// In which order.
    pub order: Order,
    /// What their names contain: those of functions, for example.
    pub filter: Option<String>,
    /// Which objects count.
    pub only: Only,
    /// A file of the same process: objects that are in it, too, do not count.
    pub since: Option<PathBuf>,
    /// The branch of the name tree that they must be in, or below.
    pub holder: Option<String>,
    /// Whether branches of the name tree are listed in place of objects.
    pub by_holder: bool,
    /// Which of them.
    pub page: Page,
}

/// The objects found, and where they were allocated.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstancesFound {
    /// The objects, or what holds them.
    #[serde(flatten)]
    pub rows: InstanceRows,
    /// Where most of all of them were allocated, if stacks were recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_in: Option<CreatedIn>,
    /// The heaviest stacks of all of them, if stacks were recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stacks: Option<Vec<AllocationStack>>,
}

/// A page of the objects found, or of what holds them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum InstanceRows {
    /// One by one.
    Objects(Rows<InstanceRow>),
    /// By branch of the name tree.
    Holders(Rows<HeldRow>),
}

/// An object of a class.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceRow {
    /// Itself.
    #[serde(flatten)]
    pub node: NodeFigures,
    /// Where it was allocated, if its stack was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_in: Option<CreatedIn>,
}

/// Objects that one branch of the name tree has.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldRow {
    /// The branch.
    pub holder: HolderRow,
    /// The labels of the path to it, from its origin.
    pub path: Vec<String>,
    /// The objects in it.
    pub objects: u64,
    /// Their own bytes.
    pub object_bytes: u64,
    /// Where most of the objects of a class were allocated, if stacks were recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_in: Option<CreatedIn>,
}

impl Explorer {
    /// Returns which classes are meant, by class.
    pub(super) fn classes_meant(&self, class: &WhichClass) -> Vec<bool> {
        let readings = self.session.readings();
        let rows = (0..).zip(readings.classes().rows());
        let is_meant = |(at, row): (u32, &crate::analysis::Class)| {
            class.class_id.is_none_or(|id| id == at)
                && class.class_name.as_ref().is_none_or(|name| *name == row.name)
        };
        rows.map(is_meant).collect()
    }

    /// Returns the objects of the classes meant; as in the Summary, those without a size of
    /// their own do not count.
    pub(super) fn instances_of(&self, class: &WhichClass) -> impl Iterator<Item = NodeOrdinal> {
        let (meant, figures) = (self.classes_meant(class), self.figures());
        // Most often there is one, and a comparison is quicker than a table.
        let mut all = (0..).zip(&meant).filter(|(_, is_meant)| **is_meant).map(|(class, _)| class);
        let only = all.next().filter(|_| all.next().is_none());
        self.session.graph().ordinals().filter(move |&node| {
            let class = figures.readings.classes().class_of(node);
            only.map_or_else(|| meant[class.0 as usize], |only: u32| only == class.0)
                && figures.measures.self_size(node) > 0
        })
    }

    pub(super) fn instances(
        &self,
        query: &Instances,
        follows: &dyn Follow,
    ) -> Result<InstancesFound> {
        let since = query.since.as_ref();
        let changes = since.map(|path| self.changes_since(path, follows)).transpose()?;
        let (figures, members) = (self.figures(), self.members(query.only));
        let containing =
            query.filter.as_ref().map(|text| Containing::new(self.session.graph(), text));
        let containing = RefCell::new(containing);
        let branches = query.holder.as_ref().map(|key| self.branches_below(key));
        let book = branches.as_ref().map(|_| self.book());
        let is_wanted = |node: &NodeOrdinal| {
            members.as_ref().as_ref().is_none_or(|set| set.contains(node.index()))
                && changes.as_ref().is_none_or(|changes| changes.new.contains(node.index()))
                && branches
                    .as_ref()
                    .zip(book.as_ref())
                    .is_none_or(|(below, book)| below[book.tree().node_of(*node) as usize])
                && containing.borrow_mut().as_mut().is_none_or(|it| it.is_in_node(*node))
        };
        let meant = self.classes_meant(&query.class);
        let is_one = |node: NodeOrdinal| {
            meant[figures.readings.classes().class_of(node).0 as usize]
                && figures.measures.self_size(node) > 0
                && is_wanted(&node)
        };
        let wanted = self.instances_of(&query.class).filter(is_wanted);
        if query.by_holder {
            let (mut rows, branches) = self.by_holder(wanted, query.page);
            let book = self.book();
            let guide = self.guide(&book);
            let row_of = |node| branches.get(&guide.branch_of(book.tree().node_of(node))).copied();
            let created = self.created(is_one, rows.rows.len(), row_of);
            let Created { all: created_in, stacks, rows: of_rows } = created;
            for (row, created_in) in rows.rows.iter_mut().zip(of_rows) {
                row.created_in = created_in;
            }
            return Ok(InstancesFound { rows: InstanceRows::Holders(rows), created_in, stacks });
        }
        let Instances { class, sort, order, filter, only, holder, .. } = query;
        // The file may have changed since the list was sorted.
        let since = changes.as_ref().map(Arc::as_ptr);
        let name = || {
            format!(
                "instances {class:?} {sort:?} {order:?} {filter:?} {only:?} {since:?} {holder:?}"
            )
        };
        let selected = self.sorted.page(query.page, name, |add| {
            wanted.for_each(|node| add(sort.key(*order, &figures, node), node.0));
        });
        let row_of: FxHashMap<_, _> = selected.items.iter().copied().zip(0..).collect();
        let created = self.created(is_one, row_of.len(), |node| row_of.get(&node.0).copied());
        let mut rows = created.rows.into_iter();
        let rows = Rows::selected(selected, |node| InstanceRow {
            node: figures.of(NodeOrdinal(node)),
            created_in: rows.next().flatten(),
        });
        let rows = InstanceRows::Objects(rows);
        Ok(InstancesFound { rows, created_in: created.all, stacks: created.stacks })
    }

    /// Returns which tree nodes are the one with this `key`, or below it.
    pub(super) fn branches_below(&self, key: &str) -> Vec<bool> {
        let book = self.book();
        let root = self.branch_with(key);
        marked_below(book.tree().nodes(), |at| Some(at) == root)
    }

    /// Counts `nodes` by the branch that has them, those that have most bytes first. Returns the
    /// rows of the `page`, and which of them each branch is.
    fn by_holder(
        &self,
        nodes: impl Iterator<Item = NodeOrdinal>,
        page: Page,
    ) -> (Rows<HeldRow>, FxHashMap<u32, usize>) {
        let book = self.book();
        let (guide, graph) = (self.guide(&book), self.session.graph());
        let mut of = vec![(0_u64, 0_u64); book.tree().nodes().len()];
        for node in nodes {
            let (count, bytes) = &mut of[book.tree().node_of(node) as usize];
            *count += 1;
            *bytes += graph.self_size(node);
        }
        let mut branches: FxHashMap<u32, (u64, u64)> = FxHashMap::default();
        for (at, (more, more_bytes)) in (0..).zip(of).filter(|(_, (count, _))| *count > 0) {
            let (count, bytes) = branches.entry(guide.branch_of(at)).or_default();
            *count += more;
            *bytes += more_bytes;
        }
        let mut rows: Vec<_> = branches.into_iter().collect();
        rows.sort_unstable_by_key(|&(at, (count, bytes))| (!bytes, !count, at));
        let mut row_of = FxHashMap::default();
        let rows = Rows::of(&rows, page, |&(at, (objects, object_bytes))| {
            row_of.insert(at, row_of.len());
            HeldRow {
                holder: self.holder_row(&guide, at),
                path: self.labels_to(&guide, at),
                objects,
                object_bytes,
                created_in: None,
            }
        });
        (rows, row_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::open::tests::{PROGRAM, explore};

    fn query(by_holder: bool) -> Instances {
        Instances {
            class: WhichClass { class_id: None, class_name: Some("Session".to_owned()) },
            sort: ObjectSort::Id,
            order: Order::Desc,
            filter: None,
            only: Only::All,
            since: None,
            holder: None,
            by_holder,
            page: Page { offset: 1, limit: 2 },
        }
    }

    #[track_caller]
    fn objects(explorer: &Explorer, query: &Instances) -> Rows<InstanceRow> {
        let found = explorer.instances(query, &|| false).expect("no file is read");
        assert_eq!((found.created_in, found.stacks), (None, None), "nothing was recorded");
        match found.rows {
            InstanceRows::Objects(rows) => rows,
            InstanceRows::Holders(_) => panic!("objects were asked for"),
        }
    }

    #[test]
    fn objects_of_a_class_are_listed_in_pages() {
        let Rows { total, rows } = objects(&explore(PROGRAM), &query(false));
        let ids: Vec<_> = rows.iter().map(|row| row.node.id.0).collect();
        assert_eq!((total, ids), (4, vec![105, 103]));
    }

    #[test]
    fn objects_are_counted_by_what_holds_them() {
        let page = Page { offset: 0, limit: 9 };
        let explorer = explore(PROGRAM);
        let found = explorer.instances(&Instances { page, ..query(true) }, &|| false);
        let InstanceRows::Holders(Rows { total, rows }) = found.expect("no file is read").rows
        else {
            panic!("holders were asked for")
        };
        let paths: Vec<_> = rows.iter().map(|row| (row.path.join(" "), row.objects)).collect();
        let expected = [
            ("module app/sessions.js sessions […]".to_owned(), 3),
            ("module app/sessions.js last".to_owned(), 1),
        ];
        assert_eq!((total, paths), (2, expected.to_vec()));
        let holder = Some(rows[1].holder.key.clone());
        let inside = objects(&explorer, &Instances { holder, page, ..query(false) });
        assert_eq!((inside.total, inside.rows[0].node.id.0), (1, 107));
    }
}
