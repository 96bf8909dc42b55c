//! The snapshot grammar: turns bytes into rows, independent of their source.
//!
//! A snapshot is one JSON object with a header (`snapshot`) that names the columns, flat
//! arrays of numbers (`nodes`, `edges`, `locations` and others that are skipped) and,
//! last, the `strings` that the numbers refer to. [`Parser`] accepts it in pieces of any
//! size and passes rows to a [`SnapshotSink`] as they arrive. It holds nothing but a row
//! that is split between two pieces.
//!
//! The differences between versions of V8 (which columns there are, in which order, with
//! which kinds) are read only from the header: see [`SnapshotMeta`].

mod find_text;
mod kinds;
mod meta;
mod nested;
mod numbers;
mod parser;
mod rows;
mod skip;
mod text;

pub use find_text::TextFinder;
pub use kinds::{EdgeKind, NodeKind};
pub use meta::{EdgeLayout, LocationLayout, MAX_EDGES, MAX_NODES, NodeLayout, SnapshotMeta};
pub use nested::Nested;
pub use numbers::NumbersAhead;
pub use parser::Parser;
pub use rows::{
    Copied, Refusal, Removed, Rows, SnapshotSink, TRACE_FUNCTION, TRACE_FUNCTION_NAMES,
    TraceSection,
};
