//! What groups of objects alone keep alive.
//!
//! [`Dominators`](super::Dominators) answer this for every object of a heap, and take 24 bytes for
//! each while they are made. A report asks about a few groups of objects, and three searches answer
//! that with a few bits for each object:
//!
//! 1. from the root, stopping in front of the groups: what anything else keeps alive;
//! 2. from the groups, through what is left, which is usually little: by which groups each of those
//!    objects is reached without passing another;
//! 3. from group to group: which of them only live because of another.

use rustc_hash::FxHashMap;

use crate::{
    bits::{BitSet, Ranks},
    column::{self, Column},
    graph::{EdgeKind, HeapGraph, Links},
    units::NodeOrdinal,
    v8::{ephemerons::EphemeronEdges, essential::EssentialEdges},
};

/// Groups that can be asked about together.
pub(crate) const MOST_GROUPS: usize = 31;

/// Several groups, one bit each.
pub(crate) type Groups = u32;

/// The bit that no group has: everything that is no part of a group.
const OTHERS: Groups = 1 << MOST_GROUPS;

/// The references that keep objects alive, as for [`Dominators`](super::Dominators).
///
/// Memory: one bit per node, if V8 wrote which objects are globals.
pub(crate) struct Holding<'a> {
    links: &'a Links,
    essential: EssentialEdges,
    /// What can be reached from the globals. What is outside does not hold what is in it.
    page: BitSet,
}

impl<'a> Holding<'a> {
    pub(crate) fn of(graph: &'a HeapGraph) -> Self {
        let essential = EssentialEdges::of(graph, &EphemeronEdges::of(graph));
        let page = page(graph.links(), &essential);
        Self { links: graph.links(), essential, page }
    }

    /// Calls `with` for each object that `source` keeps alive.
    #[inline]
    fn each(&self, source: u32, mut with: impl FnMut(u32)) {
        column::ask_at(source as usize);
        let essential = self.essential.of_node(source);
        let is_in_page = source == self.essential.root.0 || self.page.contains(source as usize);
        for (position, (kind, target)) in self.links.range(source).zip(self.links.of(source)) {
            if essential.contains(position, kind, target)
                && (is_in_page || !self.page.contains(target as usize))
            {
                with(target);
            }
        }
    }
}

/// Finds the page: what all references but weak ones lead to from its entries.
fn page(links: &Links, essential: &EssentialEdges) -> BitSet {
    if essential.page_entries.is_empty() {
        return BitSet::default();
    }
    let mut page = BitSet::new(links.node_count());
    let mut open: Column<u32> = Column::new();
    let mut enter = |node: u32, open: &mut Column<u32>| {
        if page.insert(node as usize) {
            open.push(node);
        }
    };
    for &position in &essential.page_entries {
        enter(links.get(position as usize).1, &mut open);
    }
    while let Some(node) = open.pop() {
        let strong = links.of(node).filter(|&(kind, _)| kind != EdgeKind::Weak);
        strong.for_each(|(_, target)| enter(target, &mut open));
    }
    page
}

/// What each of some groups of objects keeps alive, and nothing else does.
///
/// Memory: one and a half bits per node, and 4 bytes per node that is kept alive by groups alone;
/// two bits more per node while it is made.
pub(crate) struct Kept {
    /// The nodes that only groups keep alive, or nothing.
    inside: BitSet,
    ranks: Ranks,
    /// By which groups each of them is reached.
    reached_by: Column<Groups>,
    /// By group: those that live because of it alone, and itself.
    keeps: Vec<Groups>,
}

