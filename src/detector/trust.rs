//! Decides whether a patch of V8 that no test has run on is walked. This is a decision
//! for the process, since all its environments have the same V8.

use parking_lot::Mutex;

use super::memory;

/// The number of comparisons that may fail, such as for lack of memory. One that has
/// a result is the last.
const TRIES: u32 = 3;

/// The memory that must be free for a comparison: twice what V8 takes for it, since a
/// capture may take half of what is free by default, and what a Worker takes.
const ROOM: u64 = 120 << 20;

static TRUST: Mutex<Trust> = Mutex::new(Trust::Open { tries: 0, last: None });

/// The state of the decision.
#[derive(Debug)]
enum Trust {
    /// Not compared yet; `tries` have failed, the last one for this reason.
    Open {
        tries: u32,
        last: Option<String>,
    },
    Comparing,
    Agreed,
    Refused(String),
}

/// The comparison in progress. If it is dropped without an outcome, it has panicked.
#[derive(Debug)]
pub(super) struct Comparing {
    came_to: Option<Trust>,
    why_not: String,
}

impl Comparing {
    /// Begins the comparison; `None` if there is to be none now.
    pub(super) fn begin() -> Option<Self> {
        let mut trust = TRUST.lock();
        let Trust::Open { tries, .. } = *trust else { return None };
        if tries >= TRIES {
            return None;
        }
        *trust = Trust::Comparing;
        let came_to = Some(Trust::Open { tries: tries + 1, last: None });
        Some(Self { came_to, why_not: "the comparison panicked".into() })
    }

    /// Notes that both agreed, or where they differed.
    pub(super) fn ended(&mut self, disagreement: Option<String>) {
        self.came_to = Some(disagreement.map_or(Trust::Agreed, Trust::Refused));
    }

    /// Notes that no comparison was possible.
    pub(super) fn failed(&mut self, reason: String) {
        self.why_not = reason;
    }
}

impl Drop for Comparing {
    fn drop(&mut self) {
        let Some(mut came_to) = self.came_to.take() else { return };
        if let Trust::Open { last, .. } = &mut came_to {
            *last = Some(std::mem::take(&mut self.why_not));
        }
        *TRUST.lock() = came_to;
    }
}

/// Returns whether a comparison is to be made now.
pub(super) fn is_wanted() -> bool {
    let is_open = matches!(*TRUST.lock(), Trust::Open { tries, .. } if tries < TRIES);
    is_open && memory::available().is_none_or(|free| free >= ROOM)
}

/// Notes that a comparison could not begin, for this reason.
pub fn could_not_begin(reason: String) {
    if let Some(mut comparing) = Comparing::begin() {
        comparing.failed(reason);
    }
}

/// Checks whether an untested V8 may be walked.
///
/// # Errors
///
/// Why not.
pub(super) fn check() -> Result<(), String> {
    match &*TRUST.lock() {
        Trust::Agreed => Ok(()),
        Trust::Comparing => Err("a comparison with V8's snapshot is in progress".into()),
        Trust::Refused(reason) => {
            Err(format!("a comparison with V8's snapshot found a difference: {reason}"))
        }
        Trust::Open { last: None, .. } => Err(format!(
            "it has yet to be compared with V8's snapshot, which needs {} MiB of free memory",
            ROOM >> 20
        )),
        Trust::Open { last: Some(reason), .. } => {
            Err(format!("it could not be compared with V8's snapshot: {reason}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // One test: there is one state for the process.
    #[test]
    fn a_comparison_is_tried_thrice_by_one_at_a_time_and_its_word_is_the_last() {
        assert!(is_wanted() && check().is_err());
        let first = Comparing::begin().expect("nobody else does");
        assert!(Comparing::begin().is_none() && !is_wanted());
        assert_eq!(check(), Err("a comparison with V8's snapshot is in progress".into()));
        drop(first);
        assert!(check().is_err_and(|reason| reason.ends_with("the comparison panicked")));
        could_not_begin("of this".into());
        assert!(check().is_err_and(|reason| reason.ends_with("of this")));
        Comparing::begin().expect("the third").ended(None);
        assert_eq!(check(), Ok(()));
        assert!(!is_wanted() && Comparing::begin().is_none());
        *TRUST.lock() = Trust::Open { tries: TRIES, last: None };
        assert!(!is_wanted() && Comparing::begin().is_none());
    }
}
