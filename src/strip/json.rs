//! Writes JSON as V8 does: in ASCII alone.

use std::io::Write;

/// Appends `text` as a JSON string without its quotes.
pub(super) fn push_text(text: &str, out: &mut Vec<u8>) {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        out.extend_from_slice(text.as_bytes());
    } else {
        text.chars().for_each(|character| push(character, out));
    }
}

/// Appends a character of a JSON string.
pub(super) fn push(character: char, out: &mut Vec<u8>) {
    match character {
        '"' | '\\' => out.extend([b'\\', character as u8]),
        ' '..='~' => out.push(character as u8),
        _ => {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a vector does not fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
}

/// Appends a number.
#[inline]
pub(super) fn push_number(number: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_in_ascii() {
        for text in ["plain", "a\"b\\c\n\u{1}", "é✓😀\u{FFFD}\u{7f}"] {
            let mut out = vec![b'"'];
            push_text(text, &mut out);
            out.push(b'"');
            assert!(out.is_ascii());
            let back: String = serde_json::from_slice(&out).expect("a JSON string");
            assert_eq!(back, text);
        }
    }
}
