//! Reads a snapshot file into a graph.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

use super::{
    feed::{feed_file, feed_stream},
    progress::OnProgress,
    reader::Reader,
};
use crate::{
    error::{DetectError, FileFault, Result},
    graph::{GraphReader, HeapGraph},
};

/// Reads the snapshot in the file at `path`, which may be compressed with gzip or zstd.
///
/// # Errors
///
/// When the file cannot be read or is not a snapshot, when memory runs out, or when
/// `on_progress` returns an error.
pub fn read_snapshot(path: &Path, on_progress: OnProgress<'_>) -> Result<HeapGraph> {
    read_into(path, GraphReader::new(), on_progress)
}

/// Reads it into the given `reader`.
///
/// # Errors
///
/// As for [`read_snapshot`].
pub fn read_into(
    path: &Path,
    mut reader: GraphReader,
    on_progress: OnProgress<'_>,
) -> Result<HeapGraph> {
    feed_from(path, &mut reader, on_progress)?;
    reader.finish()
}

/// Passes the bytes of the file at `path`, unpacked, to `reader`.
///
/// # Errors
///
/// When the file cannot be read, or when `reader` or `on_progress` returns an error.
pub fn feed_from(path: &Path, reader: &mut impl Reader, on_progress: OnProgress<'_>) -> Result<()> {
    // Checked before opening: opening a device may have effects, and a socket cannot be
    // opened.
    let named = fs::metadata(path).map_err(DetectError::file)?;
    if let Some(fault) = unreadable(named.file_type()) {
        return Err(DetectError::File { fault });
    }
    let file = File::open(path).map_err(DetectError::file)?;
    let metadata = file.metadata().map_err(DetectError::file)?;
    if metadata.is_file() {
        feed_file(file, metadata.len(), reader, on_progress)
    } else {
        feed_stream(file, reader, on_progress)
    }
}

/// Reads the snapshot that `source` yields, which may be compressed, into a `reader`.
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

/// Returns why files of this type are not read. Pipes are read: a shell makes them from
/// `<(...)`.
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
