//! Which mappings V8 keeps from children, and how they are lent to one.
//!
//! V8 marks each region it maps `MADV_DONTFORK`, which makes `child_process`
//! cheap. The kernel shows the mark as `dc` in the `VmFlags` line of
//! `/proc/self/smaps`, and nowhere else.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    ops::Range,
};

use super::Unavailable;

/// A mapping of which a child would get nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Region {
    addresses: Range<usize>,
    /// 0 for anonymous memory.
    inode: u64,
}

/// The regions kept from children, at the time of the scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regions {
    kept: Vec<Region>,
    /// Stretches that cover all of `kept`, and all that V8 may map between scan
    /// and fork: it maps pages at random addresses, below or above all it has
    /// mapped so far. `MADV_DOFORK` changes nothing where the mark is missing, so
    /// a stretch may cover other mappings too. But the kernel stops at the first
    /// device mapping, so none lies inside.
    spans: Vec<Range<usize>>,
}

/// Nothing is mapped before this address (`vm.mmap_min_addr` is 64 KiB by default, and not 0).
const FIRST_ADDRESS: usize = 1 << 12;

impl Regions {
    /// Reads the flags of all mappings: some 30 µs for each, so never on an
    /// event loop.
    ///
    /// # Errors
    ///
    /// [`Unavailable::NoFlags`], [`Unavailable::NoHeap`] or
    /// [`Unavailable::Now`].
    pub fn scan() -> Result<Self, Unavailable> {
        let smaps = File::open("/proc/self/smaps")
            .map_err(|error| Unavailable::of(error, Unavailable::NoFlags))?;
        Self::parse(BufReader::with_capacity(1 << 16, smaps))
    }

    fn parse(mut smaps: impl BufRead) -> Result<Self, Unavailable> {
        let mut regions = Self::default();
        let mut current = None;
        let mut flags_seen = false;
        // The stretch at hand; the last one ends with the last mapping.
        let mut span = FIRST_ADDRESS..FIRST_ADDRESS;
        let mut line = Vec::with_capacity(256);
        while next_line(&mut smaps, &mut line).map_err(Unavailable::Now)? {
            if let Some(flags) = line.strip_prefix(b"VmFlags:") {
                flags_seen = true;
                let Some(Mapping { region, .. }) = current.take() else { continue };
                let has = |flag: &[u8]| flags.split(u8::is_ascii_whitespace).any(|f| f == flag);
                // VM_IO, VM_PFNMAP, VM_MIXEDMAP, VM_DONTEXPAND: madvise says EINVAL.
                if has(b"io") || has(b"pf") || has(b"mm") || has(b"de") {
                    regions.spans.push(span.start..region.addresses.start);
                    span = region.addresses.end..region.addresses.end;
                } else {
                    span.end = region.addresses.end;
                    if has(b"dc") {
                        regions.kept.push(region);
                    }
                }
            } else if let Some(mapping) = Mapping::parse(&line) {
                current = Some(mapping);
            }
        }
        regions.spans.push(span);
        regions.spans.retain(|span| !span.is_empty());
        match (flags_seen, regions.kept.is_empty()) {
            (false, _) => Err(Unavailable::NoFlags),
            (true, true) => Err(Unavailable::NoHeap),
            (true, false) => Ok(regions),
        }
    }

    /// Lends the regions, and whatever V8 has mapped since, to children forked
    /// from now on.
    pub fn open(&self) {
        for span in &self.spans {
            if !advise(span, libc::MADV_DOFORK) {
                // A device was mapped since the scan, and the rest of the stretch
                // has not been reached.
                let within = |region: &&Region| span.contains(&region.addresses.start);
                for region in self.kept.iter().filter(within) {
                    advise(&region.addresses, libc::MADV_DOFORK);
                }
            }
        }
    }

    /// Keeps the regions from children again.
    ///
    /// Only those that are still there: a region that V8 has unmapped since the
    /// scan may be somebody else's by now, and a mark on that would take it
    /// from the application's children.
    pub fn restore(&self) {
        let Ok(maps) = File::open("/proc/self/maps") else {
            // It could be read a moment ago. Without it the marks stay off,
            // which costs the next `spawn` a little time and nothing else.
            return;
        };
        // Each at once: what has been read can have changed a moment later.
        self.still_there(BufReader::with_capacity(1 << 16, maps), |addresses| {
            advise(&addresses, libc::MADV_DONTFORK);
        });
    }

