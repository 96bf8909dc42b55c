//! Finds memory leaks inside a running Node.js process.
//!
//! A snapshot of the V8 heap arrives as bytes ([`capture`]), becomes rows ([`format`]),
//! becomes a graph ([`graph`]), is measured ([`analysis`]), compared with the remains of
//! earlier snapshots ([`growth`]) and explained to a person ([`explain`]). `detector`
//! runs this in the background, and `binding` exposes it to JavaScript. `ARCHITECTURE.md`
//! has the map; a module uses only lower floors.

pub mod account;
pub mod allocations;
pub mod analysis;
pub mod beside;
#[cfg(feature = "node")]
mod binding;
pub mod bits;
pub mod capture;
pub mod census;
#[cfg(target_os = "linux")]
pub mod collector;
pub mod column;
pub mod detector;
pub mod error;
pub mod explain;
pub mod explore;
pub mod files;
pub mod format;
pub mod graph;
pub mod growth;
pub mod limits;
pub mod observe;
pub mod offline;
mod packed;
pub mod report;
pub mod session;
pub mod sources;
pub mod strip;
#[cfg(target_os = "linux")]
mod symbols;
pub mod units;
pub mod v8;
#[cfg(target_os = "linux")]
pub mod walk;

// The testkit refers to `seep`, in these tests and in those under `tests/`.
#[cfg(test)]
extern crate self as seep;
#[cfg(test)]
#[path = "../testkit/mod.rs"]
pub(crate) mod testkit;
