//! The protocol between JavaScript and Rust: every structure crosses as one JSON text, in
//! and out. `lib/border.js` is the other side.
//!
//! JSON has four advantages. V8 parses one text faster than Node-API creates an object
//! property by property. The text is made on the background thread. A shape is declared
//! once, by its `serde` structure. And it can be tested without Node. Only things that
//! JSON cannot represent cross in other ways: functions, chunks of bytes, objects to
//! probe, handles, and single numbers, flags or texts.

use napi::{Error, Result, Status};
use serde::{Serialize, de::DeserializeOwned};

/// Reads a request.
///
/// # Errors
///
/// `InvalidArg` if the two sides disagree on the shape of the request.
pub(super) fn parse<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json)
        .map_err(|error| Error::new(Status::InvalidArg, format!("{error} in {json}")))
}

/// Writes an answer.
pub(super) fn text(answer: &impl Serialize) -> String {
    // Plain structures with string keys cannot fail to serialise.
    serde_json::to_string(answer).unwrap_or_default()
}
