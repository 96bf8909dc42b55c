//! Looks functions up by their names while the program runs: an add-on that named them to the
//! linker would not load where they are missing.

use std::ffi::CStr;

/// Returns the address of a function that the program or one of its libraries exports.
pub(crate) fn address(name: &CStr) -> Option<*mut libc::c_void> {
    // SAFETY: a C string; looking a symbol up runs no code of the program's.
    let at = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!at.is_null()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exported_is_found() {
        assert!(address(c"malloc").is_some());
        assert!(address(c"no_library_has_a_function_of_this_name").is_none());
    }
}
