//! Leaks known by their structure, each explained in a sentence or two.
//!
//! A pattern is data: words that must occur, in this order, among the names of references
//! and classes on the path around the container. The words are Node's and V8's own, or
//! belong to a structure that many packages share; no pattern names a package. The first
//! pattern that fits is used. To add one, write it here and add a row to the test below.

use std::borrow::Cow;

use crate::report::{LeakKind, PathStep};

/// The pattern of modules that are loaded repeatedly.
pub(super) const MODULE_RELOAD: &str = "module-reload";

/// A structure and what is known about it.
pub(super) struct Pattern {
    /// Stable name, part of the report.
    pub(super) id: &'static str,
    /// The words count from this many steps above the container on. With `None`, only the
    /// reference that holds the items and the items themselves count. The root always
    /// counts.
    above: Option<usize>,
    /// Words in the order of the path; `|` separates spellings, and a star stands for any
    /// beginning.
    words: &'static [&'static str],
    /// What it is and what to do about it.
    pub(super) text: &'static str,
}

/// Patterns of Node's, whose explanations mean nothing in a page.
const NODES: &[&str] = &[
    "async-local-storage",
    "timers",
    "event-listeners",
    "stream-backlog",
    MODULE_RELOAD,
    "diagnostics-channel",
    "session-store",
    "agent-sockets",
    "unanswered-requests",
    "open-handles",
    "compiled-code",
];

impl Pattern {
    /// Whether it is about programs of Node.
    pub(super) fn is_nodes(&self) -> bool {
        NODES.contains(&self.id)
    }

    /// Whether this pattern may explain a leak of `kind`.
    fn fits(&self, kind: LeakKind) -> bool {
        match kind {
            // Strings that get longer, or that keep longer ones, are not entries.
            LeakKind::Strings => !matches!(self.id, "session-store" | "cache-without-bound"),
            // What waits for a timer hangs on the timer. In a memo whose promises have
            // all settled, each promise keeps its own result.
            LeakKind::Timers | LeakKind::Collection => self.id != "promise-reactions",
            _ => true,
        }
    }
}

