//! The stacks that DevTools records with a snapshot ("Allocation instrumentation", with stacks):
//! each object has the number of a node in a tree of calls.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Names, marks::NameMarks};
use crate::{
    allocations::{Allocations, Frame, Sample},
    column::Column,
    error::{DetectError, Result},
    format::{Nested, TRACE_FUNCTION, TRACE_FUNCTION_NAMES, TraceSection},
    units::{NameId, NodeOrdinal},
};

/// Collects the stacks while a snapshot is read.
#[derive(Debug, Default)]
pub(super) struct TraceBuilder {
    /// The objects with a stack, which most snapshots do not have.
    objects: Column<u32>,
    /// Of each of them, the number of its node in the tree.
    of_object: Column<u32>,
    functions: Vec<u32>,
    /// Nodes of the tree in the order of a walk from the root: id, function, parent.
    tree: Vec<(u32, u32, Option<u32>)>,
    /// The nodes whose children are being read.
    open: Vec<u32>,
    /// Numbers of the node that is being read: id, function, count, size; then its children.
    numbers: Vec<u32>,
    /// The latest node, whose children may follow.
    latest: Option<u32>,
}

impl TraceBuilder {
    /// Takes in the number that an object has; 0 for none.
    pub(super) fn object(&mut self, node: u32, trace: u32) {
        if trace != 0 {
            self.objects.push(node);
            self.of_object.push(trace);
        }
    }

    pub(super) fn part(&mut self, section: TraceSection, part: Nested, at: u64) -> Result<()> {
        match section {
            TraceSection::Functions => match part {
                Nested::Number(number) => self.functions.push(number),
                Nested::Close if self.functions.len().is_multiple_of(TRACE_FUNCTION) => {}
                _ => return Err(malformed(at)),
            },
            TraceSection::Tree => match part {
                Nested::Number(number) if self.latest.is_none() => {
                    self.numbers.push(number);
                    if let [id, function, _, _] = self.numbers[..] {
                        self.latest = Some(self.tree.len() as u32);
                        self.tree.push((id, function, self.open.last().copied()));
                        self.numbers.clear();
                    }
                }
                Nested::Open => self.open.push(self.latest.take().ok_or(malformed(at))?),
                Nested::Close if self.numbers.is_empty() && self.latest.is_none() => {
                    self.open.pop();
                }
                _ => return Err(malformed(at)),
            },
        }
        Ok(())
    }

    /// Marks the names of functions and scripts, and returns the greatest.
    pub(super) fn mark(&self, marks: &mut NameMarks) -> u32 {
        let rows = self.functions.chunks_exact(TRACE_FUNCTION);
        let names = rows.flat_map(|row| TRACE_FUNCTION_NAMES.map(|name| row[name]));
        names.inspect(|&name| marks.mark(name)).max().unwrap_or(0)
    }

    /// Returns the objects with their stacks, weighed by `size`; `None` if there are none.
    pub(super) fn finish(
        self,
        names: &Names,
        size: impl Fn(NodeOrdinal) -> u64,
    ) -> Option<Allocations> {
        let text = |name: u32| Arc::<str>::from(names.get(NameId(name)));
        let functions: Vec<Frame> = self
            .functions
            .chunks_exact(TRACE_FUNCTION)
            .map(|row| {
                let place =
                    Some((row[4], row[5])).filter(|(line, column)| *line > 0 && *column > 0);
                let script = Some(text(row[2])).filter(|script| !script.is_empty());
                Frame { caller: None, function: text(row[1]), script, place }
            })
            .collect();
        // The root stands for no function.
        let of_node = |at: u32| at.checked_sub(1);
        let mut frames = Vec::new();
        let mut numbers = FxHashMap::default();
        for &(id, function, parent) in self.tree.iter().skip(1) {
            let caller = parent.and_then(of_node);
            numbers.insert(id, frames.len() as u32);
            frames.push(Frame { caller, ..functions.get(function as usize)?.clone() });
        }
        let samples: Vec<Sample> = self
            .objects
            .iter()
            .zip(self.of_object.iter())
            .filter_map(|(&node, trace)| {
                let (node, &frame) = (NodeOrdinal(node), numbers.get(trace)?);
                Some(Sample { node, bytes: size(node), frame })
            })
            .collect();
        let live = samples.len() as u64;
        // Every object has its own stack: none stands for others.
        let found = Allocations { interval: 1, taken: live, live, frames, samples };
        (live > 0).then_some(found)
    }
}

