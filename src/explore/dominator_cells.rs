//! The dominator tree at a glance: the biggest objects, and what is alike below one.
//!
//! Many objects of one class below another are in a cell of their own: each of ten thousand
//! sessions would be too small to be seen, and together they may be most of the heap.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::{
    Explorer, FiguresOf,
    tree::{Cell, Rest, TreeFound, TreeOf, with_rest},
};
use crate::{analysis::ClassOrdinal, units::NodeOrdinal, v8::class_name::ClassName};

/// Cells that are found at once, however few are asked for.
const MOST_CELLS: usize = 5_000;

/// Objects whose cells are kept.
const MOST_KNOWN: usize = 16;

/// Objects of one class below a dominator that get a cell together, at least.
const FEW_ALIKE: u64 = 8;

/// A cell of the dominator tree.
#[derive(Clone, Copy, Debug)]
struct Biggest {
    bytes: u64,
    part: Part,
    /// Chains above it, with its own.
    level: u8,
    /// The cell above it.
    parent: Option<usize>,
    /// Objects directly below the object, or the last of the chain; of a group, its own.
    children: u64,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    /// A chain of objects: the first, the last, and how many come after the first.
    Chain { node: NodeOrdinal, end: NodeOrdinal, folded: u32 },
    /// The objects of one class that are directly below another object.
    Alike { class: ClassOrdinal, holder: NodeOrdinal, sample: NodeOrdinal },
}

/// The biggest cells below an object.
#[derive(Debug)]
struct BiggestCells {
    /// Each after the one above it.
    cells: Vec<Biggest>,
    /// Objects directly below the one that all are below.
    top_children: u64,
}

/// The objects of one class below another.
#[derive(Clone, Copy, Debug)]
struct Alike {
    count: u64,
    bytes: u64,
    sample: NodeOrdinal,
}

/// What was found for earlier questions; a smaller number of cells is the beginning of it.
#[derive(Debug, Default)]
pub(super) struct KnownCells(Mutex<Vec<Known>>);

/// The object that cells are below, the most levels, and the cells.
type Known = ((NodeOrdinal, u8), Arc<BiggestCells>);

impl KnownCells {
    fn of(
        &self,
        top: NodeOrdinal,
        depth: u8,
        find: impl FnOnce() -> BiggestCells,
    ) -> Arc<BiggestCells> {
        let known = self.0.lock().iter().find(|(key, _)| *key == (top, depth)).cloned();
        if let Some((_, cells)) = known {
            return cells;
        }
        let found = Arc::new(find());
        let mut known = self.0.lock();
        known.push(((top, depth), Arc::clone(&found)));
        if known.len() > MOST_KNOWN {
            known.remove(0);
        }
        found
    }
}

impl Explorer {
    pub(super) fn dominator_cells(&self, query: &TreeOf) -> Option<TreeFound> {
        let (figures, graph) = (self.figures(), self.session.graph());
        let top = match query.id {
            Some(id) => self.node(id)?,
            None => graph.root(),
        };
        let measures = &figures.measures;
        let retained = |node| measures.retained.retained(node);
        let biggest = self.biggest.of(top, query.depth, || self.biggest_cells(top, query.depth));
        let shown = biggest.cells.iter().take(query.limit);
        let mut rows: Vec<Cell> = Vec::with_capacity(shown.len());
        let mut rest: Vec<Rest> = Vec::with_capacity(shown.len() + 1);
        for cell in shown {
            let depth = cell.parent.map_or(0, |above| rows[above].depth.saturating_add(1));
            let row = self.dominator_cell(&figures, cell);
            let bytes = row.bytes - row.self_bytes;
            rest.push(Rest { cells: cell.children, bytes, is_any_shown: false });
            rows.push(Cell { depth, ..row });
        }
        let (total_bytes, self_bytes) = (retained(top), measures.self_size(top));
        let bytes = total_bytes - self_bytes;
        rest.push(Rest { cells: biggest.top_children, bytes, is_any_shown: false });
        for row in &rows {
            let cells = if row.class_id.is_some() { row.count } else { 1 };
            rest[row.parent.unwrap_or(rows.len())].take(cells, row.bytes);
        }
        Some(TreeFound { total_bytes, self_bytes, rows: with_rest(rows, &rest) })
    }

