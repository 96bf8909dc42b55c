//! When forks are tried, and when they rest.

use super::Skip;

/// Rounds that may fail in a row before forks rest.
const PATIENCE: u32 = 3;
/// The longest rest, in rounds.
const LONGEST_REST: u32 = 64;

/// How forks have gone in this environment.
#[derive(Default)]
pub(super) struct Forking {
    /// Why it can never work here.
    unavailable: Option<Skip>,
    failures: u32,
    /// Rounds to go before the next try.
    resting: u32,
    last: Option<Skip>,
}

impl Forking {
    /// Whether an in-process capture should stand in.
    pub(super) fn is_out_of_use(&self) -> bool {
        self.unavailable.is_some() || self.resting > 0
    }

    /// # Errors
    ///
    /// Why no fork is to be tried in this round.
    pub(super) fn permit(&mut self) -> Result<(), Skip> {
        if let Some(skip) = &self.unavailable {
            return Err(skip.clone());
        }
        if self.resting > 0 {
            self.resting -= 1;
            if let (1.., Some(last)) = (self.resting, &self.last) {
                return Err(Skip::backing_off(self.resting, last));
            }
        }
        Ok(())
    }

    /// A round has ended so.
    pub(super) fn learn(&mut self, outcome: Result<(), &Skip>) {
        match outcome {
            Ok(()) => {
                self.failures = 0;
                self.last = None;
            }
            Err(skip) if skip.is_for_good() => self.unavailable = Some(skip.clone()),
            Err(skip) => {
                self.failures += 1;
                self.last = Some(skip.clone());
                if self.failures >= PATIENCE {
                    self.resting = (2 << (self.failures - PATIENCE).min(10)).min(LONGEST_REST);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(forking: &mut Forking) -> Result<(), Skip> {
        let permitted = forking.permit();
        if permitted.is_ok() {
            forking.learn(Err(&Skip::busy()));
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
        forking.resting = 0;
        forking.learn(Ok(()));
        assert!(!forking.is_out_of_use());
        assert!(failed(&mut forking).is_ok());
        assert!(failed(&mut forking).is_ok());
    }

    #[test]
    fn what_cannot_work_is_not_tried_again() {
        let mut forking = Forking::default();
        forking.learn(Err(&Skip::unavailable("no flags")));
        assert!(forking.is_out_of_use());
        assert_eq!(forking.permit(), Err(Skip::unavailable("no flags")));
    }
}
