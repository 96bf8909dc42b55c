//! The files of `/proc` that say what memory there is: `maps`, `smaps`, `smaps_rollup`, `statm`,
//! `status` and `meminfo`.
//!
//! A process reads them, and so does its capturing child, where only async-signal-safe calls are
//! allowed: nothing in this file allocates.

use std::io::{self, Read};
#[cfg(target_os = "linux")]
use std::{
    ffi::{CStr, c_int, c_void},
    os::fd::RawFd,
};

/// Opens a file of the system, closed on `exec`.
#[cfg(target_os = "linux")]
pub fn open(path: &CStr, flags: c_int) -> Option<RawFd> {
    // SAFETY: a C string, and no mode is needed without O_CREAT.
    let fd = unsafe { libc::open(path.as_ptr(), flags | libc::O_CLOEXEC) };
    (fd >= 0).then_some(fd)
}

/// Reads a file from its beginning: the kernel then writes it anew.
#[cfg(target_os = "linux")]
pub fn read_anew(file: RawFd, into: &mut [u8]) -> Option<&[u8]> {
    let room = into.as_mut_ptr().cast::<c_void>();
    // SAFETY: the kernel writes at most as many bytes as there are.
    let length = unsafe { libc::pread(file, room, into.len(), 0) };
    into.get(..usize::try_from(length).ok()?)
}

/// An open file that is known by its number alone, and is not closed here.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug)]
pub struct Descriptor(pub RawFd);

#[cfg(target_os = "linux")]
impl Read for Descriptor {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // SAFETY: the kernel writes at most as many bytes as there are.
        let read = unsafe { libc::read(self.0, into.as_mut_ptr().cast(), into.len()) };
        usize::try_from(read).map_err(|_| io::Error::last_os_error())
    }
}

/// A buffer of this size holds any line: paths have 4 KiB at most.
pub const LINES: usize = 1 << 16;

/// Calls `with` for each line of `file`, without its end. `buffer` must have room for the longest.
///
/// # Errors
///
/// The system's, and `InvalidData` for a line that does not fit.
pub fn each_line(
    mut file: impl Read,
    buffer: &mut [u8],
    mut with: impl FnMut(&[u8]),
) -> io::Result<()> {
    let mut held = 0;
    loop {
        let read = match file.read(&mut buffer[held..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let filled = held + read;
        let mut begin = 0;
        while let Some(length) = memchr::memchr(b'\n', &buffer[begin..filled]) {
            with(&buffer[begin..begin + length]);
            begin += length + 1;
        }
        if read == 0 {
            if begin < filled {
                with(&buffer[begin..filled]);
            }
            return Ok(());
        }
        buffer.copy_within(begin..filled, 0);
        held = filled - begin;
        if held == buffer.len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
}

/// One mapping: a line of `maps`, or the first of several in `smaps`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping<'a> {
    /// Its first byte.
    pub start: u64,
    /// The byte after its last.
    pub end: u64,
    /// Letters such as `rw-p`: four of them.
    permissions: &'a [u8],
    /// The file's inode; 0 for anonymous memory.
    pub inode: u64,
    /// The file, or the kernel's word in brackets; empty for most anonymous memory.
    pub name: &'a [u8],
}

/// The number of fields before the name.
const FIELDS: usize = 5;

impl<'a> Mapping<'a> {
    /// Parses `start-end perms offset device inode [name]`.
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let mut fields = line.splitn(FIELDS + 1, u8::is_ascii_whitespace);
        let range = fields.next()?;
        let dash = memchr::memchr(b'-', range)?;
        let (start, end) = (hexadecimal(&range[..dash])?, hexadecimal(&range[dash + 1..])?);
        let permissions = fields.next().filter(|letters| letters.len() == 4)?;
        let inode = number(fields.nth(2)?)?;
        let name = fields.next().unwrap_or_default().trim_ascii_start();
        Some(Self { start, end, permissions, inode, name })
    }

    /// Whether the process may read it.
    pub fn is_readable(&self) -> bool {
        self.permissions[0] == b'r'
    }

    /// Whether the process may write to it.
    pub fn is_writable(&self) -> bool {
        self.permissions[1] == b'w'
    }

    /// Whether the process may run it as code.
    pub fn is_executable(&self) -> bool {
        self.permissions[2] == b'x'
    }

    /// Whether writes to it are seen by this process alone.
    pub fn is_private(&self) -> bool {
        self.permissions[3] == b'p'
    }
}

/// Returns the value of a line such as `Private_Dirty:     12 kB`, in bytes; `field` is what the
/// line begins with.
pub fn bytes_of(text: &[u8], field: &[u8]) -> Option<u64> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let value = lines.find_map(|line| line.strip_prefix(field))?;
    number(value.trim_ascii_start())?.checked_mul(1 << 10)
}

/// Parses the digits at the beginning; `None` where there are none.
pub fn number(text: &[u8]) -> Option<u64> {
    let mut digits = text.iter().take_while(|byte| byte.is_ascii_digit()).peekable();
    digits.peek()?;
    digits.try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
}

fn hexadecimal(digits: &[u8]) -> Option<u64> {
    digits.first()?;
    digits.iter().try_fold(0_u64, |sum, byte| {
        let digit = char::from(*byte).to_digit(16)?;
        sum.checked_mul(16)?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_the_kernel_writes_them() {
        let rollup =
            b"55d0-7ffe [rollup]\nRss: 884 kB\nPrivate_Clean:  4 kB\nPrivate_Dirty:  1236 kB\n";
        assert_eq!(bytes_of(rollup, b"Private_Dirty:"), Some(1236 << 10));
        assert_eq!(bytes_of(rollup, b"Dirty:"), None);
        assert_eq!(bytes_of(rollup, b"Swap:"), None);
        assert_eq!(bytes_of(b"VmSize:\t  400 kB\n", b"VmSize:"), Some(400 << 10));
        assert_eq!(number(b"18446744073709551616"), None);
        assert_eq!(number(b"x"), None);
    }

    #[test]
    fn mappings_are_read_as_the_kernel_writes_them() {
        let heap = Mapping::parse(b"1000-3000 rw-p 00000000 00:00 0 ").expect("a mapping");
        assert_eq!((heap.start, heap.end, heap.inode, heap.name), (0x1000, 0x3000, 0, &b""[..]));
        assert!(heap.is_readable() && heap.is_private());
        let file = Mapping::parse(b"1000-3000 --xs 00000000 fe:00 42   /usr/bin/a node");
        let file = file.expect("a mapping");
        assert_eq!((file.inode, file.name), (42, &b"/usr/bin/a node"[..]));
        assert!(!file.is_readable() && !file.is_private());
        for other in
            ["", "Size: 8 kB", "VmFlags: rd wr", "1000-3g00 rw-p 0 00:00 0", "-1 rw-p 0 0 0"]
        {
            assert_eq!(Mapping::parse(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn lines_come_whole_whatever_the_pieces_that_they_are_read_in() {
        let text = b"one\ntwo and more\n\nthe last";
        let read = |size: usize| {
            let mut lines = Vec::new();
            let mut buffer = vec![0; size];
            let outcome = each_line(&text[..], &mut buffer, |line| lines.push(line.to_vec()));
            (lines, outcome.map_err(|error| error.kind()))
        };
        let whole: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        for size in 13..40 {
            let (lines, outcome) = read(size);
            assert_eq!(
                (lines, outcome),
                (whole.iter().map(|line| line.to_vec()).collect(), Ok(()))
            );
        }
        assert_eq!(read(12).1, Err(io::ErrorKind::InvalidData));
    }
}
