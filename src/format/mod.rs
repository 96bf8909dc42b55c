//! The snapshot grammar: bytes in, rows out. Knows no pipe.
//!
//! A snapshot is one JSON object with a header (`snapshot`) that names the
//! columns, flat arrays of numbers (`nodes`, `edges`, `locations` and others
//! that are skipped) and, last, the `strings` that the numbers refer to.
//! [`Parser`] takes it in pieces of any size and hands rows to a
//! [`SnapshotSink`] as they arrive; nothing is held but the row that a piece
//! cut in two.
//!
//! What differs between versions of V8 (which columns there are, in which
//! order, under which kinds) is read from the header and from nowhere else:
//! see [`SnapshotMeta`].

mod kinds;
mod meta;
mod numbers;
mod parser;
mod rows;
mod skip;
mod text;

pub use kinds::{EdgeKind, NodeKind};
pub use meta::{EdgeLayout, LocationLayout, MAX_EDGES, MAX_NODES, NodeLayout, SnapshotMeta};
pub use numbers::NumbersAhead;
pub use parser::Parser;
pub use rows::{Refusal, Removed, Rows, SnapshotSink};
