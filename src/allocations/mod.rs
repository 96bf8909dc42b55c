//! Where live objects were allocated, from V8's sampling heap profiler.
//!
//! V8 can record the stack of one allocation per interval of bytes, and discards it when the
//! object dies. While something grows, the event loop lets V8 do so ([`control`]). At a
//! capture, the child that walks the heap reads the samples as they are in memory
//! ([`sampler`]), each with its object. So the stacks are those of the objects that leak, not
//! merely stacks that grow.
//!
//! This module has the samples of one snapshot, and the control of the sampler. No V8 code
//! runs in the child; the event loop only calls Start and Stop.

#[cfg(target_os = "linux")]
pub mod control;
#[cfg(target_os = "linux")]
mod functions;
pub mod live;
#[cfg(target_os = "linux")]
pub mod own_memory;
#[cfg(target_os = "linux")]
pub mod profile;
pub mod sampler;

use std::sync::Arc;

use crate::units::NodeOrdinal;

/// Our intervals in bytes, each twice the one before. All are odd, by which our sampler is
/// recognised.
pub const INTERVALS: [u64; 7] = [16_411, 32_797, 65_563, 131_101, 262_147, 524_309, 1_048_583];

/// Index of the default among [`INTERVALS`]: 30 MB per second cost 0.2 % of a core.
pub const USUAL: usize = 3;

/// The live samples of one snapshot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Allocations {
    /// The average number of bytes from one sample to the next.
    pub interval: u64,
    /// Samples taken since sampling began, including those of objects that have died.
    pub taken: u64,
    /// Samples that are alive.
    pub live: u64,
    /// Functions on stacks; callers come before what they call.
    pub frames: Vec<Frame>,
    /// The live samples whose objects are in the snapshot.
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
    /// Whether seep started the sampler.
    pub fn are_own(&self) -> bool {
        INTERVALS.contains(&self.interval)
    }

    /// Returns the frames of a stack, from the function that allocated to the outermost caller.
    pub fn stack(&self, frame: u32) -> impl Iterator<Item = &Frame> {
        let at = |frame: u32| self.frames.get(frame as usize);
        std::iter::successors(at(frame), move |frame| at(frame.caller?))
    }

    /// Returns the bytes that a sample of an object of `bytes` represents, as V8 scales them
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
