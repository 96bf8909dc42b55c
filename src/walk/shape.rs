//! How the objects of one map are read. [`shapes`](super::shapes) works it out.

use super::{arena::Zero, layout::Kind};

/// How the elements of objects are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Elements {
    /// None that V8's snapshots show.
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
    /// What they are.
    pub kind: Kind,
    /// Words of each; 0 where that differs.
    pub words: u16,
    /// The first word that may refer to something.
    pub first: u16,
    /// The word after the last; 0: to the end of the object.
    pub end: u16,
    /// Words in between that hold raw numbers.
    pub raw: (u16, u16),
    /// A bit for each word that refers weakly though it does not look so.
    pub weak: u32,
    /// Slots of the PropertyArray that rows show.
    pub slots: u16,
    /// Their elements.
    pub elements: Elements,
    /// Whether properties are in a dictionary.
    pub is_dictionary: bool,
    /// Whether rows have the number of a function.
    pub has_function: bool,
    /// Where their numbers are that may be bounds (see `bounds`).
    pub bounds: (u32, u16),
    /// Whether they are functions with a word for a prototype.
    pub has_prototype: bool,
    /// Whether rows may have references with names of their own.
    pub has_named: bool,
    /// Whether every word may refer to something, and none weakly.
    pub is_plain: bool,
    /// Whether raw numbers and addresses of functions stand among the references, who
    /// knows where: what leads nowhere is no reason for doubt.
    pub is_mixed: bool,
}

// SAFETY: zero is the first variant of each enum, and `false`.
unsafe impl Zero for Shape {}
