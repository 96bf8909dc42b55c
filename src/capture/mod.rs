//! How the bytes of one snapshot leave V8.
//!
//! V8 writes a heap snapshot synchronously, on the thread of its isolate. So
//! one end of a [`pipe`](Pipe) goes to V8, and the background thread drains the
//! other. Who writes is the difference: the isolate itself, while its event
//! loop waits ([`Method::Inline`]); or a forked copy of the process, while the
//! event loop goes on ([`Method::Fork`], see [`fork`]). Where no path can name
//! a pipe, JavaScript hands the chunks over ([`Method::Stream`]).
//!
//! Nothing here touches the disk, and nothing here knows JSON.

#[cfg(unix)]
mod connection;
#[cfg(target_os = "linux")]
pub mod fork;
#[cfg(unix)]
mod pipe;
pub mod proc;
#[cfg(target_os = "linux")]
pub mod relocations;

#[cfg(unix)]
pub use connection::Connection;
#[cfg(target_os = "linux")]
pub use connection::{Peer, peer};
#[cfg(unix)]
pub use pipe::{Arrival, Pipe, PipeReader, PipeWriter};

/// Who writes the snapshot, and how its bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// A forked child reads its copy of the heap and writes what it finds into a
    /// pipe; the event loop pauses for the fork.
    Walk,
    /// A forked child has V8 write into a pipe; the event loop pauses for the fork.
    Fork,
    /// The isolate writes into a pipe; the event loop pauses throughout.
    Inline,
    /// The isolate writes, JavaScript passes the chunks on: for platforms on
    /// which a pipe has no path.
    Stream,
}

impl Method {
    /// Returns whether a child captures.
    pub fn is_forked(self) -> bool {
        matches!(self, Self::Walk | Self::Fork)
    }

    /// Returns its name in reports, where a stream is an in-process capture too.
    pub fn in_reports(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::Fork => "fork",
            Self::Inline | Self::Stream => "inline",
        }
    }

    /// Returns its name on the native border.
    pub fn name(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::Fork => "fork",
            Self::Inline => "inline",
            Self::Stream => "stream",
        }
    }
}
