//! The codes that a capturing child ends with.

use std::ffi::c_int;

/// A reserved exit code. Node itself uses those up to 14, and 128 and above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum ExitCode {
    /// Everything has been written.
    Done = 0,
    /// V8 would wait for a thread.
    Wait = 101,
    /// A mutex is held by a thread that does not exist in the child.
    Mutex = 102,
    /// A semaphore would have to be posted by such a thread.
    Semaphore = 103,
    /// The same, through the bare system call.
    Futex = 104,
    /// The parent died before the child had asked to be told of it.
    Orphan = 105,
    /// The system refused a step before V8.
    Setup = 106,
    /// The JavaScript function threw.
    Threw = 107,
    /// The Rust code around it panicked.
    Panic = 108,
    /// It exceeded its memory cap.
    Memory = 109,
    /// A walk reached an address that cannot be read.
    Fault = 110,
    /// It used too much processor time.
    TooLong = 111,
    /// Too many words of the heap made no sense.
    Doubt = 112,
    /// It could not reserve its own memory, or used it up.
    NoRoom = 113,
    /// Nobody read its output.
    NoReader = 114,
}

impl ExitCode {
    /// Exits at once: no destructor, no `atexit`, no `exit` event.
    pub fn leave(self) -> ! {
        // SAFETY: `_exit` has no preconditions.
        unsafe { libc::_exit(self as c_int) }
    }

    /// Returns why a walk ended with this code; `None` for codes that walks do not use.
    pub fn of_a_walk(self) -> Option<&'static str> {
        match self {
            Self::Fault => Some("it reached an address that cannot be read"),
            Self::TooLong => Some("it used too much processor time"),
            Self::Doubt => Some("too many words of the heap made no sense"),
            Self::NoRoom => Some("it ran out of memory for its own tables"),
            Self::NoReader => Some("nobody read its output"),
            _ => None,
        }
    }

    /// Returns the code for the status of a child.
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