    fn dominator_cell(&self, figures: &FiguresOf<'_>, cell: &Biggest) -> Cell {
        let (graph, words, places) = (self.session.graph(), self.session.words(), self.places());
        let classes = figures.readings.classes();
        let measures = &figures.measures;
        let (node, id, class_id, folded, self_bytes) = match cell.part {
            Part::Chain { node, end, folded } => {
                let below = measures.retained.retained(end) - measures.self_size(end);
                let self_bytes = cell.bytes.saturating_sub(below);
                (node, Some(graph.id(node)), None, folded, self_bytes)
            }
            Part::Alike { class, sample, .. } => (sample, None, Some(class.0), 0, 0),
        };
        let class_name = classes.name_of(node).to_owned();
        let label = match class_id {
            Some(_) => class_name.clone(),
            None => ClassName::of(graph, &words, node).plain().into_owned(),
        };
        Cell {
            parent: cell.parent,
            depth: 0,
            label,
            class_name,
            id,
            key: None,
            bytes: cell.bytes,
            self_bytes,
            count: class_id.map_or(u64::from(folded) + 1, |_| cell.children),
            class_id,
            folded,
            others: 0,
            // Functions are one class, wherever they are.
            place: class_id.is_none().then(|| places.place(graph, node)).flatten(),
        }
    }

    /// Finds the biggest cells below `top`, with these, each after the one above it.
    fn biggest_cells(&self, top: NodeOrdinal, depth: u8) -> BiggestCells {
        let (measures, only) = (self.session.measures(), self.session.only_children());
        let dominators = &measures.dominators;
        let mut cells = BinaryHeap::with_capacity(MOST_CELLS + 1);
        let mut number = 0_u32;
        dominators.chains_below(&only, top, |node, level| {
            if level > depth {
                return;
            }
            // The heap has the smallest on top; of equals, the one that is further down.
            number += 1;
            let entry = (Reverse(measures.retained.retained(node)), number, node, level);
            if cells.len() < MOST_CELLS {
                cells.push(entry);
            } else if let Some(mut smallest) = cells.peek_mut()
                && entry < *smallest
            {
                *smallest = entry;
            }
        });
        let mut cells: Vec<_> = cells
            .into_sorted_vec()
            .into_iter()
            .map(|(Reverse(bytes), number, node, level)| {
                let (mut end, mut folded) = (node, 0);
                while let Some(next) = dominators.only_child(&only, end) {
                    end = next;
                    folded += 1;
                }
                let part = Part::Chain { node, end, folded };
                (number, Biggest { bytes, part, level, parent: None, children: 0 })
            })
            .collect();
        let (top_children, alike) = self.alike_below(top, &mut cells, depth);
        cells.extend(alike);
        // A group comes after the object that all of it is below, and before its own.
        cells.sort_by_key(|&(number, Biggest { bytes, part, .. })| {
            let class = if let Part::Alike { class, .. } = part { Some(class) } else { None };
            (Reverse(bytes), number, class)
        });
        cells.truncate(MOST_CELLS);
        let mut cells: Vec<_> = cells.into_iter().map(|(_, cell)| cell).collect();
        self.find_parents(&mut cells);
        BiggestCells { cells, top_children }
    }

    /// Returns the number of objects directly below `top`, and down to some `depth` the groups of
    /// objects of one class below it and below the `cells`, each with the number of the cell that
    /// it is below. Counts what is below each cell.
    fn alike_below(
        &self,
        top: NodeOrdinal,
        cells: &mut [(u32, Biggest)],
        depth: u8,
    ) -> (u64, Vec<(u32, Biggest)>) {
        let (readings, measures) = (self.session.readings(), self.session.measures());
        let classes = readings.classes();
        let end = |cell: &Biggest| match cell.part {
            Part::Chain { end, .. } => end,
            Part::Alike { holder, .. } => holder,
        };
        let holders: Vec<_> = cells.iter().map(|(_, cell)| end(cell)).chain([top]).collect();
        let mut alike: FxHashMap<(usize, ClassOrdinal), Alike> = FxHashMap::default();
        let mut add = |key, run: Alike| {
            let known = alike.entry(key).or_insert(Alike { count: 0, bytes: 0, ..run });
            known.count += run.count;
            known.bytes += run.bytes;
        };
        // The entries of a list mostly come one after the other.
        let mut run: Option<((usize, ClassOrdinal), Alike)> = None;
        measures.dominators.each_child_of(&holders, |at, child| {
            let key = (at, classes.class_of(child));
            let bytes = measures.retained.retained(child);
            match &mut run {
                Some((known, run)) if *known == key => {
                    run.count += 1;
                    run.bytes += bytes;
                }
                _ => {
                    let next = (key, Alike { count: 1, bytes, sample: child });
                    if let Some((key, run)) = run.replace(next) {
                        add(key, run);
                    }
                }
            }
        });
        if let Some((key, run)) = run {
            add(key, run);
        }
        let mut top_children = 0;
        let mut groups = Vec::new();
        for ((at, class), alike) in alike {
            let Alike { count, bytes, sample } = alike;
            let (number, level) = if let Some((number, cell)) = cells.get_mut(at) {
                cell.children += count;
                (*number, cell.level)
            } else {
                top_children += count;
                (0, 0)
            };
            if count >= FEW_ALIKE && level < depth {
                let part = Part::Alike { class, holder: holders[at], sample };
                let (level, parent) = (level + 1, None);
                groups.push((number, Biggest { bytes, part, level, parent, children: count }));
            }
        }
        (top_children, groups)
    }

