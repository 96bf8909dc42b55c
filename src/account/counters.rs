//! The account where the system does not show which pages are resident: what Node counts.

use super::group;
use crate::report::{
    Allocator, ExternalMemory, LoopFigures, Memory, MemoryAccount, MemoryParts, now_iso,
};

/// Returns what is known without looking at pages. All that Node does not count is unattributed.
pub(super) fn account(now: &Memory, figures: LoopFigures) -> MemoryAccount {
    let mut left = now.rss_bytes;
    let mut take = |wanted: u64| {
        let taken = wanted.min(left);
        left -= taken;
        taken
    };
    let external = ExternalMemory::of(now);
    let parts = MemoryParts {
        heap_bytes: take(now.heap_total_bytes),
        array_buffers_bytes: take(external.array_buffers_bytes),
        external_bytes: take(external.other_bytes),
        ..MemoryParts::default()
    };
    let why = "the system does not show which pages are resident".to_owned();
    MemoryAccount {
        rss_bytes: now.rss_bytes,
        parts: MemoryParts { unattributed_bytes: left, ..parts },
        external,
        spaces: figures.spaces,
        handles: figures.handles,
        allocator: Allocator { why: Some(why), ..Allocator::default() },
        group: group::memory(),
        ..MemoryAccount::new(now_iso())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_never_exceeds_what_is_resident() {
        let parts_of = |rss_bytes| {
            let (heap_total_bytes, external_bytes, array_buffers_bytes) = (30, 50, 40);
            let now = Memory {
                rss_bytes,
                heap_total_bytes,
                external_bytes,
                array_buffers_bytes,
                ..Memory::default()
            };
            let MemoryParts {
                heap_bytes,
                array_buffers_bytes,
                external_bytes,
                unattributed_bytes,
                ..
            } = account(&now, LoopFigures::default()).parts;
            [heap_bytes, array_buffers_bytes, external_bytes, unattributed_bytes]
        };
        assert_eq!(parts_of(100), [30, 40, 10, 20]);
        assert_eq!(parts_of(50), [30, 20, 0, 0], "buffers that were never written to");
    }
}
