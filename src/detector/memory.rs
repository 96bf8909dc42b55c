//! How much memory a capture may take.
//!
//! The least of what the machine has free (`MemAvailable`) and what each
//! control group above this process has left. Unknown limits do not limit.

use std::{fs, path::Path};

/// Bytes that may still be used before the kernel kills somebody, as far as
/// that is known.
pub(super) fn available() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let left = group_folders(&groups).filter_map(|folder| left_in(Path::new(&folder)));
    left.chain(machine()).min()
}

fn machine() -> Option<u64> {
    kilobytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")
}

fn kilobytes(text: &str, field: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

/// The folders of this process's memory groups, own first and root last:
/// version 2 (`0::/a/b`) and version 1 (`4:memory:/a/b`). Inside a container
/// the path may be the host's; the root of the mount is then the group.
fn group_folders(groups: &str) -> impl Iterator<Item = String> {
    groups.lines().flat_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (number, controllers) = (fields.next(), fields.next().unwrap_or(""));
        let mount = if number == Some("0") && controllers.is_empty() {
            Some("/sys/fs/cgroup")
        } else if controllers.split(',').any(|controller| controller == "memory") {
            Some("/sys/fs/cgroup/memory")
        } else {
            None
        };
        let path = fields.next().unwrap_or("/");
        let depths = Path::new(path).ancestors();
        let folders: Vec<String> = mount
            .into_iter()
            .flat_map(|mount| depths.map(move |path| format!("{mount}{}", path.display())))
            .collect();
        folders
    })
}

/// What the group has left: its limit, less what it uses and could not give
/// back by dropping file pages.
fn left_in(folder: &Path) -> Option<u64> {
    let number = |name: &str| -> Option<u64> {
        fs::read_to_string(folder.join(name)).ok()?.trim().parse().ok() // "max" is no number
    };
    let limit = [number("memory.max"), number("memory.high"), number("memory.limit_in_bytes")]
        .into_iter()
        .flatten()
        .min()?;
    let used = number("memory.current").or_else(|| number("memory.usage_in_bytes"))?;
    let stat = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let reclaimable = stat
        .lines()
        .find_map(|line| {
            line.strip_prefix("inactive_file ")
                .or_else(|| line.strip_prefix("total_inactive_file "))?
                .parse()
                .ok()
        })
        .unwrap_or(0);
    Some(limit.saturating_sub(used.saturating_sub(reclaimable)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_both_versions_are_found_with_their_parents() {
        let text = "0::/pods/a\n4:memory:/docker\n3:cpuset:/x\n";
        let folders: Vec<String> = group_folders(text).collect();
        assert_eq!(
            folders,
            [
                "/sys/fs/cgroup/pods/a",
                "/sys/fs/cgroup/pods",
                "/sys/fs/cgroup/",
                "/sys/fs/cgroup/memory/docker",
                "/sys/fs/cgroup/memory/",
            ]
        );
    }

    #[test]
    fn what_is_left_counts_droppable_file_pages_as_free() {
        let folder = std::env::temp_dir().join(format!("seep-cgroup-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let write = |name: &str, text: &str| {
            fs::write(folder.join(name), text).expect("writable");
        };
        write("memory.max", "1000\n");
        write("memory.high", "max\n");
        write("memory.current", "700\n");
        assert_eq!(left_in(&folder), Some(300));
        write("memory.stat", "anon 500\ninactive_file 100\n");
        assert_eq!(left_in(&folder), Some(400));
        write("memory.max", "max\n");
        assert_eq!(left_in(&folder), None);
        fs::remove_dir_all(folder).expect("ours");
    }

    #[test]
    fn meminfo_is_in_kibibytes() {
        assert_eq!(
            kilobytes("MemFree: 1 kB\nMemAvailable:   12 kB\n", "MemAvailable:"),
            Some(12288)
        );
        assert_eq!(kilobytes("MemFree: 1 kB\n", "MemAvailable:"), None);
    }
}
