//! What one snapshot says: dominators, retained sizes, classes, retainers.
//!
//! The rules are those of Chrome DevTools, whose figures people compare ours
//! with: which references keep alive ([`EssentialEdges`]), which object holds
//! which alone ([`Dominators`]), how much it would free ([`RetainedSizes`]),
//! how far from a root it is ([`Distances`]), what it is called ([`Classes`]).
//! `docs/performance.md` says where seep differs on purpose.

mod dominators;
mod ephemerons;
mod essential;
mod retained;

pub use dominators::Dominators;
pub use essential::EssentialEdges;
pub use retained::RetainedSizes;
