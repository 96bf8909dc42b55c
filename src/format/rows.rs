//! The interface between the parser and a builder.

use super::{Nested, SnapshotMeta};
use crate::{error::Result, limits::code::Act};

/// Complete rows of one section, as flat numbers.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// `stride` numbers per row. A number beyond 32 bits is stored as `u32::MAX`, with
    /// its value in `wide`.
    pub values: &'a [u32],
    /// Position in `values` and value of the numbers beyond 32 bits, in ascending order.
    pub wide: &'a [(u32, u64)],
}

impl Rows<'_> {
    /// Returns the number at `position`, of any width.
    #[inline]
    pub fn value(&self, position: usize) -> u64 {
        let value = self.values[position];
        if value == u32::MAX { self.wide_value(position) } else { u64::from(value) }
    }

    #[cold]
    fn wide_value(&self, position: usize) -> u64 {
        let found = self.wide.binary_search_by_key(&position, |&(at, _)| at as usize);
        found.map_or(u64::from(u32::MAX), |index| self.wide[index].1)
    }
}

/// The reason why a sink refuses a row. The parser knows the byte at the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The number at this position has no valid meaning.
    Malformed {
        /// Position in [`Rows::values`].
        position: usize,
        /// What was expected.
        expected: &'static str,
    },
    /// The number at this position is too large to represent.
    TooLarge {
        /// Position in [`Rows::values`].
        position: usize,
        /// The limit.
        what: &'static str,
    },
}

/// A hash table's record of the entries removed since it was last rebuilt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Entries in it.
    pub entries: u32,
    /// Entries that were removed.
    pub removed: u32,
    /// Removed entries that came before all remaining ones; meaningless for tables that
    /// are not in insertion order.
    pub oldest: u32,
}

/// The sections of recorded stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceSection {
    /// The functions on them.
    Functions,
    /// The tree of calls.
    Tree,
}

/// Numbers of a function of recorded stacks: V8's id, its name, the name and the number of its
/// script, line, column.
pub const TRACE_FUNCTION: usize = 6;

/// The name of a function and that of its script, among its numbers.
pub const TRACE_FUNCTION_NAMES: [usize; 2] = [1, 2];

/// A section of numbers that say nothing of names, which a sink may copy as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    /// `locations`.
    Locations,
    /// `trace_tree`.
    TraceTree,
    /// `samples`.
    Samples,
}

impl Copied {
    /// Returns the section's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Locations => "locations",
            Self::TraceTree => "trace_tree",
            Self::Samples => "samples",
        }
    }
}

/// Receives one snapshot, in this order: header, nodes, edges, then locations and
/// strings. Of a walk, nodes, edges and locations come in turns, each node before what is about it.
/// `at` is the offset in the stream that a call refers to.
///
/// What a sink has no method for, it ignores.
pub trait SnapshotSink {
    /// Receives the header.
    ///
    /// # Errors
    ///
    /// An error ends the parse.
    fn header(&mut self, _meta: &SnapshotMeta) -> Result<()> {
        Ok(())
    }

    /// Receives the text of the header, after its parts.
    ///
    /// # Errors
    ///
    /// An error ends the parse.
    fn header_text(&mut self, _json: &[u8], _at: u64) -> Result<()> {
        Ok(())
    }

    /// Receives the next rows of `nodes`.
    ///
    /// # Errors
    ///
    /// An error ends the parse.
    fn nodes(&mut self, _rows: Rows<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    /// Ends `nodes`.
    ///
    /// # Errors
    ///
    /// An error ends the parse.
    fn nodes_end(&mut self, _at: u64) -> Result<()> {
        Ok(())
    }

    /// Receives the next rows of `edges`.
    ///
    /// # Errors
    ///
    /// An error ends the parse.
    fn edges(&mut self, _rows: Rows<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    /// Ends `edges`.
    ///
    /// # Errors
    ///
    /// An error ends the parse.
    fn edges_end(&mut self, _at: u64) -> Result<()> {
        Ok(())
    }

    /// Receives the next rows of `locations`.
    ///
    /// # Errors
    ///
    /// An error ends the parse.
    fn locations(&mut self, _rows: Rows<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    /// Whether to pass sections to [`copy`](Self::copy) instead of their parts.
    fn copies(&self) -> bool {
        false
    }

    /// Receives the next bytes of a section, from its opening bracket to its closing one.
    ///
    /// # Errors
    ///
    /// An error ends the parse.
    fn copy(&mut self, _section: Copied, _bytes: &[u8], _at: u64) -> Result<()> {
        Ok(())
    }

    /// Whether to pass this section of recorded stacks to [`trace`](Self::trace).
    fn wants_trace(&self, _section: TraceSection) -> bool {
        false
    }

    /// Receives the next part of recorded stacks.
    ///
    /// # Errors
    ///
    /// An error ends the parse.
    fn trace(&mut self, _section: TraceSection, _part: Nested, _at: u64) -> Result<()> {
        Ok(())
    }

    /// Whether to pass the text of string `index` to [`string`](Self::string).
    fn wants_string(&mut self, _index: u32) -> bool {
        false
    }

    /// Receives the text of a wanted string. Lone surrogates have become U+FFFD.
    ///
    /// # Errors
    ///
    /// An error ends the parse.
    fn string(&mut self, _index: u32, _text: &str, _at: u64) -> Result<()> {
        Ok(())
    }

    /// Ends `strings`, of which there were `count`.
    ///
    /// # Errors
    ///
    /// An error ends the parse.
    fn strings_end(&mut self, _count: u32, _at: u64) -> Result<()> {
        Ok(())
    }

    /// Receives a number that limits how much `node` may hold. V8's snapshots have none.
    fn number(&mut self, _node: u32, _name: &str, _value: f64) {}

    /// Receives the record of entries removed from the table `node`. V8's snapshots have
    /// none.
    fn removed(&mut self, _node: u32, _removed: Removed) {}

    /// Receives what the function `node` does with the variable or property `name`; with `""`,
    /// what it does with things that are not known. Only a walk knows it, for the first closure of
    /// each function that has code.
    fn act(&mut self, _node: u32, _name: &str, _act: Act) {}
}
