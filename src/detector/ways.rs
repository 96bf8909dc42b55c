//! How an environment captures now, for `status()`: the findings of its background
//! thread, where the event loop can read them.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use serde::Serialize;

use super::{Choice, Walking, sampling::Sampling, walking::Figures};
use crate::capture::Method;

/// State that the two threads share. Neither holds the lock for long.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared(Arc<Mutex<State>>);

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) walking: Walking,
    /// Whether forks cannot work here, or never do.
    pub(super) is_without_forks: bool,
    pub(super) sampling: Sampling,
}

/// How the next capture of a detector is taken, and why not by a walk.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ways {
    way: Option<&'static str>,
    not_walked: Option<String>,
    #[serde(flatten)]
    figures: Figures,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }

    /// Returns the ways of a detector that may capture by `choice`.
    pub(super) fn ways(&self, choice: Choice) -> Ways {
        let state = self.lock();
        let permit = state.walking.permit().map(drop);
        let has_forks = cfg!(target_os = "linux") && !state.is_without_forks;
        let way = match choice {
            Choice::Auto | Choice::Walk if permit.is_ok() => Some(Method::Walk),
            Choice::Auto | Choice::Fork if has_forks => Some(Method::Fork),
            Choice::Auto | Choice::Inline => Some(Method::Inline),
            Choice::Fork | Choice::Walk => None,
        };
        let is_wanted = matches!(choice, Choice::Auto | Choice::Walk);
        Ways {
            way: way.map(Method::name),
            not_walked: permit.err().filter(|_| is_wanted),
            figures: state.walking.figures(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_the_cheapest_that_works_and_says_why_it_is_not_the_walk() {
        let shared = Shared::default();
        shared.lock().walking = Walking::refused("of this".into());
        let way = |choice| shared.ways(choice).way;
        if cfg!(target_os = "linux") {
            assert_eq!((way(Choice::Auto), way(Choice::Fork)), (Some("fork"), Some("fork")));
        }
        assert_eq!((way(Choice::Walk), way(Choice::Inline)), (None, Some("inline")));
        assert_eq!(shared.ways(Choice::Auto).not_walked.as_deref(), Some("of this"));
        assert_eq!(shared.ways(Choice::Fork).not_walked, None);
        shared.lock().is_without_forks = true;
        let way = |choice| shared.ways(choice).way;
        assert_eq!((way(Choice::Auto), way(Choice::Fork)), (Some("inline"), None));
    }
}
