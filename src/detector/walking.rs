//! Decides whether the heap of this environment is walked, and counts how walks went.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "walks are for Linux"))]

#[cfg(target_os = "linux")]
use std::sync::Arc;

use serde::Serialize;

#[cfg(target_os = "linux")]
use super::trust;
#[cfg(target_os = "linux")]
use crate::walk::Walk;

/// The number of walks in a row that may fail; then there are no more until the process
/// is restarted. V8 writes instead each time.
const PATIENCE: u32 = 3;

/// The walks of an environment.
#[derive(Clone, Debug)]
pub struct Walking {
    #[cfg(target_os = "linux")]
    walk: Option<Arc<Walk>>,
    /// The version of a V8 that no test has run on: it is walked once it is trusted.
    untested: Option<String>,
    /// Why there are no walks.
    reason: String,
    /// Failures since the last successful walk.
    failures: u32,
    wild_words: WildWords,
    figures: Figures,
}

/// The wild words (see [`Doubt`](crate::walk::scan::Doubt)) of the last walks.
///
/// An add-on may keep numbers where V8 keeps references, for as long as the process lives. In every
/// round, the first walk would be discarded for them, and a second one would have to insist. So
/// once the number was the same in [`AGREED`](Self::AGREED) walks, the first walk of the next round
/// may have as many. A page that a child lacks adds to the number, so it is still noticed.
#[derive(Clone, Copy, Debug, Default)]
struct WildWords {
    count: u64,
    /// Walks in a row that met this number.
    walks: u32,
}

impl WildWords {
    /// After this many walks in a row, the number is known: children do not lack pages that often.
    const AGREED: u32 = 3;

    fn met(&mut self, count: u64) {
        let walks = if count == self.count { self.walks.saturating_add(1) } else { 1 };
        *self = Self { count, walks };
    }

    fn known(self) -> u64 {
        if self.walks >= Self::AGREED { self.count } else { 0 }
    }
}

/// Counts of walks, for `status()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Figures {
    walks: u32,
    failed_walks: u32,
    walks_are_off: bool,
}

impl Default for Walking {
    fn default() -> Self {
        Self::refused("walks have not been set up".into())
    }
}

impl Walking {
    /// Returns the state of an environment without walks, for this reason.
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

    /// Returns the state of an environment that is walked by `walk`, of a V8 that may be
    /// `untested`.
    #[cfg(target_os = "linux")]
    pub fn by(walk: Arc<Walk>, untested: Option<String>) -> Self {
        Self { walk: Some(walk), untested, ..Self::refused(String::new()) }
    }

    /// Takes over what another detector of the environment has found out, unless it is
    /// known already.
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

    /// Returns how to walk.
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

    /// Returns whether only a comparison is missing.
    #[cfg(target_os = "linux")]
    pub(super) fn wants_comparison(&self) -> bool {
        self.walk.is_some() && self.untested.is_some() && trust::is_wanted()
    }

    pub(super) fn figures(&self) -> Figures {
        self.figures
    }

    /// Returns how many wild words the next walk may have.
    pub(super) fn known_wild_words(&self) -> u64 {
        self.wild_words.known()
    }

    /// Notes a walk that took a snapshot and found `wild_words`.
    pub(super) fn succeeded(&mut self, wild_words: u64) {
        self.wild_words.met(wild_words);
        self.failures = 0;
        self.figures.walks += 1;
    }

    /// Notes a walk that failed, for this reason.
    pub(super) fn failed(&mut self, reason: &str) {
        self.failures += 1;
        self.figures.failed_walks += 1;
        if self.failures >= PATIENCE {
            self.figures.walks_are_off = true;
            #[cfg(target_os = "linux")]
            {
                self.walk = None;
            }
            self.reason = format!("{PATIENCE} walks in a row failed, the last time: {reason}");
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
        assert_eq!(walking.reason, "walks have not been set up");
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
