//! The figures of one snapshot: dominators, retained sizes, classes, retainers.
//!
//! The rules are those of Chrome DevTools, whose figures people compare ours
//! with: which references keep alive (`essential`), which object holds which
//! alone ([`Dominators`]), how much it would free ([`RetainedSizes`]),
//! how far from a root it is ([`Distances`]), what it is called ([`Classes`]).
//! `docs/performance.md` says where seep differs on purpose.

mod both;
mod class_names;
mod classes;
mod compared;
pub(crate) mod detached;
mod distances;
mod dominators;
mod figures;
mod interfaces;
pub(crate) mod kept;
mod measured;
mod measures;
mod options;
mod paths;
mod readings;
mod retained;
mod shapes;
mod special_nodes;
mod statistics;
mod summary;
mod transfer;
mod ways;

pub use classes::{Class, ClassOrdinal, Classes};
pub(crate) use compared::Compared;
pub use distances::Distances;
pub use dominators::{Dominators, OnlyChildren};
pub use figures::{
    Analysis, AnalysisCost, ClassFigures, DominatorFigures, DuplicateFigures, Instances,
    NodeFigures, ObjectFigures, PathFigures, Reference, Step, StringFigures,
};
pub use measured::{BIGGEST, Figures, Measured};
pub use measures::Measures;
pub use options::AnalyzeOptions;
pub use paths::{path_to, shown_steps, step};
pub use readings::Readings;
pub use retained::RetainedSizes;
pub use statistics::Statistics;
pub(crate) use summary::class_counts;
pub use summary::{ClassTotals, biggest};
pub use ways::Ways;
