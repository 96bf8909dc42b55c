//! V8's heap as a walk sees it: resolves tagged words to objects, and checks every
//! step.

use super::{
    arena::Arena,
    layout::{Kind, Layout, offset},
    memory::Words,
    pages::{Mark, Pages},
};

/// Returns the value of a word that is known to be a small integer.
#[inline]
pub fn smi(word: u64) -> i64 {
    word.cast_signed() >> 32
}

/// Returns whether a word may be a strong reference: objects are aligned to 8 bytes.
#[inline]
pub fn is_reference(word: u64) -> bool {
    word & 7 == 1
}

/// Returns whether a word may be a weak reference that has not been cleared.
#[inline]
pub fn is_weak(word: u64) -> bool {
    word & 7 == 3 && word >> 32 != 0
}

/// The tagged addresses of values that every isolate has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Constants {
    /// `undefined`.
    pub undefined: u64,
    /// `null`.
    pub null: u64,
    /// The hole, which stands for no value in V8's own tables.
    pub hole: u64,
    /// `Symbol.toStringTag`.
    pub to_string_tag: u64,
    /// The string "constructor".
    pub constructor: u64,
    /// The empty array, which objects without properties or elements refer to. It is a
    /// root, to which V8's snapshots show no references.
    pub empty_array: u64,
    /// The map of maps.
    pub meta_map: u64,
}

/// A cache of the instance types of maps. Most objects have one of few maps, and
/// checking that a map is a map takes two steps.
#[derive(Debug)]
pub struct Types([(u64, u16); Types::COUNT]);

impl Types {
    /// Two kilobytes: a fraction of the first-level cache.
    const COUNT: usize = 128;

    /// Returns the index for a map. Maps are eighty bytes long or a little more.
    #[inline]
    fn place(map: u64) -> usize {
        (map >> 4 ^ map >> 11) as usize % Self::COUNT
    }
}

impl Default for Types {
    fn default() -> Self {
        Self([(0, 0); Self::COUNT])
    }
}

/// The heap, and the state of its walk.
#[derive(Debug)]
pub struct Heap<'a> {
    /// The layout of objects.
    pub layout: &'a Layout,
    /// Instance type of the tables of WeakMap and WeakSet; found by a probe.
    pub weak_table: u16,
    /// The isolate's values.
    pub constants: Constants,
    /// Types of maps.
    pub types: Types,
    /// Its pages, and the marks of the objects that were reached.
    pub pages: Pages,
    /// The child's own memory.
    pub arena: Arena,
}

impl Heap<'_> {
    /// Returns the words of the object that `word` refers to.
    #[inline]
    pub fn object(&mut self, word: u64) -> Option<Words> {
        if is_reference(word) { self.pages.object(word - 1) } else { None }
    }

    /// Admits the page of the read-only object that `word` refers to; `None` if it is no
    /// reference.
    pub fn admit(&mut self, word: u64) -> Option<()> {
        is_reference(word).then(|| self.pages.admit(word - 1))
    }

    /// Returns the instance type of an object with these words; `None` if its map is no map.
    #[inline]
    pub fn type_of(&mut self, object: Words) -> Option<u16> {
        let map = object.get(0);
        let (known, number) = self.types.0[Types::place(map)];
        if known == map && map != 0 { Some(number) } else { self.look_at_map(map) }
    }

    fn look_at_map(&mut self, word: u64) -> Option<u16> {
        let map = self.object(word)?;
        if map.get(0) != self.constants.meta_map && !self.is_map(map) {
            return None;
        }
        let number = (map.at(offset::MAP_TYPE) >> 32) as u16;
        self.types.0[Types::place(word)] = (word, number);
        Some(number)
    }

    /// Returns whether these are the words of a map. From V8 12 on, each realm has its own
    /// map of maps.
    pub fn is_map(&mut self, map: Words) -> bool {
        let Some(meta) = self.object(map.get(0)) else { return false };
        self.layout.kinds.of((meta.at(offset::MAP_TYPE) >> 32) as u16) == Kind::Map
    }

    /// Returns the kind and the words of the object that `word` refers to.
    #[inline]
    pub fn kind_of(&mut self, word: u64) -> Option<(Kind, Words)> {
        let object = self.object(word)?;
        let number = self.type_of(object)?;
        Some((self.layout.kinds.of(number), object))
    }

    /// Returns the words of the object that `word` refers to, if it is of this kind.
    pub fn of_kind(&mut self, word: u64, kind: Kind) -> Option<Words> {
        let (found, object) = self.kind_of(word)?;
        (found == kind).then_some(object)
    }

    /// Returns the value of a variable, tagged, that a context has as `word`: the value itself, or a cell
    /// (map, value, ...).
    pub fn variable(&mut self, word: u64) -> u64 {
        match self.of_kind(word, Kind::Struct) {
            Some(cell) if self.is_context_cell(cell) => cell.get(1),
            _ => word,
        }
    }

    fn is_context_cell(&mut self, object: Words) -> bool {
        self.type_of(object).is_some_and(|number| self.layout.kinds.is_context_cell(number))
    }

    /// Marks the object at `at`.
    #[inline]
    pub fn mark(&mut self, at: u64) -> Mark {
        self.pages.mark(at, &mut self.arena)
    }

    /// Returns the length of an array with these words, or the number of words that are
    /// there, if that is less.
    pub fn length(&self, array: Words) -> u64 {
        let length = u64::try_from(smi(array.get(1))).unwrap_or(0);
        length.min(array.len().saturating_sub(2))
    }
}
