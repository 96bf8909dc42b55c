//! Lists of sources by target, which grow side by side.

use crate::column::Column;

/// Words that a chunk begins with: the number of the chunk before it; its size
/// and how many sources it has.
const HEAD: usize = 2;

/// Chunks are numbered by this many words, which the smallest has.
const UNIT: usize = 4;

/// Words of the largest chunk. Sizes and counts share a word.
const LARGEST: usize = 1 << 14;

/// Marks a head that is a list's only source itself; sources are numbers of
/// nodes, which have 29 bits.
const IS_ONLY: u32 = 1 << 31;

/// The sources of each target.
///
/// The first stands in the list's head. Two and more stand in chunks, the
/// latest first, each about as large as those before it together.
///
/// Memory: 4 bytes per target, and 4 per source in a long list, at most 16 in
/// a short one.
pub(super) struct Sources {
    /// By target: 0 for none, the only source, or the number of the latest chunk.
    heads: Column<u32>,
    chunks: Column<u32>,
}

impl Sources {
    /// For so many targets, and about so many sources.
    pub(super) fn with_capacity(targets: usize, sources: usize) -> Self {
        let heads = Column::with_capacity(targets);
        let mut chunks = Column::with_capacity(sources);
        // No chunk has the number 0.
        chunks.grow(UNIT);
        Self { heads, chunks }
    }

    /// Begins the list of the next target.
    #[inline]
    pub(super) fn begin(&mut self) {
        self.heads.push(0);
    }

    /// Adds `source` to the list of `target`, unless it was the last one added.
    #[inline]
    pub(super) fn add(&mut self, target: u32, source: u32) {
        let head = self.heads[target as usize];
        if head == 0 {
            self.heads[target as usize] = source | IS_ONLY;
        } else if head & IS_ONLY == 0 {
            self.append(target, head, source);
        } else if head != source | IS_ONLY {
            let chunk = self.begin_chunk(target, 0, UNIT);
            self.append(target, chunk, head & !IS_ONLY);
            self.append(target, chunk, source);
        }
    }

    /// Adds `source` to `chunk`, the latest of `target`, or to one after it.
    #[inline]
    fn append(&mut self, target: u32, chunk: u32, source: u32) {
        let at = chunk as usize * UNIT;
        let (size, count) = unpack(self.chunks[at + 1]);
        if count > 0 && self.chunks[at + HEAD + count - 1] == source {
            return;
        }
        if HEAD + count < size {
            self.chunks[at + HEAD + count] = source;
            self.chunks[at + 1] += 1;
        } else {
            let is_first = self.chunks[at] == 0;
            let size = if is_first { size } else { (2 * size).min(LARGEST) };
            let chunk = self.begin_chunk(target, chunk, size);
            self.append(target, chunk, source);
        }
    }

    fn begin_chunk(&mut self, target: u32, previous: u32, size: usize) -> u32 {
        let at = self.chunks.len();
        self.chunks.grow(size);
        self.chunks[at] = previous;
        self.chunks[at + 1] = pack(size, 0);
        let chunk = (at / UNIT) as u32;
        self.heads[target as usize] = chunk;
        chunk
    }

    /// The sources of `target`.
    #[inline]
    pub(super) fn of(&self, target: u32) -> SourcesOf<'_> {
        let head = self.heads[target as usize];
        let is_only = head & IS_ONLY != 0;
        SourcesOf {
            chunks: &self.chunks,
            only: is_only.then_some(head & !IS_ONLY),
            chunk: [].iter(),
            next: if is_only { 0 } else { head },
        }
    }

    /// The source of `target`, if there is one and no more.
    #[inline]
    pub(super) fn only(&self, target: u32) -> Option<u32> {
        let head = self.heads[target as usize];
        (head & IS_ONLY != 0).then_some(head & !IS_ONLY)
    }

    /// Puts `value` in the place of the head of `target`, whose list is of no
    /// more use.
    #[inline]
    pub(super) fn replace(&mut self, target: u32, value: u32) {
        self.heads[target as usize] = value;
    }

    /// What was put in the places of the heads.
    pub(super) fn into_replaced(self) -> Column<u32> {
        self.heads
    }
}

fn pack(size: usize, count: usize) -> u32 {
    (size << 16 | count) as u32
}

fn unpack(word: u32) -> (usize, usize) {
    ((word >> 16) as usize, (word & 0xFFFF) as usize)
}

/// The sources of one target, in the order of chunks.
#[derive(Clone)]
pub(super) struct SourcesOf<'a> {
    chunks: &'a [u32],
    only: Option<u32>,
    chunk: std::slice::Iter<'a, u32>,
    /// Number of the chunk after this one; 0 for none.
    next: u32,
}

impl SourcesOf<'_> {
    /// Whether there are thousands: what has not been looked at ends in a large
    /// chunk.
    #[inline]
    pub(super) fn is_long(&self) -> bool {
        self.next != 0 && unpack(self.chunks[self.next as usize * UNIT + 1]).0 >= LARGEST / 8
    }
}

impl Iterator for SourcesOf<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if let Some(&source) = self.chunk.next() {
            return Some(source);
        }
        if self.next == 0 {
            return self.only.take();
        }
        let at = self.next as usize * UNIT;
        let (_, count) = unpack(self.chunks[at + 1]);
        self.next = self.chunks[at];
        self.chunk = self.chunks[at + HEAD..][..count].iter();
        self.chunk.next().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_all_lengths_keep_what_was_added() {
        let mut sources = Sources::with_capacity(5, 0);
        let lengths = [0, 1, 2, 3, 60_000];
        for _ in &lengths {
            sources.begin();
        }
        for source in 0..60_000 {
            for (target, &length) in (0..).zip(&lengths) {
                if source < length {
                    sources.add(target, source);
                    sources.add(target, source);
                }
            }
        }
        for (target, &length) in (0..).zip(&lengths) {
            let mut list: Vec<_> = sources.of(target).collect();
            list.sort_unstable();
            assert!(list.into_iter().eq(0..length), "{length}");
            assert_eq!(sources.of(target).is_long(), length > 10_000);
        }
        assert!(sources.chunks.len() < 60_000 + LARGEST + 100);
    }
}
