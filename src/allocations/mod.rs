//! Where live objects were made: what V8's sampling heap profiler knows.
//!
//! V8 can note the stack of one allocation in so many bytes, and forgets it when the
//! object dies. While something grows, the event loop has it do so ([`control`]). At a
//! capture, the child that walks the heap reads the samples as they lie in memory
//! ([`sampler`]), each with the very object that it is of, so a stack can be told of the
//! objects that leak, not only of stacks that grow.
//!
//! Here are the samples of one snapshot, and how V8 is asked for them. No code of V8's
//! runs in the child; the event loop calls only Start and Stop.

#[cfg(target_os = "linux")]
pub mod control;
#[cfg(target_os = "linux")]
mod functions;
#[cfg(target_os = "linux")]
mod own_memory;
pub mod sampler;

use std::sync::Arc;

use crate::units::NodeOrdinal;

/// Bytes between two samples of ours, from many samples to few: doubled each time, and odd,
/// which is the mark by which they are known to be ours.
pub const INTERVALS: [u64; 7] = [16_411, 32_797, 65_563, 131_101, 262_147, 524_309, 1_048_583];

/// The usual one, among [`INTERVALS`]: 30 MB a second cost 0.2 % of a core.
pub const USUAL: usize = 3;

/// The live samples of one snapshot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Allocations {
    /// One sample is taken in about so many bytes.
    pub interval: u64,
    /// Samples that were taken since sampling began, of objects that have died too.
    pub taken: u64,
    /// Samples that are alive.
    pub live: u64,
    /// Functions on stacks; a caller stands before what it calls.
    pub frames: Vec<Frame>,
    /// Those of the live samples whose object is in the snapshot.
    pub samples: Vec<Sample>,
}

/// A function as one of its callers has called it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The frame of the caller.
    pub caller: Option<u32>,
    /// Name of the function; empty without one.
    pub function: Arc<str>,
    /// Path or URL of its script; `None` for V8's own functions.
    pub script: Option<Arc<str>>,
    /// Where the function begins, from 1, if that is known.
    pub place: Option<(u32, u32)>,
}

/// One sampled object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The object in the snapshot.
    pub node: NodeOrdinal,
    /// Bytes that were allocated with it.
    pub bytes: u64,
    /// The function that allocated it.
    pub frame: u32,
}

impl Allocations {
    /// Whether it is seep that has V8 take samples.
    pub fn are_own(&self) -> bool {
        INTERVALS.contains(&self.interval)
    }

    /// The frames of a stack, from the function that allocated to the outermost caller.
    pub fn stack(&self, frame: u32) -> impl Iterator<Item = &Frame> {
        let at = |frame: u32| self.frames.get(frame as usize);
        std::iter::successors(at(frame), move |frame| at(frame.caller?))
    }

    /// Bytes that a sample of an object of `bytes` stands for, as V8 scales them
    /// (`SamplingHeapProfiler::ScaleSample`): the larger an object, the likelier it is sampled.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn weight(&self, bytes: u64) -> f64 {
        let (bytes, interval) = (bytes as f64, self.interval.max(1) as f64);
        let chance = 1.0 - (-bytes / interval).exp();
        if chance > 0.0 { bytes / chance } else { interval }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_leads_from_what_allocates_to_the_outermost_caller() {
        let frame = |caller, function: &str| Frame {
            caller,
            function: function.into(),
            script: None,
            place: None,
        };
        let frames = vec![frame(None, "main"), frame(Some(0), "handle"), frame(Some(1), "make")];
        let allocations = Allocations { frames, ..Allocations::default() };
        let stack: Vec<&str> = allocations.stack(2).map(|frame| &*frame.function).collect();
        assert_eq!(stack, ["make", "handle", "main"]);
        assert_eq!(allocations.stack(7).count(), 0);
    }

    #[test]
    fn a_small_object_stands_for_the_interval_and_a_large_one_for_itself() {
        let allocations = Allocations { interval: 1000, ..Allocations::default() };
        assert!((allocations.weight(1) - 1000.5).abs() < 0.1);
        assert!((allocations.weight(1_000_000) - 1_000_000.0).abs() < 0.1);
        assert!((allocations.weight(0) - 1000.0).abs() < 0.1, "no number is lost");
    }
}