const PATTERNS: &[Pattern] = &[
    Pattern {
        id: "abort-signal-any",
        above: Some(1),
        words: &["gcPersistentSignals|kDependantSignals|dependantSignals"],
        text: "AbortSignal.any() registers every combined signal with its sources until they abort or are \
               collected; a source that lives as long as the process keeps all of them (nodejs/node#54614). \
               Combine with a short-lived controller, or remove the listeners when the work is done.",
    },
    Pattern {
        id: "abort-signal-listeners",
        above: Some(3),
        words: &["AbortSignal|AbortController|signal|#signal", "<symbol kEvents>|kEvents"],
        text: "Listeners accumulate on one long-lived AbortSignal: each operation adds its 'abort' listener \
               and leaves it there. Pass { once: true } and remove the listener when the operation ends, or \
               give each operation its own controller.",
    },
    Pattern {
        id: "promise-reactions",
        above: Some(0),
        words: &["Promise", "reactions_or_result"],
        text: "One promise that does not settle is awaited again and again; every Promise.race(), await or \
               then() on it leaves behind a reaction with the result it would deliver (nodejs/node#17469). \
               Race against a new promise each time, or use an AbortSignal or an event instead.",
    },
    Pattern {
        id: "async-local-storage",
        above: Some(3),
        words: &["AsyncContextFrame|<symbol kResourceStore>|kResourceStore|AsyncLocalStorage"],
        text: "AsyncLocalStorage stores stay attached to every asynchronous resource created under them: a \
               timer, socket or promise that lives on keeps the store of the request that created it. Start \
               long-lived work outside the context (AsyncResource, or storage.exit()).",
    },
    Pattern {
        id: "timers",
        above: Some(1),
        words: &["active timers (Timeout)|TimersList|timerListMap", "Timeout"],
        text: "A repeating timer keeps its function, and everything the function closes over, until \
               clearInterval() or clearTimeout(). Look for an object that starts a timer and is created per \
               request or call, and close it.",
    },
    Pattern {
        id: "event-listeners",
        above: Some(1),
        words: &["_events|<symbol kEvents>|kEvents"],
        text: "Listeners are added to an emitter that outlives the work they are for. Add them once, use \
               once(), or remove them with off() when the request, socket or job ends; setMaxListeners() \
               only hides the warning.",
    },
    Pattern {
        id: "stream-backlog",
        above: Some(2),
        words: &[
            "_writableState|WritableState",
            "<symbol kBufferedValue>|buffered|<symbol buffered>",
        ],
        text: "Data is written faster than the other side reads it. When write() or send() returns false, or \
               bufferedAmount is high, pause until 'drain', or disconnect the slow consumer.",
    },
    Pattern {
        id: MODULE_RELOAD,
        above: Some(1),
        words: &["Module|LoadCache|ModuleLoader", "children|_cache|ModuleJob|ModuleWrap"],
        text: "Modules are loaded again and again (their entry in require.cache is deleted in between, or \
               import() gets a new query each time): the old copies, and everything they hold, stay in \
               memory. Load each module once, or run such code in a Worker that ends.",
    },
    Pattern {
        id: "wasm-memory",
        above: Some(1),
        words: &["Memory", "ArrayBuffer"],
        text: "A WebAssembly.Memory is growing, and it can never shrink. Look for memory that the module \
               allocates and does not free, free it after each call, or run such work in an instance that is \
               discarded afterwards.",
    },
    Pattern {
        id: "performance-entries",
        above: Some(1),
        words: &["markEntryBuffer|measureEntryBuffer|resourceTimingBuffer"],
        text: "performance.mark() and measure() keep every entry on the timeline. Clear entries with \
               clearMarks() and clearMeasures() once they have been read.",
    },
    Pattern {
        id: "diagnostics-channel",
        above: Some(1),
        words: &["_subscribers"],
        text: "Subscribers are added to a diagnostics channel and never removed. Subscribe once at start-up, \
               or call unsubscribe() with the same function.",
    },
    Pattern {
        id: "finalization-registry",
        above: Some(1),
        words: &["FinalizationRegistry"],
        text: "The value given to FinalizationRegistry.register() is held strongly until the target is \
               collected; if it leads back to the target, neither is ever collected.",
    },
    Pattern {
        id: "weak-map-chain",
        above: None,
        words: &["[WeakMap"],
        text: "A WeakMap keeps a value as long as its key is alive. Here the key stays alive, or one value \
               leads to the next key: look for what keeps the key.",
    },
    Pattern {
        id: "metric-labels",
        above: Some(1),
        words: &["hashMap|timeseries|series", "labels"],
        text: "One time series is kept for every combination of label values. Use values from a small set \
               (the route, not the path; the status class, not the message).",
    },
    Pattern {
        id: "session-store",
        above: Some(1),
        words: &["sessions|_sessions|sessionStore"],
        text: "Sessions are stored in memory and never deleted. Give them an expiry and sweep expired ones \
               regularly, or use a store outside the process.",
    },
    Pattern {
        id: "agent-sockets",
        above: Some(2),
        words: &["Agent", "sockets|freeSockets|requests"],
        text: "Sockets of an http(s).Agent, or requests waiting for one, accumulate: responses are not read \
               to the end, or hosts never answer. Consume or destroy each response, set a timeout, limit \
               maxSockets, and destroy() agents that are created per request.",
    },
    Pattern {
        id: "unanswered-requests",
        above: Some(0),
        words: &["open handles", "_httpMessage"],
        text: "Each of these sockets carries an HTTP exchange that has not ended: a handler does not end its \
               response on some path, or a host never answers. End every response, including on error paths, \
               and set timeouts on both sides (server.requestTimeout, request.setTimeout()).",
    },
    Pattern {
        id: "open-handles",
        above: Some(0),
        words: &["open handles|native Node / "],
        text: "These are open handles, which the runtime keeps alive until they are closed: sockets, servers, \
               ports, workers. Call close(), destroy() or end() on each when you are done with it, including \
               on errors and timeouts.",
    },
    Pattern {
        id: "compiled-code",
        above: None,
        words: &["Script|ContextifyScript|SourceTextModule|closure anonymous"],
        text: "Code is compiled again and again (vm.Script, new Function, a template engine) and each result \
               is kept. Compile each source text once, keep the results in a bounded cache, and do not let \
               the source text depend on data.",
    },
    Pattern {
        id: "subscribers",
        above: Some(1),
        words: &[
            "observers|observers_|currentObservers|subscribers|subscriptions|currentListeners|\
                  nextListeners|listeners",
        ],
        text: "Subscribers are added to a store or stream of values that outlives them. Keep what subscribe() \
               returns, and call it (or its unsubscribe() or dispose()) when the request, view or job ends.",
    },
    Pattern {
        id: "cache-without-bound",
        above: Some(1),
        words: &["*cache|*memo|*memoized|*cached"],
        text: "This cache never forgets: every new key stays. Limit it by size or age, or check that its keys \
               recur (an object created per call, a URL with its query or a timestamp never does).",
    },
];

