//! Converts a position in a script to a line and a column.
//!
//! V8 records the ends of a script's lines only when it first needs them, so the child
//! finds them itself: once for each script whose functions it reaches. The source does
//! not leave the child.

use super::{
    heap::{Heap, smi},
    layout::offset,
    table::{List, Table},
    text::{Characters, flat},
};

/// The lines of the scripts reached so far.
#[derive(Debug)]
pub struct Places {
    /// Maps a script, tagged, to its index in `scripts`.
    numbers: Table,
    /// The range of its line starts in `starts`.
    scripts: List<u64>,
    starts: List<u32>,
}

/// A place in a script as in V8's snapshots: line and column count from 0.
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
    /// Returns an empty set of scripts.
    pub fn new(heap: &mut Heap<'_>) -> Option<Self> {
        let arena = &mut heap.arena;
        Some(Self {
            numbers: Table::new(arena)?,
            scripts: List::new(256, arena)?,
            starts: List::new(1 << 14, arena)?,
        })
    }

    /// Returns the line and column of character `start` of the script that `word` refers
    /// to; `None` if there is no source.
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
