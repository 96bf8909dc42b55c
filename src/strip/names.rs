//! What in a snapshot is a name, and what in a name is data.
//!
//! | text                                  | what becomes of it                                          |
//! | ------------------------------------- | ----------------------------------------------------------- |
//! | contents of strings                   | filler                                                      |
//! | names of classes, functions, files    | kept                                                        |
//! | names of variables                    | kept                                                        |
//! | names of properties and symbols       | kept if written like a name, and not a dictionary's keys     |
//! | what V8 calls its own parts           | kept                                                        |
//! | regular expressions, numbers, BigInts | filler, but for the words that V8 writes instead of a number |
//! | labels of WeakMap entries             | the names of key and value become filler: a value may be a string |
//! | addresses                             | user, query and fragment become filler; so does the content of `data:` |
//! | elements of a page                    | attributes become filler                                    |

use std::ops::Range;

use crate::v8::{ephemerons, names};

/// A longer name is more likely data. Few properties of Node's own are longer.
const LONGEST_NAME: usize = 48;

/// More digits than this are more likely those of a number or key. `sha256` has three.
const MOST_DIGITS: usize = 3;

/// From this length on, two digits are enough: tokens are long.
const LONG_NAME: usize = 20;

/// What V8 and Node write in the place of contents.
const WORDS: [&str; 7] = [
    "(concatenated string)",
    "(sliced string)",
    "bigint",
    "heap number",
    "private symbol",
    "smi number",
    "symbol",
];

/// A property whose key is a symbol without a description.
const NAMELESS_SYMBOL: &str = "<symbol>";

/// Whether `text` in the place of content is V8's own word.
pub(super) fn is_word(text: &str) -> bool {
    WORDS.contains(&text)
}

/// Whether a property called `text` is more likely named by the program than by its data.
pub(super) fn is_written_like_name(text: &str) -> bool {
    if let Some(symbol) = names::symbol(text) {
        let symbol = symbol.strip_prefix("node:").unwrap_or(symbol);
        // Libraries qualify the symbols that they have for everybody.
        let is_qualified =
            |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        return is_identifier(symbol) || symbol.split('.').all(is_qualified);
    }
    text == NAMELESS_SYMBOL || is_identifier(names::accessed(text).unwrap_or(text))
}

fn is_identifier(text: &str) -> bool {
    let name = text.strip_prefix('#').unwrap_or(text);
    let digits = name.chars().filter(|it| it.is_numeric()).count();
    name.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '$'))
        && !name.starts_with(char::is_numeric)
        && name.len() <= LONGEST_NAME
        && digits <= MOST_DIGITS
        && (digits < 2 || name.len() < LONG_NAME)
}

/// Whether `text` may be the path or address of a script.
pub(super) fn may_be_file(text: &str) -> bool {
    text.contains(['/', '\\', ':'])
}

/// The parts of a name that are data.
#[derive(Debug, Default)]
pub(super) struct Data {
    /// Where they are, in ascending order.
    pub(super) ranges: Vec<Range<usize>>,
    /// Whether the rest tells names apart that have other data, and only those. The two labels of a
    /// WeakMap entry have to stay equal.
    pub(super) is_told_apart: bool,
}

/// Returns the parts of a name that are data.
pub(super) fn data_in(name: &str) -> Data {
    let entries = ephemerons::named_in(name);
    if entries.is_empty() {
        Data { ranges: others(name), is_told_apart: false }
    } else {
        Data { ranges: entries, is_told_apart: true }
    }
}

/// Returns the parts of a name that are data, unless it is that of a WeakMap entry.
fn others(name: &str) -> Vec<Range<usize>> {
    if names::symbol(name).is_some() {
        return Vec::new();
    }
    if let Some(attributes) = attributes(name) {
        return vec![attributes];
    }
    let script = name.strip_prefix("system / Script / ").unwrap_or(name);
    if let Some(url) = script.strip_prefix("data:") {
        let start = name.len() - url.len();
        let content = start + url.find(',').map_or(0, |comma| comma + 1);
        return std::iter::once(content..name.len()).collect();
    }
    address(name)
}

