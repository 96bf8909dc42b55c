//! What the process has mapped, from `/proc/self/maps`.

use std::{
    fs::File,
    io::{self, Read},
    ops::Range,
};

use rustc_hash::FxHashMap;

use crate::capture::proc::{LINES, Mapping, each_line};

/// A mapping with memory that can be resident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Region {
    /// Its addresses.
    pub(super) range: Range<u64>,
    /// What it was mapped for, as the kernel shows it.
    pub(super) sort: Sort,
    /// Inaccessible address space directly before and after it, in bytes.
    pub(super) guards: (u64, u64),
}

/// Sorts of mappings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Memory of this process alone that no file backs.
    Anonymous {
        /// Whether it can run as code.
        is_code: bool,
        /// The kernel's word for it, such as `[heap]`; mostly empty.
        word: String,
    },
    /// A file: its index among [`Mappings::files`].
    File(usize),
    /// Memory that other processes can map as well.
    Shared,
}

/// A mapped file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OfFile {
    /// Its path.
    pub(super) path: String,
    /// Whether it is a program or a library: part of it can run.
    pub(super) is_image: bool,
    /// Mapped, resident or not.
    pub(super) bytes: u64,
    /// How often it is mapped.
    pub(super) mappings: u32,
}

/// All mappings of the process.
#[derive(Debug, Default)]
pub(super) struct Mappings {
    /// In ascending order.
    pub(super) regions: Vec<Region>,
    /// The files that they map.
    pub(super) files: Vec<OfFile>,
}

/// Names of memory that looks like a file to the kernel.
const SHARED: [&[u8]; 4] = [b"/memfd:", b"/dev/shm/", b"/SYSV", b"/dev/zero"];

/// Beginnings of the names of mappings that count as nothing: pages of the kernel's own (`[vdso]`,
/// `[vvar]`, `[vsyscall]`), and huge pages, which the kernel counts apart from all others.
const APART: [&[u8]; 4] = [b"[v", b"/anon_hugepage", b"/dev/hugepages", b"anon_inode:"];

impl Mappings {
    /// Reads them.
    pub(super) fn read() -> io::Result<Self> {
        Self::parse(File::open("/proc/self/maps")?)
    }

    fn parse(maps: impl Read) -> io::Result<Self> {
        let mut found = Self::default();
        let mut by_path = FxHashMap::default();
        let mut gap = 0..0;
        each_line(maps, &mut vec![0; LINES], |line| {
            let Some(mapping) = Mapping::parse(line) else { return };
            let range = mapping.start..mapping.end;
            if !is_accessible(&mapping) {
                if gap.end == range.start {
                    gap.end = range.end;
                } else {
                    gap = range.clone();
                }
                if let Some(before) = found.regions.last_mut()
                    && before.range.end == gap.start
                {
                    before.guards.1 = gap.end - gap.start;
                }
                if mapping.inode == 0 {
                    return; // a file's counts, whatever may be done with it
                }
            }
            let is_apart = APART.iter().any(|name| mapping.name.starts_with(name));
            if is_apart || mapping.inode == 0 && !mapping.is_private() {
                return;
            }
            let sort = found.sort(&mapping, &mut by_path);
            let before = if gap.end == range.start { gap.end - gap.start } else { 0 };
            found.regions.push(Region { range, sort, guards: (before, 0) });
        })?;
        Ok(found)
    }

    fn sort(&mut self, mapping: &Mapping<'_>, by_path: &mut FxHashMap<Vec<u8>, usize>) -> Sort {
        if mapping.inode == 0 {
            let word = String::from_utf8_lossy(mapping.name).into_owned();
            return Sort::Anonymous { is_code: mapping.is_executable(), word };
        }
        let is_shared = SHARED.iter().any(|name| mapping.name.starts_with(name));
        if is_shared || !mapping.name.starts_with(b"/") {
            return Sort::Shared;
        }
        let index = by_path.get(mapping.name).copied().unwrap_or_else(|| {
            let path = String::from_utf8_lossy(mapping.name).into_owned();
            self.files.push(OfFile { path, ..OfFile::default() });
            by_path.insert(mapping.name.to_vec(), self.files.len() - 1);
            self.files.len() - 1
        });
        let file = &mut self.files[index];
        file.is_image |= mapping.is_executable();
        file.bytes += mapping.end - mapping.start;
        file.mappings += 1;
        Sort::File(index)
    }
}

fn is_accessible(mapping: &Mapping<'_>) -> bool {
    mapping.is_readable() || mapping.is_writable() || mapping.is_executable()
}
