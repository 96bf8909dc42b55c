//! The first reading: what the texts of a snapshot could be.

use super::names;
use crate::{
    bits::BitSet,
    census::dictionary::is_member_name,
    error::{DetectError, Result},
    format::SnapshotSink,
    v8::pages,
};

/// The class of plain objects.
const PLAIN_OBJECT: &str = "Object";

/// V8's name for the reference to a prototype, which every object has, a dictionary too.
const PROTOTYPE: &str = "__proto__";

/// The most strings: each gets two numbers.
const MAX_STRINGS: u32 = 1 << 31;

/// What is known of each string of a snapshot, by its number. None of the texts is kept.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// How many there are.
    pub(super) count: u32,
    /// The class of plain objects.
    pub(super) plain_object: Option<u32>,
    /// The reference to a prototype.
    pub(super) prototype: Option<u32>,
    /// Those written like the name of a property.
    pub(super) names: BitSet,
    /// Those of properties that nobody stores under data keys, if they lead to a function.
    pub(super) accessors: BitSet,
    /// The same wherever they lead.
    pub(super) symbols: BitSet,
    /// Words of V8 in the place of contents.
    pub(super) words: BitSet,
    /// Those that may be paths or addresses of scripts.
    pub(super) files: BitSet,
    /// The global objects of pages.
    pub(super) windows: BitSet,
}

impl SnapshotSink for Texts {
    fn wants_string(&mut self, _index: u32) -> bool {
        true
    }

    fn string(&mut self, index: u32, text: &str, _at: u64) -> Result<()> {
        if text == PLAIN_OBJECT {
            self.plain_object.get_or_insert(index);
        }
        if text == PROTOTYPE {
            self.prototype.get_or_insert(index);
        }
        let facts = [
            (&mut self.names, names::is_written_like_name(text)),
            (&mut self.accessors, is_member_name(text, true)),
            (&mut self.symbols, is_member_name(text, false)),
            (&mut self.words, names::is_word(text)),
            (&mut self.files, names::may_be_file(text)),
            (&mut self.windows, pages::address(text).is_some()),
        ];
        for (set, is_member) in facts {
            if is_member {
                set.raise(index as usize + 1);
                set.insert(index as usize);
            }
        }
        Ok(())
    }

    fn strings_end(&mut self, count: u32, at: u64) -> Result<()> {
        if count >= MAX_STRINGS {
            return Err(DetectError::TooLarge { at, what: "more than 2^31 strings" });
        }
        self.count = count;
        Ok(())
    }
}
