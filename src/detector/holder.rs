//! Names in Linux's abstract namespace of sockets, and the users who hold them.
//!
//! Anybody may take a free name there, so a name says nothing about its holder. The kernel tells
//! the holder's user to a process that connects.

use std::{
    io, mem,
    os::{
        fd::{AsRawFd, FromRawFd, OwnedFd},
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixListener},
    },
    ptr,
};

/// The holder of a name, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// A process of this user.
    User(libc::uid_t),
    /// It does not accept connections: it is about to listen, it has just ended, or it is not ours.
    Unknown,
}

/// A name that is held until this is dropped.
pub(super) type Held = UnixListener;

/// Takes a name.
///
/// # Errors
///
/// `AddrInUse` if somebody holds it, and the system's.
pub(super) fn hold(name: &[u8]) -> io::Result<Held> {
    UnixListener::bind_addr(&SocketAddr::from_abstract_name(name)?)
}

/// Returns the effective user of this process.
pub(super) fn own_user() -> libc::uid_t {
    // SAFETY: geteuid has no preconditions.
    unsafe { libc::geteuid() }
}

/// Returns who holds a name, without waiting.
pub(super) fn holder_of(name: &[u8]) -> Holder {
    connect(name).and_then(|socket| user_at(&socket)).map_or(Holder::Unknown, Holder::User)
}

/// Connects to a name; `None` if that is not possible at once.
fn connect(name: &[u8]) -> Option<OwnedFd> {
    let (address, length) = address_of(name)?;
    let socket = socket()?;
    // SAFETY: an address of at least this length.
    let answer = unsafe { libc::connect(socket.as_raw_fd(), (&raw const address).cast(), length) };
    (answer == 0).then_some(socket)
}

/// Returns the address of a name, and its length.
fn address_of(name: &[u8]) -> Option<(libc::sockaddr_un, libc::socklen_t)> {
    // SAFETY: all zero is a valid address.
    let mut address: libc::sockaddr_un = unsafe { mem::zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    // The zero before an abstract name is there already.
    let room = address.sun_path.get_mut(1..=name.len())?;
    // Characters are signed on some processors and unsigned on others.
    let bytes = name.iter().map(|byte| libc::c_char::from_ne_bytes([*byte]));
    room.iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte);
    let length = mem::offset_of!(libc::sockaddr_un, sun_path) + 1 + name.len();
    Some((address, length as libc::socklen_t))
}

/// Returns a stream socket that never waits.
fn socket() -> Option<OwnedFd> {
    let kind = libc::SOCK_STREAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: takes three numbers.
    let fd = unsafe { libc::socket(libc::AF_UNIX, kind, 0) };
    // SAFETY: the kernel has just made it, and nobody else knows its number.
    (fd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Returns the user at the other end of a connection.
fn user_at(socket: &OwnedFd) -> Option<libc::uid_t> {
    let mut peer = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut length = size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: the kernel writes one structure of this type, and its length.
    let answer = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            ptr::from_mut(&mut peer).cast(),
            &raw mut length,
        )
    };
    (answer == 0 && length as usize == size_of::<libc::ucred>()).then_some(peer.uid)
}

/// Takes a name without listening, as no process of ours does for long.
#[cfg(test)]
pub(super) fn hold_silently(name: &[u8]) -> Option<OwnedFd> {
    let (address, length) = address_of(name)?;
    let socket = socket()?;
    // SAFETY: an address of at least this length.
    let answer = unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) };
    (answer == 0).then_some(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_name_is_known_by_its_user() {
        let name = format!("seep-test-holder-{}", std::process::id());
        assert_eq!(holder_of(name.as_bytes()), Holder::Unknown, "nobody");
        let held = hold(name.as_bytes()).expect("free");
        assert_eq!(holder_of(name.as_bytes()), Holder::User(own_user()));
        drop(held);
        let _silent = hold_silently(name.as_bytes()).expect("free");
        assert!(hold(name.as_bytes()).is_err());
        assert_eq!(holder_of(name.as_bytes()), Holder::Unknown, "it does not listen");
        assert_eq!(holder_of(&[b'x'; 200]), Holder::Unknown, "no such name can be");
    }

    #[test]
    fn a_holder_that_never_answers_is_not_waited_for() {
        let name = format!("seep-test-full-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(name.as_bytes()).expect("a name");
        let full = UnixListener::bind_addr(&address).expect("free");
        // SAFETY: listens again, with room for one connection.
        assert_eq!(unsafe { libc::listen(full.as_raw_fd(), 0) }, 0);
        let open: Vec<_> = std::iter::from_fn(|| connect(name.as_bytes())).take(8).collect();
        assert!(open.len() < 8, "it is full");
        assert_eq!(holder_of(name.as_bytes()), Holder::Unknown);
    }
}
