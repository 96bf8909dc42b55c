//! One snapshot as a graph in compressed sparse rows.
//!
//! [`HeapGraph`] is read-only and complete: every node, every edge, every name
//! that names something. What the names of strings and numbers hold, which is
//! the contents of the host's memory, is never kept. [`GraphReader`] builds one
//! from bytes as they arrive.

mod builder;
mod divide;
mod duplicates;
mod facts;
mod heap;
mod labels;
mod links;
mod locations;
mod marks;
mod names;
mod narrow;
mod nodes;
mod reader;

pub use crate::format::{EdgeKind, NodeKind};
pub use builder::GraphBuilder;
pub use duplicates::{DuplicateString, Duplicates};
pub use facts::Facts;
pub use heap::HeapGraph;
pub use links::{Edge, EdgeLabel, Edges, Links};
pub use locations::Location;
pub use names::Names;
pub use reader::GraphReader;

pub(crate) use labels::Labels;
pub(crate) use nodes::SelfSizes;
