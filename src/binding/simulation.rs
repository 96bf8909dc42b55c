//! The rules of growth for `benchmark/simulate.js`; no part of the public API.

use napi::bindgen_prelude::{Error, Result, Status};
use napi_derive::napi;

use crate::growth::simulated::{Simulation, Store};

/// What a made-up snapshot comes to; stores by their place in it.
#[napi(object)]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]
pub struct SimulatedOutcome {
    /// As in a report.
    pub verdict: String,
    /// Stores that leak.
    pub leaks: Vec<u32>,
    /// Stores that may.
    pub suspects: Vec<u32>,
}

/// A detector's memory, fed with counts in place of snapshots.
#[napi]
#[derive(Default)]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]
pub struct NativeSimulation {
    simulation: Simulation,
}

#[napi]
impl NativeSimulation {
    /// Of a detector that has seen nothing yet.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a snapshot with these stores: how many objects, their bytes, and whether the
    /// store declares a bound.
    #[napi(catch_unwind)]
    pub fn observe(
        &mut self,
        epoch_ms: f64,
        active_ms: f64,
        counts: Vec<u32>,
        bytes: Vec<f64>,
        declared: Vec<bool>,
    ) -> Result<SimulatedOutcome> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "sizes below 2^53"
        )]
        let stores: Vec<Store> = counts
            .into_iter()
            .zip(bytes)
            .zip(declared)
            .map(|((count, bytes), declared)| Store { count, bytes: bytes as u64, declared })
            .collect();
        let outcome = self.simulation.observe(epoch_ms, active_ms, &stores);
        #[expect(clippy::cast_possible_truncation, reason = "places in a list of u32 length")]
        let places = |of: Vec<usize>| of.into_iter().map(|at| at as u32).collect();
        let verdict = serde_json::to_value(outcome.verdict)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .ok_or_else(|| Error::new(Status::GenericFailure, "a verdict is a word"))?;
        Ok(SimulatedOutcome {
            verdict,
            leaks: places(outcome.leaks),
            suspects: places(outcome.suspects),
        })
    }
}
