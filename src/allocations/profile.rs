//! What only V8 can say about its samples, on the event loop: where functions are, and which
//! objects of its snapshots the samples are of.
//!
//! `AllocationProfile` is a public structure of V8 (`v8-profiler.h`), the same from V8 11 to 14.
//! It is read like any other memory: what does not fit is no profile.

use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

use super::{
    control,
    live::{Live, Place, Position},
    own_memory::OwnMemory,
    sampler::Peek,
};

/// Words of a node up to its children.
const NODE: usize = 7;
/// What the root is called.
const ROOT: &str = "(root)";
/// More nodes than there are samples and frames.
const MOST_NODES: usize = 1 << 21;
/// Words that are read together.
const PIECE: usize = 64;

/// The samples of a snapshot that V8 wrote in this process.
#[derive(Clone, Debug)]
pub struct InSnapshot {
    /// The samples.
    pub live: Live,
    /// The id of each sample's object in the snapshot, in the order of their handles.
    pub ids: Vec<u32>,
}

/// Returns the live samples of this thread's isolate with the ids that V8's snapshots have for
/// their objects; `None` if there is no sampler.
pub fn in_snapshot() -> Option<InSnapshot> {
    let functions = control::functions()?;
    let (isolate, profiler) = functions.isolate()?;
    let live = Live::read(&OwnMemory::open()?, isolate, profiler)?;
    // Nothing has run since: all of these handles are alive.
    let ids = live.handles().map(|handle| functions.object_id(profiler, handle));
    let ids = ids.collect::<Option<Vec<u32>>>()?;
    Some(InSnapshot { live, ids })
}

/// Returns the places of functions with samples, as far as they are `asked` for; `None` if V8's
/// profile is not there or looks different. `text` returns the string behind a handle.
pub fn places(
    asked: &[Position],
    mut text: impl FnMut(u64) -> Option<String>,
) -> Option<Vec<(Position, Place)>> {
    let functions = control::functions()?;
    let (_, profiler) = functions.isolate()?;
    let memory = OwnMemory::open()?;
    functions.with_profile(profiler, |root| {
        read(&memory, root, &asked.iter().copied().collect(), &mut text)
    })?
}

/// Reads the places of `asked` in the tree below `root`.
fn read(
    memory: &impl Peek,
    root: u64,
    asked: &FxHashSet<Position>,
    text: &mut impl FnMut(u64) -> Option<String>,
) -> Option<Vec<(Position, Place)>> {
    let mut scripts: FxHashMap<u32, Option<Arc<str>>> = FxHashMap::default();
    let mut places = Vec::new();
    let mut next = vec![root];
    let mut seen = 0;
    while let Some(at) = next.pop() {
        let node: [u64; NODE] = memory.words(at)?;
        let [name, script_name, function, place, _, first, end] = node;
        if seen == 0 && string(memory, name, text)? != ROOT {
            return None;
        }
        seen += 1;
        let children = end.checked_sub(first)?;
        if !children.is_multiple_of(8) || seen + next.len() + children as usize / 8 > MOST_NODES {
            return None;
        }
        for at in (first..end).step_by(8 * PIECE) {
            children_at(memory, at, end, &mut next)?;
        }
        let position = (function as u32, ((function >> 32) as u32).cast_signed());
        if !asked.contains(&position) {
            continue;
        }
        let script = scripts.entry(position.0);
        let script = script.or_insert_with(|| string(memory, script_name, text).map(Arc::from));
        let number = |value: u64| u32::try_from(value).ok().filter(|it| (1..1 << 31).contains(it));
        if let Some(script) = script.clone().filter(|script| !script.is_empty()) {
            let at = number(place & 0xffff_ffff).zip(number(place >> 32));
            places.push((position, Place { script, at }));
        }
    }
    Some(places)
}

/// Adds the children in the piece that begins at `at` and ends at `end`, if not before.
fn children_at(memory: &impl Peek, at: u64, end: u64, to: &mut Vec<u64>) -> Option<()> {
    let mut bytes = [0; 8 * PIECE];
    let length = bytes.len().min((end - at) as usize);
    let bytes = bytes.get_mut(..length)?;
    if !memory.read(at, bytes) {
        return None;
    }
    to.extend(bytes.as_chunks().0.iter().map(|word| u64::from_ne_bytes(*word)));
    Some(())
}

/// The string behind a handle that leads to an object.
fn string(
    memory: &impl Peek,
    handle: u64,
    text: &mut impl FnMut(u64) -> Option<String>,
) -> Option<String> {
    let [word]: [u64; 1] = memory.words(handle)?;
    let is_object = word & 3 == 1 && memory.words::<1>(word - 1).is_some();
    if is_object { text(handle) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocations::sampler::tests::Made;

    const TREE: u64 = 0x1000;

    /// A root with two children, of which one is in a script.
    fn made() -> Made {
        let mut memory = Made::default();
        for (handle, object) in [(0x100, 0x200), (0x108, 0x210), (0x110, 0x220)] {
            memory.put(handle, &[object + 1]);
            memory.put(object, &[7]);
        }
        memory.put(TREE, &[0x100, 0x110, 0, 0, 1, 0x2000, 0x2010]);
        memory.put(0x2000, &[0x3000, 0x3100]);
        memory.put(0x3000, &[0x108, 0x108, 81 << 32 | 5, 4 << 32 | 3, 2, 0, 0]);
        memory.put(0x3100, &[0x108, 0x110, 0, 0, 3, 0, 0]);
        memory
    }

    fn places(memory: &Made, asked: &[Position]) -> Option<Vec<(Position, Place)>> {
        let mut text = |handle| match handle {
            0x100 => Some("(root)".to_owned()),
            0x108 => Some("a.js".to_owned()),
            _ => Some(String::new()),
        };
        read(memory, TREE, &asked.iter().copied().collect(), &mut text)
    }

    #[test]
    fn the_places_of_what_is_asked_for_are_read() {
        let place = Place { script: "a.js".into(), at: Some((3, 4)) };
        assert_eq!(places(&made(), &[(5, 81), (9, 9)]), Some(vec![((5, 81), place)]));
        assert_eq!(places(&made(), &[]), Some(vec![]));
    }

    #[test]
    fn whatever_word_is_damaged_is_no_profile_or_fewer_places() {
        for at in (TREE..TREE + 56).chain(0x2000..0x2010).chain(0x3000..0x3038).step_by(8) {
            for value in [0, 8, 1, u64::MAX, TREE, 0x2000, 0x7777_7777_7777] {
                let mut memory = made();
                memory.put(at, &[value]);
                let found = places(&memory, &[(5, 81)]).unwrap_or_default();
                assert!(found.len() <= MOST_NODES, "{at:x} {value:x}");
            }
        }
        let mut memory = made();
        memory.put(TREE, &[0x108]);
        assert_eq!(places(&memory, &[(5, 81)]), None, "another root");
    }
}
