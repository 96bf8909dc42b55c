//! How many free pieces glibc's arenas have, from samples of their memory.
//!
//! A piece begins with its size, and says in its lowest bit whether the piece before is in use; a
//! free piece ends with its size once more. So some hundred words of an arena show where pieces
//! begin, wherever one looks: from there, sizes lead from piece to piece.

use std::ops::Range;

use crate::allocations::sampler::Peek;

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

const FLAGS: u64 = 7;
const IS_MAPPED: u64 = 2;
const IS_USED_BEFORE: u64 = 1;

/// What all arenas have, judged by samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Estimate {
    /// Free pieces.
    pub(super) pieces: f64,
    /// Their resident bytes.
    pub(super) free_bytes: f64,
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
    let share = |of: u64, all: u64| if all == 0 { 0.0 } else { of as f64 / all as f64 };
    Estimate {
        pieces: share(all.free_pieces, looked_at) * total as f64,
        free_bytes: share(all.free, all.walked) * total as f64,
    }
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
        if head & IS_USED_BEFORE == 0 {
            if again != size {
                return None;
            }
            row.free += size;
            row.free_pieces += 1;
        }
        row.walked += size;
        (at, count) = (next, count + 1);
    }
    (count >= IN_ROW).then_some(row)
}
