//! Strings that are there more than once, by the place that holds the copies.
//!
//! V8 gives equal strings one number in a snapshot, so copies are known without their texts. It
//! writes the first 1,024 characters of a string: longer ones that agree so far count as equal.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{
    Explorer, Order, Page, Rows,
    rows::{Containing, HolderRow},
};
use crate::{
    column::Column,
    error::Result,
    graph::{HeapGraph, NodeKind},
    session::Policy,
    units::{NodeOrdinal, ObjectId},
};

/// Asks for duplicate strings.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Strings {
    /// The branch of the name tree whose strings are listed one by one; without it, branches
    /// are listed.
    pub holder: Option<String>,
    /// What the rows are sorted by.
    pub sort: StringSort,
    /// In which order.
    pub order: Order,
    /// What the name of the branch contains.
    pub filter: Option<String>,
    /// Which of the rows.
    pub page: Page,
}

/// What duplicate strings are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StringSort {
    /// Bytes of all copies but one.
    WastedBytes,
    /// Bytes of all copies.
    SelfBytes,
    /// The number of copies.
    Copies,
}

/// Duplicate strings, of all or of one branch.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StringsFound {
    /// Copies beyond the first of each, in the whole heap.
    pub extra_copies: u64,
    /// Bytes of these, an average copy for each.
    pub wasted_bytes: u64,
    /// The branches, or the strings of one.
    #[serde(flatten)]
    pub rows: StringRows,
}

/// Rows about duplicate strings.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum StringRows {
    /// Branches of the name tree.
    Holders(Rows<StringHolder>),
    /// Single strings.
    Strings(Rows<StringRow>),
}

/// A branch of the name tree that has copies of strings.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StringHolder {
    /// The branch: a property, a variable, a slot.
    pub holder: HolderRow,
    /// The labels of the path to it, from its origin.
    pub path: Vec<String>,
    /// The copies in it.
    pub copies: u64,
    /// How many of them differ.
    pub distinct: u64,
    /// Their bytes.
    pub self_bytes: u64,
    /// Their part in what all copies waste.
    pub wasted_bytes: u64,
}

/// A string that is there more than once.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StringRow {
    /// V8's id of one of the copies.
    pub sample_id: ObjectId,
    /// The copies in the branch.
    pub copies: u64,
    /// The copies in the whole heap.
    pub all_copies: u64,
    /// Bytes of the copies in the branch.
    pub self_bytes: u64,
    /// Their part in what all copies waste.
    pub wasted_bytes: u64,
    /// What it says, where contents may be shown.
    pub text: Option<String>,
}

/// The copies of strings in one heap.
pub(super) struct Copies {
    extra: u64,
    wasted: u64,
    /// By the number of a string: its copies. Without those that are there once.
    of: FxHashMap<u32, Tally>,
    /// By tree node.
    by_branch: Vec<(u32, Tally)>,
}

/// Copies of strings.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    copies: u64,
    distinct: u64,
    bytes: u64,
    wasted: u64,
}

impl Tally {
    fn number(&self, sort: StringSort) -> u64 {
        match sort {
            StringSort::WastedBytes => self.wasted,
            StringSort::SelfBytes => self.bytes,
            StringSort::Copies => self.copies,
        }
    }
}

/// Returns the strings of `graph` with their numbers.
fn strings(graph: &HeapGraph) -> impl Iterator<Item = (NodeOrdinal, u32)> {
    let nodes = graph.named_nodes().filter(|&(_, kind, _)| kind == NodeKind::String);
    nodes.map(|(node, _, name)| (node, name.0))
}

impl Explorer {
    /// Returns the copies of strings.
    pub(super) fn copies(&self) -> std::sync::Arc<Copies> {
        let book = self.book();
        self.copies.get(Policy::Keep, || {
            let graph = self.session.graph();
            let mut times: Column<u32> = Column::zeroed(graph.names().len());
            for (_, index) in strings(graph) {
                if let Some(times) = times.get_mut(index as usize) {
                    *times += 1;
                }
            }
            let copies_of = |index: u32| times.get(index as usize).copied().unwrap_or(0);
            let mut of: FxHashMap<u32, Tally> = FxHashMap::default();
            for (node, index) in strings(graph) {
                if copies_of(index) > 1 {
                    let tally = of.entry(index).or_default();
                    tally.copies += 1;
                    tally.bytes += graph.self_size(node);
                }
            }
            for tally in of.values_mut() {
                tally.wasted = tally.bytes - tally.bytes / tally.copies;
            }
            let guide = self.guide(&book);
            let mut branch_of: FxHashMap<u32, u32> = FxHashMap::default();
            let mut pairs: FxHashMap<(u32, u32), Tally> = FxHashMap::default();
            for (node, index) in strings(graph) {
                let Some(all) = of.get(&index) else { continue };
                let at = book.tree().node_of(node);
                let branch = *branch_of.entry(at).or_insert_with(|| guide.branch_of(at));
                let bytes = graph.self_size(node);
                let tally = pairs.entry((branch, index)).or_default();
                tally.copies += 1;
                tally.bytes += bytes;
                tally.wasted = part(tally.bytes, all);
            }
            let mut by_branch: FxHashMap<u32, Tally> = FxHashMap::default();
            for ((branch, _), tally) in pairs {
                let sum = by_branch.entry(branch).or_default();
                sum.copies += tally.copies;
                sum.distinct += 1;
                sum.bytes += tally.bytes;
                sum.wasted += tally.wasted;
            }
            let by_branch = by_branch.into_iter().collect();
            let extra = of.values().map(|tally| tally.copies - 1).sum();
            let wasted = of.values().map(|tally| tally.wasted).sum();
            Copies { extra, wasted, of, by_branch }
        })
    }

