//! What the allocator of native code says of itself.
//!
//! A library that is preloaded or linked in its place has the symbol `malloc`, so the process is
//! asked whose that is.

mod glibc;
mod jemalloc;
mod mimalloc;
mod pieces;
mod symbols;
mod tcmalloc;

use super::claims::Claimed;
use crate::{
    allocations::own_memory::OwnMemory,
    report::{Allocator, AllocatorName, now_iso},
};

/// Asks the allocator, one reading after the other.
#[derive(Debug)]
pub(super) struct Asked {
    name: AllocatorName,
    glibc: glibc::Asked,
}

/// What it holds, in bytes, as far as it tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    /// Handed out, resident or not.
    pub(super) used: Option<u64>,
    /// Kept although it is free, resident or not.
    pub(super) free: Option<u64>,
    /// Part of `used` with mappings of its own.
    pub(super) mapped: Option<u64>,
    /// What it has taken from the system and not given back.
    pub(super) held: Option<u64>,
    /// Arenas.
    pub(super) arenas: Option<u32>,
}

impl Asked {
    /// Finds out which allocator serves the process.
    pub(super) fn new() -> Self {
        let name = if jemalloc::is_here() {
            AllocatorName::Jemalloc
        } else if mimalloc::is_here() {
            AllocatorName::Mimalloc
        } else if tcmalloc::is_here() {
            AllocatorName::Tcmalloc
        } else if cfg!(target_env = "musl") {
            AllocatorName::Musl
        } else if glibc::is_here() {
            AllocatorName::Glibc
        } else {
            AllocatorName::Unknown
        };
        Self { name, glibc: glibc::Asked::default() }
    }

    /// Returns which it is.
    pub(super) fn name(&self) -> AllocatorName {
        self.name
    }

    /// Asks it. `claimed` is what the process has of glibc's.
    pub(super) fn ask(&mut self, claimed: &Claimed, memory: &OwnMemory) -> (Allocator, Figures) {
        let (figures, why) = match self.name {
            AllocatorName::Glibc => self.glibc.ask(claimed, memory),
            AllocatorName::Jemalloc => told(jemalloc::ask(), "it was built without statistics"),
            AllocatorName::Mimalloc => told(mimalloc::ask(), "it has no statistics"),
            AllocatorName::Tcmalloc => told(tcmalloc::ask(), "it has no statistics"),
            AllocatorName::Musl => told(None, "musl's allocator has no statistics"),
            AllocatorName::Unknown => told(None, "malloc is of a library that seep does not know"),
        };
        let shown = Allocator {
            name: self.name,
            used_bytes: figures.used,
            free_bytes: figures.free,
            mapped_bytes: figures.mapped,
            arenas: figures.arenas,
            at: figures.held.is_some().then(now_iso),
            why,
        };
        (shown, figures)
    }
}

/// Returns the figures, or why there are none.
fn told(figures: Option<Figures>, why: &str) -> (Figures, Option<String>) {
    let why = figures.is_none().then(|| why.to_owned());
    (figures.unwrap_or_default(), why)
}
