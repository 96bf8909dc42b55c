//! What stands in the place of a value: as long, and different for each as far as the length allows.

use rustc_hash::FxHashMap;

/// Digits of fillers.
const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// More digits, for short strings: V8 keeps a string of each Latin-1 character. None of these
/// characters is half of a pair.
const MORE: u64 = 0xD000;
const FIRST_OF_MORE: u32 = 0x100;

/// Characters that a filler is counted with; those before are all the same.
const COUNTED: u32 = 10;

/// Numbers the fillers of each length.
#[derive(Debug, Default)]
pub(super) struct Fillers {
    used: FxHashMap<u32, u64>,
}

impl Fillers {
    /// Appends a filler of `length` UTF-16 units, which JSON takes as they are.
    pub(super) fn fill(&mut self, length: u32, out: &mut Vec<u8>) {
        let used = self.used.entry(length).or_default();
        let number = *used;
        *used += 1;
        let counted = length.min(COUNTED);
        same(length - counted, out);
        let enough = (DIGITS.len() as u64).pow(counted) > number;
        if enough { plain(number, counted, out) } else { more(number, counted, out) }
    }
}

/// Appends a filler of `length` units that is the same for all.
pub(super) fn same(length: u32, out: &mut Vec<u8>) {
    out.resize(out.len() + length as usize, DIGITS[0]);
}

fn plain(mut number: u64, digits: u32, out: &mut Vec<u8>) {
    let start = out.len();
    for _ in 0..digits {
        out.push(DIGITS[(number % DIGITS.len() as u64) as usize]);
        number /= DIGITS.len() as u64;
    }
    out[start..].reverse();
}

fn more(mut number: u64, digits: u32, out: &mut Vec<u8>) {
    for _ in 0..digits {
        let digit = (number % MORE) as u32;
        number /= MORE;
        let character = char::from_u32(FIRST_OF_MORE + digit).unwrap_or('0');
        super::json::push(character, out);
    }
}

/// Returns how many UTF-16 units `text` has.
pub(super) fn length(text: &str) -> u32 {
    // A character has two units if it has four bytes.
    let starts = text.bytes().filter(|byte| byte & 0xC0 != 0x80).count();
    let pairs = text.bytes().filter(|&byte| byte >= 0xF0).count();
    (starts + pairs) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(fillers: &mut Fillers, length: u32) -> String {
        let mut out = vec![b'"'];
        fillers.fill(length, &mut out);
        out.push(b'"');
        serde_json::from_slice(&out).expect("a JSON string")
    }

    #[test]
    fn fillers_are_as_long_as_asked_and_differ() {
        let mut fillers = Fillers::default();
        for length in [1, 2, 3, 9, 10, 11, 1024] {
            let mut seen: Vec<String> = (0..700).map(|_| filled(&mut fillers, length)).collect();
            assert!(seen.iter().all(|text| super::length(text) == length), "{length}");
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), 700, "{length}");
        }
        assert_eq!(filled(&mut fillers, 0), "");
    }

    #[test]
    fn lengths_are_those_of_javascript() {
        for text in ["", "abc", "é✓", "😀", "a😀\u{FFFD}"] {
            assert_eq!(length(text) as usize, text.encode_utf16().count(), "{text}");
        }
    }
}
