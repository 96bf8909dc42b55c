//! The rules of growth for `benchmark/simulate.js`; no part of the public API.

use napi::bindgen_prelude::{Error, Result, Status};
use napi_derive::napi;

use crate::{
    format::Removed,
    growth::simulated::{Simulation, Store},
};

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

/// A made-up store.
#[napi(object)]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]
pub struct SimulatedStore {
    /// Objects in it.
    pub count: u32,
    /// Their bytes.
    pub bytes: f64,
    /// Whether it declares a bound.
    pub declared: bool,
    /// How many objects it says that there may be; 0 where it does not.
    pub most: u32,
    /// Entries that its table says were removed.
    pub removed: u32,
    /// Of these, how many came before all others.
    pub oldest: u32,
}

fn store(made_up: SimulatedStore) -> Store {
    let SimulatedStore { count, bytes, declared, most, removed, oldest } = made_up;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2^53")]
    let bytes = bytes as u64;
    let removed = (removed > 0).then_some(Removed { entries: count, removed, oldest });
    Store { count, bytes, declared, most, removed }
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

    /// Takes in a snapshot with these stores.
    #[napi(catch_unwind)]
    pub fn observe(
        &mut self,
        epoch_ms: f64,
        active_ms: f64,
        stores: Vec<SimulatedStore>,
    ) -> Result<SimulatedOutcome> {
        let stores: Vec<Store> = stores.into_iter().map(store).collect();
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
