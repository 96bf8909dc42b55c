//! Reads of this process's memory that the kernel makes: what is not there is an error, and
//! no crash.

use super::sampler::Peek;

/// This process.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnMemory;

impl OwnMemory {
    /// Whether reads are permitted: a filter of system calls may not.
    pub(super) fn is_readable() -> bool {
        let word = 7_u64;
        let mut read = [0; 8];
        Self.read((&raw const word) as u64, &mut read) && u64::from_ne_bytes(read) == word
    }
}

impl Peek for OwnMemory {
    fn read(&self, at: u64, to: &mut [u8]) -> bool {
        let local = libc::iovec { iov_base: to.as_mut_ptr().cast(), iov_len: to.len() };
        let remote = libc::iovec { iov_base: at as *mut libc::c_void, iov_len: to.len() };
        // SAFETY: the kernel writes into `to` alone, and checks the rest.
        let read = unsafe {
            libc::process_vm_readv(libc::getpid(), &raw const local, 1, &raw const remote, 1, 0)
        };
        usize::try_from(read) == Ok(to.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_read_and_what_is_not_is_an_error() {
        assert!(OwnMemory::is_readable());
        let words = [3_u64, 4];
        assert_eq!(OwnMemory.words((&raw const words) as u64), Some(words));
        assert_eq!(OwnMemory.words::<1>(8), None);
        assert_eq!(OwnMemory.words::<1>(u64::MAX - 7), None);
    }
}
