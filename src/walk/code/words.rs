//! Reads the words among the constants of a function that indicate a bounded collection.
//!
//! Bytecode refers to its constants, and these have the names of the properties that it reads.
//! Each is compared with a few words; no other string is looked at.

use crate::{
    limits::code::{CodeWords, LONGEST},
    walk::{
        heap::Heap,
        layout::{Kind, ONE_BYTE, offset},
        memory::Words,
    },
};

/// Constants that are read: code with more is a whole program, or a table of data.
const MOST_CONSTANTS: u64 = 512;

/// Returns the words in the constants of `bytecode`, whose references are at these places.
pub fn words_of(heap: &mut Heap<'_>, bytecode: Words, places: std::ops::Range<u64>) -> CodeWords {
    let mut found = CodeWords::default();
    // Its other references are tables of bytes.
    for place in places {
        let Some(constants) = heap.of_kind(bytecode.get(place), Kind::FixedArray) else { continue };
        for at in 0..heap.length(constants).min(MOST_CONSTANTS) {
            found = found.with(word(heap, constants.get(2 + at)));
        }
    }
    found
}

/// Returns the word that one constant is.
fn word(heap: &mut Heap<'_>, constant: u64) -> CodeWords {
    short(heap, constant).map_or(CodeWords::default(), |short| CodeWords::of(short.text()))
}

/// A string of a few narrow characters.
#[derive(Clone, Copy, Debug)]
pub struct Short {
    letters: [u8; LONGEST],
    length: usize,
}

impl Short {
    /// Returns its characters.
    pub fn text(&self) -> &[u8] {
        &self.letters[..self.length]
    }
}

/// Returns a constant that is a short string.
pub fn short(heap: &mut Heap<'_>, constant: u64) -> Option<Short> {
    let string = heap.of_kind(constant, Kind::SeqString)?;
    let length = string.half(offset::STRING_LENGTH) as usize;
    let is_narrow = heap.type_of(string).is_some_and(|number| number & ONE_BYTE != 0);
    let letters = string.get(2).to_le_bytes();
    (is_narrow && length <= LONGEST).then_some(Short { letters, length })
}
