//! The heap that is open beside other snapshots of the same program.
//!
//! Of the others, only counts are kept: classes by their names, and branches of the name tree by
//! their keys.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{
    Explorer, Follow, Order, Page, Rows, go_on, instances::HeldRow, known_files::KnownFiles,
};
use crate::{
    analysis::{Classes, class_counts},
    census::tree::NameTree,
    column::Recycling,
    error::Result,
    files::read_snapshot,
    graph::HeapGraph,
    session::Session,
};

/// Asks how the heap differs from others.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Compare {
    /// The other files, in the order in which they are to be shown; this heap comes last.
    pub files: Vec<PathBuf>,
    /// What rows are sorted by.
    pub sort: CompareSort,
    /// In which order.
    pub order: Order,
    /// What names contain.
    pub filter: Option<String>,
    /// The only list that is wanted.
    pub list: Option<CompareList>,
    /// Which rows of each list.
    pub page: Page,
}

/// A list of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CompareList {
    /// Classes.
    Classes,
    /// Branches of the name tree.
    Holders,
}

/// What rows of a comparison are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CompareSort {
    /// Bytes in this heap, less those in the first file.
    BytesDelta,
    /// The same of counts.
    CountDelta,
    /// Bytes in this heap.
    Bytes,
}

/// Figures of several heaps side by side; each list has one number per file, this heap last.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The files.
    pub files: Vec<ComparedFile>,
    /// Classes.
    pub classes: Rows<ClassSeries>,
    /// Branches of the name tree of this heap.
    pub holders: Rows<HolderSeries>,
}

/// One list of a comparison.
#[derive(Clone, Debug, Serialize)]
pub struct ComparedList<T> {
    /// The files.
    pub files: Vec<ComparedFile>,
    /// The list.
    #[serde(flatten)]
    pub rows: Rows<T>,
}

/// One list, or all.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum CompareAnswer {
    All(Comparison),
    Classes(ComparedList<ClassSeries>),
    Holders(ComparedList<HolderSeries>),
}

/// Totals of one of the files.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComparedFile {
    /// Its path.
    pub path: PathBuf,
    /// Objects.
    pub node_count: u64,
    /// Their own bytes.
    pub self_bytes: u64,
}

/// A class in several heaps.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassSeries {
    /// Its name, as in DevTools.
    pub class_name: String,
    /// The number of objects.
    pub counts: Vec<u64>,
    /// Their own bytes, as V8 wrote them.
    pub self_bytes: Vec<u64>,
}

/// A branch of the name tree in several heaps.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HolderSeries {
    /// The branch, in this heap.
    #[serde(flatten)]
    pub held: HeldRow,
    /// The number of objects.
    pub counts: Vec<u64>,
    /// Their bytes with the branches below.
    pub held_bytes: Vec<u64>,
}

/// What was kept of files that were read for earlier comparisons.
pub(super) type Compared = KnownFiles<Counts>;

/// What is kept of a heap.
#[derive(Debug)]
pub(super) struct Counts {
    file: ComparedFile,
    /// Count and bytes by class name.
    classes: FxHashMap<String, (u64, u64)>,
    /// Count and held bytes by key.
    branches: FxHashMap<u64, (u64, u64)>,
}

impl Counts {
    fn of(
        path: &Path,
        graph: &HeapGraph,
        classes: &Classes,
        counts: &[(u64, u64)],
        tree: &NameTree,
    ) -> Self {
        let mut by_name: FxHashMap<String, (u64, u64)> = FxHashMap::default();
        for (class, &(more, more_bytes)) in classes.rows().iter().zip(counts) {
            if more > 0 {
                let (count, bytes) = by_name.entry(class.name.clone()).or_default();
                *count += more;
                *bytes += more_bytes;
            }
        }
        let branches = tree.nodes().iter();
        let branches =
            branches.map(|node| (node.key, (u64::from(node.count), node.held_bytes))).collect();
        let file = ComparedFile {
            path: path.to_owned(),
            node_count: graph.node_count() as u64,
            self_bytes: graph.total_self_size(),
        };
        Self { file, classes: by_name, branches }
    }
}

impl Explorer {
    pub(super) fn compare(&self, query: &Compare, follows: &dyn Follow) -> Result<CompareAnswer> {
        let mut all = Vec::with_capacity(query.files.len() + 1);
        for path in &query.files {
            all.push(self.counts_in(path, follows)?);
        }
        let book = self.book();
        let (graph, readings) = (self.session.graph(), self.session.readings());
        let (path, counts) = (&self.opened.path, self.class_counts());
        all.push(Arc::new(Counts::of(path, graph, readings.classes(), &counts, book.tree())));
        let files = all.iter().map(|counts| counts.file.clone()).collect();
        let (classes, holders) = (|| class_series(&all, query), || self.holder_series(&all, query));
        Ok(match query.list {
            None => {
                CompareAnswer::All(Comparison { files, classes: classes(), holders: holders() })
            }
            Some(CompareList::Classes) => {
                CompareAnswer::Classes(ComparedList { files, rows: classes() })
            }
            Some(CompareList::Holders) => {
                CompareAnswer::Holders(ComparedList { files, rows: holders() })
            }
        })
    }

