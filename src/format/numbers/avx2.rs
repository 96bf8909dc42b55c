//! Sixty-four bytes of numbers at a time, for x86-64 with AVX2.
//!
//! A number takes three to nine bytes, so a loop over bytes mispredicts at
//! almost every one, and arithmetic on one number at a time waits for itself.
//! Instead, per block of 64 bytes:
//!
//! 1. Compare all bytes at once; three bit masks say which are digits, commas
//!    and line feeds. Shifted by one they say what precedes each byte, and one
//!    expression checks the grammar of the whole block.
//! 2. Where the digit mask changes, a number begins or ends. For each, load
//!    the eight bytes before its end and shift out what is not its own: eight
//!    digits with leading zeros.
//! 3. Turn eight such words into eight numbers with the three multiply-adds of
//!    the well-known SIMD `atoi` (digits to pairs, pairs to fours, fours to
//!    eights).
//!
//! Anything else than digits, `,` and `\n,` ends the run, and the byte loop
//! goes on from there. Tests compare the two on random text.

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_maddubs_epi16, _mm256_movemask_epi8, _mm256_packus_epi32, _mm256_permute4x64_epi64,
    _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_storeu_si256, _mm256_subs_epu8,
};

use super::Batch;

/// Bytes looked at together.
const BLOCK: usize = 64;

/// Bytes before the first block that must be readable: the load of a number
/// ends at its last digit, wherever it begins.
pub(super) const BEFORE: usize = 8;

/// Room in a batch that a block may need: a number takes two bytes with its
/// comma, and they are written in eights.
const ROOM: usize = BLOCK / 2 + 8;

/// Whether this machine has what [`scan`] needs.
pub(super) fn is_supported() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
}

/// What precedes a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// A comma.
    Comma,
    /// A number and a line feed.
    LineFeed,
}

/// Scans blocks of `bytes` from `from` on, before which there is a comma, into
/// `batch`. Returns how far it came, which is never inside a number, and what
/// precedes that place.
///
/// # Safety
///
/// [`is_supported`] must have said so.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
pub(super) fn scan(bytes: &[u8], from: usize, batch: &mut Batch) -> (usize, After) {
    let mut staged = [0_u64; ROOM];
    let mut at = from;
    let mut before = Masks { digits: 0, commas: 1 << 63, line_feeds: 0 };
    // First byte of a number that has begun and not ended.
    let mut open = None;
    while at >= BEFORE && at + BLOCK <= bytes.len() && batch.room() >= ROOM {
        let block = &bytes[at..at + BLOCK];
        let masks = classify(block);
        if !masks.are_grammatical(before) {
            break;
        }
        let after_digits = masks.digits << 1 | before.digits >> 63;
        let mut changes = masks.digits ^ after_digits;
        let mut count = 0;
        if let Some(start) = open
            && changes != 0
        {
            let end = at + changes.trailing_zeros() as usize;
            changes &= changes - 1;
            open = None;
            staged[count] = stage(bytes, start, end, count, batch);
            count += 1;
        }
        // A start without an end is left for the next block.
        for _ in 0..changes.count_ones() / 2 {
            let start = at + changes.trailing_zeros() as usize;
            changes &= changes - 1;
            let end = at + changes.trailing_zeros() as usize;
            changes &= changes - 1;
            staged[count] = stage(bytes, start, end, count, batch);
            count += 1;
        }
        if changes != 0 {
            open = Some(at + changes.trailing_zeros() as usize);
        }
        convert(&staged, count, batch);
        before = masks;
        at += BLOCK;
    }
    match open {
        Some(start) => (start, After::Comma),
        None if before.line_feeds >> 63 == 1 => (at, After::LineFeed),
        None => (at, After::Comma),
    }
}

/// Which bytes of a block are what, the first byte in the lowest bit.
#[derive(Clone, Copy)]
struct Masks {
    digits: u64,
    commas: u64,
    line_feeds: u64,
}

impl Masks {
    /// Whether every byte may follow the one before it: a digit or a comma
    /// before a digit, a digit or a line feed before a comma, a digit before a
    /// line feed.
    #[inline]
    fn are_grammatical(self, before: Self) -> bool {
        let after_digit = self.digits << 1 | before.digits >> 63;
        let after_comma = self.commas << 1 | before.commas >> 63;
        let after_line_feed = self.line_feeds << 1 | before.line_feeds >> 63;
        let right = self.digits & (after_digit | after_comma)
            | self.commas & (after_digit | after_line_feed)
            | self.line_feeds & after_digit;
        right == u64::MAX
    }
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn classify(block: &[u8]) -> Masks {
    let (low, high) = block.split_at(BLOCK / 2);
    let (low, high) = (load(low), load(high));
    let digits = |bytes| {
        let above = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(b'0'.cast_signed() - 1));
        let below = _mm256_cmpgt_epi8(_mm256_set1_epi8(b'9'.cast_signed() + 1), bytes);
        bits(above) & bits(below)
    };
    let equal =
        |bytes, byte: u8| bits(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed())));
    let join = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
    Masks {
        digits: join(digits(low), digits(high)),
        commas: join(equal(low, b','), equal(high, b',')),
        line_feeds: join(equal(low, b'\n'), equal(high, b'\n')),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8]) -> __m256i {
    assert!(bytes.len() >= 32);
    // SAFETY: 32 bytes are there; the load needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn bits(mask: __m256i) -> u32 {
    _mm256_movemask_epi8(mask).cast_unsigned()
}

/// The last eight digits of the number at `start..end`, in the order of
/// memory, zero bytes before them if it has fewer. What comes before these
/// eight is noted in `batch`, as number `index` of those staged.
#[inline]
fn stage(bytes: &[u8], start: usize, end: usize, index: usize, batch: &mut Batch) -> u64 {
    let word = bytes[end - BEFORE..end].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
    let digits = end - start;
    if digits > 8 {
        batch.note_long(index, &bytes[start..end]);
        return word;
    }
    word & u64::MAX << (64 - 8 * digits)
}

/// Appends the first `count` of the staged numbers to `batch`.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn convert(staged: &[u64; ROOM], count: usize, batch: &mut Batch) {
    let out = batch.spare();
    for (words, out) in staged.chunks_exact(8).zip(out.chunks_exact_mut(8)).take(count.div_ceil(8))
    {
        let (low, high) = words.split_at(4);
        let fours = _mm256_packus_epi32(fours(low), fours(high));
        let eights = _mm256_madd_epi16(fours, _mm256_set1_epi32((1 << 16) + 10_000));
        // The pack above works in halves of 128 bits; put them in order.
        let numbers = _mm256_permute4x64_epi64::<0b11_01_10_00>(eights);
        assert!(out.len() >= 8);
        // SAFETY: `out` is eight numbers of 32 bits; no alignment is needed.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), numbers) };
    }
    batch.take_spare(count);
}

/// Four words of eight digits as eight numbers of four digits.
#[inline]
#[target_feature(enable = "avx2")]
fn fours(words: &[u64]) -> __m256i {
    assert!(words.len() >= 4);
    // SAFETY: four words are 32 bytes; the load needs no alignment.
    let digits = unsafe { _mm256_loadu_si256(words.as_ptr().cast()) };
    // Saturating: the zero bytes before a short number stay zero.
    let digits = _mm256_subs_epu8(digits, _mm256_set1_epi8(b'0'.cast_signed()));
    let pairs = _mm256_maddubs_epi16(digits, _mm256_set1_epi16((1 << 8) + 10));
    _mm256_madd_epi16(pairs, _mm256_set1_epi32((1 << 16) + 100))
}
