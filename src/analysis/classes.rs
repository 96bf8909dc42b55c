//! What each object is called and which objects are grouped together.
//!
//! Names are DevTools': the constructor's for objects, the interface's for
//! plain ones ([`super::interfaces`]), one per kind for the rest. Objects that
//! have a source location are grouped by it too, so that two classes called
//! the same stay apart.
//!
//! DevTools then shows two groups with the same name as one, the later hiding
//! the earlier: in one real snapshot all functions vanish behind five objects
//! that are called `Function`. Here both are shown.

use rustc_hash::FxHashMap;

use super::{detached, interfaces, interfaces::Interfaces};
use crate::{
    bits::BitSet,
    column::Column,
    graph::{HeapGraph, Location, NodeKind},
    units::{NameId, NodeOrdinal},
};

/// The classes of one snapshot.
///
/// Memory: 4 bytes per node and a row per class.
#[derive(Debug)]
pub struct Classes {
    of: Column<u32>,
    rows: Vec<Class>,
}

/// Objects that are counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// What a person calls them.
    pub name: String,
    /// V8's type of the first of them.
    pub kind: NodeKind,
    /// Where the class is, for objects that say.
    pub location: Option<Location>,
}

/// Index of a [`Class`] in [`Classes::rows`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassOrdinal(pub u32);

impl Classes {
    /// Names and groups the nodes of `graph`.
    pub fn of(graph: &HeapGraph) -> Self {
        let named = Named::of(graph);
        group(graph, &named)
    }

    /// The class of `node`.
    #[inline]
    pub fn class_of(&self, node: NodeOrdinal) -> ClassOrdinal {
        ClassOrdinal(self.of[node.index()])
    }

    /// What `node` is called.
    pub fn name_of(&self, node: NodeOrdinal) -> &str {
        &self.rows[self.of[node.index()] as usize].name
    }

    /// All classes, in the order of their first nodes.
    pub fn rows(&self) -> &[Class] {
        &self.rows
    }
}

/// Class names by index: a string of the snapshot below `own`, one of
/// `generated` from there on.
struct Named {
    of: Column<u32>,
    own: u32,
    generated: Generated,
}

/// Names that are not strings of the snapshot, once each.
#[derive(Default)]
struct Generated {
    names: Vec<String>,
    numbers: FxHashMap<String, u32>,
}

impl Generated {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

impl Named {
    fn of(graph: &HeapGraph) -> Self {
        let own = graph.names().len() as u32;
        let mut generated = Generated::default();
        let by_kind: Vec<_> =
            NodeKind::ALL.iter().map(|&kind| own + generated.number(&kind_name(kind))).collect();
        let renamed = detached::renamed(graph);
        let tags = tag_names(graph);
        let mut of: Column<u32> = Column::new();
        let out = of.grow(graph.node_count());
        for (node, class) in graph.ordinals().zip(out) {
            let kind = graph.kind(node);
            let name = graph.name_id(node);
            *class = match kind {
                NodeKind::Object | NodeKind::Native => {
                    let is_renamed = renamed.contains(node.index());
                    if is_renamed || tags.contains(name.0 as usize) {
                        let prefix = if is_renamed { "Detached " } else { "" };
                        let full = format!("{prefix}{}", graph.names().get(name));
                        own + generated.number(&without_attributes(&full))
                    } else {
                        name.0
                    }
                }
                kind => by_kind[kind as usize],
            };
        }
        let interfaces = Interfaces::of(graph, |node| renamed.contains(node.index()));
        // Interfaces are not merged with equal names, even of each other.
        let first = own + generated.names.len() as u32;
        interfaces::apply(&interfaces, first, &mut of);
        generated.names.extend(interfaces.names);
        Self { of, own, generated }
    }

