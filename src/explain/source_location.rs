//! Where in the source a function, class or scope is.

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

/// Knows what generated code was written as.
pub trait SourceLookup {
    /// The place in the source from which the code at `place` was generated.
    fn original(&self, place: &SourceLocation) -> Option<SourceLocation>;

    /// Drops what was remembered for one round.
    fn forget(&self) {}
}

/// Takes places as they are.
impl SourceLookup for () {
    fn original(&self, _place: &SourceLocation) -> Option<SourceLocation> {
        None
    }
}

/// Finds where one snapshot's objects are in the source.
pub(super) struct Locator<'a> {
    graph: &'a HeapGraph,
    words: &'a Words,
    scopes: &'a Scopes,
    /// Knows what generated code was written as.
    pub(super) sources: &'a dyn SourceLookup,
    scripts: rustc_hash::FxHashMap<u32, NodeOrdinal>,
}

impl<'a> Locator<'a> {
    /// Learns which script id is which file, from the closures that have both.
    pub(super) fn of(
        graph: &'a HeapGraph,
        words: &'a Words,
        scopes: &'a Scopes,
        sources: &'a dyn SourceLookup,
    ) -> Self {
        let mut scripts = rustc_hash::FxHashMap::default();
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
        Self { graph, words, scopes, sources, scripts }
    }

    /// Whether the class or function that `node` is of is written in the program itself.
    pub(super) fn is_programs(&self, node: NodeOrdinal) -> bool {
        self.place(node)
            .and_then(|place| place.file)
            .is_some_and(|file| scripts::is_programs(&file))
    }

    /// The place of a closure's function, an object's constructor or a scope's
    /// file; `None` when V8 does not know one.
    pub(super) fn place(&self, node: NodeOrdinal) -> Option<SourceLocation> {
        let graph = self.graph;
        if let Some(function) = class_name::suspended(graph, self.words, node) {
            // A suspended function is where it is written.
            return self.place(function);
        }
        let is_closure = graph.kind(node) == NodeKind::Closure;
        let location = graph.location(node);
        let script = location
            .and_then(|location| self.scripts.get(&location.script_id).copied())
            .or_else(|| is_closure.then(|| scripts::script_of_closure(graph, self.words, node))?)
            .or_else(|| self.scopes.script_of(node));
        let file = script.map(|script| told(scripts::script_name(graph, script)).to_owned());
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

/// A line or column as editors count. What a program gave `vm` as the number of
/// its first line may make it negative, and then it is nowhere in a file.
fn from_one(number: u32) -> Option<u32> {
    i32::try_from(number).is_ok().then(|| number + 1)
}

/// The place of a whole file.
pub(super) fn file(path: &str) -> SourceLocation {
    SourceLocation::of_file(told(path).to_owned())
}

/// What of a script's name a report may hold: a `data:` URL is the source text.
pub(super) fn told(file: &str) -> &str {
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
    fn the_text_of_a_data_url_is_not_told() {
        assert_eq!(told("data:text/javascript,export%20default%201"), "data:text/javascript");
        assert_eq!(told("data:text/javascript;base64,Zm9v"), "data:text/javascript;base64");
        assert_eq!(told("data:nonsense"), "data:");
        assert_eq!(told("/app/data:,x.js"), "/app/data:,x.js");
        assert_eq!(file("data:text/javascript,f").file.as_deref(), Some("data:text/javascript"));
    }
}
