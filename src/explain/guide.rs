//! Names for whoever explores a heap: of single objects, and of the branches of the name tree.
//!
//! They are those of reports, so that a holder that a report names is found under the same name.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{
    heap_path::{self, HeapPath, Hop},
    items_subtree::Below,
    source_location::{Locator, ScriptIds},
    steps::Steps,
};
use crate::{
    census::tree::{NONE, NameTree, Origin},
    graph::{Edge, HeapGraph},
    report::{PathStep, SourceLocation},
    session::Session,
    units::NodeOrdinal,
    v8::{essential::is_strong, scopes::Scopes, words::Words},
};

/// All that places in the source need besides the graph; worked out once per snapshot.
pub struct PlaceBook {
    words: Arc<Words>,
    scopes: Arc<Scopes>,
    scripts: Arc<ScriptIds>,
}

impl PlaceBook {
    /// Reads the snapshot of `session`.
    pub fn of(session: &Session) -> Self {
        let (words, scopes) = (session.words(), session.scopes());
        let scripts = Arc::new(ScriptIds::of(session.graph(), &words));
        Self { words, scopes, scripts }
    }

    /// Returns where the function of `node`, or its class, is in the source of `graph`, which
    /// this is about.
    pub fn place(&self, graph: &HeapGraph, node: NodeOrdinal) -> Option<SourceLocation> {
        self.locator(graph).place(node)
    }

    fn locator<'a>(&'a self, graph: &'a HeapGraph) -> Locator<'a> {
        Locator::with(graph, &self.words, &self.scopes, &(), Arc::clone(&self.scripts))
    }
}

/// All that names need besides the graph; worked out once per snapshot.
pub struct GuideBook {
    places: Arc<PlaceBook>,
    tree: Arc<NameTree>,
    below: Below,
    /// The tree nodes where paths begin.
    origins: Vec<u32>,
    /// By tree node: the reference that leads to its sample.
    edges: Vec<Option<Edge>>,
}

impl GuideBook {
    /// Reads the snapshot of `session`, which has these `places`; `own_scripts` are parts of the
    /// paths of seep's own files.
    pub fn of(session: &Session, places: Arc<PlaceBook>, own_scripts: &[String]) -> Self {
        let (graph, tree) = (session.graph(), session.name_tree(own_scripts));
        let nodes = tree.nodes();
        let edges = nodes.iter().map(|node| edge_to(graph, &tree, node.sample)).collect();
        let origins = (0..).zip(nodes).filter(|(_, node)| node.parent == NONE);
        let origins = origins.map(|(at, _)| at).collect();
        Self { below: Below::of(&tree), origins, edges, places, tree }
    }

    /// Returns the name tree.
    pub fn tree(&self) -> &NameTree {
        &self.tree
    }
}

/// Returns the strong reference by which the tree reached `node`.
fn edge_to(graph: &HeapGraph, tree: &NameTree, node: NodeOrdinal) -> Option<Edge> {
    let parent = tree.parent_of(node)?;
    graph.edges(parent).find(|edge| edge.to == node && is_strong(edge.kind))
}

/// Names the objects of one snapshot.
pub struct Guide<'a> {
    graph: &'a HeapGraph,
    book: &'a GuideBook,
    places: Locator<'a>,
}

impl<'a> Guide<'a> {
    /// Reads names from `book`, which is about `graph`.
    pub fn new(graph: &'a HeapGraph, book: &'a GuideBook) -> Self {
        Self { graph, book, places: book.places.locator(graph) }
    }

    fn steps(&self) -> Steps<'_> {
        let &Self { graph, book, ref places } = self;
        Steps { graph, words: &book.places.words, tree: &book.tree, places }
    }

    /// Returns where the function of `node`, or its class, is in the source.
    pub fn place(&self, node: NodeOrdinal) -> Option<SourceLocation> {
        self.places.place(node)
    }

    /// Returns the path by which a person knows `node`, with the object at each step. Internals
    /// and repetitions are folded away.
    pub fn path_to(&self, node: NodeOrdinal) -> Vec<(NodeOrdinal, PathStep)> {
        let HeapPath { origin, hops } = HeapPath::to(node, self.graph, &self.book.tree);
        let steps = self.steps();
        let first = hops[0].node;
        let mut path = vec![(first, steps.origin(origin, first).0)];
        let mut shown = FxHashSet::default();
        for hop in &hops[1..] {
            let Some(edge) = hop.edge else { continue };
            let is_link = !shown.insert(self.book.tree.node_of(hop.node));
            let is_hidden = self.is_internal(hop.node) && !steps.is_shown(edge, *hop);
            if hop.node == node || !is_link && !is_hidden {
                path.push((hop.node, steps.step(edge, *hop, false).0));
            }
        }
        path
    }

    /// Returns the branches of the tree directly below `of`, or those where paths begin.
    /// What hangs from internals is listed in their place.
    pub fn branches(&self, of: Option<u32>) -> Vec<u32> {
        let Some(of) = of else { return self.book.origins.clone() };
        let mut found = Vec::new();
        let mut pending: Vec<u32> = self.book.below.children(of).collect();
        while let Some(at) = pending.pop() {
            if self.is_branch(at) {
                found.push(at);
            } else {
                pending.extend(self.book.below.children(at));
            }
        }
        found
    }

    /// Returns the branch that the tree node `at` belongs to: itself, or the nearest above it that
    /// is not one of V8's internals.
    pub fn branch_of(&self, at: u32) -> u32 {
        let nodes = self.book.tree.nodes();
        let mut at = at;
        while !self.is_branch(at) && nodes[at as usize].parent != NONE {
            at = nodes[at as usize].parent;
        }
        at
    }

    /// Describes the tree node `at` by one of its objects.
    pub fn branch(&self, at: u32) -> PathStep {
        let node = &self.book.tree.nodes()[at as usize];
        let steps = self.steps();
        match self.book.edges[at as usize] {
            Some(edge) => {
                let hop = Hop { edge: Some(edge), node: node.sample, keyed: node.slot };
                steps.step(edge, hop, false).0
            }
            None => steps.origin(node.origin, node.sample).0,
        }
    }

    /// Whether a person would see the tree node `at`.
    fn is_branch(&self, at: u32) -> bool {
        let node = &self.book.tree.nodes()[at as usize];
        let edge = self.book.edges[at as usize];
        let hop = Hop { edge, node: node.sample, keyed: node.slot };
        node.parent == NONE
            || !self.is_internal(node.sample)
            || edge.is_some_and(|edge| self.steps().is_shown(edge, hop))
    }

    /// Whether a person has no name for `node`: a backing store, a table, a scope.
    pub fn is_internal(&self, node: NodeOrdinal) -> bool {
        heap_path::is_internal(self.graph, node)
    }
}

/// Returns what the origin of a path is called in figures.
pub fn origin_name(origin: Origin) -> &'static str {
    match origin {
        Origin::Module(_) => "module",
        Origin::Exports(_) => "exports",
        Origin::Global => "global",
        Origin::Native => "native",
        Origin::Own => "seep",
        Origin::Transient => "transient",
        Origin::Runtime => "runtime",
    }
}
