//! When memory runs out.

use super::{
    Clock, Reading,
    climb::{self, Demand},
    rules, stats,
};
use crate::report::{Exhaustion, GroupMemory, LimitKind};

/// Returns the limit that is reached first at the present rate; where nothing grows, the one that
/// is closest.
///
/// Toward the limit of a control group counts its working set. The kernel kills when it can free no
/// more, which is a little later: it can also drop file pages that were used of late. But that is
/// what Kubernetes evicts by and shows, and which of these pages can be dropped is not known.
/// Toward V8's limit counts what a collection has left.
pub fn exhaustion(readings: &[Reading]) -> Option<Exhaustion> {
    let candidates = [group(readings), heap(readings)];
    candidates.into_iter().flatten().min_by(|a, b| {
        let left = |it: &Exhaustion| it.left_ms.unwrap_or(f64::INFINITY);
        let room = |it: &Exhaustion| {
            1.0 - stats::lossless_bytes(it.used_bytes)
                / stats::lossless_bytes(it.limit_bytes.max(1))
        };
        left(a).total_cmp(&left(b)).then(room(a).total_cmp(&room(b)))
    })
}

fn group(readings: &[Reading]) -> Option<Exhaustion> {
    let group = |reading: &Reading| reading.account.as_ref()?.group;
    let now = group(readings.last()?)?;
    let limit = now.limit_bytes?;
    let of = |figure: &dyn Fn(&Reading, GroupMemory) -> Option<u64>| {
        rate(readings, |reading| figure(reading, group(reading)?))
    };
    // Garbage is no growth.
    let mut rate = of(&|reading, group| {
        let garbage = reading.memory.heap_used_bytes.saturating_sub(reading.memory.floor_bytes);
        Some(group.working_set_bytes.saturating_sub(garbage))
    });
    if now.anonymous_bytes.is_some() {
        let kept = of(&|_, group| Some(group.anonymous_bytes? + group.kernel_bytes.unwrap_or(0)));
        if kept < rules::UNDROPPABLE_SHARE * rate {
            rate = 0.0;
        }
    }
    Some(of_limit(LimitKind::Group, limit, now.working_set_bytes, rate))
}

fn heap(readings: &[Reading]) -> Option<Exhaustion> {
    let now = readings.last()?.memory;
    let rate = rate(readings, |reading| Some(reading.memory.floor_bytes));
    Some(of_limit(LimitKind::Heap, now.heap_limit_bytes?, now.floor_bytes, rate))
}

fn of_limit(limit: LimitKind, limit_bytes: u64, used_bytes: u64, bytes_per_ms: f64) -> Exhaustion {
    let left = stats::lossless_bytes(limit_bytes.saturating_sub(used_bytes));
    Exhaustion {
        limit,
        limit_bytes,
        used_bytes,
        bytes_per_hour: bytes_per_ms * 3_600_000.0,
        left_ms: (bytes_per_ms > 0.0).then(|| left / bytes_per_ms),
    }
}

/// Returns the growth of `figure` per millisecond; 0 if it is not known to grow.
fn rate(readings: &[Reading], figure: impl Fn(&Reading) -> Option<u64>) -> f64 {
    let known: Vec<(f64, Clock)> = readings
        .iter()
        .filter_map(|reading| Some((stats::lossless_bytes(figure(reading)?), reading.clock)))
        .collect();
    let (values, clocks): (Vec<f64>, Vec<Clock>) = known.into_iter().unzip();
    let demand = Demand { intervals: rules::EXHAUSTION_INTERVALS, least: rules::EXHAUSTING_GROWTH };
    climb::climb(&values, &values, &clocks, demand).map_or(0.0, |climb| climb.per_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{growth::native::Figures, report::Memory};

    const MIB: u64 = 1 << 20;

    /// A minute apart, the working set and what of it is anonymous, in MiB.
    fn check(group: impl Fn(u64) -> (u64, u64), floor: impl Fn(u64) -> u64) -> Exhaustion {
        let readings: Vec<Reading> = (0..24_u32)
            .map(|round| {
                let (working, anonymous) = group(u64::from(round));
                let group = GroupMemory {
                    limit_bytes: Some(2000 * MIB),
                    working_set_bytes: working * MIB,
                    anonymous_bytes: Some(anonymous * MIB),
                    ..GroupMemory::default()
                };
                let memory = Memory {
                    floor_bytes: floor(u64::from(round)) * MIB,
                    heap_limit_bytes: Some(1000 * MIB),
                    ..Memory::default()
                };
                let clock =
                    Clock { epoch_ms: f64::from(round) * 60_000.0, round, ..Clock::default() };
                let account = Some(Figures { group: Some(group), ..Figures::default() });
                Reading { clock, memory, account, ..Reading::default() }
            })
            .collect();
        exhaustion(&readings).expect("limits are known")
    }

    #[test]
    fn the_limit_that_is_reached_first_is_told_with_the_time_that_is_left() {
        let found = check(|at| (1000 + 10 * at, 900 + 10 * at), |at| 100 + 2 * at);
        assert_eq!((found.limit, found.used_bytes), (LimitKind::Group, 1230 * MIB));
        let left_min = found.left_ms.expect("it grows") / 60_000.0;
        assert!((76.0..78.0).contains(&left_min), "{left_min}");
        let found = check(|_| (1000, 900), |at| 500 + 10 * at);
        assert_eq!(found.limit, LimitKind::Heap);
        assert!(found.left_ms.is_some_and(|ms| (26.0..28.0).contains(&(ms / 60_000.0))));
    }

    #[test]
    fn noise_plateaus_and_file_pages_exhaust_nothing() {
        let noise = check(|at| (1000 + 37 * at % 50, 900), |_| 100);
        assert_eq!((noise.left_ms, noise.limit), (None, LimitKind::Group));
        assert_eq!(check(|at| (1000 + if at > 12 { 300 } else { 0 }, 900), |_| 100).left_ms, None);
        assert_eq!(check(|at| (1000 + 20 * at, 900), |_| 100).left_ms, None, "a log that is read");
        assert_eq!(
            check(|at| (1000 + 20 * at.min(12), 900 + 20 * at.min(12)), |_| 700).limit,
            LimitKind::Heap
        );
    }
}
