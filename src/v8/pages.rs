//! What a browser's snapshots have besides V8's: windows, nodes of pages, and the C++ objects of
//! its engine, Blink.

use rustc_hash::FxHashMap;

use crate::{
    graph::{HeapGraph, NodeKind},
    units::NodeOrdinal,
};

/// The class of every document; without one, there is no page.
const DOCUMENT: &str = "HTMLDocument";

/// Between a page's listener and the function that it calls.
const LISTENER: &str = "V8EventListener";

/// The mark of what belongs to a page that is gone.
const DETACHED: u8 = 2;

/// Whether `graph` is the heap of a browser's page.
pub fn is_page(graph: &HeapGraph) -> bool {
    graph.names().find(DOCUMENT).is_some()
}

/// Returns the global objects of the pages in `graph`, and their windows in C++. A snapshot that
/// DevTools takes refers to them from the root, one that is taken by its protocol may not.
pub fn windows(graph: &HeapGraph) -> Vec<NodeOrdinal> {
    if !is_page(graph) {
        return Vec::new();
    }
    let mut known = FxHashMap::default();
    let is_window = |&(node, kind, name): &(NodeOrdinal, NodeKind, _)| {
        matches!(kind, NodeKind::Object | NodeKind::Native)
            && *known.entry(name).or_insert_with(|| address(graph.names().get(name)).is_some())
            && !is_detached(graph, node)
    };
    graph.named_nodes().filter(is_window).map(|(node, ..)| node).collect()
}

/// Returns the address of the page whose global object has this name: `Window / https://…`.
pub fn address(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("Window")?;
    let rest = rest.strip_prefix(" [JSGlobalObject]").unwrap_or(rest);
    let rest = rest.strip_prefix(" [JSGlobalProxy]").unwrap_or(rest);
    rest.strip_prefix(" / ")
}

/// Whether `node` is marked as part of a page, or of a part of it, that is gone.
pub fn is_detached(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    graph.detachedness(node) == DETACHED
}

/// Whether native objects with this name are parts of the browser of which the page knows nothing.
pub fn is_browsers(name: &str) -> bool {
    name.starts_with("blink::")
        || name.starts_with("cppgc::")
        || matches!(name, "EventListener" | LISTENER)
}

/// Whether `node` is a listener of a page; what it refers to is the function that it calls.
pub fn is_listener(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    graph.kind(node) == NodeKind::Native && graph.name(node) == LISTENER
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::draw;

    #[test]
    fn windows_are_known_by_their_names_in_snapshots_of_pages() {
        let page = "root -> a b c d e; a: object \"Window [JSGlobalObject] / https://x.test\"
            b: native \"Window / https://x.test\"; c: object Window; d: native HTMLDocument
            e: native \"Window / https://gone.test\" detached=2";
        let drawing = draw(page);
        let found: Vec<_> =
            windows(&drawing.graph()).into_iter().map(|node| drawing.label(node)).collect();
        assert_eq!(found, ["a", "b"]);
        let none = page.replace("HTMLDocument", "Document");
        assert!(windows(&draw(&none).graph()).is_empty(), "no page");
        assert_eq!(address("Window / https://x.test"), Some("https://x.test"));
        assert_eq!(address("Window (prototype) / https://x.test"), None);
    }
}