    pub(super) fn strings(&self, query: &Strings) -> Result<StringsFound> {
        let copies = self.copies();
        let rows = match &query.holder {
            None => StringRows::Holders(self.holders_of_copies(&copies, query)),
            Some(key) => StringRows::Strings(self.copies_in(&copies, key, query)?),
        };
        Ok(StringsFound { extra_copies: copies.extra, wasted_bytes: copies.wasted, rows })
    }

    pub(super) fn holders_of_copies(&self, copies: &Copies, query: &Strings) -> Rows<StringHolder> {
        let book = self.book();
        let guide = self.guide(&book);
        let containing =
            query.filter.as_ref().map(|text| Containing::new(self.session.graph(), text));
        let is_wanted = |at: u32| {
            containing
                .as_ref()
                .is_none_or(|it| self.labels_to(&guide, at).iter().any(|label| it.is_in(label)))
        };
        let mut branches: Vec<&(u32, Tally)> =
            copies.by_branch.iter().filter(|&&(at, _)| is_wanted(at)).collect();
        branches
            .sort_unstable_by_key(|&&(at, tally)| (query.order.key(tally.number(query.sort)), at));
        Rows::of(&branches, query.page, |&&(at, tally)| StringHolder {
            holder: self.holder_row(&guide, at),
            path: self.labels_to(&guide, at),
            copies: tally.copies,
            distinct: tally.distinct,
            self_bytes: tally.bytes,
            wasted_bytes: tally.wasted,
        })
    }

    /// Returns the strings of the branch with this `key`.
    fn copies_in(&self, copies: &Copies, key: &str, query: &Strings) -> Result<Rows<StringRow>> {
        let graph = self.session.graph();
        let book = self.book();
        let guide = self.guide(&book);
        let wanted = self.branch_with(key);
        let mut is_inside: FxHashMap<u32, bool> = FxHashMap::default();
        let mut found: FxHashMap<u32, (NodeOrdinal, Tally)> = FxHashMap::default();
        for (node, index) in strings(graph) {
            let Some(all) = copies.of.get(&index) else { continue };
            let at = book.tree().node_of(node);
            let inside =
                *is_inside.entry(at).or_insert_with(|| Some(guide.branch_of(at)) == wanted);
            if inside {
                let (_, tally) = found.entry(index).or_insert((node, Tally::default()));
                tally.copies += 1;
                tally.bytes += graph.self_size(node);
                tally.wasted = part(tally.bytes, all);
            }
        }
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_unstable_by_key(|&(index, (_, tally))| {
            (query.order.key(tally.number(query.sort)), index)
        });
        let mut page = Rows::of(&found, query.page, |&(index, (node, tally))| StringRow {
            sample_id: graph.id(node),
            copies: tally.copies,
            all_copies: copies.of[&index].copies,
            self_bytes: tally.bytes,
            wasted_bytes: tally.wasted,
            text: None,
        });
        let page_of = found.iter().skip(query.page.offset);
        for (row, &(_, (node, _))) in page.rows.iter_mut().zip(page_of) {
            row.text = self.text_of(node)?;
        }
        Ok(page)
    }
}

/// Returns the part of what all copies of a string waste that falls to copies of so many `bytes`.
fn part(bytes: u64, all: &Tally) -> u64 {
    let part = u128::from(bytes) * u128::from(all.wasted) / u128::from(all.bytes.max(1));
    u64::try_from(part).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::open::tests::{PROGRAM, explore};

    fn query(holder: Option<String>) -> Strings {
        Strings {
            holder,
            sort: StringSort::WastedBytes,
            order: Order::Desc,
            filter: None,
            page: Page { offset: 0, limit: 9 },
        }
    }

    #[test]
    fn copies_are_found_where_they_are_held_and_say_nothing_unasked() {
        let explorer = explore(PROGRAM);
        let found = explorer.strings(&query(None)).expect("no file is read");
        assert_eq!((found.extra_copies, found.wasted_bytes), (2, 80));
        let StringRows::Holders(rows) = found.rows else { panic!("branches were asked for") };
        let [row] = &rows.rows[..] else { panic!("{rows:?}") };
        assert_eq!(row.path.join(" "), "module app/sessions.js sessions […] .token");
        let figures = (row.copies, row.distinct, row.self_bytes, row.wasted_bytes);
        assert_eq!(figures, (3, 1, 120, 80));
        let inside = explorer.strings(&query(Some(row.holder.key.clone()))).expect("no file");
        let StringRows::Strings(rows) = inside.rows else { panic!("strings were asked for") };
        let [row] = &rows.rows[..] else { panic!("{rows:?}") };
        assert_eq!((row.copies, row.all_copies, &row.text), (3, 3, &None));
    }

    #[test]
    fn branches_are_filtered_by_their_path() {
        for (filter, total) in [("TOKEN", 1), ("nothing", 0)] {
            let query = Strings { filter: Some(filter.to_owned()), ..query(None) };
            let found = explore(PROGRAM).strings(&query).expect("no file is read");
            let StringRows::Holders(rows) = found.rows else { panic!("branches were asked for") };
            assert_eq!(rows.total, total, "{filter}");
        }
    }
}
