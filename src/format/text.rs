//! Reads the `strings` array, in pieces of any size.
//!
//! V8 writes only ASCII and escapes the rest. Since it cuts long strings at UTF-16 units,
//! it also writes halves of surrogate pairs. Other producers write UTF-8. Both are read;
//! half a pair becomes U+FFFD, since a `str` cannot hold it.
//!
//! Strings that the sink does not want are skipped without being decoded, so an error
//! inside one (a bad escape, a control character) goes unnoticed.

use std::str;

use crate::{
    column::Column,
    error::{DetectError, Result},
};

use super::SnapshotSink;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TextState {
    /// After the opening bracket: a string or the closing bracket.
    Open,
    /// After a comma: a string.
    Comma,
    /// Inside a string.
    String,
    /// Inside a string, after a backslash.
    Escape,
    /// After a string: a comma or the closing bracket.
    After,
}

/// Reads the bytes after `[` up to and including `]`.
pub(super) struct TextScanner {
    state: TextState,
    /// Index of the current or next string.
    index: u32,
    is_wanted: bool,
    has_escapes: bool,
    /// Raw bytes of the current string from earlier pieces.
    cut: Column<u8>,
    /// Where the current string's text began.
    began: u64,
    decoded: String,
}

impl TextScanner {
    pub(super) fn new() -> Self {
        Self {
            state: TextState::Open,
            index: 0,
            is_wanted: false,
            has_escapes: false,
            cut: Column::new(),
            began: 0,
            decoded: String::new(),
        }
    }

    /// Returns the strings read so far.
    pub(super) fn count(&self) -> u32 {
        self.index
    }

    /// Reads `bytes`, which begin at `at`. Returns how many were consumed and whether the
    /// array has ended.
    pub(super) fn scan(
        &mut self,
        bytes: &[u8],
        at: u64,
        sink: &mut impl SnapshotSink,
    ) -> Result<(usize, bool)> {
        let mut used = 0;
        while let Some(&byte) = bytes.get(used) {
            match (self.state, byte) {
                (TextState::String | TextState::Escape, _) => {
                    used += self.inside(&bytes[used..], at + used as u64, sink)?;
                    continue;
                }
                (TextState::Open | TextState::Comma, b'"') => {
                    if self.index == u32::MAX {
                        let at = at + used as u64;
                        return Err(DetectError::TooLarge {
                            at,
                            what: "more than 2^32 - 1 strings",
                        });
                    }
                    self.is_wanted = sink.wants_string(self.index);
                    self.has_escapes = false;
                    self.began = at + used as u64 + 1;
                    self.state = TextState::String;
                }
                (TextState::After, b',') => self.state = TextState::Comma,
                (TextState::Open | TextState::After, b']') => return Ok((used + 1, true)),
                (_, b' ' | b'\n' | b'\r' | b'\t') => {}
                (place, _) => {
                    let expected = match place {
                        TextState::Comma => "a string",
                        TextState::Open => "a string or the end of the array",
                        _ => "a comma or the end of the array",
                    };
                    return Err(DetectError::Malformed { at: at + used as u64, expected });
                }
            }
            used += 1;
        }
        Ok((used, false))
    }

    /// Continues in a string. Returns how many bytes belong to it, including its closing
    /// quote if that is among `bytes`.
    fn inside(&mut self, bytes: &[u8], at: u64, sink: &mut impl SnapshotSink) -> Result<usize> {
        let mut end = 0;
        if self.state == TextState::Escape {
            self.state = TextState::String;
            end = 1;
        }
        loop {
            match memchr::memchr2(b'"', b'\\', &bytes[end..]) {
                Some(offset) if bytes[end + offset] == b'"' => {
                    end += offset;
                    break;
                }
                Some(offset) if end + offset + 1 < bytes.len() => {
                    self.has_escapes = true;
                    end += offset + 2;
                }
                escape => {
                    if escape.is_some() {
                        self.has_escapes = true;
                        self.state = TextState::Escape;
                    }
                    if self.is_wanted {
                        self.cut.extend_from_slice(bytes);
                    }
                    return Ok(bytes.len());
                }
            }
        }
        if self.is_wanted {
            if self.cut.is_empty() {
                self.deliver(&bytes[..end], at, sink)?;
            } else {
                let mut whole = std::mem::take(&mut self.cut);
                whole.extend_from_slice(&bytes[..end]);
                self.deliver(&whole, self.began, sink)?;
            }
        }
        self.index += 1;
        self.state = TextState::After;
        Ok(end + 1)
    }

