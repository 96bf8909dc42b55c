//! The stacks from which the objects of a leak were allocated.
//!
//! A sample belongs to one object, and an object belongs to a leak if it is an item, if only
//! items keep it alive, or if it holds them. Its part in the leak says what its stack means:
//!
//! | the object is                                               | its stack shows      |
//! |-------------------------------------------------------------|----------------------|
//! | an item                                                     | who creates it       |
//! | on the way to items: a table, the elements of a list, an entry | who stores it     |
//! | anything else below items                                   | who creates contents |
//!
//! The three are never ranked together by bytes: the contents of a request outweigh it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    container_choice::Chosen,
    drawn_stacks::{Sum, drawn, hide, place_of, shown_stacks},
    heap_path,
    source_location::SourceLookup,
};
use crate::{
    allocations::{Allocations, Sample},
    census::tree::NameTree,
    graph::{HeapGraph, NodeKind},
    growth::Growth,
    report::{
        AllocationRole, AllocationSource, FrameKind, LeakAllocations, SamplerOwner, StackPlace,
    },
    units::NodeOrdinal,
    v8::{
        telling::{Telling, telling},
        words::Words,
    },
};

/// The code of a leak none of whose objects has a sample.
pub(super) const NOT_LINKED: &str = "ALLOCATIONS_NOT_LINKED";

/// The samples for a report, with the number of its growth, or the code of why there are
/// none.
pub(super) type Stacks<'a> = Result<(&'a Linked<'a>, usize), &'static str>;

/// The samples of one snapshot, by what their objects belong to.
pub(super) struct Linked<'a> {
    allocations: &'a Allocations,
    /// Those that only the items of one growth keep alive, by growth.
    of_items: Vec<Vec<Sample>>,
    /// The rest by tree node, such as tables, and items that something else holds as well.
    others: FxHashMap<u32, Vec<Sample>>,
}

/// The parts of a leak to which samples may belong.
pub(super) struct About<'a> {
    graph: &'a HeapGraph,
    tree: &'a NameTree,
    /// The class of the items, if it is one that the program defines.
    class: Option<&'a str>,
    /// Tree nodes of items.
    items: FxHashSet<u32>,
    /// Tree nodes on the way from the container to an item.
    store: FxHashSet<u32>,
    /// That of the container.
    container: u32,
}

impl<'a> About<'a> {
    /// The subject of `growth`, of which `chosen` is shown.
    pub(super) fn of(
        chosen: &Chosen,
        growth: &Growth,
        graph: &'a HeapGraph,
        words: &Words,
        tree: &'a NameTree,
    ) -> Self {
        let way = &chosen.heap_path.hops;
        let way = way.get(chosen.container_at + 1..chosen.item_at).unwrap_or_default();
        let container = tree.node_of(chosen.container);
        let mut store: FxHashSet<u32> = way.iter().map(|hop| tree.node_of(hop.node)).collect();
        if growth.container != container {
            store.insert(growth.container);
        }
        store.remove(&chosen.item_tree);
        let mut items = FxHashSet::from_iter([chosen.item_tree]);
        let is_text = |at: u32| tree.nodes()[at as usize].text;
        let has_text = is_text(chosen.item_tree);
        // Keys are no items beside values.
        items.extend(growth.items.iter().copied().filter(|&at| has_text || !is_text(at)));
        items.retain(|at| !store.contains(at));
        let is_named = telling(graph, words, chosen.item) == Telling::Named;
        let class = is_named.then(|| graph.name(chosen.item));
        Self { graph, tree, class, items, store, container }
    }

    /// Returns the part of an object that is an item or below one.
    fn role_below(&self, node: NodeOrdinal) -> AllocationRole {
        let at = self.tree.node_of(node);
        let is_internal = heap_path::is_internal(self.graph, node);
        if self.store.contains(&at) || (self.items.contains(&at) && is_internal) {
            AllocationRole::Store
        } else if self.items.contains(&at) || self.is_of_class(node) {
            AllocationRole::Item
        } else {
            AllocationRole::Content
        }
    }

