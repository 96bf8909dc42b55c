//! Reads of this process's memory that the kernel makes: what is not there is an error, and
//! no crash.

use std::{fs::File, os::unix::fs::FileExt};

use super::sampler::Peek;

/// This process, by `/proc/self/mem`: opening and reading a file is permitted wherever Node
/// runs, while a filter of system calls may end a process for `process_vm_readv`.
#[derive(Debug)]
pub struct OwnMemory(File);

impl OwnMemory {
    /// Opens it; `None` where the system does not show it, or there are too many files open.
    pub fn open() -> Option<Self> {
        File::open("/proc/self/mem").ok().map(Self)
    }
}

impl Peek for OwnMemory {
    fn read(&self, at: u64, to: &mut [u8]) -> bool {
        self.0.read_exact_at(to, at).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_read_and_what_is_not_is_an_error() {
        let memory = OwnMemory::open().expect("Linux");
        let words = [3_u64, 4];
        assert_eq!(memory.words((&raw const words) as u64), Some(words));
        assert_eq!(memory.words::<1>(8), None);
        assert_eq!(memory.words::<1>(u64::MAX - 7), None);
    }
}
