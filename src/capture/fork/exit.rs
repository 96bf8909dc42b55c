//! The codes that a capturing child ends with.

use std::ffi::c_int;

/// A reserved exit code. Node itself uses those up to 14, and 128 and above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum ExitCode {
    /// V8 has written all.
    Done = 0,
    /// V8 would wait for a thread.
    Wait = 101,
    /// A mutex belongs to a thread that is not here.
    Mutex = 102,
    /// A semaphore would have to be raised by one.
    Semaphore = 103,
    /// The same, by the bare system call.
    Futex = 104,
    /// The parent was gone before its death could be noticed.
    Orphan = 105,
    /// A step before V8 was refused.
    Setup = 106,
    /// The JavaScript function threw.
    Threw = 107,
    /// The Rust code around it panicked.
    Panic = 108,
    /// It held more memory than it may.
    Memory = 109,
    /// A walk met an address that cannot be read.
    Fault = 110,
    /// It took too much processor time.
    TooLong = 111,
    /// Too much of what it met made no sense.
    Doubt = 112,
    /// It could not reserve, or used up, its own memory.
    NoRoom = 113,
    /// Nobody read what it wrote.
    NoReader = 114,
}

impl ExitCode {
    /// Ends the child at once: no destructor, no `atexit`, no `exit` event.
    pub fn leave(self) -> ! {
        // SAFETY: `_exit` has no preconditions.
        unsafe { libc::_exit(self as c_int) }
    }

    /// Why a walk has ended so; `None` for codes that are not of walks.
    pub fn of_a_walk(self) -> Option<&'static str> {
        match self {
            Self::Fault => Some("it met an address that cannot be read"),
            Self::TooLong => Some("it took too much processor time"),
            Self::Doubt => Some("too much of what it met made no sense"),
            Self::NoRoom => Some("it had no room for its own lists"),
            Self::NoReader => Some("nobody read what it wrote"),
            _ => None,
        }
    }

    /// The meaning of a child's status.
    pub fn of(status: i32) -> Option<Self> {
        [
            Self::Done,
            Self::Wait,
            Self::Mutex,
            Self::Semaphore,
            Self::Futex,
            Self::Orphan,
            Self::Setup,
            Self::Threw,
            Self::Panic,
            Self::Memory,
            Self::Fault,
            Self::TooLong,
            Self::Doubt,
            Self::NoRoom,
            Self::NoReader,
        ]
        .into_iter()
        .find(|code| *code as i32 == status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_known_by_its_status() {
        assert_eq!(ExitCode::of(101), Some(ExitCode::Wait));
        assert_eq!(ExitCode::of(0), Some(ExitCode::Done));
        assert_eq!(ExitCode::of(1), None);
    }
}
