//! A tree at a glance: its biggest cells, for a map or an icicle.
//!
//! A cell is never bigger than the one above it. So the biggest cells of the whole tree are a
//! tree themselves, and are chosen by size alone.

use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use super::{Explorer, rows::key_text};
use crate::{
    explain::Guide,
    report::{PathStep, SourceLocation},
    units::ObjectId,
};

/// Labels of a chain that are shown.
const MOST_LABELS: usize = 4;

/// Asks for the biggest cells of a tree.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TreeOf {
    /// Which tree.
    pub of: TreeKind,
    /// The object below which the cells of the dominator tree are; the root without one.
    pub id: Option<ObjectId>,
    /// The branch below which holders are; all of them without one.
    pub key: Option<String>,
    /// Levels, at most.
    pub depth: u8,
    /// Cells, at most, without those that stand for the rest of others.
    pub limit: usize,
}

/// A tree of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TreeKind {
    /// Objects, by what keeps them alive.
    Dominators,
    /// Branches of the name tree.
    Holders,
}

/// The biggest cells of a tree.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TreeFound {
    /// Bytes of what the cells are below, with these.
    pub total_bytes: u64,
    /// Its own bytes, which belong to no cell.
    pub self_bytes: u64,
    /// The cells, each after the one above it.
    pub rows: Vec<Cell>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// The row of the cell above it.
    pub parent: Option<usize>,
    /// Cells above it.
    pub depth: u8,
    /// What a person would call it.
    pub label: String,
    /// The class of its object or objects.
    pub class_name: String,
    /// V8's id of its object, in the dominator tree.
    pub id: Option<ObjectId>,
    /// The key of its branch, in the name tree.
    pub key: Option<String>,
    /// With the cells below.
    pub bytes: u64,
    /// Without them.
    pub self_bytes: u64,
    /// Its objects; of a chain of branches, those of the first.
    pub count: u64,
    /// The class, if it stands for all its objects that are directly below one dominator.
    pub class_id: Option<u32>,
    /// Further cells that are part of this, because each has a single one below it. Of branches,
    /// such that have as many objects.
    pub folded: u32,
    /// Where it stands for the cells that are not shown: how many of them there are.
    pub others: u64,
    /// Where its class or function is in the source.
    pub place: Option<SourceLocation>,
}

/// The cells that are not shown below one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rest {
    pub(super) cells: u64,
    pub(super) bytes: u64,
    pub(super) is_any_shown: bool,
}

impl Rest {
    pub(super) fn take(&mut self, cells: u64, bytes: u64) {
        self.cells = self.cells.saturating_sub(cells);
        self.bytes = self.bytes.saturating_sub(bytes);
        self.is_any_shown = true;
    }

    /// Returns it as a cell below `parent`. What has no cells below is not divided.
    fn cell(self, parent: Option<usize>, depth: u8) -> Option<Cell> {
        (self.cells > 0 && self.is_any_shown).then(|| Cell {
            parent,
            depth,
            label: String::new(),
            class_name: String::new(),
            id: None,
            key: None,
            bytes: self.bytes,
            self_bytes: 0,
            count: self.cells,
            class_id: None,
            folded: 0,
            others: self.cells,
            place: None,
        })
    }
}

/// Cells, and by cell what is not shown below it; the last of these belongs to the top.
pub(super) fn with_rest(mut rows: Vec<Cell>, rest: &[Rest]) -> Vec<Cell> {
    let count = rows.len();
    for (at, rest) in rest.iter().enumerate() {
        let parent = (at < count).then_some(at);
        let depth = parent.map_or(0, |at| rows[at].depth + 1);
        rows.extend(rest.cell(parent, depth));
    }
    rows
}

impl Explorer {
    pub(super) fn tree(&self, query: &TreeOf) -> Option<TreeFound> {
        match query.of {
            TreeKind::Dominators => self.dominator_cells(query),
            TreeKind::Holders => self.holder_cells(query),
        }
    }

