//! A snapshot file in, its figures out: what `seep analyze` and `analyzeFile`
//! do.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    time::Instant,
};

use flate2::read::MultiGzDecoder;

use super::{Analysis, Measured, figures::milliseconds};
use crate::{
    column::{self, Recycling},
    error::{DetectError, Result},
    graph::{GraphReader, HeapGraph},
    units::ObjectId,
};

/// Bytes read at once: small enough to stay in the second-level cache, large
/// enough that the system call does not count.
const PIECE: usize = 256 << 10;

/// What a gzip file begins with (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// What of a snapshot is wanted besides the totals.
#[derive(Clone, Debug, Default)]
pub struct AnalyzeOptions {
    /// Objects whose figures are wanted one by one.
    pub ids: Vec<ObjectId>,
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
    analyze(options, || read_snapshot(path, on_progress))
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
    analyze(options, || read_from(source, None, on_progress))
}

/// Measures what `read` yields, its own time and memory included.
fn analyze(options: &AnalyzeOptions, read: impl FnOnce() -> Result<HeapGraph>) -> Result<Analysis> {
    column::catch_no_memory(|| {
        column::reset_peak();
        let _recycling = Recycling::begin();
        let began = Instant::now();
        Ok(finish(read()?, options, began))
    })
}

/// Reads the snapshot in the file at `path`, which may be gzipped.
///
/// # Errors
///
/// As for [`analyze_file`].
pub fn read_snapshot(path: &Path, on_progress: OnProgress<'_>) -> Result<HeapGraph> {
    let os = |call| move |source| DetectError::Os { call, source };
    let file = File::open(path).map_err(os("open"))?;
    let metadata = file.metadata().map_err(os("stat"))?;
    let total = metadata.is_file().then_some(metadata.len());
    read_from(file, total, on_progress)
}

fn read_from(
    mut source: impl Read,
    total: Option<u64>,
    on_progress: OnProgress<'_>,
) -> Result<HeapGraph> {
    let mut magic = Vec::with_capacity(GZIP.len());
    (&mut source).take(GZIP.len() as u64).read_to_end(&mut magic).map_err(read_failed)?;
    let is_gzip = magic == GZIP;
    let mut source = Counted { inner: io::Cursor::new(magic).chain(source), bytes: 0 };
    let mut reader = GraphReader::new();
    let mut piece = vec![0; PIECE];
    if is_gzip {
        let mut unpacked = MultiGzDecoder::new(source);
        while read_piece(&mut unpacked, &mut piece, &mut reader)? {
            on_progress(Progress { bytes: unpacked.get_ref().bytes, total })?;
        }
    } else {
        while read_piece(&mut source, &mut piece, &mut reader)? {
            on_progress(Progress { bytes: source.bytes, total })?;
        }
    }
    reader.finish()
}

/// Reads one piece into `reader`; false at the end.
fn read_piece(source: &mut impl Read, piece: &mut [u8], reader: &mut GraphReader) -> Result<bool> {
    loop {
        match source.read(piece) {
            Ok(0) => return Ok(false),
            Ok(length) => return reader.push(&piece[..length]).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // The file ends inside its gzip stream.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(DetectError::Truncated { at: reader.offset() });
            }
            Err(error) => return Err(read_failed(error)),
        }
    }
}

fn read_failed(source: io::Error) -> DetectError {
    DetectError::Os { call: "read", source }
}

fn finish(graph: HeapGraph, options: &AnalyzeOptions, began: Instant) -> Analysis {
    let parse_ms = milliseconds(began.elapsed());
    Measured::of(graph).figures(&options.ids, parse_ms)
}

/// Counts what is read through it.
struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.bytes += length as u64;
        Ok(length)
    }
}
