//! glibc's own statistics, `mallinfo2`.
//!
//! It walks the list of every free piece, with the arena locked: 20 to 190 ns for each, and the
//! event loop's `malloc` waits. A process with much fragmentation has a million of them. So the
//! pieces are estimated first ([`pieces`]), without a lock, and it is asked if they are few.
//! Otherwise the estimate is the figure.

use std::{ffi::c_void, mem, time::Instant};

use super::{Figures, pieces, symbols};
use crate::{
    account::claims::{Claimed, Owner},
    allocations::own_memory::OwnMemory,
};

/// The longest that it may take, in nanoseconds.
const LONGEST: u64 = 2_000_000;

/// What a free piece takes, in nanoseconds, until it was measured; most of it is a miss of every
/// cache.
const PIECE: u64 = 190;

/// `struct mallinfo2` of malloc.h: every field a `size_t`.
#[repr(C)]
struct Info<T> {
    arena: T,
    free_pieces: T,
    small_pieces: T,
    mappings: T,
    mapped: T,
    unused: T,
    small_bytes: T,
    used: T,
    free: T,
    at_top: T,
}

/// What was learnt from asking.
#[derive(Debug)]
pub(super) struct Asked {
    /// Free pieces at the last time, of which half are forgotten each time that it is not asked.
    seen: u64,
    /// What one takes, in nanoseconds.
    piece: u64,
}

impl Default for Asked {
    fn default() -> Self {
        Self { seen: 0, piece: PIECE }
    }
}

/// Whether it serves the process.
pub(super) fn is_here() -> bool {
    symbols::is_allocators(c"mallinfo")
}

impl Asked {
    /// Returns its figures, and why they are an estimate if they are one.
    pub(super) fn ask(
        &mut self,
        claimed: &Claimed,
        memory: &OwnMemory,
    ) -> (Figures, Option<String>) {
        let estimate = pieces::estimate(memory, &claimed.arenas);
        let expected = estimate.pieces.max(self.seen);
        let held = claimed.resident(Owner::Arena) + claimed.resident(Owner::Chunk);
        let known = Figures {
            mapped: Some(claimed.chunks_bytes),
            held: Some(held),
            // The first has no header of its own.
            arenas: u32::try_from(claimed.owners.len() + 1).ok(),
            ..Figures::default()
        };
        if expected.saturating_mul(self.piece) <= LONGEST
            && let Some(told) = self.call()
        {
            let mapped = Some(told.mapped);
            let held = Some(held + told.mapped.saturating_sub(claimed.chunks_bytes));
            let (used, free) = (Some(told.used), Some(told.free));
            return (Figures { used, free, mapped, held, ..known }, None);
        }
        self.seen /= 2;
        let untouched = claimed.arenas_bytes - claimed.resident(Owner::Arena);
        let free = estimate.free_bytes + untouched;
        let used = (claimed.arenas_bytes + claimed.chunks_bytes).saturating_sub(free);
        let why = format!(
            "estimated: to count about {expected} free pieces, glibc would hold up the process"
        );
        (Figures { used: Some(used), free: Some(free), ..known }, Some(why))
    }

    /// Asks, and learns how long it takes.
    fn call(&mut self) -> Option<Told> {
        let start = Instant::now();
        let told = mallinfo2().or_else(mallinfo)?;
        let took = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.seen = told.pieces;
        if told.pieces > 1_000 {
            self.piece = (took / told.pieces).max(1); // of fewer, the call itself takes longer
        }
        Some(told)
    }
}

/// Its answer.
struct Told {
    used: u64,
    free: u64,
    mapped: u64,
    /// Free pieces.
    pieces: u64,
}

/// Asks for it.
fn mallinfo2() -> Option<Told> {
    let at = crate::symbols::address(c"mallinfo2")?;
    // SAFETY: malloc.h has this signature.
    let ask = unsafe { mem::transmute::<*mut c_void, extern "C" fn() -> Info<usize>>(at) };
    let info = ask();
    Some(Told {
        used: (info.used + info.mapped) as u64,
        free: info.free as u64,
        mapped: info.mapped as u64,
        pieces: (info.free_pieces + info.small_pieces) as u64,
    })
}

/// Does the same before glibc 2.33, whose numbers are those of less than 4 GiB.
fn mallinfo() -> Option<Told> {
    let at = crate::symbols::address(c"mallinfo")?;
    // SAFETY: malloc.h has this signature; its numbers overflow silently.
    let ask = unsafe { mem::transmute::<*mut c_void, extern "C" fn() -> Info<u32>>(at) };
    let info = ask();
    Some(Told {
        used: u64::from(info.used) + u64::from(info.mapped),
        free: info.free.into(),
        mapped: info.mapped.into(),
        pieces: u64::from(info.free_pieces) + u64::from(info.small_pieces),
    })
}
