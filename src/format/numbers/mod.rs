//! Flat arrays of unsigned decimal numbers, in pieces of any size.
//!
//! The grammar is `[ number , number ... ]` with JSON's white space anywhere between
//! tokens. V8 writes neither fractions nor exponents; they are errors here. Up to Node 22
//! each record is a line that begins with its comma; from Node 24 on there are no line
//! ends at all.
//!
//! Numbers beyond 64 bits are replaced by the greatest that fits; no sink accepts it.
//!
//! Negative numbers occur among the edges: from Node 24 on, V8 prints an array index of
//! 2^31 and above as the negative number with the same 32 bits. It is read as the index.
//! (DevTools takes the sign for white space and shows index 6 where the array has
//! 4294967290.) They also occur in locations, where a program gave `vm` a negative first
//! line; such a number is read as the same bits too.
//!
//! The byte loop here is the definition, and fast enough for any pipe. Where the machine
//! supports [`vectors`], they handle the long runs of plain numbers.

mod ahead;
mod batch;
mod vectors;

use crate::error::{DetectError, Result};

pub use ahead::NumbersAhead;
pub(super) use batch::Batch;
use vectors::{After, Scan};

/// Bytes that the byte loop handles before the vectors are tried again.
const RETRY_AFTER: usize = 64;

/// The scanner's position between tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NumbersState {
    /// After the opening bracket: a number or the closing bracket.
    Open,
    /// After a comma: a number.
    Comma,
    /// After a sign: a digit.
    Sign,
    /// Inside a number; the digits so far are in `value`.
    Digits,
    /// After a number and white space: a comma or the closing bracket.
    Number,
}

/// The reason why [`NumberScanner::scan`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// All bytes are consumed.
    Hungry,
    /// The batch is full.
    Full,
    /// The array has ended.
    Ended,
}

/// Converts the bytes after `[` into numbers, up to and including `]`.
pub(super) struct NumberScanner {
    state: NumbersState,
    value: u64,
    is_negative: bool,
    may_be_negative: bool,
    vectors: Option<Scan>,
}

impl NumberScanner {
    /// Creates a scanner after the opening bracket; `may_be_negative` allows signs.
    pub(super) fn new(may_be_negative: bool) -> Self {
        Self {
            state: NumbersState::Open,
            value: 0,
            is_negative: false,
            may_be_negative,
            vectors: vectors::supported().next(),
        }
    }

    /// Creates one with other vectors or none, to compare them.
    #[cfg(test)]
    fn with(vectors: Option<Scan>, may_be_negative: bool) -> Self {
        Self { vectors, ..Self::new(may_be_negative) }
    }

    /// Whether the last piece ended inside a number.
    pub(super) fn is_inside_number(&self) -> bool {
        matches!(self.state, NumbersState::Digits | NumbersState::Sign)
    }

    /// Scans `bytes`, which begin at `at` in the stream, into `batch`. Returns how many
    /// were consumed and why it stopped.
    pub(super) fn scan(
        &mut self,
        bytes: &[u8],
        at: u64,
        batch: &mut Batch,
    ) -> Result<(usize, Pause)> {
        let mut used = 0;
        let mut next_run = vectors::BEFORE;
        while let Some(&byte) = bytes.get(used) {
            if used >= next_run
                && self.state == NumbersState::Comma
                && let Some(scan) = self.vectors
            {
                used = self.scan_run(scan, bytes, used, batch);
                next_run = used + RETRY_AFTER;
                continue;
            }
            match (self.state, byte) {
                (NumbersState::Digits, b'0'..=b'9') => {
                    let digit = u64::from(byte - b'0');
                    self.value = self.value.saturating_mul(10).saturating_add(digit);
                }
                (NumbersState::Open | NumbersState::Comma, b'-') if self.may_be_negative => {
                    self.is_negative = true;
                    self.state = NumbersState::Sign;
                }
                (NumbersState::Open | NumbersState::Comma | NumbersState::Sign, b'0'..=b'9') => {
                    if batch.is_full() {
                        return Ok((used, Pause::Full));
                    }
                    self.value = u64::from(byte - b'0');
                    self.state = NumbersState::Digits;
                }
                (NumbersState::Digits, b',' | b']' | b' ' | b'\n' | b'\r' | b'\t') => {
                    if self.is_negative {
                        self.value = self.unsigned(at + used as u64)?;
                    }
                    batch.push(self.value);
                    self.state = match byte {
                        b',' => NumbersState::Comma,
                        b']' => return Ok((used + 1, Pause::Ended)),
                        _ => NumbersState::Number,
                    };
                }
                (NumbersState::Number, b',') => self.state = NumbersState::Comma,
                (NumbersState::Number | NumbersState::Open, b']') => {
                    return Ok((used + 1, Pause::Ended));
                }
                (_, b' ' | b'\n' | b'\r' | b'\t') => {}
                _ => return Err(self.unexpected(at + used as u64)),
            }
            used += 1;
        }
        Ok((used, Pause::Hungry))
    }

