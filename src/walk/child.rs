//! The work of a walking child, from the fork to its end.
//!
//! It allocates nothing, takes no lock and calls no V8 code. Any failure ends it with
//! a code that its parent knows: an address that cannot be read after all (`SIGSEGV`,
//! `SIGBUS`), too much processor time, too little memory, or too much that makes no
//! sense.

use std::{ffi::c_int, mem::MaybeUninit, ptr};

use super::{
    Anchors, Walk,
    arena::Arena,
    heap::{Constants, Heap, Types},
    layout::Kind,
    memory::Memory,
    pages::Pages,
    roots, samples,
    scan::{Scan, Stop, Tolerance},
    wire::Writer,
};
use crate::capture::fork::ExitCode;

/// The most processor time of a walk: a hundred million objects take six seconds.
const LONGEST_SECONDS: libc::rlim_t = 60;

/// Address space for lists and tables, beside that which grows with the heap.
const TABLES: u64 = 512 << 20;

impl Walk {
    /// Walks the heap and writes what it finds to `to`; `maps` is an open `/proc/self/maps`.
    ///
    /// # Safety
    ///
    /// Only in a forked child, on its only thread.
    pub unsafe fn run(
        &self,
        anchors: &Anchors,
        maps: c_int,
        to: c_int,
        tolerance: Tolerance,
    ) -> ExitCode {
        leave_on_faults();
        limit_time();
        // SAFETY: the caller's promise: nobody unmaps anything.
        match unsafe { self.prepared(anchors, maps, to, tolerance) } {
            None => ExitCode::NoRoom,
            Some(mut scan) => match self.walk(&mut scan, anchors) {
                Ok(()) => ExitCode::Done,
                Err(Stop::NoRoom) => ExitCode::NoRoom,
                Err(Stop::NoReader) => ExitCode::NoReader,
                Err(Stop::Doubt) => ExitCode::Doubt,
            },
        }
    }

    /// # Safety
    ///
    /// As for [`run`](Self::run).
    unsafe fn prepared(
        &self,
        anchors: &Anchors,
        maps: c_int,
        to: c_int,
        tolerance: Tolerance,
    ) -> Option<Scan<'_>> {
        let mut list = Arena::reserve(8 << 20)?;
        // SAFETY: the caller's promise.
        let memory = unsafe { Memory::read(maps, &mut list)? };
        // Marks take a sixty-fourth of the heap. The stack has a word for each
        // object at most, and objects are rarely shorter than 32 bytes.
        let heap = memory.anonymous_bytes();
        let mut arena = Arena::reserve(TABLES + heap / 16 + heap / 4)?;
        let to = Writer::new(to, &mut arena)?;
        let isolate = anchors.isolate..anchors.isolate + anchors.isolate_bytes;
        let pages = Pages::new(memory, isolate, &mut arena)?;
        let mut heap = Heap {
            layout: &self.layout,
            weak_table: self.known.weak_table,
            constants: Constants::default(),
            types: Types::default(),
            pages,
            arena,
        };
        self.learn(&mut heap, anchors)?;
        let depth = usize::try_from(memory.anonymous_bytes() / 32).ok()? + (1 << 16);
        Scan::new(heap, to, depth, tolerance)
    }

    /// Finds the isolate's values, and the read-only pages, which belong to no isolate.
    pub(super) fn learn(&self, heap: &mut Heap<'_>, anchors: &Anchors) -> Option<()> {
        let memory = heap.pages.memory();
        let roots = memory.words(anchors.roots, anchors.root_count)?;
        let known = &self.known;
        let [undefined, hole] = [roots.get(known.undefined), roots.get(known.hole)];
        // The first objects of the table are read-only, and so are its maps.
        heap.admit(undefined)?;
        let meta = |heap: &mut Heap<'_>| {
            let map = heap.object(undefined)?.get(0);
            heap.admit(map)?;
            let meta = heap.object(map)?.get(0);
            heap.admit(meta)?;
            Some(meta)
        };
        let meta_map = meta(heap)?;
        for index in 0..roots.len() {
            let word = roots.get(index);
            let is_map = |at: u64| {
                memory.word(at).is_some_and(|map| map == meta_map)
                    || memory
                        .word(at)
                        .and_then(|map| memory.word(map.checked_sub(1)?))
                        .is_some_and(|meta| meta == meta_map)
            };
            if word & 7 == 1 && is_map(word - 1) && heap.pages.object(word - 1).is_none() {
                heap.admit(word)?;
            }
        }
        heap.constants = Constants {
            undefined,
            null: roots.get(known.undefined + 2),
            hole,
            to_string_tag: roots.get(known.to_string_tag),
            constructor: roots.get(known.constructor),
            empty_array: 0,
            meta_map,
        };
        let is_empty = |heap: &mut Heap<'_>, word: &u64| {
            let array = heap.of_kind(*word, Kind::FixedArray);
            array.is_some_and(|array| {
                heap.type_of(array) == Some(heap.layout.kinds.first_fixed_array)
                    && heap.length(array) == 0
            })
        };
        let empty = (0..roots.len()).map(|index| roots.get(index)).find(|it| is_empty(heap, it));
        heap.constants.empty_array = empty.unwrap_or_default();
        Some(())
    }

    fn walk(&self, scan: &mut Scan<'_>, anchors: &Anchors) -> Result<(), Stop> {
        let passed_over = self.passed_over(scan.heap(), anchors);
        scan.begin(&passed_over);
        roots::take(scan, anchors)?;
        scan.run()?;
        samples::send(scan, anchors);
        scan.end()
    }

    /// Returns the values to which V8's snapshots show no internal references
    /// (`V8HeapExplorer::IsEssentialObject`): the oddballs and the hole.
    fn passed_over(&self, heap: &mut Heap<'_>, anchors: &Anchors) -> [u64; 5] {
        let memory = heap.pages.memory();
        let undefined = anchors.roots + 8 * self.known.undefined;
        let [null, yes, no] =
            [2, 3, 4].map(|after| memory.word(undefined + 8 * after).unwrap_or(0));
        [heap.constants.undefined, null, yes, no, heap.constants.hole]
    }
}

extern "C" fn fault(_signal: c_int) {
    ExitCode::Fault.leave();
}

extern "C" fn too_long(_signal: c_int) {
    ExitCode::TooLong.leave();
}

/// Makes faults end the child with a code, not with a core file.
fn leave_on_faults() {
    let handlers: [(c_int, extern "C" fn(c_int)); 4] = [
        (libc::SIGSEGV, fault),
        (libc::SIGBUS, fault),
        (libc::SIGILL, fault),
        (libc::SIGXCPU, too_long),
    ];
    for (signal, handler) in handlers {
        // SAFETY: all zero is a valid sigaction.
        let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        action.sa_sigaction = handler as usize;
        // SAFETY: a valid action, whose handler only leaves.
        unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) };
    }
}

fn limit_time() {
    let limit = libc::rlimit { rlim_cur: LONGEST_SECONDS, rlim_max: LONGEST_SECONDS + 1 };
    // SAFETY: a valid limit; if a lower one is set already, nothing changes.
    unsafe { libc::setrlimit(libc::RLIMIT_CPU, &raw const limit) };
}
