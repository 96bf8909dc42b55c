//! Judges the accounts of a process's memory.

use super::{Moment, Settings};
use crate::report::{CheckReport, Exhaustion, MemoryAccount, NativeGrowthReport};

/// The memory of one detector: what earlier accounts said.
#[derive(Debug, Default)]
pub struct MemoryWatch {}

impl MemoryWatch {
    /// Creates one that has seen nothing yet.
    pub fn new(_: &Settings) -> Self {
        Self {}
    }

    /// Adds an account.
    pub fn push(&mut self, _: &MemoryAccount, _: &Moment, _: bool) {}

    /// The latest finding.
    pub fn finding(&self) -> Option<&NativeGrowthReport> {
        None
    }

    /// When memory runs out.
    pub fn exhaustion(&self) -> Option<Exhaustion> {
        None
    }

    /// Whether a major collection would decide.
    pub fn wants_collection(&self) -> bool {
        false
    }

    /// Completes a report.
    pub fn complete(&self, _: &mut CheckReport) {}
}
