//! Decides what leaks: the censuses of successive snapshots in, growths out.
//!
//! No graph, no clock of its own, no IO: the same censuses give the same
//! decision. Object identity plays no part, because a forked child's ids are
//! lost with the child.

mod alike;
mod climb;
pub mod clock;
mod exhaustion;
mod find;
mod finder;
mod finding;
mod grain;
mod history;
mod hold_back;
pub mod judge;
mod layers;
mod live;
mod native;
mod removals;
mod rest;
pub mod rules;
mod signs;
pub mod simulated;
mod stats;
pub mod trend;

pub use self::{
    clock::Clock,
    exhaustion::exhaustion,
    find::{find, is_open},
    finding::{Growth, Measure},
    history::{History, Mark},
    hold_back::hold_back,
    judge::{Decision, Sensitivity},
    live::{LiveGrowth, LiveHistory, Sampled},
    native::{
        Figures, Judged, NativeFinding, Reading, Readings, judge_memory, readings_to_confirm,
    },
    removals::Removals,
    rest::{Account, Rest, account, rest, rest_rises},
    signs::{Broken, Declared, Lifetime, Most, Removal, RemovingCode, Signs, WaitingTimer},
};
