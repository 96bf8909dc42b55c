//! What an analysis is asked for.

use crate::{graph::GraphReader, units::ObjectId};

/// What of a snapshot is wanted besides the totals. Ids that are not there
/// are left out of the answer.
#[derive(Clone, Debug, Default)]
pub struct AnalyzeOptions {
    /// Objects whose figures are wanted one by one.
    pub ids: Vec<ObjectId>,
    /// Objects of which it is wanted what holds them. Names of edges are then
    /// kept, which takes 4 bytes for each.
    pub paths: Vec<ObjectId>,
    /// Class whose objects are wanted.
    pub class: Option<String>,
    /// Whether duplicate strings are to be told with what they say.
    pub shows_contents: bool,
}

impl AnalyzeOptions {
    /// A reader that keeps what they need.
    pub fn reader(&self) -> GraphReader {
        GraphReader::new().with_duplicates(self.shows_contents)
    }
}
