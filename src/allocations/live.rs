//! The live samples of this process, read while it runs.
//!
//! They are read beside the event loop, which may take and drop samples meanwhile: so it never
//! waits, and what is read is an estimate. Each sample is checked by itself ([`Sampler::each`]),
//! and a list that was not nearly whole is read again.
//!
//! V8 knows the script of a function by its number. Its name and the lines in it are worked out
//! by V8, on the event loop, and remembered ([`Places`]).

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Allocations, Frame, Sample,
    sampler::{Peek, RawNode, RawSample, Sampler},
};
use crate::units::NodeOrdinal;

/// Times that a list is read until it is whole.
const ATTEMPTS: usize = 4;
/// Share of the live samples that must be seen.
const WHOLE: f64 = 0.98;
/// The longest name of a function that is read.
const NAME: usize = 256;
/// Frames of a stack: V8 records 64, and a few of its own.
const DEPTH: usize = 128;
/// Limit of the functions whose places are remembered.
const MOST_PLACES: usize = 1 << 16;

/// Where a function is: the number of its script, and the character at which it begins.
pub type Position = (u32, i32);

/// A function in a script, as V8 works it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path or URL of the script.
    pub script: Arc<str>,
    /// Line and column, from 1, if they are known.
    pub at: Option<(u32, u32)>,
}

/// The places of functions that are known so far. V8 never uses the number of a script again.
#[derive(Debug, Default)]
pub struct Places(FxHashMap<Position, Option<Place>>);

impl Places {
    /// Remembers what V8 said about `asked`; what it did not mention has no place.
    pub fn learn(&mut self, asked: &[Position], told: impl IntoIterator<Item = (Position, Place)>) {
        if self.0.len() + asked.len() > MOST_PLACES {
            self.0.clear();
        }
        self.0.extend(asked.iter().map(|position| (*position, None)));
        self.0.extend(told.into_iter().map(|(position, place)| (position, Some(place))));
    }

    /// Forgets everything, as for another isolate.
    pub fn forget(&mut self) {
        self.0.clear();
    }
}

/// A function as one of its callers has called it, still without its script's name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Unplaced {
    caller: Option<u32>,
    function: Arc<str>,
    position: Position,
}

/// The live samples, still without the places of their functions.
#[derive(Clone, Debug, Default)]
pub struct Live {
    interval: u64,
    taken: u64,
    /// Live samples that V8 has counted.
    counted: u64,
    frames: Vec<Unplaced>,
    samples: Vec<(RawSample, u32)>,
}

impl Live {
    /// Reads the samples of `isolate`; `None` if there is no sampler, or it changes too fast.
    pub fn read(memory: &impl Peek, isolate: u64, profiler: u64) -> Option<Self> {
        (0..ATTEMPTS).find_map(|_| {
            let sampler = Sampler::find(memory, isolate, profiler)?;
            let mut samples: Vec<RawSample> = Vec::new();
            let is_whole = sampler.each(memory, |sample| samples.push(sample)).is_some();
            #[expect(clippy::cast_precision_loss, reason = "a share")]
            let share = samples.len() as f64 / (sampler.live.max(1)) as f64;
            if !is_whole && share < WHOLE {
                return None;
            }
            // A table that grows meanwhile may lead to samples twice.
            let mut seen = FxHashSet::default();
            samples.retain(|sample| sample.handle != 0 && seen.insert(sample.handle));
            Some(Self::of(memory, &sampler, &samples))
        })
    }

    fn of(memory: &impl Peek, sampler: &Sampler, samples: &[RawSample]) -> Self {
        let &Sampler { interval, taken, live: counted, .. } = sampler;
        let mut all = Self { interval, taken, counted, ..Self::default() };
        let mut numbers = FxHashMap::default();
        for sample in samples {
            if let Some(frame) = all.frame(memory, sampler.root(), sample.node, &mut numbers) {
                all.samples.push((*sample, frame));
            }
        }
        all
    }

