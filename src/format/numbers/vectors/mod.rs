//! Reads 64 bytes of numbers at a time.
//!
//! A number takes three to nine bytes, so a loop over bytes mispredicts at almost every
//! one, and arithmetic on one number at a time waits for itself. Instead, per block of 64
//! bytes:
//!
//! 1. Compare all bytes at once; three bit masks say which are digits, commas
//!    and line feeds. Shifted by one they say what precedes each byte, and one
//!    expression checks the grammar of the whole block.
//! 2. Where a digit precedes and none follows, a number ends. Take the eight
//!    bytes before each end, eight or sixteen ends together and more than there
//!    are if need be: branches on how many there are would be mispredicted.
//! 3. Clear what precedes the number in its eight bytes, and turn all together
//!    into numbers with the three multiply-adds of the well-known SIMD `atoi`
//!    (digits to pairs, pairs to fours, fours to eights). The bytes are taken
//!    last digit first, so that what must be cleared lies above the lowest byte
//!    that is no digit: a subtraction finds it.
//! 4. Numbers of more than eight digits, which a fifth mask marks, are rare and
//!    read again one by one.
//!
//! Most of this depends on the machine ([`Lanes`]): AVX-512 or AVX2 on x86-64 where
//! available, NEON on AArch64. Anything but digits, `,` and `\n,` ends the run, and the
//! byte loop continues from there. Tests compare the two on random text.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;

use super::Batch;

/// Bytes examined together.
const BLOCK: usize = 64;

/// Bytes converted to one number at once.
const WORD: usize = 8;

/// Bytes before the first block that must be readable: digits are taken from the last one
/// backwards, wherever the number begins.
pub(super) const BEFORE: usize = WORD;

/// Numbers that may end in a block: each takes at least two bytes with its comma.
const MOST: usize = BLOCK / 2;

/// Scans blocks of bytes into a batch, starting at an offset that follows a comma.
/// Returns the position reached, which is never inside a number, and what precedes it.
///
/// The machine must support the vectors of the function called.
pub(super) type Scan = unsafe fn(&[u8], usize, &mut Batch) -> (usize, After);

/// Returns the functions that this machine supports, fastest first.
pub(super) fn supported() -> impl Iterator<Item = Scan> {
    #[cfg(target_arch = "x86_64")]
    let known: [(bool, Scan); 2] =
        [(avx512::is_supported(), avx512::scan), (avx2::is_supported(), avx2::scan)];
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    let known: [(bool, Scan); 1] = [(true, neon::scan)];
    #[cfg(not(any(
        target_arch = "x86_64",
        all(target_arch = "aarch64", target_endian = "little")
    )))]
    let known: [(bool, Scan); 0] = [];
    known.into_iter().filter_map(|(is_supported, scan)| is_supported.then_some(scan))
}

/// The token before a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// A comma.
    Comma,
    /// A number and a line feed.
    LineFeed,
}

/// The vector operations of one machine.
trait Lanes {
    /// Prepares for the first block, which follows a comma.
    ///
    /// # Safety
    ///
    /// The machine must support these vectors, here and below.
    unsafe fn new() -> Self;

    /// Classifies the bytes of the next block.
    ///
    /// # Safety
    ///
    /// As for [`new`](Self::new).
    unsafe fn classify(&mut self, block: &[u8; BLOCK]) -> Masks;

    /// Writes the numbers that end before the bytes `ends` of the last classified block,
    /// the last eight digits of each, and others after them. `window` is that block and
    /// its predecessor.
    ///
    /// # Safety
    ///
    /// As for [`new`](Self::new).
    unsafe fn convert(&self, window: &[u8; BEFORE + BLOCK], ends: u64, out: &mut [u32; MOST]);
}

