//! How the objects of one map are read. [`shapes`](super::shapes) derives it from the map.

use super::{arena::Zero, layout::Kind};

/// How the elements of objects are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Elements {
    /// There are none that V8's snapshots show.
    None,
    /// In a FixedArray.
    Fast,
    /// In a dictionary of numbers.
    Dictionary,
}

/// How the objects of one map are read.
#[expect(clippy::struct_excessive_bools, reason = "facts, each on its own")]
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Their kind.
    pub kind: Kind,
    /// The size of each in words; 0 if it differs.
    pub words: u16,
    /// The first word that may be a reference.
    pub first: u16,
    /// The word after the last one; 0 for the end of the object.
    pub end: u16,
    /// Words in between that are raw numbers.
    pub raw: (u16, u16),
    /// A bit for each word that is a weak reference although it does not look like one.
    pub weak: u32,
    /// The slots of the PropertyArray that rows show.
    pub slots: u16,
    /// How their elements are stored.
    pub elements: Elements,
    /// Whether properties are in a dictionary.
    pub is_dictionary: bool,
    /// Whether rows have the number of a function.
    pub has_function: bool,
    /// Where their numbers are that may be bounds (see `bounds`).
    pub bounds: (u32, u16),
    /// Whether they are functions with a word for a prototype.
    pub has_prototype: bool,
    /// Whether rows may have references with their own names.
    pub has_named: bool,
    /// Whether every word may be a reference, and none a weak one.
    pub is_plain: bool,
    /// Whether there are raw numbers and addresses of functions at unknown places among
    /// the references: a word that leads to no object is no reason for doubt.
    pub is_mixed: bool,
}

// SAFETY: zero is the first variant of each enum, and `false`.
unsafe impl Zero for Shape {}
