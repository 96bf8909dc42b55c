//! V8's heap as the walk sees it: tagged words to objects, with every step
//! checked.

use super::{
    arena::Arena,
    layout::{Kind, Layout, offset},
    memory::Words,
    pages::{Mark, Pages},
};

/// A small integer's value; what else it is must be known.
#[inline]
pub fn smi(word: u64) -> i64 {
    word.cast_signed() >> 32
}

/// Whether a word may be a strong reference: objects are 8 bytes apart.
#[inline]
pub fn is_reference(word: u64) -> bool {
    word & 7 == 1
}

/// Whether a word may be a weak reference that has not been cleared.
#[inline]
pub fn is_weak(word: u64) -> bool {
    word & 7 == 3 && word >> 32 != 0
}

/// Values that every isolate has, by their addresses, tagged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Constants {
    /// `undefined`.
    pub undefined: u64,
    /// `null`.
    pub null: u64,
    /// What stands for no value in V8's own tables.
    pub hole: u64,
    /// `Symbol.toStringTag`.
    pub to_string_tag: u64,
    /// The string "constructor".
    pub constructor: u64,
    /// The array of all that have no properties or no elements beside them: a root, to
    /// which V8's snapshots show no reference.
    pub empty_array: u64,
    /// The map of maps.
    pub meta_map: u64,
}

/// Instance types of the maps looked at last. Most objects are of few maps, and
/// whether a map is one takes two steps to find out.
#[derive(Debug)]
pub struct Types([(u64, u16); Types::COUNT]);

impl Types {
    /// Two kilobytes: a part of the first-level cache.
    const COUNT: usize = 128;

    /// The place for a map: they are eighty bytes long or a little more.
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

/// The heap, and what the walk needs while it looks at it.
#[derive(Debug)]
pub struct Heap<'a> {
    /// How objects lie.
    pub layout: &'a Layout,
    /// Instance type of the tables of WeakMap and WeakSet; learnt by a probe.
    pub weak_table: u16,
    /// The isolate's values.
    pub constants: Constants,
    /// Types of maps.
    pub types: Types,
    /// Its pages, and the marks of the objects met.
    pub pages: Pages,
    /// The child's own memory.
    pub arena: Arena,
}

impl Heap<'_> {
    /// The words of the object that `word` refers to.
    #[inline]
    pub fn object(&mut self, word: u64) -> Option<Words> {
        if is_reference(word) { self.pages.object(word - 1) } else { None }
    }

    /// Takes the page of the read-only object that `word` refers to for one of this isolate's;
    /// `None` where it refers to nothing.
    pub fn admit(&mut self, word: u64) -> Option<()> {
        is_reference(word).then(|| self.pages.admit(word - 1))
    }

    /// The instance type of an object with these words, whose map must be one.
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

    /// Whether these are the words of a map. Each realm has a map of maps of its
    /// own from V8 12 on.
    pub fn is_map(&mut self, map: Words) -> bool {
        let Some(meta) = self.object(map.get(0)) else { return false };
        self.layout.kinds.of((meta.at(offset::MAP_TYPE) >> 32) as u16) == Kind::Map
    }

    /// What `word` refers to, with its words.
    #[inline]
    pub fn kind_of(&mut self, word: u64) -> Option<(Kind, Words)> {
        let object = self.object(word)?;
        let number = self.type_of(object)?;
        Some((self.layout.kinds.of(number), object))
    }

    /// The words of the object of this kind that `word` refers to.
    pub fn of_kind(&mut self, word: u64, kind: Kind) -> Option<Words> {
        let (found, object) = self.kind_of(word)?;
        (found == kind).then_some(object)
    }

    /// Marks the object at `at`.
    #[inline]
    pub fn mark(&mut self, at: u64) -> Mark {
        self.pages.mark(at, &mut self.arena)
    }

    /// The length of an array with these words, if that many are there.
    pub fn length(&self, array: Words) -> u64 {
        let length = u64::try_from(smi(array.get(1))).unwrap_or(0);
        length.min(array.len().saturating_sub(2))
    }
}
