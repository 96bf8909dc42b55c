//! Heaps drawn as text, for tests.
//!
//! ```text
//! root -> a b              property edges, each named after its target
//! a -items-> list          a property edge named items
//! list -[0]-> x; list -[1]-> y     element edges; `;` ends a statement too
//! a -weak:ref-> b          any kind of edge: context, property, internal,
//!                          element, hidden, shortcut, weak
//! a -internal:"part of key"-> b    names with spaces are quoted
//! x: object "My Class" size=40 id=77 at=3:10:4 detached=2
//! // a comment
//! ```
//!
//! A node is an `object` of 16 bytes named after its label, without the label's trailing
//! digits, unless a declaration says otherwise. Nodes are numbered in the order in which
//! they are first mentioned; the first is the root, a `synthetic` node called "". Ids are
//! odd and ascending. `at` is script id, line and column.
//!
//! Include it with `#[path]`; `seep` must be in scope (in the crate's own
//! tests it is, by `extern crate self as seep`).

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::panic, missing_docs, unreachable_pub, reason = "for tests only")]

mod counting;
mod drawing;
mod json;
mod lacking;
mod naive;
mod random;
mod root;

#[allow(unused_imports, reason = "each test binary uses a part")]
pub use counting::Counting;
#[allow(unused_imports, reason = "each test binary uses a part")]
pub use drawing::{Drawing, draw};
#[allow(unused_imports, reason = "each test binary uses a part")]
pub use lacking::lacking;
#[allow(unused_imports, reason = "each test binary uses a part")]
pub use naive::{FIXTURES, Naive, fixture};
#[allow(unused_imports, reason = "each test binary uses a part")]
pub use random::{Random, random_heap};
#[allow(unused_imports, reason = "each test binary uses a part")]
pub use root::Root;
