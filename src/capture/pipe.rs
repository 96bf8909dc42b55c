//! A pipe from V8 to the background thread.
//!
//! `v8.writeHeapSnapshot` takes a path and opens it, so the write end must have
//! one: `/proc/self/fd/N` on Linux, `/dev/fd/N` elsewhere. It has to be a pipe
//! proper; the socket pairs that libuv calls pipes cannot be opened by path.

use std::{
    fs::File,
    io::{self, Read},
    os::fd::{AsRawFd, OwnedFd, RawFd},
    path::Path,
    time::Duration,
};

use crate::error::{DetectError, Result};

/// V8 writes 64 KiB at a time and waits while the pipe is full; at a mebibyte
/// the reader may be late by sixteen writes. It is also Linux's default limit
/// for an unprivileged process (`/proc/sys/fs/pipe-max-size`).
#[cfg(target_os = "linux")]
const CAPACITY: libc::c_int = 1 << 20;

/// Both ends of a fresh pipe, closed on `exec`.
#[derive(Debug)]
pub struct Pipe {
    /// Where the background thread reads.
    pub reader: PipeReader,
    /// Where V8 writes.
    pub writer: PipeWriter,
}

/// The end that the background thread drains. Dropping it aborts the capture:
/// the writer's next write fails with `EPIPE`, which V8 survives.
#[derive(Debug)]
pub struct PipeReader(File);

/// The end that keeps the pipe open until V8 has written; V8 opens it by its
/// path. The reader sees the end once this and V8's own descriptor are closed.
#[derive(Debug)]
pub struct PipeWriter(OwnedFd);

/// The outcome of one wait on the pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The number of bytes now in the buffer.
    Bytes(usize),
    /// Every writer has closed it.
    End,
    /// Nothing came within the time given.
    Nothing,
}

impl Pipe {
    /// Opens a pipe of [`CAPACITY`], or of what the system allows.
    ///
    /// # Errors
    ///
    /// [`DetectError::Os`] when the process or the system is out of
    /// descriptors.
    pub fn new() -> Result<Self> {
        let (reader, writer) = open()?;
        // If refused (the user's limit of pipe pages is reached), 64 KiB or 4 KiB
        // remain: slower, but correct.
        #[cfg(target_os = "linux")]
        // SAFETY: F_SETPIPE_SZ takes an int and changes only the kernel's buffer.
        unsafe {
            libc::fcntl(writer.as_raw_fd(), libc::F_SETPIPE_SZ, CAPACITY);
        }
        Ok(Self { reader: PipeReader(File::from(reader)), writer: PipeWriter(writer) })
    }

    /// Returns whether this system has paths for open descriptors.
    pub fn has_paths() -> bool {
        Path::new(DIRECTORY).is_dir()
    }
}

impl PipeWriter {
    /// Returns the path by which this process, or a forked child of it, can open
    /// the write end.
    pub fn path(&self) -> String {
        format!("{DIRECTORY}/{}", self.fd())
    }

    /// Returns the descriptor's number.
    pub fn fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

impl PipeReader {
    /// Waits up to `patience` for bytes and reads those that have arrived.
    ///
    /// # Errors
    ///
    /// [`DetectError::Os`] when the system refuses.
    pub fn read(&mut self, buffer: &mut [u8], patience: Duration) -> Result<Arrival> {
        let mut poll = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let millis = libc::c_int::try_from(patience.as_millis()).unwrap_or(libc::c_int::MAX);
        // SAFETY: one pollfd, on this stack, and the count says one.
        let ready = unsafe { libc::poll(&raw mut poll, 1, millis) };
        if ready < 0 {
            return match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => Ok(Arrival::Nothing),
                source => Err(DetectError::Os { call: "poll", source }),
            };
        }
        if ready == 0 {
            return Ok(Arrival::Nothing);
        }
        match self.0.read(buffer) {
            Ok(0) => Ok(Arrival::End),
            Ok(read) => Ok(Arrival::Bytes(read)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Arrival::Nothing),
            Err(source) => Err(DetectError::Os { call: "read", source }),
        }
    }
}

#[cfg(target_os = "linux")]
const DIRECTORY: &str = "/proc/self/fd";
#[cfg(not(target_os = "linux"))]
const DIRECTORY: &str = "/dev/fd";

#[cfg(target_os = "linux")]
fn open() -> Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: the array has room for the two descriptors.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
        return Err(DetectError::last_os("pipe2"));
    }
    // SAFETY: the kernel has just made both, and nobody else knows their numbers.
    Ok(ends.map(|fd| unsafe { std::os::fd::FromRawFd::from_raw_fd(fd) }).into())
}

/// Without `pipe2`, an `exec` by another thread could inherit the ends before they
/// are marked; the standard library has the same gap.
#[cfg(not(target_os = "linux"))]
fn open() -> Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = io::pipe().map_err(|source| DetectError::Os { call: "pipe", source })?;
    Ok((reader.into(), writer.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs::OpenOptions, io::Write};

    const AT_ONCE: Duration = Duration::ZERO;

    #[test]
    fn bytes_written_through_the_path_arrive_and_then_the_end() {
        let Pipe { mut reader, writer } = Pipe::new().expect("a pipe");
        let mut opened =
            OpenOptions::new().write(true).open(writer.path()).expect("the path opens");
        opened.write_all(b"snapshot").expect("room for eight bytes");
        let mut buffer = [0; 64];
        let arrival = reader.read(&mut buffer, AT_ONCE).expect("readable");
        assert_eq!(arrival, Arrival::Bytes(8));
        assert_eq!(&buffer[..8], b"snapshot");
        drop(opened);
        assert_eq!(reader.read(&mut buffer, AT_ONCE).expect("open"), Arrival::Nothing);
        drop(writer);
        assert_eq!(reader.read(&mut buffer, AT_ONCE).expect("ended"), Arrival::End);
    }

    #[test]
    fn a_dropped_reader_fails_the_writer() {
        let Pipe { reader, writer } = Pipe::new().expect("a pipe");
        let mut opened =
            OpenOptions::new().write(true).open(writer.path()).expect("the path opens");
        drop(reader);
        let error = opened.write_all(b"snapshot").expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn both_ends_close_on_exec() {
        let Pipe { reader, writer } = Pipe::new().expect("a pipe");
        for fd in [reader.0.as_raw_fd(), writer.fd()] {
            // SAFETY: F_GETFD only reads the descriptor's flags.
            let flags = unsafe { libc::fcntl(fd, libc::F_GETFD) };
            assert_ne!(flags & libc::FD_CLOEXEC, 0, "descriptor {fd}");
        }
    }
}
