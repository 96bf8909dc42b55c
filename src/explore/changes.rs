//! The objects that are new or gone since another snapshot of the same process, by their ids.
//!
//! V8 numbers the objects of a process once, so the id of an object is the same in all its
//! snapshots. Another process gives the same numbers to other objects, and so does a forked child.
//! It shows in their classes: between snapshots of one process, all objects with equal ids are of
//! one class; between those of two runs of one program, few are.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{Explorer, Follow, Order, Page, Rows, go_on, rows::Containing};
use crate::{
    analysis::{Class, Compared},
    bits::BitSet,
    column::{Column, Recycling},
    error::Result,
    files::read_snapshot,
    graph::{HeapGraph, Location},
    units::NodeOrdinal,
};

/// The share of objects with equal ids that must be of one class, in percent: of one process
/// 99 and more are, of two runs 5 to 40.
const SAME_CLASS: u64 = 90;

/// Asks which objects are new or gone.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangesOf {
    /// The other file.
    pub since: PathBuf,
    /// What classes are sorted by.
    pub sort: ChangeSort,
    /// In which order.
    pub order: Order,
    /// What their names contain.
    pub filter: Option<String>,
    /// Which of them.
    pub page: Page,
}

/// What changes are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeSort {
    /// Bytes of new objects.
    NewBytes,
    /// The number of new objects.
    NewCount,
    /// Bytes of objects that are gone.
    DeletedBytes,
    /// The number of objects that are gone.
    DeletedCount,
    /// Bytes of new objects, less those of objects that are gone.
    BytesDelta,
    /// The same of numbers.
    CountDelta,
}

/// The objects that are new or gone.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangesFound {
    /// Whether the snapshots are of one process; otherwise, ids say nothing, and there are no
    /// rows.
    pub is_same_process: bool,
    /// All objects that are new or gone.
    #[serde(flatten)]
    pub totals: Change,
    /// By class.
    #[serde(flatten)]
    pub rows: Rows<ClassChange>,
}

/// How many objects are new or gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The number of new objects.
    pub new_count: u64,
    /// Their own bytes.
    pub new_bytes: u64,
    /// The number of objects that are gone.
    pub deleted_count: u64,
    /// Their own bytes.
    pub deleted_bytes: u64,
}

/// The objects of a class that are new or gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassChange {
    /// Stands for the class in this heap; `None` where all its objects are gone.
    pub class_id: Option<u32>,
    /// Its name, as in DevTools.
    pub class_name: String,
    /// How many.
    #[serde(flatten)]
    pub change: Change,
}

impl Change {
    fn add(&mut self, bytes: u64) {
        self.new_count += 1;
        self.new_bytes += bytes;
    }

    fn remove(&mut self, bytes: u64) {
        self.deleted_count += 1;
        self.deleted_bytes += bytes;
    }

    /// Returns a number by which what comes first has the least.
    fn key(&self, sort: ChangeSort, order: Order) -> i128 {
        let delta = |new, deleted| i128::from(new) - i128::from(deleted);
        let value = match sort {
            ChangeSort::NewBytes => self.new_bytes.into(),
            ChangeSort::NewCount => self.new_count.into(),
            ChangeSort::DeletedBytes => self.deleted_bytes.into(),
            ChangeSort::DeletedCount => self.deleted_count.into(),
            ChangeSort::BytesDelta => delta(self.new_bytes, self.deleted_bytes),
            ChangeSort::CountDelta => delta(self.new_count, self.deleted_count),
        };
        if order == Order::Desc { -value } else { value }
    }
}

/// What is kept of a comparison with one file.
#[derive(Debug)]
pub(super) struct Changes {
    is_same_process: bool,
    /// The new objects; as in the Summary, those without a size of their own do not count.
    pub(super) new: BitSet,
    /// The classes with changes.
    classes: Vec<ClassChange>,
}

impl Explorer {
    pub(super) fn changes(&self, query: &ChangesOf, follows: &dyn Follow) -> Result<ChangesFound> {
        let changes = self.changes_since(&query.since, follows)?;
        let mut totals = Change::default();
        for ClassChange { change, .. } in &changes.classes {
            totals.new_count += change.new_count;
            totals.new_bytes += change.new_bytes;
            totals.deleted_count += change.deleted_count;
            totals.deleted_bytes += change.deleted_bytes;
        }
        let graph = self.session.graph();
        let containing = query.filter.as_ref().map(|text| Containing::new(graph, text));
        let is_wanted =
            |row: &&ClassChange| containing.as_ref().is_none_or(|it| it.is_in(&row.class_name));
        let mut rows: Vec<_> = changes.classes.iter().filter(is_wanted).collect();
        rows.sort_by_key(|row| row.change.key(query.sort, query.order));
        let rows = Rows::of(&rows, query.page, |row| (*row).clone());
        Ok(ChangesFound { is_same_process: changes.is_same_process, totals, rows })
    }

