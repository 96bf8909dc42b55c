//! The stacks that were recorded with a snapshot, of the objects that are asked for.

use rustc_hash::FxHashMap;

use super::{
    drawn_stacks::{Sum, drawn, first_of_program, frames_of, shown_stacks},
    source_location::SourceLookup,
};
use crate::{
    allocations::{Allocations, Sample},
    report::{AllocationRole, AllocationStack, CreatedIn, StackFrame},
    units::NodeOrdinal,
};

/// Returns the stacks from which most bytes of some objects were allocated, such as those of a class
/// or of what a holder keeps alive.
///
/// # Examples
///
/// ```no_run
/// use seep::{explain::recorded_stacks, graph::{GraphReader, HeapGraph}};
///
/// # fn bytes() -> Vec<u8> { Vec::new() }
/// let mut reader = GraphReader::new().with_traces();
/// reader.push(&bytes())?;
/// let graph: HeapGraph = reader.finish()?;
/// if let Some(recorded) = graph.recorded() {
///     let stacks = recorded_stacks(recorded, |node| graph.name(node) == "Visit", &());
///     println!("{}", stacks.len());
/// }
/// # Ok::<(), seep::error::DetectError>(())
/// ```
pub fn recorded_stacks(
    recorded: &Allocations,
    belongs: impl Fn(NodeOrdinal) -> bool,
    sources: &dyn SourceLookup,
) -> Vec<AllocationStack> {
    let mut sums: FxHashMap<(AllocationRole, u32), Sum> = FxHashMap::default();
    for sample in recorded.samples.iter().filter(|sample| belongs(sample.node)) {
        let sum = sums.entry((AllocationRole::Unknown, sample.frame)).or_default();
        sum.samples += 1;
        sum.bytes += recorded.weight(sample.bytes);
    }
    shown_stacks(&drawn(recorded, sums, sources))
}

/// Returns the functions on the stack of an object, from the one that allocated it; `None` if its
/// stack was not recorded.
pub fn recorded_stack(
    recorded: &Allocations,
    node: NodeOrdinal,
    sources: &dyn SourceLookup,
) -> Option<Vec<StackFrame>> {
    let at = recorded.samples.binary_search_by_key(&node, |sample| sample.node).ok()?;
    Some(frames_of(recorded, recorded.samples[at].frame, sources))
}

/// The functions that the objects of a snapshot were allocated in: of each stack the first one of
/// the program's own code, or of a package if there is none.
pub struct Creators {
    functions: Vec<StackFrame>,
    /// By the frame of a sample: the index of its function.
    of_frame: FxHashMap<u32, Option<usize>>,
}

/// What the functions have allocated of each of several groups of objects.
#[derive(Default)]
pub struct Shares {
    groups: FxHashMap<usize, FxHashMap<Option<usize>, (u64, u64)>>,
}

impl Creators {
    /// Reads the stacks of all objects.
    pub fn of(recorded: &Allocations, sources: &dyn SourceLookup) -> Self {
        let mut functions: Vec<StackFrame> = Vec::new();
        let mut indexes = FxHashMap::default();
        let mut of_frame = FxHashMap::default();
        for sample in &recorded.samples {
            of_frame.entry(sample.frame).or_insert_with(|| {
                let frames = frames_of(recorded, sample.frame, sources);
                let function = first_of_program(&frames)?;
                Some(*indexes.entry(function.clone()).or_insert_with(|| {
                    functions.push(function.clone());
                    functions.len() - 1
                }))
            });
        }
        Self { functions, of_frame }
    }

    /// Returns what was allocated of the groups that each object is in.
    pub fn shares<I>(&self, recorded: &Allocations, groups_of: impl Fn(NodeOrdinal) -> I) -> Shares
    where
        I: IntoIterator<Item = usize>,
    {
        let mut shares = Shares::default();
        for &Sample { node, bytes, frame } in &recorded.samples {
            for group in groups_of(node) {
                let of_group = shares.groups.entry(group).or_default();
                let (count, sum) = of_group.entry(self.of_frame[&frame]).or_default();
                *count += 1;
                *sum += bytes;
            }
        }
        shares
    }

    /// Returns the function that allocated most of a group; `None` if Node or V8 did.
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    pub fn most_of(&self, group: usize, shares: &Shares) -> Option<CreatedIn> {
        let of_group = shares.groups.get(&group)?;
        let total: u64 = of_group.values().map(|(_, bytes)| bytes).sum();
        // The first of equals.
        let functions = of_group.iter().filter_map(|(function, sum)| Some(((*function)?, *sum)));
        let most =
            functions.max_by_key(|&(function, (_, bytes))| (bytes, std::cmp::Reverse(function)));
        let (function, (count, bytes)) = most?;
        let share = bytes as f64 / total.max(1) as f64;
        Some(CreatedIn { frame: self.functions[function].clone(), share, count, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocations::{Frame, Sample};

    /// Two objects of `make`, one of `store` and one of Node's.
    fn recorded() -> Allocations {
        let frame = |function: &str, script: &str| Frame {
            caller: None,
            function: function.into(),
            script: Some(script.into()),
            place: Some((1, 1)),
        };
        let sample = |node, bytes, frame| Sample { node: NodeOrdinal(node), bytes, frame };
        let app = "/srv/app.js";
        Allocations {
            interval: 1,
            frames: vec![frame("make", app), frame("store", app), frame("emit", "node:events")],
            samples: vec![
                sample(1, 100, 0),
                sample(2, 300, 1),
                sample(3, 9000, 0),
                sample(5, 400, 2),
            ],
            ..Allocations::default()
        }
    }

    #[test]
    fn the_stacks_of_what_is_asked_for_are_weighed_by_its_bytes() {
        let recorded = recorded();
        let stacks = recorded_stacks(&recorded, |node| node.0 < 3, &());
        let shown: Vec<_> = stacks
            .iter()
            .map(|it| (it.frames[0].place.function_name.as_deref(), it.samples, it.bytes))
            .collect();
        assert_eq!(shown, [(Some("store"), 1, 300), (Some("make"), 1, 100)]);
        assert!(recorded_stacks(&recorded, |_| false, &()).is_empty());
    }

    #[test]
    fn an_object_has_the_stack_that_was_recorded_or_none() {
        let name = |node| {
            let stack = recorded_stack(&recorded(), NodeOrdinal(node), &())?;
            stack[0].place.function_name.clone()
        };
        assert_eq!((name(2), name(4)), (Some("store".to_owned()), None));
    }

    #[test]
    fn the_function_that_allocated_most_of_a_group_is_named() {
        let recorded = recorded();
        let creators = Creators::of(&recorded, &());
        // The first group has all objects, the second two, the third what is Node's.
        let shares = creators.shares(&recorded, |node| {
            let groups = [(0, true), (1, node.0 < 3), (2, node.0 == 5)];
            groups.into_iter().filter_map(|(group, is_in)| is_in.then_some(group))
        });
        let most = |group| {
            let CreatedIn { frame, share, count, bytes } = creators.most_of(group, &shares)?;
            Some((frame.place.function_name?, (share * 100.0).round(), count, bytes))
        };
        assert_eq!(most(0), Some(("make".to_owned(), 93.0, 2, 9100)));
        assert_eq!(most(1), Some(("store".to_owned(), 75.0, 1, 300)));
        assert_eq!((most(2), most(3)), (None, None));
    }
}
