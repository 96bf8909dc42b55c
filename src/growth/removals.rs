//! Which of the containers that grow entries are removed from.
//!
//! A hash table counts its removed entries until it is rebuilt, so one look says that some
//! were, and several looks say that it goes on.

use rustc_hash::FxHashMap;

use super::rules;
use crate::format::Removed;

/// Where in a container the entries were that are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Some of them stay, whatever their age.
    Anywhere,
    /// The oldest first: as by age, by a bound, or in a queue.
    OldestFirst,
}

/// The removals seen in one container while it grew.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// Snapshots in which entries had been removed.
    snapshots: u32,
    /// Of these, in which all of them were the oldest.
    oldest_first: u32,
}

/// Remembers it for the containers that grow.
#[derive(Clone, Debug, Default)]
pub struct Removals {
    seen: FxHashMap<u64, Seen>,
}

impl Removals {
    /// Takes in what the tables of containers say, by their keys. All others are forgotten.
    pub fn observe(&mut self, tables: impl IntoIterator<Item = (u64, Option<Removed>)>) {
        let mut before = std::mem::take(&mut self.seen);
        for (key, removed) in tables {
            self.seen.entry(key).or_insert_with(|| {
                let mut seen = before.remove(&key).unwrap_or_default();
                if let Some(removed) = removed.filter(is_telling) {
                    seen.snapshots += 1;
                    seen.oldest_first += u32::from(removed.oldest >= removed.removed);
                }
                seen
            });
        }
    }

    /// Returns the removals seen in the container with this `key`.
    pub fn of(&self, key: u64) -> Option<Removal> {
        let seen = self.seen.get(&key)?;
        if seen.snapshots < rules::REMOVALS_SEEN {
            None
        } else if seen.oldest_first == seen.snapshots {
            Some(Removal::OldestFirst)
        } else {
            Some(Removal::Anywhere)
        }
    }
}

/// Whether more was removed than an item or two that somebody took back.
fn is_telling(removed: &Removed) -> bool {
    let all = f64::from(removed.entries) + f64::from(removed.removed);
    f64::from(removed.removed) >= rules::REMOVAL_SHARE * all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removal(tables: &[(u32, u32, u32)]) -> Option<Removal> {
        let mut removals = Removals::default();
        for &(entries, removed, oldest) in tables {
            removals.observe([(7, Some(Removed { entries, removed, oldest }))]);
        }
        removals.of(7)
    }

    #[test]
    fn it_takes_two_snapshots_to_say_that_entries_are_removed() {
        assert_eq!(removal(&[(1000, 100, 100)]), None);
        assert_eq!(removal(&[(1000, 100, 100), (2000, 50, 50)]), Some(Removal::OldestFirst));
        assert_eq!(removal(&[(1000, 100, 100), (2000, 50, 49)]), Some(Removal::Anywhere));
        assert_eq!(removal(&[(1000, 19, 19), (2000, 39, 39)]), None, "less than one in fifty");
    }

    #[test]
    fn a_container_that_does_not_grow_is_forgotten() {
        let mut removals = Removals::default();
        let table = Some(Removed { entries: 10, removed: 10, oldest: 10 });
        removals.observe([(7, table)]);
        removals.observe([(7, table), (8, table)]);
        assert!(removals.of(7).is_some() && removals.of(8).is_none());
        removals.observe([(8, table)]);
        removals.observe([(7, table), (8, table)]);
        assert!(removals.of(7).is_none() && removals.of(8).is_some());
    }
}
