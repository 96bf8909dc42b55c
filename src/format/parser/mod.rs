//! Parses the sections of a snapshot, in pieces of any size.

mod arrays;
mod section;

use super::{
    Copied, SnapshotMeta, SnapshotSink, TraceSection,
    nested::NestedScanner,
    numbers::{Batch, NumberScanner, NumbersAhead},
    skip::Skipper,
    text::TextScanner,
};
use crate::{
    column::Column,
    error::{DetectError, Result},
};
use section::{Section, Seen};

/// The header is a few kilobytes; anything longer is not a header.
const MAX_HEADER: usize = 1 << 20;

/// Section names are short.
const MAX_KEY: usize = 256;

/// Parses one snapshot as its bytes arrive and passes its rows to a sink.
///
/// The first error is final. Offsets count from the first byte pushed.
///
/// # Examples
///
/// ```
/// use seep::graph::HeapGraph;
///
/// let error = HeapGraph::from_bytes(b"{\"snapshot\":{").unwrap_err();
/// assert_eq!(error.code(), "ERR_SNAPSHOT_TRUNCATED");
/// assert_eq!(error.offset(), Some(13));
/// ```
pub struct Parser<S> {
    sink: S,
    at: u64,
    state: State,
    meta: Option<SnapshotMeta>,
    seen: Seen,
    batch: Batch,
}

enum State {
    /// Before the opening brace.
    Start,
    /// A key, or the closing brace if `may_end`.
    BeforeKey {
        may_end: bool,
    },
    /// Inside a key.
    Key(Vec<u8>),
    /// Between key and value.
    Colon(Section),
    /// Before the value of a section.
    Value(Section),
    Header(Skipper, Column<u8>),
    Numbers(Section, NumberScanner),
    Text(TextScanner),
    Traces(TraceSection, NestedScanner),
    Skip(Skipper),
    /// A section that the sink copies.
    Copy(Copied, Skipper),
    /// A comma or the closing brace.
    AfterValue,
    Done,
    /// An error has been returned.
    Failed,
}

impl<S: SnapshotSink> Parser<S> {
    /// Creates a parser at the start of a snapshot.
    pub fn new(sink: S) -> Self {
        Self {
            sink,
            at: 0,
            state: State::Start,
            meta: None,
            seen: Seen::default(),
            batch: Batch::new(),
        }
    }

    /// Changes the sink; for a parser that has not begun.
    #[must_use]
    pub fn with_sink(self, change: impl FnOnce(S) -> S) -> Self {
        debug_assert_eq!(self.at, 0);
        Self { sink: change(self.sink), ..self }
    }

