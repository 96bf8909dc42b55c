//! A snapshot file in, its figures out: what `seep analyze` and `analyzeFile`
//! do.

use std::{fs::File, io::Read, path::Path, time::Instant};

use super::{
    Analysis, Measured,
    feed::{feed_file, feed_stream},
    figures::milliseconds,
};
use crate::{
    column::{self, Recycling},
    error::{DetectError, Result},
    graph::{GraphReader, HeapGraph},
    units::ObjectId,
};

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
    analyze(options, || read_from(source, on_progress))
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
    let mut reader = GraphReader::new();
    if metadata.is_file() {
        feed_file(file, metadata.len(), &mut reader, on_progress)?;
    } else {
        feed_stream(file, &mut reader, on_progress)?;
    }
    reader.finish()
}

fn read_from(source: impl Read, on_progress: OnProgress<'_>) -> Result<HeapGraph> {
    let mut reader = GraphReader::new();
    feed_stream(source, &mut reader, on_progress)?;
    reader.finish()
}

fn finish(graph: HeapGraph, options: &AnalyzeOptions, began: Instant) -> Analysis {
    let parse_ms = milliseconds(began.elapsed());
    Measured::of(graph).figures(&options.ids, parse_ms)
}
