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
    ffi::{CStr, c_int, c_long, c_void},
    mem::size_of,
    slice,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::ExitCode;

/// Relocation types, from the processors' ABI supplements.
#[cfg(target_arch = "x86_64")]
const SLOT_TYPES: [u32; 2] = [7, 6]; // R_X86_64_JUMP_SLOT, R_X86_64_GLOB_DAT
#[cfg(target_arch = "aarch64")]
const SLOT_TYPES: [u32; 2] = [1026, 1025]; // R_AARCH64_JUMP_SLOT, R_AARCH64_GLOB_DAT
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const SLOT_TYPES: [u32; 0] = []; // nothing is found: capture is in-process

/// Entries of an object's dynamic section, from the ELF specification.
mod tag {
    pub(super) const PLTRELSZ: u64 = 2;
    pub(super) const STRTAB: u64 = 5;
    pub(super) const SYMTAB: u64 = 6;
    pub(super) const RELA: u64 = 7;
    pub(super) const RELASZ: u64 = 8;
    pub(super) const STRSZ: u64 = 10;
    pub(super) const JMPREL: u64 = 23;
}

/// Objects whose own slots are not patched: they implement what the others call.
const LEFT_ALONE: [&str; 7] =
    ["libc.so", "libc-", "libc.musl", "libpthread", "ld-linux", "ld-musl", "linux-vdso"];

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
    let name = if object.dlpi_name.is_null() {
        &[]
    } else {
        // SAFETY: the loader's names are C strings that live as long as the object.
        unsafe { CStr::from_ptr(object.dlpi_name) }.to_bytes()
    };
    let file = name.rsplit(|byte| *byte == b'/').next().unwrap_or(name);
    if !LEFT_ALONE.iter().any(|left| file.starts_with(left.as_bytes())) {
        // SAFETY: the object is loaded, and stays so while the loader iterates.
        if let Some(relocations) = unsafe { Relocations::of(object) } {
            relocations.add_to(slots);
        }
    }
    0
}

/// The relocations of one object: which slot is for which function.
struct Relocations<'a> {
    base: usize,
    tables: [&'a [libc::Elf64_Rela]; 2],
    symbols: *const libc::Elf64_Sym,
    names: &'a [u8],
}

impl Relocations<'_> {
    /// Reads the object's dynamic section.
    ///
    /// # Safety
    ///
    /// The object must be loaded, with its segments mapped as its headers say.
    unsafe fn of(object: &libc::dl_phdr_info) -> Option<Self> {
        let base = object.dlpi_addr as usize;
        // SAFETY: as the caller promises.
        let headers =
            unsafe { slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
        let dynamic = headers.iter().find(|header| header.p_type == libc::PT_DYNAMIC)?;
        let count = dynamic.p_memsz as usize / size_of::<[u64; 2]>();
        let at = (base + dynamic.p_vaddr as usize) as *const [u64; 2];
        // SAFETY: the dynamic segment is mapped, aligned, and so long.
        let entries = unsafe { slice::from_raw_parts(at, count) };
        let value = |wanted: u64| {
            entries.iter().take_while(|e| e[0] != 0).find(|e| e[0] == wanted).map(|e| e[1] as usize)
        };
        // glibc has made the pointers absolute, musl leaves them as in the file.
        let address = |wanted| value(wanted).map(|at| if at < base { base + at } else { at });
        let table = |at, length| {
            let length = value(length).unwrap_or(0) / size_of::<libc::Elf64_Rela>();
            // SAFETY: the table is mapped, aligned, and so long.
            address(at).map_or(&[][..], |at| unsafe {
                slice::from_raw_parts(at as *const libc::Elf64_Rela, length)
            })
        };
        // SAFETY: the string table is mapped, and so long.
        let names = unsafe {
            slice::from_raw_parts(address(tag::STRTAB)? as *const u8, value(tag::STRSZ)?)
        };
        Some(Self {
            base,
            tables: [table(tag::JMPREL, tag::PLTRELSZ), table(tag::RELA, tag::RELASZ)],
            symbols: address(tag::SYMTAB)? as *const libc::Elf64_Sym,
            names,
        })
    }

    fn add_to(&self, slots: &mut Slots) {
        for relocation in self.tables.iter().copied().flatten() {
            // ELF64_R_TYPE and ELF64_R_SYM.
            let (kind, symbol) = (relocation.r_info as u32, (relocation.r_info >> 32) as usize);
            if !SLOT_TYPES.contains(&kind) {
                continue;
            }
            // SAFETY: a relocation's symbol lies in the object's symbol table.
            let name = unsafe { (*self.symbols.add(symbol)).st_name } as usize;
            let Some(name) = self.names.get(name..) else { continue };
            let name = name.split(|byte| *byte == 0).next().unwrap_or(name);
            let Some(replacement) = replacement(name) else { continue };
            slots.has_wait |= name == b"pthread_cond_wait";
            slots
                .found
                .push(Slot { address: self.base + relocation.r_offset as usize, replacement });
        }
    }
}