    fn holder_cells(&self, query: &TreeOf) -> Option<TreeFound> {
        let top = match &query.key {
            Some(key) => Some(self.branch_with(key)?),
            None => None,
        };
        let book = self.book();
        let guide = self.guide(&book);
        let nodes = book.tree().nodes();
        let held = |at: u32| nodes[at as usize].held_bytes;
        let (mut rows, mut rest): (Vec<Cell>, Vec<Rest>) = (Vec::new(), Vec::new());
        let mut pending = BinaryHeap::new();
        let first = guide.branches(top);
        let sum = |branches: &[u32]| branches.iter().map(|&at| held(at)).sum::<u64>();
        let total_bytes = top.map_or_else(|| sum(&first), held);
        let rest_of = |branches: &[u32]| Rest {
            cells: branches.len() as u64,
            bytes: sum(branches),
            is_any_shown: false,
        };
        let mut top_rest = rest_of(&first);
        let self_bytes = total_bytes.saturating_sub(top_rest.bytes);
        pending.extend(first.into_iter().map(|at| Pending { bytes: held(at), at, above: None }));
        while rows.len() < query.limit
            && let Some(Pending { bytes, at, above }) = pending.pop()
        {
            let row = rows.len();
            let depth = above.map_or(0, |above: usize| rows[above].depth + 1);
            above.map_or(&mut top_rest, |above| &mut rest[above]).take(1, bytes);
            let (cell, branches) = self.holder_cell(&guide, at);
            let below = rest_of(&branches);
            rows.push(Cell {
                parent: above,
                depth,
                self_bytes: bytes.saturating_sub(below.bytes),
                ..cell
            });
            rest.push(below);
            if depth + 1 < query.depth {
                let cells = branches.into_iter();
                pending.extend(cells.map(|at| Pending { bytes: held(at), at, above: Some(row) }));
            }
        }
        rest.push(top_rest);
        Some(TreeFound { total_bytes, self_bytes, rows: with_rest(rows, &rest) })
    }

    /// Returns the cell of the branch `at`, and the branches below it.
    fn holder_cell(&self, guide: &Guide<'_>, at: u32) -> (Cell, Vec<u32>) {
        let book = self.book();
        let nodes = book.tree().nodes();
        let PathStep { edge, class, location, .. } = guide.branch(at);
        let (mut labels, mut folded) = (vec![edge.label()], 0);
        let count = nodes[at as usize].count;
        let mut branches = guide.branches(Some(at));
        // The entries of a map are no part of a chain.
        while let &[only] = &branches[..]
            && nodes[only as usize].count == count
        {
            if labels.len() < MOST_LABELS {
                labels.push(guide.branch(only).edge.label());
            }
            branches = guide.branches(Some(only));
            folded += 1;
        }
        if labels.len() <= folded as usize {
            labels.push("…".to_owned());
        }
        let cell = Cell {
            parent: None,
            depth: 0,
            label: labels.join(" → "),
            class_name: class.in_reports().into_owned(),
            id: None,
            key: Some(key_text(nodes[at as usize].key)),
            bytes: nodes[at as usize].held_bytes,
            self_bytes: 0,
            count: count.into(),
            class_id: None,
            folded,
            others: 0,
            place: location,
        };
        (cell, branches)
    }
}