    /// Returns the sink, for what it has collected so far.
    pub fn sink_mut(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Returns the bytes read so far.
    pub fn offset(&self) -> u64 {
        self.at
    }

    /// Returns the parsed header, once it has been read.
    pub fn meta(&self) -> Option<&SnapshotMeta> {
        self.meta.as_ref()
    }

    /// Whether the closing brace has been read.
    pub fn is_complete(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Parses the next piece.
    ///
    /// # Errors
    ///
    /// [`DetectError::Malformed`], [`DetectError::TooLarge`] or
    /// [`DetectError::UnknownLayout`], now and on every later call.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.push_piece(bytes, None)
    }

    /// Parses the next piece, whose numbers have been read `ahead`. The result is the
    /// same as without them.
    ///
    /// # Errors
    ///
    /// As for [`push`](Self::push).
    pub fn push_ahead(&mut self, bytes: &[u8], ahead: &mut NumbersAhead) -> Result<()> {
        self.push_piece(bytes, Some(ahead))
    }

    fn push_piece(&mut self, bytes: &[u8], mut ahead: Option<&mut NumbersAhead>) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let state = std::mem::replace(&mut self.state, State::Failed);
            let (used, state) = self.step(state, rest, ahead.as_deref_mut())?;
            self.state = state;
            self.at += used as u64;
            rest = &rest[used..];
            if let Some(ahead) = ahead.as_deref_mut() {
                ahead.pass(used);
            }
        }
        Ok(())
    }

    /// Ends the snapshot and returns the sink.
    ///
    /// # Errors
    ///
    /// [`DetectError::Truncated`] when bytes are missing,
    /// [`DetectError::UnknownLayout`] when a section is.
    pub fn finish(self) -> Result<S> {
        if !self.is_complete() {
            return Err(DetectError::Truncated { at: self.at });
        }
        match self.seen.missing() {
            Some(missing) => Err(DetectError::UnknownLayout { missing }),
            None => Ok(self.sink),
        }
    }

    /// Parses `bytes` as far as one state reaches. Returns how far that is and the next
    /// state. The state must stay `Failed` if this returns an error.
    fn step(
        &mut self,
        state: State,
        bytes: &[u8],
        ahead: Option<&mut NumbersAhead>,
    ) -> Result<(usize, State)> {
        let at = self.at;
        match state {
            State::Header(mut skipper, mut text) => {
                let room = MAX_HEADER - text.len();
                let (used, ended) = skipper.skip(&bytes[..bytes.len().min(room + 1)], at)?;
                if used > room {
                    return Err(DetectError::TooLarge { at, what: "the header" });
                }
                text.extend_from_slice(&bytes[..used]);
                if !ended {
                    return Ok((used, State::Header(skipper, text)));
                }
                let meta = SnapshotMeta::read(&text, at + used as u64)?;
                self.sink.header(&meta)?;
                self.sink.header_text(&text, at)?;
                self.meta = Some(meta);
                Ok((used, State::AfterValue))
            }
            State::Numbers(section, scanner) => self.numbers(section, scanner, bytes, ahead),
            State::Text(mut scanner) => {
                let (used, ended) = scanner.scan(bytes, at, &mut self.sink)?;
                if !ended {
                    return Ok((used, State::Text(scanner)));
                }
                self.sink.strings_end(scanner.count(), at + used as u64)?;
                Ok((used, State::AfterValue))
            }
            State::Traces(section, mut scanner) => {
                let sink = &mut self.sink;
                let (used, ended) =
                    scanner.scan(bytes, at, |part, at| sink.trace(section, part, at))?;
                Ok((used, if ended { State::AfterValue } else { State::Traces(section, scanner) }))
            }
            State::Skip(mut skipper) => {
                let (used, ended) = skipper.skip(bytes, at)?;
                Ok((used, if ended { State::AfterValue } else { State::Skip(skipper) }))
            }
            State::Copy(section, mut skipper) => {
                let (used, ended) = skipper.skip(bytes, at)?;
                self.sink.copy(section, &bytes[..used], at)?;
                Ok((used, if ended { State::AfterValue } else { State::Copy(section, skipper) }))
            }
            State::Key(mut name) => match memchr::memchr(b'"', bytes) {
                Some(end) if name.len() + end <= MAX_KEY => {
                    name.extend_from_slice(&bytes[..end]);
                    Ok((end + 1, State::Colon(self.section(&name)?)))
                }
                None if name.len() + bytes.len() <= MAX_KEY => {
                    name.extend_from_slice(bytes);
                    Ok((bytes.len(), State::Key(name)))
                }
                _ => Err(DetectError::TooLarge { at, what: "a section name" }),
            },
            state => {
                let blank = bytes
                    .iter()
                    .take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
                    .count();
                match bytes.get(blank) {
                    None => Ok((blank, state)),
                    Some(&byte) => {
                        Ok((blank + 1, self.punctuation(state, byte, at + blank as u64)?))
                    }
                }
            }
        }
    }

    /// Returns the state that follows `state` at the token beginning with `byte`.
    fn punctuation(&mut self, state: State, byte: u8, at: u64) -> Result<State> {
        let expected = match (state, byte) {
            (State::Start, b'{') => return Ok(State::BeforeKey { may_end: true }),
            (State::BeforeKey { .. }, b'"') => return Ok(State::Key(Vec::new())),
            (State::BeforeKey { may_end: true } | State::AfterValue, b'}') => {
                return Ok(State::Done);
            }
            (State::Colon(section), b':') => return Ok(State::Value(section)),
            (State::AfterValue, b',') => return Ok(State::BeforeKey { may_end: false }),
            (State::Value(section), byte) => return self.value(section, byte, at),
            (State::Start, _) => "an opening brace",
            (State::BeforeKey { .. }, _) => "a section name",
            (State::Colon(_), _) => "a colon",
            (State::AfterValue, _) => "a comma or the closing brace",
            (State::Failed, _) => "nothing more after an error",
            _ => "nothing after the closing brace",
        };
        Err(DetectError::Malformed { at, expected })
    }

    /// Returns the state inside the value of `section`, whose first byte is `byte`.
    fn value(&mut self, section: Section, byte: u8, at: u64) -> Result<State> {
        if let (Some(copied), b'[', true) = (section.copied(), byte, self.sink.copies()) {
            self.sink.copy(copied, &[byte], at)?;
            return Ok(State::Copy(copied, Skipper::after(byte, at)?));
        }
        match (section, byte) {
            (Section::Header, b'{') => {
                let mut text = Column::new();
                text.push(b'{');
                Ok(State::Header(Skipper::after(byte, at)?, text))
            }
            // Locations cannot be read without a layout.
            (Section::Locations, _)
                if self.meta.as_ref().is_none_or(|meta| meta.locations.is_none()) =>
            {
                skip_from(byte, at)
            }
            (Section::Traces(section), _) if !self.sink.wants_trace(section) => skip_from(byte, at),
            (Section::Traces(section), b'[') => {
                Ok(State::Traces(section, NestedScanner::default()))
            }
            (Section::Nodes | Section::Edges | Section::Locations, b'[') => {
                let may_be_negative = section != Section::Nodes;
                Ok(State::Numbers(section, NumberScanner::new(may_be_negative)))
            }
            (Section::Strings, b'[') => Ok(State::Text(TextScanner::new())),
            (Section::Samples | Section::Unknown, _) => skip_from(byte, at),
            (Section::Header, _) => Err(DetectError::Malformed { at, expected: "a header object" }),
            _ => Err(DetectError::Malformed { at, expected: "an array" }),
        }
    }

    /// Returns the section called `name`, which begins now.
    fn section(&mut self, name: &[u8]) -> Result<Section> {
        let section = Section::named(name);
        let expected = self.seen.begin(section);
        expected.map_err(|expected| DetectError::Malformed { at: self.at, expected })?;
        Ok(section)
    }
}

/// Skips a value whose first byte, `byte`, has just been read.
fn skip_from(byte: u8, at: u64) -> Result<State> {
    Ok(State::Skip(Skipper::after(byte, at)?))
}
