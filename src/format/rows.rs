//! What passes from the parser to whoever builds something of it.

use super::SnapshotMeta;
use crate::error::Result;

/// Whole rows of one section, as flat numbers.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// `stride` numbers a row. A number past 32 bits stands as `u32::MAX` and
    /// is also in `wide`.
    pub values: &'a [u32],
    /// Position in `values` and value of the numbers past 32 bits, ascending.
    pub wide: &'a [(u32, u64)],
}

impl Rows<'_> {
    /// The number at `position`, however wide.
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

/// Why a sink does not take a row. The parser knows the byte that goes with
/// the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The number at this position of the rows cannot be what it is.
    Malformed {
        /// Position in [`Rows::values`].
        position: usize,
        /// What would have been right.
        expected: &'static str,
    },
    /// The number at this position is past what can be represented.
    TooLarge {
        /// Position in [`Rows::values`].
        position: usize,
        /// Which limit.
        what: &'static str,
    },
}

/// What a hash table says of entries that were removed since it was last rebuilt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Entries that are in it.
    pub entries: u32,
    /// Entries that were removed.
    pub removed: u32,
    /// How many of these came before all that are still there; of tables that are not in the
    /// order of insertion it says nothing.
    pub oldest: u32,
}

/// Receives one snapshot, in this order: header, nodes, edges, then locations
/// and strings. `at` is the offset in the stream that a call is about.
pub trait SnapshotSink {
    /// The header.
    ///
    /// # Errors
    ///
    /// Ends the parse.
    fn header(&mut self, meta: &SnapshotMeta) -> Result<()>;

    /// The next rows of `nodes`.
    ///
    /// # Errors
    ///
    /// Ends the parse.
    fn nodes(&mut self, rows: Rows<'_>) -> Result<(), Refusal>;

    /// `nodes` has ended.
    ///
    /// # Errors
    ///
    /// Ends the parse.
    fn nodes_end(&mut self, at: u64) -> Result<()>;

    /// The next rows of `edges`.
    ///
    /// # Errors
    ///
    /// Ends the parse.
    fn edges(&mut self, rows: Rows<'_>) -> Result<(), Refusal>;

    /// `edges` has ended.
    ///
    /// # Errors
    ///
    /// Ends the parse.
    fn edges_end(&mut self, at: u64) -> Result<()>;

    /// The next rows of `locations`.
    ///
    /// # Errors
    ///
    /// Ends the parse.
    fn locations(&mut self, rows: Rows<'_>) -> Result<(), Refusal>;

    /// Whether the text of string `index` is to be given to [`string`](Self::string).
    fn wants_string(&mut self, index: u32) -> bool;

    /// The text of a wanted string. Lone surrogates have become U+FFFD.
    ///
    /// # Errors
    ///
    /// Ends the parse.
    fn string(&mut self, index: u32, text: &str, at: u64) -> Result<()>;

    /// `strings` has ended; there were `count`.
    ///
    /// # Errors
    ///
    /// Ends the parse.
    fn strings_end(&mut self, count: u32, at: u64) -> Result<()>;

    /// A number by which `node` says how much it may hold. V8's snapshots have none.
    fn number(&mut self, _node: u32, _name: &str, _value: f64) {}

    /// What was removed from the table `node`. V8's snapshots do not say.
    fn removed(&mut self, _node: u32, _removed: Removed) {}
}
