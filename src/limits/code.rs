//! Words in the constants of a function's code that show that the code bounds a collection.
//!
//! V8 compiles a function when it is first called, so a function that has code has run. The
//! properties that it reads by name are among its constants: `map.size`, `map.delete`,
//! `Date.now`. Nothing here allocates.

/// The name under which the words of one function travel, as one number.
pub const NAME: &str = "(words of code)";

/// The longest word that is looked at: strings as long lie in one word of memory.
pub const LONGEST: usize = 8;

const DELETE: u32 = 1;
const FIRST: u32 = 2;
const CLEAR: u32 = 4;
const SIZE: u32 = 8;
const LENGTH: u32 = 16;
const NEXT: u32 = 32;
const EACH: u32 = 64;
const TIME: u32 = 128;

/// Every word with the sort that it is of. Loops with `of` read `next`; `splice` puts in as often
/// as it removes.
const WORDS: [(&str, u32); 16] = [
    ("delete", DELETE),
    ("shift", FIRST),
    ("clear", CLEAR),
    ("size", SIZE),
    ("length", LENGTH),
    ("next", NEXT),
    ("keys", NEXT),
    ("entries", NEXT),
    ("values", NEXT),
    ("forEach", EACH),
    ("now", TIME),
    ("getTime", TIME),
    ("hrtime", TIME),
    ("expires", TIME),
    ("expired", TIME),
    ("ttl", TIME),
];

/// Sorts of words that a function uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeWords(pub u32);

/// The criterion by which code removes entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removing {
    /// When there are too many.
    ByAmount,
    /// When they are old.
    ByAge,
}

impl CodeWords {
    /// Returns the sort of one constant.
    pub fn of(text: &[u8]) -> Self {
        let known = WORDS.iter().find(|(word, _)| word.as_bytes() == text);
        Self(known.map_or(0, |&(_, sort)| sort))
    }

    /// Returns the words of both: a function and one that is written in it.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether they may say something, alone or with those of the functions written inside.
    pub fn is_telling(self) -> bool {
        self.has(DELETE) || self.has(FIRST) || self.has(CLEAR) || self.has(EACH) && self.has(TIME)
    }

    /// Returns how entries are removed, if these are the words of code that bounds an Array or, else, a
    /// Map or a Set. One entry that is deleted by its key bounds nothing.
    pub fn removing(self, is_array: bool) -> Option<Removing> {
        let removes = if is_array {
            self.has(FIRST)
        } else {
            self.has(DELETE) && (self.has(NEXT) || self.has(EACH)) || self.has(CLEAR)
        };
        let has_amount = if is_array { self.has(LENGTH) } else { self.has(SIZE) };
        match (removes, has_amount, self.has(TIME)) {
            (true, true, _) => Some(Removing::ByAmount),
            (true, false, true) => Some(Removing::ByAge),
            _ => None,
        }
    }

    /// Whether a function written inside may be called for each entry.
    pub fn goes_through_each(self) -> bool {
        self.has(EACH)
    }

    fn has(self, sort: u32) -> bool {
        self.0 & sort != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removing(words: &[&str], is_array: bool) -> Option<Removing> {
        let all = words.iter().map(|word| CodeWords::of(word.as_bytes()));
        all.fold(CodeWords::default(), CodeWords::with).removing(is_array)
    }

    #[test]
    fn code_that_bounds_a_collection_is_known_by_its_words() {
        let oldest = ["size", "delete", "keys", "next", "value"];
        assert_eq!(removing(&oldest, false), Some(Removing::ByAmount));
        assert_eq!(removing(&["next", "now", "delete"], false), Some(Removing::ByAge));
        assert_eq!(removing(&["length", "shift"], true), Some(Removing::ByAmount));
        assert_eq!(removing(&["size", "clear"], false), Some(Removing::ByAmount));
    }

    #[test]
    fn code_that_removes_what_it_is_asked_to_bounds_nothing() {
        assert_eq!(removing(&["get", "delete"], false), None);
        assert_eq!(removing(&["get", "delete", "size"], false), None, "the last one is gone");
        assert_eq!(removing(&["now", "delete"], false), None, "a request is over");
        assert_eq!(removing(&["length", "shift"], false), None, "another collection's");
        assert_eq!(removing(&["length", "push"], true), None);
    }

    #[test]
    fn every_word_fits_into_one_word_of_memory() {
        assert!(WORDS.iter().all(|(word, _)| word.len() <= LONGEST));
    }
}
