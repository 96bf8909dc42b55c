//! Determines the kind of a leak from the structure around it.

use super::{container_choice::Chosen, heap_path};
use crate::{
    graph::{HeapGraph, NodeKind},
    growth::Measure,
    report::LeakKind,
    units::NodeOrdinal,
    v8::{references, scopes, words::Words},
};

/// Returns the kind of leak that `chosen` shows.
pub(super) fn kind_of(
    chosen: &Chosen,
    measure: Measure,
    graph: &HeapGraph,
    words: &Words,
) -> LeakKind {
    let hops = &chosen.heap_path.hops;
    let class = |at: usize| graph.name(hops[at].node);
    let edge = |at: usize| {
        heap_path::reference_name(graph, words, hops[at])
            .map(|name| name.text())
            .unwrap_or_default()
    };
    let item_name = graph.name(chosen.item);
    let near = chosen.container_at.saturating_sub(2)..=chosen.entry_at;
    let is_listener_store = |name: &str| {
        name.contains("kEvents")
            || matches!(
                name,
                "_events"
                    | "listeners"
                    | "currentListeners"
                    | "observers"
                    | "observers_"
                    | "currentObservers"
                    | "subscribers"
                    | "subscriptions"
            )
    };

    if near.clone().any(|at| is_listener_store(&edge(at))) || item_name == "Listener" {
        return LeakKind::Listeners;
    }
    if near.clone().any(|at| matches!(class(at), "TimersList" | "Timeout" | "ImmediateList")) {
        return LeakKind::Timers;
    }
    let around = near.start().to_owned()..=chosen.item_at;
    if around.clone().any(|at| class(at).contains("PromiseReaction"))
        || is_pending(graph, words, chosen.item)
    {
        return LeakKind::Promises;
    }
    if graph.name(chosen.container) == "Promise" && graph.kind(chosen.item) == NodeKind::Closure {
        // A promise implementation other than V8's keeps its waiters as functions.
        return LeakKind::Promises;
    }
    match graph.kind(chosen.item) {
        // Whether V8 has joined a string does not matter; entries are entries.
        NodeKind::SlicedString => return LeakKind::Strings,
        NodeKind::String | NodeKind::ConsString if measure == Measure::Size => {
            return LeakKind::Strings;
        }
        NodeKind::Object if is_buffer(item_name) => return LeakKind::Buffers,
        NodeKind::Native if item_name.contains("ArrayBuffer") => return LeakKind::Buffers,
        NodeKind::Closure => return LeakKind::Closures,
        _ => {}
    }
    if chosen.chained {
        return LeakKind::LinkedList;
    }
    if item_name.starts_with(scopes::CONTEXT) {
        return LeakKind::Contexts;
    }
    match graph.kind(chosen.container) {
        NodeKind::Object | NodeKind::Closure if chosen.container != chosen.item => {
            LeakKind::Collection
        }
        _ => LeakKind::Other,
    }
}

/// Whether `node` is a promise that something waits for.
fn is_pending(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> bool {
    graph.kind(node) == NodeKind::Object
        && graph.name(node) == "Promise"
        && references::internal(graph, node, words.reactions)
            .is_some_and(|state| graph.name(state).contains("PromiseReaction"))
}

/// Whether the memory of this class is outside the JavaScript heap. A user-defined class
/// may also end in `Array`.
fn is_buffer(class: &str) -> bool {
    matches!(
        class,
        "Buffer"
            | "FastBuffer"
            | "ArrayBuffer"
            | "SharedArrayBuffer"
            | "DataView"
            | "Int8Array"
            | "Uint8Array"
            | "Uint8ClampedArray"
            | "Int16Array"
            | "Uint16Array"
            | "Int32Array"
            | "Uint32Array"
            | "Float16Array"
            | "Float32Array"
            | "Float64Array"
            | "BigInt64Array"
            | "BigUint64Array"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_arrays_are_buffers_and_classes_called_alike_are_not() {
        assert!(["Buffer", "Uint8ClampedArray", "BigUint64Array"].into_iter().all(is_buffer));
        assert!(!["Array", "JobArray", "NdArray"].into_iter().any(is_buffer));
    }
}
