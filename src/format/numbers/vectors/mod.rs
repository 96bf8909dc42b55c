//! Sixty-four bytes of numbers at a time.
//!
//! A number takes three to nine bytes, so a loop over bytes mispredicts at
//! almost every one, and arithmetic on one number at a time waits for itself.
//! Instead, per block of 64 bytes:
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
//! 4. Numbers of more than eight digits, which a fifth mask tells, are rare and
//!    read again one by one.
//!
//! Most of this is the machine's ([`Lanes`]): AVX-512 or AVX2 on x86-64 where
//! they are there, NEON on AArch64. Anything else than digits, `,` and `\n,`
//! ends the run, and the byte loop goes on from there. Tests compare the two on
//! random text.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;

use super::Batch;

/// Bytes looked at together.
const BLOCK: usize = 64;

/// Bytes of which a number is made in one go.
const WORD: usize = 8;

/// Bytes before the first block that must be readable: those of a number are
/// taken from its last digit backwards, wherever it begins.
pub(super) const BEFORE: usize = WORD;

/// Numbers that may end in a block: each takes two bytes with its comma.
const MOST: usize = BLOCK / 2;

/// Scans blocks of bytes from an offset on, before which there is a comma, into
/// a batch. Returns how far it came, which is never inside a number, and what
/// precedes that place.
///
/// The machine must have the vectors of the one that is called.
pub(super) type Scan = unsafe fn(&[u8], usize, &mut Batch) -> (usize, After);

/// Those that this machine has the vectors for, the quickest first.
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
    /// Before the first block, which follows a comma.
    ///
    /// # Safety
    ///
    /// The machine must have these vectors, here and below.
    unsafe fn new() -> Self;

    /// Tells the bytes of the next block apart.
    ///
    /// # Safety
    ///
    /// As for [`new`](Self::new).
    unsafe fn classify(&mut self, block: &[u8; BLOCK]) -> Masks;

    /// Writes the numbers that end before the bytes `ends` of the block told
    /// apart last, the last eight digits of each, and others after them.
    /// `window` is that block and what precedes it.
    ///
    /// # Safety
    ///
    /// As for [`new`](Self::new).
    unsafe fn convert(&self, window: &[u8; BEFORE + BLOCK], ends: u64, out: &mut [u32; MOST]);
}

/// A [`Scan`] with the vectors of `L`.
///
/// # Safety
///
/// The machine must have them.
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
    // A number without an end is left.
    (at - digits_before(&bytes[..at]), After::Comma)
}

/// The words before the next `N` of `ends`, which are then done with; arbitrary
/// ones when there are no more.
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
    fn are_grammatical(self, after_digit: u64, before: &Before) -> bool {
        let after_comma = self.commas << 1 | before.comma;
        let after_line_feed = self.line_feeds << 1 | before.line_feed;
        let right = self.digits & (after_digit | after_comma)
            | self.commas & (after_digit | after_line_feed)
            | self.line_feeds & after_digit;
        right == u64::MAX
    }
}

/// What the masks of the blocks before shift into those of the next.
#[derive(Default)]
struct Before {
    digit: u64,
    comma: u64,
    line_feed: u64,
    /// Of what [`nine_digits`](Self::nine_digits) shifts, the bits shifted out.
    ones: u64,
    twos: u64,
    fours: u64,
    eights: u64,
}

impl Before {
    /// Which bytes come after nine digits or more, of those that come after
    /// one.
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

/// Notes in `batch` the numbers of more than eight digits among those that end
/// at `ends` after `at`.
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

/// How many digits `bytes` end in.
fn digits_before(bytes: &[u8]) -> usize {
    bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count()
}
