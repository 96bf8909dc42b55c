//! One capture at a time on a machine.
//!
//! The workers of a cluster are alike, and would capture at the same time: each
//! with a child, and each with copies of pages. The lock is a name in Linux's
//! abstract namespace of sockets: it needs no folder that can be written to, and
//! dies with the process that holds it. Processes see each other's as far as
//! they share a network namespace: on a host, or in a container or pod.
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

use super::{
    Skip,
    round::{Request, Round},
};

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
        let deadline = Instant::now() + patience.lasts;
        loop {
            match hold(NAME) {
                Ok(held) => return Ok(Self(Some(held))),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    if Instant::now() >= deadline {
                        return if patience.presses {
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

    #[test]
    fn the_name_is_held_by_one_and_free_when_it_is_gone() {
        let name = format!("seep-test-{}", std::process::id());
        let first = hold(name.as_bytes()).expect("free");
        let refused = hold(name.as_bytes()).err().map(|error| error.kind());
        assert_eq!(refused, Some(io::ErrorKind::AddrInUse));
        drop(first);
        assert!(hold(name.as_bytes()).is_ok());
    }
}
