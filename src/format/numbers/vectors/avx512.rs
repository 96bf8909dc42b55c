//! The vectors of x86-64 with AVX-512 of 2019 (Ice Lake, Zen 4) and later.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi8, _mm512_add_epi64, _mm512_and_si512, _mm512_cmpeq_epi8_mask,
    _mm512_cmplt_epu8_mask, _mm512_loadu_si512, _mm512_madd_epi16, _mm512_maddubs_epi16,
    _mm512_mask_blend_epi8, _mm512_maskz_compress_epi8, _mm512_packus_epi32,
    _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_set1_epi8, _mm512_set1_epi16,
    _mm512_set1_epi32, _mm512_set1_epi64, _mm512_storeu_si512, _mm512_sub_epi8,
    _mm512_ternarylogic_epi64,
};

use super::{After, BEFORE, BLOCK, Batch, Lanes, MOST, Masks, WORD, scan_with};

/// Numbers converted together.
const GROUP: usize = 16;

/// Whether this machine supports [`scan`].
pub(super) fn is_supported() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt")
}

/// Scans blocks, as described in the parent module.
///
/// # Safety
///
/// [`is_supported`] must have returned true.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,bmi1,bmi2,popcnt")]
pub(super) unsafe fn scan(bytes: &[u8], from: usize, batch: &mut Batch) -> (usize, After) {
    // SAFETY: the caller's promise.
    unsafe { scan_with::<Avx512>(bytes, from, batch) }
}

/// The value for a byte that is not a digit: only its highest bit is set.
const OTHER: i8 = i8::MIN;

/// The digits of two blocks, 0 to 9, and [`OTHER`]s.
struct Avx512 {
    before: __m512i,
    block: __m512i,
}

#[expect(clippy::inline_always, reason = "to be compiled with the vectors of the caller")]
impl Lanes for Avx512 {
    #[inline(always)]
    unsafe fn new() -> Self {
        // SAFETY: the caller's promise.
        let nothing = unsafe { _mm512_set1_epi8(OTHER) };
        Self { before: nothing, block: nothing }
    }

    #[inline(always)]
    unsafe fn classify(&mut self, block: &[u8; BLOCK]) -> Masks {
        // SAFETY: the caller's promise.
        unsafe { self.classify(block) }
    }

    #[inline(always)]
    unsafe fn convert(&self, _: &[u8; BEFORE + BLOCK], ends: u64, out: &mut [u32; MOST]) {
        // SAFETY: the caller's promise.
        unsafe { self.convert(ends, out) };
    }
}

impl Avx512 {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn classify(&mut self, block: &[u8; BLOCK]) -> Masks {
        let bytes = load(block);
        let values = _mm512_sub_epi8(bytes, _mm512_set1_epi8(b'0'.cast_signed()));
        let digits = _mm512_cmplt_epu8_mask(values, _mm512_set1_epi8(10));
        self.before = self.block;
        self.block = _mm512_mask_blend_epi8(digits, _mm512_set1_epi8(OTHER), values);
        let equal = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()));
        Masks { digits, commas: equal(b','), line_feeds: equal(b'\n') }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,popcnt")]
    fn convert(&self, ends: u64, out: &mut [u32; MOST]) {
        let places = _mm512_maskz_compress_epi8(ends, load(&PLACES));
        let (groups, _) = out.as_chunks_mut::<GROUP>();
        self.convert_group(places, 0, &mut groups[0]);
        if ends.count_ones() as usize > GROUP {
            self.convert_group(places, GROUP, &mut groups[1]);
        }
    }

    /// Converts the numbers that end before the positions from `from` on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn convert_group(&self, places: __m512i, from: usize, out: &mut [u32; GROUP]) {
        let low = self.fours(places, load(&WORDS[from / GROUP][0]));
        let high = self.fours(places, load(&WORDS[from / GROUP][1]));
        let fours = _mm512_packus_epi32(low, high);
        let eights = _mm512_madd_epi16(fours, _mm512_set1_epi32((10_000 << 16) + 1));
        // SAFETY: `out` is sixteen numbers of 32 bits; no alignment is needed.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), eights) };
    }

    /// Converts the eight numbers that end before the positions chosen by `words` into
    /// sixteen of four digits, the lower half of each first.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn fours(&self, places: __m512i, words: __m512i) -> __m512i {
        let ends = _mm512_permutexvar_epi8(words, places);
        let places = _mm512_add_epi8(ends, load(&BACKWARDS));
        // The seventh bit of a position chooses between the two.
        let bytes = _mm512_permutex2var_epi8(self.block, places, self.before);
        let others = _mm512_and_si512(bytes, _mm512_set1_epi8(OTHER));
        let below = _mm512_add_epi64(others, _mm512_set1_epi64(-1));
        // bytes & !others & below
        let digits = _mm512_ternarylogic_epi64::<0b0010_0000>(bytes, others, below);
        let pairs = _mm512_maddubs_epi16(digits, _mm512_set1_epi16((10 << 8) + 1));
        _mm512_madd_epi16(pairs, _mm512_set1_epi32((100 << 16) + 1))
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(bytes: &[u8; BLOCK]) -> __m512i {
    // SAFETY: 64 bytes are there; the load needs no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

/// The position of each byte.
const PLACES: [u8; BLOCK] = {
    let mut places = [0; BLOCK];
    let mut at = 0;
    while at < BLOCK {
        places[at] = at as u8;
        at += 1;
    }
    places
};

/// The offsets from the end of a number to its digits, last digit first.
const BACKWARDS: [u8; BLOCK] = {
    let mut backwards = [0; BLOCK];
    let mut at = 0;
    while at < BLOCK {
        backwards[at] = (at % WORD) as u8 ^ u8::MAX;
        at += 1;
    }
    backwards
};

/// The number that each byte belongs to, for two groups of numbers in two vectors each.
/// The pack that joins the two works in quarters of 128 bits: each vector has two of
/// every four numbers.
const WORDS: [[[u8; BLOCK]; 2]; MOST / GROUP] = {
    let mut words = [[[0; BLOCK]; 2]; MOST / GROUP];
    let mut number = 0;
    while number < MOST {
        let pair = number % GROUP / 2;
        let mut byte = 0;
        while byte < WORD {
            let at = pair / 2 * 2 * WORD + number % 2 * WORD + byte;
            words[number / GROUP][pair % 2][at] = number as u8;
            byte += 1;
        }
        number += 1;
    }
    words
};
