//! Pages of long lists: the first rows by selection, the later ones from a sorted list that is
//! kept.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::column::{self, Column};

/// Rows up to which a page is selected; further down, the whole list is sorted once and kept.
const SELECTED: usize = 10_000;

/// Sorted lists that are kept: a person scrolls through one table and looks back at another.
const KEPT: usize = 4;

/// Items in all of them together: 64 MiB.
const KEPT_ITEMS: usize = 16 << 20;

/// The part of a list that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Page {
    /// Rows before it.
    pub offset: usize,
    /// Rows in it, at most.
    pub limit: usize,
}

/// Whether the least or the most comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Order {
    /// The least.
    Asc,
    /// The most.
    Desc,
}

impl Order {
    /// Returns a key by which what comes first has the least.
    pub(super) fn key(self, value: u64) -> u64 {
        match self {
            Self::Asc => value,
            Self::Desc => !value,
        }
    }

    /// Puts two texts or numbers in this order.
    pub(super) fn compare<T: Ord>(self, a: &T, b: &T) -> std::cmp::Ordering {
        match self {
            Self::Asc => a.cmp(b),
            Self::Desc => b.cmp(a),
        }
    }
}

/// Some rows of a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rows<T> {
    /// The rows of the whole list.
    pub total: u64,
    /// Those of the page.
    pub rows: Vec<T>,
}

impl<T> Rows<T> {
    /// Returns the page of `items`, which are in order.
    pub(super) fn of<I>(items: &[I], page: Page, row: impl FnMut(&I) -> T) -> Self {
        let rows = items.iter().skip(page.offset).take(page.limit).map(row).collect();
        Self { total: items.len() as u64, rows }
    }

    /// Returns what [`Selected`] chose, as rows.
    pub(super) fn selected(selected: Selected, row: impl FnMut(u32) -> T) -> Self {
        Self { total: selected.total, rows: selected.items.into_iter().map(row).collect() }
    }
}

/// The items of one page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selected {
    /// Items of the whole list.
    pub(super) total: u64,
    /// Those of the page.
    pub(super) items: Vec<u32>,
}

/// Sorted lists of earlier questions.
#[derive(Debug, Default)]
pub(super) struct SortedLists(Mutex<Vec<(String, Arc<Column<u32>>)>>);

impl SortedLists {
    /// Returns the `page` of the list that `each` passes on, item by item with the key by which
    /// the least comes first; of equals, the lower item. `name` stands for the list and its
    /// order.
    pub(super) fn page(
        &self,
        page: Page,
        name: impl FnOnce() -> String,
        each: impl FnOnce(&mut dyn FnMut(u64, u32)),
    ) -> Selected {
        let end = page.offset.saturating_add(page.limit);
        if end <= SELECTED {
            let mut first = First::new(end);
            each(&mut |key, item| first.add(key, item));
            return first.page(page);
        }
        let name = name();
        let list = self.known(&name).unwrap_or_else(|| {
            let list = Arc::new(sorted(each));
            self.keep(name, &list);
            list
        });
        let items = list.iter().copied().skip(page.offset).take(page.limit).collect();
        Selected { total: list.len() as u64, items }
    }

    fn known(&self, name: &str) -> Option<Arc<Column<u32>>> {
        let mut lists = self.0.lock();
        let at = lists.iter().position(|(other, _)| other == name)?;
        let found = lists.remove(at);
        let list = Arc::clone(&found.1);
        lists.push(found);
        Some(list)
    }

    /// Keeps `list`, and gives up those that were used least recently.
    fn keep(&self, name: String, list: &Arc<Column<u32>>) {
        let mut lists = self.0.lock();
        lists.push((name, Arc::clone(list)));
        let items = |lists: &[(_, Arc<Column<u32>>)]| -> usize {
            lists.iter().map(|(_, list)| list.len()).sum()
        };
        while lists.len() > KEPT || (items(&lists) > KEPT_ITEMS && !lists.is_empty()) {
            lists.remove(0);
        }
    }
}

/// Returns all items in their order.
fn sorted(each: impl FnOnce(&mut dyn FnMut(u64, u32))) -> Column<u32> {
    let mut entries = Vec::new();
    each(&mut |key, item| entries.push((key, item)));
    // Sorted in pieces: one call for all of them could not be cancelled.
    let mut compared = 0_usize;
    entries.sort_unstable_by(|one, other| {
        compared = compared.wrapping_add(1);
        column::ask_at(compared);
        one.cmp(other)
    });
    let mut items: Column<u32> = Column::with_capacity(entries.len());
    for (&(_, item), place) in entries.iter().zip(items.grow(entries.len())) {
        *place = item;
    }
    items
}

/// The first of a list.
struct First {
    count: usize,
    total: u64,
    /// At least the first of those seen; never more than twice as many, or so.
    entries: Vec<(u64, u32)>,
    /// What does not come before this is none of the first.
    end: (u64, u32),
}

impl First {
    fn new(count: usize) -> Self {
        Self { count, total: 0, entries: Vec::new(), end: (u64::MAX, u32::MAX) }
    }

    fn add(&mut self, key: u64, item: u32) {
        /// Fewer entries are not worth a selection.
        const FEW: usize = 1024;
        self.total += 1;
        if (key, item) >= self.end {
            return;
        }
        self.entries.push((key, item));
        if self.entries.len() >= 2 * self.count.max(FEW) {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        if self.count > 0 && self.count < self.entries.len() {
            let (_, &mut last, _) = self.entries.select_nth_unstable(self.count - 1);
            self.end = last;
        }
        self.entries.truncate(self.count);
    }

    fn page(mut self, page: Page) -> Selected {
        self.shrink();
        self.entries.sort_unstable();
        let items = self.entries.into_iter().skip(page.offset).map(|(_, item)| item).collect();
        Selected { total: self.total, items }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Random;

    #[test]
    fn a_page_is_the_same_however_it_is_come_by() {
        let mut random = Random::new(11);
        let keys: Vec<u64> = (0..50_000).map(|_| random.next() % 1000).collect();
        let mut expected: Vec<_> = keys.iter().copied().zip(0..).collect();
        expected.sort_unstable();
        let lists = SortedLists::default();
        for (offset, limit) in
            [(0, 0), (0, 7), (100, 100), (9_990, 10), (9_995, 10), (49_998, 9), (60_000, 5)]
        {
            let page = Page { offset, limit };
            for _ in 0..2 {
                let selected = lists.page(page, String::new, |add| {
                    keys.iter().zip(0..).for_each(|(&key, item)| add(key, item));
                });
                let items = expected.iter().skip(offset).take(limit).map(|&(_, item)| item);
                assert_eq!(selected, Selected { total: 50_000, items: items.collect() });
            }
        }
        assert_eq!(lists.0.lock().len(), 1, "the sorted list serves all pages far down");
    }

    #[test]
    fn few_lists_are_kept() {
        let lists = SortedLists::default();
        for name in 0..9 {
            lists.page(Page { offset: SELECTED, limit: 1 }, || name.to_string(), |add| add(1, 1));
        }
        let names: Vec<_> = lists.0.lock().iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(names, ["5", "6", "7", "8"]);
    }
}
