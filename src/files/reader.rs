//! What takes the bytes of a snapshot.

use crate::{
    error::Result,
    format::{NumbersAhead, Parser, SnapshotSink},
    graph::GraphReader,
};

/// Takes the bytes of a snapshot, in pieces of any size.
pub trait Reader {
    /// Reads the next piece.
    ///
    /// # Errors
    ///
    /// When the bytes are no snapshot; the first error is final.
    fn push(&mut self, bytes: &[u8]) -> Result<()>;

    /// Reads the next piece, whose numbers have been read `ahead`.
    ///
    /// # Errors
    ///
    /// As for [`push`](Self::push).
    fn push_ahead(&mut self, bytes: &[u8], ahead: &mut NumbersAhead) -> Result<()>;

    /// Returns the number of bytes read so far.
    fn offset(&self) -> u64;
}

impl Reader for GraphReader {
    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        GraphReader::push(self, bytes)
    }

    fn push_ahead(&mut self, bytes: &[u8], ahead: &mut NumbersAhead) -> Result<()> {
        GraphReader::push_ahead(self, bytes, ahead)
    }

    fn offset(&self) -> u64 {
        GraphReader::offset(self)
    }
}

impl<S: SnapshotSink> Reader for Parser<S> {
    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        Parser::push(self, bytes)
    }

    fn push_ahead(&mut self, bytes: &[u8], ahead: &mut NumbersAhead) -> Result<()> {
        Parser::push_ahead(self, bytes, ahead)
    }

    fn offset(&self) -> u64 {
        Parser::offset(self)
    }
}
