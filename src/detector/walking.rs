//! Whether the heap of this environment is walked, and how that has gone.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "walks are for Linux"))]

#[cfg(target_os = "linux")]
use std::sync::Arc;

use serde::Serialize;

#[cfg(target_os = "linux")]
use super::trust;
#[cfg(target_os = "linux")]
use crate::walk::Walk;

/// Walks that may fail in a row: then there are none until the process is started
/// anew. V8 writes instead each time.
const PATIENCE: u32 = 3;

/// What walks an environment can have.
#[derive(Clone, Debug)]
pub struct Walking {
    #[cfg(target_os = "linux")]
    walk: Option<Arc<Walk>>,
    /// The V8 that no test has run on: it is walked once it is trusted.
    untested: Option<String>,
    /// Why there are none.
    reason: String,
    /// Failures since the last walk that went well.
    failures: u32,
    wild_words: WildWords,
    figures: Figures,
}

/// Words of the heap that look like references and lead nowhere, as the last walks met them.
///
/// An add-on may keep numbers where V8 keeps references, for as long as the process lives. A walk
/// that doubts them is thrown away and a second one insists, in every round; so what was the same
/// in some rounds is known, and the first walk is believed. A page that a child was not given has
/// other words that lead to it, and makes the number another one.
#[derive(Clone, Copy, Debug, Default)]
struct WildWords {
    count: u64,
    /// Walks in a row that met this number.
    walks: u32,
}

impl WildWords {
    /// After as many walks, the number is known. By chance, pages are not missing that often.
    const AGREED: u32 = 3;

    fn met(&mut self, count: u64) {
        let walks = if count == self.count { self.walks.saturating_add(1) } else { 1 };
        *self = Self { count, walks };
    }

    fn known(self) -> u64 {
        if self.walks >= Self::AGREED { self.count } else { 0 }
    }
}

/// How walks have gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Figures {
    walks: u32,
    failed_walks: u32,
    walks_are_off: bool,
}

impl Default for Walking {
    fn default() -> Self {
        Self::refused("nothing was prepared for it".into())
    }
}

impl Walking {
    /// None, for this reason.
    pub fn refused(reason: String) -> Self {
        Self {
            #[cfg(target_os = "linux")]
            walk: None,
            untested: None,
            reason,
            failures: 0,
            wild_words: WildWords::default(),
            figures: Figures::default(),
        }
    }

    /// By `walk`, of a V8 that may be `untested`.
    #[cfg(target_os = "linux")]
    pub fn by(walk: Arc<Walk>, untested: Option<String>) -> Self {
        Self { walk: Some(walk), untested, ..Self::refused(String::new()) }
    }

    /// Takes over what a detector of the environment has found out, unless that is
    /// known.
    pub(super) fn offer(&mut self, other: Self) {
        #[cfg(target_os = "linux")]
        if self.walk.is_none() && self.failures < PATIENCE && other.walk.is_some() {
            *self = Self { figures: self.figures, ..other };
            return;
        }
        if self.failures == 0 && self.reason.is_empty() == other.reason.is_empty() {
            self.reason = other.reason;
        }
    }

    /// How to walk.
    ///
    /// # Errors
    ///
    /// Why not.
    #[cfg(target_os = "linux")]
    pub(super) fn permit(&self) -> Result<Arc<Walk>, String> {
        let walk = self.walk.clone().ok_or_else(|| self.reason.clone())?;
        match &self.untested {
            Some(v8) => trust::check()
                .map(|()| walk)
                .map_err(|reason| format!("V8 {v8} has not been tested, and {reason}")),
            None => Ok(walk),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn permit(&self) -> Result<(), String> {
        Err(self.reason.clone())
    }

    /// Whether it is a comparison that is missing.
    #[cfg(target_os = "linux")]
    pub(super) fn wants_comparison(&self) -> bool {
        self.walk.is_some() && self.untested.is_some() && trust::is_wanted()
    }

    pub(super) fn figures(&self) -> Figures {
        self.figures
    }

    /// Returns how many wild words the next walk meets, if nothing has changed.
    pub(super) fn known_wild_words(&self) -> u64 {
        self.wild_words.known()
    }

    /// A walk has ended with a snapshot, and met `wild_words`.
    pub(super) fn succeeded(&mut self, wild_words: u64) {
        self.wild_words.met(wild_words);
        self.failures = 0;
        self.figures.walks += 1;
    }

    /// A walk has ended without, for this reason.
    pub(super) fn failed(&mut self, reason: &str) {
        self.failures += 1;
        self.figures.failed_walks += 1;
        if self.failures >= PATIENCE {
            self.figures.walks_are_off = true;
            #[cfg(target_os = "linux")]
            {
                self.walk = None;
            }
            self.reason =
                format!("{PATIENCE} walks in a row failed, the last one because {reason}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_end_for_good_after_three_failures_in_a_row() {
        let mut walking = Walking::default();
        walking.failed("of this");
        walking.failed("of this");
        walking.succeeded(0);
        walking.failed("of this");
        walking.failed("of this");
        assert_eq!(walking.reason, "nothing was prepared for it");
        walking.failed("of that");
        assert!(walking.reason.ends_with("of that"), "{}", walking.reason);
        walking.offer(Walking::default());
        assert!(walking.reason.ends_with("of that"), "a new detector changes nothing");
    }

    #[test]
    fn wild_words_are_known_once_walks_in_a_row_have_met_the_same_number() {
        let mut walking = Walking::default();
        let known = |counts: &[u64], walking: &mut Walking| -> Vec<u64> {
            let one = |&count: &u64| {
                walking.succeeded(count);
                walking.known_wild_words()
            };
            counts.iter().map(one).collect()
        };
        assert_eq!(known(&[0, 0, 0, 0], &mut walking), [0; 4]);
        assert_eq!(known(&[2, 2, 2, 2], &mut walking), [0, 0, 2, 2]);
        assert_eq!(known(&[1, 2, 2, 2], &mut walking), [0, 0, 0, 2], "fewer, and then as before");
        assert_eq!(known(&[3, 4, 5, 5], &mut walking), [0; 4], "what changes is never known");
    }
}
