//! The arrays of rows: passes numbers on as rows to the sink, and locates errors at their
//! byte.

use super::{Parser, Section, State};
use crate::{
    error::{DetectError, Result},
    format::{
        Refusal, SnapshotSink,
        numbers::{NumberScanner, NumbersAhead, Pause, offset_of_number},
    },
};

impl<S: SnapshotSink> Parser<S> {
    /// Continues in one of the arrays of rows.
    pub(super) fn numbers(
        &mut self,
        section: Section,
        mut scanner: NumberScanner,
        bytes: &[u8],
        mut ahead: Option<&mut NumbersAhead>,
    ) -> Result<(usize, State)> {
        let mut used = 0;
        loop {
            let from = used;
            let carried = self.batch.len();
            let inside = scanner.is_inside_number();
            let at = self.at + used as u64;
            let start_ahead = ahead.as_ref().and_then(|ahead| ahead.start_from(used));
            let stop = start_ahead.unwrap_or(bytes.len());
            let stopped = scanner.scan(&bytes[used..stop], at, &mut self.batch);
            used = stopped.as_ref().map_or(bytes.len(), |(more, _)| used + more);
            if start_ahead == Some(used)
                && let Some(ahead) = ahead.as_deref_mut()
            {
                used = scanner.take_ahead(ahead, &mut self.batch);
            }
            // Also before an error: an earlier row may be refused, and the first error is
            // the one reported, however the bytes are split.
            let scanned = Scanned { bytes: &bytes[from..used], at, carried, inside };
            self.deliver(section, &scanned)?;
            let (_, pause) = stopped?;
            match pause {
                Pause::Full => {}
                Pause::Hungry if used < bytes.len() => {}
                Pause::Hungry => return Ok((used, State::Numbers(section, scanner))),
                Pause::Ended => {
                    let at = self.at + used as u64;
                    if self.batch.len() > 0 {
                        return Err(DetectError::Malformed { at, expected: "complete rows" });
                    }
                    match section {
                        Section::Nodes => self.sink.nodes_end(at)?,
                        Section::Edges => self.sink.edges_end(at)?,
                        _ => {}
                    }
                    return Ok((used, State::AfterValue));
                }
            }
        }
    }

    /// Passes the complete rows of the batch to the sink.
    fn deliver(&mut self, section: Section, scanned: &Scanned<'_>) -> Result<()> {
        let Some(meta) = &self.meta else { return Ok(()) };
        let stride = match section {
            Section::Nodes => meta.nodes.stride,
            Section::Edges => meta.edges.stride,
            _ => meta.locations.as_ref().map_or(1, |layout| layout.stride),
        };
        let whole = self.batch.len() / stride * stride;
        let rows = self.batch.rows(whole);
        let verdict = match section {
            Section::Nodes => self.sink.nodes(rows),
            Section::Edges => self.sink.edges(rows),
            _ => self.sink.locations(rows),
        };
        self.batch.discard(whole);
        verdict.map_err(|refusal| scanned.locate(refusal))
    }
}

/// The bytes that a batch came from, for locating the byte of a refused number.
struct Scanned<'a> {
    bytes: &'a [u8],
    at: u64,
    /// Numbers in the batch that came with earlier bytes.
    carried: usize,
    /// Whether the bytes begin inside a number.
    inside: bool,
}

impl Scanned<'_> {
    /// Returns the error for `refusal`. A number that came with an earlier piece is
    /// located at the start of this one, because its own bytes are gone.
    #[cold]
    fn locate(&self, refusal: Refusal) -> DetectError {
        let offset = |position: usize| match position.checked_sub(self.carried) {
            None => self.at,
            Some(skip) => self.at + offset_of_number(self.bytes, self.inside, skip) as u64,
        };
        match refusal {
            Refusal::Malformed { position, expected } => {
                DetectError::Malformed { at: offset(position), expected }
            }
            Refusal::TooLarge { position, what } => {
                DetectError::TooLarge { at: offset(position), what }
            }
        }
    }
}
