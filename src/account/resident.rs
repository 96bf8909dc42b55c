//! Which pages are resident, from `/proc/self/pagemap`.
//!
//! `smaps` would say it for each mapping, but formats a thousand bytes for each: 8 µs. `mincore`
//! is the fastest, but it counts the kernel's page of zeros, which untouched memory reads as and
//! which is no memory of the process; and a filter of system calls such as systemd's
//! `@system-service` ends a process that calls it. Reading files is permitted wherever Node runs.
//!
//! From Linux 6.7 on, the kernel lists ranges of pages (2 ms for a gigabyte). Before, the file has
//! eight bytes for each page (9 ms).

use std::{fs::File, io, ops::Range, os::fd::AsRawFd, os::unix::fs::FileExt};

/// Resident pages, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Their addresses.
    pub(super) range: Range<u64>,
    /// Whether they are a file's, or shared; otherwise they are this process's alone.
    pub(super) is_files: bool,
}

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

    /// Calls `with` for the resident pages in `range`, in ascending order. What is unmapped
    /// meanwhile is not resident.
    pub(super) fn each(&mut self, range: Range<u64>, mut with: impl FnMut(Run)) -> io::Result<()> {
        if self.lists_ranges {
            match self.list(range.clone(), &mut with) {
                Err(error) if is_unknown(&error) => self.lists_ranges = false,
                outcome => return outcome,
            }
        }
        self.read(range, with)
    }

    fn read(&mut self, range: Range<u64>, mut with: impl FnMut(Run)) -> io::Result<()> {
        let page = self.page;
        let mut run: Option<Run> = None;
        let mut at = range.start;
        while at < range.end {
            let count = ((range.end - at) / page).min(ENTRIES);
            let entries =
                &mut self.entries[..usize::try_from(count * 8).map_err(io::Error::other)?];
            self.file.read_exact_at(entries, at / page * 8)?;
            for (entry, at) in entries.as_chunks().0.iter().zip((at..).step_by(page as usize)) {
                let entry = u64::from_ne_bytes(*entry);
                let (is_present, is_files) = (entry & PRESENT != 0, entry & OF_FILE != 0);
                match &mut run {
                    Some(run) if is_present && run.is_files == is_files => run.range.end += page,
                    _ => {
                        run.take().into_iter().for_each(&mut with);
                        run = is_present.then(|| Run { range: at..at + page, is_files });
                    }
                }
            }
            at += count * page;
        }
        run.into_iter().for_each(with);
        Ok(())
    }

    fn list(&self, range: Range<u64>, with: &mut impl FnMut(Run)) -> io::Result<()> {
        let mut found = [Listed::default(); RANGES];
        let mut scan = Scan {
            size: size_of::<Scan>() as u64,
            start: range.start,
            end: range.end,
            into: found.as_mut_ptr() as u64,
            room: RANGES as u64,
            // Present, and not the page of zeros.
            inverted: PAGE_IS_ZERO,
            mask: PAGE_IS_PRESENT | PAGE_IS_ZERO,
            answer: PAGE_IS_PRESENT | PAGE_IS_FILE,
            ..Scan::default()
        };
        while scan.start < range.end {
            // SAFETY: the kernel writes to `scan` and to at most as many entries of `found` as
            // there are.
            let count =
                unsafe { libc::ioctl(self.file.as_raw_fd(), PAGEMAP_SCAN as _, &raw mut scan) };
            let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
            for run in &found[..count.min(RANGES)] {
                with(Run {
                    range: run.start..run.end,
                    is_files: run.categories & PAGE_IS_FILE != 0,
                });
            }
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
