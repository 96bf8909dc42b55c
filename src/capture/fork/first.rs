//! Runs the capturing child's work before the application's fork handlers.
//!
//! `fork` calls the handlers that add-ons have registered with `pthread_atfork`:
//! some before the fork, in the parent, and some after it, in the child, with every
//! descriptor still open. A handler that waits, prints or exits would do so in a
//! capturing child. They cannot be skipped: `_Fork` skips them, but also skips the
//! preparation that makes the C library's allocator usable in a child.
//!
//! But a child's handlers run in the order of their registration, after the C
//! library's own. So ours, registered when this library is loaded, runs before those
//! of all add-ons loaded later, and never returns: [`fork`] does the child's work
//! in it. Handlers registered earlier still run first, as those of preloaded
//! allocators must.

use std::{cell::Cell, ffi::c_void, sync::Once};

/// The work of a child, which ends with it: a function and its argument.
type Work = (unsafe fn(*mut c_void), *mut c_void);

thread_local! {
    /// Set only while this thread forks for a capture. Other threads fork too, to
    /// start programs; their children must not do this work.
    static WORK: Cell<Option<Work>> = const { Cell::new(None) };
}

/// Registers the handler. Called when the library is loaded.
pub fn register() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // If there is no memory for it, `fork` finds the work undone and does it
        // itself.
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

/// Forks, and runs `work` in the child as early as possible. `work` must not
/// return. In the parent, returns what `fork` does.
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

    /// The exit code if the add-on's handler has run first.
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
