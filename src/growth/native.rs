//! Growth outside the JavaScript heap.
//!
//! Snapshots show JavaScript objects and the memory that hangs on them. When
//! the process grows and they do not, the memory is elsewhere: in a native
//! addon, in buffers that wait for a collection, in an allocator that does not
//! give back. There is no holder to name, but the counter says which it is.

use super::{Clock, Sensitivity, rules, stats, trend::Trend};
use crate::report::Memory;

/// A counter of the process's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Memory of `ArrayBuffer`s.
    ArrayBuffers,
    /// Memory of native objects bound to JavaScript objects, the former apart.
    External,
    /// Resident set size, without the former two and the most that the JavaScript
    /// heap has taken so far: garbage that waits for a collection is no native
    /// memory, and neither are pages that V8 keeps when it needs them no more.
    Resident,
}

impl Counter {
    /// From the one that says most to the one that says least.
    pub const ALL: [Self; 3] = [Self::ArrayBuffers, Self::External, Self::Resident];

    fn values(self, memory: &[Memory]) -> Vec<u64> {
        let mut most_heap = 0;
        let of = |memory: &Memory| match self {
            Self::ArrayBuffers => memory.array_buffers_bytes,
            Self::External => memory.external_bytes.saturating_sub(memory.array_buffers_bytes),
            Self::Resident => {
                most_heap = memory.heap_total_bytes.max(memory.heap_used_bytes).max(most_heap);
                memory.rss_bytes.saturating_sub(most_heap).saturating_sub(memory.external_bytes)
            }
        };
        memory.iter().map(of).collect()
    }

    /// The least growth that is reported, in bytes, and as a share of what there was.
    fn threshold(self) -> (u64, f64) {
        match self {
            Self::ArrayBuffers | Self::External => rules::NATIVE_GROWTH,
            Self::Resident => rules::RESIDENT_GROWTH,
        }
    }
}

/// A counter that grows.
#[derive(Clone, Debug, PartialEq)]
pub struct NativeGrowth {
    /// Which.
    pub counter: Counter,
    /// Its values since the climb started.
    pub values: Vec<u64>,
    /// Snapshots in which it grew.
    pub checks: u32,
    /// Growth per millisecond.
    pub bytes_per_ms: f64,
}

/// Finds the first counter that grows without an end in sight.
///
/// Counters are noisier than censuses, because nothing was collected before
/// they were read; they are asked for more patience, and judged up to the last
/// collection that was seen. Without one they are given far longer.
pub fn find_native(
    memory: &[Memory],
    clocks: &[Clock],
    sensitivity: &Sensitivity,
) -> Option<NativeGrowth> {
    let patience = patience(sensitivity);
    let uncollected = patience.saturating_mul(rules::UNCOLLECTED_PATIENCE);
    let collected = memory.iter().rposition(|memory| memory.collected).map_or(0, |at| at + 1);
    let found = find_within(&memory[..collected], &clocks[..collected], patience);
    found.or_else(|| find_within(memory, clocks, uncollected))
}

/// Whether a counter grows so far, garbage or not: it is too soon to call the process healthy.
pub fn native_rises(memory: &[Memory], clocks: &[Clock], sensitivity: &Sensitivity) -> bool {
    find_within(memory, clocks, patience(sensitivity)).is_some()
}

/// Intervals over which a counter is watched.
fn patience(sensitivity: &Sensitivity) -> u32 {
    sensitivity.min_checks.saturating_mul(rules::NATIVE_PATIENCE)
}

