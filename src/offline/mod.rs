//! Works on snapshot files: the figures of one, and the verdict over several, as the
//! detector would have given it.

mod analyze;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    column,
    error::{DetectError, Result},
    explain::Rate,
    files::{OnProgress, Progress, read_snapshot},
    growth::Sensitivity,
    observe::{Moment, Settings, Watch},
    report::{CheckReport, SnapshotFigures, Verdict, iso8601},
    session::Session,
    sources::SourceMaps,
};

pub use analyze::{FileAnalysis, FileOptions, FilePath, Holders, analyze_file, analyze_reader};

/// The options of a comparison of files.
#[derive(Clone, Debug, Default)]
pub struct CompareOptions {
    /// As for a detector. If there are fewer files than a confirmation needs, growth in
    /// all of them is enough.
    pub sensitivity: Sensitivity,
    /// As for a detector.
    pub redact_names: bool,
    /// Parts of the paths of seep's own scripts in the processes that the snapshots were
    /// taken of.
    pub own_scripts: Vec<String>,
}

/// The reason why one or several files could not be read or compared.
#[derive(Debug)]
pub struct FileError {
    /// The file that it is about, if it is about a single one.
    pub path: Option<PathBuf>,
    /// The error.
    pub error: DetectError,
}

/// Compares the snapshots in `paths`, taken of one process in this order. Progress counts
/// the bytes of all files.
///
/// Files are dated by their last modification. If those times do not ascend (files that
/// were copied), they are assumed to be a minute apart.
///
/// # Errors
///
/// When a file cannot be read or is not a snapshot, or when `on_progress` returns an
/// error. The error names the file that it is about.
pub fn compare_files(
    paths: &[PathBuf],
    options: &CompareOptions,
    on_progress: OnProgress<'_>,
) -> Result<CheckReport, FileError> {
    let mut current = None;
    column::catch_no_memory(|| compare(paths, options, &mut current, on_progress))
        .map_err(|error| FileError { path: current.cloned(), error })
}

/// Compares the files, keeping in `current` the one being read.
fn compare<'a>(
    paths: &'a [PathBuf],
    options: &CompareOptions,
    current: &mut Option<&'a PathBuf>,
    on_progress: OnProgress<'_>,
) -> Result<CheckReport> {
    let sizes: Vec<Option<u64>> = paths.iter().map(|path| size(path)).collect();
    let total = sizes.iter().copied().sum();
    let mut before = 0;
    let intervals = u32::try_from(paths.len()).unwrap_or(u32::MAX).saturating_sub(1);
    let mut sensitivity = options.sensitivity;
    sensitivity.min_checks = sensitivity.min_checks.min(intervals.max(1));
    sensitivity.more_follow = false;
    let settings = Settings {
        sensitivity,
        own_scripts: options.own_scripts.clone(),
        redact_names: options.redact_names,
        rate: Rate::Snapshot,
    };
    let mut watch = Watch::new(settings).with_sources(SourceMaps::new());
    let mut report = CheckReport::new(Verdict::InsufficientData, iso8601(0.0));
    for ((path, size), epoch_ms) in paths.iter().zip(sizes).zip(times(paths)) {
        *current = Some(path);
        let mut read = 0;
        let graph = read_snapshot(path, &mut |progress| {
            read = progress.bytes;
            on_progress(Progress { bytes: before + read, total })
        })?;
        let size = size.unwrap_or(read);
        before += size;
        let session = Session::lean(graph);
        let graph = session.graph();
        let findings = watch.observe(&session, &Moment { epoch_ms, ..Moment::default() });
        findings.write_to(&mut report);
        report.at = iso8601(epoch_ms);
        report.snapshot = Some(SnapshotFigures {
            nodes: graph.node_count() as u64,
            edges: graph.edge_count() as u64,
            json_bytes: size,
            self_bytes: graph.total_self_size(),
        });
    }
    Ok(report)
}

/// Returns the size of a file; a pipe has none.
fn size(path: &Path) -> Option<u64> {
    path.metadata().ok().filter(fs::Metadata::is_file).map(|file| file.len())
}

/// Returns the modification time of each file, in milliseconds since the epoch.
fn times(paths: &[PathBuf]) -> Vec<f64> {
    const MINUTE_MS: f64 = 60_000.0;
    let written: Vec<Option<f64>> = paths.iter().map(|path| written_ms(path)).collect();
    let ascends = written.windows(2).all(|pair| pair[0] < pair[1]);
    match written.first() {
        Some(&Some(_)) if ascends => written.into_iter().flatten().collect(),
        first => {
            let start = first.copied().flatten().unwrap_or(0.0);
            (0u32..).zip(paths).map(|(i, _)| start + f64::from(i) * MINUTE_MS).collect()
        }
    }
}

fn written_ms(path: &Path) -> Option<f64> {
    let written: SystemTime = path.metadata().ok()?.modified().ok()?;
    Some(written.duration_since(UNIX_EPOCH).ok()?.as_secs_f64() * 1000.0)
}
