//! Decodes the samples of V8's heap profiler from the stream that the child writes.

use std::sync::Arc;

use super::{
    objects::Objects,
    reader::{Cut, Reader},
    shapes::Definitions,
};
use crate::{
    allocations::{Allocations, Frame, Sample},
    units::NodeOrdinal,
    walk::wire::{FRAME_NAME, MOST_SAMPLES},
};

/// Limit of frames, above what the samples can have.
const MOST_FRAMES: usize = 1 << 20;

/// The samples decoded so far.
#[derive(Debug, Default)]
pub(super) struct Samples {
    /// `None` if V8 is not sampling.
    found: Option<Allocations>,
    /// The address of each sample's object, in the order of the samples.
    objects: Vec<u64>,
}

impl Samples {
    pub(super) fn sampler(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        let (interval, taken, live) = (from.number()?, from.number()?, from.number()?);
        if self.found.is_some() || interval == 0 {
            return Err(Cut::Bad("one sampler"));
        }
        self.found = Some(Allocations { interval, taken, live, ..Allocations::default() });
        Ok(())
    }

    pub(super) fn frame(
        &mut self,
        definitions: &Definitions,
        from: &mut Reader<'_>,
    ) -> Result<(), Cut> {
        let (caller, script) = (from.number()?, from.number()?);
        let (line, column) = (from.number()?, from.number()?);
        let length = from.number()?;
        if length > FRAME_NAME as u64 {
            return Err(Cut::Bad("the name of a frame"));
        }
        let name = from.bytes(length)?;
        let frames = &mut self.found.as_mut().ok_or(Cut::Bad("a sampler before"))?.frames;
        if caller > frames.len() as u64 || frames.len() >= MOST_FRAMES {
            return Err(Cut::Bad("a frame that was defined"));
        }
        let script = match script.checked_sub(1) {
            None => None,
            Some(name) => {
                let string = definitions.name(name)?;
                Some(Arc::clone(&definitions.strings.texts()[string as usize]))
            }
        };
        // A program may give `vm` a negative first line.
        let number = |value: u64| u32::try_from(value).ok().filter(|value| *value > 0);
        frames.push(Frame {
            caller: caller.checked_sub(1).map(|caller| caller as u32),
            function: String::from_utf8_lossy(name).replace('\0', " ").into(),
            script: script.filter(|script| !script.is_empty()),
            place: number(line).zip(number(column)),
        });
        Ok(())
    }

    pub(super) fn sample(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        let (at, bytes, frame) = (from.number()?, from.number()?, from.number()?);
        let found = self.found.as_mut().ok_or(Cut::Bad("a sampler before"))?;
        let is_defined = frame < found.frames.len() as u64;
        if !is_defined || found.samples.len() >= MOST_SAMPLES || at >> 61 != 0 {
            return Err(Cut::Bad("a sample of a frame that was defined"));
        }
        // The node is looked up at the end, when all objects are known.
        found.samples.push(Sample { node: NodeOrdinal(0), bytes, frame: frame as u32 });
        self.objects.push(at << 3);
        Ok(())
    }

    /// Returns the samples whose objects are in the graph. The first object is node `first`.
    pub(super) fn finish(self, objects: &mut Objects, first: u32) -> Option<Allocations> {
        let mut found = self.found?;
        let mut addresses = self.objects.into_iter();
        found.samples.retain_mut(|sample| {
            let row = addresses.next().and_then(|at| objects.row(at));
            row.map(|row| sample.node = NodeOrdinal(first + row)).is_some()
        });
        Some(found)
    }
}
