//! Lists of sources by target, which grow side by side.

use crate::column::Column;

/// Bytes that a chunk begins with: the number of the chunk before it, the source that
/// was added last, its size, and how many bytes of sources it has.
const HEAD: usize = 12;

/// Chunks are numbered by this many bytes.
const UNIT: usize = 8;

/// Bytes of the smallest chunk: for two sources that are far apart, or four.
const SMALLEST: usize = 24;

/// Bytes of the largest chunk. Sizes have 16 bits.
const LARGEST: usize = 1 << 15;

/// Bytes that one source takes at most.
const LONGEST: usize = 5;

/// Marks a head that is a list's only source itself; sources are numbers of
/// nodes, which have 29 bits.
const IS_ONLY: u32 = 1 << 31;

/// The sources of each target that may have any.
///
/// The first stands in the list's head. Two and more stand in chunks, the
/// latest first, each about as large as those before it together. There, each stands as
/// its distance from the one before: the search comes to sources near each other one
/// after the other.
///
/// Memory: 4 bytes per target that may have sources, a bit and a half for each of all,
/// and 1 or 2 per source in a long list, at most 12 in a short one.
pub(super) struct Sources {
    /// Which targets may have any, and how many of those before each word may.
    may_have: Column<u64>,
    before: Column<u32>,
    /// How many targets there are.
    targets: usize,
    /// By target that may have sources: 0 for none, the only source, or the number of the
    /// latest chunk.
    heads: Column<u32>,
    chunks: Column<u8>,
}

impl Sources {
    /// Returns empty lists with room for about `count` sources.
    pub(super) fn with_capacity(sources: usize) -> Self {
        let mut chunks = Column::with_capacity(sources);
        // No chunk has the number 0.
        chunks.grow(UNIT);
        let (may_have, before, heads) = Default::default();
        Self { may_have, before, targets: 0, heads, chunks }
    }

    /// Begins the list of the next target, which may have sources or not.
    #[inline]
    pub(super) fn begin(&mut self, may_have: bool) {
        let bit = self.targets % 64;
        if bit == 0 {
            self.before.push(self.heads.len() as u32);
            self.may_have.push(0);
        }
        self.targets += 1;
        if may_have {
            self.heads.push(0);
            if let Some(word) = self.may_have.last_mut() {
                *word |= 1 << bit;
            }
        }
    }

    /// Returns the place of the head of `target`, if that may have sources.
    #[inline]
    fn place(&self, target: u32) -> Option<usize> {
        let (at, bit) = (target as usize / 64, target % 64);
        let word = self.may_have[at];
        let below = (word & ((1 << bit) - 1)).count_ones();
        (word >> bit & 1 == 1).then(|| (self.before[at] + below) as usize)
    }

    /// Returns the head of `target`; 0 when its list is empty.
    #[inline]
    fn head(&self, target: u32) -> u32 {
        self.place(target).map_or(0, |place| self.heads[place])
    }

    /// Adds `source` to the list of `target`, which may have sources, unless it was the
    /// last one added.
    #[inline]
    pub(super) fn add(&mut self, target: u32, source: u32) {
        let place = self.place(target);
        debug_assert!(place.is_some(), "a target that may have sources");
        let Some(place) = place else { return };
        let head = self.heads[place];
        if head == 0 {
            self.heads[place] = source | IS_ONLY;
        } else if head & IS_ONLY == 0 {
            self.append(place, head, source);
        } else if head != source | IS_ONLY {
            let chunk = self.begin_chunk(place, 0, SMALLEST);
            self.append(place, chunk, head & !IS_ONLY);
            self.append(place, chunk, source);
        }
    }

    /// Adds `source` to `chunk`, the latest of the list whose head is at `place`, or to one
    /// after it.
    #[inline]
    fn append(&mut self, place: usize, chunk: u32, source: u32) {
        let at = chunk as usize * UNIT;
        let last = number(&self.chunks, at + 4);
        let (size, used) = unpack(number(&self.chunks, at + 8));
        if used > 0 && last == source {
            return;
        }
        let mut distance = [0; LONGEST];
        let length = write(&mut distance, source.wrapping_sub(last));
        if HEAD + used + length <= size {
            let free = at + HEAD + used;
            self.chunks[free..free + length].copy_from_slice(&distance[..length]);
            let used = used + length;
            set_number(&mut self.chunks, at + 4, source);
            set_number(&mut self.chunks, at + 8, pack(size, used));
        } else {
            let is_first = number(&self.chunks, at) == 0;
            let size = if is_first { size } else { (2 * size).min(LARGEST) };
            let chunk = self.begin_chunk(place, chunk, size);
            self.append(place, chunk, source);
        }
    }

    fn begin_chunk(&mut self, place: usize, previous: u32, size: usize) -> u32 {
        let at = self.chunks.len();
        self.chunks.grow(size);
        set_number(&mut self.chunks, at, previous);
        set_number(&mut self.chunks, at + 8, pack(size, 0));
        let chunk = (at / UNIT) as u32;
        self.heads[place] = chunk;
        chunk
    }