    /// Moves `ahead`, whose first byte is the next one, into `batch` if numbers begin
    /// here. Returns the position after them.
    pub(super) fn take_ahead(&mut self, ahead: &mut NumbersAhead, batch: &mut Batch) -> usize {
        let range = std::mem::take(&mut ahead.range);
        if self.state != NumbersState::Comma || !batch.is_short() {
            return range.start;
        }
        ahead.numbers.prepend(batch);
        std::mem::swap(&mut ahead.numbers, batch);
        self.pass_run(ahead.after);
        range.end
    }

    /// Scans whole blocks of plain numbers from `from` on, just after a comma. Returns
    /// the position after them.
    fn scan_run(&mut self, scan: Scan, bytes: &[u8], from: usize, batch: &mut Batch) -> usize {
        // SAFETY: `scan` is one of the functions that the machine supports.
        let (at, after) = unsafe { scan(bytes, from, batch) };
        self.pass_run(after);
        at
    }

    fn pass_run(&mut self, after: After) {
        if after == After::LineFeed {
            self.state = NumbersState::Number;
        }
    }

    /// Returns the 32 bits of a negative number as an index.
    #[cold]
    fn unsigned(&mut self, at: u64) -> Result<u64> {
        self.is_negative = false;
        match i32::try_from(-i128::from(self.value)) {
            Ok(index) => Ok(u64::from(index.cast_unsigned())),
            Err(_) => Err(DetectError::TooLarge { at, what: "a negative number beyond 32 bits" }),
        }
    }

    #[cold]
    fn unexpected(&self, at: u64) -> DetectError {
        let expected = match self.state {
            NumbersState::Open => "a number or the end of the array",
            NumbersState::Comma => "a number",
            NumbersState::Sign => "a digit",
            NumbersState::Digits => "a digit, a comma or the end of the array",
            NumbersState::Number => "a comma or the end of the array",
        };
        DetectError::Malformed { at, expected }
    }
}

/// Returns the offset in `bytes` of the number after the first `skip`. With `inside`,
/// `bytes` begin in the middle of a number, which then is the first.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Random;

    /// Returns all numbers of `text`, scanned in `pieces`, or where it went wrong.
    fn numbers(
        mut scanner: NumberScanner,
        text: &[u8],
        pieces: usize,
    ) -> std::result::Result<Vec<u64>, String> {
        let mut batch = Batch::new();
        let mut numbers = Vec::new();
        let mut at = 0;
        for piece in text.chunks(pieces) {
            let mut used = 0;
            loop {
                let (more, pause) = scanner
                    .scan(&piece[used..], at, &mut batch)
                    .map_err(|error| format!("{error:?}"))?;
                used += more;
                at += more as u64;
                let rows = batch.rows(batch.len());
                numbers.extend((0..batch.len()).map(|position| rows.value(position)));
                batch.discard(batch.len());
                match pause {
                    Pause::Full => {}
                    Pause::Hungry => break,
                    Pause::Ended => return Ok(numbers),
                }
            }
        }
        Err("no end".into())
    }

    /// Generates numbers as V8 writes them, with occasional errors if `is_faulty`.
    fn text(random: &mut Random, is_faulty: bool) -> Vec<u8> {
        let mut text = Vec::new();
        let has_lines = random.once_in(2);
        for _ in 0..random.below(400) {
            let longest = if random.once_in(30) { 21 } else { 9 };
            let digits = 1 + random.below(longest) as u32;
            let number = u128::from(random.next()) * u128::from(random.next());
            let number = number % 10_u128.pow(digits);
            let separator = if has_lines && random.once_in(3) { "\n," } else { "," };
            text.extend_from_slice(format!("{number}{separator}").as_bytes());
        }
        text.extend_from_slice(b"7]");
        if is_faulty {
            let at = random.below(text.len());
            text[at] = b",,\n \t-x0:/."[random.below(11)];
        }
        text
    }

    #[test]
    fn vectors_and_byte_loop_agree_on_right_and_wrong_text() {
        let mut random = Random::new(17);
        for round in 0..20_000 {
            let text = text(&mut random, round % 4 == 0);
            let pieces = 1 + random.below(2_000);
            let may_be_negative = random.once_in(2);
            let with = |vectors| NumberScanner::with(vectors, may_be_negative);
            let plain = numbers(with(None), &text, pieces);
            for vectors in vectors::supported() {
                let quick = numbers(with(Some(vectors)), &text, pieces);
                assert_eq!(quick, plain, "{}", String::from_utf8_lossy(&text));
            }
        }
    }

    #[test]
    fn a_long_run_fills_batch_after_batch() {
        let expected: Vec<u64> = (0..100_000).collect();
        let text = expected.iter().map(u64::to_string).collect::<Vec<_>>().join(",") + "]";
        assert_eq!(numbers(NumberScanner::new(false), text.as_bytes(), 1 << 20), Ok(expected));
    }
}