    /// Tells the parts of `kept` that `maps` shows as private mappings of the
    /// same origin, neighbours joined. Both lists ascend.
    fn still_there(&self, mut maps: impl BufRead, mut tell: impl FnMut(Range<usize>)) {
        let mut there: Option<Range<usize>> = None;
        let mut kept = self.kept.iter().peekable();
        let mut line = Vec::with_capacity(256);
        while let Ok(true) = next_line(&mut maps, &mut line) {
            let Some(mapping) = Mapping::parse(&line) else { continue };
            let Region { addresses, inode } = &mapping.region;
            while let Some(region) = kept.peek().filter(|r| r.addresses.start < addresses.end) {
                let start = region.addresses.start.max(addresses.start);
                let end = region.addresses.end.min(addresses.end);
                if start < end && mapping.is_v8_like && region.inode == *inode {
                    match there.as_mut().filter(|last| last.end == start) {
                        Some(last) => last.end = end,
                        None => there.replace(start..end).into_iter().for_each(&mut tell),
                    }
                }
                if region.addresses.end > addresses.end {
                    break; // the rest of it lies in a later mapping
                }
                kept.next();
            }
        }
        there.into_iter().for_each(tell);
    }
}

/// The first line of a mapping in `smaps`, all of it in `maps`.
struct Mapping {
    region: Region,
    /// Private, and not the stack or the heap of the C library.
    is_v8_like: bool,
}

impl Mapping {
    /// Reads `start-end perms offset device inode [name]`.
    fn parse(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line.get(..line.len().min(128))?)
            .or_else(|error| std::str::from_utf8(&line[..error.valid_up_to()]))
            .ok()?;
        let mut fields = text.split_ascii_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let permissions = fields.next()?;
        let inode = fields.nth(2)?.parse().ok()?;
        let name = fields.next().unwrap_or("");
        Some(Self {
            region: Region {
                addresses: usize::from_str_radix(start, 16).ok()?
                    ..usize::from_str_radix(end, 16).ok()?,
                inode,
            },
            is_v8_like: permissions.ends_with('p')
                && !name.starts_with("[stack")
                && !name.starts_with("[heap"),
        })
    }
}

fn next_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    Ok(from.read_until(b'\n', line)? > 0)
}

