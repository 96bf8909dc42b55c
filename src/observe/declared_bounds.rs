//! Limits that a program declares for a store, on its size or on the age of its entries:
//! by the names of methods and accessors, of functions next to the store, and of numbers.
//!
//! V8 writes no numbers into a snapshot. A walk of the heap reads the numbers whose names
//! suggest a limit; `limits` has the words.

use crate::{
    census::tree::NameTree,
    format::Removed,
    graph::{Edge, EdgeKind, EdgeLabel, HeapGraph, NodeKind},
    growth::{Declared, Growth, Lifetime, Most},
    limits,
    units::NodeOrdinal,
    v8::{
        class_name::ClassName,
        names::{self, INTERNAL},
        references, scopes,
        words::Words,
    },
};

/// Objects above the items that are searched for names.
pub(super) const MAX_STEPS: usize = 5;

/// An object with more properties is a dictionary, whose keys are data. A scope with more
/// variables is a program, which has limits for many things.
pub(super) const MAX_PROPERTIES: usize = 128;

/// Scopes around a class, from the nearest on; the last one is usually the file's.
pub(super) const MAX_SCOPES: usize = 3;

/// Names in a report.
const MAX_NAMES: usize = 3;

/// The name for a scope in a sentence.
const SCOPE: &str = "The surrounding code";

/// Looks for declared limits in one snapshot.
pub(super) struct DeclaredBounds<'a> {
    pub(super) graph: &'a HeapGraph,
    pub(super) tree: &'a NameTree,
    pub(super) words: &'a Words,
}

