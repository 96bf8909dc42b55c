//! Flat arrays of unsigned decimal numbers, in pieces of any size.
//!
//! The grammar is `[ number , number ... ]` with JSON's white space anywhere
//! between tokens. V8 writes neither fractions nor exponents; they are errors
//! here. Up to Node 22 each record is a line that begins with its comma, from
//! Node 24 on there are no line ends at all.
//!
//! A sign occurs among the edges: from Node 24 on, V8 prints an array index of
//! 2^31 and above as the negative number of the same 32 bits. It is read as
//! the index. (DevTools takes the sign for white space and shows index 6 where
//! the array has 4294967290.)

use crate::error::{DetectError, Result};

/// Numbers handed on at once. 16 Ki numbers are 64 KiB, which stays in the
/// second-level cache between the scanner and the sink.
const BATCH: usize = 16 << 10;

/// Numbers on their way to the sink.
pub(super) struct Batch {
    values: Box<[u32]>,
    len: usize,
    wide: Vec<(u32, u64)>,
}

impl Batch {
    pub(super) fn new() -> Self {
        Self { values: vec![0; BATCH].into_boxed_slice(), len: 0, wide: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn rows(&self, count: usize) -> super::Rows<'_> {
        super::Rows { values: &self.values[..count], wide: &self.wide }
    }

    /// Forgets the first `count` numbers; what is left moves to the front.
    pub(super) fn discard(&mut self, count: usize) {
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

    fn is_full(&self) -> bool {
        self.len == self.values.len()
    }

    #[inline]
    fn push(&mut self, value: u64) {
        self.values[self.len] = match u32::try_from(value) {
            Ok(narrow) if narrow != u32::MAX => narrow,
            _ => {
                self.wide.push((self.len as u32, value));
                u32::MAX
            }
        };
        self.len += 1;
    }
}

/// Where between two tokens the scanner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// After the opening bracket: a number or the closing bracket.
    Open,
    /// After a comma: a number.
    Comma,
    /// After a sign: a digit.
    Sign,
    /// Inside a number, whose digits so far are in `value`.
    Digits,
    /// After a number and white space: a comma or the closing bracket.
    Number,
}

/// Why [`NumberScanner::scan`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// All bytes are used.
    Hungry,
    /// The batch is full.
    Full,
    /// The array has ended.
    Ended,
}

/// Turns the bytes after `[` into numbers, up to and including `]`.
pub(super) struct NumberScanner {
    place: Place,
    value: u64,
    is_negative: bool,
    may_be_negative: bool,
}

impl NumberScanner {
    /// A scanner after the opening bracket; `may_be_negative` allows signs.
    pub(super) fn new(may_be_negative: bool) -> Self {
        Self { place: Place::Open, value: 0, is_negative: false, may_be_negative }
    }

    /// Whether the last piece ended inside a number.
    pub(super) fn is_inside_number(&self) -> bool {
        matches!(self.place, Place::Digits | Place::Sign)
    }

    /// Scans `bytes`, which begin at `at` in the stream, into `batch`; returns
    /// how many were used and why it stopped.
    pub(super) fn scan(
        &mut self,
        bytes: &[u8],
        at: u64,
        batch: &mut Batch,
    ) -> Result<(usize, Pause)> {
        let mut used = 0;
        while let Some(&byte) = bytes.get(used) {
            match (self.place, byte) {
                (Place::Digits, b'0'..=b'9') => {
                    let digit = u64::from(byte - b'0');
                    let next = self.value.checked_mul(10).and_then(|tens| tens.checked_add(digit));
                    self.value = next.ok_or(DetectError::TooLarge {
                        at: at + used as u64,
                        what: "a number past 64 bits",
                    })?;
                }
                (Place::Open | Place::Comma, b'-') if self.may_be_negative => {
                    self.is_negative = true;
                    self.place = Place::Sign;
                }
                (Place::Open | Place::Comma | Place::Sign, b'0'..=b'9') => {
                    if batch.is_full() {
                        return Ok((used, Pause::Full));
                    }
                    self.value = u64::from(byte - b'0');
                    self.place = Place::Digits;
                }
                (Place::Digits, b',' | b']' | b' ' | b'\n' | b'\r' | b'\t') => {
                    if self.is_negative {
                        self.value = self.unsigned(at + used as u64)?;
                    }
                    batch.push(self.value);
                    self.place = match byte {
                        b',' => Place::Comma,
                        b']' => return Ok((used + 1, Pause::Ended)),
                        _ => Place::Number,
                    };
                }
                (Place::Number, b',') => self.place = Place::Comma,
                (Place::Number | Place::Open, b']') => return Ok((used + 1, Pause::Ended)),
                (_, b' ' | b'\n' | b'\r' | b'\t') => {}
                _ => return Err(self.unexpected(at + used as u64)),
            }
            used += 1;
        }
        Ok((used, Pause::Hungry))
    }

    /// The 32 bits of a negative number as an index.
    #[cold]
    fn unsigned(&mut self, at: u64) -> Result<u64> {
        self.is_negative = false;
        match i32::try_from(-i128::from(self.value)) {
            Ok(index) => Ok(u64::from(index.cast_unsigned())),
            Err(_) => Err(DetectError::TooLarge { at, what: "a negative number past 32 bits" }),
        }
    }

    #[cold]
    fn unexpected(&self, at: u64) -> DetectError {
        let expected = match self.place {
            Place::Open => "a number or the end of the array",
            Place::Comma => "a number",
            Place::Sign => "a digit",
            Place::Digits => "a digit, a comma or the end of the array",
            Place::Number => "a comma or the end of the array",
        };
        DetectError::Malformed { at, expected }
    }
}

/// Offset in `bytes` of the number that is `skip` numbers in. `inside` says
/// that `bytes` begin in the middle of one, which then is the first.
#[cold]
pub(super) fn offset_of_number(bytes: &[u8], inside: bool, skip: usize) -> usize {
    let mut was_digit = false;
    let mut left = skip;
    for (offset, byte) in bytes.iter().enumerate() {
        let is_digit = byte.is_ascii_digit() || *byte == b'-';
        let begins = (is_digit && !was_digit) || (offset == 0 && inside);
        if begins {
            if left == 0 {
                return offset;
            }
            left -= 1;
        }
        was_digit = is_digit;
    }
    bytes.len()
}
