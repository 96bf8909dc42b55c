//! Reports without the names that a program gives its variables, properties and
//! functions, for those to whom these say too much.
//!
//! Each name becomes a `~` and a hash of it: the same in every report, process
//! and release, so that reports can still be compared. Who can guess a name can
//! check the guess. Names of classes and files stay, and so do the fingerprint
//! and the pattern, which are made before this. Titles, advice and drawings are
//! made after it, of what this leaves.

use super::{fingerprint::fingerprint, heap_path, title};
use crate::{
    report::{ClassGrowth, Container, Items, PathStep, SourceLocation},
    v8::{class_name::ClassName, names},
};

/// What a report is written from.
pub(super) struct ReportParts<'a> {
    pub(super) path: &'a mut [PathStep],
    pub(super) container: &'a mut Container,
    /// The class of what holds the container.
    pub(super) outer: Option<&'a mut ClassName>,
    pub(super) items: &'a mut Items,
}

impl ReportParts<'_> {
    /// Hides each name in them.
    pub(super) fn redact(self) {
        let Self { path, container, outer, items } = self;
        redact_path(path);
        if let Some(name) = &mut container.name {
            hide(name, container_name);
        }
        class(&mut container.class);
        place(container.location.as_mut());
        if let Some(outer) = outer {
            class(outer);
        }
        class(&mut items.class);
        place(items.location.as_mut());
        for part in &mut items.consists_of {
            class(&mut part.class);
        }
    }
}

fn redact_path(path: &mut [PathStep]) {
    for step in path {
        class(&mut step.class);
        hide(&mut step.edge.name, |name| edge(&step.edge.kind, name, &step.class));
        place(step.location.as_mut());
    }
}

/// Hides the name of the function that `class` may go by.
pub(super) fn class(class: &mut ClassName) {
    class.hide(hidden);
}

/// Hides the functions among classes that grew.
pub(crate) fn classes(classes: &mut [ClassGrowth]) {
    for grown in classes {
        class(&mut grown.class);
    }
}

fn hide(name: &mut String, hidden: impl FnOnce(&str) -> String) {
    *name = hidden(name);
}

fn place(place: Option<&mut SourceLocation>) {
    if let Some(name) = place.and_then(|place| place.function_name.as_mut()) {
        hide(name, hidden);
    }
}

fn hidden(name: &str) -> String {
    format!("~{}", &fingerprint([name])[..8])
}

/// The name of a reference to an object of `class`, which is already hidden. The program
/// gives those of properties and variables, V8 and seep all others.
fn edge(kind: &str, name: &str, class: &ClassName) -> String {
    match kind {
        _ if name == "[]" => name.to_owned(),
        "property" | "context" => match names::symbol(name) {
            Some(symbol) => names::of_symbol(&hidden(symbol)),
            None => hidden(name),
        },
        "root" if name.starts_with(heap_path::NATIVE) => heap_path::native(class),
        "root" => name.to_owned(),
        _ => match heap_path::map_of_entry(name) {
            Some(map) => heap_path::entry_of(&expression(map)),
            None => name.to_owned(),
        },
    }
}

fn container_name(name: &str) -> String {
    if [title::ACTIVE_TIMERS, title::OPEN_HANDLES].contains(&name) {
        return name.to_owned();
    }
    expression(name)
}

/// `cache.entries[]`, part by part. A name with a dot in it becomes two, which
/// hides it as well.
fn expression(text: &str) -> String {
    let mut shown = String::new();
    for part in text.split_inclusive(['.', '[', ']', '…']) {
        let name = part.trim_end_matches(['.', '[', ']', '…']);
        if !name.is_empty() {
            shown.push_str(&hidden(name));
        }
        shown.push_str(&part[name.len()..]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::PathEdge;

    #[test]
    fn a_name_has_one_hash_for_ever() {
        assert_eq!(hidden("requests"), "~d88c0651");
    }

    #[test]
    fn references_are_hidden_where_the_program_named_them() {
        let h = hidden;
        let edge = |kind: &str, name: &str| super::edge(kind, name, &ClassName::called("Socket"));
        assert_eq!(edge("property", "cache"), h("cache"));
        assert_eq!(edge("context", "cache"), h("cache"));
        assert_eq!(edge("property", "<symbol kState>"), format!("<symbol {}>", h("kState")));
        assert_eq!(edge("property", "[WeakMap notes]"), h("[WeakMap notes]"));
        assert_eq!(edge("property", "[]"), "[]");
        assert_eq!(edge("internal", "reactions_or_result"), "reactions_or_result");
        assert_eq!(edge("internal", "[WeakMap a.b]"), format!("[WeakMap {}.{}]", h("a"), h("b")));
        assert_eq!(edge("internal", "[WeakMap value]"), "[WeakMap value]");
        assert_eq!(edge("root", "module src/cart.js"), "module src/cart.js");
        assert_eq!(edge("root", "native Socket"), "native Socket");
    }

    #[test]
    fn a_root_that_goes_by_a_function_has_its_name_hidden() {
        let root = heap_path::native(&ClassName::closure("f"));
        let mut path = [PathStep {
            edge: PathEdge { kind: "root".to_owned(), name: root },
            class: ClassName::closure("f"),
            node_kind: "closure".to_owned(),
            location: None,
            suspect: false,
        }];
        redact_path(&mut path);
        assert_eq!(path[0].edge.name, format!("native closure {}", hidden("f")));
        assert_eq!(path[0].class, ClassName::closure(&hidden("f")));
    }

    #[test]
    fn expressions_keep_their_form() {
        let [a, k, b] = ["a", "kState", "b"].map(hidden);
        assert_eq!(expression("a[kState].b[]"), format!("{a}[{k}].{b}[]"));
        assert_eq!(expression("a…b.kState"), format!("{a}…{b}.{k}"));
        assert_eq!(expression("b"), b);
        assert_eq!(container_name("open handles"), "open handles");
        assert_eq!(container_name("open"), hidden("open"));
    }
}
