//! Reads what the code of functions does with collections (`limits::code`).
//!
//! Only instructions and short constants are looked at, never the source text.

mod acts;
mod closures;
mod frame;
pub mod opcodes;
mod own;
mod places;
pub mod trace;
pub mod value;
pub mod words;

pub use acts::Acts;
