//! What speaks against a leak, but is in no series: that the program says how much there may
//! be, and that entries are removed.

use super::{removals::Removal, rules};
use crate::limits::code::Removing;

/// What there is of it for one growth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// That the store is bounded, or that its items go again.
    pub declared: Option<Declared>,
    /// That entries are removed from it.
    pub removal: Option<Removal>,
    /// That code which has run keeps it small.
    pub code: Option<RemovingCode>,
    /// Whether Node's module loader keeps it: paths that it has looked up.
    pub is_of_loader: bool,
    /// Whether it holds so much more than it may that what is declared means nothing.
    pub is_exceeded: bool,
}

/// Code that removes what is old, or too much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovingCode {
    /// Name of the function, if it has one.
    pub function: String,
    /// By what it removes entries.
    pub how: Removing,
}

/// Names by which a program says that what it keeps is bounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Class of the object that has them, or what else has.
    pub class: String,
    /// Its properties and methods.
    pub names: Vec<String>,
    /// Whether they are those of the items: that these expire is no promise that anything
    /// removes them.
    pub of_items: bool,
    /// How many items there may be, where that is a number that is known.
    pub most: Option<Most>,
}

/// How many items there may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Most {
    /// What the number is called.
    pub name: String,
    /// The number, above 0.
    pub value: u64,
    /// Whether it is of nothing else that the owner holds.
    pub is_sure: bool,
}

impl Most {
    /// Whether a store with so many items goes by another bound, or by none.
    pub(super) fn is_exceeded_by(&self, count: u64) -> bool {
        count > self.value.saturating_mul(rules::EXCEEDED_FACTOR)
    }
}
