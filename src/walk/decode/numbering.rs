//! How nodes are numbered, and the columns of the rows that say so.

use crate::walk::wire::ROOTS;

/// Columns of a node: kind, name, id, size, number of edges.
pub(super) const NODE: usize = 5;
/// Columns of an edge: kind, name or number, target.
pub(super) const EDGE: usize = 3;
/// Columns of a place: node, script's number, line, column, script.
pub(super) const PLACE: usize = 5;

/// The root, `(GC roots)`, and the node for objects without a row.
pub(super) const FIXED_NAMES: [&str; 3] = ["", "(GC roots)", "system / Unread"];
pub(super) const FIXED: u32 = FIXED_NAMES.len() as u32;
pub(super) const UNREAD: u32 = 2;
/// The node of the first object.
pub(super) const FIRST: u32 = FIXED + ROOTS.len() as u32;
