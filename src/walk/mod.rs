//! Reading V8's heap without V8.
//!
//! A forked child has a frozen copy of the heap. V8 itself can write a snapshot
//! of it there, and takes microseconds and hundreds of bytes for each object. But
//! a Node binary says how V8's objects lie in memory (`layout`). So the child can
//! read the heap as it lies, from the `roots` to all that can be reached
//! (`scan`), and write for each object what a snapshot would say of it (`wire`):
//! some 60 ns and a byte of memory for each. No code of V8's runs in the child, so
//! no lock is waited for and nothing is collected; and whatever is read wrongly
//! there ends the child, not the process.
//!
//! ```text
//!  parent, event loop        child                                      parent, background
//!  ──────────────────        ─────                                      ──────────────────
//!  gate ─ probes ─ fork ───▶ memory ─ pages ─ roots ─ scan ─ wire ─────▶ decode ─▶ rows
//!                                             shapes ┘ └ names            the same as the
//!                                                                         parser of JSON gives
//! ```
//!
//! It is never better to be wrong than to have no snapshot. The [`gate`] lets
//! only versions through that are in the table, and [`probes`] compare the table
//! with objects made for this. In the child every step is checked against the
//! list of mappings (`memory`), and what does not make sense is counted: past a
//! threshold the child leaves with a code of its own, and V8 writes instead.
//!
//! `docs/walk.md` says the same for those who run it, and how a version is added.

pub mod arena;
pub mod bounds;
pub mod child;
mod damaged;
pub mod decode;
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
pub mod shapes;
pub mod table;
pub mod text;
pub mod wire;

use layout::Layout;

/// All that is the same at every capture of one process.
#[derive(Clone, Debug)]
pub struct Walk {
    layout: Layout,
    known: Known,
}

/// What probes have found out. Addresses change and are not kept; these are
/// distances and places in tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// From the isolate to its roots table, in bytes.
    pub roots: u64,
    /// Words of that.
    pub root_count: u64,
    /// Place of `undefined` in the roots table; `null`, `true` and `false` follow
    /// the word after it.
    pub undefined: u64,
    /// Place of what stands for no value.
    pub hole: u64,
    /// Place of `Symbol.toStringTag`.
    pub to_string_tag: u64,
    /// Place of the string "constructor".
    pub constructor: u64,
    /// Instance type of a realm's context.
    pub native_context: u16,
    /// Instance type of the tables of WeakMap and WeakSet.
    pub weak_table: u16,
}

/// Addresses that the event loop's thread knows at the moment of the fork.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anchors {
    /// The isolate, and how long it is.
    pub isolate: u64,
    /// Bytes of it.
    pub isolate_bytes: u64,
    /// Its roots table.
    pub roots: u64,
    /// Words of that.
    pub root_count: u64,
    /// Where the handle that was made last lies.
    pub newest_handle: u64,
    /// A node of a strong global handle.
    pub node: u64,
    /// The isolate's profiler, whose samples are to be read; 0 without.
    pub profiler: u64,
}

impl Walk {
    /// The layout in use.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The anchors of the isolate at `isolate`, of `bytes`.
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

/// The isolate that runs on this thread; 0 where it cannot be told.
pub fn current_isolate() -> u64 {
    // `v8::Isolate::GetCurrent`, which Node exports for add-ons.
    let Some(at) = layout::address_of("_ZN2v87Isolate10GetCurrentEv") else { return 0 };
    // SAFETY: a function of that signature, which reads a thread-local variable.
    let current: extern "C" fn() -> u64 = unsafe { std::mem::transmute(at) };
    current()
}

/// Bytes of the allocation that begins at `at`.
///
/// # Safety
///
/// `at` is what the allocator has given.
pub unsafe fn allocated_bytes(at: u64) -> u64 {
    unsafe extern "C" {
        fn malloc_usable_size(of: *const libc::c_void) -> usize;
    }
    // SAFETY: the caller's promise.
    unsafe { malloc_usable_size(at as *const libc::c_void) as u64 }
}
