//! Words by which programs say that a store is bounded, or that what is in it goes again.
//!
//! Used by the verdict, and by a forked child that reads V8's heap (`walk`): nothing
//! here allocates.

pub mod code;

/// Words of which a name for removing what is old is made.
const REMOVAL: [&str; 12] = [
    "evict",
    "evicts",
    "eviction",
    "expire",
    "expires",
    "expired",
    "expiry",
    "expiration",
    "prune",
    "purge",
    "sweep",
    "ttl",
];

/// What a function beside a store may also be called that removes what is old: a method of
/// this name ends the whole object more often.
const CLEANUP: [&str; 3] = ["cleanup", "sweeper", "gc"];

/// Names for how much there may be, in lower case and without what joins their words.
const MOST: [&str; 15] = [
    "max",
    "maxsize",
    "maxentries",
    "maxitems",
    "maxlength",
    "maxkeys",
    "maxcount",
    "maxelements",
    "maxcached",
    "maxcachesize",
    "maxcacheentries",
    "cachemax",
    "capacity",
    "lrusize",
    "lrulimit",
];

/// The same where they stand for a number: a method of this name may do anything.
const MOST_AS_NUMBER: [&str; 5] = ["limit", "cachesize", "cachelimit", "sizelimit", "entrylimit"];

/// What is said of how long items live.
const LIFETIME: [&str; 5] = ["expires", "expired", "expiry", "expiration", "ttl"];

/// Words that make a number a bound together with what it is a bound of: `MAX_SESSIONS`.
const LEAST_WORDS: [&str; 3] = ["max", "limit", "capacity"];

/// Words that say nothing of what it is that is removed or limited.
const FILLERS: [&str; 21] = [
    "old", "oldest", "stale", "all", "entries", "entry", "items", "item", "keys", "key", "cache",
    "cached", "if", "needed", "timer", "interval", "ms", "lru", "std", "size", "default",
];

/// The longest name that is looked at.
pub const LONGEST: usize = 32;

/// What a property is called, or the symbol that stands for its name: of `<symbol max>`, `max`.
pub fn described(name: &str) -> &str {
    name.strip_prefix("<symbol ").and_then(|name| name.strip_suffix('>')).unwrap_or(name)
}

/// Whether a method or accessor with this name says that there is a bound.
pub fn says_bounded(name: &str) -> bool {
    spells_one_of(name, &MOST) || spells_one_of(name, &["maxage"]) || removes(name)
}

/// Whether this is a name for removing what is old.
pub fn removes(name: &str) -> bool {
    words(name).any(|word| is_one_of(word, &REMOVAL))
}

/// The same for a function beside a store.
pub fn removes_beside(name: &str) -> bool {
    removes(name)
        || spells_one_of(name, &CLEANUP)
        || words(name).any(|word| is_one_of(word, &CLEANUP))
}

/// Whether this is a name for how long something lives.
pub fn says_lifetime(name: &str) -> bool {
    words(name).any(|word| is_one_of(word, &LIFETIME))
}

/// Whether a number with this name may say how much there may be, or for how long.
pub fn may_bound(name: &str) -> bool {
    name.len() <= LONGEST
        && (is_most(name)
            || is_lifetime(name)
            || words(name).any(|word| is_one_of(word, &LEAST_WORDS)))
}

/// Whether a number with this name says how many things there may be, whatever they are.
pub fn is_most(name: &str) -> bool {
    spells_one_of(name, &MOST) || spells_one_of(name, &MOST_AS_NUMBER)
}

/// Whether a number with this name says for how long.
pub fn is_lifetime(name: &str) -> bool {
    spells_one_of(name, &["maxage"])
        || words(name).any(|word| is_one_of(word, &["ttl", "lifetime"]))
}

/// Whether a number with this name says how many there may be of what is called `of`.
pub fn is_most_of(name: &str, of: &str) -> bool {
    words(name).any(|word| is_one_of(word, &LEAST_WORDS)) && is_about(name, of)
}

/// Whether a name names nothing but what is done, and to nothing in particular.
pub fn is_general(name: &str) -> bool {
    objects(name).next().is_none()
}

/// Whether a name shares a word with what is called `of`: `sweepSessions` with `sessions`.
pub fn is_about(name: &str, of: &str) -> bool {
    objects(name).any(|word| words(of).any(|other| are_alike(word, other)))
}

/// The words of a name that say what it is about.
fn objects(name: &str) -> impl Iterator<Item = &str> {
    words(name).filter(|word| {
        ![&REMOVAL[..], &CLEANUP, &LEAST_WORDS, &FILLERS].iter().any(|list| is_one_of(word, list))
    })
}

/// Whether two words are one, but for the plural.
fn are_alike(a: &str, b: &str) -> bool {
    let [a, b] = [a, b].map(|word| word.trim_end_matches(['s', 'S']));
    a.eq_ignore_ascii_case(b) && !a.is_empty()
}

fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|other| word.eq_ignore_ascii_case(other))
}

/// Whether the letters of `name` spell one of these.
fn spells_one_of(name: &str, list: &[&str]) -> bool {
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    let letters = letters.map(|letter| letter.to_ascii_lowercase());
    list.iter().any(|text| letters.clone().eq(text.bytes()))
}

/// The words that a name is made of: `purgeStale`, `purge_stale`, `#maxTTL`.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|letter: char| !letter.is_ascii_alphabetic())
        .flat_map(Humps)
        .filter(|word| !word.is_empty())
}

/// The parts of a word in camel case.
struct Humps<'a>(&'a str);

impl<'a> Iterator for Humps<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let bytes = self.0.as_bytes();
        let is_edge =
            |at: &usize| bytes[*at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase();
        let end = (1..bytes.len()).find(is_edge).unwrap_or(bytes.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_removes_and_what_limits_is_known_by_its_name() {
        for name in
            ["evict", "#evictOldest", "purgeStale", "max", "_maxSize", "stdTTL", "ttl", "maxAge"]
        {
            assert!(says_bounded(name), "{name}");
        }
    }

    #[test]
    fn names_that_only_look_alike_are_not_taken_for_a_bound() {
        for name in ["_maxListeners", "maximum", "settle", "limit", "trim", "attlee", "size"] {
            assert!(!says_bounded(name), "{name}");
        }
    }

    #[test]
    fn numbers_are_bounds_by_names_that_methods_do_not_have() {
        for name in ["MAX", "MAX_ENTRIES", "#maxSize", "limit", "stdTTL", "TTL_MS", "MAX_SESSIONS"]
        {
            assert!(may_bound(name), "{name}");
        }
        for name in ["port", "size", "count", "_maxlisteners", "balance", "maximilian", "timeout"] {
            assert!(!may_bound(name), "{name}");
        }
        assert!(is_most("CACHE_LIMIT") && !is_most("MAX_RETRIES") && !is_most("maxAge"));
        assert!(is_lifetime("maxAge") && is_lifetime("SESSION_TTL_MS") && !is_lifetime("max"));
    }

    #[test]
    fn a_bound_with_a_noun_is_of_what_is_called_so() {
        assert!(is_most_of("MAX_SESSIONS", "sessionsById"));
        assert!(!is_most_of("MAX_RETRIES", "sessions"));
        assert!(!is_most_of("sessionCount", "sessions"), "no bound");
        assert!(is_about("sweepSessions", "sessions") && !is_about("sweepTokens", "sessions"));
        assert!(is_general("pruneOldEntries") && !is_general("purgeTokens"));
    }
}
