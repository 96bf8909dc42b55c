//! Evidence against a leak that is in no series: the program declares a limit, or entries are
//! removed.

use super::{removals::Removal, rules};
use crate::limits::code::Removing;

/// The evidence for one growth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// Names that declare that the store is bounded, or that its items expire.
    pub declared: Option<Declared>,
    /// Removals of entries that were seen.
    pub removal: Option<Removal>,
    /// Code that has run and keeps it small.
    pub code: Option<RemovingCode>,
    /// Whether Node's module loader keeps it: paths that it has looked up.
    pub is_of_loader: bool,
    /// Whether it holds so many more items than declared that the declaration means nothing.
    pub is_exceeded: bool,
}

/// Code that removes old or excess entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovingCode {
    /// Name of the function, if it has one.
    pub function: String,
    /// The criterion by which it removes entries.
    pub how: Removing,
}

/// Names by which a program declares that a store is bounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Class of the object that has them, or what else has.
    pub class: String,
    /// Its properties and methods.
    pub names: Vec<String>,
    /// Whether they are those of the items: that these expire is no promise that anything
    /// removes them.
    pub of_items: bool,
    /// The maximum number of items, where it is known.
    pub most: Option<Most>,
}

/// The maximum number of items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Most {
    /// The name of the number.
    pub name: String,
    /// The number, above 0.
    pub value: u64,
    /// Whether it is of nothing else that the owner holds.
    pub is_sure: bool,
}

impl Most {
    /// Whether a store with `count` items obeys another bound, or none.
    pub(super) fn is_exceeded_by(&self, count: u64) -> bool {
        count > self.value.saturating_mul(rules::EXCEEDED_FACTOR)
    }
}
