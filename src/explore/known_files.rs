//! What was worked out of other files: each is read once, unless it changes.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;

use super::contents::FileState;
use crate::error::{DetectError, Result};

/// Files of which something is kept: those read last.
const MOST: usize = 16;

/// What is kept of some files.
#[derive(Debug)]
pub(super) struct KnownFiles<T>(Mutex<Vec<(PathBuf, FileState, Arc<T>)>>);

impl<T> Default for KnownFiles<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> KnownFiles<T> {
    /// Returns what is known of the file at `path`, or else what `read` makes of it.
    pub(super) fn get(&self, path: &Path, read: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        let metadata = fs::metadata(path).map_err(DetectError::file)?;
        let state = FileState::of(&metadata);
        if let Some(known) = self.known(path, state) {
            return Ok(known);
        }
        let made = Arc::new(read()?);
        // A pipe has nothing more to read.
        if metadata.is_file() {
            self.keep(path, state, &made);
        }
        Ok(made)
    }

    fn known(&self, path: &Path, state: FileState) -> Option<Arc<T>> {
        let files = self.0.lock();
        let found = files.iter().find(|(other, known, _)| other == path && *known == state);
        found.map(|(.., made)| Arc::clone(made))
    }

    fn keep(&self, path: &Path, state: FileState, made: &Arc<T>) {
        let mut files = self.0.lock();
        files.retain(|(other, ..)| other != path);
        files.push((path.to_owned(), state, Arc::clone(made)));
        if files.len() > MOST {
            files.remove(0);
        }
    }
}
