//! One snapshot as a graph in compressed sparse rows.
//!
//! [`HeapGraph`] is immutable and complete: every node, every edge, every name
//! that names something. The text of strings and numbers, which is
//! the contents of the host's memory, is never kept. [`GraphReader`] builds one
//! from bytes as they arrive. Who needs no names any more gives the graph up for its
//! [`Skeleton`], so that none can be asked for.

mod builder;
mod divide;
mod duplicates;
mod edges;
mod facts;
mod heap;
mod ids;
mod labels;
mod links;
mod locations;
mod marks;
mod names;
mod narrow;
mod nodes;
mod offsets;
mod reader;
mod retainers;
mod self_sizes;
mod skeleton;
mod targets;
mod texts;
mod traces;

pub use crate::format::{EdgeKind, NodeKind};
pub use builder::GraphBuilder;
pub use duplicates::{DuplicateString, Duplicates};
pub use edges::{Edge, EdgeLabel, Edges};
pub use facts::Facts;
pub use heap::HeapGraph;
pub use links::Links;
pub use locations::Location;
pub use names::Names;
pub use reader::GraphReader;
pub use retainers::Retainers;
pub use skeleton::Skeleton;
pub use targets::TargetsOf;
pub use texts::TextPlaces;

pub(crate) use labels::Labels;
pub(crate) use self_sizes::SelfSizes;
pub(crate) use targets::{EdgesAt, Stored};
