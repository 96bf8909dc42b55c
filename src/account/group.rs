//! The control groups of the process, of version 1 and 2: what a container's limit applies to.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::report::GroupMemory;

/// One of the groups that the process is in.
#[derive(Debug)]
pub struct Group {
    folder: PathBuf,
    version: u8,
    stat: String,
}

/// From here on, a limit of version 1 is none.
const NO_LIMIT: u64 = 1 << 60;

/// Kernel memory, in groups of kernels that do not sum it up.
const OF_KERNEL: [&str; 5] = ["kernel_stack", "pagetables", "percpu", "slab", "sock"];

/// Returns what the group counts that reaches its limit first; without a limit, the process's own.
pub fn memory() -> Option<GroupMemory> {
    memory_under(Path::new("/"))
}

fn memory_under(root: &Path) -> Option<GroupMemory> {
    let groups: Vec<_> = groups_under(root).collect();
    let limited = groups.iter().filter_map(|group| Some((group.left(group.most()?)?, group)));
    let tightest = limited.min_by_key(|(left, _)| *left).map(|(_, group)| group);
    tightest.or(groups.first())?.memory()
}

/// Returns the groups of the process that can be read, its own first and the root last. `root` has
/// its `proc` and `sys`.
pub fn groups_under(root: &Path) -> impl Iterator<Item = Group> {
    let listed = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let folders: Vec<_> = folders(&listed).collect();
    folders.into_iter().filter_map(move |(version, folder)| {
        let group = Group::open(root.join(folder), version);
        group.used().map(|_| group)
    })
}

/// Returns their versions and folders: version 2 (`0::/a/b`) and version 1 (`4:memory:/a/b`).
/// Inside a container the path may be the host's; the root of the mount is the group then.
fn folders(groups: &str) -> impl Iterator<Item = (u8, PathBuf)> {
    groups.lines().flat_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (number, controllers) = (fields.next(), fields.next().unwrap_or(""));
        let mount = if number == Some("0") && controllers.is_empty() {
            Some((2, "sys/fs/cgroup"))
        } else if controllers.split(',').any(|controller| controller == "memory") {
            Some((1, "sys/fs/cgroup/memory"))
        } else {
            None
        };
        let path = fields.next().unwrap_or("/");
        let depths = Path::new(path).ancestors();
        let folders: Vec<(u8, PathBuf)> = mount
            .into_iter()
            .flat_map(|(version, mount)| {
                depths.map(move |path| {
                    // From another namespace, a path may begin with `/..`.
                    (version, Path::new(mount).join(path.strip_prefix("/").unwrap_or(path)))
                })
            })
            .collect();
        folders
    })
}

impl Group {
    fn open(folder: PathBuf, version: u8) -> Self {
        let stat = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
        Self { folder, version, stat }
    }

    fn number(&self, file: &str) -> Option<u64> {
        // "max" is no number.
        fs::read_to_string(self.folder.join(file)).ok()?.trim().parse().ok()
    }

    fn in_stat(&self, name: &str) -> Option<u64> {
        let value = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok();
        self.stat.lines().find_map(value)
    }

    /// Returns the limit beyond which the kernel ends a process.
    fn most(&self) -> Option<u64> {
        let limits = [
            self.number("memory.max"),
            self.number("memory.limit_in_bytes"),
            // Version 1 tells here of groups that a container does not see.
            self.in_stat("hierarchical_memory_limit"),
        ];
        limits.into_iter().flatten().min().filter(|limit| *limit < NO_LIMIT)
    }

    /// Returns the limit from which on the kernel at least slows the process down.
    pub fn limit(&self) -> Option<u64> {
        self.most().into_iter().chain(self.number("memory.high")).min()
    }

    /// Returns what it uses, the page cache included.
    fn used(&self) -> Option<u64> {
        self.number("memory.current").or_else(|| self.number("memory.usage_in_bytes"))
    }

    /// Returns what it uses and could not free by dropping file pages.
    fn working_set(&self) -> Option<u64> {
        let droppable =
            self.in_stat("total_inactive_file").or_else(|| self.in_stat("inactive_file"));
        Some(self.used()?.saturating_sub(droppable.unwrap_or(0)))
    }

