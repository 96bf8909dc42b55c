//! The options of a detector.

use serde::Deserialize;

use super::sampling::Mode;

/// How a detector may capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// Walked if that works, else forked, else in-process within the pause budget.
    Auto,
    /// Walked, or not at all.
    Walk,
    /// Forked, or not at all.
    Fork,
    /// Never forked.
    Inline,
}

#[cfg(target_os = "linux")]
pub(super) use crate::walk::gate::Versions;
/// Nothing is walked here, so nobody asks.
#[cfg(not(target_os = "linux"))]
pub(super) type Versions = serde::de::IgnoredAny;

/// A detector's options, complete and validated: those that the table of options
/// marks as `native` (`lib/option-table.js`), and those that `lib/rounds.js` adds. A
/// field that only one side knows is an error.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Options {
    /// How the detector may capture.
    pub capture: Choice,
    /// The longest pause of the event loop that one capture may cause.
    pub max_pause_ms: f64,
    /// The share of the free memory that one capture may take.
    pub max_headroom_fraction: f64,
    /// The same share, if the program has set it: then walks keep to it too.
    pub walk_headroom_fraction: Option<f64>,
    /// The number of times that a container must have grown.
    pub min_checks: u32,
    /// The minimum growth of a confirmed leak, in bytes.
    pub min_growth_bytes: u64,
    /// The distance between rounds.
    pub round_ms: u64,
    /// Whether the detector would rather report a leak late than report a healthy program.
    pub is_patient: bool,
    /// In a test: how often the tested function is called before each round.
    pub calls_per_round: Option<u32>,
    /// How long a leak is not announced again.
    pub cooldown_ms: u64,
    /// How soon memory must run out for an event; 0 for never.
    pub exhaustion_ms: u64,
    /// Whether the allocator returns free memory to the system after a capture.
    pub trim_memory: bool,
    /// Whether names of variables, properties and functions are hidden.
    pub redact_names: bool,
    /// When allocations are sampled.
    pub allocations: Mode,
    /// Path prefixes of seep's own scripts.
    pub own_scripts: Vec<String>,
    /// The versions of the process (`process.versions`).
    pub versions: Versions,
    /// Whether this detector compares walks with V8's snapshots, for which an untested
    /// V8 is walked.
    pub compares: bool,
}
