//! Bytes to graph, in one step.

use std::io::{ErrorKind, Read};

use super::{GraphBuilder, HeapGraph};
use crate::{
    error::{DetectError, Result},
    format::{NumbersAhead, Parser, SnapshotMeta},
};

/// Bytes read at once: small enough to stay in the second-level cache, large
/// enough that the system call does not count.
const PIECE: usize = 256 << 10;

/// Builds a [`HeapGraph`] from a snapshot as its bytes arrive.
///
/// # Examples
///
/// ```no_run
/// use seep::graph::GraphReader;
///
/// # fn pieces() -> Vec<Vec<u8>> { Vec::new() }
/// let mut reader = GraphReader::new();
/// for piece in pieces() {
///     reader.push(&piece)?;
/// }
/// let graph = reader.finish()?;
/// # Ok::<(), seep::error::DetectError>(())
/// ```
pub struct GraphReader {
    parser: Parser<GraphBuilder>,
}

impl GraphReader {
    /// Returns a reader at the start of a snapshot.
    pub fn new() -> Self {
        Self { parser: Parser::new(GraphBuilder::new()) }
    }

    /// Counts duplicate strings as well ([`HeapGraph::duplicates`]); for a
    /// reader that has not begun. Their texts are kept if `keeps_text`.
    #[must_use]
    pub fn with_duplicates(self, keeps_text: bool) -> Self {
        self.asking(|builder| builder.with_duplicates(keeps_text))
    }

    /// Notes where the texts of strings are ([`HeapGraph::text_places`]); for a reader that has
    /// not begun.
    #[must_use]
    pub fn with_text_places(self) -> Self {
        self.asking(GraphBuilder::with_text_places)
    }

    /// Reads the stacks as well that were recorded with the snapshot ([`HeapGraph::recorded`]); for
    /// a reader that has not begun.
    #[must_use]
    pub fn with_traces(self) -> Self {
        self.asking(GraphBuilder::with_traces)
    }

    fn asking(self, change: impl FnOnce(GraphBuilder) -> GraphBuilder) -> Self {
        Self { parser: self.parser.with_sink(change) }
    }

    /// Reads the next piece, of any size.
    ///
    /// # Errors
    ///
    /// When the bytes are no snapshot; the first error is final.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.parser.push(bytes)
    }

    /// Reads the next piece, whose numbers have been read `ahead`.
    ///
    /// # Errors
    ///
    /// As for [`push`](Self::push).
    pub fn push_ahead(&mut self, bytes: &[u8], ahead: &mut NumbersAhead) -> Result<()> {
        self.parser.push_ahead(bytes, ahead)
    }

    /// Reads `source` to its end.
    ///
    /// # Errors
    ///
    /// When `source` fails, or as for [`push`](Self::push).
    pub fn read_from(&mut self, source: &mut impl Read) -> Result<()> {
        let mut piece = vec![0; PIECE];
        loop {
            match source.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(length) => self.push(&piece[..length])?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(DetectError::Os { call: "read", source }),
            }
        }
    }

    /// Returns the number of bytes read so far.
    pub fn offset(&self) -> u64 {
        self.parser.offset()
    }

    /// Returns the header, once it has been read.
    pub fn meta(&self) -> Option<&SnapshotMeta> {
        self.parser.meta()
    }

    /// Whether the snapshot's closing brace has been read.
    pub fn is_complete(&self) -> bool {
        self.parser.is_complete()
    }

    /// Returns the graph.
    ///
    /// # Errors
    ///
    /// [`DetectError::Truncated`] when bytes are missing.
    pub fn finish(self) -> Result<HeapGraph> {
        self.parser.finish()?.finish()
    }
}

impl HeapGraph {
    /// Reads a whole snapshot from memory.
    ///
    /// # Errors
    ///
    /// When `bytes` are not a whole snapshot.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = GraphReader::new();
        reader.push(bytes)?;
        reader.finish()
    }

    /// Reads a whole snapshot from `source`.
    ///
    /// # Errors
    ///
    /// When `source` fails or is not a whole snapshot.
    pub fn from_reader(mut source: impl Read) -> Result<Self> {
        let mut reader = GraphReader::new();
        reader.read_from(&mut source)?;
        reader.finish()
    }
}

impl Default for GraphReader {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{graph::Edge, testkit::draw};

    fn edges_of(graph: &HeapGraph) -> Vec<Edge> {
        graph.ordinals().flat_map(|node| graph.edges(node)).collect()
    }

    #[test]
    fn the_graph_is_the_same_wherever_the_bytes_are_cut() {
        let json = draw("root -> app \"é\"; app -[4294967294]-> root").json();
        let whole = edges_of(&HeapGraph::from_bytes(json.as_bytes()).expect("valid"));
        for cut in 0..=json.len() {
            let mut reader = GraphReader::new();
            reader.push(&json.as_bytes()[..cut]).expect("valid");
            reader.push(&json.as_bytes()[cut..]).expect("valid");
            let graph = reader.finish().expect("valid");
            assert_eq!(edges_of(&graph), whole, "cut at {cut}");
        }
    }
}
