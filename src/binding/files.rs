//! Snapshot files: figures and comparison, off the event loop.

#![cfg_attr(test, allow(dead_code, reason = "functions are exported outside tests only"))]
#![allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]

use std::{
    io,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
};

use napi::{
    Env, Result, Task,
    bindgen_prelude::{AsyncTask, ClassInstance},
};
use napi_derive::napi;
use serde::{Deserialize, Serialize};

use super::json::{parse, text};
use crate::{
    analysis::AnalyzeOptions,
    column::Cancellation,
    error::DetectError,
    explore::{Explorer, Follow, Follower, Only, OpenOptions, StackRow, StacksOf, Stage},
    files::{OnProgress, Progress},
    growth::Sensitivity,
    offline::{
        CompareOptions, FileError, FileOptions, analyze_file, analyze_reader, compare_files,
    },
    strip::strip_file,
    units::ObjectId,
};

/// The progress of an analysis, and the means to cancel it.
#[napi]
#[derive(Default)]
pub struct NativeProgress {
    shared: Arc<Shared>,
}

/// What an analysis and its handle share.
#[derive(Default)]
pub(super) struct Shared {
    is_cancelled: AtomicBool,
    bytes: AtomicU64,
    total: AtomicU64,
    /// A bit for each stage that has begun.
    stages: AtomicU32,
}

#[napi]
impl NativeProgress {
    /// Tracks an analysis that has not begun.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the analysis with ERR_ABORTED.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.shared.is_cancelled.store(true, Relaxed);
    }

    /// Returns the bytes read so far.
    #[napi(catch_unwind)]
    #[allow(clippy::cast_precision_loss, reason = "a figure for a progress bar")]
    pub fn bytes(&self) -> f64 {
        self.shared.bytes.load(Relaxed) as f64
    }

    /// Returns the bytes of the whole file; 0 when its size is unknown.
    #[napi(catch_unwind)]
    #[allow(clippy::cast_precision_loss, reason = "a figure for a progress bar")]
    pub fn total_bytes(&self) -> f64 {
        self.shared.total.load(Relaxed) as f64
    }

    /// Returns the names of the stages that have begun, in their order.
    #[napi(catch_unwind)]
    pub fn stages(&self) -> Vec<String> {
        let begun = self.shared.stages.load(Relaxed);
        let has_begun = |stage: &Stage| begun & (1 << *stage as u32) != 0;
        Stage::ALL.into_iter().filter(has_begun).map(|stage| stage.name().to_owned()).collect()
    }

    /// Returns the share of the file read so far, 0 to 1; -1 when its size is unknown.
    #[napi(catch_unwind)]
    #[allow(clippy::cast_precision_loss, reason = "a share for a progress bar")]
    pub fn share(&self) -> f64 {
        match self.shared.total.load(Relaxed) {
            0 if self.shared.bytes.load(Relaxed) > 0 => -1.0,
            0 => 0.0,
            // A file that is still being written is now longer than it was.
            total => (self.shared.bytes.load(Relaxed) as f64 / total as f64).min(1.0),
        }
    }
}

impl NativeProgress {
    /// Returns what the work is to report to.
    pub(super) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }
}

/// Notes how far the work is, where somebody wants to know.
pub(super) fn note(shared: Option<&Shared>, progress: Progress) -> crate::error::Result<()> {
    shared.map_or(Ok(()), |shared| shared.note(progress))
}

impl Follow for Shared {
    fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Relaxed)
    }

    fn begin(&self, stage: Stage) {
        self.stages.fetch_or(1 << stage as u32, Relaxed);
    }
}

impl Shared {
    fn note(&self, Progress { bytes, total }: Progress) -> crate::error::Result<()> {
        self.bytes.store(bytes, Relaxed);
        self.total.store(total.unwrap_or(0), Relaxed);
        if self.is_cancelled() { Err(DetectError::Aborted) } else { Ok(()) }
    }
}

