//! What is done with snapshot files: the figures of one, and the verdict over several as the
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
    sources::SourceMaps,
};

pub use analyze::{analyze_file, analyze_reader};

/// What a comparison of files is told.
#[derive(Clone, Debug, Default)]
pub struct CompareOptions {
    /// As for a detector. With fewer files than a confirmation needs, growth in
    /// all of them counts.
    pub sensitivity: Sensitivity,
    /// As for a detector.
    pub redact_names: bool,
    /// Parts of the paths of seep's own scripts, in the processes that the
    /// snapshots are of.
    pub own_scripts: Vec<String>,
}

/// Why a file, or several, could not be read or compared.
#[derive(Debug)]
pub struct FileError {
    /// Which of the files it was about, if it was about one.
    pub path: Option<PathBuf>,
    /// What was wrong.
    pub error: DetectError,
}

/// Compares the snapshots in `paths`, taken of one process in this order.
/// Progress counts the bytes of all files.
///
/// Times are those at which the files were last written; where these do not
/// ascend (files that were copied), a minute is assumed between two.
///
/// # Errors
///
/// When a file cannot be read or is no snapshot, or when `on_progress` ends it;
/// with the file that it was about.
pub fn compare_files(
    paths: &[PathBuf],
    options: &CompareOptions,
    on_progress: OnProgress<'_>,
) -> Result<CheckReport, FileError> {
    let mut current = None;
    column::catch_no_memory(|| compare(paths, options, &mut current, on_progress))
        .map_err(|error| FileError { path: current.cloned(), error })
}

/// Leaves in `current` which file it is about.
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
        let findings = watch.observe(&graph, &Moment { epoch_ms, ..Moment::default() });
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

/// Of a file; a pipe has none.
fn size(path: &Path) -> Option<u64> {
    path.metadata().ok().filter(fs::Metadata::is_file).map(|file| file.len())
}

/// When each file was written, in milliseconds since the epoch.
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
