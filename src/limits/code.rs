//! What the code of a function does with a collection: does it keep the collection small?
//!
//! V8 compiles a function when it is first called, so a function that has code has run. Its
//! instructions say which variable or property `delete` is called on. Where they do not, the
//! words among its constants are left: `map.size`, `map.delete`, `Date.now`. Nothing here
//! allocates.

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
const REPLACED: u32 = 256;
const SHORTENED: u32 = 512;
const READ: u32 = 1024;
const LAST: u32 = 2048;
const COMPARED: u32 = 4096;
const CHOOSES: u32 = 8192;

/// Every word with the sort that it is of. Loops with `of` read `next`; `splice` puts in as often
/// as it removes.
const WORDS: [(&str, u32); 17] = [
    ("delete", DELETE),
    ("shift", FIRST),
    ("pop", LAST),
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

/// Sorts of words that a function uses, or of things that it does with one collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeWords(pub u32);

/// The criterion by which code removes entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removing {
    /// When there are too many.
    ByAmount,
    /// When they are old.
    ByAge,
    /// When something else is more or less than another thing.
    Chosen,
    /// One after the other, until none is left.
    Drained,
    /// All of them, when it is called.
    All,
    /// It only compares their number with another: what it then calls may remove some.
    Compared,
}

/// Sorts of collections, which are kept small in different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// An Array.
    Array,
    /// A Map or a Set.
    Hash,
    /// An object that is used as a dictionary.
    Dictionary,
    /// A string that is appended to.
    Text,
}

/// What a function does with the variable or property that has some name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Act {
    /// All of it.
    pub uses: CodeWords,
    /// The number that its size is compared with; 0 for none.
    pub most: u32,
    /// Whether it is a property, not a variable.
    pub is_property: bool,
}

impl Act {
    /// Returns how a function that does this with a collection keeps it small, if it does. One that
    /// looks at both the size and the time, and compares with no number, goes by the time.
    pub fn keeps_small(&self, sort: Sort) -> Option<Removing> {
        match self.uses.keeps_small(sort)? {
            Removing::ByAmount if self.most == 0 && self.uses.is_time() => Some(Removing::ByAge),
            how => Some(how),
        }
    }
}

impl CodeWords {
    /// Both in a loop and by name: the next entry.
    pub const LOOP: Self = Self(NEXT);
    /// The removal of an entry by its key.
    pub const DELETE: Self = Self(DELETE);
    /// The removal of the first entries.
    pub const FIRST: Self = Self(FIRST);
    /// The removal of the last entries.
    pub const LAST: Self = Self(LAST);
    /// The time.
    pub const TIME: Self = Self(TIME);
    /// An empty collection takes its place.
    pub const REPLACED: Self = Self(REPLACED);
    /// It is cut, or a part of it takes its place.
    pub const SHORTENED: Self = Self(SHORTENED);
    /// Its size is compared, or worked with, with something that may be a limit.
    pub const COMPARED: Self = Self(COMPARED);
    /// The function looks at which of two things is more.
    pub const CHOOSES: Self = Self(CHOOSES);
    /// It is read, other than to see whether it is there.
    pub const READ: Self = Self(READ);

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

    /// Returns the others.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether these are words for the size of a collection.
    pub fn is_size(self) -> bool {
        self.has(SIZE) || self.has(LENGTH)
    }

    /// Whether this is a word for the time.
    pub fn is_time(self) -> bool {
        self.has(TIME)
    }

    /// Whether it is read.
    pub fn is_read(self) -> bool {
        self.has(READ) || self.has(NEXT) || self.is_size()
    }

    /// Whether some of them remove something.
    pub fn removes(self) -> bool {
        self.0 & (DELETE | FIRST | LAST | CLEAR | REPLACED | SHORTENED) != 0
    }

    /// Returns how a function that does this with a collection keeps it small, if it does.
    fn keeps_small(self, sort: Sort) -> Option<Removing> {
        let has_loop = self.has(NEXT) || self.has(EACH);
        let takes_out = sort == Sort::Array && (self.has(FIRST) || self.has(LAST));
        let removes = match sort {
            // One entry that is cut out ends a request, but with a look at the time it is too old.
            Sort::Array => takes_out || self.has(SHORTENED) || self.has(DELETE) && self.has(TIME),
            Sort::Hash => self.has(DELETE) && has_loop || self.has(CLEAR),
            Sort::Dictionary => self.has(DELETE) && has_loop || self.has(SHORTENED),
            Sort::Text => self.has(SHORTENED),
        };
        let is_emptied = self.has(REPLACED);
        if !removes && !is_emptied {
            None
        } else if self.has(COMPARED) {
            Some(Removing::ByAmount)
        } else if self.has(TIME) {
            Some(Removing::ByAge)
        } else if is_emptied {
            Some(Removing::All)
        } else if self.has(CHOOSES) && (self.has(DELETE) && has_loop || self.has(SHORTENED)) {
            Some(Removing::Chosen)
        } else {
            (takes_out && self.is_size()).then_some(Removing::Drained)
        }
    }

    /// Returns how a function keeps the collection small that it removes entries from, where it is
    /// not known which that is.
    pub fn keeps_some_small(self, sort: Sort) -> Option<Removing> {
        let how = self.keeps_small(sort)?;
        matches!(how, Removing::ByAmount | Removing::ByAge).then_some(how)
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
    fn what_is_done_with_a_collection_says_whether_it_is_kept_small() {
        let does = |words: &[&str], more: CodeWords, sort| {
            let all = words.iter().map(|word| CodeWords::of(word.as_bytes()));
            all.fold(more, CodeWords::with).keeps_small(sort)
        };
        let none = CodeWords::default();
        let emptied = CodeWords::REPLACED.with(CodeWords::READ);
        let compared = CodeWords::COMPARED;
        let chooses = CodeWords::CHOOSES;
        let by_amount = Some(Removing::ByAmount);
        assert_eq!(does(&["delete", "keys"], compared, Sort::Hash), by_amount);
        assert_eq!(does(&["size", "delete", "keys"], none, Sort::Hash), None, "a gauge");
        assert_eq!(does(&["delete", "keys"], chooses, Sort::Hash), Some(Removing::Chosen));
        assert_eq!(does(&[], emptied.with(compared), Sort::Array), by_amount, "a batch");
        assert_eq!(does(&[], emptied, Sort::Array), Some(Removing::All), "a flush");
        assert_eq!(does(&["delete", "size"], none, Sort::Hash), None, "an entry by its key");
        assert_eq!(does(&["shift"], none, Sort::Array), None, "a queue's next one");
        assert_eq!(does(&["length", "shift"], none, Sort::Hash), None, "another sort");
        assert_eq!(does(&["length", "shift"], none, Sort::Array), Some(Removing::Drained));
        assert_eq!(does(&["pop"], compared, Sort::Array), by_amount, "a pool");
        assert_eq!(removing(&["length", "pop"], true), None, "of whatever array");
        let cut = |words: &[&str]| does(words, CodeWords::DELETE, Sort::Array);
        assert_eq!((cut(&["now"]), cut(&[])), (Some(Removing::ByAge), None));
        let sweep = CodeWords::DELETE.with(CodeWords::TIME);
        assert_eq!(
            sweep.with(CodeWords::LOOP).keeps_small(Sort::Dictionary),
            Some(Removing::ByAge)
        );
    }

    #[test]
    fn every_word_fits_into_one_word_of_memory() {
        assert!(WORDS.iter().all(|(word, _)| word.len() <= LONGEST));
    }
}
