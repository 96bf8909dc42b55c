//! V8's and Node's idioms: how a heap spells what a program is made of.
//!
//! What V8 names structure by ([`words`], [`names`]), which scope is of which file
//! ([`scopes`], [`scripts`]), what an object is called ([`class_name`], in both
//! spellings), how a WeakMap entry is written ([`ephemerons`]), which references keep
//! alive ([`essential`]), and what the roots are ([`roots`]). A graph is read here and
//! nothing is decided. Above, an object is compared with a whole class such as `Promise`;
//! how V8 puts names together is known here alone.

pub mod class_name;
pub(crate) mod ephemerons;
pub mod essential;
pub mod names;
pub mod references;
pub mod roots;
pub mod scopes;
pub mod scripts;
pub mod telling;
pub mod words;