    /// Returns the sources of `target`.
    #[inline]
    pub(super) fn of(&self, target: u32) -> SourcesOf<'_> {
        let head = self.head(target);
        let is_only = head & IS_ONLY != 0;
        SourcesOf {
            chunks: &self.chunks,
            only: is_only.then_some(head & !IS_ONLY),
            chunk: &[],
            last: 0,
            next: if is_only { 0 } else { head },
        }
    }

    /// Returns the source of `target`, if there is exactly one.
    #[inline]
    pub(super) fn only(&self, target: u32) -> Option<u32> {
        let head = self.head(target);
        (head & IS_ONLY != 0).then_some(head & !IS_ONLY)
    }

    /// Puts `value` in the place of the head of `target`, whose list is of no
    /// more use. Of a target that may have no sources, nothing is kept.
    #[inline]
    pub(super) fn replace(&mut self, target: u32, value: u32) {
        if let Some(place) = self.place(target) {
            self.heads[place] = value;
        }
    }

    /// Gives back the lists, and leaves what was put in the places of their heads.
    pub(super) fn forget_lists(&mut self) {
        self.chunks = Column::new();
    }

    /// Returns the targets that may have sources, ascending, and what was put in the places of
    /// their heads.
    pub(super) fn replaced(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let targets = (0..self.targets as u32)
            .filter(|&target| self.may_have[target as usize / 64] >> (target % 64) & 1 == 1);
        targets.zip(self.heads.iter().copied())
    }
}

fn pack(size: usize, used: usize) -> u32 {
    (size << 16 | used) as u32
}

fn unpack(word: u32) -> (usize, usize) {
    ((word >> 16) as usize, (word & 0xFFFF) as usize)
}

#[inline]
fn number(bytes: &[u8], at: usize) -> u32 {
    bytes[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

#[inline]
fn set_number(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// Writes a distance in seven bits a byte, the lowest first, small ones of either sign in
/// few; how many bytes it took.
#[inline]
fn write(bytes: &mut [u8; LONGEST], distance: u32) -> usize {
    let mut rest = distance << 1 ^ (distance.cast_signed() >> 31).cast_unsigned();
    let mut length = 0;
    loop {
        let is_last = rest < 0x80;
        bytes[length] = rest as u8 & 0x7f | u8::from(!is_last) << 7;
        length += 1;
        if is_last {
            return length;
        }
        rest >>= 7;
    }
}

/// Takes a distance off the front.
#[inline]
fn read(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0;
    for shift in (0..).step_by(7).take(LONGEST) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    Some(value >> 1 ^ (value & 1).wrapping_neg())
}

/// The sources of one target, in the order of chunks.
#[derive(Clone)]
pub(super) struct SourcesOf<'a> {
    chunks: &'a [u8],
    only: Option<u32>,
    /// What has not been read of a chunk, and the source before.
    chunk: &'a [u8],
    last: u32,
    /// Number of the chunk after this one; 0 for none.
    next: u32,
}

impl SourcesOf<'_> {
    /// Whether there are thousands: what has not been looked at ends in a large
    /// chunk.
    #[inline]
    pub(super) fn is_long(&self) -> bool {
        let size = || unpack(number(self.chunks, self.next as usize * UNIT + 8)).0;
        self.next != 0 && size() >= LARGEST / 8
    }
}

impl Iterator for SourcesOf<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.chunk.is_empty() {
            if self.next == 0 {
                return self.only.take();
            }
            let at = self.next as usize * UNIT;
            let (_, used) = unpack(number(self.chunks, at + 8));
            self.next = number(self.chunks, at);
            self.chunk = &self.chunks[at + HEAD..][..used];
            self.last = 0;
        }
        self.last = self.last.wrapping_add(read(&mut self.chunk)?);
        Some(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_far_apart_are_kept_as_well() {
        let far = [0, 1, 0x1FFF_FFFF, 3, 70, 0x1000_0000, 5, 0x1FFF_FFFE, 9, 8, 7];
        let mut sources = Sources::with_capacity(0);
        sources.begin(true);
        for source in far {
            sources.add(0, source);
        }
        let mut list: Vec<_> = sources.of(0).collect();
        list.sort_unstable();
        let mut expected = far;
        expected.sort_unstable();
        assert_eq!(list, expected);
    }

    #[test]
    fn lists_of_all_lengths_keep_what_was_added() {
        let mut sources = Sources::with_capacity(0);
        let lengths = [0, 1, 2, 3, 60_000];
        for length in lengths {
            sources.begin(length > 0);
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
        assert!(sources.chunks.len() < 60_000 + LARGEST + 200, "a byte each");
        for target in 0..5 {
            sources.replace(target, 10 * target);
        }
        sources.forget_lists();
        assert!(sources.replaced().eq([(1, 10), (2, 20), (3, 30), (4, 40)]));
    }
}
