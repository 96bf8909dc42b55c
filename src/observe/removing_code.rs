//! Code that bounds a collection without a name for it: `if (map.size > 5000) map.delete(...)`.
//!
//! A walk of the heap says what a function removes from which variable or property, and where
//! that is not known, which words its code uses (`limits::code`). Only code that can reach the
//! collection counts: methods of the class that owns it, and functions that close over the scope
//! that holds it.

use rustc_hash::FxHashMap;
use std::rc::Rc;

use super::declared_bounds::{DeclaredBounds, MAX_PROPERTIES, MAX_SCOPES, MAX_STEPS};
use crate::{
    graph::{EdgeKind, HeapGraph, NodeKind},
    growth::{Growth, Measure, RemovingCode},
    limits::{
        self,
        code::{Act, CodeWords, NAME, Removing, Sort},
    },
    units::NodeOrdinal,
    v8::{references, scopes, scripts, words},
};

/// Prototypes of an object whose methods are looked at.
const MAX_CLASSES: usize = 2;

/// The collection that code is looked for.
struct Target<'a> {
    sort: Sort,
    /// Its class.
    class: &'a str,
    /// What leads to it from its owner or scope, the nearest first.
    called: Vec<&'a str>,
    /// Whether that is a variable, and not a property of an object.
    is_variable: bool,
}

/// What is known about the functions of one snapshot: by their SharedFunctionInfo.
#[derive(Default)]
pub(super) struct Functions<'a> {
    closures: Option<Rc<[NodeOrdinal]>>,
    acts: FxHashMap<NodeOrdinal, Vec<(&'a str, Act)>>,
    words: FxHashMap<NodeOrdinal, CodeWords>,
}

impl Functions<'_> {
    /// Returns all closures, which are looked for once.
    fn closures(&mut self, graph: &HeapGraph) -> Rc<[NodeOrdinal]> {
        let is_closure = |&node: &NodeOrdinal| graph.kind(node) == NodeKind::Closure;
        let all = || graph.ordinals().filter(is_closure).collect();
        Rc::clone(self.closures.get_or_insert_with(all))
    }
}

