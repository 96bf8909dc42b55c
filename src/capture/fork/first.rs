//! The capturing child starts before the application's code can run in it.
//!
//! `fork` calls the handlers that add-ons have registered by `pthread_atfork`:
//! some before, in the parent, and some after, in the child, with every
//! descriptor still open. One that waits, prints or ends the process would do so
//! in a capturing child. They cannot be left out: `_Fork` would, but it also
//! leaves out what makes the C library's allocator usable in a child.
//!
//! But the handlers of a child run in the order of their registration, after the
//! C library's own. So one of ours, registered when this library is loaded, runs
//! before those of all add-ons that were loaded later, and never returns:
//! [`fork`] has the child's work done there. Those registered earlier still run
//! first, which is as it must be with allocators that were preloaded.

use std::{cell::Cell, ffi::c_void, sync::Once};

/// What a child is to do, which ends it: a function, and what it works on.
type Work = (unsafe fn(*mut c_void), *mut c_void);

thread_local! {
    /// Set only while this thread forks for a capture. Other threads fork too,
    /// to start programs, and their children have other things to do.
    static WORK: Cell<Option<Work>> = const { Cell::new(None) };
}

/// Takes the place in the order. Called when the library is loaded.
pub fn register() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // Where there is no memory for it, `fork` finds the child's work undone
        // and does it itself.
        // SAFETY: the handler does nothing unless this thread forks by `fork`
        // below. glibc drops it with the library; musl keeps both.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
}

extern "C" fn in_child() {
    if let Some((run, on)) = WORK.take() {
        // SAFETY: set by `fork`, whose frame is still on this thread's stack.
        unsafe { run(on) };
    }
}

/// # Safety
///
/// `on` is a `F` that nobody else uses.
unsafe fn run<F: FnMut()>(on: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { (*on.cast::<F>())() };
}

/// Forks, and runs `work` in the child as early as can be. `work` must not
/// return. The answer is that of `fork`, for the parent.
///
/// # Safety
///
/// `work` runs in a child with one thread: only what is safe there.
pub unsafe fn fork<F: FnMut()>(work: &mut F) -> libc::pid_t {
    WORK.set(Some((run::<F>, (&raw mut *work).cast())));
    // SAFETY: glibc and musl prepare their own locks for the child; the caller
    // answers for what runs there.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        in_child(); // no handler of ours has run
    }
    WORK.set(None);
    pid
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI32, Ordering};

    use super::*;

    /// Ends with this code where the add-on's handler has run first.
    const TOO_LATE: i32 = 9;
    static SEEN: AtomicI32 = AtomicI32::new(0);

    extern "C" fn handler_of_an_addon() {
        SEEN.store(TOO_LATE, Ordering::Relaxed);
    }

    fn code_of(pid: libc::pid_t) -> i32 {
        let mut status = 0;
        // SAFETY: our child, and a status of ours.
        unsafe { libc::waitpid(pid, &raw mut status, 0) };
        libc::WEXITSTATUS(status)
    }

    #[test]
    fn the_work_comes_before_the_handlers_of_what_was_loaded_later() {
        register();
        // SAFETY: the handler stores a number.
        unsafe { libc::pthread_atfork(None, None, Some(handler_of_an_addon)) };
        let mut work = || {
            // SAFETY: ends the child.
            unsafe { libc::_exit(SEEN.load(Ordering::Relaxed) + 1) }
        };
        // SAFETY: the work only leaves.
        let pid = unsafe { fork(&mut work) };
        assert_eq!(code_of(pid), 1, "no handler had run");
        // Another fork of the same thread has work of its own.
        // SAFETY: the child leaves at once.
        let other = unsafe { libc::fork() };
        if other == 0 {
            // SAFETY: ends the child.
            unsafe { libc::_exit(SEEN.load(Ordering::Relaxed)) };
        }
        assert_eq!(code_of(other), TOO_LATE, "their children keep their handlers");
    }
}
