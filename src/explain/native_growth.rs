//! The report on growth outside the JavaScript heap.

use super::text;
use crate::{
    growth::{Counter, NativeGrowth},
    report::{NativeCounter, NativeGrowthReport},
};

/// The report on `growth`.
pub(crate) fn report(growth: &NativeGrowth) -> NativeGrowthReport {
    let (counter, name, advice) = match growth.counter {
        Counter::ArrayBuffers => (
            NativeCounter::ArrayBuffers,
            "memory of ArrayBuffers",
            "Buffers that no JavaScript object holds any more wait for a garbage collection, or a native addon \
             holds them. Look for code that allocates large Buffers faster than the collector runs, and for \
             addons that keep what they are given.",
        ),
        Counter::External => (
            NativeCounter::External,
            "external memory of native objects",
            "Native objects behind JavaScript ones grow: streams of zlib or crypto, database handles, images. \
             Close or destroy each when it is done with; look at native addons.",
        ),
        Counter::Resident => (
            NativeCounter::Resident,
            "resident memory outside the JavaScript heap",
            "The process grows while its heap does not. The usual causes are fragmentation in the allocator \
             (try MALLOC_ARENA_MAX=2 or jemalloc), a native addon that leaks, or many threads. Heap snapshots \
             cannot show more of it.",
        ),
    };
    let per_hour = growth.bytes_per_ms * 3_600_000.0;
    NativeGrowthReport {
        counter,
        title: format!("{name} grows, the JavaScript heap does not: {}/h", text::bytes(per_hour)),
        bytes: growth.values.clone(),
        checks: growth.checks,
        bytes_per_hour: per_hour,
        advice: advice.to_owned(),
    }
}
