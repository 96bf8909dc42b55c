//! Passing over a JSON value without reading it.
//!
//! For sections that nobody needs (`trace_tree`, `samples`, whatever a later
//! V8 adds) and for finding the end of the header. Only what decides where the
//! value ends is looked at: strings, and brackets that must pair up.

use crate::error::{DetectError, Result};

/// Brackets may nest this deep. V8's `trace_tree` nests twice per stack frame.
const MAX_DEPTH: usize = 1 << 16;

/// Finds the end of one JSON value, in pieces of any size.
pub(super) struct Skipper {
    /// Open brackets, innermost last; `true` is an object.
    open: Vec<bool>,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
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
        Self { open: Vec::new(), place: Place::Before }
    }

    /// Passes over `bytes`, which begin at `at`; returns how many belong to
    /// the value and whether it has ended.
    pub(super) fn skip(&mut self, bytes: &[u8], at: u64) -> Result<(usize, bool)> {
        let mut used = 0;
        while let Some(&byte) = bytes.get(used) {
            match (self.place, byte) {
                (Place::String, b'"') => {
                    self.place = Place::Between;
                    if self.open.is_empty() {
                        return Ok((used + 1, true));
                    }
                }
                (Place::String, b'\\') => self.place = Place::Escape,
                (Place::String, _) => {
                    // To the next byte that means something.
                    used +=
                        memchr::memchr2(b'"', b'\\', &bytes[used..]).unwrap_or(bytes.len() - used);
                    continue;
                }
                // The value's end is outside it: this byte is the caller's.
                (Place::Scalar, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') => {
                    return Ok((used, true));
                }
                (Place::Escape, _) | (Place::Before | Place::Between, b'"') => {
                    self.place = Place::String;
                }
                (Place::Before | Place::Between, b'{' | b'[') => {
                    if self.open.len() == MAX_DEPTH {
                        let at = at + used as u64;
                        return Err(DetectError::TooLarge { at, what: "brackets nested too deep" });
                    }
                    self.open.push(byte == b'{');
                    self.place = Place::Between;
                }
                (Place::Between, b'}' | b']') => {
                    if self.open.pop() != Some(byte == b'}') {
                        let at = at + used as u64;
                        return Err(DetectError::Malformed { at, expected: "brackets that pair" });
                    }
                    if self.open.is_empty() {
                        return Ok((used + 1, true));
                    }
                }
                (Place::Before, b'0'..=b'9' | b'-' | b't' | b'f' | b'n') => {
                    self.place = Place::Scalar;
                }
                (Place::Between | Place::Scalar, _)
                | (Place::Before, b' ' | b'\n' | b'\r' | b'\t') => {}
                (Place::Before, _) => {
                    let at = at + used as u64;
                    return Err(DetectError::Malformed { at, expected: "a value" });
                }
            }
            used += 1;
        }
        Ok((used, false))
    }
}
