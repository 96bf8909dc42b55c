//! One reading: the pages of each mapping, and what they are part of.

use std::{fs, io, time::Instant};

use super::{
    allocator::Asked,
    claims::Claims,
    group,
    mappings::{Mappings, OfFile, Region, Sort},
    resident::Pagemap,
    split, threads,
};
use crate::{
    allocations::own_memory::OwnMemory,
    capture::proc::bytes_of,
    column,
    report::{
        ExternalMemory, LoopFigures, MappedFile, Memory, MemoryAccount, MemoryParts, now_iso,
    },
};

/// Files in an account.
const FILES: usize = 20;

/// Reads all.
pub(super) fn read(
    allocator: &mut Asked,
    now: &Memory,
    figures: LoopFigures,
) -> io::Result<MemoryAccount> {
    let start = Instant::now();
    let mut account = MemoryAccount::new(now_iso());
    let mappings = Mappings::read()?;
    let memory = OwnMemory::open().ok_or(io::ErrorKind::Unsupported)?;
    let mut pagemap = Pagemap::open()?;
    let mut claims = Claims::new(&memory, pagemap.page_bytes(), allocator.name());
    account.parts = pages(&mappings, &mut pagemap, &mut claims)?;
    let claimed = claims.finish();
    account.external = ExternalMemory::of(now);
    let told;
    (account.allocator, told) = allocator.ask(&claimed, &memory);
    let columns = column::mapped_bytes() as u64;
    split::add(&mut account.parts, &claimed, told, account.external, columns);
    account.rss_bytes = total(&account.parts);
    let status = fs::read("/proc/self/status")?;
    account.swap_bytes = bytes_of(&status, b"VmSwap:");
    account.page_tables_bytes = bytes_of(&status, b"VmPTE:");
    account.group = group::memory();
    account.spaces = figures.spaces;
    account.handles = figures.handles;
    account.threads = threads::by_name();
    account.files = files(&mappings.files);
    account.took_ms = start.elapsed().as_secs_f64() * 1000.0;
    Ok(account)
}

/// Returns the parts that files back, and has `claims` count the rest.
fn pages(
    mappings: &Mappings,
    pagemap: &mut Pagemap,
    claims: &mut Claims<'_>,
) -> io::Result<MemoryParts> {
    let mut parts = MemoryParts::default();
    let mut runs = Vec::new();
    let is_image = |region: &Region| match region.sort {
        Sort::File(file) => mappings.files[file].is_image,
        _ => false,
    };
    for (index, region) in mappings.regions.iter().enumerate() {
        runs.clear();
        // What is not a file's of a shared mapping is a device's, and no memory of a process.
        let is_shared = region.sort == Sort::Shared;
        pagemap.each(region.range.clone(), is_shared, |run| runs.push(run))?;
        let bytes: u64 = runs.iter().map(|run| run.end - run.start).sum();
        match region.sort {
            Sort::Anonymous { .. } => {
                let is_beside = |other: &Region| {
                    other.range.end == region.range.start || region.range.end == other.range.start
                };
                let near = &mappings.regions[index.saturating_sub(1)..];
                let beside_image =
                    near.iter().take(3).any(|other| is_beside(other) && is_image(other));
                claims.count(region, beside_image, &runs);
            }
            Sort::File(file) if mappings.files[file].is_image => parts.images_bytes += bytes,
            Sort::File(_) => parts.files_bytes += bytes,
            Sort::Shared => parts.shared_bytes += bytes,
        }
    }
    Ok(parts)
}

/// Sums all parts.
fn total(parts: &MemoryParts) -> u64 {
    parts.heap_bytes
        + parts.wasm_bytes
        + parts.array_buffers_bytes
        + parts.external_bytes
        + parts.allocated_bytes.unwrap_or(0)
        + parts.allocator_free_bytes.unwrap_or(0)
        + parts.stacks_bytes
        + parts.images_bytes
        + parts.files_bytes
        + parts.shared_bytes
        + parts.seep_bytes
        + parts.unattributed_bytes
}

/// Returns the biggest of those that are neither programs nor libraries.
fn files(mapped: &[OfFile]) -> Vec<MappedFile> {
    let mut files: Vec<_> = mapped.iter().filter(|file| !file.is_image).collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.bytes));
    let shown = |file: &&OfFile| MappedFile {
        file: file.path.clone(),
        mapped_bytes: file.bytes,
        mappings: file.mappings,
    };
    files.iter().take(FILES).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Barrier},
        thread,
    };

    use super::*;

    /// Reads an account of this process, and what the kernel says of it about then.
    fn account() -> (MemoryAccount, u64) {
        let account =
            read(&mut Asked::new(), &Memory::default(), LoopFigures::default()).expect("Linux");
        let rollup = fs::read("/proc/self/smaps_rollup").expect("Linux");
        (account, bytes_of(&rollup, b"Rss:").expect("a figure"))
    }

    #[test]
    fn parts_are_what_the_kernel_counts() {
        let (account, rss) = account();
        // Other tests run meanwhile.
        assert!(account.rss_bytes.abs_diff(rss) < rss / 2 + (64 << 20));
        assert_eq!(total(&account.parts), account.rss_bytes);
        assert!(account.parts.images_bytes > 0 && account.parts.stacks_bytes > 0);
        assert!(account.page_tables_bytes > Some(0) && account.swap_bytes.is_some());
    }

    #[test]
    #[cfg(target_env = "gnu")]
    fn what_glibc_hands_out_is_its_own() {
        // Few bytes of it become resident: other tests measure that.
        const SMALL: usize = 4 << 20;
        const LARGE: usize = 64 << 20;
        let large = std::hint::black_box(vec![0_u8; LARGE]);
        let small: Vec<Vec<u8>> = (0..SMALL / 1024).map(|_| vec![1; 1000]).collect();
        let (with, _) = account();
        let told = &with.allocator;
        assert_eq!(told.name, crate::report::AllocatorName::Glibc);
        assert!(told.used_bytes >= Some((LARGE + SMALL) as u64), "{told:?}");
        assert!(told.mapped_bytes >= Some(LARGE as u64), "{told:?}");
        // Other tests free and allocate meanwhile.
        assert!(with.parts.allocated_bytes >= Some(SMALL as u64 / 2), "{:?}", with.parts);
        let kept: Vec<Vec<u8>> = small.into_iter().step_by(2).collect();
        let (without, _) = account();
        let free = without.parts.allocator_free_bytes;
        assert!(free >= Some(SMALL as u64 / 8), "{:?} {:?}", without.parts, without.allocator);
        drop((kept, large));
    }

    #[test]
    fn threads_are_counted_by_name() {
        let end = Arc::new(Barrier::new(4));
        let start = |_| {
            let end = Arc::clone(&end);
            let named = thread::Builder::new().name("seep-waits".to_owned());
            named.spawn(move || end.wait()).expect("a thread")
        };
        let threads: Vec<_> = (0..3).map(start).collect();
        // A thread names itself when it first runs.
        let count = || {
            let (account, _) = account();
            account.threads.iter().find(|counted| counted.name == "seep-waits").map(|it| it.count)
        };
        while count() != Some(3) {
            thread::yield_now();
        }
        end.wait();
        for thread in threads {
            thread.join().expect("no panic");
        }
    }
}