/// The requested work.
enum Job {
    /// Without a path, reads standard input.
    Analyze {
        path: Option<PathBuf>,
        options: FileOptions,
    },
    Compare {
        paths: Vec<PathBuf>,
        options: CompareOptions,
    },
    Strip(StripRequest),
    Stacks(StacksRequest),
}

/// One job, for the thread pool.
pub struct FilesTask {
    job: Job,
    progress: Option<Arc<Shared>>,
}

impl FilesTask {
    /// Runs the job and returns the answer as JSON.
    fn run(&self) -> String {
        let _cancelling = self
            .progress
            .clone()
            .map(|progress| Cancellation::by(move || progress.is_cancelled()).begin());
        let mut on_progress = |progress: Progress| note(self.progress.as_deref(), progress);
        match &self.job {
            Job::Analyze { path, options } => {
                let analysis = match path {
                    Some(path) => analyze_file(path, options, &mut on_progress),
                    None => analyze_reader(io::stdin(), options, &mut on_progress),
                };
                answer(analysis.map_err(|error| FileError { path: path.clone(), error }))
            }
            Job::Compare { paths, options } => {
                answer(compare_files(paths, options, &mut on_progress))
            }
            Job::Stacks(request) => {
                let progress = self.progress.clone();
                let follows: Follower =
                    Arc::new(move || progress.as_ref().is_some_and(|it| it.is_cancelled()));
                let stacks = request.stacks(&mut on_progress, &follows);
                let path = Some(request.path.clone());
                answer(stacks.map_err(|error| FileError { path, error }))
            }
            Job::Strip(StripRequest { from, to, gzipped }) => {
                let stripped = strip_file(from, to, *gzipped, &mut on_progress);
                answer(stripped.map_err(|(path, error)| FileError { path: Some(path), error }))
            }
        }
    }
}

/// The outcome of a job.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Answer<T> {
    Result(T),
    Error(Failure),
}

#[derive(Serialize)]
struct Failure {
    /// The file that it is about, if it is about one.
    path: Option<PathBuf>,
    code: &'static str,
    message: String,
    /// The position in the file, in bytes.
    offset: Option<u64>,
    /// The system's error code.
    system: Option<&'static str>,
}

pub(super) fn answer<T: Serialize>(outcome: std::result::Result<T, FileError>) -> String {
    text(&match outcome {
        Ok(result) => Answer::Result(result),
        Err(FileError { path, error }) => Answer::Error(Failure {
            path,
            code: error.code(),
            message: error.to_string(),
            offset: error.offset(),
            system: system_code(&error),
        }),
    })
}

/// Returns the system's error code, if the system caused the error.
fn system_code(error: &DetectError) -> Option<&'static str> {
    match error {
        DetectError::File { fault } => fault.system_code(),
        _ => None,
    }
}

/// Runs work for the thread pool, and answers with an error that says `what` if it panics.
pub(super) fn guarded(what: &'static str, run: impl FnOnce() -> String) -> String {
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let error = DetectError::Internal { what };
        answer::<()>(Err(FileError { path: None, error }))
    })
}

impl Task for FilesTask {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> Result<String> {
        Ok(guarded("a panic in the analysis", || self.run()))
    }

    fn resolve(&mut self, _env: Env, answer: String) -> Result<String> {
        Ok(answer)
    }
}

/// The parameters of an analysis.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AnalyzeRequest {
    /// The file; standard input without one.
    path: Option<PathBuf>,
    /// Objects to return figures for.
    ids: Vec<u32>,
    /// Objects to return holders for.
    paths: Vec<u32>,
    /// Class to return objects for.
    class_name: Option<String>,
    /// Whether the contents of duplicate strings are shown.
    contents: bool,
    /// The objects that count in classes.
    only: Only,
    /// Whether holders are named.
    holders: bool,
    /// Parts of the paths of seep's own scripts.
    own_scripts: Vec<String>,
}

