//! Finds the mappings that V8 keeps from children, and lends them to one.
//!
//! V8 marks each region that it maps `MADV_DONTFORK`, which makes `child_process`
//! cheap. The kernel shows the mark as `dc` in the `VmFlags` line of
//! `/proc/self/smaps`, and nowhere else. Reading that file takes far too long for an
//! event loop, and V8 maps more between the scan and the fork. Lending one page of
//! such a mapping shows whether it is V8's: if it had the mark, the kernel splits the
//! mapping; if not, it stays whole.

use std::{fs::File, io::Read, ops::Range};

use parking_lot::Mutex;
use rustc_hash::FxHashSet;

use super::{
    super::proc::{LINES, Mapping, each_line},
    Unavailable,
    pages::page_bytes,
};

/// A mapping that a child would not get.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Region {
    addresses: Range<usize>,
    /// 0 for anonymous memory.
    inode: u64,
}

impl Region {
    fn of(mapping: &Mapping<'_>) -> Self {
        // Addresses of this process, so they fit.
        let addresses = mapping.start as usize..mapping.end as usize;
        Self { addresses, inode: mapping.inode }
    }
}

/// The regions kept from children, at the time of the scan and of the fork.
#[derive(Debug, Default)]
pub struct Regions {
    /// Marked at the scan.
    kept: Vec<Region>,
    /// All that was mapped at the scan, neighbours joined.
    known: Vec<Range<usize>>,
    /// Address ranges that cover all of `kept`, and everything that V8 may map between
    /// the scan and the fork: it maps pages at random addresses, below or above all
    /// that it has mapped so far. `MADV_DOFORK` changes nothing where the mark is
    /// missing, so a range may include other mappings. But the kernel stops at the
    /// first device mapping, so no range includes one.
    spans: Vec<Range<usize>>,
    /// Mapped since the scan, and found marked when they were lent.
    late: Mutex<Vec<Region>>,
}

/// Nothing is mapped before this address (`vm.mmap_min_addr` is 64 KiB by default, and not 0).
const FIRST_ADDRESS: usize = 1 << 12;

impl Regions {
    /// Reads the flags of all mappings. Takes some 30 µs for each, so it must not run
    /// on an event loop.
    ///
    /// # Errors
    ///
    /// [`Unavailable::NoFlags`], [`Unavailable::NoHeap`] or
    /// [`Unavailable::Now`].
    pub fn scan() -> Result<Self, Unavailable> {
        let smaps = File::open("/proc/self/smaps")
            .map_err(|error| Unavailable::of(error, Unavailable::NoFlags))?;
        Self::parse(smaps)
    }

    fn parse(smaps: impl Read) -> Result<Self, Unavailable> {
        let mut regions = Self::default();
        let mut current: Option<Region> = None;
        let mut flags_seen = false;
        // The current range; the last one ends with the last mapping.
        let mut span = FIRST_ADDRESS..FIRST_ADDRESS;
        let outcome = each_line(smaps, &mut vec![0; LINES], |line| {
            if let Some(flags) = line.strip_prefix(b"VmFlags:") {
                flags_seen = true;
                let Some(region) = current.take() else { return };
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
            } else if let Some(mapping) = Mapping::parse(line) {
                let region = Region::of(&mapping);
                let addresses = region.addresses.clone();
                match regions.known.last_mut().filter(|last| last.end == addresses.start) {
                    Some(last) => last.end = addresses.end,
                    None => regions.known.push(addresses),
                }
                current = Some(region);
            }
        });
        outcome.map_err(Unavailable::Now)?;
        regions.spans.push(span);
        regions.spans.retain(|span| !span.is_empty());
        match (flags_seen, regions.kept.is_empty()) {
            (false, _) => Err(Unavailable::NoFlags),
            (true, true) => Err(Unavailable::NoHeap),
            (true, false) => Ok(regions),
        }
    }

    /// Lends the regions of the scan to children forked from now on.
    pub fn open(&self) {
        let mut stretch = 0..0;
        for Region { addresses, .. } in &self.kept {
            if addresses.start != stretch.end {
                advise(&stretch, libc::MADV_DOFORK);
                stretch = addresses.clone();
            }
            stretch.end = addresses.end;
        }
        advise(&stretch, libc::MADV_DOFORK);
    }

