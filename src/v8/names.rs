//! The form of single names: numbers, ids and V8's own prefixes in them.

/// The prefix of V8's names for its own objects.
pub const INTERNAL: &str = "system / ";

/// The prefix of the names of the tables behind a `Map` or `Set`.
pub const ORDERED_TABLE: &str = "system / Ordered";

/// Returns `name` without the object ids that V8 appends to some names.
///
/// `Foo @123` becomes `Foo`; `system / Context / scope @7` becomes `system / Context`.
pub fn without_ids(name: &str) -> &str {
    if !name.contains('@') {
        return name;
    }
    let name = name.split_once(" / scope @").map_or(name, |(head, _)| head);
    match name.rsplit_once(" @") {
        Some((head, tail)) if tail.bytes().all(|b| b.is_ascii_digit() || b == b')') => head,
        _ => name,
    }
}

/// Whether a reference with this name is a numbered one: a slot of a table.
pub fn is_slot(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit())
}

/// Returns the property that the accessor `name` gets or sets: `size` for `get size`.
pub fn accessed(name: &str) -> Option<&str> {
    name.strip_prefix("get ").or(name.strip_prefix("set "))
}

/// Returns the description of the symbol that `name` stands for: `kState` for
/// `<symbol kState>`.
pub fn symbol(name: &str) -> Option<&str> {
    name.strip_prefix("<symbol ")?.strip_suffix('>')
}

/// Returns the reference name of a property whose key is the symbol `description`.
pub fn of_symbol(description: &str) -> String {
    format!("<symbol {description}>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_off_names() {
        assert_eq!(without_ids("Foo @123"), "Foo");
        assert_eq!(without_ids("system / Context / scope @7"), "system / Context");
        assert_eq!(without_ids("user@example"), "user@example");
        assert_eq!(without_ids("a @b"), "a @b");
    }

    #[test]
    fn slots_and_symbols_are_distinguished_from_names() {
        assert!(is_slot("17") && !is_slot("") && !is_slot("1a"));
        assert_eq!((accessed("set size"), accessed("getter")), (Some("size"), None));
        assert_eq!(symbol("<symbol kState>"), Some("kState"));
        assert_eq!(symbol(&of_symbol("kState")), Some("kState"));
        assert_eq!(symbol("<symbol"), None);
    }
}