    /// Returns the changes since the file at `path`.
    pub(super) fn changes_since(&self, path: &Path, follows: &dyn Follow) -> Result<Arc<Changes>> {
        self.changed.get(path, || {
            let _recycling = Recycling::begin();
            let graph = read_snapshot(path, &mut |_| go_on(follows))?;
            let compared = Compared::with(self.session.graph(), &graph);
            go_on(follows)?;
            Ok(self.find_changes(&graph, &compared))
        })
    }

    fn find_changes(&self, before: &HeapGraph, compared: &Compared) -> Changes {
        let now = self.session.graph();
        let (readings, measures) = (self.session.readings(), self.session.measures());
        let (classes, count) = (readings.classes().rows(), readings.classes().rows().len());
        let mut sums = vec![Change::default(); count];
        let class_in_now = class_map(classes, compared.classes.rows());
        let gone = |number: u32| number as usize - count;
        let mut names: Vec<String> = Vec::new();
        for (class, &number) in compared.classes.rows().iter().zip(&class_in_now) {
            if number as usize >= count && gone(number) == names.len() {
                names.push(class.name.clone());
            }
        }
        sums.resize(count + names.len(), Change::default());
        let mut new = BitSet::new(now.node_count());
        let (mut both, mut alike) = (0_u64, 0_u64);
        merge(&by_id(before), &by_id(now), |old, current| {
            let old = old.map(|node| {
                let class = class_in_now[compared.classes.class_of(node).0 as usize];
                (class, compared.self_sizes.get(node.0))
            });
            let current = current
                .map(|node| (node, readings.classes().class_of(node).0, measures.self_size(node)));
            if let (Some((old, _)), Some((_, class, _))) = (old, current) {
                both += 1;
                alike += u64::from(old == class);
            }
            let old = old.filter(|&(_, bytes)| bytes > 0);
            let current = current.filter(|&(.., bytes)| bytes > 0);
            if old.map(|(class, _)| class) == current.map(|(_, class, _)| class) {
                return;
            }
            if let Some((class, bytes)) = old {
                sums[class as usize].remove(bytes);
            }
            if let Some((node, class, bytes)) = current {
                sums[class as usize].add(bytes);
                new.insert(node.index());
            }
        });
        if both == 0 || alike * 100 < both * SAME_CLASS {
            let new = BitSet::new(now.node_count());
            return Changes { is_same_process: false, new, classes: Vec::new() };
        }
        let rows = (0..).zip(sums).filter(|(_, change)| *change != Change::default());
        let rows = rows.map(|(number, change)| {
            let class = classes.get(number as usize);
            ClassChange {
                class_id: class.map(|_| number),
                class_name: match class {
                    Some(class) => class.name.clone(),
                    None => names[gone(number)].clone(),
                },
                change,
            }
        });
        Changes { is_same_process: true, new, classes: rows.collect() }
    }
}

/// Returns the number in `now` of each class of `before`; those that are not there are numbered
/// on.
fn class_map<'a>(now: &'a [Class], before: &'a [Class]) -> Vec<u32> {
    let key = |class: &Class| {
        let place = class.location;
        place.map(|Location { script_id, line, column, .. }| (script_id, line, column))
    };
    let mut numbers = FxHashMap::default();
    for (number, class) in (0..).zip(now) {
        numbers.insert((&*class.name, key(class)), number);
    }
    let mut next = now.len() as u32;
    let number = |class: &'a Class| {
        *numbers.entry((&*class.name, key(class))).or_insert_with(|| {
            next += 1;
            next - 1
        })
    };
    before.iter().map(number).collect()
}

/// Returns the nodes of `graph` by their ids: the id above, the ordinal below 32 bits.
fn by_id(graph: &HeapGraph) -> Column<u64> {
    let pair = |node: NodeOrdinal| u64::from(graph.id(node).0) << 32 | u64::from(node.0);
    let mut pairs: Column<u64> = graph.ordinals().map(pair).collect();
    pairs.sort_unstable();
    pairs
}