impl Kept {
    /// Finds what is kept by `count` groups, at most [`MOST_GROUPS`]; `group_of` says of which
    /// one a node is part.
    pub(crate) fn by(
        holding: &Holding<'_>,
        count: usize,
        group_of: impl Fn(NodeOrdinal) -> Option<usize>,
    ) -> Self {
        let nodes = if count > 0 { holding.links.node_count() } else { 0 };
        let mut outside = BitSet::new(nodes);
        let mut doors = BitSet::new(nodes);
        let mut open: Column<u32> = Column::new();
        let mut enter = |node: u32, open: &mut Column<u32>| {
            if outside.contains(node as usize) || doors.contains(node as usize) {
                return;
            }
            if group_of(NodeOrdinal(node)).is_some() {
                doors.insert(node as usize);
            } else {
                outside.insert(node as usize);
                open.push(node);
            }
        };
        if nodes > 0 {
            enter(holding.essential.root.0, &mut open);
        }
        while let Some(node) = open.pop() {
            holding.each(node, |target| enter(target, &mut open));
        }
        let inside = outside.complement(nodes);
        let ranks = Ranks::of(&inside);
        let reached_by = Column::zeroed(ranks.count());
        let above = vec![0; count];
        let mut inner = Inner { holding, group_of, inside, ranks, reached_by, above, open };
        for door in doors.iter() {
            inner.reach(door as u32, OTHERS);
        }
        drop(doors);
        inner.search();
        inner.reach_orphans();
        let keeps = (0..count).map(|group| kept_by(group, &inner.above)).collect();
        let Inner { inside, ranks, reached_by, .. } = inner;
        Self { inside, ranks, reached_by, keeps }
    }

    /// Returns the nodes that groups keep alive, and by which of them each is reached without
    /// passing another.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (NodeOrdinal, Groups)> + '_ {
        let nodes = self.inside.iter().zip(self.reached_by.iter());
        nodes
            .filter(|&(_, &groups)| groups & !OTHERS != 0)
            .map(|(node, &groups)| (NodeOrdinal(node as u32), groups))
    }

    /// Returns by which groups `node` is reached; 0 if they do not keep it.
    pub(crate) fn groups_of(&self, node: NodeOrdinal) -> Groups {
        if !self.inside.contains(node.index()) {
            return 0;
        }
        self.reached_by[self.ranks.get(&self.inside, node.index())]
    }

    /// Whether `group` keeps alive what is reached by `groups`.
    #[inline]
    pub(crate) fn keeps(&self, group: usize, groups: Groups) -> bool {
        groups != 0 && groups & !self.keeps[group] == 0
    }

    /// Returns the bytes that each group keeps alive.
    pub(crate) fn bytes(&self, graph: &HeapGraph) -> Vec<u64> {
        let mut of_groups: FxHashMap<Groups, u64> = FxHashMap::default();
        for (node, groups) in self.nodes() {
            *of_groups.entry(groups).or_default() += graph.self_size(node);
        }
        let kept = |group| {
            let kept = of_groups.iter().filter(|&(&groups, _)| self.keeps(group, groups));
            kept.map(|(_, bytes)| bytes).sum()
        };
        (0..self.keeps.len()).map(kept).collect()
    }
}

/// Returns the retained sizes of `nodes`, at most [`MOST_GROUPS`] different ones.
pub(crate) fn retained(
    graph: &HeapGraph,
    holding: &Holding<'_>,
    nodes: &[NodeOrdinal],
) -> Vec<u64> {
    let mut groups: FxHashMap<NodeOrdinal, usize> = FxHashMap::default();
    for &node in nodes {
        let next = groups.len();
        groups.entry(node).or_insert(next);
    }
    let kept = Kept::by(holding, groups.len(), |node| groups.get(&node).copied());
    let bytes = kept.bytes(graph);
    nodes.iter().map(|node| bytes[groups[node]]).collect()
}

/// The search from the groups.
struct Inner<'a, G> {
    holding: &'a Holding<'a>,
    group_of: G,
    inside: BitSet,
    ranks: Ranks,
    reached_by: Column<Groups>,
    /// By group: from which others it is reached.
    above: Vec<Groups>,
    open: Column<u32>,
}