    /// Returns the number of the frame of a node, and reads its callers; `None` for what is no
    /// stack.
    fn frame(
        &mut self,
        memory: &impl Peek,
        root: u64,
        node: u64,
        numbers: &mut FxHashMap<u64, u32>,
    ) -> Option<u32> {
        let mut stack: Vec<(u64, RawNode)> = Vec::new();
        let (mut at, mut caller) = (node, None);
        while at != root {
            if let Some(&number) = numbers.get(&at) {
                caller = Some(number);
                break;
            }
            if stack.len() == DEPTH {
                return None;
            }
            let node = Sampler::node(memory, at)?;
            stack.push((at, node));
            at = node.caller;
        }
        for (at, node) in stack.into_iter().rev() {
            let mut name = [0; NAME];
            let length = memory.text(node.name, &mut name);
            let function = String::from_utf8_lossy(&name[..length]).into();
            let number = self.frames.len() as u32;
            self.frames.push(Unplaced { caller, function, position: (node.script, node.start) });
            numbers.insert(at, number);
            caller = Some(number);
        }
        caller
    }

    /// Returns the number of live samples.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there are no live samples.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Returns the number of functions on their stacks.
    pub fn frames(&self) -> usize {
        self.frames.len()
    }

    /// Returns the functions whose places are not known yet.
    pub fn unknown(&self, places: &Places) -> Vec<Position> {
        let has_script = |position: &Position| position.0 > 0;
        let positions = self.frames.iter().map(|frame| frame.position);
        let unknown: FxHashSet<Position> =
            positions.filter(has_script).filter(|it| !places.0.contains_key(it)).collect();
        unknown.into_iter().collect()
    }

    /// Returns the handles by which V8 knows the objects, in the order of the samples of
    /// [`placed`](Self::placed).
    pub fn handles(&self) -> impl Iterator<Item = u64> + '_ {
        self.samples.iter().map(|(sample, _)| sample.handle)
    }

    /// Returns the samples with the places of their functions. Which objects they are of is not
    /// known.
    pub fn placed(&self, places: &Places) -> Allocations {
        let &Self { interval, taken, counted: live, .. } = self;
        let frames = self.frames.iter().map(|frame| {
            let place = places.0.get(&frame.position).and_then(Option::as_ref);
            Frame {
                caller: frame.caller,
                function: Arc::clone(&frame.function),
                script: place.map(|place| Arc::clone(&place.script)),
                place: place.and_then(|place| place.at),
            }
        });
        let samples = self.samples.iter().map(|&(sample, frame)| Sample {
            node: NodeOrdinal(u32::MAX),
            bytes: sample.bytes,
            frame,
        });
        Allocations { interval, taken, live, frames: frames.collect(), samples: samples.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocations::sampler::tests::{ISOLATE, Made, PROFILER, made};

    fn live(memory: &Made) -> Option<Live> {
        Live::read(memory, ISOLATE, PROFILER)
    }

    #[test]
    fn samples_have_the_places_that_are_known() {
        let live = live(&made()).expect("they are there");
        assert_eq!((live.len(), live.handles().collect::<Vec<_>>()), (1, vec![0x6000]));
        let mut places = Places::default();
        assert_eq!(live.unknown(&places), [(5, 81)]);
        let place = Place { script: "a.js".into(), at: Some((3, 4)) };
        places.learn(&[(5, 81)], [((5, 81), place)]);
        assert_eq!(live.unknown(&places), []);
        let Allocations { interval, taken, frames, samples, .. } = live.placed(&places);
        assert_eq!((interval, taken, samples[0].bytes, samples[0].frame), (16_411, 12, 96, 0));
        let frame = &frames[0];
        assert_eq!((&*frame.function, frame.caller), ("make", None));
        assert_eq!((frame.script.as_deref(), frame.place), (Some("a.js"), Some((3, 4))));
    }

    #[test]
    fn what_has_no_place_is_not_asked_for_again() {
        let live = live(&made()).expect("they are there");
        let mut places = Places::default();
        places.learn(&live.unknown(&places), []);
        assert_eq!(live.unknown(&places), []);
        assert_eq!(live.placed(&places).frames[0].script, None);
        places.forget();
        assert_eq!(live.unknown(&places).len(), 1);
    }

    #[test]
    fn a_list_that_breaks_off_early_is_none() {
        let mut memory = made();
        memory.put(0x4100, &[0, 0x4300, 0x4301]);
        assert!(live(&memory).is_none());
        assert!(live(&Made::default()).is_none());
    }

    #[test]
    fn a_stack_without_an_end_is_no_stack() {
        let mut memory = made();
        memory.put(0x5000 + 96, &[0x5000, 81 << 32 | 5, 0x8100]);
        assert_eq!(live(&memory).expect("a sampler").len(), 0);
    }
}
