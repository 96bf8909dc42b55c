//! What strings say, read from the file when somebody asks. It is not in memory.

use std::{
    fs::{File, Metadata},
    time::SystemTime,
};

use super::Explorer;
use crate::{
    error::{DetectError, FileFault, Result},
    files,
    units::NodeOrdinal,
};

/// The file that may be read again for what strings say.
pub(super) struct Contents {
    /// The file, as it was when it was read.
    pub(super) state: FileState,
}

/// By what a file is known to be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileState {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl FileState {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self { bytes: metadata.len(), modified: metadata.modified().ok() }
    }
}

impl Explorer {
    /// Returns what `node` says: `None` where it is no flat string, or the heap was opened without
    /// contents.
    pub(super) fn text_of(&self, node: NodeOrdinal) -> Result<Option<String>> {
        let Some(contents) = &self.contents else { return Ok(None) };
        let graph = self.session.graph();
        if !graph.kind(node).is_content() {
            return Ok(None);
        }
        let Some((offset, skipped)) = graph.text_places().of(graph.name_id(node)) else {
            return Ok(None);
        };
        let file = File::open(&self.opened.path).map_err(DetectError::file)?;
        let metadata = file.metadata().map_err(DetectError::file)?;
        if FileState::of(&metadata) != contents.state {
            return Err(DetectError::File { fault: FileFault::Changed });
        }
        files::read_text(file, offset, skipped).map(Some)
    }
}
