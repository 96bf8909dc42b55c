//! Leaks that are known by their structure, explained in a sentence or two.
//!
//! A pattern is data: words that must occur, in this order, among the names of
//! references and classes on the path around the container. The words are
//! Node's and V8's own, or those of a structure that many packages share; no
//! pattern names a package. The first that fits is used. To add one, write it
//! here and a row in the test below.

use crate::report::PathStep;

/// A structure and what is known of it.
pub(super) struct Pattern {
    /// Stable name, part of the report.
    pub(super) id: &'static str,
    /// Words in the order of the path; `|` separates spellings.
    words: &'static [&'static str],
    /// What it is and what to do.
    pub(super) text: &'static str,
}

/// How many steps above the container belong to the structure around it.
const STEPS_ABOVE: usize = 3;

const PATTERNS: &[Pattern] = &[
    Pattern {
        id: "abort-signal-any",
        words: &["gcPersistentSignals|kDependantSignals|dependantSignals"],
        text: "AbortSignal.any() registers every combined signal with its sources until they abort or are \
               collected; a source that lives as long as the process keeps all of them (nodejs/node#54614). \
               Combine with a short-lived controller, or remove the listeners when the work is done.",
    },
    Pattern {
        id: "abort-signal-listeners",
        words: &["AbortSignal|AbortController|signal|#signal", "<symbol kEvents>|kEvents"],
        text: "Listeners pile up on one long-lived AbortSignal: each operation adds its 'abort' listener and \
               leaves it there. Pass { once: true } and remove it when the operation ends, or give each \
               operation a controller of its own.",
    },
    Pattern {
        id: "promise-reactions",
        words: &["Promise", "reactions_or_result"],
        text: "One promise that does not settle is waited on again and again; every Promise.race(), await or \
               then() on it leaves a reaction with the result it would deliver (nodejs/node#17469). Race \
               against a promise made for the occasion, or use an AbortSignal or an event instead.",
    },
    Pattern {
        id: "async-local-storage",
        words: &["AsyncContextFrame|<symbol kResourceStore>|kResourceStore|AsyncLocalStorage"],
        text: "Stores of AsyncLocalStorage stay with every asynchronous resource that was made under them: a \
               timer, socket or promise that lives on keeps the store of the request that made it. Start \
               long-lived work outside the context (AsyncResource, or storage.exit()).",
    },
    Pattern {
        id: "timers",
        words: &["TimersList|timerListMap", "Timeout"],
        text: "Active timers: a repeating timer keeps its function, and all that this closes over, until \
               clearInterval() or clearTimeout(). Look for an object that starts one and is made per request \
               or call; close it.",
    },
    Pattern {
        id: "event-listeners",
        words: &["_events"],
        text: "Listeners are added to an emitter that outlives what they serve. Add them once, use once(), or \
               remove them with off() when the request, socket or job ends; setMaxListeners() only hides the \
               warning.",
    },
    Pattern {
        id: "stream-backlog",
        words: &[
            "_writableState|WritableState",
            "<symbol kBufferedValue>|buffered|<symbol buffered>",
        ],
        text: "Data is written faster than the other side takes it. When write() or send() returns false or \
               bufferedAmount is high, stop until 'drain', or drop the slow consumer.",
    },
    Pattern {
        id: "module-reload",
        words: &["Module", "children|_cache"],
        text: "Modules are loaded again and again (their cache entry is deleted between): the parent's children \
               and all that the old copies hold stay. Load once, or run such code in a Worker that ends.",
    },
    Pattern {
        id: "performance-entries",
        words: &["markEntryBuffer|measureEntryBuffer|resourceTimingBuffer"],
        text: "performance.mark() and measure() keep every entry for the timeline. Clear them with clearMarks() \
               and clearMeasures(), or observe instead of storing.",
    },
    Pattern {
        id: "diagnostics-channel",
        words: &["_subscribers"],
        text: "Subscribers are added to a diagnostics channel and not removed: subscribe once at start-up, or \
               call unsubscribe() with the same function.",
    },
    Pattern {
        id: "finalization-registry",
        words: &["FinalizationRegistry"],
        text: "The value given to FinalizationRegistry.register() is held strongly until the target is \
               collected; when it leads back to the target, neither ever is.",
    },
    Pattern {
        id: "weak-map-chain",
        words: &["[WeakMap"],
        text: "A WeakMap keeps a value for as long as its key lives. Here the key lives, or one value leads to \
               the next key: look for what keeps the key.",
    },
    Pattern {
        id: "metric-labels",
        words: &["hashMap|timeseries|series", "labels"],
        text: "A time series is kept for every combination of label values. Use values from a small set (the \
               route, not the path; the status class, not the message).",
    },
    Pattern {
        id: "session-store",
        words: &["sessions"],
        text: "Sessions are stored in memory and nothing deletes them: give them an expiry that is enforced by \
               a sweep, or use a store outside the process.",
    },
    Pattern {
        id: "open-handles",
        words: &["native (Global handles)|native Node / "],
        text: "They are open handles, which the runtime keeps alive until they are closed: sockets, servers, \
               ports, workers. Call close(), destroy() or end() when each is done with, also on errors and \
               time-outs.",
    },
];

/// The pattern that the path around its `container`-th step fits. `inside` are
/// names of the item's own properties.
pub(super) fn recognise(
    path: &[PathStep],
    container: usize,
    inside: &[String],
) -> Option<&'static Pattern> {
    let from = container.saturating_sub(STEPS_ABOVE);
    let mut words: Vec<&str> = path
        .first()
        .into_iter()
        .map(|step| step.edge.name.as_str())
        .chain(
            path[from.clamp(1, path.len().max(1))..]
                .iter()
                .flat_map(|step| [step.edge.name.as_str(), step.class_name.as_str()]),
        )
        .collect();
    let outside = words.len();
    words.extend(inside.iter().map(String::as_str));
    PATTERNS.iter().find(|pattern| {
        // The item's own properties only tell more of a structure around it.
        occurs(&pattern.words[..1], &words[..outside]) && occurs(pattern.words, &words)
    })
}

fn occurs(wanted: &[&str], words: &[&str]) -> bool {
    let mut words = words.iter();
    wanted
        .iter()
        .all(|alternatives| words.any(|word| alternatives.split('|').any(|one| is_word(one, word))))
}

/// A spelling that ends in a space or opens a bracket is the beginning of one.
fn is_word(wanted: &str, word: &str) -> bool {
    let open = wanted.ends_with(' ') || wanted.starts_with('[') || wanted.starts_with("native (");
    if open { word.starts_with(wanted) } else { word == wanted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::PathEdge;

    fn path(steps: &[(&str, &str)]) -> Vec<PathStep> {
        steps
            .iter()
            .map(|&(edge, class)| PathStep {
                edge: PathEdge { kind: "property".to_owned(), name: edge.to_owned() },
                class_name: class.to_owned(),
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
        let found = recognise(&path, path.len().saturating_sub(2), &inside);
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
        check(
            &[("native (Global handles)", "(Global handles)"), ("[]", "Socket")],
            &[],
            Some("open-handles"),
        );
        check(
            &[module, ("key", "Object"), ("[WeakMap notes]", "Object")],
            &[],
            Some("weak-map-chain"),
        );
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
    fn what_is_inside_an_item_is_not_around_it() {
        let socket = [("native (Global handles)", "(Global handles)"), ("[]", "Socket")];
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
