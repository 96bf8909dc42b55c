//! The verdict over series of drawn heaps: what is found, under which name, and what is
//! left alone.

#[path = "../../testkit/mod.rs"]
mod testkit;

mod bounds;
mod field;
mod holders;
mod redact;
mod rest;
mod rounds;
mod sizes;
mod stacks;
mod support;
mod tree;
mod twins;