    fn text<'a>(&'a self, graph: &'a HeapGraph, index: u32) -> &'a str {
        match index.checked_sub(self.own) {
            None => graph.names().get(NameId(index)),
            Some(number) => &self.generated.names[number as usize],
        }
    }
}

/// What nodes of `kind` are called, for kinds that have one name.
fn kind_name(kind: NodeKind) -> String {
    match kind {
        NodeKind::Hidden => "(system)".into(),
        NodeKind::Code => "(compiled code)".into(),
        NodeKind::Closure => "Function".into(),
        NodeKind::RegExp => "RegExp".into(),
        kind => format!("({})", kind.name()),
    }
}

/// Strings that look like an element with attributes, which are cut off.
fn tag_names(graph: &HeapGraph) -> BitSet {
    let names = graph.names();
    let mut tags = BitSet::new(names.len());
    for name in (0..names.len() as u32).map(NameId) {
        let text = names.get(name);
        if text.starts_with('<') || text.starts_with("Detached <") {
            tags.insert(name.0 as usize);
        }
    }
    tags
}

/// `<div class=a>` as `<div>`.
fn without_attributes(name: &str) -> String {
    const PREFIX: &str = "Detached ";
    let tag = name.strip_prefix(PREFIX).unwrap_or(name);
    match tag.find(' ') {
        Some(space) if tag.starts_with('<') => {
            format!("{}{}>", &name[..name.len() - tag.len()], &tag[..space])
        }
        _ => name.to_owned(),
    }
}

/// Gives each class a row, and each node its row.
fn group(graph: &HeapGraph, named: &Named) -> Classes {
    let mut rows: Vec<Class> = Vec::new();
    // Row of each name plus one; 0 where there is none yet.
    let mut by_name: Column<u32> = Column::zeroed(named.own as usize + named.generated.names.len());
    let mut by_place: FxHashMap<(u32, u32), u32> = FxHashMap::default();
    let places = graph.locations.places();
    let mut located = graph.locations.iter().peekable();
    let mut row_of: Column<u32> = Column::new();
    row_of.grow(graph.node_count());
    for (node, row) in graph.ordinals().zip(row_of.iter_mut()) {
        let class = named.of[node.index()];
        let kind = graph.kind(node);
        let place = located.next_if(|&(at, _)| at == node).map(|(_, place)| place);
        let place = place.filter(|_| kind == NodeKind::Object);
        let slot = match place {
            Some(place) => by_place.entry((place, class)).or_insert(0),
            None => &mut by_name[class as usize],
        };
        if *slot == 0 {
            let name = named.text(graph, class).to_owned();
            let location = place.map(|place| places[place as usize]);
            rows.push(Class { name, kind, location });
            *slot = rows.len() as u32;
        }
        *row = *slot - 1;
    }
    Classes { of: row_of, rows }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::draw;

    /// Asserts what the node `label` of `drawing` is called.
    #[track_caller]
    fn check(drawing: &str, label: &str, name: &str) {
        let drawing = draw(drawing);
        assert_eq!(Classes::of(&drawing.graph()).name_of(drawing.node(label)), name);
    }

    #[test]
    fn kinds_and_constructors_have_their_names() {
        check("root -> a; a: closure f", "a", "Function");
        check("root -> a; a: cons \"\"", "a", "(concatenated string)");
        check("root -> a; a: object User", "a", "User");
        check("root -> a; a: native \"<div id=x class=y>\"", "a", "<div>");
        check("root -> a; a: native \"Detached <p class=y>\"", "a", "Detached <p>");
        check("root -> a; a: native \"<br>\" detached=2", "a", "Detached <br>");
    }

    #[test]
    fn plain_objects_are_called_by_common_properties() {
        let heap = "root -> a b c d; a: object Object; b: object Object; c: object Object
                    d: object Object; a -id-> x; a -name-> x; b -id-> x; b -name-> x
                    c -z-> x; c -name-> x; c -__proto__-> x; c -id-> x; d -name-> x";
        check(heap, "a", "{id, name}");
        check(heap, "c", "{id, name}");
        check(heap, "d", "Object");
    }

    #[test]
    fn misleading_property_names_are_quoted() {
        let heap =
            "root -> a b; a: object Object; b: object Object; a -\"x,y\"-> a; b -\"x,y\"-> a";
        check(heap, "b", "{\"x,y\"}");
    }

    #[test]
    fn equal_names_at_different_places_are_different_classes() {
        let drawing = draw(
            "root -> a b c d; a: object User at=1:2:3; b: object User at=1:9:3
             c: object User at=1:2:3; d: object User",
        );
        let classes = Classes::of(&drawing.graph());
        let class = |label| classes.class_of(drawing.node(label));
        assert_eq!(class("a"), class("c"));
        assert_ne!(class("a"), class("b"));
        assert_ne!(class("a"), class("d"));
    }
}
