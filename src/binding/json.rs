//! The dialect of the border: every structure crosses as one JSON text, in and
//! out. `lib/border.js` is the other side.
//!
//! Why JSON: V8 parses one text faster than Node-API makes an object property by
//! property, the text is made on the background thread, a shape is declared once
//! (by its `serde` structure), and it can be tested without Node. Only what JSON
//! cannot say crosses otherwise: functions, chunks of bytes, objects to probe and
//! handles, and a number, flag or text that stands alone.

use napi::{Error, Result, Status};
use serde::{Serialize, de::DeserializeOwned};

/// Reads a request.
///
/// # Errors
///
/// `InvalidArg` where the two sides of the border disagree on its shape.
pub(super) fn parse<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json)
        .map_err(|error| Error::new(Status::InvalidArg, format!("{error} in {json}")))
}

/// Writes an answer.
pub(super) fn text(answer: &impl Serialize) -> String {
    // Plain structures with string keys cannot fail to serialise.
    serde_json::to_string(answer).unwrap_or_default()
}
