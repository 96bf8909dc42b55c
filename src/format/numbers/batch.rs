//! The buffer of numbers between the scanner and the sink.

use crate::format::Rows;

/// Numbers passed on at once. 16 Ki numbers are 64 KiB, which stays in the second-level
/// cache between the scanner and the sink.
const BATCH: usize = 16 << 10;

/// Numbers that may be written beyond the end of a batch without being counted.
const SLACK: usize = 64;

/// Numbers that may be put in front of a batch: the rest of a row, and the first few of a
/// piece.
const FRONT: usize = 128;

/// Numbers on their way to the sink.
pub(in super::super) struct Batch {
    /// Room before the first number, the numbers, room after the last.
    values: Box<[u32]>,
    start: usize,
    len: usize,
    /// Position and value of the numbers beyond 32 bits.
    wide: Vec<(u32, u64)>,
    /// Numbers of more than eight digits among those being converted.
    long: Vec<(usize, u64)>,
}

impl Batch {
    pub(in super::super) fn new() -> Self {
        Self::of(BATCH)
    }

    /// Creates a batch for `count` numbers.
    pub(super) fn of(count: usize) -> Self {
        Self {
            values: vec![0; FRONT + count + SLACK].into_boxed_slice(),
            start: FRONT,
            len: 0,
            wide: Vec::new(),
            long: Vec::new(),
        }
    }

    pub(in super::super) fn len(&self) -> usize {
        self.len
    }

    pub(in super::super) fn rows(&self, count: usize) -> Rows<'_> {
        Rows { values: &self.values[self.start..][..count], wide: &self.wide }
    }

    /// Discards the first `count` numbers; the rest moves to the front.
    pub(in super::super) fn discard(&mut self, count: usize) {
        self.values.copy_within(self.start + count..self.start + self.len, FRONT);
        self.start = FRONT;
        self.len -= count;
        self.wide.retain_mut(|(position, _)| match position.checked_sub(count as u32) {
            Some(moved) => {
                *position = moved;
                true
            }
            None => false,
        });
    }

    /// Discards all numbers and makes room for `count`.
    pub(super) fn restart(&mut self, count: usize) {
        if self.values.len() < FRONT + count + SLACK {
            *self = Self::of(count);
        }
        self.discard(self.len);
    }

    /// Inserts the numbers of `first`, at most [`FRONT`], before these.
    pub(super) fn prepend(&mut self, first: &Self) {
        let count = first.len;
        self.start -= count;
        self.len += count;
        self.values[self.start..][..count].copy_from_slice(first.rows(count).values);
        for (position, _) in &mut self.wide {
            *position += count as u32;
        }
        self.wide.splice(..0, first.wide.iter().copied());
    }

    /// Whether there are few enough numbers for [`prepend`](Self::prepend).
    pub(super) fn is_short(&self) -> bool {
        self.len <= FRONT
    }

    pub(super) fn is_full(&self) -> bool {
        self.start + self.len + SLACK >= self.values.len()
    }

    #[inline]
    pub(super) fn push(&mut self, value: u64) {
        self.put(self.len, value);
        self.len += 1;
    }

    #[inline]
    fn put(&mut self, position: usize, value: u64) {
        self.values[self.start + position] = match u32::try_from(value) {
            Ok(narrow) if narrow != u32::MAX => narrow,
            _ => {
                self.wide.push((position as u32, value));
                u32::MAX
            }
        };
    }
}

/// The interface for the vectors: they write numbers beyond the end first and count them
/// afterwards.
impl Batch {
    pub(super) fn spare(&mut self) -> &mut [u32] {
        &mut self.values[self.start + self.len..]
    }

    /// Records the digits, more than eight, of number `index` of those about to be
    /// written.
    #[cold]
    pub(super) fn note_long(&mut self, index: usize, digits: &[u8]) {
        let value = digits.iter().fold(0_u64, |value, digit| {
            value.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        });
        self.long.push((index, value));
    }

    /// Counts `count` numbers that were written to [`spare`](Self::spare).
    #[inline]
    pub(super) fn take_spare(&mut self, count: usize) {
        if !self.long.is_empty() {
            self.put_long();
        }
        self.len += count;
    }

    #[cold]
    fn put_long(&mut self) {
        let long = std::mem::take(&mut self.long);
        for &(index, value) in &long {
            self.put(self.len + index, value);
        }
        self.long = long;
        self.long.clear();
    }
}
