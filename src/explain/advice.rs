//! Advice for a leak of each kind, used where no pattern matches.

use crate::{graph::NodeKind, report::LeakKind};

/// The subject of a piece of advice.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not the states of one thing")]
pub(super) struct Topic<'a> {
    /// The container, by class, name and file.
    pub(super) container: &'a str,
    /// Whether the container is itself a promise.
    pub(super) is_promise: bool,
    /// The class of the items.
    pub(super) items: &'a str,
    /// The class of what the container itself refers to.
    pub(super) entry: &'a str,
    /// V8's kind of one of the items; it distinguishes sorts of strings.
    pub(super) node: NodeKind,
    /// Whether the items refer to each other, as in a chain.
    pub(super) chained: bool,
    /// Whether the heap is that of a browser's page.
    pub(super) is_page: bool,
    /// Whether they are, or refer to, nodes that are no longer part of their page.
    pub(super) is_detached: bool,
}

/// Returns the advice for growth of this kind.
pub(super) fn advice(kind: LeakKind, topic: &Topic<'_>) -> String {
    let &Topic { container, is_promise, items, entry, node, chained, is_page, is_detached } = topic;
    match kind {
        _ if is_detached => format!(
            "{container} still refers to nodes that were removed from the page, and each keeps the whole \
             tree it was part of. Delete {} {items} along with its nodes, or keep what is needed of them \
             without the nodes.",
            if entry == items { "each" } else { "the entry of each" }
        ),
        LeakKind::Listeners if is_page => format!(
            "Listeners are added to {container} and never removed. Pass {{ once: true }} or the signal of an \
             AbortController to addEventListener(), or call removeEventListener() when what they are for is \
             gone; add them once, not for each element."
        ),
        LeakKind::Collection => format!(
            "Entries are added to {container} and never removed. Delete {} {items} {}, or limit the \
             collection by size or age.",
            if entry == items { "each" } else { "the entry of each" },
            when_done(items)
        ),
        LeakKind::Listeners => format!(
            "Listeners are added to {container} and never removed. Use once(), or remove them with off() or \
             an AbortSignal when they are no longer needed; add them once, not per request."
        ),
        LeakKind::Timers => format!(
            "Timers keep being started and are never cleared; each keeps {items} alive. Call \
             clearInterval() or clearTimeout(), or close the object that started the timer."
        ),
        LeakKind::Promises if is_promise => format!(
            "Reactions accumulate on {container}, a promise that does not settle: each then(), await or \
             Promise.race() on it adds one. Settle it, or avoid waiting for a long-lived promise in every \
             request."
        ),
        LeakKind::Promises => format!(
            "Promises that do not settle are kept by {container}, each with the functions waiting for it. \
             Settle every promise, including on error paths, or add a timeout."
        ),
        LeakKind::Closures if chained => format!(
            "Functions form a chain that starts at {container}: each closes over the previous one, often \
             through a scope shared with another function. Do not keep the old function in a variable that \
             the new one can see."
        ),
        LeakKind::Closures => format!(
            "Functions are kept in {container} and never removed, with everything they close over. Add each \
             function once, remove it when it is no longer needed, and limit the size of any cache of \
             functions."
        ),
        LeakKind::LinkedList => format!(
            "A chain of {items} that starts at {container} keeps getting longer. Unlink elements that are no \
             longer needed, or cut the reference from each new element to the old one."
        ),
        LeakKind::Strings if node == NodeKind::SlicedString => format!(
            "Strings that were cut out of larger ones are kept in {container}, and each keeps the whole \
             string it was cut from. Keep a copy instead (for example Buffer.from(s).toString()), and limit \
             how many are kept."
        ),
        LeakKind::Strings => format!(
            "Text is appended to {container} and never removed. Write it out and start over, or limit its \
             length."
        ),
        LeakKind::Buffers => format!(
            "Buffers are kept by {container}. Their memory is outside the JavaScript heap: limit how many are \
             kept, or wait for 'drain' before writing more."
        ),
        LeakKind::Contexts => format!(
            "Function scopes are kept by {container}: something that each call leaves behind (a callback, an \
             unfinished async function) still refers to the variables of that call."
        ),
        LeakKind::Other | LeakKind::Unlocated => {
            format!(
                "{items} accumulates under {container}. Look for code that adds to it and never removes."
            )
        }
    }
}

/// Returns when an item is no longer needed, as far as its class says.
fn when_done(items: &str) -> &'static str {
    match items {
        "IncomingMessage" | "ServerResponse" | "Http2ServerRequest" | "Http2ServerResponse" => {
            "when its request is done (on the response's 'close' event, which also follows errors)"
        }
        "Socket" | "TLSSocket" | "WebSocket" => "on its 'close' event",
        _ => "when it is no longer needed",
    }
}
