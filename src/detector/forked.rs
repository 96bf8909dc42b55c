//! Forked captures, and when another attempt is worth it.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread::sleep,
    time::{Duration, Instant},
};

use super::{
    Options, Skip,
    attempt::{Attempt, Failure, SoFar},
    backoff::Cause,
    budget::Budget,
    capture::Capturer,
    consumer::{Bytes, Consumer},
    round::Round,
    stage::Work,
    taken::Taken,
};
use crate::{capture::Method, report::Memory};

/// How long each attempt waits for the other threads to sleep. The sum is longer
/// than a compilation or a collection takes on a busy machine.
const WINDOWS_MS: [u64; 11] = [0, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1280];

/// The number of attempts that fork only while the other threads sleep, and cost
/// almost nothing otherwise. Later attempts fork in any case.
const POLITE: usize = 3;

/// How long a round waits for captures of other threads: longer than for other
/// processes, since it cannot go on while there is one.
const PATIENCE: Duration = Duration::from_secs(60);
const TURN_GLANCE: Duration = Duration::from_millis(20);

/// One child at a time in a process, whatever the number of environments:
/// each holds copies of the pages that the application writes to.
static CHILD_LIVES: AtomicBool = AtomicBool::new(false);

/// The process's permission to have a child, while it lives.
pub(super) struct OnlyChild;

impl OnlyChild {
    /// Takes the permission; waits while another thread of the process has it.
    pub(super) fn take_turn(round: &Round<'_>) -> Result<Self, Skip> {
        let deadline = Instant::now() + PATIENCE;
        while CHILD_LIVES.swap(true, Ordering::AcqRel) {
            if Instant::now() >= deadline {
                return Err(Skip::occupied());
            }
            round.go_on()?;
            sleep(TURN_GLANCE);
        }
        Ok(Self)
    }
}

impl Drop for OnlyChild {
    fn drop(&mut self) {
        CHILD_LIVES.store(false, Ordering::Release);
    }
}

impl Capturer {
    /// Takes a snapshot through a forked child, and tries again while that may help.
    pub(super) fn forked<C: Consumer>(
        &mut self,
        round: &Round<'_>,
        options: &Options,
        now: &Memory,
        fresh: &mut impl FnMut(Bytes) -> Result<C, Skip>,
    ) -> Result<(C::Output, Taken), Skip> {
        self.forking.permit()?;
        let _only = OnlyChild::take_turn(round)?;
        let budget = Budget::open(&mut self.pace, now, Method::Fork, options)?;
        let mut so_far = SoFar::new(budget);
        let mut cause = Cause::Obstacle;
        let mut failure = Skip::busy();
        let mut has_hung = false;
        for (number, window) in WINDOWS_MS.into_iter().enumerate() {
            if !so_far.affords_another(options.max_pause_ms) {
                break;
            }
            so_far.wait(round, Duration::from_millis(window))?;
            let work = Work::Write { in_any_moment: number >= POLITE };
            let mut attempt = Attempt { round, work, number, so_far: &mut so_far };
            match attempt.run(fresh(Bytes::Json)?) {
                Ok(success) => {
                    self.forking.succeeded();
                    self.pace.learn_fork(now, success.1.pause);
                    return Ok(success);
                }
                Err(Failure::Again(skip)) => failure = skip,
                Err(Failure::Hung(skip)) if !has_hung => {
                    has_hung = true;
                    failure = skip;
                }
                Err(Failure::NotTheForks(skip)) => return Err(skip),
                Err(Failure::TooBig(skip)) => {
                    self.pace.learn_stop(Method::Fork, now, so_far.budget.taken);
                    return Err(skip);
                }
                Err(Failure::Killed(skip)) => {
                    self.pace.learn_stop(Method::Fork, now, so_far.budget.taken);
                    (cause, failure) = (Cause::Killed, skip);
                    break;
                }
                Err(Failure::TooSlow(skip)) => {
                    (cause, failure) = (Cause::Slow, skip);
                    break;
                }
                Err(Failure::Hung(skip) | Failure::Final(skip) | Failure::Walk(skip)) => {
                    failure = skip;
                    break;
                }
            }
        }
        self.forking.failed(cause, &failure);
        Err(failure)
    }
}
