//! Whether a patch of V8 that no test has run on is walked: for the process, since
//! it has one V8, whatever the number of its environments.

use parking_lot::Mutex;

use super::memory;

/// Comparisons that may come to nothing, such as for want of memory. One that
/// says how it is, is the last.
const TRIES: u32 = 3;

/// What must be free for a comparison: twice what V8 takes for it, which by default
/// a capture may need half of, and what a Worker takes.
const ROOM: u64 = 120 << 20;

static TRUST: Mutex<Trust> = Mutex::new(Trust::Open { tries: 0, last: None });

/// How far it is known.
#[derive(Debug)]
enum Trust {
    /// Not compared yet; so many tries have come to nothing, the last for this
    /// reason.
    Open {
        tries: u32,
        last: Option<String>,
    },
    Comparing,
    Agreed,
    Refused(String),
}

/// The one comparison that runs. Dropped without an outcome, it has panicked.
#[derive(Debug)]
pub(super) struct Comparing {
    came_to: Option<Trust>,
    why_not: String,
}

impl Comparing {
    /// Begins it; `None` where nobody is to.
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

    /// The two ways said the same, or this is where they differed.
    pub(super) fn ended(&mut self, disagreement: Option<String>) {
        self.came_to = Some(disagreement.map_or(Trust::Agreed, Trust::Refused));
    }

    /// It could not be made now.
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

/// Whether a comparison is to be made now.
pub(super) fn is_wanted() -> bool {
    let is_open = matches!(*TRUST.lock(), Trust::Open { tries, .. } if tries < TRIES);
    is_open && memory::available().is_none_or(|free| free >= ROOM)
}

/// A comparison could not begin, for this reason.
pub fn could_not_begin(reason: String) {
    if let Some(mut comparing) = Comparing::begin() {
        comparing.failed(reason);
    }
}

/// Whether the process is walked.
///
/// # Errors
///
/// Why not.
pub(super) fn check() -> Result<(), String> {
    match &*TRUST.lock() {
        Trust::Agreed => Ok(()),
        Trust::Comparing => Err("it is being compared with V8's snapshot".into()),
        Trust::Refused(reason) => {
            Err(format!("compared with V8's snapshot, only this came out: {reason}"))
        }
        Trust::Open { last: None, .. } => Err(format!(
            "it is yet to be compared with V8's snapshot, for which {} MiB must be free",
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
        assert_eq!(check(), Err("it is being compared with V8's snapshot".into()));
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
