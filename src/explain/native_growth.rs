//! The report on growth outside the JavaScript heap.

use super::text;
use crate::{
    growth::{Counter, NativeGrowth},
    report::{NativeCounter, NativeGrowthReport, NativeKind},
};

/// Returns the report on `growth`.
pub(crate) fn report(growth: &NativeGrowth) -> NativeGrowthReport {
    let (counter, name, advice) = match growth.counter {
        Counter::ArrayBuffers => (
            NativeCounter::ArrayBuffers,
            "ArrayBuffer memory",
            "Buffers that no JavaScript object holds any more are waiting for a garbage collection, or a \
             native addon holds them. Look for code that allocates large Buffers faster than they are \
             collected, and for addons that keep the buffers they are given.",
        ),
        Counter::External => (
            NativeCounter::External,
            "External memory of native objects",
            "The native objects behind JavaScript objects grow: zlib or crypto streams, database handles, \
             images. Close or destroy each one when you are done with it, and check native addons.",
        ),
        Counter::Resident => (
            NativeCounter::Resident,
            "Resident memory outside the JavaScript heap",
            "The process grows while its heap does not. The usual causes are allocator fragmentation (try \
             MALLOC_ARENA_MAX=2 or jemalloc), a leaking native addon, or many threads. Heap snapshots \
             cannot show more about it.",
        ),
    };
    let per_hour = growth.bytes_per_ms * 3_600_000.0;
    NativeGrowthReport {
        kind: match growth.counter {
            Counter::ArrayBuffers => NativeKind::ArrayBuffers,
            Counter::External => NativeKind::External,
            Counter::Resident => NativeKind::Resident,
        },
        is_growth: true,
        counter,
        title: format!("{name} grows, the JavaScript heap does not: {}/h", text::bytes(per_hour)),
        bytes: growth.values.clone(),
        counts: None,
        culprits: Vec::new(),
        evidence: Vec::new(),
        stacks: Vec::new(),
        checks: growth.checks,
        bytes_per_hour: per_hour,
        advice: advice.to_owned(),
    }
}
