//! Growth outside the JavaScript heap.
//!
//! Snapshots show JavaScript objects and the memory that hangs on them. When the process grows and
//! they do not, the memory is elsewhere, and the account of the process's memory says where. What to
//! do differs with that, so the kinds are told apart.
//!
//! Memory that belongs to JavaScript objects is freed when V8 collects them, and V8 does not know
//! of all of it. Whether such memory is held is only known right after a major collection.

mod pool;
mod reading;

use self::pool::{Pool, Series};
pub use self::reading::{Figures, Reading, Readings};
use super::{
    Sensitivity,
    climb::{self, Climb, Demand},
    rules, stats,
};
use crate::report::{Counted, NativeKind};

/// What was found outside the heap.
#[derive(Clone, Debug, PartialEq)]
pub struct NativeFinding {
    /// Of what kind it is.
    pub kind: NativeKind,
    /// Whether it grows without an end in sight; otherwise it explains where memory is.
    pub is_growth: bool,
    /// The kind of memory that waits for a collection; else the same as `kind`.
    pub memory: NativeKind,
    /// Its bytes since the climb started.
    pub bytes: Vec<u64>,
    /// How many there were of those that are counted.
    pub counts: Option<Vec<u32>>,
    /// Readings in which it grew.
    pub checks: u32,
    /// Growth per millisecond.
    pub bytes_per_ms: f64,
    /// What has grown by how much, most first: a number, or bytes of files.
    pub culprits: Vec<(String, u64)>,
    /// Major collections in that time.
    pub collections: u32,
    /// What the allocator's memory in use has grown by in that time, where that is known.
    pub used_growth: Option<i64>,
}

impl NativeFinding {
    /// Returns by how many bytes it has grown.
    fn net(&self) -> u64 {
        self.bytes.first().zip(self.bytes.last()).map_or(0, |(a, b)| b.saturating_sub(*a))
    }
}

/// The judgement of all readings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// The worst of what was found.
    pub finding: Option<NativeFinding>,
    /// Whether something grows so far: it is too soon to call the process healthy.
    pub rises: bool,
    /// Whether a major collection would say whether something grows.
    pub needs_collection: bool,
}

/// At most so many culprits are named.
const CULPRITS: usize = 5;

/// Judges `readings`.
pub fn judge_memory(readings: &Readings, sensitivity: &Sensitivity) -> Judged {
    let judge =
        Judge { readings: readings.all(), patience: Patience::of(sensitivity, readings.all()) };
    let mut judged = Judged::default();
    let mut found: Vec<NativeFinding> = Vec::new();
    let mut waiting = None;
    for pool in Pool::ALL {
        let series = pool.series(judge.readings);
        let demand = pool.demand();
        let climbs = judge.weigh(demand, |demand| series.held(demand, judge.patience.short));
        let is_open = series.is_open(demand);
        judged.needs_collection |= is_open;
        let is_young = readings.rounds() <= judge.patience.full + rules::READINGS_TO_COLLECT;
        judged.rises |=
            is_open || matches!(climbs, Weighed::Rises) || is_young && series.has_risen(demand);
        if let Weighed::Grows(climb) = climbs {
            found.push(judge.of_pool(pool, &series, &climb));
        } else if let Some(garbage) = judge.garbage(pool, &series) {
            let is_more =
                |best: &NativeFinding| garbage.bytes.iter().max() > best.bytes.iter().max();
            if waiting.as_ref().is_none_or(is_more) {
                waiting = Some(garbage);
            }
        }
    }
    for weigh in [Judge::fragmentation, Judge::files, Judge::threads, Judge::handles] {
        let (weighed, finding) = weigh(&judge);
        judged.rises |= matches!(weighed, Weighed::Rises);
        found.extend(finding);
    }
    judged.finding = worst(found)
        .or(waiting)
        .or_else(|| {
            judge.kept(NativeKind::Fragmentation, rules::MUCH_KEPT, |it| Some((it.kept?, it.used?)))
        })
        .or_else(|| {
            judge.kept(NativeKind::HeapFree, rules::MUCH_FREE_HEAP, |it| {
                Some((it.heap.1, it.heap.0))
            })
        });
    judged
}

/// Returns how many readings in a row must show `found` before it is told: what a busy time leaves
/// behind looks like a growth for a few of them.
pub fn readings_to_confirm(
    found: &NativeFinding,
    readings: &Readings,
    sensitivity: &Sensitivity,
) -> u32 {
    let readings = readings.all();
    let judge = Judge { readings, patience: Patience::of(sensitivity, readings) };
    let is_hurried = judge.patience.full == judge.patience.short
        || judge.is_urgent(stats::lossless_bytes(found.net()));
    if is_hurried { 1 } else { rules::NATIVE_CONFIRMED }
}

