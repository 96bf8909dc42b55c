//! One capture at a time for each user of a machine.
//!
//! The workers of a cluster are alike, and would capture at the same time, each
//! with a child and copies of pages. The lock is a name in Linux's abstract
//! namespace of sockets: it needs no writable folder, and is released when the
//! process that holds it dies. Processes that share a network namespace take
//! turns: on a host, or in a container or pod.
//!
//! Any user there can take any name and keep it. So the processes of each user have
//! a name of their own, and if another user holds it, they capture without the lock.
//! A process of the same user, or of one that the kernel does not show, cannot prevent
//! captures for long either; see [`Refusals`].
//!
//! Other systems have no such names, and no forks that need the lock.

use std::{
    io,
    thread::sleep,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

#[cfg(target_os = "linux")]
use super::holder::{self, Held};
use super::{Request, Skip, round::Round};

/// How often a waiting round tries to take the name.
const GLANCE: Duration = Duration::from_millis(50);

/// How a round waits while another process captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Patience {
    lasts: Duration,
    /// Whether it goes on without the lock afterwards, since there will be no other chance.
    presses: bool,
}

impl Patience {
    /// A periodic round. Captures of big heaps take longer than that; then the next
    /// round gets its turn.
    pub(super) const PERIODIC: Self = Self { lasts: Duration::from_secs(5), presses: false };
    /// Somebody waits for the outcome, and would have to ask again.
    pub(super) const DELIBERATE: Self = Self { lasts: Duration::from_secs(60), presses: false };
    /// The heap is about to reach its limit.
    pub(super) const LAST_CHANCE: Self = Self { lasts: Duration::from_secs(5), presses: true };
}

impl Request {
    /// Returns how the round waits for captures of other processes.
    pub(super) fn patience(&self) -> Patience {
        match self.reason.as_str() {
            _ if self.is_deliberate() => Patience::DELIBERATE,
            "last-chance" => Patience::LAST_CHANCE,
            _ => Patience::PERIODIC,
        }
    }
}