    /// Notes at each of `cells` the one it is directly below, if there is one.
    fn find_parents(&self, cells: &mut [Biggest]) {
        let (readings, measures) = (self.session.readings(), self.session.measures());
        let mut by_end: FxHashMap<NodeOrdinal, usize> = FxHashMap::default();
        let mut by_group: FxHashMap<(NodeOrdinal, ClassOrdinal), usize> = FxHashMap::default();
        for (at, cell) in cells.iter_mut().enumerate() {
            match cell.part {
                Part::Chain { node, end, .. } => {
                    let holder = measures.dominators.immediate(node);
                    let class = readings.classes().class_of(node);
                    let group = by_group.get(&(holder, class)).copied();
                    cell.parent = group.or_else(|| by_end.get(&holder).copied());
                    by_end.insert(end, at);
                }
                Part::Alike { class, holder, .. } => {
                    cell.parent = by_end.get(&holder).copied();
                    by_group.insert((holder, class), at);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        explore::{open::tests::explore, tree::TreeKind},
        units::ObjectId,
    };

    fn ask(explorer: &Explorer, id: Option<u32>, depth: u8, limit: usize) -> TreeFound {
        let (of, id) = (TreeKind::Dominators, id.map(ObjectId));
        explorer.tree(&TreeOf { of, id, key: None, depth, limit }).expect("there")
    }

    #[test]
    fn objects_of_one_class_below_a_dominator_are_a_cell() {
        let names: Vec<_> = (0..9).map(|at| format!("s{at}")).collect();
        let sessions = names.iter().map(|name| format!("{name}: object Session size=10"));
        let heap = format!(
            "root -> map x; map -> {}; s0 -> big; root: synthetic \"\" size=0; {};
             map: object Map id=11 size=5; big: object Big id=15 size=8; x: object X id=17 size=1",
            names.join(" "),
            sessions.collect::<Vec<_>>().join("; "),
        );
        let explorer = explore(&heap);
        let found = ask(&explorer, None, 9, 3);
        let cells: Vec<_> = found
            .rows
            .iter()
            .map(|cell| {
                let Cell { parent, depth, bytes, count, class_id, others, .. } = *cell;
                (parent, depth, &*cell.class_name, bytes, count, class_id.is_some(), others)
            })
            .collect();
        let expected = [
            (None, 0, "Map", 103, 1, false, 0),
            (Some(0), 1, "Session", 98, 9, true, 0),
            (Some(1), 2, "Session", 18, 2, false, 0),
            (Some(1), 2, "", 80, 8, false, 8),
            (None, 0, "", 1, 1, false, 1),
        ];
        assert_eq!(cells, expected);
        assert_eq!((found.rows[1].self_bytes, found.rows[1].id), (0, None));
        // The cell of a group stands for all of it, where none of it is shown.
        let found = ask(&explorer, Some(11), 9, 1);
        assert_eq!(found.rows.len(), 1);
        assert_eq!((found.rows[0].bytes, found.rows[0].count), (98, 9));
        // Neither is further down than was asked for.
        let found = ask(&explorer, None, 1, 99);
        assert!(found.rows.iter().all(|cell| cell.depth == 0 && cell.id.is_some()));
    }
}
