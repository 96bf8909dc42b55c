//! Words by which programs declare that a store is limited or that its entries expire.
//!
//! Used by the verdict and by a forked child that reads V8's heap (`walk`); nothing here
//! allocates.

pub mod code;

/// Words in the names of code that removes old entries.
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

/// Further names of functions next to a store that remove old entries. A method with such
/// a name more often ends the whole object.
const CLEANUP: [&str; 3] = ["cleanup", "sweeper", "gc"];

/// Names of maximum sizes, in lower case and without separators.
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

/// The same for numbers only: a method with such a name may do anything.
const MOST_AS_NUMBER: [&str; 5] = ["limit", "cachesize", "cachelimit", "sizelimit", "entrylimit"];

/// Words for the lifetime of entries.
const LIFETIME: [&str; 5] = ["expires", "expired", "expiry", "expiration", "ttl"];

/// Words that make a number a limit, together with a word for what it limits:
/// `MAX_SESSIONS`.
const LEAST_WORDS: [&str; 3] = ["max", "limit", "capacity"];

/// Words that say nothing about what is removed or limited.
const FILLERS: [&str; 21] = [
    "old", "oldest", "stale", "all", "entries", "entry", "items", "item", "keys", "key", "cache",
    "cached", "if", "needed", "timer", "interval", "ms", "lru", "std", "size", "default",
];

/// How long after it was set a timer calls its function, in milliseconds.
pub const TIMER_DELAY: &str = "_idleTimeout";

/// The longest name considered.
pub const LONGEST: usize = 32;

/// Returns the name of a property, or of the symbol that it is named by: of `<symbol max>`, `max`.
pub fn described(name: &str) -> &str {
    name.strip_prefix("<symbol ").and_then(|name| name.strip_suffix('>')).unwrap_or(name)
}

/// Whether a property or accessor with this name, or else a method, indicates a limit.
pub fn says_bounded(name: &str, is_method: bool) -> bool {
    // A method `max` returns the largest of some numbers.
    let is_most = spells_one_of(name, &MOST) && !(is_method && name == "max");
    is_most || spells_one_of(name, &["maxage"]) || removes(name)
}

/// Whether this name suggests the removal of old entries.
pub fn removes(name: &str) -> bool {
    words(name).any(|word| is_one_of(word, &REMOVAL))
}

/// Whether the name of a function next to a store suggests the removal of old entries.
pub fn removes_beside(name: &str) -> bool {
    removes(name)
        || spells_one_of(name, &CLEANUP)
        || words(name).any(|word| is_one_of(word, &CLEANUP))
}

/// Whether this name suggests a lifetime.
pub fn says_lifetime(name: &str) -> bool {
    words(name).any(|word| is_one_of(word, &LIFETIME))
}

/// Whether a number with this name may limit a size or a lifetime, or is the delay of a timer.
pub fn may_bound(name: &str) -> bool {
    name.len() <= LONGEST
        && (is_most(name)
            || is_lifetime(name)
            || name == TIMER_DELAY
            || words(name).any(|word| is_one_of(word, &LEAST_WORDS)))
}

/// Whether a number with this name limits a size, of whatever things.
pub fn is_most(name: &str) -> bool {
    spells_one_of(name, &MOST) || spells_one_of(name, &MOST_AS_NUMBER)
}

/// Whether a number with this name is a lifetime.
pub fn is_lifetime(name: &str) -> bool {
    spells_one_of(name, &["maxage"])
        || words(name).any(|word| is_one_of(word, &["ttl", "lifetime"]))
}

/// Words for units of time, with how many milliseconds they have.
const UNITS: [(&[&str], f64); 5] = [
    (&["ms", "millis", "milliseconds"], 1.0),
    (&["s", "sec", "secs", "seconds"], 1e3),
    (&["min", "mins", "minutes"], 6e4),
    (&["h", "hours"], 3.6e6),
    (&["d", "days"], 8.64e7),
];

/// A number without a unit is at most so many seconds (27.8 hours), and otherwise milliseconds.
const MOST_SECONDS: f64 = 1e5;

/// Returns the longest time in milliseconds that a lifetime of `value` may mean.
pub fn longest_ms(name: &str, value: f64) -> u64 {
    let named = UNITS.iter().find(|(names, _)| words(name).any(|word| is_one_of(word, names)));
    let unit = named.map_or(if value <= MOST_SECONDS { 1e3 } else { 1.0 }, |&(_, unit)| unit);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
    let ms = (value * unit) as u64;
    ms
}

/// Whether a number with this name limits the size of the store called `of`.
pub fn is_most_of(name: &str, of: &str) -> bool {
    words(name).any(|word| is_one_of(word, &LEAST_WORDS)) && is_about(name, of)
}

/// Whether a name states only an action, without an object.
pub fn is_general(name: &str) -> bool {
    objects(name).next().is_none()
}

/// Whether a name shares a word with the one called `of`: `sweepSessions` with
/// `sessions`.
pub fn is_about(name: &str, of: &str) -> bool {
    objects(name).any(|word| words(of).any(|other| are_alike(word, other)))
}

/// Returns the words of a name that say what it is about.
fn objects(name: &str) -> impl Iterator<Item = &str> {
    words(name).filter(|word| {
        ![&REMOVAL[..], &CLEANUP, &LEAST_WORDS, &FILLERS].iter().any(|list| is_one_of(word, list))
    })
}

/// Whether two words are the same, apart from the plural.
fn are_alike(a: &str, b: &str) -> bool {
    let [a, b] = [a, b].map(|word| word.trim_end_matches(['s', 'S']));
    a.eq_ignore_ascii_case(b) && !a.is_empty()
}

fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|other| word.eq_ignore_ascii_case(other))
}

/// Whether the letters of `name` spell one of these words.
fn spells_one_of(name: &str, list: &[&str]) -> bool {
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    let letters = letters.map(|letter| letter.to_ascii_lowercase());
    list.iter().any(|text| letters.clone().eq(text.bytes()))
}

/// Splits a name into words: `purgeStale`, `purge_stale`, `#maxTTL`.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|letter: char| !letter.is_ascii_alphabetic())
        .flat_map(Humps)
        .filter(|word| !word.is_empty())
}

/// The parts of a camel-case word.
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
        for name in ["evict", "#evictOldest", "purgeStale", "_maxSize", "stdTTL", "ttl", "maxAge"] {
            assert!(says_bounded(name, true), "{name}");
        }
        assert!(says_bounded("max", false));
        assert!(!says_bounded("max", true), "of some numbers, the largest");
    }

    #[test]
    fn names_that_only_look_alike_are_not_taken_for_a_bound() {
        for name in ["_maxListeners", "maximum", "settle", "limit", "trim", "attlee", "size"] {
            assert!(!says_bounded(name, true), "{name}");
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
    fn a_lifetime_is_taken_for_the_longest_that_it_may_mean() {
        assert_eq!(longest_ms("ttl", 600.0), 600_000);
        assert_eq!(longest_ms("maxAge", 60_000.0), 60_000_000, "it may be seconds");
        assert_eq!(longest_ms("maxAge", 3_600_000.0), 3_600_000);
        assert_eq!(longest_ms("SESSION_TTL_MS", 60_000.0), 60_000);
        assert_eq!(longest_ms("ttlMinutes", 90.0), 5_400_000);
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
