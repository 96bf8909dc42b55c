//! Replaces the calls that would wait for a thread that the child does not have.
//!
//! Every loaded object calls the C library through slots that the loader fills:
//! the relocations `JUMP_SLOT` and `GLOB_DAT`. In the child, and only there, the
//! slots of the functions below are pointed at replacements before V8 runs.
//! Writing to a slot is copy-on-write, so the parent never sees it. The C library
//! and the loader themselves are not patched.
//!
//! The slots are found before the fork, because the loader's lock may be held
//! by another thread at the fork.

use std::{
    ffi::{c_int, c_long, c_void},
    sync::atomic::{AtomicUsize, Ordering},
};

use super::ExitCode;
use crate::capture::relocations::{Kind, Relocations, is_the_c_library};

/// One pointer to write in the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    address: usize,
    replacement: usize,
}

/// All slots to write in the child.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    found: Vec<Slot>,
    /// Whether `pthread_cond_wait`, by which V8 waits, was among them.
    has_wait: bool,
}

impl Slots {
    /// Finds the slots in the relocations of the loaded objects.
    pub fn find() -> Self {
        REAL_SYSCALL.store(libc::syscall as *const () as usize, Ordering::Relaxed);
        let mut slots = Self::default();
        // SAFETY: `visit` casts the pointer back to its type, and neither unwinds
        // nor keeps anything of the loader's.
        unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut slots).cast()) };
        slots
    }

    /// Returns whether the slots that matter were found. Where they were not (a static
    /// binary, another processor) a child could wait forever.
    pub fn are_complete(&self) -> bool {
        self.has_wait
    }

    /// Points the slots at their replacements.
    ///
    /// # Safety
    ///
    /// Only in a forked child, on its only thread, before it enters V8.
    pub unsafe fn patch(&self) -> bool {
        // SAFETY: sysconf has no preconditions.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) }.cast_unsigned() as usize;
        self.found.iter().all(|slot| {
            let start = slot.address & !(page - 1);
            // SAFETY: the page holds a slot, and stays readable. Slots are
            // aligned, so none lies across two pages.
            let answer = unsafe {
                libc::mprotect(start as *mut c_void, page, libc::PROT_READ | libc::PROT_WRITE)
            };
            if answer == 0 {
                // SAFETY: the loader stores pointers of this size here; the page
                // is writable and no other thread exists.
                unsafe { (slot.address as *mut usize).write_volatile(slot.replacement) };
            }
            answer == 0
        })
    }
}

/// Returns the replacement of a function of the C library, if it has one.
fn replacement(name: &[u8]) -> Option<usize> {
    let function = match name {
        b"pthread_cond_signal" | b"pthread_cond_broadcast" => nothing as *const (),
        b"pthread_cond_wait"
        | b"pthread_cond_timedwait"
        | b"pthread_cond_clockwait"
        | b"pthread_join" => leave_waiting as *const (),
        b"pthread_mutex_lock" | b"pthread_mutex_timedlock" | b"pthread_mutex_clocklock" => {
            lock_or_leave as *const ()
        }
        b"pthread_rwlock_rdlock" => read_or_leave as *const (),
        b"pthread_rwlock_wrlock" => write_or_leave as *const (),
        b"sem_wait" | b"sem_timedwait" | b"sem_clockwait" => take_or_leave as *const (),
        b"syscall" => syscall_or_leave as *const (),
        _ => return None,
    };
    Some(function as usize)
}

/// Does nothing: nobody waits in the child.
extern "C" fn nothing(_: *mut c_void) -> c_int {
    0
}

/// Exits: nobody would ever wake the child.
extern "C" fn leave_waiting() -> c_int {
    ExitCode::Wait.leave()
}

extern "C" fn lock_or_leave(mutex: *mut libc::pthread_mutex_t) -> c_int {
    // SAFETY: the caller's mutex, as it would have passed it to the original.
    match unsafe { libc::pthread_mutex_trylock(mutex) } {
        libc::EBUSY => ExitCode::Mutex.leave(),
        answer => answer,
    }
}

extern "C" fn read_or_leave(lock: *mut libc::pthread_rwlock_t) -> c_int {
    // SAFETY: the caller's lock, as it would have passed it to the original.
    match unsafe { libc::pthread_rwlock_tryrdlock(lock) } {
        libc::EBUSY => ExitCode::Mutex.leave(),
        answer => answer,
    }
}

extern "C" fn write_or_leave(lock: *mut libc::pthread_rwlock_t) -> c_int {
    // SAFETY: the caller's lock, as it would have passed it to the original.
    match unsafe { libc::pthread_rwlock_trywrlock(lock) } {
        libc::EBUSY => ExitCode::Mutex.leave(),
        answer => answer,
    }
}

extern "C" fn take_or_leave(semaphore: *mut libc::sem_t) -> c_int {
    // SAFETY: the caller's semaphore, as it would have passed it to the original.
    match unsafe { libc::sem_trywait(semaphore) } {
        0 => 0,
        _ => ExitCode::Semaphore.leave(),
    }
}

/// The C library's `syscall`. This crate's own slot is patched too.
static REAL_SYSCALL: AtomicUsize = AtomicUsize::new(0);

/// Filters the bare system call, by which newer code waits (absl, libstdc++'s
/// `atomic::wait`, Rust's standard library). On both processors, variadic words
/// are passed as named ones are.
extern "C" fn syscall_or_leave(
    number: c_long,
    first: usize,
    second: usize,
    third: usize,
    fourth: usize,
    fifth: usize,
    sixth: usize,
) -> c_long {
    type Syscall = extern "C" fn(c_long, usize, usize, usize, usize, usize, usize) -> c_long;
    const COMMAND: c_long = 0x7f; // FUTEX_CMD_MASK: the operation without its flags
    if number == libc::SYS_futex {
        match c_int::try_from(second.cast_signed() as c_long & COMMAND) {
            Ok(libc::FUTEX_WAIT | libc::FUTEX_WAIT_BITSET | libc::FUTEX_LOCK_PI) => {
                ExitCode::Futex.leave()
            }
            Ok(libc::FUTEX_WAKE | libc::FUTEX_WAKE_BITSET) => return 0,
            _ => {}
        }
    }
    // SAFETY: `find` stored the address of a function of this type.
    let real: Syscall = unsafe { std::mem::transmute(REAL_SYSCALL.load(Ordering::Relaxed)) };
    real(number, first, second, third, fourth, fifth, sixth)
}

/// Adds the slots of one loaded object. Never unwinds: everything is read through `get`.
unsafe extern "C" fn visit(
    object: *mut libc::dl_phdr_info,
    _size: usize,
    slots: *mut c_void,
) -> c_int {
    // SAFETY: the loader passes a valid object, and `find` passes its slots.
    let (object, slots) = unsafe { (&*object, &mut *slots.cast::<Slots>()) };
    if !is_the_c_library(object) {
        // SAFETY: the object is loaded, and stays so while the loader iterates.
        if let Some(relocations) = unsafe { Relocations::of(object) } {
            relocations.each(|relocation| {
                if !matches!(relocation.kind, Kind::Call | Kind::Address) {
                    return;
                }
                let Some(replacement) = replacement(relocation.name()) else { return };
                slots.has_wait |= relocation.is_named(b"pthread_cond_wait");
                slots.found.push(Slot { address: relocation.address, replacement });
            });
        }
    }
    0
}