impl<G: Fn(NodeOrdinal) -> Option<usize>> Inner<'_, G> {
    /// Notes that `node` is reached by `groups`.
    #[inline]
    fn reach(&mut self, node: u32, groups: Groups) {
        if !self.inside.contains(node as usize) {
            return;
        }
        let groups = match (self.group_of)(NodeOrdinal(node)) {
            Some(group) => {
                self.above[group] |= groups;
                1 << group
            }
            None => groups,
        };
        let known = &mut self.reached_by[self.ranks.get(&self.inside, node as usize)];
        if groups & !*known != 0 {
            *known |= groups;
            self.open.push(node);
        }
    }

    fn search(&mut self) {
        while let Some(node) = self.open.pop() {
            let groups = self.groups_of(node);
            let holding = self.holding;
            holding.each(node, |target| self.reach(target, groups));
        }
    }

    fn groups_of(&self, node: u32) -> Groups {
        self.reached_by[self.ranks.get(&self.inside, node as usize)]
    }

    /// Treats what nothing holds, or only itself, as held by the root, as DevTools does.
    fn reach_orphans(&mut self) {
        let is_reached: BitSet = self.reached_by.iter().map(|&groups| groups != 0).collect();
        if is_reached.len() == self.ranks.count() {
            return;
        }
        let left: Vec<u32> = (self.inside.iter().enumerate())
            .filter(|&(rank, _)| !is_reached.contains(rank))
            .map(|(_, node)| node as u32)
            .collect();
        let mut is_held = BitSet::new(self.holding.links.node_count());
        for &node in &left {
            self.holding.each(node, |target| _ = is_held.insert(target as usize));
        }
        for &node in left.iter().filter(|&&node| !is_held.contains(node as usize)) {
            self.reach(node, OTHERS);
        }
        self.search();
        // Of cycles that nothing holds, each object is on its own.
        for &node in &left {
            if self.groups_of(node) == 0 {
                self.reach(node, OTHERS);
            }
        }
    }
}

/// Returns the groups that are not reached where `without` is not passed.
fn kept_by(without: usize, above: &[Groups]) -> Groups {
    let mut alive = OTHERS;
    loop {
        let is_reached = |&group: &usize| group != without && above[group] & alive != 0;
        let reached = (0..above.len()).filter(is_reached).fold(alive, |all, one| all | 1 << one);
        if reached == alive {
            return !alive;
        }
        alive = reached;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::{Dominators, RetainedSizes},
        testkit::{Random, draw, random_heap},
    };

    #[test]
    fn retained_sizes_are_those_of_the_dominators() {
        let mut random = Random::new(3);
        for most in [12, 40, 400] {
            for _ in 0..100 {
                let graph = random_heap(&mut random, most).graph();
                let expected = RetainedSizes::of(&graph, &Dominators::of(&graph));
                let holding = Holding::of(&graph);
                let count = graph.node_count();
                // All but the root, which also holds what nothing else does.
                let mut node = |_| NodeOrdinal(1 + random.below(count - 1) as u32);
                let nodes: Vec<_> = (0..MOST_GROUPS).map(&mut node).collect();
                let found = retained(&graph, &holding, &nodes);
                for (&node, bytes) in nodes.iter().zip(found) {
                    assert_eq!(bytes, expected.retained(node), "{node:?}");
                }
            }
        }
    }

    #[test]
    fn a_group_keeps_what_several_of_its_objects_share_and_groups_below_it() {
        let drawing = draw(
            "root -> app other; app -> a1 a2 b1; a1 -> s; a2 -> s; a2 -> t; b1 -> t; s -> c1
             c1 -> deep; other -> kept; b1 -> kept
             a1: object A size=1; a2: object A size=2; b1: object B size=4; s: object S size=8
             t: object T size=16; c1: object C size=32; deep: object D size=64
             kept: object K size=128",
        );
        let graph = drawing.graph();
        let group = |node: NodeOrdinal| match drawing.label(node) {
            "a1" | "a2" => Some(0),
            "b1" => Some(1),
            "c1" => Some(2),
            _ => None,
        };
        let kept = Kept::by(&Holding::of(&graph), 3, group);
        assert_eq!(kept.bytes(&graph), [1 + 2 + 8 + 32 + 64, 4, 32 + 64]);
        let of = |label| kept.groups_of(drawing.node(label));
        assert_eq!([of("s"), of("t"), of("deep"), of("kept")], [1, 3, 4, 0]);
    }
}
