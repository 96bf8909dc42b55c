//! Evidence against a leak that is in no series: the program declares a limit, or entries are
//! removed.

use super::rules;
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
    /// A timer that may keep it small once its function runs.
    pub waiting: Option<WaitingTimer>,
    /// Whether Node's module loader keeps it: paths that it has looked up.
    pub is_of_loader: bool,
    /// Whether its table showed that nothing was removed while it grew.
    pub keeps_all: bool,
    /// Why the declaration means nothing.
    pub broken: Option<Broken>,
}

/// Where in a container the entries were that are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Some of them stay, whatever their age.
    Anywhere,
    /// The oldest first: as by age, by a bound, or in a queue.
    OldestFirst,
}

/// How a store breaks the limit that it declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It holds many more items.
    Exceeded,
    /// Nothing was removed for much longer than items are to live: for this many milliseconds.
    Outlived(u64),
}

/// A timer whose function has not run yet, and which can reach the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingTimer {
    /// Name of the function, if it has one.
    pub function: String,
    /// How long after it was set the timer calls it.
    pub delay_ms: u64,
}

/// Code that removes old or excess entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovingCode {
    /// Name of the function, if it has one.
    pub function: String,
    /// The criterion by which it removes entries.
    pub how: Removing,
    /// The number that it compares the size with, where that is known.
    pub most: Option<u64>,
    /// Whether its instructions say that it is this store; else its words only.
    pub is_certain: bool,
}

impl RemovingCode {
    /// Whether a store with `count` items shows that the code does not keep it to its number.
    pub fn is_exceeded_by(&self, count: u64) -> bool {
        let factor = if self.how == Removing::Compared { 1 } else { rules::EXCEEDED_FACTOR };
        self.most.is_some_and(|most| count > most.saturating_mul(factor))
    }
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
    /// How long items live, where it is known.
    pub lifetime: Option<Lifetime>,
}

impl Declared {
    /// Whether a store with `count` items, all of which were kept for `kept_ms`, obeys other limits, or none.
    pub(super) fn broken(&self, count: u64, kept_ms: Option<u64>) -> Option<Broken> {
        let is_exceeded = self.most.as_ref().map(|most| most.is_exceeded_by(count));
        if is_exceeded == Some(true) {
            return Some(Broken::Exceeded);
        }
        let longest = self.lifetime.as_ref()?.longest_ms;
        // What has room for more may remove nothing yet.
        let outlived = |&kept: &u64| kept >= longest.saturating_mul(rules::OUTLIVED_FACTOR);
        kept_ms.filter(|_| is_exceeded.is_none()).filter(outlived).map(Broken::Outlived)
    }
}

/// How long items live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// The name of the number.
    pub name: String,
    /// The longest time that the number may mean, in milliseconds: its unit is not known.
    pub longest_ms: u64,
}

/// The maximum number of items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Most {
    /// The name of the number.
    pub name: String,
    /// The number, above 0.
    pub value: u64,
    /// Whether it can only be a number of bytes.
    pub is_bytes: bool,
}

impl Most {
    /// Whether a store with `count` items obeys another bound, or none.
    pub(super) fn is_exceeded_by(&self, count: u64) -> bool {
        count > self.value.saturating_mul(rules::EXCEEDED_FACTOR)
    }
}
