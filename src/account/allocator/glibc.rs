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
const LONGEST: f64 = 2e6;

/// What a free piece takes, in nanoseconds, until it was measured; most of it is a miss of every
/// cache.
const PIECE: f64 = 190.0;

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
    /// How many pieces there were for each that was estimated.
    correction: f64,
    /// What one took.
    piece: f64,
}

impl Default for Asked {
    fn default() -> Self {
        Self { correction: 1.0, piece: PIECE }
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
        let expected = estimate.pieces * self.correction;
        let held = claimed.resident(Owner::Arena) + claimed.resident(Owner::Chunk);
        let known = Figures {
            mapped: Some(claimed.chunks_bytes),
            held: Some(held),
            // The first has no header of its own.
            arenas: u32::try_from(claimed.owners.len() + 1).ok(),
            ..Figures::default()
        };
        if expected * self.piece <= LONGEST
            && let Some(told) = self.call(estimate.pieces)
        {
            let mapped = Some(told.mapped);
            let held = Some(held + told.mapped.saturating_sub(claimed.chunks_bytes));
            let (used, free) = (Some(told.used), Some(told.free));
            return (Figures { used, free, mapped, held, ..known }, None);
        }
        let untouched = claimed.arenas_bytes - claimed.resident(Owner::Arena);
        let free = estimate.free_bytes as u64 + untouched;
        let used = (claimed.arenas_bytes + claimed.chunks_bytes).saturating_sub(free);
        let why = format!(
            "estimated: to count about {expected:.0} free pieces, glibc would hold up the process"
        );
        (Figures { used: Some(used), free: Some(free), ..known }, Some(why))
    }

    /// Asks, and learns how long it takes.
    fn call(&mut self, estimated: f64) -> Option<Told> {
        let start = Instant::now();
        let (told, pieces) = mallinfo2().or_else(mallinfo)?;
        let took = start.elapsed().as_nanos() as f64;
        self.correction = (pieces / estimated.max(1.0)).max(1.0);
        if pieces > 1_000.0 {
            self.piece = took / pieces; // of fewer, the call itself takes longer
        }
        Some(told)
    }
}

/// Its answer.
struct Told {
    used: u64,
    free: u64,
    mapped: u64,
}

/// Returns the answer, and how many pieces were counted for it.
fn mallinfo2() -> Option<(Told, f64)> {
    let at = symbols::find(c"mallinfo2")?;
    // SAFETY: malloc.h has this signature.
    let ask = unsafe { mem::transmute::<*mut c_void, extern "C" fn() -> Info<usize>>(at) };
    let info = ask();
    let told = Told {
        used: (info.used + info.mapped) as u64,
        free: info.free as u64,
        mapped: info.mapped as u64,
    };
    Some((told, (info.free_pieces + info.small_pieces) as f64))
}

/// Does the same before glibc 2.33, whose numbers are those of less than 4 GiB.
fn mallinfo() -> Option<(Told, f64)> {
    let at = symbols::find(c"mallinfo")?;
    // SAFETY: malloc.h has this signature; its numbers overflow silently.
    let ask = unsafe { mem::transmute::<*mut c_void, extern "C" fn() -> Info<u32>>(at) };
    let info = ask();
    let used = u64::from(info.used) + u64::from(info.mapped);
    let pieces = f64::from(info.free_pieces) + f64::from(info.small_pieces);
    let told = Told { used, free: u64::from(info.free), mapped: u64::from(info.mapped) };
    Some((told, pieces))
}
