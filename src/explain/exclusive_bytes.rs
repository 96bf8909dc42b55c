//! The bytes that only the items of a growth keep alive.

use crate::{
    analysis::kept::{Groups, Holding, Kept, MOST_GROUPS},
    census::tree::{NONE, NameTree},
    graph::{Edge, HeapGraph},
    growth::Growth,
    units::NodeOrdinal,
    v8::words::{self, Words},
};

/// Marks tree nodes that belong to no growth.
const NOBODY: u8 = u8::MAX;

/// What only the items of growths keep alive.
///
/// The items of a growth are a group, so what they share among each other counts. Listeners of one
/// emitter that share a scope are added and removed together, whatever their events are: so the
/// objects that hold such listeners are groups as well.
pub(super) struct Exclusive<'a> {
    kept: Kept,
    tree: &'a NameTree,
    /// The growth that each tree node is part of, or [`NOBODY`].
    below: Vec<u8>,
    /// By growth: the group of the emitter whose listeners its items are.
    emitters: Vec<Option<usize>>,
}

impl<'a> Exclusive<'a> {
    /// Finds what the items of `growths` keep alive. This is a lower bound of what fixing a leak
    /// frees, since it leaves out everything that they share with others.
    pub(super) fn of(
        growths: &[&Growth],
        graph: &HeapGraph,
        tree: &'a NameTree,
        holding: &Holding<'_>,
        words: &Words,
    ) -> Self {
        let mut group_of: Vec<u8> = vec![NOBODY; tree.nodes().len()];
        for (index, growth) in (0..NOBODY).zip(growths) {
            for &item in &growth.items {
                group_of[item as usize] = index;
            }
        }
        let below = below_items(&group_of, tree);
        let mut groups = growths.len();
        let mut group_of_emitter = |growth: &&Growth| {
            let group = &mut group_of[events_of(growth, graph, tree, words)? as usize];
            if *group == NOBODY && groups < MOST_GROUPS {
                *group = groups as u8;
                groups += 1;
            }
            Some(usize::from(*group)).filter(|&group| (growths.len()..groups).contains(&group))
        };
        let emitters = growths.iter().map(&mut group_of_emitter).collect();
        let kept = Kept::by(holding, groups, |node| {
            let group = group_of[tree.node_of(node) as usize];
            (group != NOBODY).then_some(usize::from(group))
        });
        Self { kept, tree, below, emitters }
    }

    /// Returns the growth that alone keeps `node` alive.
    pub(super) fn owner(&self, node: NodeOrdinal) -> Option<usize> {
        self.owner_among(node, self.kept.groups_of(node))
    }

    /// Returns the bytes that only the items of each growth keep alive.
    pub(super) fn bytes(&self, graph: &HeapGraph) -> Vec<u64> {
        let mut bytes = vec![0; self.emitters.len()];
        for (node, groups) in self.kept.nodes() {
            if let Some(growth) = self.owner_among(node, groups) {
                bytes[growth] += graph.self_size(node);
            }
        }
        bytes
    }

    fn owner_among(&self, node: NodeOrdinal, groups: Groups) -> Option<usize> {
        let keeps = |&growth: &usize| self.kept.keeps(growth, groups);
        (0..self.emitters.len()).find(keeps).or_else(|| {
            let below = usize::from(self.below[self.tree.node_of(node) as usize]);
            let emitter = (*self.emitters.get(below)?)?;
            self.kept.keeps(emitter, groups).then_some(below)
        })
    }
}

/// Returns, for each tree node, the growth whose items it is or lies below.
fn below_items(growth_of: &[u8], tree: &NameTree) -> Vec<u8> {
    let mut below: Vec<u8> = Vec::with_capacity(tree.nodes().len());
    for (&own, node) in growth_of.iter().zip(tree.nodes()) {
        let above = below.get(node.parent as usize).copied().unwrap_or(NOBODY);
        below.push(if own == NOBODY { above } else { own });
    }
    below
}

/// Returns the tree node of the emitter's `_events` object that the growing list belongs
/// to.
fn events_of(growth: &Growth, graph: &HeapGraph, tree: &NameTree, words: &Words) -> Option<u32> {
    let store = tree.nodes()[growth.container as usize].parent;
    let events = (store != NONE).then(|| tree.nodes()[store as usize].sample)?;
    let emitter = tree.parent_of(events)?;
    let is_events = |edge: Edge| edge.to == events && words::is(edge.label, words.events);
    graph.edges(emitter).any(is_events).then_some(store)
}
