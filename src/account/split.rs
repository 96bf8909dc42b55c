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
    let free = match (figures.mapped, figures.free, figures.used) {
        // What is not resident of arenas is free: a piece is written when it is handed out.
        (Some(_), Some(free), _) => {
            let untouched = claimed.arenas_bytes.saturating_sub(of(Owner::Arena));
            Some(free.saturating_sub(untouched).min(held))
        }
        (None, _, Some(used)) => Some(held.saturating_sub(used)),
        _ => None,
    };
    let mut in_use = held - free.unwrap_or(0);
    let mut take = |wanted: u64| {
        let taken = wanted.min(in_use);
        in_use -= taken;
        taken
    };
    let not_filled = claimed.chunks_bytes.saturating_sub(of(Owner::Chunk));
    parts.array_buffers_bytes = take(counted.array_buffers_bytes.saturating_sub(not_filled));
    parts.external_bytes = mapped + take(other - mapped);
    parts.allocator_free_bytes = free;
    parts.allocated_bytes = figures.held.map(|_| in_use);
    parts.unattributed_bytes += all - held + if figures.held.is_some() { 0 } else { in_use };
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    /// Divides 10 MB of arenas, 7 of them resident, and 100 MB of chunks, 40 of them resident.
    fn split(figures: Figures, array_buffers: u64, other: u64) -> MemoryParts {
        let mut claimed = Claimed::default();
        (claimed.arenas_bytes, claimed.chunks_bytes) = (10 * MB, 100 * MB);
        for (owner, bytes) in [(Owner::Arena, 7), (Owner::Chunk, 40), (Owner::Unknown, 3)] {
            claimed.add(owner, bytes * MB);
        }
        let counted =
            ExternalMemory { array_buffers_bytes: array_buffers * MB, other_bytes: other * MB };
        let mut parts = MemoryParts::default();
        add(&mut parts, &claimed, figures, counted, 0);
        parts
    }

    fn glibc(free: u64) -> Figures {
        let (free, mapped) = (Some(free * MB), Some(100 * MB));
        Figures { used: Some(105 * MB), free, mapped, held: Some(47 * MB), arenas: None }
    }

    #[test]
    fn buffers_that_were_never_written_are_not_resident() {
        let parts = split(glibc(5), 90, 1);
        // 60 MB of chunks were not touched, and 3 MB of arenas, which are free.
        assert_eq!(parts.array_buffers_bytes, 30 * MB);
        assert_eq!(parts.external_bytes, MB);
        assert_eq!(parts.allocator_free_bytes, Some(2 * MB));
        assert_eq!(parts.allocated_bytes, Some(14 * MB));
        assert_eq!(parts.unattributed_bytes, 3 * MB);
    }

    #[test]
    fn nobody_has_more_than_there_is() {
        let parts = split(glibc(50), 900, 900);
        assert_eq!(parts.allocator_free_bytes, Some(47 * MB));
        assert_eq!((parts.array_buffers_bytes, parts.allocated_bytes), (0, Some(0)));
    }

    #[test]
    fn other_allocators_have_what_nobody_claims() {
        let figures = Figures { used: Some(30 * MB), held: Some(48 * MB), ..Figures::default() };
        let parts = split(figures, 0, 2);
        assert_eq!(parts.allocator_free_bytes, Some(18 * MB));
        assert_eq!((parts.external_bytes, parts.allocated_bytes), (2 * MB, Some(28 * MB)));
        assert_eq!(parts.unattributed_bytes, 2 * MB);
    }

    #[test]
    fn what_an_allocator_does_not_tell_is_not_attributed() {
        let parts = split(Figures::default(), 4, 1);
        assert_eq!((parts.allocated_bytes, parts.allocator_free_bytes), (None, None));
        assert_eq!(parts.external_bytes, MB);
        assert_eq!(parts.array_buffers_bytes + parts.unattributed_bytes, 49 * MB);
    }
}
