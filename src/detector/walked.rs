//! Captures that walk the heap in a forked child.

use std::{sync::Arc, time::Duration};

use super::{
    Options, Skip,
    attempt::{Attempt, Failure, SoFar},
    budget::Budget,
    capture::Capturer,
    consumer::{Bytes, Consumer},
    forked::OnlyChild,
    round::Round,
    stage::Work,
    taken::Taken,
};
use crate::{capture::Method, report::Memory, walk::scan::Tolerance};

/// The number of children that are tried in one round. Nothing in them waits for
/// another thread, so a second child helps if the first was killed, or lacked a page.
const ATTEMPTS: usize = 2;
/// The number of walks that are discarded for a single wild word that is not known: V8 may have
/// mapped a page at the moment of the fork, which the next child has.
const STRICT_WALKS: usize = 1;

impl Capturer {
    /// Takes a snapshot by walking the heap.
    ///
    /// # Errors
    ///
    /// Why V8 is to write instead, in this round. Any other failure would occur with V8
    /// too, and is the inner result.
    pub(super) fn walked<C: Consumer>(
        &mut self,
        round: &Round<'_>,
        options: &Options,
        now: &Memory,
        fresh: &mut impl FnMut(Bytes) -> Result<C, Skip>,
    ) -> Result<Result<(C::Output, Taken), Skip>, String> {
        let (walk, known) = {
            let ways = self.ways.lock();
            (ways.walking.permit()?, ways.walking.known_wild_words())
        };
        let prepared = OnlyChild::take_turn(round).and_then(|turn| {
            Budget::open(&mut self.pace, now, Method::Walk, options).map(|budget| (turn, budget))
        });
        let (_only, budget) = match prepared {
            Ok(prepared) => prepared,
            Err(skip) => return Ok(Err(skip)),
        };
        let mut so_far = SoFar::new(budget);
        let mut reason = String::new();
        for number in 0..ATTEMPTS {
            if let Err(skip) = so_far.wait(round, Duration::ZERO) {
                return Ok(Err(skip));
            }
            let consumer = match fresh(Bytes::Walk) {
                Ok(consumer) => consumer,
                Err(skip) => return Ok(Err(skip)),
            };
            let tolerance = Tolerance { known, insists: number >= STRICT_WALKS };
            let work = Work::Walk(Arc::clone(&walk), tolerance);
            let mut attempt = Attempt { round, work, number, so_far: &mut so_far };
            match attempt.run(consumer) {
                Ok(success) => {
                    self.ways.lock().walking.succeeded(success.1.wild_words);
                    self.pace.learn_fork(now, success.1.pause);
                    return Ok(Ok(success));
                }
                Err(Failure::Again(skip) | Failure::Hung(skip)) => reason = skip.message,
                Err(Failure::NotTheForks(skip)) => return Ok(Err(skip)),
                Err(Failure::TooBig(skip) | Failure::Killed(skip)) => {
                    self.learn_ended(Method::Walk, now, &so_far.budget);
                    return Ok(Err(skip));
                }
                // Without forks V8 may still write in-process.
                Err(Failure::Final(skip)) if skip.is_for_good() => return Err(skip.message),
                Err(Failure::Final(skip) | Failure::Walk(skip) | Failure::TooSlow(skip)) => {
                    reason = skip.message;
                    break;
                }
            }
        }
        self.ways.lock().walking.failed(&reason);
        Err(reason)
    }
}
