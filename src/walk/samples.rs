//! Reads the samples of V8's heap profiler in the child, and writes them to the stream.
//!
//! A sample has an object that the walk has seen, and the stack that allocated it. V8 keeps
//! both outside of its heap (`allocations::sampler`). Of a function it keeps the name, the number
//! of its script, and the position at which it begins. The scripts are found in a list that a
//! root of the heap leads to.
//!
//! All reads are checked. If the layout is a different one, there are no samples, and the walk
//! continues.

use super::{
    Anchors,
    arena::Arena,
    heap::{Heap, is_reference, is_weak, smi},
    layout::{Kind, offset},
    memory::Memory,
    names::Names,
    naming::Name,
    scan::{Scan, Stop},
    table::{List, Table},
    wire::{FRAME_NAME, MOST_SAMPLES, Style, Writer, record},
};
use crate::allocations::sampler::{Peek, RawNode, RawSample, Sampler};

/// Limit of the frames of a stack: V8 records 64, and a few of its own.
const DEPTH: usize = 128;

/// Words of a `WeakArrayList` before its first entry.
const LIST_HEAD: u64 = 3;

/// Writes the live samples, if V8 is sampling.
pub fn send(scan: &mut Scan<'_>, anchors: &Anchors) {
    if anchors.profiler == 0 {
        return;
    }
    let memory = scan.heap().pages.memory();
    if let Some(sampler) = Sampler::find(&memory, anchors.isolate, anchors.profiler) {
        // If memory runs out, the samples written so far remain.
        let _ = all(scan, anchors, &sampler);
    }
}

fn all(scan: &mut Scan<'_>, anchors: &Anchors, sampler: &Sampler) -> Option<()> {
    let (heap, names, to) = scan.naming();
    let memory = heap.pages.memory();
    // Nothing is written unless the whole list is valid.
    let mut count = 0_usize;
    sampler.each(&memory, |_| count += 1)?;
    let mut frames = Frames {
        numbers: Table::new(&mut heap.arena)?,
        count: 0,
        root: sampler.root(),
        scripts: Scripts::of(heap, anchors)?,
        name: heap.arena.take(FRAME_NAME)?,
    };
    to.number(record::SAMPLER);
    for number in [sampler.interval, sampler.taken, sampler.live] {
        to.number(number);
    }
    let mut room = Some(());
    let mut left = MOST_SAMPLES;
    sampler.each(&memory, |sample| {
        if room.is_some() && left > 0 {
            left -= 1;
            room = one(heap, &memory, (names, to), &mut frames, sample);
        }
    })
}

/// Writes the frames of a sample, then the sample. Writes nothing if the walk has not seen its
/// object. Returns `None` if memory runs out.
fn one(
    heap: &mut Heap<'_>,
    memory: &Memory,
    (names, to): (&mut Names, &mut Writer),
    frames: &mut Frames,
    sample: RawSample,
) -> Option<()> {
    let Some(word) = memory.word(sample.handle).filter(|word| is_reference(*word)) else {
        return Some(());
    };
    if !heap.pages.is_marked(word - 1) {
        return Some(());
    }
    if let Some(frame) = frames.of(heap, memory, (names, to), sample.node).ok()? {
        to.number(record::SAMPLE);
        to.number((word - 1) >> 3);
        to.number(sample.bytes);
        to.number(u64::from(frame));
    }
    Some(())
}

/// The frames that were written so far.
struct Frames {
    /// Numbers of frames by the addresses of V8's nodes.
    numbers: Table,
    count: u32,
    root: u64,
    scripts: Scripts,
    name: &'static mut [u8],
}

