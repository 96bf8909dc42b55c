//! The errors of one snapshot, distinguished by how a caller can react.

use std::{error::Error, fmt, io};

/// The reason why one snapshot yielded no verdict.
///
/// There is a variant for each reaction that a caller may have, not for every place that
/// can fail. [`code`](Self::code) is public API: it becomes `code` in JavaScript and is
/// never reworded; `docs/api.md` lists the codes.
#[derive(Debug)]
#[non_exhaustive]
pub enum DetectError {
    /// The stream ended before its closing brace; the capturing child most
    /// likely died.
    Truncated {
        /// Bytes consumed before the end, counted from the opening brace.
        at: u64,
    },
    /// The bytes are not the snapshot format this crate knows.
    Malformed {
        /// Offset of the offending byte, counted from the opening brace.
        at: u64,
        /// The syntax that was expected at that offset.
        expected: &'static str,
    },
    /// A count, offset or size exceeds what this crate can represent, or the
    /// memory budget of the round.
    TooLarge {
        /// Offset in the stream at which the limit was exceeded.
        at: u64,
        /// The limit.
        what: &'static str,
    },
    /// The header lacks a column without which the snapshot has no meaning.
    UnknownLayout {
        /// The missing column or section.
        missing: &'static str,
    },
    /// The operating system refused a pipe, a fork or a read.
    Os {
        /// The call that failed, such as `fork`.
        call: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// A file given by the user cannot be read.
    File {
        /// The reason.
        fault: FileFault,
    },
    /// The forked child ended without delivering a complete snapshot.
    ChildDied {
        /// How it ended.
        reason: ChildEnd,
    },
    /// Nothing arrived for too long, or the round took too long.
    Timeout {
        /// The event that did not happen in time.
        what: &'static str,
    },
    /// A capture would need more memory than is available now.
    NoMemory {
        /// Estimated need of the capture in bytes, or the bytes requested.
        needed: u64,
        /// Bytes that it may use; `None` when the system refused the request.
        available: Option<u64>,
    },
    /// The round was cancelled on request: `stop()`, a signal, process exit.
    Aborted,
    /// An internal error of seep, such as a caught panic.
    Internal {
        /// The place of the error.
        what: &'static str,
    },
}

/// The reason why a file cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileFault {
    /// It is a directory.
    Folder,
    /// It is a device, such as a terminal or a disk.
    Device,
    /// It is a socket, which cannot be opened.
    Socket,
    /// It is not the one that was opened: its size or time has changed.
    Changed,
    /// It is a pipe, where a file must be read twice.
    Pipe,
    /// The system's error.
    System(io::Error),
    /// The system's error, of a file that is written.
    NotWritten(io::Error),
}

impl FileFault {
    /// Whether a file could not be written because there is no space.
    fn is_full(&self) -> bool {
        use io::ErrorKind::{QuotaExceeded, StorageFull};
        matches!(self, Self::NotWritten(error) if matches!(error.kind(), StorageFull | QuotaExceeded))
    }

    /// Returns the system's error code, as Node spells it, if there is one.
    pub fn system_code(&self) -> Option<&'static str> {
        match self {
            Self::Folder => Some("EISDIR"),
            Self::Socket => Some("ENXIO"),
            Self::Device | Self::Changed | Self::Pipe => None,
            Self::System(error) | Self::NotWritten(error) => match error.kind() {
                io::ErrorKind::NotFound => Some("ENOENT"),
                io::ErrorKind::PermissionDenied => Some("EACCES"),
                io::ErrorKind::NotADirectory => Some("ENOTDIR"),
                io::ErrorKind::InvalidFilename => Some("ENAMETOOLONG"),
                io::ErrorKind::StaleNetworkFileHandle => Some("ESTALE"),
                io::ErrorKind::AlreadyExists => Some("EEXIST"),
                io::ErrorKind::StorageFull => Some("ENOSPC"),
                io::ErrorKind::QuotaExceeded => Some("EDQUOT"),
                _ => None,
            },
        }
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder => f.write_str("is a directory, not a snapshot file"),
            Self::Changed => f.write_str("has changed since it was opened"),
            Self::Device => f.write_str("is a device, not a snapshot file"),
            Self::Socket => f.write_str("is a socket, not a snapshot file"),
            Self::Pipe => f.write_str("is a pipe; this file must be one that can be read twice"),
            Self::NotWritten(error) => write!(f, "cannot be written: {error}"),
            Self::System(error) => match error.kind() {
                io::ErrorKind::NotFound => f.write_str("no such file"),
                io::ErrorKind::PermissionDenied => f.write_str("permission denied"),
                io::ErrorKind::NotADirectory => {
                    f.write_str("no such file: part of the path is not a directory")
                }
                _ => write!(f, "cannot be read: {error}"),
            },
        }
    }
}

