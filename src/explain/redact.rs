//! Reports without the names that a program gives its variables, properties and
//! functions, for those to whom these say too much.
//!
//! Each name becomes a `~` and a hash of it: the same in every report, process
//! and release, so that reports can still be compared. Who can guess a name can
//! check the guess. Names of classes and files stay, and so do the fingerprint
//! and the pattern, which are made before this. Titles, advice and drawings are
//! made after it, of what this leaves.

use super::{class, fingerprint::fingerprint, title, trail};
use crate::report::{ClassGrowth, Container, Items, PathStep, SourceLocation};

const SYMBOL: (&str, &str) = ("<symbol ", ">");

/// What a report is written from.
pub(super) struct Parts<'a> {
    pub(super) path: &'a mut [PathStep],
    pub(super) container: &'a mut Container,
    /// The class of what holds the container.
    pub(super) outer: Option<&'a mut String>,
    pub(super) items: &'a mut Items,
}

impl Parts<'_> {
    /// Hides each name in them.
    pub(super) fn redact(self) {
        let Self { path, container, outer, items } = self;
        for step in path {
            hide(&mut step.edge.name, |name| edge(&step.edge.kind, name));
            hide(&mut step.class_name, class_name);
            place(step.location.as_mut());
        }
        if let Some(name) = &mut container.name {
            hide(name, container_name);
        }
        hide(&mut container.class_name, class_name);
        place(container.location.as_mut());
        if let Some(outer) = outer {
            hide(outer, class_name);
        }
        hide(&mut items.class_name, class_name);
        place(items.location.as_mut());
        for part in &mut items.consists_of {
            hide(&mut part.class_name, class_name);
        }
    }
}

/// `class` without the function's name that it may have.
pub(super) fn class(class: &str) -> String {
    class_name(class)
}

/// Hides the functions among classes that grew.
pub(super) fn classes(classes: &mut [ClassGrowth]) {
    for class in classes {
        hide(&mut class.class_name, class_name);
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

/// The name of a reference. The program gives those of properties and
/// variables, V8 and seep all others.
fn edge(kind: &str, name: &str) -> String {
    match kind {
        _ if name == "[]" => name.to_owned(),
        "property" | "context" => {
            match name.strip_prefix(SYMBOL.0).and_then(|name| name.strip_suffix(SYMBOL.1)) {
                Some(symbol) => format!("{}{}{}", SYMBOL.0, hidden(symbol), SYMBOL.1),
                None => hidden(name),
            }
        }
        "root" => match name.strip_prefix(trail::NATIVE) {
            Some(class) => format!("{}{}", trail::NATIVE, class_name(class)),
            None => name.to_owned(),
        },
        _ => match trail::map_of_entry(name) {
            Some(map) => trail::entry_of(&expression(map)),
            None => name.to_owned(),
        },
    }
}

/// A class that goes by a function's name.
fn class_name(class: &str) -> String {
    match class::split_function(class) {
        Some((kind, name)) => format!("{kind} {}", hidden(name)),
        None => class.to_owned(),
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

    #[test]
    fn a_name_has_one_hash_for_ever() {
        assert_eq!(hidden("requests"), "~d88c0651");
    }

    #[test]
    fn references_are_hidden_where_the_program_named_them() {
        let h = hidden;
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
        assert_eq!(edge("root", "native closure f"), format!("native closure {}", h("f")));
    }

    #[test]
    fn classes_are_hidden_where_a_function_names_them() {
        for kind in ["closure", "code", "Generator", "AsyncGenerator", "AsyncFunction"] {
            assert_eq!(class_name(&format!("{kind} get a")), format!("{kind} {}", hidden("get a")));
        }
        for class in ["Map", "Generator", "(array)", "closure (anonymous)", "sliced string"] {
            assert_eq!(class_name(class), class);
        }
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