/// Returns the pattern that the path around its `container`-th step fits. `inside` are
/// the names of the item's own properties, and `kind` is the kind of leak.
pub(super) fn recognise(
    path: &[PathStep],
    container: usize,
    inside: &[String],
    kind: LeakKind,
) -> Option<&'static Pattern> {
    PATTERNS.iter().filter(|pattern| pattern.fits(kind)).find(|pattern| {
        let from = pattern.above.map_or(container + 1, |above| container.saturating_sub(above));
        let root = path.first().map(|step| step.edge.name.as_str());
        let steps = path.get(from.max(1)..).unwrap_or_default();
        let outside = || {
            let words = steps
                .iter()
                .flat_map(|step| [Cow::Borrowed(step.edge.name.as_str()), step.class.in_reports()]);
            root.map(Cow::Borrowed).into_iter().chain(words)
        };
        // The item's own properties only add to a structure around it.
        occurs(&pattern.words[..1], outside())
            && occurs(
                pattern.words,
                outside().chain(inside.iter().map(|name| name.as_str().into())),
            )
    })
}

fn occurs<'a>(wanted: &[&str], mut words: impl Iterator<Item = Cow<'a, str>>) -> bool {
    wanted.iter().all(|alternatives| {
        words.any(|word| alternatives.split('|').any(|one| is_word(one, &word)))
    })
}