/// A branch that may become a cell; the biggest is the greatest.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Pending {
    bytes: u64,
    at: u32,
    above: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::open::tests::{PROGRAM, explore};

    fn ask(
        explorer: &Explorer,
        of: TreeKind,
        id: Option<u32>,
        depth: u8,
        limit: usize,
    ) -> TreeFound {
        let query = TreeOf { of, id: id.map(ObjectId), key: None, depth, limit };
        explorer.tree(&query).expect("there")
    }

    /// Returns parent, depth, id, bytes, own bytes, folded and others of each cell.
    type Row = (Option<usize>, u8, u32, u64, u64, u32, u64);

    fn rows(found: &TreeFound) -> Vec<Row> {
        let id = |cell: &Cell| cell.id.map_or(0, |id| id.0);
        let row = |cell: &Cell| {
            let Cell { parent, depth, bytes, self_bytes, folded, others, .. } = *cell;
            (parent, depth, id(cell), bytes, self_bytes, folded, others)
        };
        found.rows.iter().map(row).collect()
    }

    const HEAP: &str = "root -> a b c; a -> a2; a2 -> x y; x -> x1 x2; b -> b2
        root: synthetic \"\" size=0
        a: object A id=11 size=10; a2: object A id=13 size=10; x: object X id=15 size=5
        x1: object P id=17 size=30; x2: object Q id=19 size=4; y: object Y id=21 size=6
        b: object B id=23 size=20; b2: object B id=25 size=1; c: object C id=27 size=2";

    #[test]
    fn the_biggest_cells_are_shown_and_the_rest_of_each_as_one() {
        let explorer = explore(HEAP);
        let found = ask(&explorer, TreeKind::Dominators, None, 9, 3);
        assert_eq!((found.total_bytes, found.self_bytes), (88, 0));
        let expected = [
            (None, 0, 11, 65, 20, 1, 0),
            (Some(0), 1, 15, 39, 5, 0, 0),
            (Some(1), 2, 17, 30, 30, 0, 0),
            (Some(0), 1, 0, 6, 0, 0, 1),
            (Some(1), 2, 0, 4, 0, 0, 1),
            (None, 0, 0, 23, 0, 0, 2),
        ];
        assert_eq!(rows(&found), expected);
        let all = ask(&explorer, TreeKind::Dominators, None, 9, 100);
        assert!(all.rows.iter().all(|cell| cell.others == 0) && all.rows.len() == 7);
    }

    #[test]
    fn cells_are_those_below_an_object_down_to_some_depth() {
        let explorer = explore(HEAP);
        let found = ask(&explorer, TreeKind::Dominators, Some(13), 1, 100);
        assert_eq!((found.total_bytes, found.self_bytes), (55, 10));
        assert_eq!(rows(&found), [(None, 0, 15, 39, 39 - 34, 0, 0), (None, 0, 21, 6, 6, 0, 0)]);
        let query = TreeOf {
            of: TreeKind::Dominators,
            id: Some(ObjectId(4)),
            key: None,
            depth: 1,
            limit: 1,
        };
        assert_eq!(explorer.tree(&query), None);
    }

    #[test]
    fn holders_are_cells_with_the_names_of_a_chain() {
        let explorer = explore(PROGRAM);
        let found = ask(&explorer, TreeKind::Holders, None, 9, 100);
        let held: u64 =
            found.rows.iter().filter(|cell| cell.parent.is_none()).map(|cell| cell.bytes).sum();
        assert_eq!(held, found.total_bytes);
        let module = found.rows.iter().position(|cell| cell.label.starts_with("module"));
        let labels: Vec<_> = found
            .rows
            .iter()
            .filter(|cell| cell.parent == module)
            .map(|cell| (cell.label.as_str(), cell.others))
            .collect();
        assert_eq!(labels, [("sessions", 0), ("last", 0)]);
        let items = found.rows.iter().find(|cell| cell.class_name == "Session" && cell.count == 3);
        assert_eq!(items.map(|cell| (&*cell.label, cell.folded)), Some(("[…] → .token", 1)));
        let few = ask(&explorer, TreeKind::Holders, None, 9, 1);
        assert_eq!(
            (few.rows.len(), few.rows[0].parent, few.rows[1].others),
            (2, None, found.rows.iter().filter(|cell| cell.parent.is_none()).count() as u64 - 1)
        );
        assert_eq!(few.rows[0].bytes + few.rows[1].bytes, found.total_bytes);
    }
}
