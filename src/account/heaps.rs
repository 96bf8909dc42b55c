//! Headers that glibc's allocator writes (malloc/malloc.c, malloc/arena.c).

/// Heaps of arenas other than the first begin at multiples of this (`HEAP_MAX_SIZE`).
const HEAP: u64 = 64 << 20;

/// Low bits of a chunk's size.
pub(super) const FLAGS: u64 = 7;
/// The chunk has a mapping of its own (`IS_MMAPPED`).
pub(super) const IS_MAPPED: u64 = 2;

/// The arena begins within this many bytes of its first heap.
const HEADER: u64 = 4 << 10;

/// A heap of an arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heap {
    /// The address of its arena.
    pub(super) arena: u64,
    /// The end of what it may use now.
    pub(super) end: u64,
}

/// Returns the heap whose `heap_info` is `words`: the arena, the heap before, the size, and how
/// much of it can be used.
pub(super) fn heap(at: u64, words: &[u64], page: u64) -> Option<Heap> {
    let &[arena, before, size, usable, ..] = words else { return None };
    let is_size = size > 0 && size <= usable && usable <= HEAP && usable.is_multiple_of(page);
    let first = arena & !(HEAP - 1);
    let is_arena = (1..HEADER).contains(&(arena - first)) && (before == 0) == (first == at);
    let is_heap = at.is_multiple_of(HEAP) && before.is_multiple_of(HEAP) && is_size && is_arena;
    is_heap.then(|| Heap { arena, end: at + usable })
}

/// Returns the end of the chunk with a mapping of its own whose header is `words`.
pub(super) fn chunk(at: u64, words: &[u64], page: u64) -> Option<u64> {
    let &[before, head, ..] = words else { return None };
    let size = head & !FLAGS;
    let is_chunk = before == 0 && head & FLAGS == IS_MAPPED && size > 0;
    at.checked_add(size).filter(|_| is_chunk && size.is_multiple_of(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heaps_name_their_arena() {
        let at = 0x7f00_0400_0000;
        let of = |words: [u64; 4]| heap(at, &words, 4096);
        let first = Heap { arena: at + 0x30, end: at + 0x21000 };
        assert_eq!(of([at + 0x30, 0, 0x21000, 0x21000]), Some(first));
        let other = at + HEAP;
        let later = Heap { arena: other + 0x30, end: at + 0x30000 };
        assert_eq!(of([other + 0x30, other, 0x21000, 0x30000]), Some(later));
        assert_eq!(of([at + 0x30, other, 0x21000, 0x21000]), None, "first, and after another");
        assert_eq!(of([at + 0x30, 0, 0x21000, 0x20000]), None, "more than it may");
        assert_eq!(of([at + 0x3000, 0, 0x21000, 0x21000]), None, "not at the beginning");
        assert_eq!(heap(at + 4096, &[at + 0x30, 0, 0x21000, 0x21000], 4096), None);
    }

    #[test]
    fn chunks_say_their_size() {
        let at = 0x7f00_0400_1000;
        assert_eq!(chunk(at, &[0, 0x21002], 4096), Some(at + 0x21000));
        assert_eq!(chunk(at, &[0, 0x21003], 4096), None);
        assert_eq!(chunk(at, &[0, 0x21012], 4096), None);
        assert_eq!(chunk(at, &[0, 2], 4096), None);
        assert_eq!(chunk(at, &[8, 0x21002], 4096), None);
        assert_eq!(chunk(u64::MAX - 4095, &[0, 0x21002], 4096), None);
    }
}
