//! Functions over snapshot files. They work on a thread of Node's pool, not on
//! the event loop, and answer with JSON text: the result, or an `error` with
//! its code, since a task's rejection cannot carry one.

#![allow(unreachable_pub, reason = "the macro exports from a private module")]
#![cfg_attr(test, allow(dead_code, reason = "the macro leaves its exports out of tests"))]

use std::{panic::catch_unwind, path::PathBuf};

use napi::{Env, Error, Task, bindgen_prelude::AsyncTask};
use napi_derive::napi;
use serde::Serialize;

use crate::{
    analysis::{AnalyzeOptions, analyze_file},
    error::{DetectError, Result},
    units::ObjectId,
};

/// Analyses one file.
pub struct AnalyzeTask {
    path: PathBuf,
    options: AnalyzeOptions,
}

/// What crosses to JavaScript.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Answer<T> {
    Result(T),
    Error { code: &'static str, message: String, offset: Option<u64> },
}

impl<T> From<Result<T>> for Answer<T> {
    fn from(result: Result<T>) -> Self {
        match result {
            Ok(value) => Self::Result(value),
            Err(error) => Self::Error {
                code: error.code(),
                message: error.to_string(),
                offset: error.offset(),
            },
        }
    }
}

impl Task for AnalyzeTask {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> napi::Result<String> {
        // No macro stands between this and the host: a panic would end it.
        let result = catch_unwind(|| analyze_file(&self.path, &self.options, &mut |_| Ok(())))
            .unwrap_or(Err(DetectError::Internal { what: "a panic in the analysis" }));
        serde_json::to_string(&Answer::from(result)).map_err(|e| Error::from_reason(e.to_string()))
    }

    fn resolve(&mut self, _env: Env, output: String) -> napi::Result<String> {
        Ok(output)
    }
}

/// The figures of the snapshot file at `path`, and of the objects called `ids`.
#[napi(js_name = "analyzeFile", ts_return_type = "Promise<string>", catch_unwind)]
pub fn analyze(path: String, ids: Vec<u32>) -> AsyncTask<AnalyzeTask> {
    let options = AnalyzeOptions { ids: ids.into_iter().map(ObjectId).collect() };
    AsyncTask::new(AnalyzeTask { path: path.into(), options })
}
