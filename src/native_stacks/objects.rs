//! The objects that are loaded: the program and its libraries.

use std::{
    ffi::{c_int, c_void},
    ops::Range,
    os::unix::ffi::OsStrExt,
    path::PathBuf,
    slice,
};

use crate::capture::relocations::path_of;

/// A loaded object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    /// Its file; empty for the program.
    pub(super) path: PathBuf,
    /// What is added to its addresses.
    pub(super) base: usize,
    /// Where its code is.
    pub(super) code: Vec<Range<usize>>,
    /// Where its index of unwinding rules is.
    pub(super) rules: Option<usize>,
}

impl Object {
    pub(super) fn has(&self, address: u64) -> bool {
        self.code.iter().any(|range| range.contains(&(address as usize)))
    }
}

/// All loaded objects, the program first.
#[derive(Debug, Default)]
pub(super) struct Objects {
    pub(super) all: Vec<Object>,
    /// How often an object was loaded or unloaded until then.
    pub(super) changes: u64,
}

impl Objects {
    pub(super) fn read() -> Self {
        let mut objects = Self::default();
        // SAFETY: `visit` casts the pointer back to its type, and does not unwind.
        unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut objects).cast()) };
        objects
    }

    /// Returns the object whose code an address is in.
    pub(super) fn of(&self, address: u64) -> Option<usize> {
        self.all.iter().position(|object| object.has(address))
    }
}

/// Returns how often an object was loaded or unloaded.
pub(super) fn changes() -> u64 {
    unsafe extern "C" fn first(
        object: *mut libc::dl_phdr_info,
        _size: usize,
        changes: *mut c_void,
    ) -> c_int {
        // SAFETY: the loader's object, and the number of the caller.
        unsafe { *changes.cast::<u64>() = changes_in(&*object) };
        1
    }
    let mut changes = 0_u64;
    // SAFETY: `first` casts the pointer back to its type.
    unsafe { libc::dl_iterate_phdr(Some(first), (&raw mut changes).cast()) };
    changes
}

fn changes_in(object: &libc::dl_phdr_info) -> u64 {
    object.dlpi_adds.wrapping_add(object.dlpi_subs)
}

/// Returns where the program itself is.
pub(super) fn of_program() -> Vec<Range<usize>> {
    Objects::read().all.into_iter().next().map(|program| program.code).unwrap_or_default()
}

unsafe extern "C" fn visit(
    object: *mut libc::dl_phdr_info,
    _size: usize,
    objects: *mut c_void,
) -> c_int {
    // SAFETY: the loader passes a valid object, and `read` its objects.
    let (object, objects) = unsafe { (&*object, &mut *objects.cast::<Objects>()) };
    // SAFETY: the loader's list of the object's headers.
    let headers =
        unsafe { slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
    let base = object.dlpi_addr as usize;
    let start = |header: &libc::Elf64_Phdr| base + header.p_vaddr as usize;
    let is_code = |header: &&libc::Elf64_Phdr| {
        header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_X != 0
    };
    objects.changes = changes_in(object);
    objects.all.push(Object {
        path: PathBuf::from(std::ffi::OsStr::from_bytes(path_of(object))),
        base,
        code: headers
            .iter()
            .filter(is_code)
            .map(|header| start(header)..start(header) + header.p_memsz as usize)
            .collect(),
        rules: headers.iter().find(|header| header.p_type == libc::PT_GNU_EH_FRAME).map(start),
    });
    0
}
