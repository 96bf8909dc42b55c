//! The path from a place that a person knows to one object.

use rustc_hash::FxHashMap;

use super::report_names::ReferenceName;
use crate::{
    census::tree::{NONE, NameTree, Origin},
    graph::{Edge, EdgeKind, EdgeLabel, HeapGraph, NodeKind},
    units::NodeOrdinal,
    v8::{
        class_name::PROXY,
        ephemerons,
        essential::is_strong,
        names::{self, INTERNAL},
        pages, scopes, scripts,
        words::{self, Words},
    },
};

/// One reference of a path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    /// The reference that leads to `node`; `None` at the origin.
    pub(super) edge: Option<Edge>,
    /// The object that it leads to.
    pub(super) node: NodeOrdinal,
    /// Whether the name of the reference is data: the key of a dictionary.
    pub(super) keyed: bool,
}

/// The references from an origin to one object.
#[derive(Clone, Debug)]
pub(super) struct HeapPath {
    /// Where the path begins.
    pub(super) origin: Origin,
    /// From the origin's object down to the requested object.
    pub(super) hops: Vec<Hop>,
}

impl HeapPath {
    /// Returns the path by which the name tree reached `node`. The first link of a chain
    /// stands for all of them: a list may be as long as the heap is large.
    pub(super) fn to(node: NodeOrdinal, graph: &HeapGraph, tree: &NameTree) -> Self {
        let mut hops: Vec<Hop> = Vec::new();
        let mut links: FxHashMap<u32, usize> = FxHashMap::default();
        let mut at = node;
        while let Some(parent) = tree.parent_of(at) {
            let of = tree.node_of(at);
            if tree.nodes()[of as usize].folded {
                if let Some(&deeper) = links.get(&of) {
                    for hop in hops.drain(deeper..) {
                        links.remove(&tree.node_of(hop.node));
                    }
                }
                links.insert(of, hops.len());
            }
            let edge = graph.edges(parent).find(|edge| edge.to == at && is_strong(edge.kind));
            let keyed = tree.nodes()[of as usize].slot;
            hops.push(Hop { edge, node: at, keyed });
            at = parent;
        }
        hops.push(Hop { edge: None, node: at, keyed: false });
        hops.reverse();
        name_contents_of_cells(&mut hops, graph);
        let origin =
            tree.nodes().get(tree.node_of(at) as usize).map_or(Origin::Runtime, |node| node.origin);
        let mut heap_path = Self { origin, hops };
        heap_path.prefer_global(graph);
        heap_path
    }

    /// Prefers the global object's property over a module variable of the same name:
    /// every module of Node's has a variable for `process`, for example.
    fn prefer_global(&mut self, graph: &HeapGraph) {
        let Origin::Module(script) = self.origin else { return };
        let Some(Hop { edge: Some(edge), .. }) = self.hops.get_mut(1) else { return };
        let EdgeLabel::Name(name) = edge.label else { return };
        if edge.kind != EdgeKind::Context || !scripts::is_node(scripts::script_name(graph, script))
        {
            return;
        }
        let name = graph.names().get(name);
        let is_called_so = |edge: Edge| {
            let EdgeLabel::Name(label) = edge.label else { return false };
            let label = graph.names().get(label);
            edge.kind == EdgeKind::Property && names::accessed(label).unwrap_or(label) == name
        };
        let mut globals = graph.edges(graph.root()).filter(|edge| edge.kind == EdgeKind::Shortcut);
        if let Some(global) = globals.find(|global| graph.edges(global.to).any(is_called_so)) {
            edge.kind = EdgeKind::Property;
            self.hops[0].node = global.to;
            self.origin = Origin::Global;
        }
    }

    /// Whether the path begins in one of Node's modules or at one of V8's roots.
    pub(super) fn begins_in_runtime(&self, graph: &HeapGraph) -> bool {
        match self.origin {
            Origin::Module(script) => scripts::is_node(scripts::script_name(graph, script)),
            Origin::Native | Origin::Transient | Origin::Runtime => true,
            Origin::Exports(_) | Origin::Global | Origin::Own => false,
        }
    }

    /// Returns the position of the last hop whose object is in tree node `of`.
    pub(super) fn position(&self, tree: &NameTree, of: u32) -> Option<usize> {
        (of != NONE).then(|| self.hops.iter().rposition(|hop| tree.node_of(hop.node) == of))?
    }
}

/// Gives what a variable refers to its name, where V8 puts a cell between the scope and that.
fn name_contents_of_cells(hops: &mut [Hop], graph: &HeapGraph) {
    for at in 1..hops.len() {
        let cell = hops[at - 1];
        if scopes::is_cell(graph, cell.node) {
            let to = hops[at].node;
            hops[at].edge = cell.edge.map(|edge| Edge { to, ..edge }).or(hops[at].edge);
        }
    }
}

/// Whether a person has no name for this object: a backing store, a table, a scope.
pub(super) fn is_internal(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    match graph.kind(node) {
        NodeKind::Array => true,
        NodeKind::Object => scopes::is_scope(graph, node),
        NodeKind::Hidden | NodeKind::Native | NodeKind::Code | NodeKind::Other => {
            let name = graph.name(node);
            name.starts_with(INTERNAL) && name != PROXY || pages::is_browsers(name)
        }
        _ => false,
    }
}

/// Returns the name of a hop's reference; `None` at the origin.
pub(super) fn reference_name(graph: &HeapGraph, words: &Words, hop: Hop) -> Option<ReferenceName> {
    let edge = hop.edge?;
    let EdgeLabel::Name(name) = edge.label else { return Some(ReferenceName::Slot) };
    let text = graph.names().get(name);
    Some(match edge.kind {
        EdgeKind::Property if hop.keyed => ReferenceName::Slot,
        _ if words::is(edge.label, words.elements) || names::is_slot(text) => ReferenceName::Slot,
        _ if ephemerons::table(text).is_some() => ReferenceName::Entry(None),
        EdgeKind::Property | EdgeKind::Context => match names::symbol(text) {
            Some(description) => ReferenceName::Symbol(description.to_owned()),
            None => ReferenceName::Named(text.to_owned()),
        },
        _ => ReferenceName::Given(text.to_owned()),
    })
}
