//! What mimalloc says of itself.

use std::{ffi::c_void, mem, ptr};

use super::{Figures, symbols};

/// `mi_process_info`: three times, then resident memory and its peak, what is taken from the
/// system and its peak, and faults.
type ProcessInfo = unsafe extern "C" fn(
    *mut usize,
    *mut usize,
    *mut usize,
    *mut usize,
    *mut usize,
    *mut usize,
    *mut usize,
    *mut usize,
);

pub(super) fn is_here() -> bool {
    symbols::is_allocators(c"mi_process_info")
}

/// Asks it. How much of what it holds is free, a release build does not count.
pub(super) fn ask() -> Option<Figures> {
    let at = crate::symbols::address(c"mi_process_info")?;
    // SAFETY: mimalloc.h has this signature.
    let process_info = unsafe { mem::transmute::<*mut c_void, ProcessInfo>(at) };
    let (mut held, none) = (0, ptr::null_mut());
    // SAFETY: it writes where a pointer is not null.
    unsafe { process_info(none, none, none, none, none, &raw mut held, none, none) };
    Some(Figures { held: Some(held as u64), ..Figures::default() })
}
