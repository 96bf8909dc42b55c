//! A file that is complete or absent.
//!
//! On Linux it has no name until it is complete, so a process that is killed while
//! writing leaves nothing behind. On file systems without unnamed files it gets a hidden
//! name next to the final one. A hidden file left behind is removed when the next file is
//! written to the same folder.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    hash::{BuildHasher, RandomState},
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

const PREFIX: &str = ".seep-";
const SUFFIX: &str = ".tmp";
/// A temporary file not written to for this long has no writer any more: no capture takes
/// that long. The process id would say less, since a folder may be shared with other
/// containers.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// A file that is being written, readable only by its owner.
pub struct WholeFile {
    file: File,
    path: PathBuf,
    /// The temporary name, if it has one.
    temporary: Option<PathBuf>,
}

impl WholeFile {
    /// Creates a file that will be at `path`.
    ///
    /// # Errors
    ///
    /// The system's error. An existing entry that is not a regular file is not replaced.
    pub fn create(path: &Path) -> io::Result<Self> {
        may_replace(path)?;
        let path = path.to_owned();
        if let Some(file) = unnamed(&path) {
            return Ok(Self { file, path, temporary: None });
        }
        remove_abandoned(folder_of(&path));
        let temporary = temporary_beside(&path);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&temporary)?;
        Ok(Self { file, path, temporary: Some(temporary) })
    }

    /// Gives the file its name, replacing any file with that name.
    ///
    /// # Errors
    ///
    /// The system's error, such as a full disk.
    pub fn publish(mut self) -> io::Result<()> {
        // Some file systems report a full disk only here.
        self.file.sync_all()?;
        #[cfg(target_os = "linux")]
        if self.temporary.is_none() {
            match link(&self.file, &self.path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let temporary = temporary_beside(&self.path);
                    link(&self.file, &temporary)?;
                    self.temporary = Some(temporary);
                }
                linked => return linked,
            }
        }
        if let Some(temporary) = &self.temporary {
            may_replace(&self.path)?;
            fs::rename(temporary, &self.path)?;
            self.temporary = None;
        }
        Ok(())
    }
}

impl io::Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _ = fs::remove_file(temporary);
        }
    }
}

/// Checks that `path` may be replaced. A rename would also replace devices, pipes and
/// links, which nobody intends. A link is not followed either: Node's permission model
/// allowed only its name.
///
/// # Errors
///
/// When `path` exists and is not a regular file.
fn may_replace(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => {
            let what = if there.is_symlink() { "a symbolic link" } else { "not a regular file" };
            let message = format!("{} already exists and is {what}", path.display());
            Err(io::Error::new(io::ErrorKind::AlreadyExists, message))
        }
        _ => Ok(()),
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn temporary_beside(path: &Path) -> PathBuf {
    // Random, because in containers that share a folder processes may have the same ids.
    let number = RandomState::new().hash_one(path);
    path.with_file_name(OsString::from(format!("{PREFIX}{number:016x}{SUFFIX}")))
}

/// Creates a file in the folder of `path` that can be named later, where the file system
/// allows it. If anything else is wrong with the folder, the next attempt reports it.
#[cfg(target_os = "linux")]
fn unnamed(path: &Path) -> Option<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let mut options = OpenOptions::new();
    options.write(true).mode(0o600).custom_flags(libc::O_TMPFILE);
    let file = options.open(folder_of(path)).ok()?;
    // Without `/proc` it could not be named.
    fs::symlink_metadata(own_link(&file)).is_ok().then_some(file)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_path: &Path) -> Option<File> {
    None
}