    /// Lends what V8 has mapped since the scan as well, and remembers it.
    ///
    /// Takes about a microsecond for each mapping of the process, twice that if there
    /// is something new, and so a small share of the fork that follows: 0.3 of 2.4 ms
    /// with 244 mappings (a heap of 20 MB), 0.8 of 15.8 ms with 573 (100 MB), and 1.8
    /// of 73 ms with 1,992 (500 MB).
    pub fn open_late(&self) {
        let page = usize::try_from(page_bytes()).unwrap_or(4096);
        let mut late: Vec<Region> = Vec::new();
        each_mapping(|mapping| {
            let region = Region::of(mapping);
            // A single page cannot be lent in part.
            let is_late = region.addresses.len() > page && !self.knows(&region.addresses);
            if is_v8_like(mapping) && region.inode == 0 && is_late {
                late.push(region);
            }
        });
        if !late.is_empty() {
            let first_page =
                |region: &Region| region.addresses.start..region.addresses.start + page;
            for region in &late {
                advise(&first_page(region), libc::MADV_DOFORK);
            }
            let mut edges = FxHashSet::default();
            each_mapping(|mapping| _ = edges.insert(Region::of(mapping).addresses.start));
            late.retain(|region| edges.contains(&first_page(region).end));
            for region in &late {
                advise(&region.addresses, libc::MADV_DOFORK);
            }
            self.late.lock().append(&mut late);
        }
        // V8's other threads may map more at this very moment, and the child could not
        // go on without it. Some of that stays lent.
        for span in &self.spans {
            advise(span, libc::MADV_DOFORK);
        }
    }

    /// Returns whether all these addresses were mapped at the scan.
    fn knows(&self, addresses: &Range<usize>) -> bool {
        let after = self.known.partition_point(|known| known.start <= addresses.start);
        let around = after.checked_sub(1).and_then(|at| self.known.get(at));
        around.is_some_and(|known| addresses.end <= known.end)
    }

    /// Keeps the regions from children again.
    ///
    /// Marks only those that still exist: a region that V8 has unmapped since it was
    /// lent may belong to somebody else by now, and the mark would withhold it from
    /// the application's children.
    pub fn restore(&self) {
        // Each is marked as soon as it is read, since it may change a moment later. If
        // the list cannot be read any more, the marks stay off, which only makes the next
        // `spawn` a little slower.
        if let Ok(maps) = File::open(MAPS) {
            self.still_there(maps, |addresses| advise(&addresses, libc::MADV_DONTFORK));
        }
    }

    /// Calls `with` for the parts of `kept` and `late` that are still private mappings of the same
    /// origin in `maps`, neighbours joined.
    fn still_there(&self, maps: impl Read, mut with: impl FnMut(Range<usize>)) {
        let mut there: Option<Range<usize>> = None;
        let late = self.late.lock();
        let mut lent: Vec<&Region> = self.kept.iter().chain(&*late).collect();
        lent.sort_unstable_by_key(|region| region.addresses.start);
        let mut kept = lent.into_iter().peekable();
        // If reading fails, what was read before still holds.
        let _ = each_line(maps, &mut vec![0; LINES], |line| {
            let Some(mapping) = Mapping::parse(line) else { return };
            let Region { addresses, inode } = Region::of(&mapping);
            while let Some(region) = kept.peek().filter(|r| r.addresses.start < addresses.end) {
                let start = region.addresses.start.max(addresses.start);
                let end = region.addresses.end.min(addresses.end);
                if start < end && is_v8_like(&mapping) && region.inode == inode {
                    match there.as_mut().filter(|last| last.end == start) {
                        Some(last) => last.end = end,
                        None => there.replace(start..end).into_iter().for_each(&mut with),
                    }
                }
                if region.addresses.end > addresses.end {
                    break; // the rest of it lies in a later mapping
                }
                kept.next();
            }
        });
        there.into_iter().for_each(with);
    }
}

/// Returns whether V8 may have made this mapping: it is private, and not the stack or the heap of
/// the C library.
fn is_v8_like(mapping: &Mapping<'_>) -> bool {
    mapping.is_private()
        && !mapping.name.starts_with(b"[stack")
        && !mapping.name.starts_with(b"[heap")
}

const MAPS: &str = "/proc/self/maps";

