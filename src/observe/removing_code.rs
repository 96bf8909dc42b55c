//! Code that bounds a collection without a name for it: `if (map.size > 5000) map.delete(...)`.
//!
//! A walk of the heap says which words the code of a function uses (`limits::code`). Only code
//! that can reach the collection counts: methods of the class that owns it, and functions that
//! close over the scope that holds it.

use rustc_hash::FxHashMap;

use super::declared_bounds::{DeclaredBounds, MAX_PROPERTIES, MAX_SCOPES, MAX_STEPS};
use crate::{
    graph::{EdgeKind, NodeKind},
    growth::{Decision, Growth, RemovingCode},
    limits::{
        self,
        code::{CodeWords, NAME, Removing},
    },
    units::NodeOrdinal,
    v8::{references, scopes, scripts, words},
};

/// Prototypes of an object whose methods are looked at.
const MAX_CLASSES: usize = 2;

impl DeclaredBounds<'_> {
    /// Returns code that has run and bounds the collection that `growth` is in.
    ///
    /// It is only looked for where a leak would be reported: it takes a pass over all objects.
    pub(super) fn removing_code(&self, growth: &Growth) -> Option<RemovingCode> {
        if growth.decision != Decision::Leak {
            return None;
        }
        let container = self.sample(growth.container);
        let above =
            std::iter::successors(Some(container), |&at| self.tree.parent_of(at)).take(MAX_STEPS);
        let sort = above.clone().find(|&at| self.is_collection(at))?;
        // What leads from the scope to the collection, the nearest first.
        let mut called = Vec::new();
        for at in above {
            if scopes::is_scope(self.graph, at) {
                return self.in_scope(at, sort, &called);
            }
            if self.is_somebodys(at) {
                let is_unset = self.is_unset(at);
                let found = self
                    .in_methods(at, sort)
                    .filter(|code| code.how == Removing::ByAge || !is_unset);
                if found.is_some() || self.graph.name(at) != "Object" {
                    return found;
                }
            }
            called.extend(self.called(at));
        }
        None
    }

    /// Searches the methods of `owner`, of its class and of the classes that it extends.
    fn in_methods(&self, owner: NodeOrdinal, collection: NodeOrdinal) -> Option<RemovingCode> {
        let parent = |&at: &NodeOrdinal| self.property(at, self.words.proto);
        let mut memo = FxHashMap::default();
        std::iter::successors(Some(owner), parent).take(1 + MAX_CLASSES).find_map(|at| {
            let properties = self.graph.edges(at).filter(|edge| edge.kind == EdgeKind::Property);
            properties
                .take(MAX_PROPERTIES)
                .map(|edge| edge.to)
                .filter(|&to| self.graph.kind(to) == NodeKind::Closure)
                .find_map(|method| self.of_function(method, collection, &mut memo))
        })
    }

    /// Searches the functions that close over `scope`. Where that has another collection of the
    /// same sort, only of those that are called after what leads to this one.
    fn in_scope(
        &self,
        scope: NodeOrdinal,
        collection: NodeOrdinal,
        called: &[&str],
    ) -> Option<RemovingCode> {
        let sort = self.graph.name(collection);
        let variable = called.last().copied();
        let mut others = self.variables(scope).filter(|edge| Some(self.name_of(edge)) != variable);
        let is_lone = !others.any(|edge| self.graph.name(edge.to) == sort);
        let is_about = |name: &str| called.iter().any(|of| limits::is_about(name, of));
        let previous =
            |&at: &NodeOrdinal| references::internal(self.graph, at, self.words.previous);
        let is_inside = |function: NodeOrdinal| {
            let own = references::internal(self.graph, function, self.words.context);
            std::iter::successors(own, previous).take(MAX_SCOPES).any(|at| at == scope)
        };
        let mut memo = FxHashMap::default();
        self.graph
            .ordinals()
            .filter(|&node| self.graph.kind(node) == NodeKind::Closure)
            .filter(|&node| is_lone || is_about(self.graph.name(node)))
            .filter_map(|node| Some((node, self.of_function(node, collection, &mut memo)?)))
            .find(|&(node, _)| is_inside(node))
            .map(|(_, found)| found)
    }

    /// Whether the code of `function` bounds `collection`, and how; `memo` has the answers of
    /// functions that were written in the same place.
    fn of_function(
        &self,
        function: NodeOrdinal,
        collection: NodeOrdinal,
        memo: &mut FxHashMap<NodeOrdinal, CodeWords>,
    ) -> Option<RemovingCode> {
        let shared = references::internal(self.graph, function, self.words.shared)?;
        let of_code = *memo.entry(shared).or_insert_with(|| self.of_shared(shared, true));
        let how = of_code.removing(self.graph.name(collection) == "Array")?;
        // `EventEmitter` and the like, of which much is made, remove what they are asked to.
        let script = scripts::script_of_closure(self.graph, self.words, function)?;
        if scripts::is_node(scripts::script_name(self.graph, script)) {
            return None;
        }
        Some(RemovingCode { function: self.graph.name(function).to_owned(), how })
    }

    /// Returns the words of a function's code and, where it `has_inner` ones for each entry, of these.
    fn of_shared(&self, shared: NodeOrdinal, has_inner: bool) -> CodeWords {
        let is_code = |&at: &NodeOrdinal| self.graph.kind(at) == NodeKind::Code;
        let code = |at: NodeOrdinal| {
            let edges = self.graph.edges(at);
            let is_script = |label| {
                words::is(label, self.words.script)
                    || words::is(label, self.words.script_or_debug_info)
            };
            edges.filter(move |edge| !is_script(edge.label)).map(|edge| edge.to).filter(is_code)
        };
        // Machine code, or what counts how often it runs, may stand in between.
        let all = code(shared).flat_map(|at| std::iter::once(at).chain(code(at)));
        let mut found = CodeWords::default();
        for at in all.filter(|&at| self.graph.name(at) == "system / BytecodeArray") {
            let own = self.of_bytecode(at);
            found = found.with(own);
            // What is done with each entry is in a function of its own.
            if has_inner && own.goes_through_each() {
                let constants = self.graph.edges(at).flat_map(|edge| code(edge.to));
                let inner = constants.map(|inner| self.of_shared(inner, false));
                found = inner.fold(found, CodeWords::with);
            }
        }
        found
    }

    fn of_bytecode(&self, bytecode: NodeOrdinal) -> CodeWords {
        let known = self.graph.numbers(bytecode).find(|&(name, _)| name == NAME);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "flags")]
        CodeWords(known.map_or(0, |(_, words)| words as u32))
    }
}
