//! Maps scopes to files.
//!
//! A module's variables live in a `Context` that V8 does not name. Its closures refer to
//! it, and they refer to their script, which reveals the scopes of every file. The scopes
//! directly under the native context are the top levels of the files. A person looks
//! there first, and paths begin there.

use rustc_hash::FxHashMap;

use super::{references::internal, scripts, words::Words};
use crate::{
    graph::{EdgeKind, HeapGraph, NodeKind},
    units::NodeOrdinal,
};

/// V8's name for the context of a realm, which contains the modules' scopes.
const NATIVE_CONTEXT: &str = "system / NativeContext";

/// V8's name for every other scope; later versions append its `ScopeInfo`.
pub const CONTEXT: &str = "system / Context";

/// V8's name for what holds a variable that is assigned to, since V8 14: the scope refers to this.
const CELL: &str = "system / ContextCell";

/// Whether `node` holds a variable of a scope.
pub fn is_cell(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    graph.kind(node) == NodeKind::Hidden && graph.name(node) == CELL
}

/// Returns the value of a variable that a scope refers to as `node`.
pub fn value_of(graph: &HeapGraph, node: NodeOrdinal) -> NodeOrdinal {
    if !is_cell(graph, node) {
        return node;
    }
    let mut inside = graph.edges(node).filter(|edge| edge.kind == EdgeKind::Hidden);
    let value = inside.find(|edge| graph.kind(edge.to) != NodeKind::Code);
    value.map_or(node, |edge| edge.to)
}

/// Scopes and the scripts that their functions come from.
#[derive(Debug, Default)]
pub struct Scopes {
    script_of_scope: FxHashMap<NodeOrdinal, NodeOrdinal>,
    module_scopes: Vec<(NodeOrdinal, NodeOrdinal)>,
}

impl Scopes {
    /// Reads the scopes off the closures of `graph`.
    pub fn of(graph: &HeapGraph, words: &Words) -> Self {
        let mut script_of_scope = FxHashMap::default();
        let mut scopes = Vec::new();
        for node in graph.ordinals() {
            match graph.kind(node) {
                NodeKind::Closure => {
                    if let Some(scope) = internal(graph, node, words.context)
                        && !script_of_scope.contains_key(&scope)
                        && let Some(script) = scripts::script_of_closure(graph, words, node)
                    {
                        script_of_scope.insert(scope, script);
                    }
                }
                NodeKind::Object if is_scope(graph, node) => scopes.push(node),
                _ => {}
            }
        }
        hand_scripts_outwards(graph, words, &scopes, &mut script_of_scope);
        let module_scopes = scopes
            .into_iter()
            .filter(|&scope| {
                internal(graph, scope, words.previous)
                    .is_none_or(|outer| graph.name(outer).starts_with(NATIVE_CONTEXT))
            })
            .filter_map(|scope| Some((scope, *script_of_scope.get(&scope)?)))
            .collect();
        Self { script_of_scope, module_scopes }
    }

    /// Returns the script in which `scope` is written.
    pub fn script_of(&self, scope: NodeOrdinal) -> Option<NodeOrdinal> {
        self.script_of_scope.get(&scope).copied()
    }

    /// Returns the top-level scopes with their scripts, in no particular order.
    pub fn modules(&self) -> &[(NodeOrdinal, NodeOrdinal)] {
        &self.module_scopes
    }
}

/// Gives each scope that has no closure of its own the script of a scope inside it.
fn hand_scripts_outwards(
    graph: &HeapGraph,
    words: &Words,
    scopes: &[NodeOrdinal],
    script_of_scope: &mut FxHashMap<NodeOrdinal, NodeOrdinal>,
) {
    for &scope in scopes {
        let Some(&script) = script_of_scope.get(&scope) else { continue };
        let mut inner = scope;
        while let Some(outer) = internal(graph, inner, words.previous) {
            if !is_scope(graph, outer) || script_of_scope.contains_key(&outer) {
                break;
            }
            script_of_scope.insert(outer, script);
            inner = outer;
        }
    }
}

/// Whether `node` is a function's or module's scope.
pub fn is_scope(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    graph.kind(node) == NodeKind::Object && graph.name(node).starts_with(CONTEXT)
}
