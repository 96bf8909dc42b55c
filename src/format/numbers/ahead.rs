//! Numbers read before the parser comes to them, on another thread.

use std::ops::Range;

use super::{
    Batch,
    vectors::{self, After},
};

/// The numbers of a piece that need no look at what came before it.
///
/// They are a guess: whether these bytes are numbers at all, only the parser
/// knows. It takes them where it comes upon a number at the very byte at which
/// they begin, and reads the bytes itself where it does not.
pub struct NumbersAhead {
    /// The bytes of them that are yet to be parsed; empty when there are none.
    pub(super) range: Range<usize>,
    /// What the last of these bytes is.
    pub(super) after: After,
    pub(super) numbers: Batch,
}

impl NumbersAhead {
    /// None yet.
    pub fn new() -> Self {
        Self { range: 0..0, after: After::Comma, numbers: Batch::of(0) }
    }

    /// Reads those of `bytes`, the next piece, in place of those before.
    pub fn read(&mut self, bytes: &[u8]) {
        self.numbers.restart(bytes.len() / 2);
        self.range = 0..0;
        let Some(scan) = vectors::supported().next() else { return };
        let Some(rest) = bytes.get(vectors::BEFORE..) else { return };
        if let Some(comma) = memchr::memchr(b',', rest) {
            let from = vectors::BEFORE + comma + 1;
            // SAFETY: it is one of those that the machine supports.
            let (to, after) = unsafe { scan(bytes, from, &mut self.numbers) };
            (self.range, self.after) = (from..to, after);
        }
    }

    /// Notes that the first `count` bytes have been parsed.
    pub(in super::super) fn pass(&mut self, count: usize) {
        self.range = match self.range.start.checked_sub(count) {
            Some(start) => start..self.range.end - count,
            None => 0..0,
        };
    }

    /// Where they begin, if that is not before `at`.
    pub(in super::super) fn start_from(&self, at: usize) -> Option<usize> {
        (!self.range.is_empty() && self.range.start >= at).then_some(self.range.start)
    }
}

impl Default for NumbersAhead {
    fn default() -> Self {
        Self::new()
    }
}
