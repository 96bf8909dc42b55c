//! A connected socket on the same machine: who is at its other end, and bytes for them.
//!
//! The event loop owns the socket, which does not block. The background thread writes to a
//! duplicate of its descriptor, so that the number cannot become another file's meanwhile.

use std::{
    io,
    os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd},
    time::Duration,
};

/// The process at the other end, as the kernel knows it.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its id in this process's namespace; 0 if it has none there.
    pub pid: i32,
    /// Its effective user.
    pub uid: u32,
}

/// A duplicate of the descriptor of a connected socket.
#[derive(Debug)]
pub struct Connection(OwnedFd);

impl Connection {
    /// Duplicates a descriptor.
    ///
    /// # Errors
    ///
    /// The system's, if it is not open or too many are.
    pub fn of(descriptor: RawFd) -> io::Result<Self> {
        if descriptor < 0 {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
        }
        // SAFETY: it is only borrowed for this call, in which the event loop closes nothing.
        let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
        borrowed.try_clone_to_owned().map(Self)
    }

    /// Writes some of the bytes, and waits up to `patience` if none fit. Returns how many were
    /// written, which may be none.
    ///
    /// # Errors
    ///
    /// The system's: `EPIPE` when the reader is gone.
    pub fn send(&self, bytes: &[u8], patience: Duration) -> io::Result<usize> {
        // SAFETY: the slice is valid for its length.
        let sent =
            unsafe { libc::send(self.0.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), FLAGS) };
        if sent >= 0 {
            return Ok(sent.cast_unsigned());
        }
        let error = io::Error::last_os_error();
        match error.kind() {
            io::ErrorKind::Interrupted => Ok(0),
            io::ErrorKind::WouldBlock => self.wait(patience).map(|()| 0),
            _ => Err(error),
        }
    }

    fn wait(&self, patience: Duration) -> io::Result<()> {
        let mut poll = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
        let millis = libc::c_int::try_from(patience.as_millis()).unwrap_or(libc::c_int::MAX);
        // SAFETY: one pollfd, on this stack, and the count says one.
        if unsafe { libc::poll(&raw mut poll, 1, millis) } >= 0 {
            return Ok(());
        }
        match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            error => Err(error),
        }
    }
}

/// Never waits and never raises a signal. Elsewhere, Node ignores SIGPIPE.
#[cfg(target_os = "linux")]
const FLAGS: libc::c_int = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
#[cfg(not(target_os = "linux"))]
const FLAGS: libc::c_int = libc::MSG_DONTWAIT;

/// Returns who is connected to a Unix socket. The kernel has noted it when they connected, or,
/// for the other side, when they began to listen.
///
/// # Errors
///
/// The system's, if it is not a socket.
#[cfg(target_os = "linux")]
pub fn peer(descriptor: RawFd) -> io::Result<Peer> {
    let mut credentials = libc::ucred { pid: 0, uid: libc::uid_t::MAX, gid: libc::gid_t::MAX };
    let mut length = libc::socklen_t::try_from(size_of::<libc::ucred>()).unwrap_or(0);
    // SAFETY: the structure has the size that is given with it.
    let result = unsafe {
        libc::getsockopt(
            descriptor,
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut credentials).cast(),
            &raw mut length,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Peer { pid: credentials.pid, uid: credentials.uid })
}

#[cfg(test)]
mod tests {
    use std::{io::Read, os::unix::net::UnixStream};

    use super::*;

    #[test]
    fn bytes_arrive_until_the_reader_takes_no_more_or_is_gone() {
        let (ours, mut theirs) = UnixStream::pair().expect("two sockets");
        let connection = Connection::of(ours.as_raw_fd()).expect("duplicated");
        drop(ours);
        assert_eq!(connection.send(b"some", Duration::ZERO).expect("room"), 4);
        let mut buffer = [0; 8];
        assert_eq!(theirs.read(&mut buffer).expect("readable"), 4);
        assert_eq!(&buffer[..4], b"some");
        let much = vec![0; 1 << 20];
        while connection.send(&much, Duration::ZERO).expect("open") > 0 {}
        drop(theirs);
        let error = connection.send(b"more", Duration::ZERO).expect_err("nobody reads");
        assert!(matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset));
    }

    #[test]
    fn a_number_that_is_no_descriptor_is_refused() {
        assert!(Connection::of(-1).is_err());
        assert!(Connection::of(RawFd::MAX).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_says_who_is_at_the_other_end() {
        let (ours, _theirs) = UnixStream::pair().expect("two sockets");
        let there = peer(ours.as_raw_fd()).expect("a socket");
        assert_eq!(there.pid, std::process::id().cast_signed());
        // SAFETY: only returns a number.
        assert_eq!(there.uid, unsafe { libc::geteuid() });
        assert!(peer(-1).is_err());
    }
}
