//! One reading: the pages of each mapping, and what they are part of.

use std::{
    fs, io,
    time::{Instant, SystemTime},
};

use super::{
    allocator::Asked,
    claims::Claims,
    mappings::{Mappings, OfFile, Sort},
    resident::Pagemap,
    split, threads,
};
use crate::{
    allocations::own_memory::OwnMemory,
    capture::proc::bytes_of,
    column,
    report::{ExternalMemory, LoopFigures, MappedFile, Memory, MemoryAccount, MemoryParts},
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
    let at = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
    let mut account = MemoryAccount::new(at);
    let mappings = Mappings::read()?;
    let memory = OwnMemory::open().ok_or(io::ErrorKind::Unsupported)?;
    let mut pagemap = Pagemap::open()?;
    let mut claims = Claims::new(&memory, pagemap.page_bytes(), allocator.is_glibc());
    account.parts = pages(&mappings, &mut pagemap, &mut claims)?;
    let claimed = claims.finish();
    account.external = ExternalMemory {
        array_buffers_bytes: now.array_buffers_bytes,
        other_bytes: now.external_bytes.saturating_sub(now.array_buffers_bytes),
    };
    let told;
    (account.allocator, told) = allocator.ask(&claimed, &memory);
    let columns = column::mapped_bytes() as u64;
    split::add(&mut account.parts, &claimed, told, account.external, columns);
    account.rss_bytes = total(&account.parts);
    let status = fs::read("/proc/self/status")?;
    account.swap_bytes = bytes_of(&status, b"VmSwap:");
    account.page_tables_bytes = bytes_of(&status, b"VmPTE:");
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
    let mut image_end = 0;
    for region in &mappings.regions {
        runs.clear();
        let mut files = 0;
        pagemap.each(region.range.clone(), |run| {
            if run.is_files {
                files += run.range.end - run.range.start;
            } else {
                runs.push(run.range);
            }
        })?;
        let own: u64 = runs.iter().map(|run| run.end - run.start).sum();
        match region.sort {
            Sort::Anonymous { .. } => claims.count(region, image_end == region.range.start, &runs),
            Sort::File(file) if mappings.files[file].is_image => {
                parts.images_bytes += files + own;
                image_end = region.range.end;
            }
            Sort::File(_) => parts.files_bytes += files + own,
            // What is not the shared file's is a device's, and no memory of a process.
            Sort::Shared => parts.shared_bytes += files,
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
    use super::*;

    #[test]
    fn parts_are_what_the_kernel_counts() {
        let account =
            read(&mut Asked::new(), &Memory::default(), LoopFigures::default()).expect("Linux");
        let status = fs::read("/proc/self/smaps_rollup").expect("Linux");
        let rss = bytes_of(&status, b"Rss:").expect("a figure");
        assert!(account.rss_bytes.abs_diff(rss) < rss / 10);
    }
}