#[cfg(target_os = "linux")]
fn own_link(file: &File) -> String {
    use std::os::fd::AsRawFd;

    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Gives a name to an unnamed file.
#[cfg(target_os = "linux")]
fn link(file: &File, path: &Path) -> io::Result<()> {
    use std::{ffi::CString, os::unix::ffi::OsStrExt};

    let from = CString::new(own_link(file))?;
    let to = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: both strings are null-terminated and outlive the call.
    let result = unsafe {
        libc::linkat(
            libc::AT_FDCWD,
            from.as_ptr(),
            libc::AT_FDCWD,
            to.as_ptr(),
            libc::AT_SYMLINK_FOLLOW,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Removes files that killed processes left here half-written.
fn remove_abandoned(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) && is_abandoned(&entry) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_abandoned(entry: &fs::DirEntry) -> bool {
    let Ok(metadata) = entry.metadata() else { return false };
    let age = metadata.modified().map(|at| SystemTime::now().duration_since(at));
    metadata.is_file() && matches!(age, Ok(Ok(age)) if age > ABANDONED)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("seep-file-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("readable");
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// Creates a file as if there were no unnamed files.
    fn named(path: &Path) -> WholeFile {
        let temporary = temporary_beside(path);
        let file = File::create_new(&temporary).expect("created");
        WholeFile { file, path: path.to_owned(), temporary: Some(temporary) }
    }

    #[test]
    fn it_has_no_name_before_it_is_whole() {
        let folder = folder("unnamed");
        let path = folder.join("a");
        if unnamed(&path).is_some() {
            let mut file = WholeFile::create(&path).expect("created");
            file.write_all(b"all").expect("written");
            assert!(names(&folder).is_empty());
            file.publish().expect("published");
            assert_eq!(fs::read(&path).expect("there"), b"all");
        }
        fs::remove_dir_all(folder).expect("ours");
    }

    #[test]
    fn it_takes_the_place_of_what_is_there_with_a_temporary_name_or_without() {
        let folder = folder("replaced");
        let path = folder.join("a");
        let create = |path: &Path| WholeFile::create(path).expect("created");
        for make in [create, named] {
            fs::write(&path, "old").expect("written");
            let mut file = make(&path);
            file.write_all(b"new").expect("written");
            assert_eq!(fs::read(&path).expect("there"), b"old");
            file.publish().expect("published");
            assert_eq!(fs::read(&path).expect("there"), b"new");
            assert_eq!(names(&folder), ["a"]);
        }
        fs::remove_dir_all(folder).expect("ours");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_but_a_regular_file_is_replaced() {
        use std::os::unix::{fs::symlink, net::UnixListener};

        let folder = folder("special");
        let (socket, link, dangling) =
            (folder.join("socket"), folder.join("link"), folder.join("dangling"));
        fs::write(folder.join("notes"), "mine").expect("written");
        symlink(folder.join("notes"), &link).expect("linked");
        symlink(folder.join("nothing"), &dangling).expect("linked");
        let _listener = UnixListener::bind(&socket).expect("bound");
        for path in [&socket, &link, &dangling, &folder] {
            let refused = WholeFile::create(path).err().map(|error| error.kind());
            assert_eq!(refused, Some(io::ErrorKind::AlreadyExists), "{}", path.display());
        }
        // It may also appear while the file is being written.
        for make in [|path: &Path| WholeFile::create(path).expect("created"), named] {
            let late = folder.join("late");
            let file = make(&late);
            symlink(folder.join("notes"), &late).expect("linked");
            assert!(file.publish().is_err());
            assert!(fs::symlink_metadata(&late).expect("there").is_symlink());
            fs::remove_file(late).expect("ours");
        }
        assert_eq!(names(&folder), ["dangling", "link", "notes", "socket"]);
        assert_eq!(fs::read(folder.join("notes")).expect("there"), b"mine");
        fs::remove_dir_all(folder).expect("ours");
    }

    #[test]
    fn it_is_gone_when_it_is_given_up() {
        let folder = folder("given-up");
        drop(WholeFile::create(&folder.join("a")).expect("created"));
        drop(named(&folder.join("a")));
        assert!(names(&folder).is_empty());
        fs::remove_dir_all(folder).expect("ours");
    }

    #[test]
    fn its_temporary_name_is_not_that_of_a_process_with_the_same_id_elsewhere() {
        let path = Path::new("/folder/a");
        let name = |path: &Path| temporary_beside(path).to_string_lossy().into_owned();
        assert_ne!(name(path), name(path));
        assert!(name(path).starts_with("/folder/.seep-"));
        assert!(!name(path).contains(&format!("-{}-", std::process::id())));
    }

    #[test]
    fn only_what_was_left_long_ago_is_removed() {
        let folder = folder("left");
        let make = |name: &str, age: Duration| {
            let file = File::create_new(folder.join(name)).expect("created");
            file.set_modified(SystemTime::now() - age).expect("ours");
        };
        make(".seep-1-0.tmp", ABANDONED * 2);
        make(".seep-2-0.tmp", ABANDONED / 2);
        make("mine.tmp", ABANDONED * 2);
        make(".seep-notes", ABANDONED * 2);
        remove_abandoned(&folder);
        assert_eq!(names(&folder), [".seep-2-0.tmp", ".seep-notes", "mine.tmp"]);
        fs::remove_dir_all(folder).expect("ours");
    }
}
