//! Names objects and groups them by class.
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

use super::{class_names::ClassNames, detached, interfaces::Interfaces};
use crate::{
    column::Column,
    graph::{HeapGraph, Location, NodeKind},
    units::NodeOrdinal,
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
    /// Their class name, as DevTools shows it.
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
        // First the shapes of plain objects, in whose place the rows come.
        let mut of = Column::zeroed(graph.node_count());
        let interfaces = Interfaces::of(graph, &mut of);
        let rows = group(graph, interfaces, &mut of);
        Self { of, rows }
    }

    /// Does the same with the names that the plain objects of `model`, another snapshot of the
    /// program, have. DevTools compares snapshots so.
    pub fn like(model: &HeapGraph, graph: &HeapGraph) -> Self {
        let mut of = Column::zeroed(graph.node_count());
        let interfaces = Interfaces::like(model, graph, &mut of);
        let rows = group(graph, interfaces, &mut of);
        Self { of, rows }
    }

    /// Returns the class of `node`.
    #[inline]
    pub fn class_of(&self, node: NodeOrdinal) -> ClassOrdinal {
        ClassOrdinal(self.of[node.index()])
    }

    /// Returns the class name of `node`.
    pub fn name_of(&self, node: NodeOrdinal) -> &str {
        &self.rows[self.of[node.index()] as usize].name
    }

    /// Returns all classes, in the order of their first nodes.
    pub fn rows(&self) -> &[Class] {
        &self.rows
    }
}

/// Gives each class a row, and each node its row. Before, `of` has the shapes
/// of plain objects.
fn group(graph: &HeapGraph, interfaces: Interfaces, of: &mut [u32]) -> Vec<Class> {
    let mut names = ClassNames::new(graph.names(), interfaces.names);
    let by_kind: Vec<_> = NodeKind::ALL.iter().map(|&kind| names.of_kind(kind)).collect();
    let by_shape = interfaces.of_shape.iter();
    let by_shape: Vec<_> =
        by_shape.map(|interface| interface.map(|it| names.of_interface(it))).collect();
    let mut rows = Rows::new(graph, names);
    let renamed = detached::renamed(graph);
    let mut located = graph.locations().iter().peekable();
    for ((node, kind, name), row) in graph.named_nodes().zip(of) {
        let mut place = None;
        let class = match kind {
            NodeKind::Object => {
                while located.next_if(|&(at, _)| at < node).is_some() {}
                place = located.next_if(|&(at, _)| at == node).map(|(_, place)| place);
                let shape = row.checked_sub(1);
                shape.and_then(|shape| by_shape[shape as usize]).unwrap_or(name.0)
            }
            NodeKind::Native if renamed.contains(node.index()) => rows.names.of_detached(name),
            NodeKind::Native => name.0,
            kind => by_kind[kind as usize],
        };
        *row = rows.of(class, place, kind);
    }
    rows.found
}

/// The rows so far.
struct Rows<'a> {
    names: ClassNames<'a>,
    places: &'a [Location],
    found: Vec<Class>,
    /// Row by class name, plus one; 0 where there is none yet.
    by_name: Column<u32>,
    /// Row by place and class name.
    by_place: FxHashMap<(u32, u32), u32>,
    /// By place: the class name that was there last, and its row.
    last: Vec<(u32, u32)>,
}

impl<'a> Rows<'a> {
    fn new(graph: &'a HeapGraph, names: ClassNames<'a>) -> Self {
        let places = graph.locations().places();
        Self {
            by_name: Column::zeroed(names.len()),
            names,
            places,
            found: Vec::new(),
            by_place: FxHashMap::default(),
            last: vec![(u32::MAX, 0); places.len()],
        }
    }

    /// Returns the row of a node with this class name and place.
    #[inline]
    fn of(&mut self, class: u32, place: Option<u32>, kind: NodeKind) -> u32 {
        if let Some(place) = place {
            let (last, row) = self.last[place as usize];
            if last == class {
                return row;
            }
            let row = self.add(class, Some(place), kind);
            self.last[place as usize] = (class, row);
            return row;
        }
        if let Some(row) = self.by_name.get(class as usize).and_then(|row| row.checked_sub(1)) {
            return row;
        }
        let row = self.add(class, None, kind);
        self.by_name[class as usize] = row + 1;
        row
    }

    /// Returns the row of a class name as it is shown, which may be a new one.
    #[cold]
    fn add(&mut self, class: u32, place: Option<u32>, kind: NodeKind) -> u32 {
        let class = self.names.shown(class);
        let missing = self.names.len() - self.by_name.len();
        self.by_name.grow(missing);
        let row = match place {
            Some(place) => self.by_place.entry((place, class)).or_insert(0),
            None => &mut self.by_name[class as usize],
        };
        if *row == 0 {
            let name = self.names.text(class).to_owned();
            let location = place.map(|place| self.places[place as usize]);
            self.found.push(Class { name, kind, location });
            *row = self.found.len() as u32;
        }
        *row - 1
    }
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
    fn plain_objects_are_called_as_in_another_snapshot() {
        let model = draw(
            "root -> a b; a: object Object; b: object Object; a -id-> x; a -name-> x; b -id-> x
             b -name-> x; a -only-> x; b -only-> x",
        );
        let drawing = draw(
            "root -> c d e; c: object Object; d: object Object; e: object Object; c -name-> x
             c -id-> x; d -id-> x; e -id-> x; e -other-> x; e -name-> x; c -only-> x",
        );
        let classes = Classes::like(&model.graph(), &drawing.graph());
        let names = ["c", "d", "e"].map(|label| classes.name_of(drawing.node(label)));
        assert_eq!(names, ["{id, name, only}", "Object", "Object"]);
        assert_eq!(Classes::of(&drawing.graph()).name_of(drawing.node("d")), "Object");
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