impl Frames {
    /// Returns the number of a node's frame. Writes the frame and its callers if they were not
    /// written before. Returns `None` if the node is not part of a valid stack.
    fn of(
        &mut self,
        heap: &mut Heap<'_>,
        memory: &Memory,
        (names, to): (&mut Names, &mut Writer),
        node: u64,
    ) -> Result<Option<u32>, Stop> {
        let mut stack = [(0_u64, RawNode::default()); DEPTH];
        let mut depth = 0;
        let mut at = node;
        let mut caller = None;
        while at != self.root {
            if let Some(number) = self.numbers.get(at) {
                caller = Some(number);
                break;
            }
            let (Some(place), Some(node)) = (stack.get_mut(depth), Sampler::node(memory, at))
            else {
                return Ok(None);
            };
            *place = (at, node);
            depth += 1;
            at = node.caller;
        }
        for &(at, node) in stack[..depth].iter().rev() {
            self.write(heap, memory, (names, to), caller, node).ok_or(Stop::NoRoom)?;
            self.numbers.set(at, self.count, &mut heap.arena).ok_or(Stop::NoRoom)?;
            caller = Some(self.count);
            self.count += 1;
        }
        Ok(caller)
    }

    fn write(
        &mut self,
        heap: &mut Heap<'_>,
        memory: &Memory,
        (names, to): (&mut Names, &mut Writer),
        caller: Option<u32>,
        node: RawNode,
    ) -> Option<()> {
        let script = self.scripts.find(node.script);
        let place = script.and_then(|script| names.place(heap, script, i64::from(node.start)));
        let name = match script {
            None => 0,
            Some(script) => {
                let name = heap.object(script)?.at(offset::SCRIPT_NAME);
                let is_text = heap.kind_of(name).is_some_and(|(kind, _)| kind.is_string());
                let name = if is_text { Name::Heap(name, Style::Plain) } else { Name::Fixed("") };
                u64::from(names.of(heap, to, name)?) + 1
            }
        };
        let length = memory.text(node.name, self.name);
        to.number(record::FRAME);
        to.number(caller.map_or(0, |caller| u64::from(caller) + 1));
        to.number(name);
        to.number(place.map_or(0, |place| place.line.wrapping_add(1)));
        to.number(place.map_or(0, |place| place.column.wrapping_add(1)));
        to.number(length as u64);
        to.bytes(self.name[..length].iter().copied());
        Some(())
    }
}

/// The scripts of the isolate, by number.
struct Scripts {
    /// Indices in `words` by the numbers of scripts.
    numbers: Table,
    words: List<u64>,
}

impl Scripts {
    fn of(heap: &mut Heap<'_>, anchors: &Anchors) -> Option<Self> {
        let mut scripts =
            Self { numbers: Table::new(&mut heap.arena)?, words: List::new(256, &mut heap.arena)? };
        let roots = heap.pages.memory().words(anchors.roots, anchors.root_count)?;
        for index in 0..roots.len() {
            if let Some(list) = heap.of_kind(roots.get(index), Kind::WeakArrayList) {
                let count = u64::try_from(smi(list.get(2))).unwrap_or(0);
                for entry in 0..count.min(list.len().saturating_sub(LIST_HEAD)) {
                    let word = list.get(LIST_HEAD + entry);
                    if is_weak(word) {
                        scripts.add(heap, word & !2)?;
                    }
                }
            }
        }
        Some(scripts)
    }

    fn add(&mut self, heap: &mut Heap<'_>, word: u64) -> Option<()> {
        let Some(script) = heap.of_kind(word, Kind::Script) else { return Some(()) };
        let number = smi(script.at(offset::SCRIPT_ID));
        if let Some(key) = u64::try_from(number).ok().filter(|number| *number > 0) {
            let arena: &mut Arena = &mut heap.arena;
            self.numbers.set(key, self.words.len() as u32, arena)?;
            self.words.push(word, arena)?;
        }
        Some(())
    }

    /// Returns the tagged address of the script with this number.
    fn find(&mut self, number: u32) -> Option<u64> {
        let place = self.numbers.get(u64::from(number)).filter(|_| number > 0)?;
        self.words.get(place as usize)
    }
}
