//! Native stacks of live allocations, for tests.

use std::cell::RefCell;

use napi::{Error, Result};
use napi_derive::napi;

use super::json::text;
use crate::native_stacks::Recording;

thread_local! {
    static RECORDING: RefCell<Option<Recording>> = const { RefCell::new(None) };
}

/// Records where native memory is allocated, or does so no more.
#[napi(catch_unwind)]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]
#[cfg_attr(test, allow(dead_code, reason = "functions are exported outside tests only"))]
pub fn record_native_stacks(on: bool) -> Result<()> {
    let recording = on.then(Recording::start).transpose().map_err(Error::from_reason)?;
    RECORDING.replace(recording);
    Ok(())
}

/// Returns the stacks with the most live native memory, as JSON.
#[napi(catch_unwind)]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]
#[cfg_attr(test, allow(dead_code, reason = "functions are exported outside tests only"))]
pub fn native_stacks(most: u32) -> String {
    RECORDING.with_borrow(|recording| {
        text(&recording.as_ref().map(|recording| recording.live(most as usize)))
    })
}
