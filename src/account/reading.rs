//! One reading: the pages of each mapping, and what they are part of.

use std::{
    fs, io,
    time::{Instant, SystemTime},
};

use super::{
    mappings::{Mappings, Sort},
    resident::Pagemap,
    threads,
};
use crate::{
    capture::proc::bytes_of,
    report::{ExternalMemory, LoopFigures, MappedFile, Memory, MemoryAccount, MemoryParts},
};

/// Files in an account.
const FILES: usize = 20;

pub(super) fn read(now: &Memory, figures: LoopFigures) -> io::Result<MemoryAccount> {
    let start = Instant::now();
    let at = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
    let mut account = MemoryAccount::new(at);
    let mappings = Mappings::read()?;
    account.parts = parts(&mappings, &mut Pagemap::open()?)?;
    account.rss_bytes = total(&account.parts);
    let status = fs::read("/proc/self/status")?;
    account.swap_bytes = bytes_of(&status, b"VmSwap:");
    account.page_tables_bytes = bytes_of(&status, b"VmPTE:");
    account.external = ExternalMemory {
        array_buffers_bytes: now.array_buffers_bytes,
        other_bytes: now.external_bytes.saturating_sub(now.array_buffers_bytes),
    };
    account.spaces = figures.spaces;
    account.handles = figures.handles;
    account.threads = threads::by_name();
    account.files = files(&mappings);
    account.took_ms = start.elapsed().as_secs_f64() * 1000.0;
    Ok(account)
}

fn parts(mappings: &Mappings, pagemap: &mut Pagemap) -> io::Result<MemoryParts> {
    let mut parts = MemoryParts::default();
    for region in &mappings.regions {
        pagemap.each(region.range.clone(), |run| {
            let bytes = run.range.end - run.range.start;
            let part = match &region.sort {
                Sort::Anonymous { .. } => &mut parts.unattributed_bytes,
                Sort::File(file) if mappings.files[*file].is_image => &mut parts.images_bytes,
                Sort::File(_) => &mut parts.files_bytes,
                // What is not the shared file's is a device's, and no memory of a process.
                Sort::Shared if run.is_files => &mut parts.shared_bytes,
                Sort::Shared => return,
            };
            *part += bytes;
        })?;
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

/// Returns the biggest mapped files that are neither programs nor libraries.
fn files(mappings: &Mappings) -> Vec<MappedFile> {
    let mut files: Vec<_> = mappings.files.iter().filter(|file| !file.is_image).collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.bytes));
    let shown = |file: &&_| {
        let file: &super::mappings::OfFile = file;
        MappedFile { file: file.path.clone(), mapped_bytes: file.bytes, mappings: file.mappings }
    };
    files.iter().take(FILES).map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_what_the_kernel_counts() {
        let account = read(&Memory::default(), LoopFigures::default()).expect("Linux");
        let status = fs::read("/proc/self/smaps_rollup").expect("Linux");
        let rss = bytes_of(&status, b"Rss:").expect("a figure");
        assert!(account.rss_bytes.abs_diff(rss) < rss / 10);
    }
}
