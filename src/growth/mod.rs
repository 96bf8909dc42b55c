//! Decides what leaks: the censuses of successive snapshots in, growths out.
//!
//! No graph, no clock of its own, no IO: the same censuses give the same
//! decision. Object identity plays no part, because a forked child's ids are
//! lost with the child.

mod alike;
mod find;
mod history;
mod judge;
mod native;
pub mod rules;
pub mod simulated;
pub mod trend;

pub use self::{
    find::{Decision, Growth, Measure, find},
    history::History,
    native::{Counter, NativeGrowth, find_native},
};

/// What the user may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sensitivity {
    /// Snapshots in which a thing must have grown before it is confirmed.
    pub min_checks: u32,
    /// Growth in bytes, over these snapshots, below which nothing is reported.
    pub min_growth_bytes: u64,
    /// Whether more snapshots may follow, so that it makes sense to wait for them.
    pub more_follow: bool,
}

impl Default for Sensitivity {
    fn default() -> Self {
        Self { min_checks: 3, min_growth_bytes: 64 * 1024, more_follow: true }
    }
}
