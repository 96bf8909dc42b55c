//! Which of the containers that grow entries are removed from, and by which code.
//!
//! A hash table counts its removed entries until it is rebuilt, so one look says that some
//! were, and several looks say that it goes on. V8 drops the code of functions that have not run
//! for a while, so what code does is remembered.

use rustc_hash::FxHashMap;

use super::{
    rules,
    signs::{Removal, RemovingCode},
};
use crate::format::Removed;

/// The removals seen in one container since it grew first.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Snapshots that could show removed entries.
    looks: u32,
    /// Of these, in which entries had been removed.
    snapshots: u32,
    /// Of these, in which all of them were the oldest.
    oldest_first: u32,
    /// Snapshots since it last grew.
    absent: u32,
    /// The code that was last seen to keep it small.
    code: Option<RemovingCode>,
}

/// Remembers it for the containers that grow, or did so not long ago.
#[derive(Clone, Debug, Default)]
pub struct Removals {
    seen: FxHashMap<u64, Seen>,
}

impl Removals {
    /// Takes in what the tables of all containers say, by their keys; nothing where that is not known.
    /// Only those are asked that are `growing`, or did so not long ago.
    pub fn observe(
        &mut self,
        growing: impl IntoIterator<Item = u64>,
        tables: impl IntoIterator<Item = (u64, impl FnOnce() -> Option<Removed>)>,
    ) {
        self.seen.values_mut().for_each(|seen| seen.absent += 1);
        for key in growing {
            self.seen.entry(key).or_default().absent = 0;
        }
        self.seen.retain(|_, seen| seen.absent <= rules::REMOVALS_REMEMBERED);
        if self.seen.is_empty() {
            return;
        }
        for (key, table) in tables {
            let Some(seen) = self.seen.get_mut(&key) else { continue };
            let Some(removed) = table() else { continue };
            seen.looks += 1;
            if is_telling(&removed) {
                seen.snapshots += 1;
                seen.oldest_first += u32::from(removed.oldest >= removed.removed);
            }
        }
    }

    /// Returns the code that keeps the container with this `key` small: what the snapshot shows, or
    /// an earlier one did.
    pub fn code(&mut self, key: u64, shown: Option<RemovingCode>) -> Option<RemovingCode> {
        let Some(seen) = self.seen.get_mut(&key) else { return shown };
        if shown.is_some() {
            seen.code.clone_from(&shown);
        }
        seen.code.clone()
    }

    /// Whether the container with this `key` was seen to keep all its entries.
    pub fn keeps_all(&self, key: u64) -> bool {
        let keeps = |seen: &Seen| seen.snapshots == 0 && seen.looks >= rules::REMOVALS_SEEN;
        self.seen.get(&key).is_some_and(keeps)
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
    removed.removed > 0 && f64::from(removed.removed) >= rules::REMOVAL_SHARE * all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::code::Removing;

    fn removal(tables: &[(u32, u32, u32)]) -> Option<Removal> {
        let mut removals = Removals::default();
        for &(entries, removed, oldest) in tables {
            removals.observe([7], [(7, || Some(Removed { entries, removed, oldest }))]);
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
    fn it_takes_tables_without_removed_entries_to_say_that_all_are_kept() {
        let keeps = |tables: &[Option<u32>]| {
            let mut removals = Removals::default();
            for &removed in tables {
                let table = |removed| Removed { entries: 1000, removed, oldest: 0 };
                removals.observe([7], [(7, || removed.map(table))]);
            }
            removals.keeps_all(7)
        };
        assert!(keeps(&[Some(0), Some(19)]));
        assert!(!keeps(&[Some(0)]), "one look");
        assert!(!keeps(&[Some(0), None, None]), "not known");
        assert!(!keeps(&[Some(0), Some(0), Some(21), Some(0)]), "removed once");
    }

    #[test]
    fn code_that_v8_has_dropped_is_remembered() {
        let mut removals = Removals::default();
        let sweep = || {
            let function = "sweep".to_owned();
            Some(RemovingCode { function, how: Removing::ByAge, most: None, is_certain: true })
        };
        let unknown = || [(7, || None::<Removed>)];
        removals.observe([7], unknown());
        assert_eq!(removals.code(7, None), None);
        assert_eq!(removals.code(7, sweep()), sweep());
        removals.observe([7], unknown());
        assert_eq!((removals.code(7, None), removals.code(8, None)), (sweep(), None));
    }

    #[test]
    fn a_container_that_no_longer_grows_is_forgotten_after_a_while() {
        let mut removals = Removals::default();
        let observe = |removals: &mut Removals, growing: &[u64], removed| {
            let table = Removed { entries: 10, removed, oldest: removed };
            removals.observe(growing.iter().copied(), [7, 8].map(|key| (key, || Some(table))));
        };
        observe(&mut removals, &[7], 0);
        for _ in 0..rules::REMOVALS_REMEMBERED {
            observe(&mut removals, &[8], 10);
        }
        assert!(removals.of(7).is_some(), "seen when it did not grow");
        observe(&mut removals, &[8], 10);
        assert!(removals.of(7).is_none() && removals.of(8).is_some());
        observe(&mut removals, &[7, 8], 10);
        assert!(removals.of(7).is_none(), "it begins anew");
    }
}
