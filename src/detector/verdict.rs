//! Stands in for the verdict until it lands: every snapshot is too few.

use crate::{
    graph::HeapGraph,
    report::{LeakReport, Memory, Verdict},
};

pub(super) struct Sensitivity {
    pub(super) min_checks: u32,
    pub(super) min_growth_bytes: u64,
}

pub(super) struct Settings {
    pub(super) sensitivity: Sensitivity,
    pub(super) own_scripts: Vec<String>,
}

pub(super) struct Moment {
    pub(super) epoch_ms: f64,
    pub(super) active_ms: Option<f64>,
    pub(super) memory: Memory,
}

pub(super) struct Findings {
    pub(super) verdict: Verdict,
    pub(super) leaks: Vec<LeakReport>,
    pub(super) suspects: Vec<LeakReport>,
}

pub(super) struct Watch;

impl Watch {
    pub(super) fn new(settings: Settings) -> Self {
        let Settings { sensitivity: Sensitivity { min_checks, min_growth_bytes }, own_scripts } =
            settings;
        drop((min_checks, min_growth_bytes, own_scripts));
        Self
    }

    #[expect(clippy::unused_self, reason = "stands in")]
    pub(super) fn observe(&mut self, _: &HeapGraph, moment: &Moment) -> Findings {
        let _ = (moment.epoch_ms, moment.active_ms, moment.memory);
        Findings { verdict: Verdict::InsufficientData, leaks: Vec::new(), suspects: Vec::new() }
    }
}