    /// Returns what is left of `limit`, in that sense.
    pub fn left(&self, limit: u64) -> Option<u64> {
        Some(limit.saturating_sub(self.working_set()?))
    }

    fn memory(&self) -> Option<GroupMemory> {
        let of_kernel = || {
            let parts: Vec<u64> = OF_KERNEL.iter().filter_map(|name| self.in_stat(name)).collect();
            (!parts.is_empty()).then(|| parts.iter().sum())
        };
        let is_2 = self.version == 2;
        let stat = |of_2, of_1| self.in_stat(if is_2 { of_2 } else { of_1 });
        Some(GroupMemory {
            version: self.version,
            limit_bytes: self.most(),
            used_bytes: self.used()?,
            working_set_bytes: self.working_set()?,
            anonymous_bytes: stat("anon", "total_rss"),
            cache_bytes: stat("file", "total_cache"),
            kernel_bytes: if is_2 {
                self.in_stat("kernel").or_else(of_kernel)
            } else {
                self.number("memory.kmem.usage_in_bytes")
            },
            swap_bytes: if is_2 {
                self.number("memory.swap.current")
            } else {
                self.in_stat("total_swap")
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Root;

    const V2: (&str, &str) = ("proc/self/cgroup", "0::/pods/a\n");

    fn of(name: &str, files: &[(&str, &str)]) -> Option<GroupMemory> {
        memory_under(Root::with(name, files).path())
    }

    #[test]
    fn version_2_counts_kernel_memory_and_what_can_be_dropped() {
        let files = [
            V2,
            ("sys/fs/cgroup/pods/a/memory.max", "1000"),
            ("sys/fs/cgroup/pods/a/memory.current", "700"),
            ("sys/fs/cgroup/pods/a/memory.swap.current", "50"),
            (
                "sys/fs/cgroup/pods/a/memory.stat",
                "anon 400\nfile 200\nkernel 90\nslab 20\ninactive_file 150\n",
            ),
        ];
        let expected = GroupMemory {
            version: 2,
            limit_bytes: Some(1000),
            used_bytes: 700,
            working_set_bytes: 550,
            anonymous_bytes: Some(400),
            cache_bytes: Some(200),
            kernel_bytes: Some(90),
            swap_bytes: Some(50),
        };
        assert_eq!(of("group-2", &files), Some(expected));
        let older = ("sys/fs/cgroup/pods/a/memory.stat", "slab 20\nsock 5\npagetables 3\n");
        let kernel = of("group-older", &[V2, files[2], older]).and_then(|group| group.kernel_bytes);
        assert_eq!(kernel, Some(28));
    }

    #[test]
    fn version_1_has_names_of_its_own() {
        let files = [
            ("proc/self/cgroup", "9:cpu:/x\n4:memory:/docker/7\n0::/\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "800"),
            ("sys/fs/cgroup/memory/memory.kmem.usage_in_bytes", "60"),
            (
                "sys/fs/cgroup/memory/memory.stat",
                "cache 1\ntotal_cache 300\ntotal_rss 440\ntotal_swap 0\ntotal_inactive_file 100\n",
            ),
        ];
        let expected = GroupMemory {
            version: 1,
            limit_bytes: None,
            used_bytes: 800,
            working_set_bytes: 700,
            anonymous_bytes: Some(440),
            cache_bytes: Some(300),
            kernel_bytes: Some(60),
            swap_bytes: Some(0),
        };
        assert_eq!(of("group-1", &files), Some(expected));
    }

    #[test]
    fn of_several_the_one_counts_that_ends_first() {
        let own = ("sys/fs/cgroup/pods/a/memory.max", "900");
        let own_use = ("sys/fs/cgroup/pods/a/memory.current", "100");
        let above = ("sys/fs/cgroup/pods/memory.max", "1000");
        let above_use = ("sys/fs/cgroup/pods/memory.current", "700");
        let group = of("group-above", &[V2, own, own_use, above, above_use]);
        let seen = group.map(|group| (group.limit_bytes, group.used_bytes));
        assert_eq!(seen, Some((Some(1000), 700)));
        let unlimited = of("group-unlimited", &[V2, own_use, above_use]);
        let seen = unlimited.map(|group| (group.limit_bytes, group.used_bytes));
        assert_eq!(seen, Some((None, 100)));
        assert_eq!(of("group-none", &[V2]), None);
    }
}
