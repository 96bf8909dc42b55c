//! From a character of a script to its line and column.
//!
//! V8 keeps the ends of a script's lines only once it has needed them, so they
//! are looked for here: once for each script whose functions the walk meets, in
//! the child, which leaves the source where it is.

use super::{
    heap::{Heap, smi},
    layout::offset,
    table::{List, Table},
    text::{Characters, flat},
};

/// The lines of the scripts met so far.
#[derive(Debug)]
pub struct Places {
    /// Script, tagged, to its place in `scripts`.
    numbers: Table,
    /// First and last of its line starts in `starts`.
    scripts: List<u64>,
    starts: List<u32>,
}

/// A place in a script, as V8's snapshots have it: line and column from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The script's number.
    pub script_id: u64,
    /// From 0.
    pub line: u64,
    /// From 0.
    pub column: u64,
}

impl Places {
    /// Knows no script yet.
    pub fn new(heap: &mut Heap<'_>) -> Option<Self> {
        let arena = &mut heap.arena;
        Some(Self {
            numbers: Table::new(arena)?,
            scripts: List::new(256, arena)?,
            starts: List::new(1 << 14, arena)?,
        })
    }

    /// The line and column of character `start` of the script that `word` refers
    /// to. `None` without its source.
    pub fn of(&mut self, heap: &mut Heap<'_>, word: u64, start: i64) -> Option<Position> {
        let script = heap.object(word)?;
        let number = match self.numbers.get(word) {
            Some(number) => number,
            None => self.read(heap, word, script.at(offset::SCRIPT_SOURCE))?,
        };
        let range = self.scripts.get(number as usize)?;
        let starts = self.starts.as_slice().get((range >> 32) as usize..range as u32 as usize)?;
        let line = starts.partition_point(|at| i64::from(*at) <= start).checked_sub(1)?;
        let of = |field| u64::try_from(smi(script.at(field))).unwrap_or(0);
        let before = if line == 0 { of(offset::SCRIPT_COLUMN) } else { 0 };
        Some(Position {
            script_id: of(offset::SCRIPT_ID),
            line: line as u64 + of(offset::SCRIPT_LINE),
            column: u64::try_from(start - i64::from(starts[line])).ok()? + before,
        })
    }

    fn read(&mut self, heap: &mut Heap<'_>, word: u64, source: u64) -> Option<u32> {
        let first = self.starts.len();
        let (_, string) = heap.kind_of(source).filter(|(kind, _)| kind.is_string())?;
        let text = flat(heap, string)?;
        let arena = &mut heap.arena;
        self.starts.push(0, arena)?;
        match &text {
            Characters::Narrow(bytes) => {
                let bytes = bytes.as_slice();
                for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
                    if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                        self.starts.push(at as u32 + 1, arena)?;
                    }
                }
            }
            Characters::Wide(bytes) => {
                for at in 0..bytes.len() / 2 {
                    let is_end = match bytes.pair(at) {
                        0x0a | 0x2028 | 0x2029 => true,
                        0x0d => bytes.pair(at + 1) != 0x0a,
                        _ => false,
                    };
                    if is_end {
                        self.starts.push(at as u32 + 1, arena)?;
                    }
                }
            }
        }
        let number = self.scripts.len() as u32;
        self.scripts.push((first as u64) << 32 | self.starts.len() as u64, arena)?;
        self.numbers.set(word, number, arena)?;
        Some(number)
    }
}
