//! How many free pieces glibc's arenas have, from samples of their memory.
//!
//! A piece begins with its size, and says in its lowest bit whether the piece before is in use; a
//! free piece ends with its size once more. So some hundred words of an arena show where pieces
//! begin, wherever one looks: from there, sizes lead from piece to piece.

use std::ops::Range;

use crate::{
    account::heaps::{FLAGS, IS_MAPPED},
    allocations::sampler::Peek,
};

/// Places that are looked at.
const PLACES: u64 = 32;

/// Words that are read at each.
const WORDS: usize = 2 << 10;

/// Words among which a piece is expected to begin. Where none does, there is a part of a large one.
const BEGINNINGS: usize = 512;

/// Pieces in a row that are no coincidence.
const IN_ROW: u32 = 4;

/// The smallest piece, in bytes.
const SMALLEST: u64 = 32;

const IS_USED_BEFORE: u64 = 1;

/// What all arenas have, judged by samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Estimate {
    /// Free pieces.
    pub(super) pieces: u64,
    /// Their resident bytes.
    pub(super) free_bytes: u64,
}

/// Looks at places that are spread over `arenas`, the resident parts of all.
pub(super) fn estimate(memory: &impl Peek, arenas: &[Range<u64>]) -> Estimate {
    let total: u64 = arenas.iter().map(|part| part.end - part.start).sum();
    let mut all = Row::default();
    let mut looked_at = 0;
    let mut bytes = vec![0_u8; WORDS * 8];
    let mut parts = arenas.iter();
    let (mut part, mut before) = (parts.next(), 0);
    for place in 0..PLACES {
        let wanted = total / PLACES * place;
        while let Some(here) = part
            && before + (here.end - here.start) <= wanted
        {
            before += here.end - here.start;
            part = parts.next();
        }
        let Some(here) = part else { break };
        let at = (here.start + (wanted - before)) & !15;
        let length = (here.end - at).min(bytes.len() as u64) as usize;
        let bytes = &mut bytes[..length];
        if !memory.read(at, bytes) {
            continue;
        }
        let words: Vec<u64> =
            bytes.as_chunks().0.iter().map(|word| u64::from_ne_bytes(*word)).collect();
        looked_at += length as u64;
        if let Some(row) = (0..words.len().min(BEGINNINGS)).step_by(2).find_map(|i| row(&words, i))
        {
            all.walked += row.walked;
            all.free += row.free;
            all.free_pieces += row.free_pieces;
        }
    }
    Estimate {
        pieces: of_all(all.free_pieces, looked_at, total),
        free_bytes: of_all(all.free, all.walked, total),
    }
}

/// Returns how much of `total` is what `part` is of `sample`.
fn of_all(part: u64, sample: u64, total: u64) -> u64 {
    let product = u128::from(part) * u128::from(total);
    u64::try_from(product / u128::from(sample.max(1))).unwrap_or(u64::MAX)
}

/// Pieces one after the other.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    walked: u64,
    free: u64,
    free_pieces: u64,
}

/// Returns the pieces from the word at `begin` on, if there are any.
fn row(words: &[u64], begin: usize) -> Option<Row> {
    let mut row = Row::default();
    let (mut at, mut count) = (begin, 0);
    let mut was_free = false;
    loop {
        let head = *words.get(at + 1)?;
        let size = head & !FLAGS;
        if size < SMALLEST || !size.is_multiple_of(16) || head & IS_MAPPED != 0 {
            return None;
        }
        let next = usize::try_from(size / 8).ok()?.checked_add(at)?;
        let Some(&[again, head]) = words.get(next..).and_then(|rest| rest.first_chunk()) else {
            break;
        };
        let is_free = head & IS_USED_BEFORE == 0;
        if is_free {
            // Free neighbours are joined.
            if again != size || was_free {
                return None;
            }
            row.free += size;
            row.free_pieces += 1;
        }
        row.walked += size;
        (at, count, was_free) = (next, count + 1, is_free);
    }
    (count >= IN_ROW).then_some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An arena with pieces, from its first byte on.
    struct Arena(Vec<u8>);

    const START: u64 = 0x7f00_0000_0000;

    impl Peek for Arena {
        fn read(&self, at: u64, to: &mut [u8]) -> bool {
            let found = self.0.get((at - START) as usize..).and_then(|from| from.get(..to.len()));
            found.is_some_and(|found| {
                to.copy_from_slice(found);
                true
            })
        }
    }

    impl Arena {
        /// Pieces of these sizes in turn, of which the odd ones are free.
        fn of(sizes: &[u64], bytes: usize) -> Self {
            let mut words = Vec::new();
            let (mut before, mut was_free) = (0, false);
            for (i, &size) in sizes.iter().cycle().enumerate() {
                if words.len() * 8 >= bytes {
                    break;
                }
                words.push(if was_free { before } else { 0x6161_6161_6161_6161 });
                words.push(size | u64::from(!was_free));
                words.resize(words.len() + size as usize / 8 - 2, 0x6161_6161_6161_6161);
                (before, was_free) = (size, i % 2 == 1);
            }
            Self(words.iter().flat_map(|word: &u64| word.to_ne_bytes()).collect())
        }

        fn estimate(&self) -> Estimate {
            estimate(self, std::slice::from_ref(&(START..START + self.0.len() as u64)))
        }
    }

    #[test]
    fn pieces_are_counted_from_samples() {
        let estimate = Arena::of(&[64, 32, 96, 128], 4 << 20).estimate();
        let (pieces, free) = ((4 << 20) / 160, 2 << 20);
        assert!(estimate.pieces.abs_diff(pieces) < pieces / 20, "{estimate:?} of {pieces}");
        assert!(estimate.free_bytes.abs_diff(free) < free / 20, "{estimate:?} of {free}");
    }

    #[test]
    fn contents_are_no_pieces() {
        for word in [0_u64, 0x20, 0x21, 0x6161_6161_6161_6161] {
            let bytes = word.to_ne_bytes().repeat(1 << 18);
            let estimate = Arena(bytes).estimate();
            assert_eq!(estimate.pieces, 0, "{word:#x}");
        }
        assert_eq!(estimate(&Arena(Vec::new()), &[]), Estimate::default());
    }
}
