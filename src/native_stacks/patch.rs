//! Points the slots of loaded objects at the replacements, and back.
//!
//! A slot is only written if it holds exactly what is expected, so what another tool has put
//! there stays, and objects with an allocator of their own keep it. All is done while the
//! loader's list is locked: no object vanishes meanwhile.
//!
//! A slot that the loader makes read-only is left alone as long as it is not: the loader is at
//! work there, and to protect the page for it would be its end.

use std::{
    ffi::{CString, c_int, c_void},
    fs::File,
    mem::size_of,
    slice,
    sync::atomic::{
        AtomicUsize,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use super::{hooks, objects};
use crate::capture::{
    proc::{LINES, Mapping, each_line},
    relocations::{Kind, Relocation, Relocations, is_the_c_library},
};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Find the real functions.
    Find,
    /// Replace the functions that free memory, or those that allocate it.
    Replace {
        /// Which.
        frees: bool,
    },
    /// Put the real functions back.
    Restore,
}

#[derive(Debug)]
struct Work {
    task: Task,
    /// Where memory can be written; read at the first object.
    writable: Option<Vec<(usize, usize)>>,
    written: usize,
}

/// Does a task in all loaded objects, and returns the number of slots written.
pub(super) fn run(task: Task) -> usize {
    let mut work = Work { task, writable: None, written: 0 };
    // SAFETY: `visit` casts the pointer back to its type, and does not unwind.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut work).cast()) };
    work.written
}

/// Finds the real functions: what the program itself calls. Returns whether the necessary ones
/// were found.
pub(super) fn find_real() -> bool {
    run(Task::Find);
    let own = objects::of_program();
    for function in hooks::all().filter(|function| function.real.load(Relaxed) == 0) {
        let Ok(name) = CString::new(function.name) else { continue };
        let Some(found) = crate::symbols::address(&name) else { continue };
        // In a program with fixed addresses the answer may be the program's own stub, which jumps
        // through its slot.
        let found = found as usize;
        if !own.iter().any(|range| range.contains(&found)) {
            function.real.store(found, Release);
        }
    }
    ["malloc", "calloc", "realloc", "free"].iter().all(|needed| {
        hooks::all().any(|function| function.name == *needed && function.real.load(Relaxed) != 0)
    })
}

unsafe extern "C" fn visit(
    object: *mut libc::dl_phdr_info,
    _size: usize,
    work: *mut c_void,
) -> c_int {
    // SAFETY: the loader passes a valid object, and `run` its work.
    let (object, work) = unsafe { (&*object, &mut *work.cast::<Work>()) };
    // SAFETY: the object is loaded while the loader iterates.
    let Some(relocations) = (unsafe { Relocations::of(object) }) else { return 0 };
    let image = Image::of(object);
    if work.task == Task::Find {
        // The first is the program.
        relocations.each(|relocation| image.note(&relocation));
        return 1;
    }
    let here = run as *const () as usize;
    let has_allocator = || hooks::all().any(|f| image.has(f.real.load(Relaxed)));
    if is_the_c_library(object) || image.has(here) || has_allocator() {
        return 0;
    }
    let writable = work.writable.get_or_insert_with(writable);
    relocations.each(|relocation| {
        let Some(function) =
            hooks::all().find(|function| relocation.is_named(function.name.as_bytes()))
        else {
            return;
        };
        let real = function.real.load(Relaxed);
        if real == 0 || !relocation.address.is_multiple_of(size_of::<usize>()) {
            return;
        }
        let (from, to) = match work.task {
            Task::Restore => (function.replacement, real),
            Task::Replace { frees } if frees == function.frees => (real, function.replacement),
            _ => return,
        };
        // SAFETY: a slot of a loaded object.
        let slot = unsafe { &*(relocation.address as *const AtomicUsize) };
        let known = slot.load(Acquire);
        // Before the first call, a slot leads to the object's own resolver.
        let is_lazy = || {
            work.task != Task::Restore
                && relocation.kind == Kind::Call
                && !image.is_protected(relocation.address)
                && image.has(known)
        };
        if (known == from || is_lazy()) && image.write(slot, known, to, writable) {
            work.written += 1;
        }
    });
    0
}

/// A loaded object's segments.
struct Image<'a> {
    base: usize,
    headers: &'a [libc::Elf64_Phdr],
}

impl<'a> Image<'a> {
    fn of(object: &'a libc::dl_phdr_info) -> Self {
        // SAFETY: the loader's list of the object's headers.
        let headers =
            unsafe { slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
        Self { base: object.dlpi_addr as usize, headers }
    }

    /// Keeps what the program calls under a name.
    fn note(&self, relocation: &Relocation<'_>) {
        let Some(function) =
            hooks::all().find(|function| relocation.is_named(function.name.as_bytes()))
        else {
            return;
        };
        // SAFETY: a slot of a loaded object.
        let value = unsafe { (relocation.address as *const usize).read_volatile() };
        if relocation.kind == Kind::Call && value != function.replacement && !self.has(value) {
            function.real.store(value, Release);
        }
    }

    fn any(&self, kind: u32, address: usize) -> bool {
        self.headers.iter().any(|header| {
            let start = self.base + header.p_vaddr as usize;
            header.p_type == kind && (start..start + header.p_memsz as usize).contains(&address)
        })
    }

    /// Whether an address is in the object.
    fn has(&self, address: usize) -> bool {
        self.any(libc::PT_LOAD, address)
    }

    /// Whether the loader makes a slot read-only.
    fn is_protected(&self, address: usize) -> bool {
        self.any(libc::PT_GNU_RELRO, address)
    }

    /// Writes one slot.
    fn write(
        &self,
        slot: &AtomicUsize,
        known: usize,
        to: usize,
        writable: &[(usize, usize)],
    ) -> bool {
        let address = std::ptr::from_ref(slot) as usize;
        let can_write = writable.iter().any(|(start, end)| (*start..*end).contains(&address));
        if self.is_protected(address) == can_write {
            return false; // the loader is at work, or somebody else has protected it
        }
        if can_write {
            return slot.compare_exchange(known, to, Release, Relaxed).is_ok();
        }
        // SAFETY: sysconf has no preconditions.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) }.cast_unsigned() as usize;
        let start = (address & !(page - 1)) as *mut c_void;
        let protect = |how| {
            // SAFETY: the page of a slot, which stays readable; the loader has finished with it.
            unsafe { libc::mprotect(start, page, how) == 0 }
        };
        if !protect(libc::PROT_READ | libc::PROT_WRITE) {
            return false;
        }
        let written = slot.compare_exchange(known, to, Release, Relaxed).is_ok();
        protect(libc::PROT_READ);
        written
    }
}

/// Returns the writable mappings.
fn writable() -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let Ok(maps) = File::open("/proc/self/maps") else { return ranges };
    let mut buffer = vec![0; LINES];
    let read = each_line(maps, &mut buffer, |line| {
        if let Some(mapping) = Mapping::parse(line).filter(Mapping::is_writable) {
            ranges.push((mapping.start as usize, mapping.end as usize));
        }
    });
    if read.is_err() {
        ranges.clear();
    }
    ranges
}
