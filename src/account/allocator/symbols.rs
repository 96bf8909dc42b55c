//! Functions of the allocator, by name.

use std::ffi::{CStr, c_void};

use crate::symbols::address;

/// Whether `name` is in the same program or library as the allocator's functions.
///
/// In a program at a fixed address, as Node's is, the address of `malloc` is one in the program,
/// from where it jumps to the library's. Nobody uses the address of `valloc`, so it is the
/// library's, and every library that replaces the one replaces the other.
pub(super) fn is_allocators(name: &CStr) -> bool {
    let found = [name, c"valloc"].map(|name| address(name).and_then(image_of));
    found[0].is_some() && found[0] == found[1]
}

/// Returns where the program or library with this address begins.
fn image_of(at: *mut c_void) -> Option<usize> {
    let mut found = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: it writes at most one such structure, whose zero bytes are a valid one.
    let (known, found) = unsafe { (libc::dladdr(at, found.as_mut_ptr()), found.assume_init()) };
    (known != 0).then(|| found.dli_fbase.addr())
}
