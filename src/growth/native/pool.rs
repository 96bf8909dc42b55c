//! Memory that may belong to JavaScript objects, and what collections say of it.

use super::reading::{Figures, Reading};
use crate::{
    growth::{
        Clock,
        climb::{self, Climb, Demand},
        rules, stats,
    },
    report::NativeKind,
};

/// Memory that garbage may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    ArrayBuffers,
    Wasm,
    External,
    Allocations,
    Mappings,
    Resident,
}

impl Pool {
    /// No two of them count the same memory.
    pub(super) const ALL: [Self; 6] = [
        Self::ArrayBuffers,
        Self::Wasm,
        Self::External,
        Self::Allocations,
        Self::Mappings,
        Self::Resident,
    ];

    pub(super) fn kind(self) -> NativeKind {
        match self {
            Self::ArrayBuffers => NativeKind::ArrayBuffers,
            Self::Wasm => NativeKind::Wasm,
            Self::External => NativeKind::External,
            Self::Allocations => NativeKind::Allocations,
            Self::Mappings => NativeKind::Mappings,
            Self::Resident => NativeKind::Resident,
        }
    }

    /// The least growth; how long is for the settings to say.
    pub(super) fn demand(self) -> Demand {
        let least = match self {
            Self::ArrayBuffers | Self::Wasm | Self::External => rules::NATIVE_GROWTH,
            Self::Allocations | Self::Mappings | Self::Resident => rules::RESIDENT_GROWTH,
        };
        Demand { intervals: 0, least }
    }

    pub(super) fn series(self, readings: &[Reading]) -> Series {
        let account = |reading: &Reading, figure: fn(&Figures) -> Option<u64>| {
            figure(reading.account.as_ref()?)
        };
        Series::of(readings, |reading| match self {
            Self::ArrayBuffers => Some(reading.memory.array_buffers_bytes),
            Self::Wasm => account(reading, |it| Some(it.wasm)),
            Self::External => Some(reading.external()),
            Self::Allocations => account(reading, |it| it.allocated),
            Self::Mappings => account(reading, |it| it.used.is_some().then_some(it.unattributed)),
            Self::Resident => reading.resident,
        })
    }
}

/// Figures of the readings that have one.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) values: Vec<f64>,
    pub(super) clocks: Vec<Clock>,
    /// Positions of the readings.
    pub(super) at: Vec<usize>,
    /// Positions in `values` of those right after a collection.
    collected: Vec<usize>,
}

impl Series {
    pub(super) fn of(readings: &[Reading], value: impl Fn(&Reading) -> Option<u64>) -> Self {
        let mut series =
            Self { values: Vec::new(), clocks: Vec::new(), at: Vec::new(), collected: Vec::new() };
        for (at, reading) in readings.iter().enumerate() {
            let Some(value) = value(reading) else { continue };
            if reading.collected {
                series.collected.push(series.values.len());
            }
            series.values.push(stats::lossless_bytes(value));
            series.clocks.push(reading.clock);
            series.at.push(at);
        }
        series
    }

    /// Returns the climb of what no collection has freed.
    ///
    /// What is held was no more than any later value, unless it was let go meanwhile. So right after a
    /// collection a value says what is held, and values before bound it. Without a collection
    /// values are taken for what they are after `patience` times [`rules::UNCOLLECTED_PATIENCE`].
    pub(super) fn held(&self, demand: Demand, patience: u32) -> Option<Climb> {
        let Self { values, clocks, collected, .. } = self;
        let Some(&last) = collected.last() else { return self.uncollected(0, demand, patience) };
        let bounds = climb::floors(values);
        let pick = |from: &[f64]| -> Vec<f64> { collected.iter().map(|&at| from[at]).collect() };
        let at: Vec<Clock> = collected.iter().map(|&at| clocks[at]).collect();
        let found = (collected.len() >= rules::COLLECTED_READINGS)
            .then(|| climb::climb(&pick(&bounds), &pick(values), &at, demand))
            .flatten()
            .map(|climb| Climb { start: collected[climb.start], ..climb })
            .or_else(|| climb::climb(&bounds[..=last], &values[..=last], &clocks[..=last], demand))
            .filter(|climb| climb.net >= rules::NATIVE_NOISE * climb::noise(values))
            .filter(|climb| !self.has_stopped(climb, last));
        found.or_else(|| self.uncollected(last, demand, patience))
    }

