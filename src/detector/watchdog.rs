//! Distinguishes a child that works from one that hangs.

use std::time::{Duration, Instant};

use crate::capture::fork::{Child, offspring::State};

/// A child that sleeps for longer, while nothing prevents it from writing, waits for
/// something that will not happen, or was stopped.
const ASLEEP: Duration = Duration::from_secs(3);
/// The system makes no process wait for longer, unless a disk is broken or a control
/// group is throttled to a halt.
const STUCK: Duration = Duration::from_secs(30);
/// The longest time that a child may hold its copied pages, however busy it is.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Why a child is to be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bite {
    /// It sleeps, or was stopped, and sends nothing.
    Hangs,
    /// It has run for [`LONGEST`].
    TooLong,
}

/// Watches one child's bytes and processor time.
pub(super) struct Watchdog {
    started: Instant,
    last_progress: Instant,
    ticks: u64,
}

impl Watchdog {
    pub(super) fn new(now: Instant) -> Self {
        Self { started: now, last_progress: now, ticks: 0 }
    }

    /// Notes that bytes have arrived.
    pub(super) fn fed(&mut self, now: Instant) -> Option<Bite> {
        self.last_progress = now;
        self.is_over(now).then_some(Bite::TooLong)
    }

    fn is_over(&self, now: Instant) -> bool {
        now.duration_since(self.started) > LONGEST
    }

    /// Looks at a child that has sent no bytes for a while.
    pub(super) fn look(&mut self, child: &Child, now: Instant) -> Option<Bite> {
        self.bite(child.progress(), now)
    }

    /// Judges a child by its processor ticks and its state. One that waits for a processor
    /// does not hang. If `/proc` does not show them, only the time counts.
    fn bite(&mut self, progress: Option<(u64, State)>, now: Instant) -> Option<Bite> {
        let mut patience = ASLEEP;
        match progress {
            Some((ticks, state)) if state == State::Runs || ticks != self.ticks => {
                self.ticks = ticks;
                self.last_progress = now;
            }
            None => self.last_progress = now,
            Some((_, State::WaitsForTheSystem)) => patience = STUCK,
            Some(_) => {}
        }
        if self.is_over(now) {
            Some(Bite::TooLong)
        } else if now.duration_since(self.last_progress) > patience {
            Some(Bite::Hangs)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleeping_child_hangs_and_a_starving_one_does_not() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let rests = Some((5, State::Rests));
        let mut dog = Watchdog::new(start);
        assert_eq!(dog.bite(rests, at(2)), None, "it has worked");
        assert_eq!(dog.bite(rests, at(4)), None);
        assert_eq!(dog.bite(rests, at(6)), Some(Bite::Hangs));
        assert_eq!(dog.bite(Some((5, State::Runs)), at(7)), None, "it waits for a processor");
        assert_eq!(dog.fed(at(9)), None);
        assert_eq!(dog.bite(rests, at(11)), None, "bytes came");
    }

    #[test]
    fn a_child_that_waits_for_the_system_is_given_longer() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let waits = Some((5, State::WaitsForTheSystem));
        let mut dog = Watchdog::new(start);
        assert_eq!(dog.bite(waits, at(1)), None, "it has worked");
        assert_eq!(dog.bite(waits, at(20)), None);
        assert_eq!(dog.bite(waits, at(32)), Some(Bite::Hangs));
    }

    #[test]
    fn nobody_works_for_ever() {
        let start = Instant::now();
        let mut dog = Watchdog::new(start);
        let later = start + LONGEST + Duration::from_secs(1);
        assert_eq!(dog.bite(Some((99, State::Runs)), later), Some(Bite::TooLong));
        assert_eq!(dog.fed(later), Some(Bite::TooLong), "by drops");
        assert_eq!(Watchdog::new(start).bite(None, later), Some(Bite::TooLong));
    }
}
