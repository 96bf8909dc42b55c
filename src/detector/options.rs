//! The options of a detector.

use serde::Deserialize;

/// How a detector may capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// Walked where that works, else forked, else in-process within the pause
    /// budget.
    Auto,
    /// Walked or not at all.
    Walk,
    /// Forked or not at all.
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
/// marks as `native` (`lib/option-table.js`), and what `lib/rounds.js` adds. A
/// field that only one side knows is an error at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Options {
    /// How it may capture.
    pub capture: Choice,
    /// Event-loop stall that one capture may cost.
    pub max_pause_ms: f64,
    /// Share of the free memory that one capture may take.
    pub max_headroom_fraction: f64,
    /// Snapshots in which a thing must have grown.
    pub min_checks: u32,
    /// Growth below which nothing is reported.
    pub min_growth_bytes: u64,
    /// Where a leak is rather told later than a healthy program called one: how
    /// far rounds are apart.
    pub patient_round_ms: Option<u64>,
    /// In a test: how often what is tested is called before each round.
    pub calls_per_round: Option<u32>,
    /// Time for which a leak is not announced again.
    pub cooldown_ms: u64,
    /// Whether names of variables, properties and functions are hidden.
    pub redact_names: bool,
    /// Path prefixes of seep's own scripts.
    pub own_scripts: Vec<String>,
    /// What the process says of its V8.
    pub versions: Versions,
    /// Whether it is there to compare walks with V8's snapshots: then an untested
    /// V8 is walked.
    pub compares: bool,
}
