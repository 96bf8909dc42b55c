//! The figures of one snapshot file, for `seep analyze` and `analyzeFile`.

use std::{io::Read, path::Path, time::Instant};

use crate::{
    analysis::{Analysis, AnalyzeOptions, Measured},
    column::{self, Recycling},
    error::Result,
    files::{OnProgress, read_into, read_stream},
    graph::{GraphReader, HeapGraph},
    session::Session,
};

/// Analyses the snapshot in the file at `path`, which may be gzipped.
///
/// # Errors
///
/// When the file cannot be read or is not a snapshot, when memory runs out, or when
/// `on_progress` returns an error.
pub fn analyze_file(
    path: &Path,
    options: &AnalyzeOptions,
    on_progress: OnProgress<'_>,
) -> Result<Analysis> {
    analyze(options, |reader| read_into(path, reader, on_progress))
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
    analyze(options, |reader| read_stream(source, reader, on_progress))
}

/// Measures the graph that `read` returns, including the time and memory of reading it.
fn analyze(
    options: &AnalyzeOptions,
    read: impl FnOnce(GraphReader) -> Result<HeapGraph>,
) -> Result<Analysis> {
    column::catch_no_memory(|| {
        column::reset_peak();
        let _recycling = Recycling::begin();
        let began = Instant::now();
        let graph = read(options.reader())?;
        let parsing = began.elapsed();
        Ok(if options.ask_for_objects() {
            Session::lean(graph).analysis(options, parsing)
        } else {
            Measured::of(graph).figures().analysis(parsing)
        })
    })
}
