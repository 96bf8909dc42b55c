//! How much a class says to a person who is looking for a leak.

use super::{
    names::{self, INTERNAL},
    scripts,
    words::Words,
};
use crate::{
    graph::{HeapGraph, NodeKind},
    units::NodeOrdinal,
};

/// How much a class says to a person who is looking for a leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// A user-defined class: `IncomingMessage`, `User`.
    Named,
    /// A class that everything is made of: `Object`, `Array`, a function.
    Generic,
    /// An object of the runtime that carries the interesting one: a timer, a promise's
    /// reaction, a scope, a table.
    Carrier,
    /// A carrier that a person never sees: the functions that settle a promise, a bound
    /// function.
    Blank,
}

/// Classes of bytes.
const BYTES: [&str; 15] = [
    "Buffer",
    "FastBuffer",
    "DataView",
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float16Array",
    "Float32Array",
    "Float64Array",
    "BigInt64Array",
    "BigUint64Array",
];

/// Whether `node` is an array of bytes, which belong to what they were made for: a stream, a message.
pub fn is_bytes(graph: &HeapGraph, node: NodeOrdinal) -> bool {
    graph.kind(node) == NodeKind::Object && BYTES.contains(&names::without_ids(graph.name(node)))
}

/// Returns how much the class of `node` says.
pub fn telling(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> Telling {
    match graph.kind(node) {
        NodeKind::Closure if scripts::script_of_closure(graph, words, node).is_none() => {
            Telling::Blank
        }
        NodeKind::Object => match names::without_ids(graph.name(node)) {
            "Object" | "Array" | "Map" | "Set" | "WeakMap" | "WeakSet" | "WeakRef" | "Date"
            | "Error" | "Arguments" | "Symbol" | "" => Telling::Generic,
            "Timeout" | "Immediate" | "TimersList" | "Promise" | "AsyncResource"
            | "AsyncContextFrame" | "Generator" | "AsyncFunction" | "ArrayBuffer"
            | "SharedArrayBuffer" | "Listener" | "EventTarget" | "AbortSignal"
            | "AbortController" | "AsyncGenerator" => Telling::Carrier,
            // Node's native handles: their owner is what a person created.
            "TCP" | "Pipe" | "TTY" | "UDP" | "TLSWrap" | "Process" | "Zlib" | "HTTPParser"
            | "FSEvent" | "StatWatcher" | "ShutdownWrap" | "WriteWrap" | "FSReqCallback" => {
                Telling::Carrier
            }
            name if name.starts_with(INTERNAL) => Telling::Carrier,
            _ => Telling::Named,
        },
        NodeKind::String
        | NodeKind::ConsString
        | NodeKind::SlicedString
        | NodeKind::Closure
        | NodeKind::RegExp
        | NodeKind::Symbol
        | NodeKind::BigInt
        | NodeKind::Number => Telling::Generic,
        _ => Telling::Carrier,
    }
}
