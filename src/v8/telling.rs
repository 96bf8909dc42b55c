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

const TYPED_ARRAYS: [&str; 12] = [
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

/// Returns how much the class of `node` says.
pub fn telling(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> Telling {
    match graph.kind(node) {
        NodeKind::Closure if scripts::script_of_closure(graph, words, node).is_none() => {
            Telling::Blank
        }
        NodeKind::Object => match names::without_ids(graph.name(node)) {
            "Object" | "Array" | "Map" | "Set" | "WeakMap" | "WeakSet" | "WeakRef" | "Date"
            | "Error" | "Arguments" | "Symbol" | "" => Telling::Generic,
            // Bytes belong to what was made for them: a stream, a message.
            "Buffer" | "FastBuffer" | "DataView" => Telling::Generic,
            name if TYPED_ARRAYS.contains(&name) => Telling::Generic,
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
