//! The graph itself: look-ups only.

use std::sync::Arc;

use super::{
    Duplicates, Edge, Edges, Facts, Links, Location, Names, NodeKind, builder,
    locations::Locations, narrow::Narrow, nodes::Nodes,
};
use crate::{
    error::Result,
    format::Removed,
    graph::Labels,
    units::{NameId, NodeOrdinal, ObjectId},
};

/// One snapshot's objects and references.
///
/// Memory, with `n` nodes and `m` edges: `15n + 8m` bytes, or about `11n + 4m` of a
/// [lean](super::GraphBuilder::lean) one, 8 more per node with a location, and the names.
#[derive(Debug)]
pub struct HeapGraph {
    pub(crate) nodes: Nodes,
    pub(crate) links: Arc<Links>,
    pub(crate) labels: Labels,
    pub(crate) names: Names,
    pub(crate) locations: Locations,
    pub(crate) root: NodeOrdinal,
    pub(crate) extra_native_bytes: u64,
    duplicates: Duplicates,
    facts: Facts,
}

impl HeapGraph {
    /// Reads a whole snapshot from memory.
    ///
    /// # Errors
    ///
    /// When `bytes` are not a whole snapshot.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = super::GraphReader::new();
        reader.push(bytes)?;
        reader.finish()
    }

    /// Reads a whole snapshot from `source`.
    ///
    /// # Errors
    ///
    /// When `source` fails or is not a whole snapshot.
    pub fn from_reader(mut source: impl std::io::Read) -> Result<Self> {
        let mut reader = super::GraphReader::new();
        reader.read_from(&mut source)?;
        reader.finish()
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// How many edges there are.
    pub fn edge_count(&self) -> usize {
        self.links.edge_count()
    }

    /// All nodes.
    pub fn ordinals(&self) -> impl DoubleEndedIterator<Item = NodeOrdinal> + use<> {
        (0..self.node_count() as u32).map(NodeOrdinal)
    }

    /// Where everything hangs.
    pub fn root(&self) -> NodeOrdinal {
        self.root
    }

    /// V8's type of `node`.
    #[inline]
    pub fn kind(&self, node: NodeOrdinal) -> NodeKind {
        self.nodes.kinds[node.index()]
    }

    /// The name of `node`, as a number.
    #[inline]
    pub fn name_id(&self, node: NodeOrdinal) -> NameId {
        NameId(self.nodes.names.get(node.index()).unwrap_or_default())
    }

    /// The name of `node`; "" when it is content, which is not kept.
    pub fn name(&self, node: NodeOrdinal) -> &str {
        // A string's text is kept when something else is called the same.
        if self.kind(node).is_content() { "" } else { self.names.get(self.name_id(node)) }
    }

    /// V8's id of `node`.
    #[inline]
    pub fn id(&self, node: NodeOrdinal) -> ObjectId {
        self.nodes.id(node.index())
    }

    /// Bytes of `node` itself, as V8 wrote them.
    #[inline]
    pub fn self_size(&self, node: NodeOrdinal) -> u64 {
        self.nodes.self_sizes.get(node.0)
    }

    /// Sum of all self sizes.
    pub fn total_self_size(&self) -> u64 {
        self.nodes.self_sizes.total()
    }

    /// Memory outside the heap that V8 accounts to no node.
    pub fn extra_native_bytes(&self) -> u64 {
        self.extra_native_bytes
    }

    /// Whether `node` is attached (1) or detached (2); 0 when unknown.
    pub fn detachedness(&self, node: NodeOrdinal) -> u8 {
        let states = &self.nodes.detachedness;
        let found = states.binary_search_by_key(&node.0, |&(node, _)| node);
        found.map_or(0, |position| states[position].1)
    }

    /// What `node` refers to, in V8's order.
    #[inline]
    pub fn edges(&self, node: NodeOrdinal) -> Edges<'_> {
        Edges::new(&self.links, &self.labels, node.0)
    }

    /// The edge at `position` and the node that it leaves from; `None` past
    /// the last, or when the names of edges have been dropped.
    pub(crate) fn edge_at(&self, position: usize) -> Option<(NodeOrdinal, Edge)> {
        let source = NodeOrdinal(self.links.source_of(position)?);
        let start = self.links.range(source.0).start;
        Some((source, self.edges(source).nth(position - start)?))
    }

    /// The references alone; shared, so that they can be searched while the rest is
    /// put in order.
    pub fn links(&self) -> &Arc<Links> {
        &self.links
    }

    /// The strings that name things.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The strings that are there more than once, where the reader was asked
    /// to count them.
    pub fn duplicates(&self) -> &Duplicates {
        &self.duplicates
    }

    /// Numbers by which `node` says how much it may hold, by name; none where V8 wrote.
    pub fn numbers(&self, node: NodeOrdinal) -> impl Iterator<Item = (&str, f64)> {
        self.facts.numbers(node)
    }

    /// Whether any node has a number called `name`.
    pub fn has_number(&self, name: &str) -> bool {
        self.facts.has_number(name)
    }

    /// What was removed from the table `node`, where that is known and anything was.
    pub fn removed(&self, node: NodeOrdinal) -> Option<Removed> {
        self.facts.removed(node)
    }

    /// The same graph with these facts.
    #[must_use]
    pub fn with_facts(self, mut facts: Facts) -> Self {
        facts.sort();
        Self { facts, ..self }
    }

    /// Where `node`, or its class, is in the source.
    pub fn location(&self, node: NodeOrdinal) -> Option<Location> {
        self.locations.get(node)
    }

    /// Drops what edges are called, to make room: from here on
    /// [`edges`](Self::edges) yields none, while [`links`](Self::links) stay.
    pub(crate) fn forget_labels(&mut self) {
        self.labels = Labels::default();
    }

    /// Drops what nodes are called and where they are, to make room: from here
    /// on every name is "".
    pub(crate) fn forget_names(&mut self) {
        self.nodes.names = Narrow::default();
        self.names = Names::new();
        self.locations = Locations::default();
    }

    /// An empty graph cannot be built: every snapshot has its root.
    pub(super) fn assemble(parts: builder::Parts) -> Self {
        let builder::Parts { nodes, links, labels, names, locations, duplicates, meta } = parts;
        Self {
            nodes,
            links: Arc::new(links),
            labels,
            names,
            locations,
            root: NodeOrdinal(meta.root),
            extra_native_bytes: meta.extra_native_bytes,
            duplicates,
            facts: Facts::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        graph::{EdgeKind, EdgeLabel, NodeKind},
        testkit::draw,
        units::ObjectId,
    };

    #[test]
    fn says_what_was_drawn() {
        let drawing = draw(
            "root -> app; app -items-> list; list -[7]-> text; list -weak:ref-> app
             app: object \"My Class\" size=40 id=77 at=3:10:4 detached=2
             list: array \"\"; text: string \"secret\"",
        );
        let graph = drawing.graph();
        let [root, app, list, text] = ["root", "app", "list", "text"].map(|it| drawing.node(it));
        assert_eq!((graph.node_count(), graph.edge_count()), (4, 4));
        assert_eq!(
            (graph.root(), graph.kind(root), graph.name(root)),
            (root, NodeKind::Synthetic, "")
        );
        assert_eq!((graph.kind(app), graph.name(app)), (NodeKind::Object, "My Class"));
        assert_eq!((graph.self_size(app), graph.id(app)), (40, ObjectId(77)));
        assert_eq!((graph.detachedness(app), graph.detachedness(list)), (2, 0));
        let place = graph.location(app).expect("drawn");
        assert_eq!((place.script_id, place.line, place.column), (3, 10, 4));
        assert_eq!(graph.location(list), None);
        assert_eq!((graph.kind(text), graph.name(text)), (NodeKind::String, ""), "contents go");
        let edges: Vec<_> = graph.edges(list).collect();
        assert_eq!(edges[0].label, EdgeLabel::Index(7));
        assert_eq!((edges[0].kind, edges[0].to), (EdgeKind::Element, text));
        assert_eq!(edges[1].label.name().map(|name| graph.names().get(name)), Some("ref"));
        assert_eq!((edges[1].kind, edges[1].to), (EdgeKind::Weak, app));
        assert!(graph.edges(list).rev().map(|edge| edge.to).eq([app, text]));
    }
}
