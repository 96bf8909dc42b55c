//! The threads of the process by name.

use std::fs;

use rustc_hash::FxHashMap;

use crate::report::Counted;

/// Returns how many threads have each name, most first.
pub(super) fn by_name() -> Vec<Counted> {
    let mut counts: FxHashMap<String, u32> = FxHashMap::default();
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    // A thread that has ended meanwhile has no name.
    for name in threads.filter_map(|thread| fs::read(thread.path().join("comm")).ok()) {
        let name = String::from_utf8_lossy(name.trim_ascii_end()).into_owned();
        *counts.entry(name).or_default() += 1;
    }
    let mut counted: Vec<_> =
        counts.into_iter().map(|(name, count)| Counted { name, count }).collect();
    counted.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    counted
}
