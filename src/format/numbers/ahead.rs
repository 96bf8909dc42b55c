//! Numbers that another thread reads ahead of the parser.

use std::ops::Range;

use super::{
    Batch,
    vectors::{self, After},
};

/// The numbers of a piece that can be read without its predecessors.
///
/// They are a guess: only the parser knows whether these bytes are numbers at all. It
/// uses them if it expects a number at the very byte at which they begin; otherwise it
/// reads the bytes itself.
pub struct NumbersAhead {
    /// The bytes of these numbers that are not parsed yet; empty if there are none.
    pub(super) range: Range<usize>,
    /// The kind of the last of these bytes.
    pub(super) after: After,
    pub(super) numbers: Batch,
}

impl NumbersAhead {
    /// Creates an empty set of numbers.
    pub fn new() -> Self {
        Self { range: 0..0, after: After::Comma, numbers: Batch::of(0) }
    }

    /// Reads the numbers of `bytes`, the next piece, replacing the previous ones.
    pub fn read(&mut self, bytes: &[u8]) {
        self.numbers.restart(bytes.len() / 2);
        self.range = 0..0;
        let Some(scan) = vectors::supported().next() else { return };
        let Some(rest) = bytes.get(vectors::BEFORE..) else { return };
        if let Some(comma) = memchr::memchr(b',', rest) {
            let from = vectors::BEFORE + comma + 1;
            // SAFETY: `scan` is one of the functions that the machine supports.
            let (to, after) = unsafe { scan(bytes, from, &mut self.numbers) };
            (self.range, self.after) = (from..to, after);
        }
    }

    /// Marks the first `count` bytes as parsed.
    pub(in super::super) fn pass(&mut self, count: usize) {
        self.range = match self.range.start.checked_sub(count) {
            Some(start) => start..self.range.end - count,
            None => 0..0,
        };
    }

    /// Returns where the numbers begin, unless that is before `at`.
    pub(in super::super) fn start_from(&self, at: usize) -> Option<usize> {
        (!self.range.is_empty() && self.range.start >= at).then_some(self.range.start)
    }
}

impl Default for NumbersAhead {
    fn default() -> Self {
        Self::new()
    }
}