/// Whether `word` matches the spelling `wanted`. A spelling that ends in a space or opens
/// a bracket is a prefix; one that begins with a star is a suffix, in any case.
fn is_word(wanted: &str, word: &str) -> bool {
    if let Some(end) = wanted.strip_prefix('*') {
        let tail = word.len().checked_sub(end.len()).and_then(|at| word.get(at..));
        return tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end));
    }
    let open = wanted.ends_with(' ') || wanted.starts_with('[');
    if open { word.starts_with(wanted) } else { word == wanted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{report::PathEdge, v8::class_name::ClassName};

    fn class_of(text: &str) -> ClassName {
        text.strip_prefix("closure ")
            .map_or_else(|| ClassName::called(text.to_owned()), ClassName::closure)
    }

    fn path(steps: &[(&str, &str)]) -> Vec<PathStep> {
        steps
            .iter()
            .map(|&(edge, class)| PathStep {
                edge: PathEdge { kind: "property".to_owned(), name: edge.to_owned() },
                class: class_of(class),
                node_kind: "object".to_owned(),
                location: None,
                suspect: false,
            })
            .collect()
    }

    #[track_caller]
    fn check(steps: &[(&str, &str)], inside: &[&str], id: Option<&str>) {
        let path = path(steps);
        let inside: Vec<String> = inside.iter().map(|&name| name.to_owned()).collect();
        let found = recognise(&path, path.len().saturating_sub(2), &inside, LeakKind::Other);
        assert_eq!(found.map(|pattern| pattern.id), id);
    }

    #[test]
    fn each_structure_is_recognised() {
        let module = ("module app.js", "Module");
        check(
            &[module, ("gcPersistentSignals", "Set"), ("[]", "AbortSignal")],
            &[],
            Some("abort-signal-any"),
        );
        check(
            &[
                module,
                ("stop", "AbortController"),
                ("#signal", "AbortSignal"),
                ("<symbol kEvents>", "Map"),
                ("[]", "Listener"),
            ],
            &[],
            Some("abort-signal-listeners"),
        );
        check(
            &[module, ("closed", "Promise"), ("reactions_or_result", "PromiseReaction")],
            &[],
            Some("promise-reactions"),
        );
        check(
            &[
                ("module node:internal/timers", "Module"),
                ("timerListMap", "Object"),
                ("[]", "TimersList"),
                ("_idleNext", "Timeout"),
            ],
            &[],
            Some("timers"),
        );
        check(
            &[module, ("bus", "EventEmitter"), ("_events", "Object"), ("[]", "closure f")],
            &[],
            Some("event-listeners"),
        );
        check(
            &[
                module,
                ("_writableState", "WritableState"),
                ("<symbol kBufferedValue>", "Array"),
                ("[]", "Object"),
            ],
            &[],
            Some("stream-backlog"),
        );
        check(
            &[module, ("hashMap", "Object"), ("[]", "Object")],
            &["labels", "value"],
            Some("metric-labels"),
        );
        check(&[("open handles", "(Global handles)"), ("[]", "Socket")], &[], Some("open-handles"));
        check(
            &[("open handles", "(Global handles)"), ("[]", "TCP"), ("owner", "Socket")],
            &["_httpMessage"],
            Some("unanswered-requests"),
        );
        check(
            &[module, ("loadCache", "LoadCache"), ("[]", "ModuleJob")],
            &[],
            Some("module-reload"),
        );
        check(
            &[module, ("key", "Object"), ("[WeakMap notes]", "Object")],
            &[],
            Some("weak-map-chain"),
        );
        check(
            &[module, ("agent", "Agent"), ("sockets", "Object"), ("[]", "Socket")],
            &[],
            Some("agent-sockets"),
        );
        check(&[module, ("scripts", "Map"), ("[]", "Script")], &[], Some("compiled-code"));
        check(
            &[module, ("prices", "Store"), ("subscribers", "Set"), ("[]", "Object")],
            &[],
            Some("subscribers"),
        );
        check(&[module, ("userCache", "Map"), ("[]", "Object")], &[], Some("cache-without-bound"));
    }

    #[test]
    fn memory_of_webassembly_is_recognised() {
        check(
            &[
                ("module app/server.js", "Module"),
                ("memory", "Memory"),
                ("array_buffer", "ArrayBuffer"),
                ("data", "backing store"),
            ],
            &[],
            Some("wasm-memory"),
        );
    }

    #[test]
    fn the_kind_of_leak_rules_patterns_out() {
        let promise = path(&[
            ("active timers (Timeout)", "TimersList"),
            ("[]", "Timeout"),
            ("then", "Promise"),
            ("reactions_or_result", "PromiseReaction"),
        ]);
        let id = |kind| recognise(&promise, 1, &[], kind).map(|pattern| pattern.id);
        assert_eq!(id(LeakKind::Promises), Some("promise-reactions"));
        assert_eq!(id(LeakKind::Timers), Some("timers"));
        let cache = path(&[("module app.js", "Module"), ("cache", "Map"), ("[]", "string")]);
        let id = |kind| recognise(&cache, 1, &[], kind).map(|pattern| pattern.id);
        assert_eq!(id(LeakKind::Collection), Some("cache-without-bound"));
        assert_eq!(id(LeakKind::Strings), None);
    }

    #[test]
    fn an_ordinary_map_is_no_pattern() {
        check(
            &[("module app.js", "Module"), ("requests", "Map"), ("[]", "IncomingMessage")],
            &["socket"],
            None,
        );
    }

    #[test]
    fn a_map_that_is_the_value_of_a_weak_map_is_no_chain() {
        let module = ("module app.js", "Module");
        let steps = [module, ("fetch", "closure f"), ("[WeakMap store]", "Map"), ("[]", "Object")];
        check(&steps, &[], None);
    }

    #[test]
    fn what_is_inside_an_item_is_not_around_it() {
        let socket = [("open handles", "(Global handles)"), ("[]", "Socket")];
        check(&socket, &["_events"], Some("open-handles"));
    }

    #[test]
    fn words_must_come_in_order() {
        check(
            &[("module app.js", "Module"), ("reactions_or_result", "X"), ("p", "Promise")],
            &[],
            None,
        );
    }

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<_> = PATTERNS.iter().map(|pattern| pattern.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), PATTERNS.len());
    }
}
