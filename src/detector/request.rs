//! The rounds and files that JavaScript asks for.

use std::path::PathBuf;

use serde::Deserialize;

use crate::{
    observe::Moment,
    report::{LoopFigures, Memory},
};

/// The facts that JavaScript provides when it asks for a round.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// `check` or `signal` if a person asked, else `interval` or `last-chance`.
    pub reason: String,
    /// The process's memory now.
    pub memory: Memory,
    /// Wall-clock time.
    pub epoch_ms: f64,
    /// The processor time that the event loop's thread has used for the program so
    /// far, if known.
    pub active_ms: Option<f64>,
    /// Requests that its servers have begun to answer so far, if they are counted.
    pub requests: Option<f64>,
    /// Whether the floor of memory rises, so that allocations are worth sampling.
    #[serde(default)]
    pub rises: bool,
    /// What an account of the memory needs; `None` for none.
    #[serde(default)]
    pub reading: Option<ReadingRequest>,
}

/// What JavaScript adds to a reading of the memory.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadingRequest {
    /// Figures that only the event loop has.
    pub figures: LoopFigures,
    /// Whether a major collection has run since the reading before.
    pub collected: bool,
    /// The used heap that the last major collection has left, if that is tracked. (The floor of a
    /// round is the lowest since the last capture, which may be long ago.)
    pub kept_bytes: Option<u64>,
}

/// A request for a snapshot file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileRequest {
    /// Its absolute path.
    pub path: PathBuf,
    /// The round that writes it.
    pub request: Request,
}

/// A request for a snapshot that is sent to a reader.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendRequest {
    /// Written before it: the head of an HTTP response in chunks.
    pub head: String,
    /// The round that sends it.
    pub request: Request,
}

impl Request {
    /// Returns when it is asked for, and the memory then.
    pub(super) fn moment(&self) -> Moment {
        let &Self { epoch_ms, active_ms, requests, memory, .. } = self;
        Moment { epoch_ms, active_ms, requests, asked: self.is_deliberate(), memory }
    }

    /// Returns whether somebody asked for this round, so that the cool-down does not apply.
    pub(super) fn is_deliberate(&self) -> bool {
        matches!(self.reason.as_str(), "check" | "signal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cool_down_holds_for_rounds_that_nobody_asked_for() {
        let is_deliberate = |reason: &str| {
            let (memory, reason) = (Memory::default(), reason.into());
            let (epoch_ms, active_ms, requests) = Default::default();
            let (rises, reading) = (false, None);
            Request { reason, memory, epoch_ms, active_ms, requests, rises, reading }
                .is_deliberate()
        };
        assert!(is_deliberate("check") && is_deliberate("signal"));
        assert!(!is_deliberate("interval") && !is_deliberate("last-chance"));
    }
}
