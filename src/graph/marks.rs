//! Which strings are names, found out before the strings arrive.

use crate::bits::BitSet;

/// Names per row that a mark may lie ahead. V8 numbers strings in the order
/// in which rows first use them, so one per row is what it needs.
const AHEAD_PER_ROW: u64 = 64;

/// Names that a mark may lie ahead in any case: 128 KiB of bits.
const AHEAD: u64 = 1 << 20;

/// The string indexes that rows use as names.
///
/// The set grows with the rows read, not with the numbers in them: a forged
/// index of four thousand million must not cost half a gigabyte.
#[derive(Debug, Default)]
pub(super) struct NameMarks {
    set: BitSet,
    /// First number that may not be marked yet.
    limit: u64,
    /// Whether a name was past the limit and is not in the set.
    is_incomplete: bool,
}

impl NameMarks {
    /// Allows as many names as are plausible when `rows` rows have been read.
    pub(super) fn allow(&mut self, rows: u64) {
        self.limit = AHEAD + AHEAD_PER_ROW * rows;
    }

    /// Returns the first number that is not plausible for a string.
    pub(super) fn limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    /// Notes that string `name` is a name.
    #[inline]
    pub(super) fn mark(&mut self, name: u32) {
        // Most are there already.
        if !self.contains(name) {
            self.mark_new(name as usize);
        }
    }

    /// Whether string `name` is a name.
    #[inline]
    pub(super) fn contains(&self, name: u32) -> bool {
        self.set.contains(name as usize)
    }

    /// Whether a name was too far ahead of its row. All must then be marked
    /// again, now that all rows are there.
    pub(super) fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Forgets that names were missed, before marking again.
    pub(super) fn retry(&mut self) {
        self.is_incomplete = false;
    }

    #[inline(never)]
    fn mark_new(&mut self, name: usize) {
        if name as u64 >= self.limit {
            self.is_incomplete = true;
            return;
        }
        if name >= self.set.bound() {
            self.set.raise((name + 1).next_multiple_of(1 << 16));
        }
        self.set.insert(name);
    }
}
