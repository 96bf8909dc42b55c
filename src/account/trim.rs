//! Returns memory to the system that the allocator keeps although it is free.

use std::ffi::c_int;

use crate::symbols::address;

/// Calls `malloc_trim(0)`, and returns whether it is there: only the GNU C library has it.
///
/// It goes through the arenas one by one. Whoever allocates from the same arena waits meanwhile.
pub fn trim() -> bool {
    let Some(trim) = address(c"malloc_trim") else { return false };
    // SAFETY: `int malloc_trim(size_t)`, which any thread may call at any time.
    unsafe {
        std::mem::transmute::<*mut libc::c_void, extern "C" fn(usize) -> c_int>(trim)(0);
    }
    true
}
