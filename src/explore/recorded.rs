//! Where objects were allocated, in a snapshot that was recorded with the stacks of allocations.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::{Explorer, only::Only};
use crate::{
    allocations::Allocations,
    analysis::{ClassFigures, Measures},
    column::Column,
    explain::{Creators, recorded_stack, recorded_stacks},
    report::{AllocationStack, CreatedIn, StackFrame},
    session::Policy,
    units::NodeOrdinal,
};

/// How much of a heap was recorded with stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// Objects of which the stack of their allocation is known.
    pub count: u64,
    /// Their own bytes.
    pub self_bytes: u64,
}

/// Where some objects were allocated; nothing is known if no stacks were recorded.
#[derive(Debug)]
pub(super) struct Created {
    /// Most of all of them.
    pub(super) all: Option<CreatedIn>,
    /// The heaviest stacks of all of them.
    pub(super) stacks: Option<Vec<AllocationStack>>,
    /// Most of those in each row.
    pub(super) rows: Vec<Option<CreatedIn>>,
}

impl Explorer {
    /// Returns how much of the heap has stacks; `None` if none were recorded.
    pub(crate) fn recorded(&self) -> Option<Recorded> {
        let samples = &self.session.graph().recorded()?.samples;
        let self_bytes = samples.iter().map(|sample| sample.bytes).sum();
        Some(Recorded { count: samples.len() as u64, self_bytes })
    }

    /// Returns the functions on the stack by which `node` was allocated, if it was recorded.
    pub(super) fn stack_of(&self, node: NodeOrdinal) -> Option<Vec<StackFrame>> {
        recorded_stack(self.session.graph().recorded()?, node, &())
    }

    fn creators(&self) -> Option<(&Allocations, Arc<Creators>)> {
        let recorded = self.session.graph().recorded()?;
        Some((recorded, self.creators.get(Policy::Keep, || Creators::of(recorded, &()))))
    }

    /// Fills in where most of the objects of each class were allocated: the `rows` of the set
    /// `only`, in their order.
    pub(super) fn locate_classes(&self, only: Only, rows: &mut [ClassFigures]) {
        let Some(creator_of) = self.class_creators(only) else { return };
        for (row, totals) in rows.iter_mut().zip(&*self.class_totals(only)) {
            row.created_in = creator_of(totals.class.0);
        }
    }

    /// Returns a function that tells where most of the objects of a class were allocated, of those
    /// of the set `only`; `None` if no stacks were recorded.
    pub(super) fn class_creators(
        &self,
        only: Only,
    ) -> Option<impl Fn(u32) -> Option<CreatedIn> + use<>> {
        let (recorded, creators) = self.creators()?;
        let (readings, members) = (self.session.readings(), self.members(only));
        let is_member = |node: NodeOrdinal| {
            members.as_ref().as_ref().is_none_or(|set| set.contains(node.index()))
        };
        let class_of = |node| readings.classes().class_of(node).0 as usize;
        let shares = creators.shares(recorded, |node| is_member(node).then(|| class_of(node)));
        Some(move |class| creators.most_of(class as usize, &shares))
    }

    /// Returns where the objects of which each `is_one` were allocated, and those of them that are in
    /// each of so many `rows`.
    pub(super) fn created(
        &self,
        is_one: impl Fn(NodeOrdinal) -> bool,
        rows: usize,
        row_of: impl Fn(NodeOrdinal) -> Option<usize>,
    ) -> Created {
        let Some((recorded, creators)) = self.creators() else {
            return Created { all: None, stacks: None, rows: vec![None; rows] };
        };
        let groups_of = |node| {
            let groups = is_one(node).then(|| [Some(rows), row_of(node)]);
            groups.into_iter().flatten().flatten()
        };
        let shares = creators.shares(recorded, groups_of);
        Created {
            all: creators.most_of(rows, &shares),
            stacks: Some(recorded_stacks(recorded, &is_one, &())),
            rows: (0..rows).map(|row| creators.most_of(row, &shares)).collect(),
        }
    }

    /// Returns the objects of some branches of the name tree, each with the row of its branch.
    pub(super) fn objects_of(
        &self,
        branches: &FxHashMap<u32, usize>,
    ) -> impl Iterator<Item = (NodeOrdinal, usize)> {
        let book = self.book();
        self.session.graph().ordinals().filter_map(move |node| {
            let row = branches.get(&book.tree().node_of(node))?;
            Some((node, *row))
        })
    }

    /// Returns for each of so many rows where most of what its `objects` keep alive was allocated.
    /// An object comes with the row that it belongs to.
    pub(super) fn creators_below(
        &self,
        rows: usize,
        objects: impl Iterator<Item = (NodeOrdinal, usize)>,
    ) -> Vec<Option<CreatedIn>> {
        let Some((recorded, creators)) = self.creators() else { return vec![None; rows] };
        let row_of: FxHashMap<NodeOrdinal, usize> = objects.collect();
        let below = Below::of(&self.session.measures(), &row_of);
        let shares = creators.shares(recorded, |node| below.rows_above(node));
        (0..rows).map(|row| creators.most_of(row, &shares)).collect()
    }
}

/// Which rows the objects of a heap are below of, in the dominator tree.
struct Below {
    sets: Vec<Vec<usize>>,
    /// By node: which of the sets of rows it is below of.
    set_of: Column<u32>,
}

impl Below {
    fn of(measures: &Measures, row_of: &FxHashMap<NodeOrdinal, usize>) -> Self {
        let pairs = measures.dominators.pairs();
        let mut set_of: Column<u32> = Column::zeroed(pairs.len());
        let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
        let mut with_row: FxHashMap<(u32, usize), u32> = FxHashMap::default();
        // A dominator comes before what it dominates.
        for (node, holder) in pairs {
            let above = set_of[holder.index()];
            let row = row_of.get(&node).filter(|row| !sets[above as usize].contains(row));
            set_of[node.index()] = row.map_or(above, |&row| {
                *with_row.entry((above, row)).or_insert_with(|| {
                    sets.push([&sets[above as usize][..], &[row]].concat());
                    sets.len() as u32 - 1
                })
            });
        }
        Self { sets, set_of }
    }

    fn rows_above(&self, node: NodeOrdinal) -> impl Iterator<Item = usize> + use<'_> {
        self.sets[self.set_of[node.index()] as usize].iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{graph::HeapGraph, session::Session, testkit::draw};

    #[test]
    fn an_object_is_below_each_row_that_is_above_it_once() {
        let heap = draw(
            "root -> a x; a -> b; b -> c; c -> d
            a: object A; b: object B; c: object A; d: object D; x: object X",
        );
        let graph = HeapGraph::from_bytes(heap.json().as_bytes()).expect("a snapshot");
        let node =
            |name: &str| graph.ordinals().find(|&node| graph.name(node) == name).expect("drawn");
        let (b, d, x) = (node("B"), node("D"), node("X"));
        let of_a = graph.ordinals().filter(|&node| graph.name(node) == "A").map(|node| (node, 7));
        let rows: FxHashMap<_, _> = of_a.chain([(b, 4)]).collect();
        let below = Below::of(&Session::lean(graph).measures(), &rows);
        let above = |node| below.rows_above(node).collect::<Vec<_>>();
        assert_eq!((above(d), above(b), above(x)), (vec![7, 4], vec![7, 4], vec![]));
    }
}