    /// Whether the values after `last` are too low for the climb to go on: garbage only adds to them.
    fn has_stopped(&self, climb: &Climb, last: usize) -> bool {
        let now = self.values.len() - 1;
        let intervals = self.rounds_since(last);
        let usual = climb.net / f64::from(climb.intervals.max(1)) * f64::from(intervals);
        intervals >= rules::READINGS_TO_COLLECT
            && self.values[now] - self.values[last] < rules::MIN_LAST_RISE * usual
    }

    fn uncollected(&self, from: usize, demand: Demand, patience: u32) -> Option<Climb> {
        let intervals = patience.saturating_mul(rules::UNCOLLECTED_PATIENCE).max(demand.intervals);
        let (values, clocks) = (self.values.get(from..)?, &self.clocks[from..]);
        let climb = climb::climb(values, values, clocks, demand.over(intervals))?;
        Some(Climb { start: from + climb.start, ..climb })
    }

    /// Rounds from the value at `from` to the last.
    fn rounds_since(&self, from: usize) -> u32 {
        let round = |at: usize| self.clocks.get(at).map_or(0, |clock| clock.round);
        round(self.values.len().saturating_sub(1)).saturating_sub(round(from))
    }

    /// Whether it is higher than in the beginning, and was so in the reading before.
    pub(super) fn has_risen(&self, demand: Demand) -> bool {
        let [first, .., before, last] = self.values[..] else { return false };
        demand.is_met(before.min(last) - first, first)
    }

    /// Whether it has risen since the last collection by more than what is known to be garbage.
    pub(super) fn is_open(&self, demand: Demand) -> bool {
        let from = self.collected.last().copied().unwrap_or(0);
        let [.., before, last] = self.values[..] else { return false };
        let first = self.values[from];
        let rise = before.min(last) - first;
        let freed = self.frees().into_iter().map(|(_, freed)| freed).fold(0.0, f64::max);
        self.rounds_since(from) >= rules::READINGS_TO_COLLECT
            && demand.is_met(rise, first)
            && rise > rules::GARBAGE_FACTOR * freed
    }

    /// Returns where the collection before the one that has freed most of late was, and how much
    /// that has freed, if it was most of what had come and at least what `demand` says.
    pub(super) fn garbage(&self, demand: Demand) -> Option<(usize, f64)> {
        let of_late = self
            .frees()
            .into_iter()
            .filter(|&(at, _)| self.rounds_since(at) <= rules::WAITING_ROUNDS);
        let (at, freed) = of_late.max_by(|a, b| a.1.total_cmp(&b.1))?;
        let before = self.collected.iter().copied().rfind(|&before| before < at).unwrap_or(0);
        demand.is_met(freed, self.values[at]).then_some((before, freed))
    }

    /// Returns how much each collection has freed, if it was most of what had come.
    fn frees(&self) -> Vec<(usize, f64)> {
        let mut frees = Vec::new();
        let mut before = 0;
        for &at in &self.collected {
            // With a collection in each interval, the difference is not what they free.
            if at > before + 1 {
                let peak = self.values[before..at].iter().copied().fold(f64::MIN, f64::max);
                let freed = peak - self.values[at];
                if freed > 0.0 && freed >= rules::GARBAGE_SHARE * (peak - self.values[before]) {
                    frees.push((at, freed));
                }
            }
            before = at;
        }
        frees
    }
}
