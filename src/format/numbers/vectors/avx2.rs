//! The vectors of x86-64 with AVX2.

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_madd_epi16,
    _mm256_maddubs_epi16, _mm256_movemask_epi8, _mm256_packus_epi32, _mm256_permute4x64_epi64,
    _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_storeu_si256, _mm256_subs_epu8,
};

use super::{After, BLOCK, Batch, Lanes, Masks, WORDS, scan_with};

/// Whether this machine has what [`scan`] needs.
pub(in super::super) fn is_supported() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
}

/// Scans blocks, as the module above says.
///
/// # Safety
///
/// [`is_supported`] must have said so.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
pub(in super::super) unsafe fn scan(
    bytes: &[u8],
    from: usize,
    batch: &mut Batch,
) -> (usize, After) {
    // SAFETY: the caller's promise.
    unsafe { scan_with::<Avx2>(bytes, from, batch) }
}

struct Avx2;

#[expect(clippy::inline_always, reason = "to be compiled with the vectors of the caller")]
impl Lanes for Avx2 {
    #[inline(always)]
    unsafe fn classify(block: &[u8; BLOCK]) -> Masks {
        // SAFETY: the caller's promise.
        unsafe { classify(block) }
    }

    #[inline(always)]
    unsafe fn convert(words: &[u64; WORDS], out: &mut [u32; WORDS]) {
        // SAFETY: the caller's promise.
        unsafe { convert(words, out) };
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

#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn convert(words: &[u64; WORDS], out: &mut [u32; WORDS]) {
    let (low, high) = words.split_at(WORDS / 2);
    let fours = _mm256_packus_epi32(fours(low), fours(high));
    let eights = _mm256_madd_epi16(fours, _mm256_set1_epi32((1 << 16) + 10_000));
    // The pack above works in halves of 128 bits; put them in order.
    let numbers = _mm256_permute4x64_epi64::<0b11_01_10_00>(eights);
    // SAFETY: `out` is eight numbers of 32 bits; no alignment is needed.
    unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), numbers) };
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
