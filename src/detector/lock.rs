//! One capture at a time on a machine.
//!
//! The workers of a cluster are alike, and would capture at the same time: each
//! with a child, and each with copies of pages. The lock is a name in Linux's
//! abstract namespace of sockets: it needs no folder that can be written to, and
//! dies with the process that holds it. Processes see each other's as far as
//! they share a network namespace: on a host, or in a container or pod.
//!
//! Any user there can take the name and keep it. So it is a matter of turns, and
//! nothing that a process could be kept from capturing by; see [`Refusals`].
//!
//! Elsewhere there is no such name, and no fork that would need it.

#[cfg(target_os = "linux")]
use std::os::{
    linux::net::SocketAddrExt,
    unix::net::{SocketAddr, UnixDatagram},
};
use std::{
    io,
    thread::sleep,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{Request, Skip, round::Round};

const NAME: &[u8] = b"seep-capture";
const GLANCE: Duration = Duration::from_millis(50);

/// How a round waits while another process captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Patience {
    lasts: Duration,
    /// Afterwards it goes on all the same: there will be no other time.
    presses: bool,
}

impl Patience {
    /// A periodic round. A capture takes longer than that in big heaps, and then
    /// the next round has its turn.
    pub(super) const PERIODIC: Self = Self { lasts: Duration::from_secs(5), presses: false };
    /// Somebody waits for the outcome, and would have to ask again.
    pub(super) const DELIBERATE: Self = Self { lasts: Duration::from_secs(60), presses: false };
    /// The heap is about to reach its limit.
    pub(super) const LAST_CHANCE: Self = Self { lasts: Duration::from_secs(5), presses: true };
}

impl Request {
    /// How it waits for captures of other processes.
    pub(super) fn patience(&self) -> Patience {
        match self.reason.as_str() {
            _ if self.is_deliberate() => Patience::DELIBERATE,
            "last-chance" => Patience::LAST_CHANCE,
            _ => Patience::PERIODIC,
        }
    }
}

/// Held while a snapshot is taken and analysed; `None` where nobody can hold it.
pub(super) struct MachineLock(#[allow(dead_code, reason = "held for its end")] Option<Held>);

#[cfg(target_os = "linux")]
type Held = UnixDatagram;
#[cfg(not(target_os = "linux"))]
type Held = ();

impl MachineLock {
    /// Takes the lock, or waits for it while another process has it.
    ///
    /// # Errors
    ///
    /// `ERR_CAPTURE_ELSEWHERE` when its patience is at an end, and `ERR_ABORTED`.
    pub(super) fn take(round: &Round<'_>, patience: Patience) -> Result<Self, Skip> {
        static OF_THIS_PROCESS: Mutex<Refusals> = Mutex::new(Refusals::NONE);
        Self::take_named(NAME, round, patience, &OF_THIS_PROCESS)
    }

    fn take_named(
        name: &[u8],
        round: &Round<'_>,
        patience: Patience,
        refusals: &Mutex<Refusals>,
    ) -> Result<Self, Skip> {
        let deadline = Instant::now() + patience.lasts;
        loop {
            match hold(name) {
                Ok(held) => {
                    *refusals.lock() = Refusals::NONE;
                    return Ok(Self(Some(held)));
                }
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    if Instant::now() >= deadline {
                        let is_enough = refusals.lock().count(Instant::now());
                        return if patience.presses || is_enough {
                            Ok(Self(None))
                        } else {
                            Err(Skip::elsewhere())
                        };
                    }
                }
                // Not to be had at all: without, then.
                Err(_) => return Ok(Self(None)),
            }
            round.go_on()?;
            sleep(GLANCE);
        }
    }
}

/// Rounds in a row that have found the name taken.
///
/// Captures are over in seconds and the longest in a quarter of an hour, so a
/// process that comes away empty-handed for longer than that is kept waiting by
/// something else, or by too many others. From then on its rounds go on without
/// the lock, until it is free once.
#[derive(Debug)]
struct Refusals {
    rounds: u32,
    first: Option<Instant>,
}

impl Refusals {
    const NONE: Self = Self { rounds: 0, first: None };
    /// Rounds may be hours apart, of which two or three can meet captures of
    /// others by chance.
    const ROUNDS: u32 = 4;
    /// Longer than the longest capture (`watchdog.rs`).
    const LASTING: Duration = Duration::from_secs(20 * 60);

    /// Counts one more; returns whether that is enough.
    fn count(&mut self, now: Instant) -> bool {
        let first = *self.first.get_or_insert(now);
        self.rounds = self.rounds.saturating_add(1);
        self.rounds >= Self::ROUNDS && now.saturating_duration_since(first) >= Self::LASTING
    }
}

#[cfg(target_os = "linux")]
fn hold(name: &[u8]) -> io::Result<Held> {
    UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(name)?)
}

#[cfg(not(target_os = "linux"))]
fn hold(_name: &[u8]) -> io::Result<Held> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::detector::{Listener, stage::Stage};

    #[test]
    fn the_name_is_held_by_one_and_free_when_it_is_gone() {
        let name = format!("seep-test-{}", std::process::id());
        let first = hold(name.as_bytes()).expect("free");
        let refused = hold(name.as_bytes()).err().map(|error| error.kind());
        assert_eq!(refused, Some(io::ErrorKind::AddrInUse));
        drop(first);
        assert!(hold(name.as_bytes()).is_ok());
    }

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

    #[test]
    fn who_holds_the_name_for_good_keeps_nobody_from_capturing() {
        let name = format!("seep-test-for-good-{}", std::process::id());
        let stage = Stage::default();
        let listener: Listener = Box::new(|_| {});
        let round = Round::begin(&stage, &listener, 1, 1);
        let refusals = Mutex::new(Refusals::NONE);
        let patience = Patience { lasts: Duration::ZERO, presses: false };
        let take = || {
            MachineLock::take_named(name.as_bytes(), &round, patience, &refusals)
                .map(|lock| lock.0.is_some())
                .map_err(|skip| skip.code)
        };
        let foreign = hold(name.as_bytes()).expect("free");
        for _ in 0..Refusals::ROUNDS {
            assert_eq!(take(), Err("ERR_CAPTURE_ELSEWHERE"));
        }
        refusals.lock().first = Instant::now().checked_sub(Refusals::LASTING);
        assert_eq!((take(), take()), (Ok(false), Ok(false)), "without the lock");
        drop(foreign);
        assert_eq!(take(), Ok(true));
        let _foreign = hold(name.as_bytes()).expect("free");
        assert_eq!(take(), Err("ERR_CAPTURE_ELSEWHERE"), "counted from the beginning");
    }
}
