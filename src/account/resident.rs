//! Which pages are resident, from `/proc/self/pagemap`.
//!
//! `smaps` would say it for each mapping, but formats a thousand bytes for each: 8 µs. `mincore`
//! is the fastest, but it counts the kernel's page of zeros, which untouched memory reads as and
//! which is no memory of the process; and a filter of system calls such as systemd's
//! `@system-service` ends a process that calls it. Reading files is permitted wherever Node runs.
//!
//! From Linux 6.7 on, the kernel lists ranges of pages (2 ms for a gigabyte). Before, the file has
//! eight bytes for each page (9 ms), which do not tell the page of zeros from others.

use std::{fs::File, io, ops::Range, os::fd::AsRawFd, os::unix::fs::FileExt};

/// The residency of this process's pages.
#[derive(Debug)]
pub(super) struct Pagemap {
    file: File,
    page: u64,
    lists_ranges: bool,
    entries: Vec<u8>,
}

/// Entries read at once.
const ENTRIES: u64 = 1 << 13;

/// Ranges that the kernel lists at once.
const RANGES: usize = 1 << 9;

const PRESENT: u64 = 1 << 63;
const OF_FILE: u64 = 1 << 61;

impl Pagemap {
    /// Opens it; fails where the kernel has none.
    pub(super) fn open() -> io::Result<Self> {
        // SAFETY: it has no preconditions.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let page = u64::try_from(page).map_err(io::Error::other)?;
        let file = File::open("/proc/self/pagemap")?;
        let bytes = usize::try_from(ENTRIES * 8).map_err(io::Error::other)?;
        Ok(Self { file, page, lists_ranges: true, entries: vec![0; bytes] })
    }

    /// Returns the size of a page.
    pub(super) fn page_bytes(&self) -> u64 {
        self.page
    }

    /// Calls `with` for runs of resident pages in `range`, in ascending order; for those of
    /// files alone if asked to, which takes the kernel five times as long. What is unmapped
    /// meanwhile is not resident.
    pub(super) fn each(
        &mut self,
        range: Range<u64>,
        of_files: bool,
        mut with: impl FnMut(Range<u64>),
    ) -> io::Result<()> {
        if self.lists_ranges {
            match self.list(range.clone(), of_files, &mut with) {
                Err(error) if is_unknown(&error) => self.lists_ranges = false,
                outcome => return outcome,
            }
        }
        self.read(range, of_files, with)
    }

    fn read(
        &mut self,
        range: Range<u64>,
        of_files: bool,
        mut with: impl FnMut(Range<u64>),
    ) -> io::Result<()> {
        let page = self.page;
        let wanted = if of_files { PRESENT | OF_FILE } else { PRESENT };
        let mut run = range.start..range.start;
        let mut at = range.start;
        while at < range.end {
            let count = ((range.end - at) / page).min(ENTRIES);
            let bytes = usize::try_from(count * 8).map_err(io::Error::other)?;
            let entries = &mut self.entries[..bytes];
            self.file.read_exact_at(entries, at / page * 8)?;
            for entry in entries.as_chunks().0 {
                if u64::from_ne_bytes(*entry) & wanted == wanted {
                    run.end = at + page;
                } else {
                    if !run.is_empty() {
                        with(run);
                    }
                    run = at + page..at + page;
                }
                at += page;
            }
        }
        if !run.is_empty() {
            with(run);
        }
        Ok(())
    }

    fn list(
        &self,
        range: Range<u64>,
        of_files: bool,
        with: &mut impl FnMut(Range<u64>),
    ) -> io::Result<()> {
        let files = if of_files { PAGE_IS_FILE } else { 0 };
        let mut found = [Listed::default(); RANGES];
        let mut scan = Scan {
            size: size_of::<Scan>() as u64,
            start: range.start,
            end: range.end,
            into: found.as_mut_ptr() as u64,
            room: RANGES as u64,
            // Present, and not the page of zeros.
            inverted: PAGE_IS_ZERO,
            mask: PAGE_IS_PRESENT | PAGE_IS_ZERO | files,
            answer: PAGE_IS_PRESENT,
            ..Scan::default()
        };
        while scan.start < range.end {
            // SAFETY: the kernel writes to `scan` and to at most as many entries of `found` as
            // there are.
            let count =
                unsafe { libc::ioctl(self.file.as_raw_fd(), PAGEMAP_SCAN as _, &raw mut scan) };
            let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
            found[..count.min(RANGES)].iter().for_each(|run| with(run.start..run.end));
            if scan.walked_to <= scan.start {
                break;
            }
            scan.start = scan.walked_to;
        }
        Ok(())
    }
}

/// Whether the kernel does not know this request; a filter of system calls may also refuse it.
fn is_unknown(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOTTY | libc::EINVAL | libc::EPERM | libc::ENOSYS))
}

/// `struct pm_scan_arg` of `linux/fs.h`.
#[repr(C)]
#[derive(Debug, Default)]
struct Scan {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walked_to: u64,
    into: u64,
    room: u64,
    max_pages: u64,
    inverted: u64,
    mask: u64,
    any_of: u64,
    answer: u64,
}

/// `struct page_region` of `linux/fs.h`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
struct Listed {
    start: u64,
    end: u64,
    categories: u64,
}

/// `_IOWR('f', 16, struct pm_scan_arg)`.
const PAGEMAP_SCAN: u64 = 3 << 30 | (size_of::<Scan>() as u64) << 16 | 0x66 << 8 | 16;
const PAGE_IS_FILE: u64 = 1 << 2;
const PAGE_IS_PRESENT: u64 = 1 << 3;
const PAGE_IS_ZERO: u64 = 1 << 5;

#[cfg(test)]
mod tests {
    use super::*;

    /// Maps `bytes` of memory that nobody has touched; it stays mapped.
    fn map(bytes: usize) -> *mut u8 {
        // SAFETY: a new mapping at an address that the system chooses.
        let at = unsafe {
            let (access, flags) =
                (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            libc::mmap(std::ptr::null_mut(), bytes, access, flags, -1, 0)
        };
        assert_ne!(at, libc::MAP_FAILED);
        // Whole huge pages would become resident otherwise.
        // SAFETY: mapped above.
        unsafe { libc::madvise(at, bytes, libc::MADV_NOHUGEPAGE) };
        at.cast()
    }

    /// Asserts which of 16 pages are resident after those of `touched` are written.
    fn check(lists_ranges: bool) {
        let mut pagemap = Pagemap { lists_ranges, ..Pagemap::open().expect("Linux") };
        let page = pagemap.page_bytes();
        let at = map(16 * page as usize);
        for index in [0, 1, 5, 15] {
            // SAFETY: within the mapping.
            unsafe { at.add(index * page as usize).write(1) };
        }
        let start = at as u64;
        let pages = |range: Range<u64>| start + range.start * page..start + range.end * page;
        let mut found = Vec::new();
        pagemap.each(pages(0..16), false, |run| found.push(run)).expect("read");
        assert_eq!(found, [pages(0..2), pages(5..6), pages(15..16)]);
        pagemap.each(pages(0..16), true, |run| panic!("{run:?} is no file's")).expect("read");
        // SAFETY: nobody uses it.
        assert_eq!(unsafe { libc::munmap(at.cast(), 16 * page as usize) }, 0);
        // Another thread may have mapped something here; it is no error whatever is here.
        pagemap.each(pages(0..16), false, |_| {}).expect("read");
    }

    #[test]
    fn pages_that_were_written_are_resident() {
        check(false);
        check(true); // the same on kernels that do not list ranges
    }
}
