//! One detector's view over time: each snapshot is taken in, compared with what earlier ones
//! left, and explained.
//!
//! [`Watch`] is the whole verdict in one call, used alike by the detector and by
//! `seep compare`. It has no clock and does no IO: the same snapshots give the same findings.

mod class_growth;
mod declared_bounds;
mod growing_code;
mod harmless;
mod memory_watch;
mod removing_code;
mod waiting_timers;
mod watch;

pub use growing_code::GrowingCode;
pub use memory_watch::MemoryWatch;
pub use watch::{Findings, Moment, Settings, Watch};
