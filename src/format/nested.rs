//! Reads an array of numbers and arrays, in pieces of any size: the stacks that DevTools records
//! (`trace_function_infos`, `trace_tree`).

use crate::error::{DetectError, Result};

/// Maximum nesting. V8 nests once per stack frame, and records 64.
const MAX_DEPTH: usize = 1 << 12;

/// A part of a nested array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nested {
    /// An inner array begins.
    Open,
    /// A number.
    Number(u32),
    /// The innermost array ends; the whole if no inner one is open.
    Close,
}

/// Reads the bytes after `[` up to and including the `]` that ends it.
#[derive(Default)]
pub(super) struct NestedScanner {
    /// Inner arrays that are open.
    depth: usize,
    number: Option<u32>,
    /// Whether an element must follow, after a comma.
    is_due: bool,
    /// Whether an element has ended, so that a comma must follow or the array end.
    is_after: bool,
}

impl NestedScanner {
    /// Scans `bytes`, which begin at `at`. Returns how many belong to the array, and whether it
    /// has ended.
    pub(super) fn scan(
        &mut self,
        bytes: &[u8],
        at: u64,
        mut sink: impl FnMut(Nested, u64) -> Result<()>,
    ) -> Result<(usize, bool)> {
        for (used, &byte) in bytes.iter().enumerate() {
            let at = at + used as u64;
            if byte.is_ascii_digit() && !self.is_after {
                let digit = u32::from(byte - b'0');
                let number = self.number.unwrap_or(0).checked_mul(10);
                let number = number.and_then(|number| number.checked_add(digit));
                let what = "a number of a recorded stack past 32 bits";
                self.number = Some(number.ok_or(DetectError::TooLarge { at, what })?);
                continue;
            }
            if let Some(number) = self.number.take() {
                sink(Nested::Number(number), at)?;
                (self.is_after, self.is_due) = (true, false);
            }
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => {}
                b',' if self.is_after => (self.is_after, self.is_due) = (false, true),
                b'[' if !self.is_after && self.depth == MAX_DEPTH => {
                    return Err(DetectError::TooLarge { at, what: "the nesting of brackets" });
                }
                b'[' if !self.is_after => {
                    self.depth += 1;
                    self.is_due = false;
                    sink(Nested::Open, at)?;
                }
                b']' if !self.is_due => {
                    sink(Nested::Close, at)?;
                    self.is_after = true;
                    let Some(depth) = self.depth.checked_sub(1) else {
                        return Ok((used + 1, true));
                    };
                    self.depth = depth;
                }
                _ => {
                    return Err(DetectError::Malformed { at, expected: "numbers and arrays" });
                }
            }
        }
        Ok((bytes.len(), false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &str, piece: usize) -> Result<Vec<Nested>> {
        let mut scanner = NestedScanner::default();
        let mut parts = Vec::new();
        let mut has_ended = false;
        for bytes in text.as_bytes().chunks(piece) {
            assert!(!has_ended, "it ends with its bytes");
            let (_, ended) = scanner.scan(bytes, 0, |part, _| {
                parts.push(part);
                Ok(())
            })?;
            has_ended = ended;
        }
        assert!(has_ended);
        Ok(parts)
    }

    #[test]
    fn any_split_gives_the_same_parts() {
        use Nested::{Close, Number, Open};
        let parts = vec![Number(1), Number(20), Open, Number(3), Open, Close, Close, Close];
        for piece in 1..20 {
            assert_eq!(scanned("1,\n20,[3,[]] ]", piece).expect("an array"), parts, "{piece}");
        }
        assert_eq!(scanned("]", 1).expect("an array"), [Close]);
    }

    #[test]
    fn what_is_no_array_of_numbers_is_refused() {
        for text in ["1 2]", "1,]", "[1]2]", ",1]", "-1]", "\"a\"]", "4294967296]", "1,[,2]]"] {
            let mut scanner = NestedScanner::default();
            assert!(scanner.scan(text.as_bytes(), 0, |_, _| Ok(())).is_err(), "{text}");
        }
        let deep = "[".repeat(MAX_DEPTH + 1);
        let error = NestedScanner::default().scan(deep.as_bytes(), 0, |_, _| Ok(())).unwrap_err();
        assert_eq!(error.code(), "ERR_SNAPSHOT_TOO_LARGE");
    }
}
