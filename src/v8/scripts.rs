//! Finds the script that a function is written in, and whose file that is.

use super::{references::internal, words::Words};
use crate::{graph::HeapGraph, units::NodeOrdinal};

/// Returns the script of a closure's function.
pub fn script_of_closure(
    graph: &HeapGraph,
    words: &Words,
    closure: NodeOrdinal,
) -> Option<NodeOrdinal> {
    let shared = internal(graph, closure, words.shared)?;
    script_of_function(graph, words, shared)
        .filter(|&script| !script_name(graph, script).is_empty())
}

/// Returns the script of a `SharedFunctionInfo`, under whichever name the V8 version uses
/// for it.
pub fn script_of_function(
    graph: &HeapGraph,
    words: &Words,
    shared: NodeOrdinal,
) -> Option<NodeOrdinal> {
    internal(graph, shared, words.script)
        .or_else(|| internal(graph, shared, words.script_or_debug_info))
}

/// Returns the path or URL of `script`, as V8 knows it.
pub fn script_name(graph: &HeapGraph, script: NodeOrdinal) -> &str {
    let name = graph.name(script);
    let name = name.strip_prefix("system / Script / ").unwrap_or(name);
    if name.starts_with("system / ") || name.starts_with('(') { "" } else { name }
}

/// Returns the part of a script's path after the last `node_modules` folder; the path may
/// use either separator.
pub fn in_package(path: &str) -> Option<&str> {
    const FOLDER: &str = "node_modules";
    let separator = |at: char| matches!(at, '/' | '\\');
    path.rmatch_indices(FOLDER)
        .filter(|&(at, _)| path[..at].ends_with(separator))
        .find_map(|(at, _)| path[at + FOLDER.len()..].strip_prefix(separator))
}

/// Whether a file is part of Node.
pub fn is_node(file: &str) -> bool {
    file.starts_with("node:")
}

/// Whether a file belongs to the program itself, not to a package or to Node.
pub fn is_programs(file: &str) -> bool {
    !is_node(file) && in_package(file).is_none()
}

/// Returns a file's path, as short as a person needs it: for a dependency from the
/// package name on, otherwise the last two names.
pub fn short_file(file: &str) -> &str {
    if let Some(inside) = in_package(file) {
        return inside;
    }
    if is_node(file) {
        return file;
    }
    let mut slashes = file.rmatch_indices(['/', '\\']);
    slashes.next();
    slashes.next().map_or(file, |(at, _)| &file[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_shortened_to_what_a_person_needs() {
        assert_eq!(short_file("/srv/shop/src/cart.js"), "src/cart.js");
        assert_eq!(short_file("/srv/shop/node_modules/ws/lib/sender.js"), "ws/lib/sender.js");
        assert_eq!(short_file("node:internal/timers"), "node:internal/timers");
        assert_eq!(short_file("C:\\shop\\src\\cart.js"), "src\\cart.js");
        assert_eq!(short_file("C:\\shop\\node_modules\\ws\\lib\\sender.js"), "ws\\lib\\sender.js");
        assert_eq!(short_file("/srv/my_node_modules/lib/sender.js"), "lib/sender.js");
        assert_eq!(
            short_file("/a/node_modules/ws/node_modules_of/x.js"),
            "ws/node_modules_of/x.js"
        );
        assert_eq!(short_file("file:///srv/src/cart.mjs"), "src/cart.mjs");
        assert_eq!(short_file("cart.js"), "cart.js");
    }
}