impl DeclaredBounds<'_> {
    /// Returns the limit that the holder of the items of `growth`, or else an item,
    /// declares.
    pub(super) fn declared(&self, growth: &Growth) -> Option<Declared> {
        let container = self.sample(growth.container);
        // The name by which the holder knows the store.
        let mut called = "";
        // Whether numbers are about this store: those further up are about other things.
        let mut is_nearest = true;
        for at in
            std::iter::successors(Some(container), |&at| self.tree.parent_of(at)).take(MAX_STEPS)
        {
            if scopes::is_scope(self.graph, at) {
                if let Some(declared) = self.of_scope(at, container, called) {
                    return Some(declared);
                }
            } else if self.is_somebodys(at) {
                if let Some(declared) = self.of_owner(at, is_nearest) {
                    return Some(declared);
                }
                is_nearest = false;
                // An object with a class is the owner; its holder is something else.
                if self.graph.name(at) != "Object" {
                    break;
                }
            }
            called = self.called(at).unwrap_or(called);
        }
        growth.items.iter().find_map(|&item| self.of_item(self.sample(item)))
    }

    /// Returns what the container's table records of removed entries, where the capture shows that.
    pub(super) fn removed(&self, container: NodeOrdinal) -> Option<Removed> {
        // The container is a collection, or a collection's table.
        let is_ordered = [Some(container), self.tree.parent_of(container)]
            .into_iter()
            .flatten()
            .any(|at| matches!(self.graph.name(at), "Map" | "Set"));
        let internal = self.graph.edges(container).filter(|edge| edge.kind == EdgeKind::Internal);
        let removed = std::iter::once(container)
            .chain(internal.map(|edge| edge.to))
            .find_map(|table| self.graph.removed(table))
            // A walk only mentions tables from which something was removed.
            .or_else(|| (is_ordered && self.is_walked()).then(Removed::default))?;
        Some(if is_ordered { removed } else { Removed { oldest: 0, ..removed } })
    }

    fn of_owner(&self, owner: NodeOrdinal, is_nearest: bool) -> Option<Declared> {
        if self.is_unset(owner) {
            return None;
        }
        let mut names = self.names_of(owner, true, limits::says_bounded);
        let mut most = self.most_of(owner, limits::is_most).filter(|_| is_nearest);
        let class = ClassName::of(self.graph, self.words, owner);
        let lifetimes = self.lifetimes(owner, |_| true);
        for lifetime in &lifetimes {
            add(&mut names, &lifetime.name);
        }
        if most.is_none() && self.graph.name(owner) != "Object" {
            most = self.most_around_class(owner, &class.in_reports());
        }
        if let Some(most) = &most {
            // Names with a number come first.
            names.retain(|name| *name != most.name);
            names.insert(0, most.name.clone());
            names.truncate(MAX_NAMES);
        }
        (!names.is_empty()).then(|| Declared {
            class: class.plain().into_owned(),
            names,
            of_items: false,
            most,
            lifetime: longest(lifetimes),
        })
    }

    /// Returns the number in the class of `owner`, or in the scopes around that class.
    fn most_around_class(&self, owner: NodeOrdinal, class: &str) -> Option<Most> {
        let prototype = self.property(owner, self.words.proto)?;
        let of_class = self.property(prototype, self.words.constructor);
        if let Some(most) = of_class.and_then(|it| self.most_of(it, limits::is_most)) {
            return Some(most);
        }
        let is_method = |edge: &Edge| {
            edge.kind == EdgeKind::Property && self.graph.kind(edge.to) == NodeKind::Closure
        };
        let method = self.graph.edges(prototype).find(is_method)?.to;
        let scope = references::internal(self.graph, method, self.words.context)?;
        self.scopes_from(scope).find_map(|scope| {
            let is_lone = !self.variables(scope).any(|edge| self.is_collection(edge.to));
            self.most_in_scope(scope, class, is_lone)
        })
    }

    /// Returns the limit declared next to the variable `called`, which leads to
    /// `container`.
    fn of_scope(
        &self,
        scope: NodeOrdinal,
        container: NodeOrdinal,
        called: &str,
    ) -> Option<Declared> {
        if self.variables(scope).take(MAX_PROPERTIES + 1).count() > MAX_PROPERTIES {
            return None;
        }
        let of_variable = self.edge_to(scope, called);
        let is_other = |edge: &Edge| edge.to != container && Some(edge.to) != of_variable;
        let is_lone =
            !self.variables(scope).any(|edge| is_other(&edge) && self.is_collection(edge.to));
        let is_about =
            |name: &str| limits::is_about(name, called) || is_lone && limits::is_general(name);
        let mut names = Vec::new();
        let most = self
            .scopes_from(scope)
            .find_map(|at| self.most_in_scope(at, called, is_lone && at == scope));
        names.extend(most.as_ref().map(|most| most.name.clone()));
        let lifetimes = self.lifetimes(scope, is_about);
        for lifetime in &lifetimes {
            add(&mut names, &lifetime.name);
        }
        for edge in
            self.variables(scope).filter(|edge| self.graph.kind(edge.to) == NodeKind::Closure)
        {
            let name = self.name_of(&edge);
            if limits::removes_beside(name) && is_about(name) {
                add(&mut names, name);
            }
        }
        (!names.is_empty()).then(|| Declared {
            class: SCOPE.to_owned(),
            names,
            of_items: false,
            most,
            lifetime: longest(lifetimes),
        })
    }

    /// Returns the lifetime that an item declares. Plain objects do not count: their
    /// properties are data.
    fn of_item(&self, item: NodeOrdinal) -> Option<Declared> {
        let names = self.names_of(item, false, |name, _| limits::says_lifetime(name));
        let class = || ClassName::of(self.graph, self.words, item).plain().into_owned();
        (self.is_somebodys(item) && !names.is_empty()).then(|| Declared {
            class: class(),
            names,
            of_items: true,
            most: None,
            lifetime: None,
        })
    }

    /// Returns the number in a scope that limits `called`: one that names it, or a
    /// general one where there is nothing else that it could limit.
    fn most_in_scope(&self, scope: NodeOrdinal, called: &str, is_lone: bool) -> Option<Most> {
        let is_of_it = |name: &str| limits::is_most_of(name, called);
        self.most_of(scope, is_of_it).or_else(|| {
            // Which of several it limits is for code to say.
            if is_lone { self.most_of(scope, limits::is_most) } else { None }
        })
    }

    fn most_of(&self, node: NodeOrdinal, is_one: impl Fn(&str) -> bool) -> Option<Most> {
        let (name, value) = self
            .bounding(node)
            .filter(|(name, _)| is_one(name) && !limits::is_lifetime(name))
            .min_by(|a, b| a.1.total_cmp(&b.1))?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
        let value = value as u64;
        Some(Most { name: name.to_owned(), value, is_bytes: false })
    }

    /// Returns the lifetimes among the numbers of `node` that `is_one` picks by their names.
    fn lifetimes(&self, node: NodeOrdinal, is_one: impl Fn(&str) -> bool) -> Vec<Lifetime> {
        let those =
            self.bounding(node).filter(|(name, _)| limits::is_lifetime(name) && is_one(name));
        those
            .map(|(name, value)| Lifetime {
                name: name.to_owned(),
                longest_ms: limits::longest_ms(name, value),
            })
            .collect()
    }

    /// Returns the numbers of `node` whose names suggest a limit and that may be one. 0
    /// limits nothing; it often stands for no limit.
    fn bounding(&self, node: NodeOrdinal) -> impl Iterator<Item = (&str, f64)> {
        let known = self.graph.numbers(node).filter(|&(_, value)| (1.0..9e15).contains(&value));
        known.map(|(name, value)| (limits::described(name), value))
    }

    /// Whether `owner` could have a bound and has none: `max` is `undefined`, 0 or infinite, and
    /// nothing says how long items live. Its methods for removing are then of no use.
    pub(super) fn is_unset(&self, owner: NodeOrdinal) -> bool {
        let bounds = |says: fn(&str) -> bool| self.bounding(owner).any(|(name, _)| says(name));
        let names = self.graph.numbers(owner).map(|(name, _)| limits::described(name));
        let has_amount = names.into_iter().any(limits::is_most);
        has_amount && !bounds(limits::is_most) && !bounds(limits::is_lifetime)
    }

    /// Returns `scope` and the scopes around it.
    fn scopes_from(&self, scope: NodeOrdinal) -> impl Iterator<Item = NodeOrdinal> {
        let previous =
            |&at: &NodeOrdinal| references::internal(self.graph, at, self.words.previous);
        std::iter::successors(Some(scope), previous)
            .take_while(|&at| scopes::is_scope(self.graph, at))
            .take(MAX_SCOPES)
    }

    /// Whether the capture shows what only a walk reads. Node's own code has such words in any process.
    pub(super) fn is_walked(&self) -> bool {
        self.graph.has_number(limits::code::NAME)
    }

    pub(super) fn variables(&self, scope: NodeOrdinal) -> impl Iterator<Item = Edge> {
        let variables = self.graph.edges(scope).filter(|edge| edge.kind == EdgeKind::Context);
        variables.map(|edge| Edge { to: scopes::value_of(self.graph, edge.to), ..edge })
    }

    /// Returns the name of the reference by which `node` was first reached, if it has
    /// one.
    pub(super) fn called(&self, node: NodeOrdinal) -> Option<&str> {
        let parent = self.tree.parent_of(node)?;
        let edge = self.graph.edges(parent).find(|edge| edge.to == node)?;
        let has_name = matches!(edge.kind, EdgeKind::Property | EdgeKind::Context);
        Some(self.name_of(&edge)).filter(|name| has_name && !name.is_empty())
    }

    pub(super) fn name_of(&self, edge: &Edge) -> &str {
        match edge.label {
            EdgeLabel::Name(name) => self.graph.names().get(name),
            EdgeLabel::Index(_) => "",
        }
    }

    fn edge_to(&self, scope: NodeOrdinal, called: &str) -> Option<NodeOrdinal> {
        self.variables(scope).find(|edge| self.name_of(edge) == called).map(|edge| edge.to)
    }

    pub(super) fn property(
        &self,
        node: NodeOrdinal,
        name: Option<crate::units::NameId>,
    ) -> Option<NodeOrdinal> {
        references::property(self.graph, node, name)
    }

    pub(super) fn sample(&self, at: u32) -> NodeOrdinal {
        self.tree.nodes()[at as usize].sample
    }

    pub(super) fn is_collection(&self, node: NodeOrdinal) -> bool {
        self.graph.kind(node) == NodeKind::Object
            && matches!(self.graph.name(node), "Map" | "Set" | "Array")
    }

    /// Whether a program wrote `node`: not the runtime's collections, scopes or lists of
    /// timers, which expire without being removed.
    pub(super) fn is_somebodys(&self, node: NodeOrdinal) -> bool {
        const RUNTIME: [&str; 7] =
            ["Map", "Set", "Array", "WeakMap", "WeakSet", "TimersList", "PriorityQueue"];
        let name = self.graph.name(node);
        self.graph.kind(node) == NodeKind::Object
            && !name.starts_with(INTERNAL)
            && !name.starts_with("Node / ")
            && !RUNTIME.contains(&name)
    }

    /// Returns the properties of `node` and of its class that `says` picks.
    fn names_of(
        &self,
        node: NodeOrdinal,
        is_owner: bool,
        says: impl Fn(&str, bool) -> bool,
    ) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for at in [Some(node), self.property(node, self.words.proto)].into_iter().flatten() {
            // An object without a class may be a mere list of others, so only its methods
            // count.
            let is_plain = is_owner && at == node && self.graph.name(node) == "Object";
            let names: Vec<(&str, bool)> = self
                .graph
                .edges(at)
                .filter(|edge| edge.kind == EdgeKind::Property)
                .filter(|edge| !is_plain || self.graph.kind(edge.to) == NodeKind::Closure)
                .filter_map(|edge| {
                    let name = self.graph.names().get(edge.label.name()?);
                    Some((name, self.graph.kind(edge.to) == NodeKind::Closure))
                })
                .take(MAX_PROPERTIES + 1)
                .collect();
            if names.len() > MAX_PROPERTIES {
                continue;
            }
            for (name, is_function) in names {
                let accessed = names::accessed(name);
                let is_method = is_function && accessed.is_none();
                let name = accessed.unwrap_or(name);
                if says(name, is_method) {
                    add(&mut found, name);
                }
            }
        }
        found
    }
}

fn longest(lifetimes: Vec<Lifetime>) -> Option<Lifetime> {
    lifetimes.into_iter().max_by_key(|it| it.longest_ms)
}

fn add(found: &mut Vec<String>, name: &str) {
    if found.len() < MAX_NAMES && !found.iter().any(|known| known == name) {
        found.push(name.to_owned());
    }
}