/// Returns the worst growth. Threads and handles bring memory of other kinds with them, and say where
/// it is from.
fn worst(found: Vec<NativeFinding>) -> Option<NativeFinding> {
    let others = found.iter().filter(|finding| finding.kind != NativeKind::Handles);
    let most = others.map(NativeFinding::net).max().unwrap_or(0);
    let rank = |finding: &NativeFinding| match (finding.kind, &finding.counts) {
        (NativeKind::Threads, _) => 2,
        (NativeKind::Handles, Some(counts)) => {
            let added = counts
                .last()
                .zip(counts.first())
                .map_or(0, |(last, first)| last.saturating_sub(*first));
            let each = stats::lossless_bytes(most) / f64::from(added.max(1));
            if each <= rules::BYTES_PER_HANDLE { 1 } else { -1 }
        }
        _ => 0,
    };
    found.into_iter().max_by_key(|finding| (rank(finding), finding.net()))
}

/// For how many intervals growth is watched.
#[derive(Clone, Copy)]
struct Patience {
    short: u32,
    full: u32,
}

impl Patience {
    fn of(sensitivity: &Sensitivity, readings: &[Reading]) -> Self {
        // Whoever asks for readings decides how far apart they are.
        let are_asked_for = readings.iter().skip(1).all(|reading| reading.clock.asked);
        let is_patient = sensitivity.is_patient && sensitivity.round_ms.is_some() && !are_asked_for;
        let times = |times: u32| sensitivity.min_checks.saturating_mul(times);
        let short = times(rules::NATIVE_PATIENCE);
        Self { short, full: if is_patient { times(rules::PATIENCE) } else { short } }
    }
}

enum Weighed {
    Stays,
    /// Grows so far.
    Rises,
    Grows(Climb),
}

struct Judge<'a> {
    readings: &'a [Reading],
    patience: Patience,
}

