//! Pages of memory: their size, and the page faults of threads.

use std::{fs, mem::MaybeUninit, path::Path};

/// Returns the size of a page.
pub fn page_bytes() -> u64 {
    // SAFETY: sysconf has no preconditions.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// Returns the minor page faults of all threads but the caller so far.
pub fn faults_of_others() -> u64 {
    let faults = |of| {
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: usage is ours to write to.
        unsafe { libc::getrusage(of, usage.as_mut_ptr()) };
        // SAFETY: filled by getrusage, and zero is valid besides.
        u64::try_from(unsafe { usage.assume_init() }.ru_minflt).unwrap_or(0)
    };
    faults(libc::RUSAGE_SELF).saturating_sub(faults(libc::RUSAGE_THREAD))
}

/// Returns whether each fault is one page. It is not where the system gives huge
/// pages to processes that have not asked for them, as V8 has not.
pub fn faults_are_pages() -> bool {
    are_pages(Path::new("/sys/kernel/mm/transparent_hugepage"))
}

/// Returns the same for the settings in this folder and its subfolders, one for each size.
fn are_pages(settings: &Path) -> bool {
    let sizes = fs::read_dir(settings).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_unasked = |folder: &Path| {
        fs::read_to_string(folder.join("enabled")).is_ok_and(|choice| choice.contains("[always]"))
    };
    !is_unasked(settings) && !sizes.into_iter().any(|size| is_unasked(&size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_count_pages_unless_larger_ones_are_given_unasked() {
        let folder = std::env::temp_dir().join(format!("seep-huge-{}", std::process::id()));
        let size = folder.join("hugepages-64kB");
        fs::create_dir_all(&size).expect("a folder");
        let choose = |of: &Path, choice: &str| fs::write(of.join("enabled"), choice).expect("room");
        assert!(are_pages(&folder), "no settings, no huge pages");
        choose(&folder, "always [madvise] never\n");
        choose(&size, "always inherit madvise [never]\n");
        assert!(are_pages(&folder));
        choose(&size, "[always] inherit madvise never\n");
        assert!(!are_pages(&folder));
        choose(&size, "always [inherit] madvise never\n");
        assert!(are_pages(&folder));
        choose(&folder, "[always] madvise never\n");
        assert!(!are_pages(&folder));
        fs::remove_dir_all(&folder).expect("ours");
    }
}
