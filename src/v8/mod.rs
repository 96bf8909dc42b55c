//! V8's and Node's idioms: how a heap spells the things that make up a program.
//!
//! Covered are the names of V8's structures ([`words`], [`names`]), the file of each
//! scope ([`scopes`], [`scripts`]), the names of classes ([`class_name`], in all
//! spellings), WeakMap entries ([`ephemerons`]), the references that keep objects alive
//! ([`essential`]), the roots ([`roots`]), and the parts of pages ([`pages`]). This module reads a graph and decides
//! nothing. Code above it compares an object with a whole class such as `Promise`; only
//! this module knows how V8 composes names.
//! how V8 puts names together is known here alone.

pub mod class_name;
pub mod ephemerons;
pub mod essential;
pub mod names;
pub mod pages;
pub mod references;
pub mod roots;
pub mod scopes;
pub mod scripts;
pub mod telling;
pub mod words;
