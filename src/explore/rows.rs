//! Rows that several questions have in common.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{Explorer, FiguresOf, Order};
use crate::{
    analysis::{NodeFigures, Reference},
    census::tree::{NONE, TreeNode},
    explain::{Guide, origin_name},
    graph::HeapGraph,
    report::{PathEdge, PathStep, SourceLocation},
    units::{NameId, NodeOrdinal, ObjectId},
    v8::class_name::ClassName,
};

/// What objects are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ObjectSort {
    /// The bytes that each keeps alive.
    RetainedBytes,
    /// Its own bytes.
    SelfBytes,
    /// References from a root; those that none leads to last.
    Distance,
    /// V8's id.
    Id,
}

impl ObjectSort {
    /// Returns the key of `node`, by which the first has the least.
    pub(super) fn key(self, order: Order, figures: &FiguresOf<'_>, node: NodeOrdinal) -> u64 {
        let measures = &figures.measures;
        match self {
            Self::RetainedBytes => order.key(measures.retained.retained(node)),
            Self::SelfBytes => order.key(measures.self_size(node)),
            Self::Id => order.key(u64::from(figures.session.graph().id(node).0)),
            Self::Distance => {
                let distance = measures.distances.get(node);
                distance.map_or(u64::MAX, |distance| order.key(u64::from(distance)))
            }
        }
    }
}

/// A reference, and the object at the far end of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferenceRow {
    /// The reference.
    pub edge: Reference,
    /// The object.
    #[serde(flatten)]
    pub node: NodeFigures,
}

/// A step of a readable path.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PathRow {
    /// V8's id of the object.
    pub id: ObjectId,
    /// The reference that leads to it.
    pub edge: PathEdge,
    /// The class of the object, as `className` and `label`.
    #[serde(flatten)]
    pub class: ClassName,
    /// Where its class or function is.
    pub location: Option<SourceLocation>,
    /// Its own bytes.
    pub self_bytes: u64,
    /// Bytes that it keeps alive.
    pub retained_bytes: u64,
}

impl PathRow {
    pub(super) fn of(figures: &FiguresOf<'_>, node: NodeOrdinal, step: PathStep) -> Self {
        let PathStep { edge, class, location, .. } = step;
        let measures = &figures.measures;
        Self {
            id: figures.session.graph().id(node),
            edge,
            class,
            location,
            self_bytes: measures.self_size(node),
            retained_bytes: measures.retained.retained(node),
        }
    }
}

/// A branch of the name tree: the objects that one path of names leads to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HolderRow {
    /// Stands for the path; the same in every snapshot of a program.
    pub key: String,
    /// The reference that leads to the objects.
    pub edge: PathEdge,
    /// Their class, as `className` and `label`.
    #[serde(flatten)]
    pub class: ClassName,
    /// Where their class or function is, or the file of a module.
    pub location: Option<SourceLocation>,
    /// What its path begins at.
    pub origin: &'static str,
    /// The number of objects.
    pub count: u64,
    /// Their own bytes, as V8 wrote them.
    pub self_bytes: u64,
    /// These and the bytes of all branches below.
    pub held_bytes: u64,
    /// Whether there are any branches below.
    pub has_children: bool,
    /// V8's id of one of the objects.
    pub sample_id: ObjectId,
}

/// Returns the text of a tree node's key.
pub(super) fn key_text(key: u64) -> String {
    format!("{key:016x}")
}

/// Returns which of the tree `nodes` are `meant`, or below one that is.
pub(super) fn marked_below(nodes: &[TreeNode], meant: impl Fn(u32) -> bool) -> Vec<bool> {
    let mut marked: Vec<bool> = Vec::with_capacity(nodes.len());
    for (at, node) in (0..).zip(nodes) {
        // A parent comes before its children.
        let is_below = node.parent != NONE && marked[node.parent as usize];
        marked.push(is_below || meant(at));
    }
    marked
}

impl Explorer {
    /// Returns the row of the tree node `at`.
    pub(super) fn holder_row(&self, guide: &Guide<'_>, at: u32) -> HolderRow {
        let book = self.book();
        let node = &book.tree().nodes()[at as usize];
        let PathStep { edge, class, location, .. } = guide.branch(at);
        HolderRow {
            key: key_text(node.key),
            edge,
            class,
            location,
            origin: origin_name(node.origin),
            count: u64::from(node.count),
            self_bytes: node.self_bytes,
            held_bytes: node.held_bytes,
            has_children: !guide.branches(Some(at)).is_empty(),
            sample_id: self.session.graph().id(node.sample),
        }
    }

    /// Returns the tree node with this key.
    pub(super) fn branch_with(&self, key: &str) -> Option<u32> {
        let key = u64::from_str_radix(key, 16).ok()?;
        let book = self.book();
        let at = book.tree().nodes().iter().position(|node| node.key == key)?;
        u32::try_from(at).ok()
    }

    /// Returns the labels of the path to the tree node `at`, from the origin.
    pub(super) fn labels_to(&self, guide: &Guide<'_>, at: u32) -> Vec<String> {
        /// Steps that are shown: of a longer path, the last.
        const MOST: usize = 24;
        let book = self.book();
        let nodes = book.tree().nodes();
        let mut labels = Vec::new();
        let mut next = guide.branch_of(at);
        loop {
            labels.push(guide.branch(next).edge.label());
            let parent = nodes[next as usize].parent;
            if parent == NONE || labels.len() == MOST {
                break;
            }
            next = guide.branch_of(parent);
        }
        labels.reverse();
        labels
    }
}

/// Finds texts that contain another, in letters of either case.
pub(super) struct Containing<'a> {
    wanted: String,
    known: FxHashMap<NameId, bool>,
    graph: &'a HeapGraph,
}

impl<'a> Containing<'a> {
    pub(super) fn new(graph: &'a HeapGraph, wanted: &str) -> Self {
        Self { wanted: wanted.to_lowercase(), known: FxHashMap::default(), graph }
    }

    /// Whether `text` does.
    pub(super) fn is_in(&self, text: &str) -> bool {
        text.to_lowercase().contains(&self.wanted)
    }

    /// Whether `name` does.
    pub(super) fn is_in_name(&mut self, name: NameId) -> bool {
        let Self { wanted, known, graph } = self;
        let text = || graph.names().get(name).to_lowercase();
        *known.entry(name).or_insert_with(|| text().contains(&*wanted))
    }

    /// Whether the name of `node` does; what a string says is no name.
    pub(super) fn is_in_node(&mut self, node: NodeOrdinal) -> bool {
        !self.graph.kind(node).is_content() && self.is_in_name(self.graph.name_id(node))
    }
}