/// Analyses a snapshot file, gzipped or not. Resolves to `{ result }`, or to
/// `{ error }` with `path`, `code`, `message`, `offset` and `system`.
#[napi(js_name = "analyzeFile", catch_unwind, ts_return_type = "Promise<string>")]
pub fn analyze(
    request: String,
    progress: Option<ClassInstance<'_, NativeProgress>>,
) -> Result<AsyncTask<FilesTask>> {
    let AnalyzeRequest { path, ids, paths, class_name, contents, only, holders, own_scripts } =
        parse(&request)?;
    let objects = |ids: Vec<u32>| ids.into_iter().map(ObjectId).collect();
    let figures = AnalyzeOptions {
        ids: objects(ids),
        paths: objects(paths),
        class: class_name,
        shows_contents: contents,
    };
    let options = FileOptions { figures, only, holders, own_scripts };
    Ok(task(Job::Analyze { path, options }, progress))
}

/// The parameters of a comparison.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CompareRequest {
    /// Oldest first.
    paths: Vec<PathBuf>,
    /// As for a detector.
    min_checks: u32,
    /// As for a detector.
    min_growth_bytes: u64,
    /// As for a detector.
    redact_names: bool,
    /// Parts of the paths of seep's own scripts.
    own_scripts: Vec<String>,
}

/// Returns the verdict over snapshot files; resolves as `analyzeFile` does.
#[napi(js_name = "compareFiles", catch_unwind, ts_return_type = "Promise<string>")]
pub fn compare(
    request: String,
    progress: Option<ClassInstance<'_, NativeProgress>>,
) -> Result<AsyncTask<FilesTask>> {
    let CompareRequest { paths, min_checks, min_growth_bytes, redact_names, own_scripts } =
        parse(&request)?;
    let options = CompareOptions {
        sensitivity: Sensitivity { min_checks, min_growth_bytes, ..Sensitivity::default() },
        redact_names,
        own_scripts,
    };
    Ok(task(Job::Compare { paths, options }, progress))
}

/// What is wanted as stacks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StacksRequest {
    path: PathBuf,
    of: StacksOf,
    /// Parts of the paths of seep's own scripts.
    own_scripts: Vec<String>,
}

impl StacksRequest {
    fn stacks(
        &self,
        on_progress: OnProgress<'_>,
        follows: &Follower,
    ) -> crate::error::Result<Option<Vec<StackRow>>> {
        let own_scripts = self.own_scripts.clone();
        let options = OpenOptions { own_scripts, ..OpenOptions::default() };
        Explorer::open(&self.path, &options, on_progress, follows)?.stacks(self.of, follows)
    }
}

/// Returns a snapshot file as stacks; resolves as `analyzeFile` does.
#[napi(js_name = "stacksOfFile", catch_unwind, ts_return_type = "Promise<string>")]
pub fn stacks(
    request: String,
    progress: Option<ClassInstance<'_, NativeProgress>>,
) -> Result<AsyncTask<FilesTask>> {
    Ok(task(Job::Stacks(parse(&request)?), progress))
}

/// What is to be written without values.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StripRequest {
    /// A snapshot file.
    from: PathBuf,
    /// The file to write.
    to: PathBuf,
    /// Whether to compress it.
    gzipped: bool,
}

/// Writes a snapshot file again without values; resolves as `analyzeFile` does.
#[napi(js_name = "stripFile", catch_unwind, ts_return_type = "Promise<string>")]
pub fn strip(
    request: String,
    progress: Option<ClassInstance<'_, NativeProgress>>,
) -> Result<AsyncTask<FilesTask>> {
    Ok(task(Job::Strip(parse(&request)?), progress))
}

fn task(job: Job, progress: Option<ClassInstance<'_, NativeProgress>>) -> AsyncTask<FilesTask> {
    AsyncTask::new(FilesTask { job, progress: progress.map(|progress| progress.shared()) })
}
