//! The figures of one snapshot, as `seep analyze` shows them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    graph::{Edge, EdgeLabel, HeapGraph},
    report::{AllocationStack, CreatedIn},
    units::ObjectId,
};

/// One snapshot in figures, as Chrome DevTools has them.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Analysis {
    /// [`SCHEMA_VERSION`](crate::report::SCHEMA_VERSION).
    pub schema_version: u32,
    /// Objects.
    pub node_count: u64,
    /// References.
    pub edge_count: u64,
    /// Retained size of the root.
    pub total_bytes: u64,
    /// The Summary view, by retained size.
    pub classes: Vec<ClassFigures>,
    /// The nodes that retain most.
    pub dominators: Vec<DominatorFigures>,
    /// The objects asked for, in the order asked for; ids that are not there are
    /// left out.
    pub objects: Vec<ObjectFigures>,
    /// The paths to the objects whose paths were asked for; `offline` writes them.
    #[serde(skip)]
    pub paths: Vec<PathFigures>,
    /// The objects of the class asked for.
    pub instances: Option<Instances>,
    /// Strings that are there more than once.
    pub duplicates: DuplicateFigures,
    /// The memory in use by sort, in bytes.
    pub statistics: BTreeMap<&'static str, u64>,
    /// The cost of the analysis.
    pub cost: AnalysisCost,
}

/// A row of the Summary view.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassFigures {
    /// The class name.
    pub name: String,
    /// V8's type.
    pub kind: &'static str,
    /// The number of objects.
    pub count: u64,
    /// Their own bytes.
    pub self_bytes: u64,
    /// Bytes that they keep alive.
    pub retained_bytes: u64,
    /// Of the nearest.
    pub distance: Option<u32>,
    /// Where most of the objects were allocated, if stacks were recorded; `explore` fills it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_in: Option<CreatedIn>,
}

/// A node that retains much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DominatorFigures {
    /// V8's id.
    pub id: ObjectId,
    /// Its class name.
    pub class_name: String,
    /// V8's type.
    pub kind: &'static str,
    /// Its own bytes.
    pub self_bytes: u64,
    /// Bytes that it keeps alive.
    pub retained_bytes: u64,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeFigures {
    /// V8's id.
    pub id: ObjectId,
    /// The name of its class.
    pub class_name: String,
    /// The name that V8 gives it; "" for the contents of strings.
    pub name: String,
    /// V8's type.
    pub kind: &'static str,
    /// Its own bytes.
    pub self_bytes: u64,
    /// Bytes that it keeps alive.
    pub retained_bytes: u64,
    /// References away from a user root.
    pub distance: Option<u32>,
}

/// A node that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectFigures {
    /// Itself.
    #[serde(flatten)]
    pub node: NodeFigures,
    /// Id of its immediate dominator.
    pub dominator_id: ObjectId,
}

/// The objects of the classes with one name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Instances {
    /// The name asked for.
    pub class_name: String,
    /// The number of objects.
    pub count: u64,
    /// Those that retain most, most first.
    pub objects: Vec<ObjectFigures>,
    /// The heaviest stacks that allocated them, if stacks were recorded; `explore` fills it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stacks: Option<Vec<AllocationStack>>,
}

/// How one object is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PathFigures {
    /// V8's id of the object.
    pub id: ObjectId,
    /// From a user root to the object, by a shortest way; empty when no way
    /// leads to it.
    pub steps: Vec<Step>,
    /// Steps left out in the middle.
    pub omitted_steps: u64,
    /// The objects that refer to it, the nearest first, weak references last.
    pub retainers: Vec<Step>,
    /// The number of references to it.
    pub retainer_count: u64,
}

/// A reference and the object at the far end of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// In a way, the reference to this object from the one before; among
    /// retainers, the one from this object.
    pub edge: Reference,
    /// The object.
    #[serde(flatten)]
    pub node: NodeFigures,
}

/// Strings of which the heap holds several copies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DuplicateFigures {
    /// Copies beyond the first of each.
    pub extra_copies: u64,
    /// Bytes of these.
    pub wasted_bytes: u64,
    /// Those that waste most, most first.
    pub strings: Vec<StringFigures>,
}

/// A string that is there more than once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StringFigures {
    /// Copies.
    pub count: u64,
    /// Length in UTF-16 units, as far as V8 wrote it.
    pub length: u64,
    /// Bytes of all copies.
    pub self_bytes: u64,
    /// Bytes of all copies but one.
    pub wasted_bytes: u64,
    /// Its contents; left out unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The name of a reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// V8's type.
    pub kind: &'static str,
    /// Its name or number.
    pub name: String,
}

/// Returns the name of `edge` of `graph`.
pub(super) fn reference(graph: &HeapGraph, edge: Edge) -> Reference {
    let name = match edge.label {
        EdgeLabel::Name(name) => graph.names().get(name).to_owned(),
        EdgeLabel::Index(index) => index.to_string(),
    };
    Reference { kind: edge.kind.name(), name }
}

/// The cost of an analysis; `peakBytes` counts the large columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisCost {
    /// Reading and parsing, in milliseconds.
    pub parse_ms: f64,
    /// Classes, rules, summary and lists.
    pub graph_ms: f64,
    /// Dominators and retained sizes; beside them, or before, distances, owners and
    /// statistics.
    pub dominators_ms: f64,
    /// All.
    pub total_ms: f64,
    /// The most memory that the columns held at once.
    pub peak_bytes: u64,
}
