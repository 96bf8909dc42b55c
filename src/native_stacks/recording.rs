//! Begins and ends the recording.

use std::{
    ffi::{CStr, c_void},
    fs::File,
    os::fd::AsRawFd,
};

use parking_lot::Mutex;

use super::{
    hooks,
    patch::{self, Task},
    reader::Reader,
};
use crate::{allocations::own_memory::OwnMemory, report::NativeStack};

/// Who records, and what with.
static RUNNING: Mutex<Option<Running>> = Mutex::new(None);

#[derive(Debug)]
struct Running {
    users: usize,
    reader: Reader,
    /// The copies are read from it.
    _memory: File,
}

/// Records where memory is allocated, until the last one is dropped.
#[derive(Debug)]
pub struct Recording(());

impl Recording {
    /// Starts recording, or joins in.
    ///
    /// # Errors
    ///
    /// Why it is not possible here.
    pub fn start() -> Result<Self, &'static str> {
        let mut running = RUNNING.lock();
        if let Some(running) = &mut *running {
            running.users += 1;
            return Ok(Self(()));
        }
        if !stay_loaded() {
            return Err("the library could not be kept loaded");
        }
        if !patch::find_real() {
            return Err("the program's calls of its allocator were not found");
        }
        let (Ok(file), Some(memory)) = (File::open("/proc/self/mem"), OwnMemory::open()) else {
            return Err("the process cannot read its own memory");
        };
        hooks::forget_all();
        let reader = Reader::start(memory).map_err(|_| "no thread could be started")?;
        hooks::begin(file.as_raw_fd());
        // An allocation that is sampled should be freed through us, too.
        patch::run(Task::Replace { frees: true });
        if patch::run(Task::Replace { frees: false }) == 0 {
            hooks::end();
            patch::run(Task::Restore);
            reader.stop();
            return Err("the program's calls of its allocator cannot be changed");
        }
        *running = Some(Running { users: 1, reader, _memory: file });
        Ok(Self(()))
    }

    /// Returns the `most` stacks with the most live memory.
    pub fn live(&self, most: usize) -> Vec<NativeStack> {
        RUNNING.lock().as_ref().map(|running| running.reader.live(most)).unwrap_or_default()
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let mut running = RUNNING.lock();
        let Some(mut last) = running.take() else { return };
        last.users -= 1;
        if last.users > 0 {
            *running = Some(last);
            return;
        }
        hooks::end();
        patch::run(Task::Restore);
        last.reader.stop();
        hooks::forget_all();
    }
}

/// Has the loader keep this library for good: programs may copy the addresses of replacements,
/// and a Worker's end unloads what only it has loaded.
fn stay_loaded() -> bool {
    // SAFETY: zero bytes are a valid answer.
    let mut own: libc::Dl_info = unsafe { std::mem::zeroed() };
    // SAFETY: an address of ours, and an answer of ours.
    let found = unsafe { libc::dladdr(stay_loaded as *const c_void, &raw mut own) };
    if found == 0 || own.dli_fname.is_null() {
        return false;
    }
    let flags = libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
    // SAFETY: the loader's name of this library. A program needs no such care.
    unsafe {
        !libc::dlopen(own.dli_fname, flags).is_null()
            || CStr::from_ptr(own.dli_fname).to_bytes().is_empty()
    }
}