/// Returns the attributes of an element of a page: `<div class="a">`.
fn attributes(name: &str) -> Option<Range<usize>> {
    let element = name.strip_prefix("Detached ").unwrap_or(name);
    let tag = element.strip_prefix('<')?;
    let start = name.len() - tag.len() + tag.find(' ')?;
    let end = if name.ends_with('>') { name.len() - 1 } else { name.len() };
    // The space stays: the class of an element is what stands before it.
    Some((start + 1).min(end)..end)
}

/// Returns the parts of an address that may be data: who asks, and for what.
fn address(name: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let Some(scheme) = name.find("://") else { return found };
    let host = scheme + "://".len();
    let path = name[host..].find(['/', '?', '#']).map_or(name.len(), |at| host + at);
    if let Some(at) = name[host..path].rfind('@') {
        found.push(host..host + at);
    }
    if let Some(at) = name[path..].find(['?', '#']) {
        let query = path + at + 1;
        if !is_version(&name[query..]) {
            found.push(query..name.len());
        }
    }
    found
}

/// Whether a query only numbers the versions of a file, as loaders do: `?v=17`, `?t=1700000000`.
fn is_version(query: &str) -> bool {
    let value = query.split_once('=').map_or(query, |(key, value)| {
        let is_short =
            key.len() <= "version".len() && key.bytes().all(|it| it.is_ascii_lowercase());
        if is_short { value } else { query }
    });
    value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_data() {
        for name in [
            "visits",
            "_events",
            "$el",
            "#count",
            "kState2",
            "sha256",
            "naïve",
            "__proto__",
            "get size",
            "<symbol kState>",
            "<symbol Symbol.iterator>",
            "<symbol nodejs.util.inspect.custom>",
            "<symbol nodejs.event_target>",
            "<symbol>",
            "<symbol node:exit_info_private_symbol>",
            "",
        ] {
            assert!(is_written_like_name(name), "{name}");
        }
        for data in [
            "alice@example.org",
            "example.org",
            "10.0.0.1",
            "user:17",
            "/srv/data",
            "two words",
            "3f1c0a9b-e2d4-4775-a6a0-09be2d477560",
            "3f1c0a9be2d47756",
            "tok_live_4eC39HqLyjWDarjtT1zdp7dc",
            "49151234567",
            "17th",
            "nodejs.util",
            "<symbol my.2nd>",
            "<symbol alice@example.org>",
            "get alice@example.org",
            "a".repeat(49).as_str(),
        ] {
            assert!(!is_written_like_name(data), "{data}");
        }
    }

    #[track_caller]
    fn check(name: &str, data: &[&str]) {
        let found: Vec<&str> = data_in(name).ranges.into_iter().map(|range| &name[range]).collect();
        assert_eq!(found, data, "{name}");
    }

    #[test]
    fn data_is_found_in_names() {
        check("Session", &[]);
        check("system / Context", &[]);
        check("/srv/app/what?.js", &[]);
        check("data:text/javascript,export default 1", &["export default 1"]);
        check("system / Script / data:text/javascript,1", &["1"]);
        check("file:///srv/app.mjs?v=17", &[]);
        check("file:///srv/app.mjs?update=1700000000000", &[]);
        check("file:///srv/app.mjs?key=abc", &["key=abc"]);
        check("file:///srv/app.mjs?abc", &["abc"]);
        check("Window / https://x.test/a?user=me#top", &["user=me#top"]);
        check("https://me:secret@x.test/a@b", &["me:secret"]);
        check("<div>", &[]);
        check("<div class=\"a > b\">", &["class=\"a > b\""]);
        check("Detached <a href=\"x\">", &["href=\"x\""]);
        check("<symbol my own>", &[]);
        let entry = "4 / part of key (Key @11) -> value (text @13) pair in WeakMap (table @15)";
        check(entry, &["Key", "text"]);
    }
}
