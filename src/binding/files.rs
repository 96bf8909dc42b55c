//! Snapshot files: figures and comparison, off the event loop.

#![cfg_attr(test, allow(dead_code, reason = "functions are exported outside tests only"))]
#![allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]

use std::{
    io,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

use napi::{
    Env, Error, Result, Status, Task,
    bindgen_prelude::{AsyncTask, ClassInstance},
};
use napi_derive::napi;
use serde_json::{Value, json};

use crate::{
    analysis::AnalyzeOptions,
    error::DetectError,
    files::Progress,
    growth::Sensitivity,
    offline::{CompareOptions, FileError, analyze_file, analyze_reader, compare_files},
    units::ObjectId,
};

/// How far an analysis is, and the way to end it.
#[napi]
#[derive(Default)]
pub struct NativeProgress {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    is_cancelled: AtomicBool,
    bytes: AtomicU64,
    total: AtomicU64,
}

#[napi]
impl NativeProgress {
    /// Of an analysis that has not begun.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the analysis with ERR_ABORTED, if it still reads.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.shared.is_cancelled.store(true, Relaxed);
    }

    /// Bytes that have been read.
    #[napi(catch_unwind)]
    #[allow(clippy::cast_precision_loss, reason = "a figure for a progress bar")]
    pub fn bytes(&self) -> f64 {
        self.shared.bytes.load(Relaxed) as f64
    }

    /// Share of the file that has been read, 0 to 1; -1 when its size is unknown.
    #[napi(catch_unwind)]
    #[allow(clippy::cast_precision_loss, reason = "a share for a progress bar")]
    pub fn share(&self) -> f64 {
        match self.shared.total.load(Relaxed) {
            0 if self.shared.bytes.load(Relaxed) > 0 => -1.0,
            0 => 0.0,
            // A file that is still being written has more than it had.
            total => (self.shared.bytes.load(Relaxed) as f64 / total as f64).min(1.0),
        }
    }
}

/// What is asked of the files.
enum Job {
    /// Without a path, standard input.
    Analyze {
        path: Option<PathBuf>,
        options: AnalyzeOptions,
    },
    Compare {
        paths: Vec<PathBuf>,
        options: CompareOptions,
    },
}

/// One job, for the thread pool.
pub struct FilesTask {
    job: Job,
    progress: Option<Arc<Shared>>,
}

impl FilesTask {
    fn run(&self) -> std::result::Result<Value, FileError> {
        let mut on_progress = |Progress { bytes, total }: Progress| {
            let Some(shared) = &self.progress else { return Ok(()) };
            shared.bytes.store(bytes, Relaxed);
            shared.total.store(total.unwrap_or(0), Relaxed);
            if shared.is_cancelled.load(Relaxed) { Err(DetectError::Aborted) } else { Ok(()) }
        };
        match &self.job {
            Job::Analyze { path, options } => {
                let analysis = match path {
                    Some(path) => analyze_file(path, options, &mut on_progress),
                    None => analyze_reader(io::stdin(), options, &mut on_progress),
                };
                let failed = |error| FileError { path: path.clone(), error };
                analysis.map(|analysis| json!(analysis)).map_err(failed)
            }
            Job::Compare { paths, options } => {
                compare_files(paths, options, &mut on_progress).map(|report| json!(report))
            }
        }
    }
}

/// What the system calls it, where it was the system that refused.
fn system_code(error: &DetectError) -> Option<&'static str> {
    match error {
        DetectError::File { fault } => fault.system_code(),
        _ => None,
    }
}

impl Task for FilesTask {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> Result<String> {
        let result =
            panic::catch_unwind(AssertUnwindSafe(|| self.run())).unwrap_or(Err(FileError {
                path: None,
                error: DetectError::Internal { what: "a panic in the analysis" },
            }));
        let answer = match result {
            Ok(result) => json!({ "result": result }),
            Err(FileError { path, error }) => json!({ "error": {
                "path": path,
                "code": error.code(),
                "message": error.to_string(),
                "offset": error.offset(),
                "system": system_code(&error),
            } }),
        };
        serde_json::to_string(&answer)
            .map_err(|error| Error::new(Status::GenericFailure, error.to_string()))
    }

    fn resolve(&mut self, _env: Env, answer: String) -> Result<String> {
        Ok(answer)
    }
}

/// What an analysis is asked for besides the totals.
#[napi(object)]
pub struct NativeAnalyzeOptions {
    /// Objects whose figures are wanted.
    pub ids: Vec<u32>,
    /// Objects of which it is wanted what holds them.
    pub paths: Vec<u32>,
    /// Class whose objects are wanted.
    pub class_name: Option<String>,
    /// Whether duplicate strings are told with what they say.
    pub contents: bool,
}

/// Analyses the snapshot in the file at `path`, or on standard input without
/// one, gzipped or not. Resolves to JSON: `{ result }` or
/// `{ error: { path, code, message, offset } }`.
#[napi(js_name = "analyzeFile", catch_unwind, ts_return_type = "Promise<string>")]
pub fn analyze(
    path: Option<String>,
    options: NativeAnalyzeOptions,
    progress: Option<ClassInstance<'_, NativeProgress>>,
) -> AsyncTask<FilesTask> {
    let ids = |ids: Vec<u32>| ids.into_iter().map(ObjectId).collect();
    let options = AnalyzeOptions {
        ids: ids(options.ids),
        paths: ids(options.paths),
        class: options.class_name,
        shows_contents: options.contents,
    };
    task(Job::Analyze { path: path.map(PathBuf::from), options }, progress)
}

/// The verdict over the snapshots in `paths`, oldest first; resolves to JSON as
/// `analyzeFile` does.
#[napi(js_name = "compareFiles", catch_unwind, ts_return_type = "Promise<string>")]
pub fn compare(
    paths: Vec<String>,
    min_checks: u32,
    min_growth_bytes: f64,
    progress: Option<ClassInstance<'_, NativeProgress>>,
) -> AsyncTask<FilesTask> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a validated size below 2^53"
    )]
    let min_growth_bytes = min_growth_bytes as u64;
    let options = CompareOptions {
        sensitivity: Sensitivity { min_checks, min_growth_bytes, ..Sensitivity::default() },
    };
    let paths = paths.into_iter().map(PathBuf::from).collect();
    task(Job::Compare { paths, options }, progress)
}

fn task(job: Job, progress: Option<ClassInstance<'_, NativeProgress>>) -> AsyncTask<FilesTask> {
    AsyncTask::new(FilesTask {
        job,
        progress: progress.map(|progress| Arc::clone(&progress.shared)),
    })
}
