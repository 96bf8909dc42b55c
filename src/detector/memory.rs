//! Reads how much memory is available for a capture.
//!
//! The minimum of what the machine has free (`MemAvailable`), what each control
//! group above this process has left, and what the limits on its own mappings
//! leave. Unknown limits do not count.

use std::{fs, path::Path};

use crate::{account::group, capture::proc};

/// Returns the bytes that can still be used before the kernel kills a process or
/// refuses memory, as far as that is known.
pub(super) fn available() -> Option<u64> {
    available_under(Path::new("/"))
}

/// Returns the resident memory of this process that no file backs, if known.
pub(super) fn anonymous() -> Option<u64> {
    proc::bytes_of(&fs::read("/proc/self/status").ok()?, b"RssAnon:")
}

/// Returns [`available`] for the `/proc` and `/sys` of another root.
fn available_under(root: &Path) -> Option<u64> {
    let left = group::groups_under(root).filter_map(|group| group.left(group.limit()?));
    left.chain(machine(root)).chain(own_limits(root)).min()
}

fn machine(root: &Path) -> Option<u64> {
    proc::bytes_of(&fs::read(root.join("proc/meminfo")).ok()?, b"MemAvailable:")
}

/// The limits on what a process has mapped, used or not: their names in `limits`,
/// and the field in `status` that they apply to. A child has the same limits, and
/// starts with the same mappings.
const OF_MAPPINGS: [(&str, &str); 2] = [
    ("Max address space", "VmSize:"), // RLIMIT_AS
    ("Max data size", "VmData:"),     // RLIMIT_DATA
];

/// Returns what these limits leave.
fn own_limits(root: &Path) -> Option<u64> {
    let limits = fs::read_to_string(root.join("proc/self/limits")).ok()?;
    let status = fs::read_to_string(root.join("proc/self/status")).ok()?;
    let left = OF_MAPPINGS.iter().filter_map(|(limit, used)| {
        let line = limits.lines().find_map(|line| line.strip_prefix(limit))?;
        let soft: u64 = line.split_ascii_whitespace().next()?.parse().ok()?; // "unlimited" is no number
        Some(soft.saturating_sub(proc::bytes_of(status.as_bytes(), used.as_bytes())?))
    });
    left.min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Root;

    /// Asserts what a machine with these files lets a capture have.
    #[track_caller]
    fn check(name: &str, files: &[(&str, &str)], available: Option<u64>) {
        let root = Root::with(name, files);
        assert_eq!(available_under(root.path()), available);
    }

    const FREE: (&str, &str) = ("proc/meminfo", "MemTotal: 99 kB\nMemAvailable:   1000 kB\n");
    const V2: (&str, &str) = ("proc/self/cgroup", "0::/pods/a\n");

    #[test]
    fn nothing_known_limits_nothing() {
        check("bare", &[], None);
    }

    #[test]
    fn without_groups_it_is_what_the_machine_has() {
        check("machine", &[FREE], Some(1000 << 10));
    }

    #[test]
    fn the_tightest_of_all_groups_above_counts() {
        let own = ("sys/fs/cgroup/pods/a/memory.max", "900000");
        let own_use = ("sys/fs/cgroup/pods/a/memory.current", "100000");
        check("own", &[FREE, V2, own, own_use], Some(800_000));
        let above = ("sys/fs/cgroup/pods/memory.max", "1000000");
        let above_use = ("sys/fs/cgroup/pods/memory.current", "700000");
        check("above", &[FREE, V2, own, own_use, above, above_use], Some(300_000));
    }

    #[test]
    fn the_limit_that_throttles_counts_too() {
        let files = [
            FREE,
            V2,
            ("sys/fs/cgroup/pods/a/memory.max", "900000"),
            ("sys/fs/cgroup/pods/a/memory.high", "500000"),
            ("sys/fs/cgroup/pods/a/memory.current", "100000"),
        ];
        check("high", &files, Some(400_000));
    }

    #[test]
    fn in_a_namespace_of_its_own_the_mount_is_the_group() {
        let files = [
            FREE,
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/memory.max", "600000"),
            ("sys/fs/cgroup/memory.current", "200000"),
        ];
        check("namespace", &files, Some(400_000));
    }

    #[test]
    fn version_1_knows_of_limits_that_a_container_does_not_see() {
        let group = ("proc/self/cgroup", "9:cpu:/x\n4:memory:/docker/7\n0::/\n");
        let limit = ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
        let used = ("sys/fs/cgroup/memory/memory.usage_in_bytes", "250000");
        let stat = |text| ("sys/fs/cgroup/memory/memory.stat", text);
        check("v1", &[FREE, group, limit, used, stat("cache 0\n")], Some(1000 << 10));
        let above =
            stat("inactive_file 9\nhierarchical_memory_limit 700000\ntotal_inactive_file 50000\n");
        check("v1-above", &[FREE, group, limit, used, above], Some(500_000));
    }

    #[test]
    fn file_pages_that_can_be_dropped_are_free() {
        let files = [
            V2,
            ("sys/fs/cgroup/pods/a/memory.max", "1000"),
            ("sys/fs/cgroup/pods/a/memory.current", "700"),
            ("sys/fs/cgroup/pods/a/memory.stat", "anon 500\ninactive_file 100\n"),
        ];
        check("droppable", &files, Some(400));
    }

    #[test]
    fn no_limit_is_no_number() {
        let files = [
            V2,
            ("sys/fs/cgroup/pods/a/memory.max", "max\n"),
            ("sys/fs/cgroup/pods/a/memory.high", "max\n"),
            ("sys/fs/cgroup/pods/a/memory.current", "700"),
            (
                "proc/self/limits",
                "Limit  Soft Limit\nMax address space         unlimited  unlimited  bytes\n",
            ),
            ("proc/self/status", "VmSize:\t  400 kB\n"),
        ];
        check("unlimited", &files, None);
    }

    #[test]
    fn what_is_mapped_counts_against_a_limit_of_the_address_space() {
        let limits =
            ("proc/self/limits", "Max address space         1048576   unlimited   bytes\n");
        let status = (
            "proc/self/status",
            "Name: node\nVmPeak:\t 900 kB\nVmSize:\t  400 kB\nVmData:\t  100 kB\n",
        );
        check("address-space", &[FREE, limits, status], Some((1024 - 400) << 10));
        let limits = ("proc/self/limits", "Max data size             524288   unlimited   bytes\n");
        check("data", &[FREE, limits, status], Some((512 - 100) << 10));
    }

    #[test]
    fn a_group_with_more_in_use_than_it_may_has_nothing_left() {
        let files = [
            FREE,
            V2,
            ("sys/fs/cgroup/pods/a/memory.high", "500"),
            ("sys/fs/cgroup/pods/a/memory.current", "700"),
        ];
        check("over", &files, Some(0));
    }
}
