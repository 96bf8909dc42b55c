//! A heap as stacks, for tools that show profiles: by what holds it, or by the code that allocated
//! it.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{Explorer, Follow, Follower, within};
use crate::{
    census::tree::NONE,
    error::{DetectError, Result},
    report::{PathStep, SourceLocation},
};

/// What the stacks lead along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StacksOf {
    /// The paths by which a person knows the objects.
    Holders,
    /// The functions that allocated them, where that was recorded.
    Allocations,
}

/// The last frame of a stack, and what belongs to just this stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackRow {
    /// The row of the frame before; frames come after it.
    pub parent: Option<usize>,
    /// The reference and the class that it leads to, or the function.
    pub name: String,
    /// The file of the class or function.
    pub file: Option<String>,
    /// The line in it.
    pub line: Option<u32>,
    /// The column in it.
    pub column: Option<u32>,
    /// Objects.
    pub count: u64,
    /// Their own bytes.
    pub bytes: u64,
}

impl StackRow {
    fn new(parent: Option<usize>, name: String, place: Option<SourceLocation>) -> Self {
        let (file, line, column) =
            place.map_or((None, None, None), |place| (place.file, place.line, place.column));
        Self { parent, name, file, line, column, count: 0, bytes: 0 }
    }
}

impl Explorer {
    /// Returns the heap as stacks; `None` if no allocations were recorded and these are asked for.
    ///
    /// # Errors
    ///
    /// When memory runs out or the work was cancelled.
    pub fn stacks(&self, of: StacksOf, follows: &Follower) -> Result<Option<Vec<StackRow>>> {
        within(&self.account, self.max_bytes, follows, || match of {
            StacksOf::Holders => self.holder_stacks(&**follows).map(Some),
            StacksOf::Allocations => Ok(self.allocation_stacks()),
        })
    }

    fn holder_stacks(&self, follows: &dyn Follow) -> Result<Vec<StackRow>> {
        let book = self.book();
        if follows.is_cancelled() {
            return Err(DetectError::Aborted);
        }
        let guide = self.guide(&book);
        let nodes = book.tree().nodes();
        let mut rows = Vec::new();
        let mut row_of: FxHashMap<u32, usize> = FxHashMap::default();
        for (at, node) in (0..).zip(nodes) {
            // Tables and the like count for what they are part of.
            let branch = guide.branch_of(at);
            let row = if let Some(&row) = row_of.get(&branch) {
                row
            } else {
                let parent = nodes[branch as usize].parent;
                let above = (parent != NONE).then(|| guide.branch_of(parent));
                let parent = above.and_then(|above| row_of.get(&above).copied());
                let PathStep { edge, class, location, .. } = guide.branch(branch);
                let name = match parent {
                    None => edge.label(),
                    Some(_) => format!("{} → {}", edge.label(), class.plain()),
                };
                rows.push(StackRow::new(parent, name, location));
                row_of.insert(branch, rows.len() - 1);
                rows.len() - 1
            };
            rows[row].count += u64::from(node.count);
            rows[row].bytes += node.self_bytes;
        }
        Ok(rows)
    }

    fn allocation_stacks(&self) -> Option<Vec<StackRow>> {
        let recorded = self.session.graph().recorded()?;
        let frames = recorded.frames.iter().map(|frame| {
            let place = frame.script.as_ref().map(|script| SourceLocation {
                line: frame.place.map(|(line, _)| line),
                column: frame.place.map(|(_, column)| column),
                ..SourceLocation::of_file(script.to_string())
            });
            StackRow::new(frame.caller.map(|at| at as usize), frame.function.to_string(), place)
        });
        let mut rows: Vec<StackRow> = frames.collect();
        for sample in &recorded.samples {
            if let Some(row) = rows.get_mut(sample.frame as usize) {
                row.count += 1;
                row.bytes += sample.bytes;
            }
        }
        Some(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::open::tests::{PROGRAM, explore};

    #[test]
    fn every_object_is_in_one_stack_and_paths_are_as_a_person_knows_them() {
        let explorer = explore(PROGRAM);
        let nobody: Follower = std::sync::Arc::new(|| false);
        let rows = explorer.stacks(StacksOf::Holders, &nobody).expect("memory").expect("holders");
        let graph = explorer.session.graph();
        assert_eq!(rows.iter().map(|row| row.bytes).sum::<u64>(), graph.total_self_size());
        let objects = graph.node_count() as u64 - 1;
        assert_eq!(rows.iter().map(|row| row.count).sum::<u64>(), objects, "all but the root");
        let names = |at: usize| {
            let above = |&at: &usize| rows[at].parent;
            let mut names: Vec<_> =
                std::iter::successors(Some(at), above).map(|at| &*rows[at].name).collect();
            names.reverse();
            names
        };
        let sessions = (0..rows.len()).find(|&at| rows[at].name == "[…] → Session");
        let expected = ["module app/sessions.js", "sessions → Map", "[…] → Session"];
        assert_eq!(names(sessions.expect("sessions")), expected);
        assert!(rows.iter().enumerate().all(|(at, row)| row.parent.is_none_or(|up| up < at)));
        assert_eq!(explorer.stacks(StacksOf::Allocations, &nobody).expect("memory"), None);
    }
}
