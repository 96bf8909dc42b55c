//! Names in Linux's abstract namespace of sockets, and the users who hold them.
//!
//! Anybody may take a free name there, so a name says nothing about its holder. The kernel lists
//! sockets with their users (`sock_diag(7)`, Linux 5.3 for the user). Nothing here listens.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::{
        fd::FromRawFd,
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixDatagram},
    },
};

/// A name that is held until this is dropped.
pub(super) type Held = UnixDatagram;

/// Takes a name.
///
/// # Errors
///
/// `AddrInUse` if somebody holds it, and the system's.
pub(super) fn hold(name: &[u8]) -> io::Result<Held> {
    UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(name)?)
}

/// Returns the effective user of this process.
pub(super) fn own_user() -> u32 {
    // SAFETY: geteuid has no preconditions.
    unsafe { libc::geteuid() }
}

/// The structures and numbers of `linux/netlink.h` and `linux/unix_diag.h`.
mod wire {
    /// A request for all sockets of the Unix domain, with their names and users.
    pub(super) fn request() -> Vec<u8> {
        const SOCK_DIAG_BY_FAMILY: u16 = 20;
        const NLM_F_REQUEST_AND_DUMP: u16 = 0x301;
        const SHOW_NAME_AND_UID: u32 = 0x41;
        const LENGTH: u32 = 40;
        let mut request = Vec::with_capacity(LENGTH as usize);
        request.extend(LENGTH.to_ne_bytes());
        request.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        request.extend(NLM_F_REQUEST_AND_DUMP.to_ne_bytes());
        request.extend([0; 8]); // sequence and port
        request.extend([libc::AF_UNIX as u8, 0, 0, 0]);
        request.extend(u32::MAX.to_ne_bytes()); // in any state
        request.extend(0_u32.to_ne_bytes()); // of any inode
        request.extend(SHOW_NAME_AND_UID.to_ne_bytes());
        request.extend([0; 8]); // no cookie
        request
    }

    pub(super) const HEADER: usize = 16;
    /// Of a socket, after the header: its family, type, state, inode and cookie.
    pub(super) const SOCKET: usize = 16;
    pub(super) const ATTRIBUTE: usize = 4;
    pub(super) const NAME: u16 = 0;
    pub(super) const UID: u16 = 7;

    pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
        Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
    }

    pub(super) fn half(bytes: &[u8], at: usize) -> Option<u16> {
        Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
    }
}

/// Returns the user who holds a name; `None` if unknown.
pub(super) fn holder_of(name: &[u8]) -> Option<u32> {
    let kind = libc::SOCK_RAW | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: takes three numbers.
    let fd = unsafe { libc::socket(libc::AF_NETLINK, kind, libc::NETLINK_SOCK_DIAG) };
    if fd < 0 {
        return None;
    }
    // SAFETY: the kernel has just made it, and nobody else knows its number.
    let mut kernel = unsafe { File::from_raw_fd(fd) };
    kernel.write_all(&wire::request()).ok()?;
    let mut buffer = vec![0; 1 << 15]; // as large as the kernel's pieces are
    loop {
        let read = kernel.read(&mut buffer).ok()?;
        let mut rest = buffer.get(..read)?;
        while !rest.is_empty() {
            let length = usize::try_from(wire::word(rest, 0)?).ok()?;
            if wire::half(rest, 4)? <= libc::NLMSG_DONE as u16 {
                return None; // the end, or an error
            }
            let socket = rest.get(wire::HEADER + wire::SOCKET..length)?;
            if let Some(user) = user_of(socket, name) {
                return Some(user);
            }
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
    }
}

/// Returns the user among the attributes of a socket, if it holds `name`.
fn user_of(mut attributes: &[u8], name: &[u8]) -> Option<u32> {
    let (mut is_it, mut user) = (false, None);
    while attributes.len() >= wire::ATTRIBUTE {
        let length = usize::from(wire::half(attributes, 0)?);
        let value = attributes.get(wire::ATTRIBUTE..length)?;
        match wire::half(attributes, 2)? {
            // An abstract name follows a zero.
            wire::NAME => is_it = value.split_first() == Some((&0, name)),
            wire::UID => user = wire::word(value, 0),
            _ => {}
        }
        attributes = attributes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    user.filter(|_| is_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::lacking;

    #[test]
    fn the_holder_of_a_name_is_known_by_its_user_if_at_all() {
        let name = format!("seep-test-holder-{}", std::process::id());
        assert_eq!(holder_of(name.as_bytes()), None, "nobody");
        let held = hold(name.as_bytes()).expect("free");
        match holder_of(name.as_bytes()) {
            Some(user) => assert_eq!(user, own_user()),
            None => lacking("the user of a socket, which the kernel does not list (5.3)"),
        }
        drop(held);
        assert_eq!(holder_of(name.as_bytes()), None, "nobody any more");
    }

    #[test]
    fn a_user_is_read_for_the_name_that_is_asked_for_and_for_no_other() {
        let attribute = |kind: u16, value: &[u8]| {
            let mut bytes = Vec::from(((value.len() + wire::ATTRIBUTE) as u16).to_ne_bytes());
            bytes.extend(kind.to_ne_bytes());
            bytes.extend(value);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            bytes
        };
        let socket = [
            attribute(wire::NAME, b"\0seep-x"),
            attribute(6, &[0]),
            attribute(wire::UID, &1234_u32.to_ne_bytes()),
        ]
        .concat();
        assert_eq!(user_of(&socket, b"seep-x"), Some(1234));
        assert_eq!(user_of(&socket, b"seep"), None);
        assert_eq!(user_of(&socket[..12], b"seep-x"), None, "a kernel that shows no user");
        assert_eq!(user_of(&socket[..10], b"seep-x"), None, "cut");
        assert_eq!(user_of(&attribute(wire::NAME, b"seep-x"), b"seep-x"), None, "a path");
        assert_eq!(user_of(&[0; 8], b"seep-x"), None, "a length of 0 ends it");
    }
}
