//! Numbers between the scanner and the sink.

use crate::format::Rows;

/// Numbers handed on at once. 16 Ki numbers are 64 KiB, which stays in the
/// second-level cache between the scanner and the sink.
const BATCH: usize = 16 << 10;

/// Numbers past the end of a batch that may be written and then not counted.
const SLACK: usize = 64;

/// Numbers on their way to the sink.
pub(in super::super) struct Batch {
    values: Box<[u32]>,
    len: usize,
    wide: Vec<(u32, u64)>,
    /// Numbers of more than eight digits among those being converted.
    long: Vec<(usize, u64)>,
}

impl Batch {
    pub(in super::super) fn new() -> Self {
        Self {
            values: vec![0; BATCH + SLACK].into_boxed_slice(),
            len: 0,
            wide: Vec::new(),
            long: Vec::new(),
        }
    }

    pub(in super::super) fn len(&self) -> usize {
        self.len
    }

    pub(in super::super) fn rows(&self, count: usize) -> Rows<'_> {
        Rows { values: &self.values[..count], wide: &self.wide }
    }

    /// Forgets the first `count` numbers; what is left moves to the front.
    pub(in super::super) fn discard(&mut self, count: usize) {
        self.values.copy_within(count..self.len, 0);
        self.len -= count;
        self.wide.retain_mut(|(position, _)| match position.checked_sub(count as u32) {
            Some(moved) => {
                *position = moved;
                true
            }
            None => false,
        });
    }

    pub(super) fn is_full(&self) -> bool {
        self.len >= BATCH
    }

    #[inline]
    pub(super) fn push(&mut self, value: u64) {
        self.put(self.len, value);
        self.len += 1;
    }

    #[inline]
    fn put(&mut self, position: usize, value: u64) {
        self.values[position] = match u32::try_from(value) {
            Ok(narrow) if narrow != u32::MAX => narrow,
            _ => {
                self.wide.push((position as u32, value));
                u32::MAX
            }
        };
    }
}

/// What the vectors need of a batch: they write numbers past its end first and
/// count them afterwards.
impl Batch {
    pub(super) fn spare(&mut self) -> &mut [u32] {
        &mut self.values[self.len..]
    }

    /// Notes that number `index` of those about to be written has these
    /// digits, more than eight.
    #[cold]
    pub(super) fn note_long(&mut self, index: usize, digits: &[u8]) {
        let value = digits.iter().fold(0_u64, |value, digit| {
            value.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        });
        self.long.push((index, value));
    }

    /// Counts `count` numbers that have been written to [`spare`](Self::spare).
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
