//! Finds where in the source a function, class or scope is.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    graph::{HeapGraph, NodeKind},
    report::SourceLocation,
    units::NodeOrdinal,
    v8::{
        class_name::{self},
        names::INTERNAL,
        scopes::Scopes,
        scripts,
        words::Words,
    },
};

/// Maps generated code back to its source.
pub trait SourceLookup {
    /// Returns the place in the source that the code at `place` was generated from.
    fn original(&self, place: &SourceLocation) -> Option<SourceLocation>;

    /// Drops what was remembered for one round.
    fn forget(&self) {}
}

/// Leaves every place as it is.
impl SourceLookup for () {
    fn original(&self, _place: &SourceLocation) -> Option<SourceLocation> {
        None
    }
}

/// The script of each script id.
#[derive(Debug)]
pub(super) struct ScriptIds(FxHashMap<u32, NodeOrdinal>);

impl ScriptIds {
    /// Learns them from the closures that have both.
    pub(super) fn of(graph: &HeapGraph, words: &Words) -> Self {
        let mut scripts = FxHashMap::default();
        for node in graph.ordinals() {
            if graph.kind(node) != NodeKind::Closure {
                continue;
            }
            let Some(location) = graph.location(node) else { continue };
            if scripts.contains_key(&location.script_id) {
                continue;
            }
            if let Some(script) = scripts::script_of_closure(graph, words, node) {
                scripts.insert(location.script_id, script);
            }
        }
        Self(scripts)
    }
}

/// Finds the source locations of one snapshot's objects.
pub(super) struct Locator<'a> {
    graph: &'a HeapGraph,
    words: &'a Words,
    scopes: &'a Scopes,
    /// Knows what generated code was written as.
    pub(super) sources: &'a dyn SourceLookup,
    scripts: Arc<ScriptIds>,
}

impl<'a> Locator<'a> {
    /// Learns the file of each script id.
    pub(super) fn of(
        graph: &'a HeapGraph,
        words: &'a Words,
        scopes: &'a Scopes,
        sources: &'a dyn SourceLookup,
    ) -> Self {
        Self::with(graph, words, scopes, sources, Arc::new(ScriptIds::of(graph, words)))
    }

    /// Takes the `scripts` that somebody has learnt before.
    pub(super) fn with(
        graph: &'a HeapGraph,
        words: &'a Words,
        scopes: &'a Scopes,
        sources: &'a dyn SourceLookup,
        scripts: Arc<ScriptIds>,
    ) -> Self {
        Self { graph, words, scopes, sources, scripts }
    }

    /// Whether the class or function of `node` is written in the program itself.
    pub(super) fn is_programs(&self, node: NodeOrdinal) -> bool {
        self.place(node)
            .and_then(|place| place.file)
            .is_some_and(|file| scripts::is_programs(&file))
    }

    /// Returns the location of a closure's function, an object's constructor or a scope's
    /// file; `None` when V8 does not know one.
    pub(super) fn place(&self, node: NodeOrdinal) -> Option<SourceLocation> {
        let graph = self.graph;
        if let Some(function) = class_name::suspended(graph, self.words, node) {
            // A suspended function is located where it is written.
            return self.place(function);
        }
        let is_closure = graph.kind(node) == NodeKind::Closure;
        let location = graph.location(node);
        let script = location
            .and_then(|location| self.scripts.0.get(&location.script_id).copied())
            .or_else(|| is_closure.then(|| scripts::script_of_closure(graph, self.words, node))?)
            .or_else(|| self.scopes.script_of(node));
        let file = script.map(|script| presentable(scripts::script_name(graph, script)).to_owned());
        if file.is_none() && location.is_none() {
            return None;
        }
        let function_name = (is_closure || graph.kind(node) == NodeKind::Object)
            .then(|| graph.name(node))
            .filter(|name| !name.is_empty() && !name.starts_with(INTERNAL))
            .map(str::to_owned);
        let place = SourceLocation {
            file,
            line: location.and_then(|location| from_one(location.line)),
            column: location.and_then(|location| from_one(location.column)),
            function_name,
        };
        Some(self.sources.original(&place).unwrap_or(place))
    }
}

/// Converts a line or column to the numbering of editors. A program can give `vm` a
/// negative first line; such a line is nowhere in a file.
fn from_one(number: u32) -> Option<u32> {
    i32::try_from(number).is_ok().then(|| number + 1)
}

/// Returns the location of a whole file.
pub(super) fn file(path: &str) -> SourceLocation {
    SourceLocation::of_file(presentable(path).to_owned())
}

/// Returns the part of a script's name that a report may contain: a `data:` URL is the
/// source text.
pub(super) fn presentable(file: &str) -> &str {
    let head = || file.split_once(',').map_or("data:", |(head, _)| head);
    if file.starts_with("data:") { head() } else { file }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_line_is_no_place() {
        assert_eq!(from_one(0), Some(1));
        assert_eq!(from_one(196_u32.wrapping_neg()), None);
        assert_eq!(from_one(u32::MAX), None);
    }

    #[test]
    fn the_text_of_a_data_url_is_not_reported() {
        assert_eq!(
            presentable("data:text/javascript,export%20default%201"),
            "data:text/javascript"
        );
        assert_eq!(presentable("data:text/javascript;base64,Zm9v"), "data:text/javascript;base64");
        assert_eq!(presentable("data:nonsense"), "data:");
        assert_eq!(presentable("/app/data:,x.js"), "/app/data:,x.js");
        assert_eq!(file("data:text/javascript,f").file.as_deref(), Some("data:text/javascript"));
    }
}
