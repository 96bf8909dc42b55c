//! The questions that an analysis answers.

use crate::{graph::GraphReader, units::ObjectId};

/// The questions about a snapshot besides the totals. Ids that are not there
/// are left out of the answer.
#[derive(Clone, Debug, Default)]
pub struct AnalyzeOptions {
    /// Objects whose figures are wanted one by one.
    pub ids: Vec<ObjectId>,
    /// Objects whose retainers are wanted, and the shortest path to each.
    pub paths: Vec<ObjectId>,
    /// Class whose objects are wanted.
    pub class: Option<String>,
    /// Whether duplicate strings are listed with their contents.
    pub shows_contents: bool,
}

impl AnalyzeOptions {
    /// Returns a reader that keeps what they need.
    pub fn reader(&self) -> GraphReader {
        GraphReader::new().with_duplicates(self.shows_contents).with_traces()
    }

    /// Whether single objects are asked for. The names of all are then kept, which takes 4 bytes
    /// for each node and each edge.
    pub fn ask_for_objects(&self) -> bool {
        !self.ids.is_empty() || !self.paths.is_empty() || self.class.is_some()
    }
}