impl Judge<'_> {
    /// Weighs a series whose climbs `find` returns. Growth is waited for as long as memory lasts.
    fn weigh(&self, demand: Demand, find: impl Fn(Demand) -> Option<Climb>) -> Weighed {
        let Patience { short, full } = self.patience;
        if let Some(climb) = find(demand.over(full)) {
            return Weighed::Grows(climb);
        }
        match find(demand.over(short)) {
            Some(climb) if self.is_urgent(climb.net) => Weighed::Grows(climb),
            Some(_) => Weighed::Rises,
            None => Weighed::Stays,
        }
    }

    /// Whether the control group has no room for many times `net`.
    fn is_urgent(&self, net: f64) -> bool {
        let group = || self.readings.last()?.account.as_ref()?.group;
        group()
            .and_then(|group| Some(group.limit_bytes?.saturating_sub(group.working_set_bytes)))
            .is_some_and(|left| stats::lossless_bytes(left) < rules::URGENT_SHARE * net)
    }

    fn series(&self, value: impl Fn(&Figures) -> Option<u64>) -> Series {
        Series::of(self.readings, |reading| value(reading.account.as_ref()?))
    }

    /// Weighs a series that collections have no part in.
    fn weigh_plain(&self, series: &Series, demand: Demand) -> Weighed {
        self.weigh(demand, |demand| {
            climb::climb(&series.values, &series.values, &series.clocks, demand)
        })
    }

    fn of_pool(&self, pool: Pool, series: &Series, climb: &Climb) -> NativeFinding {
        self.finding(pool.kind(), series, climb, series)
    }

    /// Returns the finding of what climbs in `series`, whose bytes are those of `bytes`.
    fn finding(
        &self,
        kind: NativeKind,
        series: &Series,
        climb: &Climb,
        bytes: &Series,
    ) -> NativeFinding {
        let from = series.at[climb.start];
        let first = bytes.at.iter().position(|&at| at >= from).unwrap_or(0);
        let values: Vec<u64> =
            bytes.values[first..].iter().map(|&value| stats::whole(value)).collect();
        let since = &self.readings[from..];
        let used = |reading: Option<&Reading>| reading?.account.as_ref()?.used;
        NativeFinding {
            kind,
            is_growth: true,
            memory: kind,
            bytes: values,
            counts: None,
            checks: climb.rises,
            bytes_per_ms: if std::ptr::eq(series, bytes) {
                climb.per_ms
            } else {
                stats::slope(&bytes.values[first..], |at| bytes.clocks[first + at].epoch_ms)
            },
            culprits: Vec::new(),
            collections: stats::count(since.iter().filter(|reading| reading.collected).count()),
            used_growth: used(since.first())
                .zip(used(since.last()))
                .map(|(first, last)| last.cast_signed() - first.cast_signed()),
        }
    }

    /// Memory that was freed by collections, as far as it was garbage.
    fn garbage(&self, pool: Pool, series: &Series) -> Option<NativeFinding> {
        let (first, freed) = series.garbage(pool.demand())?;
        let resident = self.readings.last()?.memory.rss_bytes;
        if freed < rules::WAITING_SHARE * stats::lossless_bytes(resident) {
            return None;
        }
        let climb = Climb { start: first, net: 0.0, intervals: 0, rises: 0, per_ms: 0.0 };
        let finding = self.finding(NativeKind::Waiting, series, &climb, series);
        Some(NativeFinding { is_growth: false, memory: pool.kind(), ..finding })
    }

    /// Memory that an allocator or V8 keeps, where `figures` returns that and what is in use.
    fn kept(
        &self,
        kind: NativeKind,
        (least, share): (u64, f64),
        figures: impl Fn(&Figures) -> Option<(u64, u64)>,
    ) -> Option<NativeFinding> {
        let is_much = |reading: &Reading| {
            let (kept, used) = reading.account.as_ref().and_then(&figures)?;
            (kept >= least && stats::lossless_bytes(kept) >= share * stats::lossless_bytes(used))
                .then_some(kept)
        };
        let first = self.readings.len().checked_sub(rules::KEPT_READINGS)?;
        self.readings[first..].iter().map(is_much).collect::<Option<Vec<u64>>>()?;
        let series = self.series(|account| Some(figures(account)?.0));
        let start = self
            .readings
            .iter()
            .rposition(|reading| is_much(reading).is_none())
            .map_or(0, |at| at + 1);
        let start = series.at.iter().position(|&at| at >= start)?;
        let climb = Climb { start, net: 0.0, intervals: 0, rises: 0, per_ms: 0.0 };
        Some(NativeFinding { is_growth: false, ..self.finding(kind, &series, &climb, &series) })
    }

    fn fragmentation(&self) -> (Weighed, Option<NativeFinding>) {
        let series = self.series(|account| account.kept);
        let demand = Demand { intervals: 0, least: rules::RESIDENT_GROWTH };
        let weighed = self.weigh_plain(&series, demand);
        let Weighed::Grows(climb) = &weighed else { return (weighed, None) };
        let finding = self.finding(NativeKind::Fragmentation, &series, climb, &series);
        // What grows with the memory in use is its waste.
        #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
        let grows_with = finding.used_growth.is_some_and(|used| used as f64 >= climb.net);
        (weighed, (!grows_with).then_some(finding))
    }

    fn files(&self) -> (Weighed, Option<NativeFinding>) {
        let bytes = self.series(|account| Some(account.files));
        let number = self.series(|account| Some(u64::from(mappings(account))));
        let demand = |least| Demand { intervals: 0, least };
        let weighed = self.weigh(demand(rules::RESIDENT_GROWTH), |demand| {
            let climb = climb::climb(&bytes.values, &bytes.values, &bytes.clocks, demand)?;
            self.maps_more(bytes.at[climb.start], climb.net).then_some(climb)
        });
        let numbers = self.weigh_plain(&number, demand(rules::MAPPINGS_GROWTH));
        let finding = match (&weighed, &numbers) {
            (Weighed::Grows(climb), _) => {
                self.finding(NativeKind::MappedFiles, &bytes, climb, &bytes)
            }
            (_, Weighed::Grows(climb)) => {
                self.finding(NativeKind::MappedFiles, &number, climb, &bytes)
            }
            (Weighed::Rises, _) => return (weighed, None),
            _ => return (numbers, None),
        };
        let first = self.readings.len() - finding.bytes.len();
        let file = |reading: &Reading| -> Vec<(String, u64)> {
            let account = reading.account.as_ref();
            account.map_or_else(Vec::new, |account| {
                account.mapped.iter().map(|file| (file.file.clone(), file.mapped_bytes)).collect()
            })
        };
        let counts = Some(counts_of(&number, first));
        (weighed, Some(NativeFinding { counts, culprits: self.culprits(first, file), ..finding }))
    }

    /// Whether mappings have grown with the `net` bytes that files take since the reading `from`. A
    /// big file that is read piece by piece becomes resident, and no more is mapped.
    fn maps_more(&self, from: usize, net: f64) -> bool {
        let account =
            |reading: Option<&Reading>| reading.and_then(|reading| reading.account.clone());
        let Some((first, last)) =
            account(self.readings.get(from)).zip(account(self.readings.last()))
        else {
            return false;
        };
        let mapped = |account: &Figures| {
            account.mapped.iter().map(|file| file.mapped_bytes).sum::<u64>() + account.shared
        };
        let grown = mapped(&last).saturating_sub(mapped(&first));
        // Only the biggest files are listed.
        stats::lossless_bytes(grown) >= net / 2.0 || mappings(&last) > mappings(&first)
    }

    fn threads(&self) -> (Weighed, Option<NativeFinding>) {
        let stacks = self.series(|account| Some(account.stacks));
        let demand = Demand { intervals: 0, least: rules::THREADS_GROWTH };
        self.counted(NativeKind::Threads, demand, &stacks, |account| &account.threads)
    }

    fn handles(&self) -> (Weighed, Option<NativeFinding>) {
        let resident = Series::of(self.readings, |reading| Some(reading.memory.rss_bytes));
        let demand = Demand { intervals: 0, least: rules::HANDLES_GROWTH };
        let long = Self {
            readings: self.readings,
            patience: Patience {
                short: self.patience.short * rules::HANDLES_PATIENCE,
                full: self.patience.full * rules::HANDLES_PATIENCE,
            },
        };
        long.counted(NativeKind::Handles, demand, &resident, |account| &account.handles)
    }

    fn counted(
        &self,
        kind: NativeKind,
        demand: Demand,
        bytes: &Series,
        list: fn(&Figures) -> &Vec<Counted>,
    ) -> (Weighed, Option<NativeFinding>) {
        let number =
            self.series(|account| Some(list(account).iter().map(|it| u64::from(it.count)).sum()));
        let weighed = self.weigh_plain(&number, demand);
        let Weighed::Grows(climb) = &weighed else { return (weighed, None) };
        let finding = self.finding(kind, &number, climb, bytes);
        let from = number.at[climb.start];
        let counts = Some(counts_of(&number, from));
        let names = |reading: &Reading| -> Vec<(String, u64)> {
            let account = reading.account.as_ref();
            account.map_or_else(Vec::new, |account| {
                list(account)
                    .iter()
                    .map(|it| (without_number(&it.name), u64::from(it.count)))
                    .collect()
            })
        };
        (weighed, Some(NativeFinding { counts, culprits: self.culprits(from, names), ..finding }))
    }

    /// Returns what has grown since the reading `from`, most first.
    fn culprits(
        &self,
        from: usize,
        figures: impl Fn(&Reading) -> Vec<(String, u64)>,
    ) -> Vec<(String, u64)> {
        let mut grown: Vec<(String, i64)> = Vec::new();
        let mut add =
            |name: String, by: i64| match grown.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum += by,
                None => grown.push((name, by)),
            };
        let (first, last) = (self.readings.get(from), self.readings.last());
        for (name, figure) in last.map(&figures).unwrap_or_default() {
            add(name, figure.cast_signed());
        }
        for (name, figure) in first.map(&figures).unwrap_or_default() {
            add(name, -figure.cast_signed());
        }
        let mut grown: Vec<(String, u64)> = grown
            .into_iter()
            .filter_map(|(name, by)| Some((name, u64::try_from(by).ok().filter(|&by| by > 0)?)))
            .collect();
        grown.sort_by_key(|(_, by)| std::cmp::Reverse(*by));
        grown.truncate(CULPRITS);
        grown
    }
}

/// Mappings of files that are no images.
fn mappings(account: &Figures) -> u32 {
    account.mapped.iter().map(|file| file.mappings).sum()
}

/// The numbers in `series` from the reading `from` on.
fn counts_of(series: &Series, from: usize) -> Vec<u32> {
    let since = series.at.iter().zip(&series.values).filter(|(at, _)| **at >= from);
    since.map(|(_, &value)| u32::try_from(stats::whole(value)).unwrap_or(u32::MAX)).collect()
}

/// Threads of one pool are numbered.
fn without_number(name: &str) -> String {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    name.trim_end_matches(['-', '_', '/', ':', '#', ' ']).to_owned()
}

#[cfg(test)]
mod tests;