    /// Whether the object has the class of the items: then it is one, as in a tree or a linked
    /// list, in which items hold items.
    fn is_of_class(&self, node: NodeOrdinal) -> bool {
        let graph = self.graph;
        self.class
            .is_some_and(|class| graph.kind(node) == NodeKind::Object && graph.name(node) == class)
    }

    /// Whether the tree node is that of an item, or below one.
    fn is_below_item(&self, at: u32) -> bool {
        let parent = |at: &u32| self.tree.nodes().get(*at as usize).map(|node| node.parent);
        std::iter::successors(Some(at), parent).any(|at| self.items.contains(&at))
    }

    /// Whether an object that items do not keep alive holds them.
    fn holds(&self, node: NodeOrdinal) -> bool {
        let at = self.tree.node_of(node);
        let is_below = |parent: u32| parent == self.container || self.store.contains(&parent);
        let is_part = || {
            let parent = self.tree.nodes().get(at as usize).map(|node| node.parent);
            heap_path::is_internal(self.graph, node) && parent.is_some_and(is_below)
        };
        self.store.contains(&at) || is_part()
    }
}

/// Returns who creates: of the items, or of their contents if only packages are on the stacks of
/// the items, or nothing is, and the program's own code is on those of the contents.
fn creator(of_items: Option<StackPlace>, of_contents: Option<StackPlace>) -> Option<StackPlace> {
    let is_own = |place: &StackPlace| place.frame.kind == FrameKind::App;
    match (&of_items, &of_contents) {
        (Some(items), Some(contents)) if !is_own(items) && is_own(contents) => of_contents,
        _ => of_items.or(of_contents),
    }
}

impl<'a> Linked<'a> {
    /// Sorts the samples by the growth that owns their objects.
    pub(super) fn of(
        allocations: &'a Allocations,
        growths: usize,
        tree: &NameTree,
        owner: impl Fn(NodeOrdinal) -> Option<usize>,
    ) -> Self {
        let mut of_items = vec![Vec::new(); growths];
        let mut others: FxHashMap<u32, Vec<Sample>> = FxHashMap::default();
        for &sample in &allocations.samples {
            match owner(sample.node) {
                Some(growth) => of_items[growth].push(sample),
                None => others.entry(tree.node_of(sample.node)).or_default().push(sample),
            }
        }
        Self { allocations, of_items, others }
    }

    /// Returns the stacks of growth `index`; `None` if there are none.
    pub(super) fn report(
        &self,
        index: usize,
        about: &About<'_>,
        sources: &dyn SourceLookup,
        redact_names: bool,
    ) -> Option<LeakAllocations> {
        let owned = self.of_items.get(index).into_iter().flatten();
        let owned = owned.map(|sample| (about.role_below(sample.node), *sample));
        // What something else holds as well, such as a native handle, belongs to the leak if
        // the tree of names leads to it through the items.
        let others = self.others.iter().flat_map(|(&at, samples)| {
            let is_below = about.is_below_item(at);
            samples.iter().filter_map(move |sample| {
                let role = if about.holds(sample.node) {
                    Some(AllocationRole::Store)
                } else {
                    is_below.then(|| about.role_below(sample.node))
                };
                role.map(|role| (role, *sample))
            })
        });
        let mut sums: FxHashMap<(AllocationRole, u32), Sum> = FxHashMap::default();
        for (role, sample) in owned.chain(others) {
            let sum = sums.entry((role, sample.frame)).or_default();
            sum.samples += 1;
            sum.bytes += self.allocations.weight(sample.bytes);
        }
        let stacks = drawn(self.allocations, sums, sources);
        let samples = stacks.iter().map(|stack| stack.sum.samples).sum();
        if samples == 0 {
            return None;
        }
        let place = |role| place_of(role, &stacks);
        let (created_in, stored_in) = (place(AllocationRole::Item), place(AllocationRole::Store));
        let mut report = LeakAllocations {
            source: AllocationSource::Linked,
            sampler: SamplerOwner::of(self.allocations.are_own()),
            samples,
            interval_bytes: self.allocations.interval,
            created_in: creator(created_in, place(AllocationRole::Content)),
            stored_in,
            stacks: shown_stacks(&stacks),
        };
        if redact_names {
            hide(&mut report);
        }
        Some(report)
    }
}