/// Calls `with` for all mappings of this process; for none if they cannot be read any more, as they
/// could at the scan.
fn each_mapping(mut with: impl FnMut(&Mapping<'_>)) {
    let Ok(maps) = File::open(MAPS) else { return };
    let _ = each_line(maps, &mut vec![0; LINES], |line| {
        if let Some(mapping) = Mapping::parse(line) {
            with(&mapping);
        }
    });
}

fn advise(addresses: &Range<usize>, advice: libc::c_int) {
    let length = addresses.end - addresses.start;
    // SAFETY: DOFORK and DONTFORK change what a child inherits, never what this
    // process sees; addresses that are not mapped are refused. ENOMEM only says
    // that there are holes.
    unsafe { libc::madvise(addresses.start as *mut libc::c_void, length, advice) };
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
        assert!(regions.knows(&(0x2000..0x5000)) && !regions.knows(&(0x4000..0x6000)));
        assert!(!regions.knows(&(0..0x1000)) && !regions.knows(&(0xd000..0xe000)));
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
        regions.late.lock().push(region(0x5000..0x6000, 0));
        // The first is half unmapped, the second split, the third another file.
        let now = "\
2000-5000 rw-p 00000000 00:00 0 \n\
5000-6000 rw-p 00000000 00:00 0 \n\
6000-7000 ---p 00000000 00:00 0 \n\
7000-8000 rw-p 00000000 00:00 0 \n\
b000-c000 r-xp 00000000 fe:00 43 /lib/other.so\n";
        assert_eq!(still_there(&regions, now), [0x2000..0x3000, 0x5000..0x8000]);
        let taken = "1000-3000 rw-p 00000000 00:00 0 [stack]\n6000-8000 rw-s 00000000 00:00 0 \n";
        assert!(still_there(&regions, taken).is_empty());
    }

    const LENGTH: usize = 1 << 16;

    /// Fresh memory, marked as V8 does or not.
    struct Mapped(usize);

    impl Mapped {
        fn new(marked: bool) -> Self {
            // SAFETY: a fresh anonymous mapping that nobody else knows.
            let at = unsafe {
                libc::mmap(
                    std::ptr::null_mut(),
                    // With a gap, so that no two become one.
                    2 * LENGTH,
                    libc::PROT_NONE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                    -1,
                    0,
                )
            };
            // SAFETY: the mapping's first half.
            unsafe { libc::mprotect(at, LENGTH, libc::PROT_READ | libc::PROT_WRITE) };
            let mapped = Self(at as usize);
            if marked {
                advise(&(mapped.0..mapped.0 + LENGTH), libc::MADV_DONTFORK);
            }
            mapped
        }

        /// Returns how many bytes of it are kept from children.
        fn kept(&self) -> usize {
            let kept = Regions::scan().map(|now| now.kept).unwrap_or_default();
            let inside = |of: &Range<usize>| {
                of.end.min(self.0 + LENGTH).saturating_sub(of.start.max(self.0))
            };
            kept.iter().map(|region| inside(&region.addresses)).sum()
        }
    }

    impl Drop for Mapped {
        fn drop(&mut self) {
            // SAFETY: the mapping made above, used by nobody.
            unsafe { libc::munmap(self.0 as *mut libc::c_void, 2 * LENGTH) };
        }
    }

    #[test]
    fn a_region_marked_by_hand_is_found_lent_and_kept_again() {
        let (plain, marked) = (Mapped::new(false), Mapped::new(true));
        assert_eq!((plain.kept(), marked.kept()), (0, LENGTH));
        let regions = Regions::scan().expect("there is one region at least");
        regions.open();
        assert_eq!(marked.kept(), 0);
        regions.restore();
        assert_eq!((plain.kept(), marked.kept()), (0, LENGTH));
    }

    #[test]
    fn what_is_mapped_after_the_scan_below_all_else_is_lent_too() {
        let there = "400000-600000 rw-p 00000000 00:00 0 \nVmFlags: rd wr dc \n";
        let regions = Regions::parse(there.as_bytes()).expect("flags and a heap");
        assert_eq!(regions.spans, vec![FIRST_ADDRESS..0x60_0000]);
    }

    #[test]
    fn what_is_mapped_after_the_scan_is_lent_and_kept_again_if_it_was_marked() {
        let early = Mapped::new(true);
        let regions = Regions::scan().expect("there is one region at least");
        regions.open();
        let (plain, marked) = (Mapped::new(false), Mapped::new(true));
        assert_eq!(marked.kept(), LENGTH);
        regions.open_late();
        assert_eq!((early.kept(), plain.kept(), marked.kept()), (0, 0, 0));
        regions.restore();
        assert_eq!((early.kept(), plain.kept(), marked.kept()), (LENGTH, 0, LENGTH));
    }
}