/// Returns whether all that is mapped there has taken the advice.
fn advise(addresses: &Range<usize>, advice: libc::c_int) -> bool {
    let length = addresses.end - addresses.start;
    // SAFETY: DOFORK and DONTFORK change what a child inherits, never what this
    // process sees; addresses that are not mapped are refused.
    let result = unsafe { libc::madvise(addresses.start as *mut libc::c_void, length, advice) };
    // ENOMEM only says that there are holes.
    result == 0 || io::Error::last_os_error().raw_os_error() == Some(libc::ENOMEM)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMAPS: &str = "\
1000-3000 rw-p 00000000 00:00 0 \nSize: 8 kB\nVmFlags: rd wr mr mw me dc ac sd \n\
3000-5000 rw-p 00000000 00:00 0 \nSize: 8 kB\nVmFlags: rd wr mr mw me ac sd \n\
6000-8000 ---p 00000000 00:00 0 \nSize: 8 kB\nVmFlags: mr mw me dc sd \n\
9000-a000 rw-s 00000000 00:0e 77 anon_inode:[io_uring]\nVmFlags: rd wr sh dc de mm \n\
b000-c000 r-xp 00000000 fe:00 42 /usr/bin/a node\nVmFlags: rd ex mr mw me dc \n";

    fn region(addresses: Range<usize>, inode: u64) -> Region {
        Region { addresses, inode }
    }

    #[test]
    fn spans_cover_the_kept_regions_and_stop_at_device_mappings() {
        let regions = Regions::parse(SMAPS.as_bytes()).expect("flags and a heap");
        assert_eq!(
            regions.kept,
            [region(0x1000..0x3000, 0), region(0x6000..0x8000, 0), region(0xb000..0xc000, 42)]
        );
        assert_eq!(regions.spans, [0x1000..0x9000, 0xa000..0xc000]);
    }

    #[test]
    fn without_flags_there_is_no_forked_capture() {
        let without: String =
            SMAPS.lines().filter(|l| !l.starts_with("VmFlags")).collect::<Vec<_>>().join("\n");
        assert!(matches!(Regions::parse(without.as_bytes()), Err(Unavailable::NoFlags)));
        assert!(matches!(
            Regions::parse(SMAPS.replace(" dc", "").as_bytes()),
            Err(Unavailable::NoHeap)
        ));
        assert!(matches!(Regions::parse(&b""[..]), Err(Unavailable::NoFlags)));
    }

    fn still_there(regions: &Regions, maps: &str) -> Vec<Range<usize>> {
        let mut there = Vec::new();
        regions.still_there(maps.as_bytes(), |addresses| there.push(addresses));
        there
    }

    #[test]
    fn only_what_is_still_v8s_is_kept_again() {
        let regions = Regions::parse(SMAPS.as_bytes()).expect("flags and a heap");
        // The first is half unmapped, the second split, the third another file.
        let now = "\
2000-5000 rw-p 00000000 00:00 0 \n\
6000-7000 ---p 00000000 00:00 0 \n\
7000-8000 rw-p 00000000 00:00 0 \n\
b000-c000 r-xp 00000000 fe:00 43 /lib/other.so\n";
        assert_eq!(still_there(&regions, now), [0x2000..0x3000, 0x6000..0x8000]);
        let taken = "1000-3000 rw-p 00000000 00:00 0 [stack]\n6000-8000 rw-s 00000000 00:00 0 \n";
        assert!(still_there(&regions, taken).is_empty());
    }

    /// A fresh anonymous mapping that nobody else knows.
    struct Mapped(Range<usize>);

    impl Mapped {
        fn new() -> Self {
            let length = 1 << 16;
            // SAFETY: takes what is free.
            let at = unsafe {
                libc::mmap(
                    std::ptr::null_mut(),
                    length,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                    -1,
                    0,
                )
            } as usize;
            Self(at..at + length)
        }

        fn is_kept(&self) -> bool {
            let holds = |region: &Region| region.addresses.contains(&self.0.start);
            Regions::scan().is_ok_and(|now| now.kept.iter().any(holds))
        }
    }

    impl Drop for Mapped {
        fn drop(&mut self) {
            // SAFETY: the mapping made above, used by nobody.
            unsafe { libc::munmap(self.0.start as *mut libc::c_void, self.0.len()) };
        }
    }

    #[test]
    fn a_region_marked_by_hand_is_found_lent_and_kept_again() {
        let mapped = Mapped::new();
        assert!(!mapped.is_kept());
        advise(&mapped.0, libc::MADV_DONTFORK);
        assert!(mapped.is_kept());
        let regions = Regions::scan().expect("there is one region at least");
        regions.open();
        assert!(!mapped.is_kept());
        regions.restore();
        assert!(mapped.is_kept());
    }

    #[test]
    fn what_is_mapped_after_the_scan_below_all_else_is_lent_too() {
        let there = "400000-600000 rw-p 00000000 00:00 0 \nVmFlags: rd wr dc \n";
        let regions = Regions::parse(there.as_bytes()).expect("flags and a heap");
        assert_eq!(regions.spans, [FIRST_ADDRESS..0x60_0000]);
    }

    #[test]
    fn what_the_scan_found_is_lent_also_where_a_stretch_is_refused() {
        let mapped = Mapped::new();
        advise(&mapped.0, libc::MADV_DONTFORK);
        assert!(mapped.is_kept());
        // Not a multiple of a page: refused like one with a device in it.
        let refused = mapped.0.start - 1..mapped.0.end;
        assert!(!advise(&refused, libc::MADV_DOFORK));
        Regions { kept: vec![region(mapped.0.clone(), 0)], spans: vec![refused] }.open();
        assert!(!mapped.is_kept());
    }
}
