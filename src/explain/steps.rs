//! The steps of a readable path: what each reference and object is called, and where it is.

use super::{
    heap_path::{self, Hop},
    report_names::ReferenceName,
    source_location::{self, Locator},
    variable_name::Namer,
};
use crate::{
    census::tree::{NameTree, Origin},
    graph::{Edge, EdgeKind, HeapGraph},
    report::{PathEdge, PathStep, SourceLocation},
    units::NodeOrdinal,
    v8::{class_name::ClassName, pages, scripts, words::Words},
};

/// Describes the steps of paths in one snapshot.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a> {
    /// The snapshot.
    pub(super) graph: &'a HeapGraph,
    /// Structural names in it.
    pub(super) words: &'a Words,
    /// Its name tree.
    pub(super) tree: &'a NameTree,
    /// Source locations.
    pub(super) places: &'a Locator<'a>,
}

impl Steps<'_> {
    /// Whether this is an internal object that shows how the next one is held.
    pub(super) fn is_shown(self, edge: Edge, hop: Hop) -> bool {
        edge.kind == EdgeKind::Internal && self.graph.name(hop.node).contains("PromiseReaction")
    }

    /// Describes the reference `edge` and the object that it leads to.
    pub(super) fn step(self, edge: Edge, hop: Hop, suspect: bool) -> (PathStep, ReferenceName) {
        let Self { graph, words, tree, places } = self;
        let name = match heap_path::reference_name(graph, words, hop) {
            Some(ReferenceName::Entry(_)) => {
                ReferenceName::Entry(Namer { graph, words, tree }.weak_map(edge))
            }
            name => name.unwrap_or(ReferenceName::Slot),
        };
        let is_listeners =
            || tree.parent_of(hop.node).is_some_and(|from| pages::is_listener(graph, from));
        let (name, kind) = if name == ReferenceName::Slot && is_listeners() {
            (ReferenceName::Given("listener".to_owned()), EdgeKind::Internal)
        } else {
            (name, edge.kind)
        };
        let step = PathStep {
            edge: PathEdge { kind: kind.name().to_owned(), name: name.text() },
            class: ClassName::of(graph, words, hop.node),
            node_kind: graph.kind(hop.node).name().to_owned(),
            location: places.place(hop.node),
            suspect,
        };
        (step, name)
    }

    /// Describes the beginning of a path: `node`, which is known by its `origin`.
    pub(super) fn origin(self, origin: Origin, node: NodeOrdinal) -> (PathStep, ReferenceName) {
        let class = ClassName::of(self.graph, self.words, node);
        let given = |name: &str| ReferenceName::Given(name.to_owned());
        let (name, class, location) = match origin {
            Origin::Module(_) | Origin::Exports(_) => {
                let place = self.origin_file(origin);
                let file = place.as_ref().and_then(|place| place.file.as_deref());
                let name = format!("module {}", scripts::short_file(file.unwrap_or_default()));
                (given(&name), ClassName::called("Module"), place)
            }
            Origin::Global => match pages::address(self.graph.name(node)) {
                // A page without an address is a blank one.
                Some("://" | "") => (given("window"), class, None),
                Some(address) => (given(&format!("window {address}")), class, None),
                None => (given("global"), class, None),
            },
            Origin::Own => (given("pending check()"), class, None),
            Origin::Native | Origin::Transient | Origin::Runtime => {
                (ReferenceName::Native(class.clone()), class, None)
            }
        };
        let edge = PathEdge { kind: "root".to_owned(), name: name.text() };
        let node_kind = self.graph.kind(node).name().to_owned();
        (PathStep { edge, class, node_kind, location, suspect: false }, name)
    }

    /// Returns the file whose module paths from `origin` begin in.
    pub(super) fn origin_file(self, origin: Origin) -> Option<SourceLocation> {
        match origin {
            Origin::Module(script) => {
                Some(source_location::file(scripts::script_name(self.graph, script)))
            }
            Origin::Exports(file) => Some(source_location::file(self.graph.names().get(file))),
            _ => None,
        }
    }
}
