//! Divides the allocator's memory by what Node counts.

use super::{
    allocator::Figures,
    claims::{Claimed, Owner},
};
use crate::report::{ExternalMemory, MemoryParts};

/// Adds to `parts` what was found in anonymous memory.
///
/// Node counts what it has asked for, and a page of it becomes resident when it is first written.
/// The pages that are missing are missing in large pieces: those of `Buffer.alloc` come from the
/// system as zeros, and are not touched before they are filled.
pub(super) fn add(
    parts: &mut MemoryParts,
    claimed: &Claimed,
    figures: Figures,
    counted: ExternalMemory,
    columns: u64,
) {
    let of = |owner| claimed.resident(owner);
    let other = counted.other_bytes.saturating_sub(claimed.wasm_bytes);
    let mapped = of(Owner::OfV8).min(other);
    parts.heap_bytes = of(Owner::Heap) + of(Owner::OfV8) - mapped;
    parts.wasm_bytes = of(Owner::Wasm);
    parts.stacks_bytes = of(Owner::Stack);
    parts.images_bytes += of(Owner::Image);
    parts.seep_bytes = of(Owner::Unknown).min(columns);

    let marked = of(Owner::Arena) + of(Owner::Chunk);
    let all = marked + of(Owner::Unknown) - parts.seep_bytes;
    let held = figures.held.unwrap_or(all).min(all);
    // What is not resident of arenas is free: a piece is written when it is handed out.
    let untouched =
        if figures.mapped.is_some() { claimed.arenas_bytes - of(Owner::Arena) } else { 0 };
    let free = figures.free.map(|free| free.saturating_sub(untouched).min(held));
    let mut in_use = held - free.unwrap_or(0);
    let mut take = |wanted: u64| {
        let taken = wanted.min(in_use);
        in_use -= taken;
        taken
    };
    let not_filled = claimed.chunks_bytes - of(Owner::Chunk);
    parts.array_buffers_bytes = take(counted.array_buffers_bytes.saturating_sub(not_filled));
    parts.external_bytes = mapped + take(other - mapped);
    parts.allocator_free_bytes = free;
    parts.allocated_bytes = figures.held.map(|_| in_use);
    parts.unattributed_bytes += all - held + if figures.held.is_some() { 0 } else { in_use };
}
