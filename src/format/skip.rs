//! Skips a JSON value without parsing it.
//!
//! This is for sections that nobody needs (`trace_tree`, `samples`, or anything a later
//! V8 adds) and for finding the end of the header. Only the parts that determine the end
//! of the value are examined: strings, and brackets that must match.

use crate::error::{DetectError, Result};

/// Maximum nesting of brackets. V8's `trace_tree` nests twice per stack frame.
const MAX_DEPTH: usize = 1 << 16;

/// Finds the end of one JSON value, in pieces of any size.
pub(super) struct Skipper {
    /// Open brackets, innermost last; `true` is an object.
    open: Vec<bool>,
    state: SkipState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SkipState {
    /// Before the value's first byte.
    Before,
    /// Between tokens or in a number or literal inside brackets.
    Between,
    /// In a number or literal that is the value itself.
    Scalar,
    String,
    /// After a backslash.
    Escape,
}

impl Skipper {
    pub(super) fn new() -> Self {
        Self { open: Vec::new(), state: SkipState::Before }
    }

    /// Skips a value whose first byte, `byte`, has been read at `at`.
    pub(super) fn after(byte: u8, at: u64) -> Result<Self> {
        let mut skipper = Self::new();
        skipper.skip(&[byte], at)?;
        Ok(skipper)
    }

    /// Skips `bytes`, which begin at `at`. Returns how many belong to the value and
    /// whether it has ended.
    pub(super) fn skip(&mut self, bytes: &[u8], at: u64) -> Result<(usize, bool)> {
        let mut used = 0;
        while let Some(&byte) = bytes.get(used) {
            match (self.state, byte) {
                (SkipState::String, b'"') => {
                    self.state = SkipState::Between;
                    if self.open.is_empty() {
                        return Ok((used + 1, true));
                    }
                }
                (SkipState::String, b'\\') => self.state = SkipState::Escape,
                (SkipState::String, _) => {
                    // Skips to the next significant byte.
                    used +=
                        memchr::memchr2(b'"', b'\\', &bytes[used..]).unwrap_or(bytes.len() - used);
                    continue;
                }
                // The value has ended before this byte, which is the caller's.
                (SkipState::Scalar, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') => {
                    return Ok((used, true));
                }
                (SkipState::Escape, _) | (SkipState::Before | SkipState::Between, b'"') => {
                    self.state = SkipState::String;
                }
                (SkipState::Before | SkipState::Between, b'{' | b'[') => {
                    if self.open.len() == MAX_DEPTH {
                        let at = at + used as u64;
                        return Err(DetectError::TooLarge { at, what: "the nesting of brackets" });
                    }
                    self.open.push(byte == b'{');
                    self.state = SkipState::Between;
                }
                (SkipState::Between, b'}' | b']') => {
                    if self.open.pop() != Some(byte == b'}') {
                        let at = at + used as u64;
                        return Err(DetectError::Malformed { at, expected: "matching brackets" });
                    }
                    if self.open.is_empty() {
                        return Ok((used + 1, true));
                    }
                }
                (SkipState::Before, b'0'..=b'9' | b'-' | b't' | b'f' | b'n') => {
                    self.state = SkipState::Scalar;
                }
                (SkipState::Between | SkipState::Scalar, _)
                | (SkipState::Before, b' ' | b'\n' | b'\r' | b'\t') => {}
                (SkipState::Before, _) => {
                    let at = at + used as u64;
                    return Err(DetectError::Malformed { at, expected: "a value" });
                }
            }
            used += 1;
        }
        Ok((used, false))
    }
}
