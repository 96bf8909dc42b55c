//! The name by which a person knows an object: the variable and properties that lead to
//! it.

use super::{
    heap_path::{self, HeapPath},
    report_names::{Expression, Part, ReferenceName},
};
use crate::{
    census::tree::{NameTree, Origin},
    graph::{Edge, EdgeKind, EdgeLabel, HeapGraph, NodeKind},
    units::NodeOrdinal,
    v8::{
        class_name::{ClassName, PROXY},
        ephemerons, roots, scopes,
        telling::{Telling, telling},
        words::Words,
    },
};

/// Parts of a name that are shown: the first one and the last ones.
const MAX_PARTS: usize = 6;

/// Spells the names of one snapshot's objects.
#[derive(Clone, Copy)]
pub(super) struct Namer<'a> {
    /// The latest snapshot.
    pub(super) graph: &'a HeapGraph,
    /// Structural names in it.
    pub(super) words: &'a Words,
    /// Its name tree.
    pub(super) tree: &'a NameTree,
}

impl Namer<'_> {
    /// Returns the name of the object at `at`: the variable or properties that lead to
    /// it, such as `loader.controller.signal`.
    ///
    /// A function's local variable does not show whose it is, so the module's variable
    /// that leads there is put before it: `layout…cache`.
    pub(super) fn expression(self, heap_path: &HeapPath, at: usize) -> Option<Expression> {
        self.spell(heap_path, at, |edge| self.weak_map(edge))
    }

    /// Does the same from the object at `owner` down, which is known by its class.
    pub(super) fn below_class(
        self,
        heap_path: &HeapPath,
        owner: usize,
        at: usize,
    ) -> Option<Expression> {
        let hops = heap_path.hops[owner..=at].to_vec();
        let below = HeapPath { origin: Origin::Global, hops };
        let (mut parts, _) = self.parts_of(&below, at - owner, |edge| self.weak_map(edge));
        parts.insert(0, self.class_of(heap_path.hops[owner].node));
        shorten(&mut parts);
        (parts.len() > 1).then_some(Expression(parts))
    }

    /// Returns the name of the WeakMap that has the entry `edge`: the key holds the
    /// value, but a person knows the map.
    pub(super) fn weak_map(self, edge: Edge) -> Option<Expression> {
        let EdgeLabel::Name(name) = edge.label else { return None };
        let table = ephemerons::table(self.graph.names().get(name))?;
        let table =
            self.graph.ordinals().find(|&node| u64::from(self.graph.id(node).0) == table)?;
        let map = self.tree.parent_of(table)?;
        let heap_path = HeapPath::to(map, self.graph, self.tree);
        // The path to one map may go through another, and back.
        self.spell(&heap_path, heap_path.hops.len() - 1, |_| None)
    }

    fn spell(
        self,
        heap_path: &HeapPath,
        at: usize,
        weak_map: impl Fn(Edge) -> Option<Expression>,
    ) -> Option<Expression> {
        let (mut parts, above) = self.parts_of(heap_path, at, weak_map);
        if let Some(variable) = above.and_then(|above| self.module_variable(heap_path, above))
            && parts.first().is_none_or(|first| *first != variable)
        {
            parts.insert(0, Part::Gap);
            parts.insert(0, variable);
        }
        shorten(&mut parts);
        // Slots of a root without a name of its own say nothing.
        let named = parts.iter().position(|part| *part != Part::Slot)?;
        Some(Expression(parts.split_off(named)))
    }

    /// Returns the properties that lead to the object at `at`, from the nearest variable
    /// down, and the position of the scope's owner if the variable is a function's.
    fn parts_of(
        self,
        heap_path: &HeapPath,
        at: usize,
        weak_map: impl Fn(Edge) -> Option<Expression>,
    ) -> (Vec<Part>, Option<usize>) {
        let Self { graph, words, .. } = self;
        let mut parts: Vec<Part> = Vec::new();
        let mut above = None;
        let in_runtime = heap_path.begins_in_runtime(graph);
        for position in (1..=at).rev() {
            let hop = heap_path.hops[position];
            let Some(edge) = hop.edge else { break };
            let holder = heap_path.hops[position - 1].node;
            // A proxy goes by the name of its target.
            if graph.name(holder) == PROXY {
                continue;
            }
            if in_runtime && self.is_carrier(holder) && self.is_named(hop.node) {
                // An object that one of the runtime's timers or handles leads to is known
                // by its class.
                parts.push(self.class_of(hop.node));
                break;
            }
            let Some(name) = heap_path::reference_name(graph, words, hop) else { break };
            match edge.kind {
                EdgeKind::Context if is_this(&name) => {
                    // `this` is not a name; its class is.
                    parts.push(self.class_of(hop.node));
                    break;
                }
                EdgeKind::Context => {
                    // The start of a path through Node's own modules says nothing about
                    // it.
                    if position > 1 || parts.len() < 2 || !in_runtime {
                        parts.push(Part::of(name));
                    }
                    let in_cell = usize::from(scopes::is_cell(graph, holder));
                    above = Some((position - 1).saturating_sub(in_cell));
                    break;
                }
                EdgeKind::Property => parts.push(Part::of(name)),
                EdgeKind::Element | EdgeKind::Hidden => parts.push(Part::Slot),
                EdgeKind::Internal => {
                    if let Some(map) = weak_map(edge) {
                        parts.push(Part::Entry(map));
                    } else if name == ReferenceName::Slot
                        && !heap_path::is_internal(graph, hop.node)
                    {
                        parts.push(Part::of(name));
                    }
                }
                _ => {}
            }
        }
        parts.reverse();
        (parts, above)
    }

    /// Returns the variable of one of the program's modules that the path begins with, if
    /// it comes above `at`.
    fn module_variable(self, heap_path: &HeapPath, at: usize) -> Option<Part> {
        let hop = heap_path.hops.get(1).filter(|_| at >= 1)?;
        let is_module = matches!(heap_path.origin, Origin::Module(_))
            && !heap_path.begins_in_runtime(self.graph);
        let is_variable = hop.edge.is_some_and(|edge| edge.kind == EdgeKind::Context);
        (is_variable && is_module)
            .then(|| heap_path::reference_name(self.graph, self.words, *hop))?
            .filter(|name| !is_this(name))
            .map(Part::of)
    }

    fn class_of(self, node: NodeOrdinal) -> Part {
        Part::Class(ClassName::of(self.graph, self.words, node))
    }

    /// Whether `node` belongs to the runtime and is not called by its name: a timer, a
    /// handle, a bound function.
    fn is_carrier(self, node: NodeOrdinal) -> bool {
        let Self { graph, words, .. } = self;
        match graph.kind(node) {
            NodeKind::Object => {
                telling(graph, words, node) == Telling::Carrier
                    && !heap_path::is_internal(graph, node)
            }
            NodeKind::Closure => telling(graph, words, node) == Telling::Blank,
            _ => graph.name(node) == roots::GLOBAL_HANDLES,
        }
    }

    /// Whether `node` is an object with a user-defined class.
    fn is_named(self, node: NodeOrdinal) -> bool {
        self.graph.kind(node) == NodeKind::Object
            && telling(self.graph, self.words, node) == Telling::Named
    }
}

fn is_this(name: &ReferenceName) -> bool {
    matches!(name, ReferenceName::Named(name) if name == "this")
}

fn shorten(parts: &mut Vec<Part>) {
    if parts.len() > MAX_PARTS {
        parts.splice(1..parts.len() + 2 - MAX_PARTS, [Part::Gap]);
    }
}