impl DeclaredBounds<'_> {
    /// Returns code that has run and bounds the collection that `growth` is in.
    ///
    pub(super) fn removing_code<'a>(
        &'a self,
        growth: &Growth,
        functions: &mut Functions<'a>,
    ) -> Option<RemovingCode> {
        let container = self.sample(growth.container);
        let above =
            std::iter::successors(Some(container), |&at| self.tree.parent_of(at)).take(MAX_STEPS);
        let mut target = if let Some(called) = self.text_in(growth) {
            Target { sort: Sort::Text, class: "", called: vec![called], is_variable: false }
        } else {
            let (sort, class) = above.clone().find_map(|at| self.sort_of(at, container))?;
            Target { sort, class, called: Vec::new(), is_variable: false }
        };
        for at in above {
            if scopes::is_scope(self.graph, at) {
                target.is_variable = target.called.len() == 1;
                return self.in_scope(at, &target, functions);
            }
            if self.is_somebodys(at) {
                let is_unset = self.is_unset(at);
                let found = self
                    .in_methods(at, &target, functions)
                    .filter(|code| code.how == Removing::ByAge || !is_unset);
                if found.is_some() || self.graph.name(at) != "Object" {
                    return found;
                }
            }
            target.called.extend(self.called(at));
        }
        None
    }

    /// Returns what a string that gets longer is called, if `growth` is one.
    fn text_in(&self, growth: &Growth) -> Option<&str> {
        let item = self.sample(*growth.items.first()?);
        let is_text = matches!(
            self.graph.kind(item),
            NodeKind::String | NodeKind::ConsString | NodeKind::SlicedString
        );
        (growth.measure == Measure::Size && is_text).then(|| self.called(item)).flatten()
    }

    /// Returns what sort of collection `at` is: an object with one for its keys only if it is the
    /// `container` itself, or has that for its table.
    fn sort_of(&self, at: NodeOrdinal, container: NodeOrdinal) -> Option<(Sort, &str)> {
        let class = self.graph.name(at);
        let sort = match class {
            "Array" => Sort::Array,
            "Map" | "Set" => Sort::Hash,
            "Object" if at == container || self.is_table_of(container, at) => Sort::Dictionary,
            _ => return None,
        };
        (self.graph.kind(at) == NodeKind::Object).then_some((sort, class))
    }

    /// Whether V8 keeps the properties of `object` in `table`.
    fn is_table_of(&self, table: NodeOrdinal, object: NodeOrdinal) -> bool {
        self.graph.kind(table) == NodeKind::Array && self.tree.parent_of(table) == Some(object)
    }

    /// Returns what a walk says of functions.
    pub(super) fn functions(&self) -> Functions<'_> {
        let mut functions = Functions::default();
        for (closure, name, act) in self.graph.acts() {
            if let Some(shared) = references::internal(self.graph, closure, self.words.shared) {
                functions.acts.entry(shared).or_default().push((name, act));
            }
        }
        functions
    }

    /// Searches the methods of `owner`, of its class and of the classes that it extends.
    fn in_methods<'a>(
        &'a self,
        owner: NodeOrdinal,
        target: &Target<'a>,
        functions: &mut Functions<'a>,
    ) -> Option<RemovingCode> {
        let parent = |&at: &NodeOrdinal| self.property(at, self.words.proto);
        std::iter::successors(Some(owner), parent).take(1 + MAX_CLASSES).find_map(|at| {
            let properties = self.graph.edges(at).filter(|edge| edge.kind == EdgeKind::Property);
            properties
                .take(MAX_PROPERTIES)
                .map(|edge| edge.to)
                .filter(|&to| self.graph.kind(to) == NodeKind::Closure)
                .filter_map(|method| self.of_function(method, target, true, functions))
                .reduce(better)
        })
    }

    /// Searches the functions that close over `scope`.
    fn in_scope<'a>(
        &'a self,
        scope: NodeOrdinal,
        target: &Target<'a>,
        functions: &mut Functions<'a>,
    ) -> Option<RemovingCode> {
        let variable = target.called.last().copied();
        let mut others = self.variables(scope).filter(|edge| Some(self.name_of(edge)) != variable);
        // Where there is another collection of the sort, words may be about that one.
        let is_lone = !others.any(|edge| self.is_alike(edge.to, target));
        let is_about = |name: &str| target.called.iter().any(|of| limits::is_about(name, of));
        let previous =
            |&at: &NodeOrdinal| references::internal(self.graph, at, self.words.previous);
        let is_inside = |function: NodeOrdinal| {
            let own = references::internal(self.graph, function, self.words.context);
            std::iter::successors(own, previous).take(MAX_SCOPES).any(|at| at == scope)
        };
        let closures = functions.closures(self.graph);
        let found = closures.iter().filter_map(|&node| {
            let may_be_it = is_lone || is_about(self.graph.name(node));
            let code = self.of_function(node, target, may_be_it, functions)?;
            is_inside(node).then_some(code)
        });
        found.reduce(better)
    }

    /// Whether words for removing from `target` may be for removing from `node`.
    fn is_alike(&self, node: NodeOrdinal, target: &Target<'_>) -> bool {
        let class = self.graph.name(node);
        match target.sort {
            Sort::Hash => matches!(class, "Map" | "Set"),
            _ => class == target.class,
        }
    }

    /// Whether the code of `function` bounds the collection, and how. What its words alone say
    /// counts if they may be about it.
    fn of_function<'a>(
        &'a self,
        function: NodeOrdinal,
        target: &Target<'a>,
        may_be_it: bool,
        functions: &mut Functions<'a>,
    ) -> Option<RemovingCode> {
        let shared = references::internal(self.graph, function, self.words.shared)?;
        let acts = functions.acts.get(&shared).map(Vec::as_slice);
        let act = acts.and_then(|acts| act_on(acts, target));
        let (how, most) = match act {
            Some(act) => {
                // A length in characters is no number of items.
                let is_count = act.most > 0 && target.sort != Sort::Text;
                let most = is_count.then_some(u64::from(act.most));
                let compared = most.map(|_| Removing::Compared);
                (act.keeps_small(target.sort).or(compared)?, most)
            }
            None if !may_be_it || matches!(target.sort, Sort::Dictionary | Sort::Text) => {
                return None;
            }
            None => (self.of_unknown(shared, acts, target.sort, &mut functions.words)?, None),
        };
        // `EventEmitter` and the like, of which much is made, remove what they are asked to.
        let script = scripts::script_of_closure(self.graph, self.words, function)?;
        if scripts::is_node(scripts::script_name(self.graph, script)) {
            return None;
        }
        let is_certain = act.is_some();
        let function = self.graph.name(function).to_owned();
        Some(RemovingCode { function, how, most, is_certain })
    }

    /// Returns how a function keeps the collection small that it removes entries from, where it is not
    /// known which: by what it does, or by its words if its instructions are not understood.
    fn of_unknown(
        &self,
        shared: NodeOrdinal,
        acts: Option<&[(&str, Act)]>,
        sort: Sort,
        words: &mut FxHashMap<NodeOrdinal, CodeWords>,
    ) -> Option<Removing> {
        if let Some(acts) = acts {
            let (_, act) = acts.iter().find(|(name, _)| name.is_empty())?;
            return act.uses.keeps_some_small(sort);
        }
        let of_code = words.entry(shared).or_insert_with(|| self.of_shared(shared, true));
        of_code.removing(sort == Sort::Array)
    }

    /// Returns the words of a function's code and, where it `has_inner` ones for each entry, of these.
    fn of_shared(&self, shared: NodeOrdinal, has_inner: bool) -> CodeWords {
        let mut found = CodeWords::default();
        for at in self.bytecodes(shared) {
            let own = self.of_bytecode(at);
            found = found.with(own);
            // What is done with each entry is in a function of its own.
            if has_inner && own.goes_through_each() {
                let constants = self.graph.edges(at).flat_map(|edge| self.code_of(edge.to));
                let inner = constants.map(|inner| self.of_shared(inner, false));
                found = inner.fold(found, CodeWords::with);
            }
        }
        found
    }

    /// Returns the instructions of a function: none if it has not run.
    pub(super) fn bytecodes(&self, shared: NodeOrdinal) -> impl Iterator<Item = NodeOrdinal> {
        // Machine code, or what counts how often it runs, may stand in between.
        let all = self.code_of(shared).flat_map(|at| std::iter::once(at).chain(self.code_of(at)));
        all.filter(|&at| self.graph.name(at) == "system / BytecodeArray")
    }

    fn code_of(&self, node: NodeOrdinal) -> impl Iterator<Item = NodeOrdinal> {
        let is_script = |label| {
            words::is(label, self.words.script) || words::is(label, self.words.script_or_debug_info)
        };
        let edges = self.graph.edges(node).filter(move |edge| !is_script(edge.label));
        edges.map(|edge| edge.to).filter(|&at| self.graph.kind(at) == NodeKind::Code)
    }

    fn of_bytecode(&self, bytecode: NodeOrdinal) -> CodeWords {
        let known = self.graph.numbers(bytecode).find(|&(name, _)| name == NAME);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "flags")]
        CodeWords(known.map_or(0, |(_, words)| words as u32))
    }
}

/// Returns the code that says more.
fn better(a: RemovingCode, b: RemovingCode) -> RemovingCode {
    let rank = |code: &RemovingCode| {
        let how = match code.how {
            Removing::Compared => 0,
            Removing::Drained => 1,
            _ => 2,
        };
        (how, code.is_certain, code.most.is_some())
    };
    if rank(&b) > rank(&a) { b } else { a }
}

/// Returns what is done with the variable or property by which the collection is known.
fn act_on(acts: &[(&str, Act)], target: &Target<'_>) -> Option<Act> {
    let name = *target.called.first()?;
    let is_it = |&&(of, act): &&(&str, Act)| of == name && act.is_property != target.is_variable;
    acts.iter().find(is_it).map(|&(_, act)| act)
}
