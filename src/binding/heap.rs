//! A heap that is being looked through, off the event loop.

#![cfg_attr(test, allow(dead_code, reason = "functions are exported outside tests only"))]
#![allow(unreachable_pub, reason = "exported to JavaScript, not to other crates")]

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
};

use napi::{
    Env, Result, Task,
    bindgen_prelude::{AsyncTask, ClassInstance},
};
use napi_derive::napi;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{
    files::{NativeProgress, Shared, answer, guarded, note},
    json::parse,
};
use crate::{
    error::DetectError,
    explore::{Explorer, Follow, Follower, OpenOptions, Query, Stage},
    offline::FileError,
};

/// The heap, once it has been read and until it is closed. A question that is being answered
/// keeps it alive, until it has noticed that the heap is closing.
type Slot = Arc<Mutex<Option<Arc<Opened>>>>;

/// A heap that is given back where its memory is counted, whoever lets go of it last.
struct Opened(Option<Explorer>);

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some(explorer) = self.0.take() {
            explorer.close();
        }
    }
}

/// A snapshot file that is open.
#[napi]
#[derive(Default)]
pub struct NativeHeap {
    slot: Slot,
    is_closing: Arc<AtomicBool>,
}

/// One call, which ends when it is cancelled or when its heap is closed.
struct Call {
    progress: Arc<Shared>,
    is_closing: Arc<AtomicBool>,
}

impl Follow for Call {
    fn is_cancelled(&self) -> bool {
        self.progress.is_cancelled() || self.is_closing.load(Relaxed)
    }

    fn begin(&self, stage: Stage) {
        self.progress.begin(stage);
    }
}

#[napi]
impl NativeHeap {
    /// Creates a handle without a heap.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the file. Resolves to `{ result }`, or to `{ error }` as `analyzeFile` does.
    #[napi(catch_unwind, ts_return_type = "Promise<string>")]
    pub fn open(
        &self,
        request: String,
        progress: Option<ClassInstance<'_, NativeProgress>>,
    ) -> Result<AsyncTask<HeapTask>> {
        Ok(self.task(Job::Open(parse(&request)?), progress))
    }

    /// Answers a question (`Query`, src/explore/mod.rs); resolves as `open` does.
    #[napi(catch_unwind, ts_return_type = "Promise<string>")]
    pub fn query(
        &self,
        query: String,
        progress: Option<ClassInstance<'_, NativeProgress>>,
    ) -> Result<AsyncTask<HeapTask>> {
        Ok(self.task(Job::Ask(parse(&query)?), progress))
    }

    /// Ends the questions that are being answered, and gives the memory back.
    #[napi(catch_unwind, ts_return_type = "Promise<string>")]
    pub fn close(&self) -> AsyncTask<HeapTask> {
        self.is_closing.store(true, Relaxed);
        self.task(Job::Close, None)
    }
}

impl NativeHeap {
    fn task(
        &self,
        job: Job,
        progress: Option<ClassInstance<'_, NativeProgress>>,
    ) -> AsyncTask<HeapTask> {
        let progress = progress.map(|progress| progress.shared()).unwrap_or_default();
        let is_closing = Arc::clone(&self.is_closing);
        let call = Arc::new(Call { progress, is_closing });
        AsyncTask::new(HeapTask { slot: Arc::clone(&self.slot), job, call })
    }
}

impl Drop for NativeHeap {
    /// Closes a forgotten heap that was garbage-collected. To return so much memory takes longer
    /// than the event loop should wait.
    fn drop(&mut self) {
        let Some(explorer) = self.slot.lock().take() else { return };
        let closing = thread::Builder::new().name("seep-close".into());
        // Without a thread, the closure drops it here.
        drop(closing.spawn(move || drop(explorer)));
    }
}

enum Job {
    Open(OpenRequest),
    Ask(Query),
    Close,
}

/// The parameters of opening.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OpenRequest {
    path: PathBuf,
    /// Whether texts of strings may be read.
    contents: bool,
    /// Bytes that the heap may take.
    max_memory_bytes: Option<u64>,
    /// Parts of the paths of seep's own scripts.
    own_scripts: Vec<String>,
}

/// The answer to opening.
#[derive(Serialize)]
struct Done {}

/// One job, for the thread pool.
pub struct HeapTask {
    slot: Slot,
    job: Job,
    call: Arc<Call>,
}

impl HeapTask {
    /// Does the work and returns the answer as JSON.
    fn run(&self) -> String {
        let call = &self.call;
        let follows: Follower = Arc::<Call>::clone(call);
        match &self.job {
            Job::Open(OpenRequest { path, contents, max_memory_bytes, own_scripts }) => {
                let options = OpenOptions {
                    contents: *contents,
                    max_bytes: *max_memory_bytes,
                    own_scripts: own_scripts.clone(),
                };
                let mut on_progress = |read| note(Some(&call.progress), read);
                let opened = Explorer::open(path, &options, &mut on_progress, &follows);
                let opened = opened.and_then(|explorer| {
                    if call.is_cancelled() {
                        return Err(DetectError::Aborted);
                    }
                    *self.slot.lock() = Some(Arc::new(Opened(Some(explorer))));
                    Ok(Done {})
                });
                answer(opened.map_err(|error| FileError { path: Some(path.clone()), error }))
            }
            Job::Ask(query) => {
                let explorer = self.slot.lock().clone();
                let answered = match explorer.as_ref().and_then(|opened| opened.0.as_ref()) {
                    Some(explorer) => explorer.answer(query, &follows),
                    None => Err(DetectError::Aborted),
                };
                answer(answered.map_err(|error| FileError { path: None, error }))
            }
            Job::Close => {
                // Taken under the lock, dropped after it.
                let explorer = self.slot.lock().take();
                drop(explorer);
                answer(Ok(Done {}))
            }
        }
    }
}

impl Task for HeapTask {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> Result<String> {
        Ok(guarded("a panic in a query", || self.run()))
    }

    fn resolve(&mut self, _env: Env, answer: String) -> Result<String> {
        Ok(answer)
    }
}