    /// Returns the counts of the file at `path`: it is read once, unless it changes.
    fn counts_in(&self, path: &Path, follows: &dyn Follow) -> Result<Arc<Counts>> {
        self.compared.get(path, || {
            let _recycling = Recycling::begin();
            let session = Session::lean(read_snapshot(path, &mut |_| go_on(follows))?);
            let classes = Classes::of(session.graph());
            let tree = session.name_tree(&self.own_scripts);
            let counts = class_counts(session.graph().self_sizes(), &classes);
            Ok(Counts::of(path, session.graph(), &classes, &counts, &tree))
        })
    }

    fn holder_series(&self, all: &[Arc<Counts>], query: &Compare) -> Rows<HolderSeries> {
        let book = self.book();
        let guide = self.guide(&book);
        let nodes = book.tree().nodes();
        let filter = query.filter.as_ref().map(|text| text.to_lowercase());
        let spelled = self.spelled();
        let is_wanted =
            |at: u32| filter.as_ref().is_none_or(|text| spelled[at as usize].contains(text));
        let mut rows: Vec<(u32, Series)> = (0..nodes.len() as u32)
            .filter(|&at| is_wanted(at) && guide.branch_of(at) == at)
            .map(|at| (at, Series::of(all, |it| it.branches.get(&nodes[at as usize].key))))
            .collect();
        rows.sort_by_key(|(at, series)| (series.key(query), *at));
        Rows::of(&rows, query.page, |(at, series)| {
            let node = &nodes[*at as usize];
            HolderSeries {
                held: HeldRow {
                    holder: self.holder_row(&guide, *at),
                    path: self.labels_to(&guide, *at),
                    objects: u64::from(node.count),
                    object_bytes: node.self_bytes,
                    created_in: None,
                },
                counts: series.counts.clone(),
                held_bytes: series.bytes.clone(),
            }
        })
    }
}

/// The figures of something in each heap.
struct Series {
    counts: Vec<u64>,
    bytes: Vec<u64>,
}

impl Series {
    fn of<'a>(all: &'a [Arc<Counts>], of: impl Fn(&'a Counts) -> Option<&'a (u64, u64)>) -> Self {
        let (counts, bytes) =
            all.iter().map(|counts| of(counts).copied().unwrap_or_default()).unzip();
        Self { counts, bytes }
    }

    /// Returns a number by which what comes first has the least.
    fn key(&self, query: &Compare) -> i128 {
        let change = |list: &[u64]| {
            let end = |at: Option<&u64>| i128::from(at.copied().unwrap_or(0));
            end(list.last()) - end(list.first())
        };
        let value = match query.sort {
            CompareSort::BytesDelta => change(&self.bytes),
            CompareSort::CountDelta => change(&self.counts),
            CompareSort::Bytes => i128::from(self.bytes.last().copied().unwrap_or(0)),
        };
        if query.order == Order::Desc { -value } else { value }
    }
}

fn class_series(all: &[Arc<Counts>], query: &Compare) -> Rows<ClassSeries> {
    let filter = query.filter.as_ref().map(|text| text.to_lowercase());
    let names = all.iter().flat_map(|counts| counts.classes.keys());
    let mut names: Vec<&String> = names
        .filter(|name| filter.as_ref().is_none_or(|text| name.to_lowercase().contains(text)))
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut rows: Vec<_> =
        names.into_iter().map(|name| (name, Series::of(all, |it| it.classes.get(name)))).collect();
    rows.sort_by_key(|(_, series)| series.key(query));
    Rows::of(&rows, query.page, |(name, series)| ClassSeries {
        class_name: (*name).clone(),
        counts: series.counts.clone(),
        self_bytes: series.bytes.clone(),
    })
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::*;
    use crate::{
        explore::open::tests::{PROGRAM, explore},
        testkit::draw,
    };

    #[test]
    fn each_file_has_a_number_in_each_row() {
        let before = PROGRAM.replace("table -internal:3-> s3;", "table -internal:3-> gone;")
            + "; gone: object Gone; s3 -x-> s3";
        let path = env::temp_dir().join(format!("seep-compare-{}", process::id()));
        fs::write(&path, draw(&before).json()).expect("a temporary file");
        let explorer = explore(PROGRAM);
        let query = Compare {
            files: vec![path.clone()],
            sort: CompareSort::CountDelta,
            order: Order::Desc,
            filter: None,
            list: None,
            page: Page { offset: 0, limit: 99 },
        };
        let found = explorer.compare(&query, &|| false).expect("snapshots");
        let CompareAnswer::All(found) = found else { panic!("both lists") };
        let class = |name: &str| {
            let row = found.classes.rows.iter().find(|row| row.class_name == name);
            row.map(|row| row.counts.clone()).expect("a class")
        };
        assert_eq!((class("Gone"), class("Map")), (vec![1, 0], vec![1, 1]));
        assert_eq!(found.classes.rows.last().map(|row| &*row.class_name), Some("Gone"));
        let sessions = &found.holders.rows[0];
        assert_eq!(sessions.held.path.join(" "), "module app/sessions.js sessions […]");
        assert_eq!(sessions.counts, [2, 3]);
        assert_eq!(found.files.len(), 2);
        let one = Compare { list: Some(CompareList::Holders), ..query.clone() };
        let Ok(CompareAnswer::Holders(one)) = explorer.compare(&one, &|| true) else {
            panic!("the file is not read again")
        };
        assert_eq!((one.rows.total, one.files.len()), (found.holders.total, 2));
        assert!(explore(PROGRAM).compare(&query, &|| true).is_err());
        fs::remove_file(path).expect("a temporary file");
    }
}
