//! tcmalloc's own statistics: gperftools' C interface.

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    mem,
};

use super::{Figures, symbols};

type GetNumericProperty = unsafe extern "C" fn(*const c_char, *mut usize) -> c_int;

const GET: &CStr = c"MallocExtension_GetNumericProperty";

pub(super) fn is_here() -> bool {
    symbols::is_allocators(GET)
}

/// Asks it.
pub(super) fn ask() -> Option<Figures> {
    let at = crate::symbols::address(GET)?;
    // SAFETY: gperftools/malloc_extension_c.h has this signature.
    let get = unsafe { mem::transmute::<*mut c_void, GetNumericProperty>(at) };
    let number = |name: &CStr| {
        let mut value = 0;
        // SAFETY: it writes one number.
        let is_known = unsafe { get(name.as_ptr(), &raw mut value) } != 0;
        is_known.then_some(value as u64)
    };
    let used = number(c"generic.current_allocated_bytes")?;
    let taken = number(c"generic.heap_size")?;
    let returned = number(c"tcmalloc.pageheap_unmapped_bytes").unwrap_or(0);
    let held = taken.saturating_sub(returned);
    let free = Some(held.saturating_sub(used));
    Some(Figures { used: Some(used), free, held: Some(held), ..Figures::default() })
}
