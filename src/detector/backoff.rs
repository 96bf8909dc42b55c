//! Decides when forks are tried, and when they are paused.

use super::Skip;

/// Rounds that may fail in a row before forks are paused.
const PATIENCE: u32 = 3;
/// The longest pause, in rounds.
const LONGEST_REST: u32 = 64;
/// A child that the kernel has killed counts as [`KILLED`] failures: the next victim
/// may be the application.
const KILLED: u32 = PATIENCE + 2;

/// Why a round of forks failed. One that was stopped for lack of memory has not
/// failed: its estimate was wrong, and is corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Something gets in its way here: locks, a signal, a refusal.
    Obstacle,
    /// It takes too long. An in-process capture would take as much of the application's time.
    Slow,
    /// The kernel has killed the child.
    Killed,
}

/// How forks have gone in this environment.
#[derive(Default)]
pub(super) struct Forking {
    /// Why forks can never work here.
    unavailable: Option<Skip>,
    failures: u32,
    /// Rounds to go before the next try.
    resting: u32,
    last: Option<(Cause, Skip)>,
}

impl Forking {
    /// Returns whether an in-process capture may stand in: forks cannot work here, or
    /// never do.
    pub(super) fn is_out_of_use(&self) -> bool {
        let meets_obstacles = matches!(self.last, Some((Cause::Obstacle, _)));
        self.unavailable.is_some() || (self.resting > 0 && meets_obstacles)
    }

    /// Begins a round.
    ///
    /// # Errors
    ///
    /// Why no fork is to be tried in it.
    pub(super) fn permit(&mut self) -> Result<(), Skip> {
        if let Some(skip) = &self.unavailable {
            return Err(skip.clone());
        }
        if self.resting > 0 {
            self.resting -= 1;
            if let (1.., Some((_, last))) = (self.resting, &self.last) {
                return Err(Skip::backing_off(self.resting, last));
            }
        }
        Ok(())
    }

    /// Notes a round that took a snapshot.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
        self.last = None;
    }

    /// Notes a round that took none.
    pub(super) fn failed(&mut self, cause: Cause, skip: &Skip) {
        if skip.is_for_good() {
            self.unavailable = Some(skip.clone());
            return;
        }
        self.last = Some((cause, skip.clone()));
        self.failures = match cause {
            Cause::Obstacle | Cause::Slow => self.failures + 1,
            Cause::Killed => (self.failures + 1).max(KILLED),
        };
        if self.failures >= PATIENCE {
            self.resting = (2 << (self.failures - PATIENCE).min(10)).min(LONGEST_REST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(forking: &mut Forking) -> Result<(), Skip> {
        let permitted = forking.permit();
        if permitted.is_ok() {
            forking.failed(Cause::Obstacle, &Skip::busy());
        }
        permitted
    }

    #[test]
    fn forks_rest_longer_with_each_failure_and_return_with_success() {
        let mut forking = Forking::default();
        let mut run = |rounds: u32| {
            (0..rounds).map(|_| u32::from(failed(&mut forking).is_err())).sum::<u32>()
        };
        assert_eq!(run(3), 0, "three failures in a row are tried");
        assert_eq!(run(2), 1, "then one round is skipped");
        assert_eq!(run(4), 3, "then three");
        assert_eq!(run(8), 7);
        assert!(forking.is_out_of_use());
        forking.resting = 0;
        forking.succeeded();
        assert!(!forking.is_out_of_use());
        assert!(failed(&mut forking).is_ok());
        assert!(failed(&mut forking).is_ok());
    }

    #[test]
    fn what_cannot_work_is_not_tried_again() {
        let mut forking = Forking::default();
        forking.failed(Cause::Obstacle, &Skip::unavailable("no flags"));
        assert!(forking.is_out_of_use());
        assert_eq!(forking.permit(), Err(Skip::unavailable("no flags")));
    }

    #[test]
    fn nothing_stands_in_for_what_is_slow() {
        let mut forking = Forking::default();
        for _ in 0..PATIENCE {
            assert!(forking.permit().is_ok());
            forking.failed(Cause::Slow, &Skip::busy());
        }
        assert!(forking.permit().is_err() && !forking.is_out_of_use());
    }

    #[test]
    fn one_killed_child_is_enough_for_a_long_rest() {
        let mut forking = Forking::default();
        forking.failed(Cause::Killed, &Skip::busy());
        assert!(!forking.is_out_of_use());
        assert_eq!((0..20).take_while(|_| forking.permit().is_err()).count(), 7);
        forking.failed(Cause::Killed, &Skip::busy());
        assert_eq!((0..20).take_while(|_| forking.permit().is_err()).count(), 15);
    }
}