/// Held while a snapshot is taken and analysed; `None` for a round that goes on without.
pub(super) struct MachineLock(#[allow(dead_code, reason = "held for its end")] Option<Held>);

#[cfg(not(target_os = "linux"))]
type Held = ();

impl MachineLock {
    /// Takes the lock, or waits for it while another process has it.
    ///
    /// # Errors
    ///
    /// `ERR_CAPTURE_ELSEWHERE` when its patience has run out, and `ERR_ABORTED`.
    pub(super) fn take(round: &Round<'_>, patience: Patience) -> Result<Self, Skip> {
        static OF_THIS_PROCESS: Mutex<Refusals> = Mutex::new(Refusals::NONE);
        Self::take_named(&Name::of_this_user(), round, patience, &OF_THIS_PROCESS)
    }

    fn take_named(
        name: &Name,
        round: &Round<'_>,
        patience: Patience,
        refusals: &Mutex<Refusals>,
    ) -> Result<Self, Skip> {
        let deadline = Instant::now() + patience.lasts;
        let mut is_known = false;
        loop {
            match name.hold() {
                Ok(held) => {
                    *refusals.lock() = Refusals::NONE;
                    return Ok(Self(Some(held)));
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    if !is_known && name.is_held_by_another_user() {
                        return Ok(Self(None));
                    }
                    is_known = true;
                    if Instant::now() >= deadline {
                        let is_enough = refusals.lock().count(Instant::now());
                        return if patience.presses || is_enough {
                            Ok(Self(None))
                        } else {
                            Err(Skip::elsewhere())
                        };
                    }
                }
                // The system has no such names: go on without the lock.
                Err(_) => return Ok(Self(None)),
            }
            round.go_on()?;
            sleep(GLANCE);
        }
    }
}

/// The name by which the processes of one user take turns.
struct Name {
    text: Vec<u8>,
    #[cfg(target_os = "linux")]
    user: u32,
}

#[cfg(target_os = "linux")]
impl Name {
    fn of_this_user() -> Self {
        let user = holder::own_user();
        Self { text: format!("seep-capture-{user}").into_bytes(), user }
    }

    fn hold(&self) -> io::Result<Held> {
        holder::hold(&self.text)
    }

    /// Returns whether a process of another user holds the name, as far as the kernel shows it.
    fn is_held_by_another_user(&self) -> bool {
        holder::holder_of(&self.text).is_some_and(|user| user != self.user)
    }
}

#[cfg(not(target_os = "linux"))]
impl Name {
    fn of_this_user() -> Self {
        Self { text: Vec::new() }
    }

    fn hold(&self) -> io::Result<Held> {
        let _ = &self.text;
        Err(io::ErrorKind::Unsupported.into())
    }

    #[expect(clippy::unused_self, reason = "as on Linux")]
    fn is_held_by_another_user(&self) -> bool {
        false
    }
}

/// Rounds in a row that were refused the lock.
///
/// Captures take seconds, and a quarter of an hour at most. So a process that is
/// refused for longer is blocked by something else, or by too many others. From then
/// on its rounds go on without the lock, until it finds the lock free once.
#[derive(Debug)]
struct Refusals {
    rounds: u32,
    first: Option<Instant>,
}

impl Refusals {
    const NONE: Self = Self { rounds: 0, first: None };
    /// Rounds may be hours apart, and two or three of them may coincide with captures
    /// of others by chance.
    const ROUNDS: u32 = 4;
    /// Longer than the longest capture (`watchdog.rs`).
    const LASTING: Duration = Duration::from_secs(20 * 60);

    /// Counts one more refusal; returns whether these are enough.
    fn count(&mut self, now: Instant) -> bool {
        let first = *self.first.get_or_insert(now);
        self.rounds = self.rounds.saturating_add(1);
        self.rounds >= Self::ROUNDS && now.saturating_duration_since(first) >= Self::LASTING
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::{
        detector::{Listener, stage::Stage},
        testkit::lacking,
    };

    #[test]
    fn a_process_is_kept_waiting_for_some_rounds_and_no_longer_than_a_capture_lasts() {
        let start = Instant::now();
        let counted = |minutes: &[u64]| {
            let mut refusals = Refusals::NONE;
            let at = |minute: &u64| start + Duration::from_secs(60 * minute);
            minutes.iter().map(|minute| refusals.count(at(minute))).collect::<Vec<_>>()
        };
        assert_eq!(counted(&[0, 5, 10, 15, 20, 25]), [false, false, false, false, true, true]);
        assert_eq!(counted(&[0, 600, 1200, 1800]), [false, false, false, true]);
    }

    /// Returns a name that no other test uses, for the processes of `user`.
    fn name(of: &str, user: u32) -> Name {
        Name { text: format!("seep-test-{of}-{}", std::process::id()).into_bytes(), user }
    }

    /// Takes `name` without waiting; returns whether the lock is held, or the code of the skip.
    fn take(name: &Name, refusals: &Mutex<Refusals>) -> Result<bool, &'static str> {
        let stage = Stage::default();
        let listener: Listener = Box::new(|_| {});
        let round = Round::begin(&stage, &listener, 1, 1);
        let patience = Patience { lasts: Duration::ZERO, presses: false };
        MachineLock::take_named(name, &round, patience, refusals)
            .map(|lock| lock.0.is_some())
            .map_err(|skip| skip.code)
    }

    #[test]
    fn the_name_is_held_by_one_and_free_when_it_is_gone() {
        let name = name("one", holder::own_user());
        let first = name.hold().expect("free");
        let refused = name.hold().err().map(|error| error.kind());
        assert_eq!(refused, Some(io::ErrorKind::AddrInUse));
        drop(first);
        assert!(name.hold().is_ok());
    }

    #[test]
    fn a_process_of_the_user_that_holds_the_name_for_good_keeps_nobody_from_capturing() {
        let name = name("for-good", holder::own_user());
        let refusals = Mutex::new(Refusals::NONE);
        let take = || take(&name, &refusals);
        let foreign = name.hold().expect("free");
        for _ in 0..Refusals::ROUNDS {
            assert_eq!(take(), Err("ERR_CAPTURE_ELSEWHERE"));
        }
        refusals.lock().first = Instant::now().checked_sub(Refusals::LASTING);
        assert_eq!((take(), take()), (Ok(false), Ok(false)), "without the lock");
        drop(foreign);
        assert_eq!(take(), Ok(true));
        let _foreign = name.hold().expect("free");
        assert_eq!(take(), Err("ERR_CAPTURE_ELSEWHERE"), "counted from the beginning");
    }

    #[test]
    fn another_user_that_holds_the_name_delays_no_round() {
        // A test has one user only, so the name is one of another user.
        let name = name("another", holder::own_user().wrapping_add(1));
        let refusals = Mutex::new(Refusals::NONE);
        let held = name.hold().expect("free");
        if holder::holder_of(&name.text).is_none() {
            return lacking("the user of a socket, which the kernel does not list (5.3)");
        }
        for _ in 0..3 {
            assert_eq!(take(&name, &refusals), Ok(false), "without the lock");
        }
        drop(held);
        assert_eq!(take(&name, &refusals), Ok(true));
        assert_eq!(refusals.lock().rounds, 0, "and no round was refused");
    }

    #[test]
    fn users_have_names_of_their_own() {
        let name = Name::of_this_user();
        assert!(name.text.ends_with(format!("-{}", holder::own_user()).as_bytes()));
    }
}
