//! The stacks from which the objects of a leak were allocated.
//!
//! A sample is of one object, and an object belongs to a leak if the items of that alone keep
//! it alive, or if it is what holds them. What it is to the leak says what its stack means:
//!
//! | the object is                                            | its stack says     |
//! |----------------------------------------------------------|--------------------|
//! | an item                                                  | who creates it     |
//! | on the way to items: a table, a list's elements, an entry | who stores it      |
//! | anything else that items keep alive                      | what they bring    |
//!
//! They are never ranked together by bytes: what a request brings along outweighs it.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    container_choice::Chosen,
    exclusive_bytes::NOBODY,
    heap_path, redact,
    source_location::{SourceLookup, presentable},
};
use crate::{
    allocations::{Allocations, Frame, Sample},
    census::tree::NameTree,
    graph::HeapGraph,
    growth::Growth,
    report::{
        AllocationRole, AllocationSource, AllocationStack, FrameKind, LeakAllocations,
        SamplerOwner, SourceLocation, StackFrame, StackPlace,
    },
    units::NodeOrdinal,
    v8::scripts,
};

/// The code of a leak none of whose objects has a sample.
pub(super) const NOT_LINKED: &str = "ALLOCATIONS_NOT_LINKED";

/// Stacks of each role that are told: who reads more, reads a profile.
const MOST_STACKS: [(AllocationRole, usize); 3] =
    [(AllocationRole::Item, 3), (AllocationRole::Store, 3), (AllocationRole::Content, 4)];

/// Frames of a stack: as many as V8 notes.
const MOST_FRAMES: usize = 64;

/// The samples that a report is made of, with the number of its growth, or the code of why there
/// are none.
pub(super) type Stacks<'a> = Result<(&'a Linked<'a>, usize), &'static str>;

/// The samples of one snapshot, by what they belong to.
pub(super) struct Linked<'a> {
    allocations: &'a Allocations,
    /// Those that the items of each growth keep alive.
    of_items: Vec<Vec<Sample>>,
    /// Those whose objects no growth's items keep alive, by tree node: tables among them.
    others: FxHashMap<u32, Vec<Sample>>,
}

/// What a leak is, as far as samples are concerned.
pub(super) struct About<'a> {
    graph: &'a HeapGraph,
    tree: &'a NameTree,
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
        Self { graph, tree, items, store, container }
    }

    /// What an object is that items keep alive.
    fn role_inside(&self, node: NodeOrdinal) -> AllocationRole {
        let at = self.tree.node_of(node);
        let is_internal = heap_path::is_internal(self.graph, node);
        if self.store.contains(&at) || (self.items.contains(&at) && is_internal) {
            AllocationRole::Store
        } else if self.items.contains(&at) {
            AllocationRole::Item
        } else {
            AllocationRole::Content
        }
    }

    /// Whether an object that items do not keep alive is what holds them.
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

impl<'a> Linked<'a> {
    /// Sorts the samples by what `owner` says of their objects, for so many growths.
    pub(super) fn of(
        allocations: &'a Allocations,
        growths: usize,
        tree: &NameTree,
        owner: &[u16],
    ) -> Self {
        let mut of_items = vec![Vec::new(); growths];
        let mut others: FxHashMap<u32, Vec<Sample>> = FxHashMap::default();
        for &sample in &allocations.samples {
            match owner.get(sample.node.index()) {
                None => {}
                Some(&NOBODY) => {
                    others.entry(tree.node_of(sample.node)).or_default().push(sample);
                }
                Some(&growth) => of_items[usize::from(growth)].push(sample),
            }
        }
        Self { allocations, of_items, others }
    }

    /// The stacks of growth `index`, which is about what `about` says; `None` without any.
    pub(super) fn report(
        &self,
        index: usize,
        about: &About<'_>,
        sources: &dyn SourceLookup,
        redact_names: bool,
    ) -> Option<LeakAllocations> {
        let inside = self.of_items.get(index).into_iter().flatten();
        let inside = inside.map(|sample| (about.role_inside(sample.node), *sample));
        let holding = self.others.values().flatten().filter(|sample| about.holds(sample.node));
        let mut sums: FxHashMap<(AllocationRole, u32), Sum> = FxHashMap::default();
        for (role, sample) in inside.chain(holding.map(|it| (AllocationRole::Store, *it))) {
            let sum = sums.entry((role, sample.frame)).or_default();
            sum.samples += 1;
            sum.bytes += self.allocations.weight(sample.bytes);
        }
        let mut stacks: Vec<Stack> = sums
            .into_iter()
            .map(|((role, frame), sum)| Stack {
                role,
                sum,
                is_cut: self.is_cut_by_await(frame),
                frames: self.frames(frame, sources),
                frame,
            })
            .collect();
        stacks.sort_by(|a, b| {
            let order = a.role.cmp(&b.role).then(b.sum.bytes.total_cmp(&a.sum.bytes));
            order.then(a.frame.cmp(&b.frame))
        });
        let samples = stacks.iter().map(|stack| stack.sum.samples).sum();
        if samples == 0 {
            return None;
        }
        let place = |role| place_of(stacks.iter().filter(|stack| stack.role == role));
        let mut report = LeakAllocations {
            source: AllocationSource::Linked,
            sampler: if self.allocations.are_own() {
                SamplerOwner::Own
            } else {
                SamplerOwner::Shared
            },
            samples,
            interval_bytes: self.allocations.interval,
            created_in: place(AllocationRole::Item),
            stored_in: place(AllocationRole::Store),
            stacks: told_stacks(&stacks),
        };
        if redact_names {
            hide(&mut report);
        }
        Some(report)
    }