/// Calls `each` with the nodes of two heaps that have the same id, and with those that only one
/// has.
fn merge(
    before: &[u64],
    now: &[u64],
    mut each: impl FnMut(Option<NodeOrdinal>, Option<NodeOrdinal>),
) {
    let (mut before, mut now) = (before.iter().peekable(), now.iter().peekable());
    let node = |pair: &u64| NodeOrdinal(*pair as u32);
    let id = |pair: &u64| pair >> 32;
    loop {
        match (before.peek(), now.peek()) {
            (None, None) => return,
            (Some(old), Some(new)) if id(old) == id(new) => {
                each(before.next().map(node), now.next().map(node));
            }
            (Some(old), new) if new.is_none_or(|new| id(old) < id(new)) => {
                each(before.next().map(node), None);
            }
            _ => each(None, now.next().map(node)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::*;
    use crate::{
        explore::{
            instances::{InstanceRows, Instances, WhichClass},
            only::Only,
            open::tests::explore,
            rows::ObjectSort,
        },
        testkit::draw,
    };

    const PAGE: Page = Page { offset: 0, limit: 99 };

    const BEFORE: &str = "root -> a b c d e f g h i j k
        a: object A id=11; b: object A id=13 size=20; c: object Gone id=15 size=40
        d: object B id=17; e: object B id=19; f: object B id=21; g: object B id=23
        h: object B id=25; i: object B id=27; j: object B id=29; k: object B id=31";

    fn ask(before: &str, now: &str, name: &str) -> (ChangesFound, Vec<u32>) {
        let path = env::temp_dir().join(format!("seep-changes-{name}-{}", process::id()));
        fs::write(&path, draw(before).json()).expect("a temporary file");
        let explorer = explore(now);
        let query = ChangesOf {
            since: path.clone(),
            sort: ChangeSort::CountDelta,
            order: Order::Desc,
            filter: None,
            page: PAGE,
        };
        let found = explorer.changes(&query, &|| false).expect("snapshots");
        let query = Instances {
            class: WhichClass { class_id: None, class_name: Some("A".to_owned()) },
            sort: ObjectSort::Id,
            order: Order::Asc,
            filter: None,
            only: Only::All,
            since: Some(path.clone()),
            holder: None,
            by_holder: false,
            page: PAGE,
        };
        let new = explorer.instances(&query, &|| true).expect("the file is not read again");
        let InstanceRows::Objects(new) = new.rows else { panic!("objects were asked for") };
        fs::remove_file(path).expect("a temporary file");
        (found, new.rows.iter().map(|row| row.node.id.0).collect())
    }

    #[test]
    fn objects_are_new_or_gone_by_their_ids() {
        // One A is gone, two are new, one object has another class.
        let now = BEFORE.replace("id=13 size=20", "id=33 size=8").replace("Gone id=15", "A id=15");
        let (found, new) = ask(BEFORE, &now, "same");
        let rows: Vec<_> = found
            .rows
            .rows
            .iter()
            .map(|ClassChange { class_id, class_name, change }| {
                let Change { new_count, new_bytes, deleted_count, deleted_bytes } = *change;
                let news = (new_count, new_bytes);
                (class_id.is_some(), &**class_name, news, (deleted_count, deleted_bytes))
            })
            .collect();
        let expected = [(true, "A", (2, 48), (1, 20)), (false, "Gone", (0, 0), (1, 40))];
        assert_eq!(rows, expected);
        assert!(found.is_same_process);
        assert_eq!((found.totals.new_count, found.totals.deleted_bytes), (2, 60));
        assert_eq!(new, [15, 33]);
    }

    #[test]
    fn ids_of_another_process_say_nothing() {
        let other = BEFORE.replace("object B", "object Other");
        let (found, new) = ask(&other, BEFORE, "other");
        assert!(!found.is_same_process && found.rows.rows.is_empty() && new.is_empty());
        assert_eq!(found.totals, Change::default());
    }

    #[test]
    fn two_lists_of_ids_are_merged() {
        let pairs = |ids: &[u64]| ids.iter().map(|id| id << 32 | id).collect::<Vec<_>>();
        let mut seen = Vec::new();
        merge(&pairs(&[1, 3, 5]), &pairs(&[2, 3, 7, 9]), |old, new| {
            seen.push((old.map(|it| it.0), new.map(|it| it.0)));
        });
        let expected = [
            (Some(1), None),
            (None, Some(2)),
            (Some(3), Some(3)),
            (Some(5), None),
            (None, Some(7)),
            (None, Some(9)),
        ];
        assert_eq!(seen, expected);
    }
}
