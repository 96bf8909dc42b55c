//! The vectors of AArch64, which every such machine supports.

use std::arch::aarch64::{
    uint8x16_t, uint32x4_t, vaddq_u64, vandq_u8, vbicq_u64, vceqq_u8, vcgeq_u8, vcleq_u8,
    vcltzq_s8, vcombine_u8, vcreate_u8, vdupq_n_u8, vdupq_n_u64, vget_high_u8, vget_high_u16,
    vget_low_u8, vget_low_u16, vgetq_lane_u64, vld1_u8, vld1_u16, vld1q_u8, vld1q_u32, vmull_u8,
    vmull_u16, vmulq_u32, vpaddq_u8, vpaddq_u16, vpaddq_u32, vreinterpretq_s8_u8,
    vreinterpretq_u8_u64, vreinterpretq_u64_u8, vrev64q_u8, vst1q_u32, vsubq_u8,
};

use super::{After, BEFORE, BLOCK, Batch, Lanes, MOST, Masks, next_words, scan_with};

/// Numbers converted together.
const GROUP: usize = 8;

/// Scans blocks, as described in the parent module.
///
/// # Safety
///
/// Nothing is required here; the functions for other machines have a condition.
pub(super) unsafe fn scan(bytes: &[u8], from: usize, batch: &mut Batch) -> (usize, After) {
    // SAFETY: NEON is part of the architecture.
    unsafe { scan_with::<Neon>(bytes, from, batch) }
}

struct Neon;

/// Bytes of a vector.
const WIDTH: usize = 16;

#[expect(clippy::inline_always, reason = "to be compiled with the vectors of the caller")]
impl Lanes for Neon {
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

/// Returns one bit for each of 64 bytes that are all ones or all zeros.
#[inline]
#[target_feature(enable = "neon")]
fn bits(masks: [uint8x16_t; 4]) -> u64 {
    // Each byte keeps the bit of its position among eight; adding neighbours three times
    // turns eight bytes into one.
    let places = load(&[1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128]);
    let [a, b, c, d] = masks.map(|mask| vandq_u8(mask, places));
    let fours = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
    vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(fours, fours)))
}

#[inline]
#[target_feature(enable = "neon")]
fn convert(window: &[u8; BEFORE + BLOCK], mut ends: u64, out: &mut [u32; MOST]) {
    let count = ends.count_ones() as usize;
    let (groups, _) = out.as_chunks_mut::<GROUP>();
    for out in groups.iter_mut().take(count.div_ceil(GROUP)) {
        let words = next_words::<GROUP>(window, &mut ends);
        let part = |from: usize| halves([words[from], words[from + 1]]);
        let (low, high) = out.split_at_mut(GROUP / 2);
        store(vpaddq_u32(part(0), part(2)), low);
        store(vpaddq_u32(part(4), part(6)), high);
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn store(numbers: uint32x4_t, out: &mut [u32]) {
    assert!(out.len() >= 4);
    // SAFETY: four numbers of 32 bits; no alignment is needed.
    unsafe { vst1q_u32(out.as_mut_ptr(), numbers) };
}

/// Returns the halves of the numbers that two words end in, the lower half first and the
/// upper one multiplied, so that their sum is the number.
#[inline]
#[target_feature(enable = "neon")]
fn halves(words: [u64; 2]) -> uint32x4_t {
    const PAIRS: [u8; 8] = [1, 10, 1, 10, 1, 10, 1, 10];
    const FOURS: [u16; 4] = [1, 100, 1, 100];
    const EIGHTS: [u32; 4] = [1, 10_000, 1, 10_000];
    // SAFETY: eight bytes.
    let pair_weights = unsafe { vld1_u8(PAIRS.as_ptr()) };
    // SAFETY: four halfwords.
    let four_weights = unsafe { vld1_u16(FOURS.as_ptr()) };
    // SAFETY: four words.
    let eight_weights = unsafe { vld1q_u32(EIGHTS.as_ptr()) };
    let backwards = vrev64q_u8(vcombine_u8(vcreate_u8(words[0]), vcreate_u8(words[1])));
    let digits = vsubq_u8(backwards, vdupq_n_u8(b'0'));
    // The byte before the number is white space or a comma, both below '0'.
    let others = vreinterpretq_u64_u8(vcltzq_s8(vreinterpretq_s8_u8(digits)));
    let below = vbicq_u64(vaddq_u64(others, vdupq_n_u64(u64::MAX)), others);
    let digits = vandq_u8(digits, vreinterpretq_u8_u64(below));
    let low = vmull_u8(vget_low_u8(digits), pair_weights);
    let high = vmull_u8(vget_high_u8(digits), pair_weights);
    let pairs = vpaddq_u16(low, high);
    let low = vmull_u16(vget_low_u16(pairs), four_weights);
    let high = vmull_u16(vget_high_u16(pairs), four_weights);
    vmulq_u32(vpaddq_u32(low, high), eight_weights)
}
