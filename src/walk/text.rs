//! Reads strings that are names of properties, variables, functions, classes or scripts,
//! and a bounded part of each. No other string's text leaves the child.

use super::{
    arena::Arena,
    heap::{Heap, smi},
    layout::{Kind, ONE_BYTE, UNCACHED, offset},
    memory::{Bytes, Words},
};

/// The most characters of a name, as in V8's snapshots
/// (`--heap-snapshot-string-limit`).
pub const LIMIT: usize = 1024;
/// The deepest nesting of a concatenated name.
const DEPTH: usize = 64;

/// A buffer for one name.
#[derive(Debug)]
pub struct Text {
    units: &'static mut [u16],
    length: usize,
}

// SAFETY: an integer.
unsafe impl super::arena::Zero for u16 {}

/// A flat run of characters in memory.
pub enum Characters {
    /// One byte each.
    Narrow(Bytes),
    /// Two bytes each.
    Wide(Bytes),
}

impl Text {
    /// Returns an empty buffer.
    pub fn new(arena: &mut Arena) -> Option<Self> {
        Some(Self { units: arena.take(LIMIT)?, length: 0 })
    }

    /// Reads the string that `word` refers to; returns false if it is not a string.
    pub fn read(&mut self, heap: &mut Heap<'_>, word: u64) -> bool {
        self.length = 0;
        // What remains to be read: strings, and how much of each.
        let mut rest = [(0_u64, 0_u64, 0_u64); DEPTH];
        rest[0] = (word, 0, LIMIT as u64);
        let mut waiting = 1;
        let mut is_string = false;
        while waiting > 0 && self.length < LIMIT {
            waiting -= 1;
            let (word, from, count) = rest[waiting];
            let Some((kind, string)) = heap.kind_of(word).filter(|(kind, _)| kind.is_string())
            else {
                return is_string;
            };
            is_string = true;
            let length = u64::from(string.half(offset::STRING_LENGTH));
            let count = count.min(length.saturating_sub(from));
            match kind {
                Kind::ThinString => push(&mut rest, &mut waiting, (string.get(2), from, count)),
                Kind::SlicedString => {
                    let start = u64::try_from(smi(string.get(3))).unwrap_or(0);
                    push(&mut rest, &mut waiting, (string.get(2), start + from, count));
                }
                Kind::ConsString => {
                    let Some(first) = heap.object(string.get(2)) else { return is_string };
                    let split = u64::from(first.half(offset::STRING_LENGTH));
                    let of_first = split.saturating_sub(from).min(count);
                    if count > of_first {
                        let start = from.saturating_sub(split);
                        push(&mut rest, &mut waiting, (string.get(3), start, count - of_first));
                    }
                    if of_first > 0 {
                        push(&mut rest, &mut waiting, (string.get(2), from, of_first));
                    }
                }
                _ => {
                    let Some(flat) = flat(heap, string) else { return is_string };
                    self.append(&flat, from, count);
                }
            }
        }
        is_string
    }

    fn append(&mut self, flat: &Characters, from: u64, count: u64) {
        let room = &mut self.units[self.length..];
        let count = room.len().min(count as usize);
        for (index, unit) in (from..).zip(&mut room[..count]) {
            *unit = match flat {
                Characters::Narrow(bytes) => u16::from(bytes.get(index)),
                Characters::Wide(bytes) => bytes.pair(index),
            };
        }
        self.length += count;
    }

    /// Returns what was read, in UTF-16.
    pub fn units(&self) -> &[u16] {
        &self.units[..self.length]
    }
}

fn push(rest: &mut [(u64, u64, u64); DEPTH], waiting: &mut usize, item: (u64, u64, u64)) {
    if let Some(place) = rest.get_mut(*waiting) {
        *place = item;
        *waiting += 1;
    }
}

/// Returns the characters of a sequential or external string.
pub fn flat(heap: &mut Heap<'_>, string: Words) -> Option<Characters> {
    let number = heap.type_of(string)?;
    let length = u64::from(string.half(offset::STRING_LENGTH));
    let data = match heap.layout.kinds.of(number) {
        Kind::SeqString => string.start() + 16,
        // The embedder keeps its characters.
        Kind::ExternalString if number & UNCACHED == 0 => string.get(3),
        _ => return None,
    };
    let memory = heap.pages.memory();
    if number & ONE_BYTE == 0 {
        memory.bytes(data, length.checked_mul(2)?).map(Characters::Wide)
    } else {
        memory.bytes(data, length).map(Characters::Narrow)
    }
}
