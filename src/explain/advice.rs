//! What to do about a leak of each kind, where no pattern is known.

use crate::{graph::NodeKind, report::LeakKind};

/// What an advice speaks of.
pub(super) struct Topic<'a> {
    /// The container, by class, name and file.
    pub(super) container: &'a str,
    /// Whether the container is itself a promise.
    pub(super) is_promise: bool,
    /// The class of the items.
    pub(super) items: &'a str,
    /// The class of what the container itself refers to.
    pub(super) entry: &'a str,
    /// What V8 calls one of the items, to tell strings by.
    pub(super) node: NodeKind,
    /// Whether the items hang on each other.
    pub(super) chained: bool,
}

/// What to look at, for a growth of this kind.
pub(super) fn advice(kind: LeakKind, topic: &Topic<'_>) -> String {
    let &Topic { container, is_promise, items, entry, node, chained } = topic;
    match kind {
        LeakKind::Collection => format!(
            "Entries are added to {container} and not removed. Delete {} {items} {}, or bound the \
             collection by size or age.",
            if entry == items { "each" } else { "the entry of each" },
            when_done(items)
        ),
        LeakKind::Listeners => format!(
            "Listeners are added to {container} and not removed. Remove them with off(), once() or an \
             AbortSignal when what they serve ends; add them once, not per request."
        ),
        LeakKind::Timers => format!(
            "Timers are started and neither fire for good nor are cleared; each keeps {items} alive. Call \
             clearInterval() or clearTimeout(), or close() the object that started it."
        ),
        LeakKind::Promises if is_promise => format!(
            "Reactions pile up on {container}, a promise that does not settle: each then(), await or \
             Promise.race() on it adds one. Settle it, or do not wait on a long-lived promise per request."
        ),
        LeakKind::Promises => format!(
            "Promises that do not settle are kept by {container}, each with the functions that wait for it. \
             Settle every one, on errors too, or give up waiting after a time."
        ),
        LeakKind::Closures if chained => format!(
            "Functions hang on each other in a chain that starts at {container}: each closes over the one \
             before, often through a scope that it shares with another function. Do not keep the old one in \
             a variable that the new one can see."
        ),
        LeakKind::Closures => format!(
            "Functions are kept in {container} and never dropped, with all that they close over. Add each \
             once, remove it when it is no longer needed, and bound a cache of functions."
        ),
        LeakKind::LinkedList => format!(
            "A chain of {items} that starts at {container} gets longer. Unlink elements that are done with, or \
             cut the reference from the new to the old."
        ),
        LeakKind::Strings if node == NodeKind::SlicedString => format!(
            "Strings that were cut out of larger ones are kept in {container}, and each keeps the whole \
             that it was cut from. Keep a copy (for example Buffer.from(s).toString()), and bound their \
             number."
        ),
        LeakKind::Strings => format!(
            "Text is appended to {container} and never dropped. Write it out and begin anew, or bound its \
             length."
        ),
        LeakKind::Buffers => format!(
            "Buffers are kept by {container}. Their memory is outside the JavaScript heap: bound the store, or \
             wait for 'drain' before writing more."
        ),
        LeakKind::Contexts => format!(
            "Function scopes are kept by {container}: something that each call leaves behind (a callback, an \
             unfinished async function) still refers to its variables."
        ),
        LeakKind::Other | LeakKind::Unlocated => {
            format!(
                "{items} accumulates under {container}. Look for what adds to it and never removes."
            )
        }
    }
}

/// When an item is done with, as far as its class says.
fn when_done(items: &str) -> &'static str {
    match items {
        "IncomingMessage" | "ServerResponse" | "Http2ServerRequest" | "Http2ServerResponse" => {
            "when its request is done (on the response's 'close', which comes after errors too)"
        }
        "Socket" | "TLSSocket" | "WebSocket" => "on its 'close'",
        _ => "when it is no longer needed",
    }
}
