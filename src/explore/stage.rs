//! How far the work is: what somebody who waits is told.

use std::sync::Arc;

/// A part of the work that takes a while in a large heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The file is read and parsed.
    Reading,
    /// References are put in order.
    Graph,
    /// Objects are sorted into classes.
    Classes,
    /// Dominators, retained sizes and distances are worked out.
    Dominators,
    /// Each object gets the path by which a person knows it.
    Holders,
    /// References are listed by their targets.
    Retainers,
    /// Equal strings are counted, and names are spelled for searches.
    Strings,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Self; 7] = [
        Self::Reading,
        Self::Graph,
        Self::Classes,
        Self::Dominators,
        Self::Holders,
        Self::Retainers,
        Self::Strings,
    ];

    /// Returns what it is called in progress reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Graph => "graph",
            Self::Classes => "classes",
            Self::Dominators => "dominators",
            Self::Holders => "holders",
            Self::Retainers => "retainers",
            Self::Strings => "strings",
        }
    }
}

/// Whoever waits for an answer. All threads that work on it ask.
pub trait Follow: Send + Sync {
    /// Whether nobody waits any more; asked every few milliseconds.
    fn is_cancelled(&self) -> bool;

    /// Takes note that a stage begins.
    fn begin(&self, _stage: Stage) {}
}

/// Whoever waits for an answer, as long as any thread works on it.
pub type Follower = Arc<dyn Follow>;

impl<F: Fn() -> bool + Send + Sync> Follow for F {
    fn is_cancelled(&self) -> bool {
        self()
    }
}