fn malformed(at: u64) -> DetectError {
    DetectError::Malformed { at, expected: "the stacks of allocations" }
}

#[cfg(test)]
mod tests {
    use crate::{allocations::Allocations, graph::GraphReader};

    /// Two objects of `make`, which `main` calls, and one without a stack.
    const SNAPSHOT: &str = r#"{"snapshot":{"meta":{
        "node_fields":["type","name","id","self_size","edge_count","trace_node_id"],
        "node_types":[["hidden","object"],"string","number","number","number","number"],
        "edge_fields":["type","name_or_index","to_node"],
        "edge_types":[["property"],"string_or_number","node"]},
        "node_count":3,"edge_count":2},
        "nodes":[0,0,1,8,2,0, 1,1,3,24,0,3, 1,1,5,40,0,3],
        "edges":[0,0,6, 0,0,12],
        "trace_function_infos":[0,0,5,0,0,0, 7,2,4,9,3,1, 8,3,4,9,7,5],
        "trace_tree":[1,0,0,0,[2,1,0,0,[3,2,2,64,[]]]],
        "samples":[],"locations":[],
        "strings":["","Item","main","make","/srv/app.js","(root)"]}"#;

    fn read(text: &str) -> crate::error::Result<Option<Allocations>> {
        let mut reader = GraphReader::new().with_traces();
        for piece in text.as_bytes().chunks(7) {
            reader.push(piece)?;
        }
        Ok(reader.finish()?.recorded().cloned())
    }

    #[test]
    fn objects_have_the_stacks_that_were_recorded() {
        let found = read(SNAPSHOT).expect("a snapshot").expect("stacks");
        let bytes: Vec<(u32, u64)> =
            found.samples.iter().map(|sample| (sample.node.0, sample.bytes)).collect();
        assert_eq!(bytes, [(1, 24), (2, 40)]);
        let stack: Vec<String> = found
            .stack(found.samples[0].frame)
            .map(|frame| format!("{} {:?} {:?}", frame.function, frame.script, frame.place))
            .collect();
        let at = "Some(\"/srv/app.js\") Some";
        assert_eq!(stack, [format!("make {at}((7, 5))"), format!("main {at}((3, 1))")]);
        assert!((found.weight(24) - 24.0).abs() < 1e-9, "it stands for itself");
    }

    #[test]
    fn without_stacks_there_are_none_and_nothing_is_read_unasked() {
        let bare = SNAPSHOT.replace("24,0,3", "24,0,0").replace("40,0,3", "40,0,0");
        assert_eq!(read(&bare).expect("a snapshot"), None);
        let mut reader = GraphReader::new();
        reader.push(SNAPSHOT.as_bytes()).expect("a snapshot");
        assert_eq!(reader.finish().expect("whole").recorded(), None);
    }

    #[test]
    fn damaged_stacks_are_errors_or_none() {
        for (was, is) in [
            ("7,5],", "7],"),
            ("[1,0,0,0,[", "[1,0,0,[0,"),
            ("64,[]", "64"),
            ("64,[]", "64,[],5"),
            ("[3,2,2,64,[]]", "[3,9,2,64,[]]"),
            ("7,2,4,9,3,1", "7,2,400,9,3,1"),
            ("[1,0,0,0,", "[[1,0,0,0,"),
        ] {
            let damaged = SNAPSHOT.replacen(was, is, 1);
            assert_ne!(damaged, SNAPSHOT, "{was}");
            let found = read(&damaged).unwrap_or_default();
            assert!(found.is_none(), "{was} {is}: {found:?}");
        }
    }
}
