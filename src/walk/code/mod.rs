//! Reads what the code of functions does with collections (`limits::code`).
//!
//! Only instructions and short constants are looked at, never the source text.

mod acts;
mod closures;
mod findings;
mod frame;
pub mod opcodes;
mod own;
mod places;
mod trace;
mod value;
pub mod words;

pub use acts::Acts;