    /// From the function that allocated to the outermost one that is not Node's or V8's.
    fn frames(&self, frame: u32, sources: &dyn SourceLookup) -> Vec<StackFrame> {
        let stack = self.allocations.stack(frame).take(MOST_FRAMES);
        let mut frames: Vec<StackFrame> = stack.map(|frame| shown(frame, sources)).collect();
        if let Some(last) = frames.iter().rposition(|frame| is_programs(frame.kind)) {
            frames.truncate(last + 1);
        }
        frames
    }

    /// Whether V8 has called the outermost function of the program, or Node has from its queue
    /// of microtasks: then it has gone on after an `await`, or answers a promise.
    fn is_cut_by_await(&self, frame: u32) -> bool {
        let mut stack = self.allocations.stack(frame).take(MOST_FRAMES);
        let mut callers: Vec<&Frame> = Vec::new();
        for frame in stack.by_ref() {
            if frame.script.as_deref().is_some_and(|script| !scripts::is_node(script)) {
                callers.clear();
            } else {
                callers.push(frame);
            }
        }
        let is_engine = |frame: &Frame| frame.script.is_none();
        let is_queue = |frame: &Frame| MICROTASKS.contains(&&*frame.function);
        callers.first().is_some_and(|frame| is_engine(frame) || is_queue(frame))
            && callers.iter().all(|frame| is_engine(frame) || is_queue(frame))
    }
}

/// The functions by which Node has V8 run microtasks.
const MICROTASKS: [&str; 2] = ["processTicksAndRejections", "runNextTicks"];

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    samples: u64,
    bytes: f64,
}

struct Stack {
    role: AllocationRole,
    frame: u32,
    sum: Sum,
    is_cut: bool,
    frames: Vec<StackFrame>,
}

fn is_programs(kind: FrameKind) -> bool {
    matches!(kind, FrameKind::App | FrameKind::Package)
}

/// A frame as it was written.
fn shown(frame: &Frame, sources: &dyn SourceLookup) -> StackFrame {
    let name = |name: &Arc<str>| (!name.is_empty()).then(|| name.to_string());
    let place = SourceLocation {
        file: frame.script.as_deref().map(|script| presentable(script).to_owned()),
        line: frame.place.map(|(line, _)| line),
        column: frame.place.map(|(_, column)| column),
        function_name: name(&frame.function),
    };
    let place = sources.original(&place).unwrap_or(place);
    let kind = match place.file.as_deref() {
        None => FrameKind::Engine,
        Some(file) if scripts::is_node(file) => FrameKind::Node,
        Some(file) if scripts::is_programs(file) => FrameKind::App,
        Some(_) => FrameKind::Package,
    };
    StackFrame { place, kind }
}

/// The function that most bytes of `stacks` come from: of each the first of the program's
/// own, or of a package where there is none.
fn place_of<'a>(stacks: impl Iterator<Item = &'a Stack>) -> Option<StackPlace> {
    let mut places: Vec<(&StackFrame, Sum)> = Vec::new();
    let mut total = 0.0;
    for stack in stacks {
        total += stack.sum.bytes;
        let first = |kind| stack.frames.iter().find(|frame| frame.kind == kind);
        let Some(frame) = first(FrameKind::App).or_else(|| first(FrameKind::Package)) else {
            continue;
        };
        let known = places.iter_mut().find(|(place, _)| *place == frame);
        if let Some((_, sum)) = known {
            sum.samples += stack.sum.samples;
            sum.bytes += stack.sum.bytes;
        } else {
            places.push((frame, stack.sum));
        }
    }
    // Of equals the first, which is that of the heaviest stack.
    let most = places.into_iter().rev().max_by(|(_, a), (_, b)| a.bytes.total_cmp(&b.bytes));
    most.map(|(frame, sum)| StackPlace {
        frame: frame.clone(),
        share: sum.bytes / total,
        samples: sum.samples,
    })
}

fn told_stacks(stacks: &[Stack]) -> Vec<AllocationStack> {
    let mut reports = Vec::new();
    for (role, most) in MOST_STACKS {
        let of_role = || stacks.iter().filter(|stack| stack.role == role);
        let total: f64 = of_role().map(|stack| stack.sum.bytes).sum();
        reports.extend(of_role().take(most).map(|stack| AllocationStack {
            role,
            share: stack.sum.bytes / total,
            samples: stack.sum.samples,
            bytes: whole(stack.sum.bytes),
            cut_by_await: stack.is_cut,
            frames: stack.frames.clone(),
        }));
    }
    reports
}

#[expect(clippy::cast_sign_loss, reason = "a sum of bytes")]
fn whole(bytes: f64) -> u64 {
    bytes.round().max(0.0) as u64
}

fn hide(report: &mut LeakAllocations) {
    let stacks = report.stacks.iter_mut().flat_map(|stack| &mut stack.frames);
    let places = [&mut report.created_in, &mut report.stored_in];
    let places = places.into_iter().flatten().map(|place| &mut place.frame);
    for frame in stacks.chain(places) {
        redact::place(Some(&mut frame.place));
    }
}
