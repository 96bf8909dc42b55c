//! The vectors of AArch64, which every such machine has.

use std::arch::aarch64::{
    uint8x16_t, uint32x4_t, vandq_u8, vceqq_u8, vcgeq_u8, vcleq_u8, vdupq_n_u8, vget_high_u8,
    vget_high_u16, vget_low_u8, vget_low_u16, vgetq_lane_u64, vld1_u8, vld1_u16, vld1q_u8,
    vld1q_u32, vmull_u8, vmull_u16, vmulq_u32, vpaddq_u8, vpaddq_u16, vpaddq_u32, vqsubq_u8,
    vreinterpretq_u64_u8, vst1q_u32,
};

use super::{After, BLOCK, Batch, Lanes, Masks, WORDS, scan_with};

/// Whether this machine has what [`scan`] needs.
pub(in super::super) fn is_supported() -> bool {
    true
}

/// Scans blocks, as the module above says.
///
/// # Safety
///
/// None is needed; the other machine's has a condition.
pub(in super::super) unsafe fn scan(
    bytes: &[u8],
    from: usize,
    batch: &mut Batch,
) -> (usize, After) {
    // SAFETY: NEON is part of the architecture.
    unsafe { scan_with::<Neon>(bytes, from, batch) }
}

struct Neon;

/// Bytes of a vector.
const WIDTH: usize = 16;

#[expect(clippy::inline_always, reason = "to be compiled with the vectors of the caller")]
impl Lanes for Neon {
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
#[target_feature(enable = "neon")]
fn classify(block: &[u8; BLOCK]) -> Masks {
    let part = |index: usize| load(&block[index * WIDTH..][..WIDTH]);
    let parts = [part(0), part(1), part(2), part(3)];
    let is_digit = |bytes| {
        let above = vcgeq_u8(bytes, vdupq_n_u8(b'0'));
        vandq_u8(above, vcleq_u8(bytes, vdupq_n_u8(b'9')))
    };
    Masks {
        digits: bits(parts.map(is_digit)),
        commas: bits(parts.map(|bytes| vceqq_u8(bytes, vdupq_n_u8(b',')))),
        line_feeds: bits(parts.map(|bytes| vceqq_u8(bytes, vdupq_n_u8(b'\n')))),
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn load(bytes: &[u8]) -> uint8x16_t {
    assert!(bytes.len() >= WIDTH);
    // SAFETY: 16 bytes are there; the load needs no alignment.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}

/// One bit for each of 64 bytes that are all ones or all zeros.
#[inline]
#[target_feature(enable = "neon")]
fn bits(masks: [uint8x16_t; 4]) -> u64 {
    // Each byte keeps the bit of its place among eight; three times adding
    // neighbours makes one byte of eight.
    let places = load(&[1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128]);
    let [a, b, c, d] = masks.map(|mask| vandq_u8(mask, places));
    let fours = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
    vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(fours, fours)))
}

#[inline]
#[target_feature(enable = "neon")]
fn convert(words: &[u64; WORDS], out: &mut [u32; WORDS]) {
    let (words, _) = words.as_chunks::<2>();
    for (words, out) in words.chunks_exact(2).zip(out.chunks_exact_mut(4)) {
        let eights = vpaddq_u32(fours(words[0]), fours(words[1]));
        assert!(out.len() >= 4);
        // SAFETY: `out` is four numbers of 32 bits.
        unsafe { vst1q_u32(out.as_mut_ptr(), eights) };
    }
}

/// The halves of two words of eight digits, of which the first are multiplied
/// so that a half and its neighbour add up to the number.
#[inline]
#[target_feature(enable = "neon")]
fn fours(words: [u64; 2]) -> uint32x4_t {
    const PAIRS: [u8; 8] = [10, 1, 10, 1, 10, 1, 10, 1];
    const FOURS: [u16; 4] = [100, 1, 100, 1];
    const EIGHTS: [u32; 4] = [10_000, 1, 10_000, 1];
    // SAFETY: eight bytes.
    let pair_weights = unsafe { vld1_u8(PAIRS.as_ptr()) };
    // SAFETY: four halfwords.
    let four_weights = unsafe { vld1_u16(FOURS.as_ptr()) };
    // SAFETY: four words.
    let eight_weights = unsafe { vld1q_u32(EIGHTS.as_ptr()) };
    let mut bytes = [0; WIDTH];
    for (bytes, word) in bytes.chunks_exact_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    // Saturating: the zero bytes before a short number stay zero.
    let digits = vqsubq_u8(load(&bytes), vdupq_n_u8(b'0'));
    let low = vmull_u8(vget_low_u8(digits), pair_weights);
    let high = vmull_u8(vget_high_u8(digits), pair_weights);
    let pairs = vpaddq_u16(low, high);
    let low = vmull_u16(vget_low_u16(pairs), four_weights);
    let high = vmull_u16(vget_high_u16(pairs), four_weights);
    vmulq_u32(vpaddq_u32(low, high), eight_weights)
}
