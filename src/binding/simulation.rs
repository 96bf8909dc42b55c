//! The growth rules for `benchmark/simulate.js`; not part of the public API.

use napi::Result;
use napi_derive::napi;
use serde::Deserialize;

use super::json::{parse, text};
use crate::{
    format::Removed,
    growth::simulated::{Simulation, Store},
    limits::code::Removing,
};

/// A simulated snapshot.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MadeUp {
    epoch_ms: f64,
    active_ms: f64,
    stores: Vec<MadeUpStore>,
}

/// A simulated store.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MadeUpStore {
    /// Objects in it.
    count: u32,
    /// Their bytes.
    bytes: f64,
    /// Whether it declares a limit.
    declared: bool,
    /// What code that has run goes by when it removes entries: "age" or "amount", or "words" if these
    /// are all that is known of it.
    code: Option<Criterion>,
    /// How long after it was set a timer runs that has not run yet; 0 without one.
    timer_ms: f64,
    /// The declared maximum number of objects; 0 without one.
    most: u32,
    /// Entries removed, according to its table.
    removed: u32,
    /// Removed entries that came before all others.
    oldest: u32,
}

/// What removes entries of a simulated store.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Criterion {
    Age,
    Amount,
    Words,
}

impl Criterion {
    /// Returns how entries are removed, and whether that is certain.
    fn known(self) -> (Removing, bool) {
        match self {
            Self::Age => (Removing::ByAge, true),
            Self::Amount => (Removing::ByAmount, true),
            Self::Words => (Removing::ByAge, false),
        }
    }
}

impl MadeUpStore {
    fn store(self) -> Store {
        let Self { count, bytes, declared, code, timer_ms, most, removed, oldest } = self;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2^53")]
        let [bytes, timer_ms] = [bytes, timer_ms].map(|number| number as u64);
        let code = code.map(Criterion::known);
        let removed = (removed > 0).then_some(Removed { entries: count, removed, oldest });
        Store { count, bytes, declared, code, timer_ms, most, removed }
    }
}

/// A detector's memory, fed with counts instead of snapshots.
#[napi]
#[derive(Default)]
#[allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]
pub struct NativeSimulation {
    simulation: Simulation,
}

#[napi]
impl NativeSimulation {
    /// Creates a detector that has seen nothing yet, and whose captures show code or do not.
    #[napi(constructor, catch_unwind)]
    pub fn new(shows_code: bool) -> Self {
        Self { simulation: Simulation::default().with_code(shows_code) }
    }

    /// Takes in a snapshot, `{ epochMs, activeMs, stores }`, and returns
    /// `{ verdict, leaks, suspects }`, with stores given by their positions.
    #[napi(catch_unwind)]
    pub fn observe(&mut self, snapshot: String) -> Result<String> {
        let MadeUp { epoch_ms, active_ms, stores } = parse(&snapshot)?;
        let stores: Vec<Store> = stores.into_iter().map(MadeUpStore::store).collect();
        Ok(text(&self.simulation.observe(epoch_ms, active_ms, &stores)))
    }
}
