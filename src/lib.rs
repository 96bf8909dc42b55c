//! Finds memory leaks inside a running Node.js process.
//!
//! A snapshot of the V8 heap arrives as bytes ([`capture`]), becomes rows
//! ([`format`]), becomes a graph ([`graph`]), is measured ([`analysis`]),
//! compared with what earlier snapshots left ([`growth`]) and told to a person
//! ([`explain`]). `detector` runs that in the background, `binding` shows it to
//! JavaScript. `ARCHITECTURE.md` has the map; a module uses lower floors only.

pub mod allocations;
pub mod analysis;
#[cfg(feature = "node")]
mod binding;
pub mod bits;
pub mod capture;
pub mod census;
pub mod column;
pub mod detector;
pub mod error;
pub mod explain;
pub mod files;
pub mod format;
pub mod graph;
pub mod growth;
pub mod limits;
pub mod observe;
pub mod offline;
pub mod report;
pub mod sources;
pub mod units;
pub mod v8;
#[cfg(target_os = "linux")]
pub mod walk;

// The testkit says `seep` in these tests and in those under `tests/` alike.
#[cfg(test)]
extern crate self as seep;
#[cfg(test)]
#[path = "../testkit/mod.rs"]
pub(crate) mod testkit;
