//! The vectors of x86-64 with AVX2.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_and_si256, _mm256_andnot_si256, _mm256_cmpeq_epi8,
    _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16,
    _mm256_movemask_epi8, _mm256_packus_epi32, _mm256_set_epi64x, _mm256_set1_epi8,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_epi64x, _mm256_setr_epi8,
    _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_storeu_si256, _mm256_sub_epi8,
};

use super::{After, BEFORE, BLOCK, Batch, Lanes, MOST, Masks, next_words, scan_with};

/// Numbers converted together.
const GROUP: usize = 8;

/// Whether this machine supports [`scan`].
pub(super) fn is_supported() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
}

/// Scans blocks, as described in the parent module.
///
/// # Safety
///
/// [`is_supported`] must have returned true.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
pub(super) unsafe fn scan(bytes: &[u8], from: usize, batch: &mut Batch) -> (usize, After) {
    // SAFETY: the caller's promise.
    unsafe { scan_with::<Avx2>(bytes, from, batch) }
}

struct Avx2;

#[expect(clippy::inline_always, reason = "to be compiled with the vectors of the caller")]
impl Lanes for Avx2 {
    #[inline(always)]
    unsafe fn new() -> Self {
        Self
    }

    #[inline(always)]
    unsafe fn classify(&mut self, block: &[u8; BLOCK]) -> Masks {
        // SAFETY: the caller's promise.
        unsafe { classify(block) }
    }

    #[inline(always)]
    unsafe fn convert(&self, window: &[u8; BEFORE + BLOCK], ends: u64, out: &mut [u32; MOST]) {
        // SAFETY: the caller's promise.
        unsafe { convert(window, ends, out) };
    }
}

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn classify(block: &[u8; BLOCK]) -> Masks {
    let (low, high) = block.split_at(BLOCK / 2);
    let (low, high) = (load(low), load(high));
    let digits = |bytes| {
        let above = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(b'0'.cast_signed() - 1));
        let below = _mm256_cmpgt_epi8(_mm256_set1_epi8(b'9'.cast_signed() + 1), bytes);
        bits(_mm256_and_si256(above, below))
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

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn convert(window: &[u8; BEFORE + BLOCK], mut ends: u64, out: &mut [u32; MOST]) {
    let count = ends.count_ones() as usize;
    let (groups, _) = out.as_chunks_mut::<GROUP>();
    for out in groups.iter_mut().take(count.div_ceil(GROUP)) {
        let words = next_words::<GROUP>(window, &mut ends);
        // Packing works in halves of 128 bits: each has the next two of both.
        let part = |order: [usize; 4]| fours(order.map(|index| words[index].cast_signed()));
        let fours = _mm256_packus_epi32(part([0, 1, 4, 5]), part([2, 3, 6, 7]));
        let eights = _mm256_madd_epi16(fours, _mm256_set1_epi32((10_000 << 16) + 1));
        // SAFETY: `out` is eight numbers of 32 bits; no alignment is needed.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), eights) };
    }
}

/// Converts four words that end in numbers into eight numbers of four digits, the lower
/// half of each first.
#[inline]
#[target_feature(enable = "avx2")]
fn fours(words: [i64; 4]) -> __m256i {
    let words = _mm256_set_epi64x(words[3], words[2], words[1], words[0]);
    let backwards = _mm256_shuffle_epi8(
        words,
        _mm256_setr_epi8(
            7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14,
            13, 12, 11, 10, 9, 8,
        ),
    );
    let digits = _mm256_sub_epi8(backwards, _mm256_set1_epi8(b'0'.cast_signed()));
    // The byte before the number is white space or a comma, both below '0'.
    let others = _mm256_cmpgt_epi8(_mm256_setzero_si256(), digits);
    let below = _mm256_andnot_si256(others, _mm256_add_epi64(others, _mm256_set1_epi64x(-1)));
    let digits = _mm256_and_si256(digits, below);
    let pairs = _mm256_maddubs_epi16(digits, _mm256_set1_epi16((10 << 8) + 1));
    _mm256_madd_epi16(pairs, _mm256_set1_epi32((100 << 16) + 1))
}
