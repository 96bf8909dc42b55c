//! jemalloc's own statistics, through `mallctl`.

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    mem, ptr,
};

use super::{Figures, symbols};

type Mallctl =
    unsafe extern "C" fn(*const c_char, *mut c_void, *mut usize, *mut c_void, usize) -> c_int;

pub(super) fn is_here() -> bool {
    symbols::is_allocators(c"mallctl")
}

/// Asks it; `None` if it was built without statistics.
pub(super) fn ask() -> Option<Figures> {
    let at = crate::symbols::address(c"mallctl")?;
    // SAFETY: jemalloc's documentation of `mallctl` has this signature.
    let mallctl = unsafe { mem::transmute::<*mut c_void, Mallctl>(at) };
    let mut epoch = 1_u64;
    // Its figures are as of the last time that this number was written.
    // SAFETY: it reads as many bytes as are given.
    unsafe {
        let bytes = size_of_val(&epoch);
        mallctl(c"epoch".as_ptr(), ptr::null_mut(), ptr::null_mut(), (&raw mut epoch).cast(), bytes)
    };
    let used = number::<usize>(mallctl, c"stats.allocated")? as u64;
    let resident = number::<usize>(mallctl, c"stats.resident")? as u64;
    let arenas = number::<u32>(mallctl, c"opt.narenas");
    let free = Some(resident.saturating_sub(used));
    Some(Figures { used: Some(used), free, mapped: None, held: Some(resident), arenas })
}

/// Returns one of its numbers.
fn number<T: Default>(mallctl: Mallctl, name: &CStr) -> Option<T> {
    let mut value = T::default();
    let mut bytes = size_of::<T>();
    // SAFETY: it writes as many bytes as are given, or fails if the number has another size.
    let failed = unsafe {
        mallctl(name.as_ptr(), (&raw mut value).cast(), &raw mut bytes, ptr::null_mut(), 0)
    };
    (failed == 0).then_some(value)
}