/// Finds the first counter that grows, where it went on for `patience` intervals.
fn find_within(memory: &[Memory], clocks: &[Clock], patience: u32) -> Option<NativeGrowth> {
    Counter::ALL.into_iter().find_map(|counter| {
        let values = counter.values(memory);
        #[expect(clippy::cast_precision_loss, reason = "sizes below 2^53")]
        let series: Vec<f64> = values.iter().map(|&value| value as f64).collect();
        let trend = Trend::of(&series, clocks);
        let (bytes, share) = counter.threshold();
        #[expect(clippy::cast_precision_loss, reason = "a threshold")]
        let least = f64::max(bytes as f64, share * series.get(trend.start)?);
        let is_leak = trend.intervals >= patience
            && trend.net >= least
            && trend.late_share >= rules::NATIVE_STEADINESS
            && trend.grows(*series.last()?);
        is_leak.then(|| NativeGrowth {
            counter,
            values: values[trend.start..].to_vec(),
            checks: trend.rises,
            bytes_per_ms: stats::slope(&series[trend.start..], |at| {
                clocks[trend.start + at].epoch_ms
            }),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn check(memory: impl Fn(u64) -> Memory, expected: Option<Counter>) {
        let memory: Vec<Memory> = (0..8).map(|i| Memory { collected: true, ..memory(i) }).collect();
        assert_eq!(found(&memory).map(|found| found.counter), expected);
    }

    fn found(memory: &[Memory]) -> Option<NativeGrowth> {
        let clocks = clocks_of(u32::try_from(memory.len()).expect("a few"));
        find_native(memory, &clocks, &Sensitivity::default())
    }

    fn clocks_of(rounds: u32) -> Vec<Clock> {
        let at = |round| Clock { epoch_ms: f64::from(round) * 60_000.0, round, ..Clock::default() };
        (0..rounds).map(at).collect()
    }

    /// Adds ten megabytes in each of `rounds`; V8 collected before those in `collected`.
    fn rising(rounds: u64, collected: &[u64]) -> Vec<Memory> {
        let round = |i| Memory {
            rss_bytes: 200 * MIB + 10 * MIB * i,
            collected: collected.contains(&i),
            ..Memory::default()
        };
        (0..rounds).map(round).collect()
    }

    #[test]
    fn what_no_collection_has_looked_at_is_waited_for() {
        let rises = native_rises(&rising(30, &[]), &clocks_of(30), &Sensitivity::default());
        assert!(rises, "nor is it called healthy");
        assert_eq!(found(&rising(30, &[])), None);
        assert_eq!(found(&rising(30, &[0, 1, 5])), None, "up to the last collection");
    }

    #[test]
    fn growth_across_collections_is_told_and_so_is_growth_that_none_looks_at_for_long() {
        assert_eq!(found(&rising(10, &[4, 8])).map(|found| found.values.len()), Some(9));
        assert_eq!(found(&rising(40, &[])).map(|found| found.values.len()), Some(40));
    }

    #[test]
    fn the_counter_that_says_most_is_named() {
        let buffers = |i| Memory {
            rss_bytes: 200 * MIB + 20 * MIB * i,
            external_bytes: 10 * MIB + 20 * MIB * i,
            array_buffers_bytes: 8 * MIB + 20 * MIB * i,
            heap_used_bytes: 50 * MIB,
            ..Memory::default()
        };
        check(buffers, Some(Counter::ArrayBuffers));
    }

    #[test]
    fn resident_memory_alone_is_told_as_such() {
        let resident = |i| Memory {
            rss_bytes: 200 * MIB + 30 * MIB * i,
            heap_used_bytes: 50 * MIB,
            ..Memory::default()
        };
        check(resident, Some(Counter::Resident));
    }

    #[test]
    fn memory_that_an_allocator_keeps_levels_off_and_is_not_reported() {
        // Half of the rest from each to the next.
        let kept = |i: u64| Memory {
            rss_bytes: 50 * MIB + 160 * MIB - ((160 * MIB) >> i),
            ..Memory::default()
        };
        check(kept, None);
    }

    #[test]
    fn a_heap_that_grows_is_no_native_growth() {
        let heap = |i| Memory {
            rss_bytes: 200 * MIB + 30 * MIB * i,
            heap_used_bytes: 50 * MIB + 30 * MIB * i,
            ..Memory::default()
        };
        check(heap, None);
    }

    #[test]
    fn what_the_heap_keeps_for_later_is_no_native_growth() {
        let garbage = |i| Memory {
            rss_bytes: 200 * MIB + 30 * MIB * i,
            heap_used_bytes: 50 * MIB,
            heap_total_bytes: 80 * MIB + 30 * MIB * i,
            ..Memory::default()
        };
        check(garbage, None);
    }

    #[test]
    fn pages_that_v8_keeps_when_its_heap_shrinks_are_no_native_growth() {
        let shrinking = |i| Memory {
            rss_bytes: 400 * MIB,
            heap_used_bytes: 50 * MIB,
            heap_total_bytes: 300 * MIB - 30 * MIB * i,
            ..Memory::default()
        };
        check(shrinking, None);
    }

    #[test]
    fn buffers_that_v8_has_had_no_reason_to_collect_are_not_reported() {
        let waiting = |i| Memory {
            array_buffers_bytes: 6 * MIB + 2 * MIB * i,
            external_bytes: 8 * MIB + 2 * MIB * i,
            ..Memory::default()
        };
        check(waiting, None);
    }

    #[test]
    fn buffers_that_wait_for_a_collection_go_up_and_down() {
        let waiting = |i: u64| Memory {
            array_buffers_bytes: 10 * MIB + 8 * MIB * (i % 3),
            external_bytes: 12 * MIB + 8 * MIB * (i % 3),
            ..Memory::default()
        };
        check(waiting, None);
    }
}
