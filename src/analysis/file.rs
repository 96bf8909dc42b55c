//! A snapshot file in, its figures out: what `seep analyze` and `analyzeFile`
//! do.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
    time::Instant,
};

use super::{
    Analysis, Measured,
    feed::{feed_file, feed_stream},
    measured::milliseconds,
};
use crate::{
    column::{self, Recycling},
    error::{DetectError, FileFault, Result},
    graph::{GraphReader, HeapGraph},
    units::ObjectId,
};

/// What of a snapshot is wanted besides the totals. Ids that are not there
/// are left out of the answer.
#[derive(Clone, Debug, Default)]
pub struct AnalyzeOptions {
    /// Objects whose figures are wanted one by one.
    pub ids: Vec<ObjectId>,
    /// Objects of which it is wanted what holds them. Names of edges are then
    /// kept, which takes 4 bytes for each.
    pub paths: Vec<ObjectId>,
    /// Class whose objects are wanted.
    pub class: Option<String>,
    /// Whether duplicate strings are to be told with what they say.
    pub shows_contents: bool,
}

impl AnalyzeOptions {
    fn reader(&self) -> GraphReader {
        GraphReader::new().with_duplicates(self.shows_contents)
    }
}

/// How far reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file that have been read.
    pub bytes: u64,
    /// Bytes of the file, where that is known.
    pub total: Option<u64>,
}

/// Called after every piece; an `Err` ends the work with it, which is how to
/// cancel ([`DetectError::Aborted`]).
pub type OnProgress<'a> = &'a mut dyn FnMut(Progress) -> Result<()>;

/// Analyses the snapshot in the file at `path`, which may be gzipped.
///
/// # Errors
///
/// When the file cannot be read or is no snapshot, when memory runs out, or
/// what `on_progress` returns.
pub fn analyze_file(
    path: &Path,
    options: &AnalyzeOptions,
    on_progress: OnProgress<'_>,
) -> Result<Analysis> {
    analyze(options, |reader| read_file(path, reader, on_progress))
}

/// Analyses the snapshot that `source` yields, which may be gzipped.
///
/// # Errors
///
/// As for [`analyze_file`].
pub fn analyze_reader(
    source: impl Read,
    options: &AnalyzeOptions,
    on_progress: OnProgress<'_>,
) -> Result<Analysis> {
    analyze(options, |mut reader| {
        feed_stream(source, &mut reader, on_progress)?;
        reader.finish()
    })
}

/// Measures what `read` yields, its own time and memory included.
fn analyze(
    options: &AnalyzeOptions,
    read: impl FnOnce(GraphReader) -> Result<HeapGraph>,
) -> Result<Analysis> {
    column::catch_no_memory(|| {
        column::reset_peak();
        let _recycling = Recycling::begin();
        let began = Instant::now();
        let graph = read(options.reader())?;
        let parse_ms = milliseconds(began.elapsed());
        Ok(Measured::for_options(graph, options).figures(options, parse_ms))
    })
}

/// Reads the snapshot in the file at `path`, which may be gzipped.
///
/// # Errors
///
/// As for [`analyze_file`].
pub fn read_snapshot(path: &Path, on_progress: OnProgress<'_>) -> Result<HeapGraph> {
    read_file(path, GraphReader::new(), on_progress)
}

fn read_file(
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
