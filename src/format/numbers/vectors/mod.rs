//! Sixty-four bytes of numbers at a time.
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
//! The first and the last are the machine's ([`Lanes`]): AVX2 on x86-64 where
//! it is there, NEON on AArch64. Anything else than digits, `,` and `\n,` ends
//! the run, and the byte loop goes on from there. Tests compare the two on
//! random text.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;

#[cfg(target_arch = "x86_64")]
pub(super) use avx2::{is_supported, scan};
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
pub(super) use neon::{is_supported, scan};

use super::Batch;

/// Bytes looked at together.
const BLOCK: usize = 64;

/// Words turned into numbers together.
const WORDS: usize = 8;

/// Bytes before the first block that must be readable: the load of a number
/// ends at its last digit, wherever it begins.
pub(super) const BEFORE: usize = 8;

/// Room in a batch that a block may need: a number takes two bytes with its
/// comma, and they are written in eights.
const ROOM: usize = BLOCK / 2 + WORDS;

/// What precedes a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// A comma.
    Comma,
    /// A number and a line feed.
    LineFeed,
}

/// What the vectors of one machine do.
trait Lanes {
    /// Tells the bytes of a block apart.
    ///
    /// # Safety
    ///
    /// The machine must have these vectors.
    unsafe fn classify(block: &[u8; BLOCK]) -> Masks;

    /// Turns words of eight digits, zero bytes before shorter numbers, into
    /// numbers.
    ///
    /// # Safety
    ///
    /// The machine must have these vectors.
    unsafe fn convert(words: &[u64; WORDS], out: &mut [u32; WORDS]);
}

/// Scans blocks of `bytes` from `from` on, before which there is a comma, into
/// `batch`. Returns how far it came, which is never inside a number, and what
/// precedes that place.
///
/// # Safety
///
/// The machine must have the vectors of `L`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "to be compiled with the vectors of its caller")]
unsafe fn scan_with<L: Lanes>(bytes: &[u8], from: usize, batch: &mut Batch) -> (usize, After) {
    let mut staged = [0_u64; ROOM];
    let mut at = from;
    let mut before = Masks { digits: 0, commas: 1 << 63, line_feeds: 0 };
    // First byte of a number that has begun and not ended.
    let mut open = None;
    while at >= BEFORE && batch.room() >= ROOM {
        let Some(block) = bytes.get(at..).and_then(|rest| rest.first_chunk()) else { break };
        // SAFETY: the caller's promise.
        let masks = unsafe { L::classify(block) };
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
        let (words, _) = staged.as_chunks::<WORDS>();
        let (out, _) = batch.spare().as_chunks_mut::<WORDS>();
        for (words, out) in words.iter().zip(out).take(count.div_ceil(WORDS)) {
            // SAFETY: the caller's promise.
            unsafe { L::convert(words, out) };
        }
        batch.take_spare(count);
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

/// No vectors that are known.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little"))))]
mod none {
    use super::{After, Batch};

    pub(in super::super) fn is_supported() -> bool {
        false
    }

    /// # Safety
    ///
    /// Never called: [`is_supported`] says no.
    pub(in super::super) unsafe fn scan(_: &[u8], from: usize, _: &mut Batch) -> (usize, After) {
        (from, After::Comma)
    }
}
#[cfg(not(any(
    target_arch = "x86_64",
    all(target_arch = "aarch64", target_endian = "little")
)))]
pub(super) use none::{is_supported, scan};