    /// Passes on the string with the raw bytes `raw`, which began at `at`.
    fn deliver(&mut self, raw: &[u8], at: u64, sink: &mut impl SnapshotSink) -> Result<()> {
        let text = str::from_utf8(raw).map_err(|error| DetectError::Malformed {
            at: at + error.valid_up_to() as u64,
            expected: "UTF-8",
        })?;
        if !self.has_escapes {
            return sink.string(self.index, text, at);
        }
        self.decoded.clear();
        decode(text, &mut self.decoded).map_err(|offset| DetectError::Malformed {
            at: at + offset as u64,
            expected: "a valid JSON escape",
        })?;
        sink.string(self.index, &self.decoded, at)
    }
}

/// Appends `text` to `out`, replacing JSON's escapes. `Err` is the offset of an invalid
/// one.
fn decode(text: &str, out: &mut String) -> Result<(), usize> {
    let mut rest = text;
    while let Some(plain) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..plain]);
        let escape = &rest[plain..];
        let offset = text.len() - escape.len();
        let (character, length) = unescape(escape.as_bytes()).ok_or(offset)?;
        out.push(character);
        rest = &escape[length..];
    }
    out.push_str(rest);
    Ok(())
}

/// Returns the character that the escape at the start of `bytes` stands for, and the
/// escape's length.
fn unescape(bytes: &[u8]) -> Option<(char, usize)> {
    let character = match bytes.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unescape_unit(bytes),
        _ => return None,
    };
    Some((character, 2))
}

/// Decodes `\uXXXX`, or two of them that are one character.
fn unescape_unit(bytes: &[u8]) -> Option<(char, usize)> {
    let unit = unit(bytes)?;
    if let 0xD800..=0xDBFF = unit
        && let Some(low @ 0xDC00..=0xDFFF) = bytes.get(6..).and_then(self::unit)
    {
        let code = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        return Some((char::from_u32(code)?, 12));
    }
    Some((char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
}

/// Returns the UTF-16 unit that `\uXXXX` at the start of `bytes` stands for.
fn unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(escaped: &str, plain: &str) {
        let mut out = String::new();
        decode(escaped, &mut out).expect("valid escapes");
        assert_eq!(out, plain);
    }

    #[test]
    fn escapes_become_what_they_stand_for() {
        check(r#"a\"\\\/\b\f\n\r\tz"#, "a\"\\/\u{8}\u{c}\n\r\tz");
        check(r"\u0041\u00e9\u2713", "Aé✓");
        check("é✓ as they are", "é✓ as they are");
    }

    #[test]
    fn surrogates_pair_up_and_halves_are_replaced() {
        check(r"\uD83D\uDE00", "😀");
        check(r"\uD83D", "\u{FFFD}");
        check(r"\uD83Dx\uDE00", "\u{FFFD}x\u{FFFD}");
        check(r"\uD83D\uD83D\uDE00", "\u{FFFD}😀");
        check(r"\uDE00\uD83D\n", "\u{FFFD}\u{FFFD}\n");
    }

    #[test]
    fn a_wrong_escape_is_found_where_it_is() {
        for wrong in [r"ab\x", r"ab\u12", r"ab\u12g4", r"ab\"] {
            assert_eq!(decode(wrong, &mut String::new()), Err(2), "{wrong}");
        }
    }
}
