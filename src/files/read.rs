//! A snapshot file in, its graph out.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

use super::{
    feed::{feed_file, feed_stream},
    progress::OnProgress,
};
use crate::{
    error::{DetectError, FileFault, Result},
    graph::{GraphReader, HeapGraph},
};

/// Reads the snapshot in the file at `path`, which may be gzipped.
///
/// # Errors
///
/// When the file cannot be read or is no snapshot, when memory runs out, or
/// what `on_progress` returns.
pub fn read_snapshot(path: &Path, on_progress: OnProgress<'_>) -> Result<HeapGraph> {
    read_into(path, GraphReader::new(), on_progress)
}

/// The same into a `reader` of the caller's.
///
/// # Errors
///
/// As for [`read_snapshot`].
pub fn read_into(
    path: &Path,
    mut reader: GraphReader,
    on_progress: OnProgress<'_>,
) -> Result<HeapGraph> {
    // Before it is opened: a device may do something then, and a socket cannot be.
    let named = fs::metadata(path).map_err(DetectError::file)?;
    if let Some(fault) = unreadable(named.file_type()) {
        return Err(DetectError::File { fault });
    }
    let file = File::open(path).map_err(DetectError::file)?;
    let metadata = file.metadata().map_err(DetectError::file)?;
    if metadata.is_file() {
        feed_file(file, metadata.len(), &mut reader, on_progress)?;
    } else {
        feed_stream(file, &mut reader, on_progress)?;
    }
    reader.finish()
}

/// Reads the snapshot that `source` yields, which may be gzipped, into a `reader`.
///
/// # Errors
///
/// As for [`read_snapshot`].
pub fn read_stream(
    source: impl Read,
    mut reader: GraphReader,
    on_progress: OnProgress<'_>,
) -> Result<HeapGraph> {
    feed_stream(source, &mut reader, on_progress)?;
    reader.finish()
}

/// Why nothing of this type is read. Pipes are: a shell makes them of `<(...)`.
fn unreadable(file: fs::FileType) -> Option<FileFault> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if file.is_char_device() || file.is_block_device() {
            return Some(FileFault::Device);
        }
        if file.is_socket() {
            return Some(FileFault::Socket);
        }
    }
    file.is_dir().then_some(FileFault::Folder)
}
