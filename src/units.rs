//! The numbers that identify things in a snapshot, each with its own type.

use serde::{Deserialize, Serialize};

/// Position of a node in one [`HeapGraph`](crate::graph::HeapGraph): `0..node_count`.
///
/// Dense and cheap to index with, but meaningless in any other snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct NodeOrdinal(pub u32);

impl NodeOrdinal {
    /// Returns the ordinal as an index into a column.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// V8's `SnapshotObjectId`: odd for heap objects, even for native ones.
///
/// The same object keeps its id from one in-process capture to the next. A
/// forked child's new ids are lost with the child, so growth never depends on
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(transparent)]
pub struct ObjectId(pub u32);

impl ObjectId {
    /// Returns an id for a `node` of which only its number is known; `outside` says
    /// whether it lies outside the heap.
    #[inline]
    pub fn counted(node: u32, outside: bool) -> Self {
        Self(2 * node + 1 + u32::from(outside))
    }
}

/// Index into one snapshot's `strings`; resolved by [`Names`](crate::graph::Names).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct NameId(pub u32);
