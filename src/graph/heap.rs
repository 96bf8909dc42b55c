//! The whole graph: look-ups only.

use std::ops::Deref;

use super::{
    Edge, Edges, Facts, Labels, Location, Names, NodeKind, TextPlaces, locations::Locations,
    narrow::Narrow, self_sizes::SelfSizes, skeleton::Skeleton,
};
use crate::{
    allocations::Allocations,
    column::asking,
    format::Removed,
    limits::code::Act,
    units::{NameId, NodeOrdinal},
};

/// One snapshot's objects and references: a [`Skeleton`] with names and sizes.
///
/// Memory, with `n` nodes and `m` edges: `15n + 8m` bytes, or about `8.3n + 3.2m` of a
/// [lean](super::GraphBuilder::lean) one, 2 more per node with a location, and the names.
#[derive(Debug)]
pub struct HeapGraph {
    pub(super) skeleton: Skeleton,
    pub(super) self_sizes: SelfSizes,
    pub(super) node_names: Narrow,
    pub(super) labels: Labels,
    pub(super) names: Names,
    pub(super) locations: Locations,
    /// The few that are attached (1) or detached (2), ascending.
    pub(super) detachedness: Vec<(u32, u8)>,
    pub(super) facts: Facts,
    /// Where the reader was asked to note them.
    pub(super) texts: TextPlaces,
    /// Where the reader was asked to read them.
    pub(super) recorded: Option<Allocations>,
}

/// Whatever needs no names takes a skeleton; a graph serves as well.
impl Deref for HeapGraph {
    type Target = Skeleton;

    #[inline]
    fn deref(&self) -> &Skeleton {
        &self.skeleton
    }
}

impl HeapGraph {
    /// Returns the objects with the stacks that were recorded when they were allocated, if the
    /// reader was asked for them, and the snapshot has any.
    pub fn recorded(&self) -> Option<&Allocations> {
        self.recorded.as_ref()
    }

    /// Gives up the names, and with them half of the memory.
    pub(crate) fn into_skeleton(self) -> (Skeleton, SelfSizes) {
        (self.skeleton, self.self_sizes)
    }

    /// Returns the name of `node`, as a number.
    #[inline]
    pub fn name_id(&self, node: NodeOrdinal) -> NameId {
        NameId(self.node_names.get(node.index()).unwrap_or_default())
    }

    /// Returns the name of `node`; "" when it is content, which is not kept.
    pub fn name(&self, node: NodeOrdinal) -> &str {
        // A string's text is kept when something else is called the same.
        if self.kind(node).is_content() { "" } else { self.names.get(self.name_id(node)) }
    }

    /// Returns all nodes with V8's types and their names: quicker than one by one.
    pub(crate) fn named_nodes(&self) -> impl Iterator<Item = (NodeOrdinal, NodeKind, NameId)> {
        let nodes = self.skeleton.kinds.iter().zip(self.node_names.iter());
        let nodes = asking(0..self.node_count() as u32).map(NodeOrdinal).zip(nodes);
        nodes.map(|(node, (&kind, name))| (node, kind, NameId(name)))
    }

    /// Returns the bytes of `node` itself, as V8 wrote them.
    #[inline]
    pub fn self_size(&self, node: NodeOrdinal) -> u64 {
        self.self_sizes.get(node.0)
    }

    /// Returns the self sizes of all nodes.
    pub(crate) fn self_sizes(&self) -> &SelfSizes {
        &self.self_sizes
    }

    /// Returns the sum of all self sizes.
    pub fn total_self_size(&self) -> u64 {
        self.self_sizes.total()
    }

    /// Returns whether `node` is attached (1) or detached (2); 0 when unknown.
    pub fn detachedness(&self, node: NodeOrdinal) -> u8 {
        let states = &self.detachedness;
        let found = states.binary_search_by_key(&node.0, |&(node, _)| node);
        found.map_or(0, |position| states[position].1)
    }

    /// Returns the nodes that are attached (1) or detached (2), ascending.
    pub(crate) fn detached_or_attached(&self) -> &[(u32, u8)] {
        &self.detachedness
    }

    /// Returns the references of `node`, in V8's order.
    #[inline]
    pub fn edges(&self, node: NodeOrdinal) -> Edges<'_> {
        Edges::new(&self.skeleton.links, &self.labels, node.0)
    }

    /// Prefetches what is known of `node` itself, and where its references are.
    #[inline]
    pub(crate) fn prefetch(&self, node: NodeOrdinal) {
        self.skeleton.kinds.prefetch(node.index());
        self.skeleton.links.prefetch_range(node.0);
        self.node_names.prefetch(node.index());
        self.self_sizes.prefetch(node.0);
    }

    /// Prefetches the references of `node`, of which it reads where they are.
    #[inline]
    pub(crate) fn prefetch_edges(&self, node: NodeOrdinal) {
        self.skeleton.links.prefetch_targets(node.0);
        self.labels.prefetch(node.0);
    }

    /// Returns the edge at `position` and the node that it leaves from; `None` past the last.
    pub(crate) fn edge_at(&self, position: usize) -> Option<(NodeOrdinal, Edge)> {
        let source = NodeOrdinal(self.skeleton.links.source_of(position)?);
        let start = self.skeleton.links.range(source.0).start;
        Some((source, self.edges(source).nth(position - start)?))
    }

    /// Returns the labels of edges.
    pub(crate) fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Returns the strings that name things.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Returns the numbers by which `node` says how much it may hold, by name; none where V8
    /// wrote the snapshot.
    pub fn numbers(&self, node: NodeOrdinal) -> impl Iterator<Item = (&str, f64)> {
        self.facts.numbers(node)
    }

    /// Returns the nodes that have a number called `name`, with that.
    pub fn numbered(&self, name: &str) -> impl Iterator<Item = (NodeOrdinal, f64)> {
        self.facts.numbered(name)
    }

    /// Whether any node has a number called `name`.
    pub fn has_number(&self, name: &str) -> bool {
        self.facts.has_number(name)
    }

    /// Returns the removals from the table `node`, where they are known and there were any.
    pub fn removed(&self, node: NodeOrdinal) -> Option<Removed> {
        self.facts.removed(node)
    }

    /// Returns what functions do with the variables and properties that they remove something
    /// from; with `""`, with something that is not known. Only a walk knows it, for the first
    /// closure of a function.
    pub fn acts(&self) -> impl Iterator<Item = (NodeOrdinal, &str, Act)> {
        self.facts.acts()
    }

    /// Returns where `node`, or its class, is in the source.
    pub fn location(&self, node: NodeOrdinal) -> Option<Location> {
        self.locations.get(node)
    }

    /// Returns where everything is in the source.
    pub(crate) fn locations(&self) -> &Locations {
        &self.locations
    }

    /// Returns where the texts of strings are in the bytes that the graph was read from, if the
    /// reader was asked to note it.
    pub fn text_places(&self) -> &TextPlaces {
        &self.texts
    }

    /// Replaces the facts.
    #[must_use]
    pub fn with_facts(self, mut facts: Facts) -> Self {
        facts.sort();
        Self { facts, ..self }
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
