//! The samples of V8's heap profiler, as they lie in the child's memory.
//!
//! Each is of an object that the walk has met, and says by which functions that was made.
//! V8 keeps the tree of stacks and the samples outside of its heap (`allocations::sampler`);
//! of a function it has the name, its script's number and where it begins there. Which script
//! that is, a list among the roots says.
//!
//! All reads are checked, and a layout that is another ends the samples, not the walk.

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

/// Frames of a stack: V8 notes 64, and a few of its own above them.
const DEPTH: usize = 128;

/// Words before the first entry of a `WeakArrayList`.
const LIST_HEAD: u64 = 3;

/// Writes what live samples there are, if V8 takes any.
pub fn send(scan: &mut Scan<'_>, anchors: &Anchors) {
    if anchors.profiler == 0 {
        return;
    }
    let memory = scan.heap().pages.memory();
    if let Some(sampler) = Sampler::find(&memory, anchors.isolate, anchors.profiler) {
        // What there was room for is there.
        let _ = all(scan, anchors, &sampler);
    }
}

fn all(scan: &mut Scan<'_>, anchors: &Anchors, sampler: &Sampler) -> Option<()> {
    let (heap, names, to) = scan.naming();
    let memory = heap.pages.memory();
    // Whether the list is whole, before anything of it is believed.
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

/// Writes a sample, after its frames; nothing where it is of no object that was met.
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

/// The frames written so far.
struct Frames {
    /// Address of V8's node to the number of its frame.
    numbers: Table,
    count: u32,
    root: u64,
    scripts: Scripts,
    name: &'static mut [u8],
}

impl Frames {
    /// The number of the frame of a node; its callers and it are written if they have none yet.
    /// `None` for what is no stack.
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

/// The scripts of the isolate.
struct Scripts {
    /// Number of a script to its place in `words`.
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

    /// The script of this number, tagged.
    fn find(&mut self, number: u32) -> Option<u64> {
        let place = self.numbers.get(u64::from(number)).filter(|_| number > 0)?;
        self.words.get(place as usize)
    }
}
