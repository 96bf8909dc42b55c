//! Reads V8's heap without V8.
//!
//! A forked child has a frozen copy of the heap. V8 can write a snapshot of it
//! there, but takes microseconds and hundreds of bytes for each object. A Node
//! binary describes how V8's objects lie in memory (`layout`). So the child can read
//! the heap directly, from the `roots` to everything reachable (`scan`), and write
//! for each object what a snapshot would contain (`wire`): some 60 ns and a byte of
//! memory for each. No V8 code runs in the child, so it waits for no lock and
//! collects nothing; and a wrong read ends the child, not the process.
//!
//! ```text
//!  parent, event loop        child                                      parent, background
//!  ──────────────────        ─────                                      ──────────────────
//!  gate ─ probes ─ fork ───▶ memory ─ pages ─ roots ─ scan ─ wire ─────▶ decode ─▶ rows
//!                                             shapes ┘ └ names            the same as the
//!                                                                         parser of JSON gives
//! ```
//!
//! No snapshot is better than a wrong one. The [`gate`] admits only versions that are
//! in the table, and [`probes`] compare the table with objects made for this purpose.
//! The child checks every read against the list of mappings (`memory`), and counts
//! what does not make sense: above a threshold it exits with a code of its own, and
//! V8 writes instead.
//!
//! `docs/walk.md` explains this to users, and how a version is added.

pub mod arena;
pub mod bounds;
pub mod child;
pub mod code;
mod damaged;
pub mod decode;
pub mod exports;
pub mod gate;
pub mod heap;
pub mod layout;
pub mod memory;
pub mod names;
pub mod naming;
pub mod pages;
pub mod places;
pub mod probes;
pub mod roots;
pub mod samples;
pub mod scan;
pub mod scopes;
pub mod shape;
pub mod shapes;
pub mod table;
pub mod text;
pub mod wire;

use layout::Layout;

/// Everything that is the same for all captures of one process.
#[derive(Clone, Debug)]
pub struct Walk {
    layout: Layout,
    known: Known,
}

/// The findings of the probes. Addresses change and are not kept; these are distances
/// and indices in tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Bytes from the isolate to its roots table.
    pub roots: u64,
    /// Words of that table.
    pub root_count: u64,
    /// Index of `undefined` in the roots table; `null`, `true` and `false` follow
    /// the word after it.
    pub undefined: u64,
    /// Index of the hole, which stands for no value.
    pub hole: u64,
    /// Index of `Symbol.toStringTag`.
    pub to_string_tag: u64,
    /// Index of the string "constructor".
    pub constructor: u64,
    /// Instance type of a realm's context.
    pub native_context: u16,
    /// Instance type of the tables of WeakMap and WeakSet.
    pub weak_table: u16,
}

/// Addresses that the event loop's thread knows at the fork, from which a walk starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anchors {
    /// The isolate.
    pub isolate: u64,
    /// Its size in bytes.
    pub isolate_bytes: u64,
    /// Its roots table.
    pub roots: u64,
    /// Words of that table.
    pub root_count: u64,
    /// The newest handle.
    pub newest_handle: u64,
    /// The node of a strong global handle.
    pub node: u64,
    /// The isolate's profiler, whose samples are to be read; 0 without.
    pub profiler: u64,
}

impl Walk {
    /// Returns the layout in use.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Returns the anchors of the isolate at `isolate`, of `bytes`.
    pub fn anchors(&self, isolate: u64, bytes: u64, newest_handle: u64, node: u64) -> Anchors {
        Anchors {
            isolate,
            isolate_bytes: bytes,
            roots: isolate + self.known.roots,
            root_count: self.known.root_count,
            newest_handle,
            node,
            profiler: 0,
        }
    }
}

/// Returns the isolate that runs on this thread; 0 if unknown.
pub fn current_isolate() -> u64 {
    // `v8::Isolate::GetCurrent`, which Node exports for add-ons.
    let Some(at) = layout::address_of("_ZN2v87Isolate10GetCurrentEv") else { return 0 };
    // SAFETY: a function of that signature, which reads a thread-local variable.
    let current: extern "C" fn() -> u64 = unsafe { std::mem::transmute(at) };
    current()
}

/// Returns the size of the allocation at `at`.
///
/// # Safety
///
/// `at` is an address that the allocator has returned.
pub unsafe fn allocated_bytes(at: u64) -> u64 {
    unsafe extern "C" {
        fn malloc_usable_size(of: *const libc::c_void) -> usize;
    }
    // SAFETY: the caller's promise.
    unsafe { malloc_usable_size(at as *const libc::c_void) as u64 }
}
