//! The stacks that were recorded with a snapshot, of the objects that are asked for.

use rustc_hash::FxHashMap;

use super::{
    drawn_stacks::{Sum, drawn, shown_stacks},
    source_location::SourceLookup,
};
use crate::{
    allocations::Allocations,
    report::{AllocationRole, AllocationStack},
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocations::{Frame, Sample};

    #[test]
    fn the_stacks_of_what_is_asked_for_are_weighed_by_its_bytes() {
        let frame = |function: &str| Frame {
            caller: None,
            function: function.into(),
            script: Some("/srv/app.js".into()),
            place: Some((1, 1)),
        };
        let sample = |node, bytes, frame| Sample { node: NodeOrdinal(node), bytes, frame };
        let recorded = Allocations {
            interval: 1,
            frames: vec![frame("make"), frame("store")],
            samples: vec![sample(1, 100, 0), sample(2, 300, 1), sample(3, 9000, 0)],
            ..Allocations::default()
        };
        let stacks = recorded_stacks(&recorded, |node| node.0 < 3, &());
        let shown: Vec<_> = stacks
            .iter()
            .map(|it| (it.frames[0].place.function_name.as_deref(), it.samples, it.bytes))
            .collect();
        assert_eq!(shown, [(Some("store"), 1, 300), (Some("make"), 1, 100)]);
        assert!(recorded_stacks(&recorded, |_| false, &()).is_empty());
    }
}
