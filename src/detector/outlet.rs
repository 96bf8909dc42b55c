//! A snapshot that goes straight to a reader on the same machine, through its connection.
//!
//! The process keeps neither a file nor a copy. While the reader is slow, the child waits, and
//! holds the pages that the program has written to meanwhile. So a reader has a limited time
//! to wait for, which grows with what it has taken: one that stalls ends the capture, and so
//! does one that takes a byte now and then.

use std::{
    cell::Cell,
    io,
    time::{Duration, Instant},
};

use super::{Skip, budget::LOOK, consumer::Consumer, round::Round};
use crate::{capture::Connection, error::DetectError};

/// How long a reader may be waited for in all, for any snapshot.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes that it must take for each further second. Slower disks are rare.
const LEAST_PER_SECOND: u64 = 4 << 20;

/// The connection to a reader, for all attempts of a round.
pub(super) struct Outlet {
    connection: Connection,
    /// Written before the first byte: the head of the response.
    head: String,
    patience: Duration,
    sent: Cell<u64>,
    waited: Cell<Duration>,
}

impl Outlet {
    pub(super) fn new(connection: Connection, head: String) -> Self {
        let (sent, waited) = Default::default();
        Self { connection, head, patience: PATIENCE, sent, waited }
    }

    /// Whether the reader has been sent anything: then only a whole snapshot may follow.
    pub(super) fn has_begun(&self) -> bool {
        self.sent.get() > 0
    }

    /// Returns a consumer for one attempt.
    ///
    /// # Errors
    ///
    /// When an earlier one has sent a part, which cannot be taken back.
    pub(super) fn consumer<'a>(&'a self, round: &'a Round<'a>) -> Result<Sending<'a>, Skip> {
        if self.has_begun() {
            return Err(DetectError::Truncated { at: self.sent.get() }.into());
        }
        Ok(Sending { outlet: self, round, last: 0 })
    }

    /// Writes all bytes.
    fn write(&self, mut bytes: &[u8], round: &Round<'_>) -> Result<(), Skip> {
        while !bytes.is_empty() {
            let asked = Instant::now();
            let sent = self.connection.send(bytes, LOOK).map_err(|error| Skip::unsent(&error))?;
            self.sent.set(self.sent.get() + sent as u64);
            bytes = &bytes[sent..];
            if sent == 0 {
                round.go_on()?;
                self.waited.set(self.waited.get() + asked.elapsed());
                self.keep()?;
            }
        }
        Ok(())
    }

    /// Checks the time that the reader has been waited for.
    fn keep(&self) -> Result<(), Skip> {
        let earned = Duration::from_secs(self.sent.get() / LEAST_PER_SECOND);
        if self.waited.get() <= self.patience + earned {
            return Ok(());
        }
        Err(Skip::unsent(&io::Error::new(io::ErrorKind::TimedOut, "its reader is too slow")))
    }
}

/// Sends one snapshot as the chunks of an HTTP response. JavaScript sends the last one, which is
/// empty, when the round is over: so the reader can ask for the next snapshot then.
pub(super) struct Sending<'a> {
    outlet: &'a Outlet,
    round: &'a Round<'a>,
    last: u8,
}

impl Consumer for Sending<'_> {
    type Output = u64;

    /// In this process, V8 would wait for the reader, and the event loop with it.
    const NEEDS_CHILD: bool = true;

    fn push(&mut self, bytes: &[u8]) -> Result<(), Skip> {
        // A chunk of no bytes would be the end.
        let Some(last) = bytes.last() else { return Ok(()) };
        let Self { outlet, round, .. } = *self;
        if !outlet.has_begun() {
            outlet.write(outlet.head.as_bytes(), round)?;
        }
        outlet.write(format!("{:x}\r\n", bytes.len()).as_bytes(), round)?;
        outlet.write(bytes, round)?;
        outlet.write(b"\r\n", round)?;
        self.last = *bytes.iter().rfind(|byte| !byte.is_ascii_whitespace()).unwrap_or(last);
        Ok(())
    }

    fn finish(self) -> Result<u64, Skip> {
        let sent = self.outlet.sent.get();
        if self.last != b'}' {
            return Err(DetectError::Truncated { at: sent }.into());
        }
        Ok(sent)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Read,
        os::{fd::AsRawFd, unix::net::UnixStream},
    };

    use super::*;
    use crate::detector::{Listener, stage::Stage};

    fn outlet() -> (Outlet, UnixStream) {
        let (ours, theirs) = UnixStream::pair().expect("two sockets");
        let connection = Connection::of(ours.as_raw_fd()).expect("duplicated");
        (Outlet::new(connection, "HEAD\r\n".into()), theirs)
    }

    fn in_round<T>(act: impl FnOnce(&Round<'_>, &Stage) -> T) -> T {
        let (stage, listener): (_, Listener) = (Stage::default(), Box::new(|_| {}));
        act(&Round::begin(&stage, &listener, 1, 1), &stage)
    }

    #[test]
    fn a_whole_snapshot_arrives_in_chunks_after_the_head() {
        let (outlet, mut theirs) = outlet();
        in_round(|round, _| {
            let mut sending = outlet.consumer(round).expect("the first");
            assert!(!outlet.has_begun());
            for bytes in [&b"{\"snapshot\":"[..], b"", b"{}}\n"] {
                sending.push(bytes).expect("room");
            }
            assert!(outlet.has_begun());
            assert!(sending.finish().is_ok());
        });
        drop(outlet);
        let mut text = String::new();
        theirs.read_to_string(&mut text).expect("text");
        assert_eq!(text, "HEAD\r\nc\r\n{\"snapshot\":\r\n4\r\n{}}\n\r\n");
    }

    #[test]
    fn half_a_snapshot_is_an_error_and_has_no_second_attempt() {
        let (outlet, _theirs) = outlet();
        in_round(|round, _| {
            let mut sending = outlet.consumer(round).expect("the first");
            sending.push(b"{").expect("room");
            let codes = [sending.finish().err(), outlet.consumer(round).err()];
            assert_eq!(
                codes.map(|skip| skip.map(|it| it.code)),
                [Some("ERR_SNAPSHOT_TRUNCATED"); 2]
            );
        });
    }

    #[test]
    fn a_reader_that_takes_nothing_is_given_up() {
        let (mut outlet, _theirs) = outlet();
        outlet.patience = Duration::ZERO;
        in_round(|round, _| {
            let mut sending = outlet.consumer(round).expect("the first");
            let much = vec![b' '; 64 << 20];
            let skip = sending.push(&much).expect_err("nobody reads");
            assert_eq!(skip.code, "ERR_FILE_OS");
            assert!(skip.message.contains("too slow"), "{}", skip.message);
        });
    }

    #[test]
    fn a_reader_that_has_gone_and_a_round_that_is_given_up_end_it() {
        let (gone, theirs) = outlet();
        drop(theirs);
        in_round(|round, _| {
            let skip = gone.consumer(round).expect("the first").push(b"{").expect_err("gone");
            assert_eq!(skip.code, "ERR_FILE_OS");
        });
        let (outlet, _theirs) = self::outlet();
        in_round(|round, stage| {
            stage.abort(Some(1));
            let much = vec![b' '; 64 << 20];
            let skip = outlet.consumer(round).expect("the first").push(&much).expect_err("ended");
            assert_eq!(skip.code, "ERR_ABORTED");
        });
    }
}