/// How a forked child ended without delivering a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChildEnd {
    /// It hit a lock whose owner does not exist in the child, and exited at once.
    LockHeld,
    /// V8 or the JavaScript call inside it failed, with this exit code.
    Exit(i32),
    /// A signal ended it.
    Signal(i32),
    /// The kernel killed it, or someone else did.
    Killed {
        /// Memory of its own at that time, in bytes.
        held: u64,
    },
}

/// The result of an operation that can end a round early.
pub type Result<T, E = DetectError> = std::result::Result<T, E>;

impl DetectError {
    /// Returns the stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "ERR_SNAPSHOT_TRUNCATED",
            Self::Malformed { .. } => "ERR_SNAPSHOT_MALFORMED",
            Self::TooLarge { .. } => "ERR_SNAPSHOT_TOO_LARGE",
            Self::UnknownLayout { .. } => "ERR_SNAPSHOT_UNKNOWN_LAYOUT",
            Self::Os { .. } => "ERR_CAPTURE_OS",
            Self::File { fault } if fault.is_full() => "ERR_FILE_DISK_FULL",
            Self::File { .. } => "ERR_FILE_OS",
            Self::ChildDied { .. } => "ERR_CAPTURE_CHILD_DIED",
            Self::Timeout { .. } => "ERR_CAPTURE_TIMEOUT",
            Self::NoMemory { .. } => "ERR_CAPTURE_NO_MEMORY",
            Self::Aborted => "ERR_ABORTED",
            Self::Internal { .. } => "ERR_INTERNAL",
        }
    }

    /// Returns the position in the stream, where it is known.
    pub fn offset(&self) -> Option<u64> {
        match self {
            Self::Truncated { at } | Self::Malformed { at, .. } | Self::TooLarge { at, .. } => {
                Some(*at)
            }
            _ => None,
        }
    }

    /// Creates the error for a file that the system could not read.
    pub fn file(source: io::Error) -> Self {
        Self::File { fault: FileFault::System(source) }
    }

    /// Creates the error for a file that the system could not write.
    pub fn written_file(source: io::Error) -> Self {
        Self::File { fault: FileFault::NotWritten(source) }
    }

    /// Creates the error of the system call `call` that has just failed.
    #[cold]
    pub fn last_os(call: &'static str) -> Self {
        Self::Os { call, source: io::Error::last_os_error() }
    }
}

impl fmt::Display for DetectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { at: 0 } => f.write_str("the snapshot is empty"),
            Self::Truncated { at } => write!(f, "the snapshot ends early, after {at} bytes"),
            Self::Malformed { at, expected } => {
                write!(f, "not a heap snapshot: expected {expected} at byte {at}")
            }
            Self::TooLarge { at, what } => write!(f, "too large: {what} (at byte {at})"),
            Self::UnknownLayout { missing } => {
                write!(f, "not a heap snapshot that seep can read: it lacks {missing}")
            }
            Self::Os { call, source } => write!(f, "{call} failed: {source}"),
            Self::File { fault } => write!(f, "{fault}"),
            Self::ChildDied { reason } => match reason {
                ChildEnd::LockHeld => f.write_str(
                    "the forked child hit a lock held by a thread that does not exist in the child",
                ),
                ChildEnd::Exit(code) => write!(f, "the forked child exited with code {code}"),
                ChildEnd::Signal(signal) => {
                    write!(f, "the forked child was terminated by signal {signal}")
                }
                ChildEnd::Killed { held } => write!(
                    f,
                    "the forked child was killed, most likely by the kernel because memory ran out; it had \
                     used {} MiB",
                    held >> 20
                ),
            },
            Self::Timeout { what } => write!(f, "timed out: {what}"),
            Self::NoMemory { needed, available: Some(available) } => write!(
                f,
                "a capture would need about {} MiB, but may use only {} MiB",
                needed >> 20,
                available >> 20
            ),
            Self::NoMemory { needed, available: None } => {
                write!(f, "out of memory: {} MiB could not be allocated", needed.div_ceil(1 << 20))
            }
            Self::Aborted => f.write_str("cancelled on request"),
            Self::Internal { what } => write!(f, "internal error in seep: {what}"),
        }
    }
}

impl Error for DetectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Os { source, .. }
            | Self::File { fault: FileFault::System(source) | FileFault::NotWritten(source) } => {
                Some(source)
            }
            _ => None,
        }
    }
}
