//! Decides what leaks: the censuses of successive snapshots in, growths out.
//!
//! No graph, no clock of its own, no IO: the same censuses give the same
//! decision. Object identity plays no part, because a forked child's ids are
//! lost with the child.

mod alike;
pub mod clock;
mod find;
mod grain;
mod history;
pub mod judge;
mod native;
mod rest;
pub mod rules;
pub mod simulated;
mod stats;
pub mod trend;

pub use self::{
    clock::Clock,
    find::{Declared, Growth, Measure, find, hold_back, is_open},
    history::History,
    judge::{Decision, Sensitivity},
    native::{Counter, NativeGrowth, find_native, native_rises},
    rest::{Account, Rest, account, rest, rest_rises},
};