/// Implements [`Scan`] with the vectors of `L`.
///
/// # Safety
///
/// The machine must support them.
#[inline(always)]
#[expect(clippy::inline_always, reason = "to be compiled with the vectors of its caller")]
unsafe fn scan_with<L: Lanes>(bytes: &[u8], from: usize, batch: &mut Batch) -> (usize, After) {
    // SAFETY: the caller's promise.
    let mut lanes = unsafe { L::new() };
    let mut at = from;
    let mut before = Before { comma: 1, ..Before::default() };
    while at >= BEFORE
        && let Some(window) = bytes.get(at - BEFORE..).and_then(|rest| rest.first_chunk())
        && let Some(block) = window.last_chunk()
        && let Some(out) = batch.spare().first_chunk_mut()
    {
        // SAFETY: the caller's promise.
        let masks = unsafe { lanes.classify(block) };
        let after_digit = masks.digits << 1 | before.digit;
        if !masks.are_grammatical(after_digit, &before) {
            break;
        }
        let ends = after_digit & !masks.digits;
        // SAFETY: the caller's promise.
        unsafe { lanes.convert(window, ends, out) };
        if before.nine_digits(after_digit) & ends != 0 {
            correct_long(bytes, at, ends, batch);
        }
        batch.take_spare(ends.count_ones() as usize);
        before.pass(masks);
        at += BLOCK;
    }
    if before.line_feed == 1 {
        return (at, After::LineFeed);
    }
    // An unfinished number is left.
    (at - digits_before(&bytes[..at]), After::Comma)
}

/// Returns the words before the next `N` of `ends`, and removes these; arbitrary words
/// once there are no more.
#[inline(always)]
#[expect(clippy::inline_always, reason = "to be compiled with the vectors of its caller")]
fn next_words<const N: usize>(window: &[u8; BEFORE + BLOCK], ends: &mut u64) -> [u64; N] {
    std::array::from_fn(|_| {
        // 64 when there are no more.
        let end = ends.trailing_zeros() as usize;
        *ends &= ends.wrapping_sub(1);
        window[end..].first_chunk::<WORD>().map_or(0, |word| u64::from_le_bytes(*word))
    })
}

/// The classes of a block's bytes, the first byte in the lowest bit.
#[derive(Clone, Copy)]
struct Masks {
    digits: u64,
    commas: u64,
    line_feeds: u64,
}

impl Masks {
    /// Whether every byte may follow its predecessor: a digit or a comma before a digit,
    /// a digit or a line feed before a comma, a digit before a line feed.
    #[inline]
    fn are_grammatical(self, after_digit: u64, before: &Before) -> bool {
        let after_comma = self.commas << 1 | before.comma;
        let after_line_feed = self.line_feeds << 1 | before.line_feed;
        let right = self.digits & (after_digit | after_comma)
            | self.commas & (after_digit | after_line_feed)
            | self.line_feeds & after_digit;
        right == u64::MAX
    }
}

/// Bits that the masks of earlier blocks shift into those of the next.
#[derive(Default)]
struct Before {
    digit: u64,
    comma: u64,
    line_feed: u64,
    /// The bits shifted out by [`nine_digits`](Self::nine_digits).
    ones: u64,
    twos: u64,
    fours: u64,
    eights: u64,
}

impl Before {
    /// Returns which bytes follow at least nine digits, among those that follow one.
    #[inline]
    fn nine_digits(&mut self, after_digit: u64) -> u64 {
        let twos = after_digit & (after_digit << 1 | self.ones);
        let fours = twos & (twos << 2 | self.twos);
        let eights = fours & (fours << 4 | self.fours);
        let nines = eights & (after_digit << 8 | self.eights);
        self.ones = after_digit >> 63;
        self.twos = twos >> 62;
        self.fours = fours >> 60;
        self.eights = after_digit >> 56;
        nines
    }

    #[inline]
    fn pass(&mut self, masks: Masks) {
        self.digit = masks.digits >> 63;
        self.comma = masks.commas >> 63;
        self.line_feed = masks.line_feeds >> 63;
    }
}

/// Records in `batch` the numbers of more than eight digits among those that end at
/// `ends` after `at`.
#[cold]
fn correct_long(bytes: &[u8], at: usize, mut ends: u64, batch: &mut Batch) {
    for index in 0..ends.count_ones() as usize {
        let end = at + ends.trailing_zeros() as usize;
        ends &= ends - 1;
        let digits = digits_before(&bytes[..end]);
        if digits > WORD {
            batch.note_long(index, &bytes[end - digits..end]);
        }
    }
}

/// Returns how many digits `bytes` end in.
fn digits_before(bytes: &[u8]) -> usize {
    bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count()
}
