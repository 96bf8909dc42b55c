//! What an object is called, and whether that says anything.

use crate::{
    census::{
        scopes, spelling,
        words::{self, Words},
    },
    graph::{EdgeKind, HeapGraph, NodeKind},
    units::{NameId, NodeOrdinal},
};

/// The class of `node` for a report: a constructor's name, or the kind of a
/// string, function or array. Never its contents.
pub(super) fn class_name(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> String {
    let name = spelling::without_ids(graph.name(node));
    if let Some(function) = suspended(graph, words, node) {
        return of_function(call_kind(graph, words, node), graph.name(function));
    }
    let fixed = match graph.kind(node) {
        NodeKind::Closure => return of_function(CLOSURE, name),
        NodeKind::String | NodeKind::ConsString => "string",
        NodeKind::SlicedString => "sliced string",
        NodeKind::RegExp => "RegExp",
        NodeKind::Symbol => "Symbol",
        NodeKind::BigInt => "bigint",
        NodeKind::Number => "number",
        NodeKind::Array => "(array)",
        NodeKind::Code => return code_name(name),
        _ if name == "system / JSArrayBufferData" => "backing store",
        _ if name == PROXY => "Proxy",
        _ if name.is_empty() => "(anonymous)",
        NodeKind::Object if name != "Object" => {
            return later_class(graph, words, node).unwrap_or(name).to_owned();
        }
        _ => return name.strip_prefix("system / ").unwrap_or(name).to_owned(),
    };
    fixed.to_owned()
}

/// How V8 calls a `Proxy`.
pub(super) const PROXY: &str = "system / JSProxy";

const CLOSURE: &str = "closure";
const CODE: &str = "code";
const GENERATOR: &str = "Generator";
const ASYNC_FUNCTION: &str = "AsyncFunction";
const ANONYMOUS: &str = "(anonymous)";

/// A class that goes by the name of a function.
fn of_function(kind: &str, function: &str) -> String {
    format!("{kind} {}", if function.is_empty() { ANONYMOUS } else { function })
}

/// The kind and the function of a class that goes by the function's name.
pub(super) fn split_function(class: &str) -> Option<(&str, &str)> {
    class.split_once(' ').filter(|&(kind, function)| {
        (matches!(kind, CLOSURE | CODE) || is_generator(kind)) && function != ANONYMOUS
    })
}

/// Whether V8 names so what a suspended function is kept in.
fn is_generator(class: &str) -> bool {
    matches!(class, GENERATOR | "AsyncGenerator" | ASYNC_FUNCTION)
}

/// The function of which `node` keeps a suspended call.
pub(super) fn suspended(
    graph: &HeapGraph,
    words: &Words,
    node: NodeOrdinal,
) -> Option<NodeOrdinal> {
    let is_call =
        graph.kind(node) == NodeKind::Object && !graph.name(node).starts_with("system / ");
    let function = is_call.then(|| scopes::internal(graph, node, words.function))?;
    function.filter(|&function| graph.kind(function) == NodeKind::Closure)
}

/// The same for an object that V8 gives no better name than that of a suspended function:
/// cheap enough to be asked of every object.
pub(super) fn suspended_as_such(
    graph: &HeapGraph,
    words: &Words,
    node: NodeOrdinal,
) -> Option<NodeOrdinal> {
    let is_such = graph.kind(node) == NodeKind::Object && is_generator(graph.name(node));
    is_such.then(|| suspended(graph, words, node))?
}

/// What sort of function's call `node` keeps. V8 calls it by the function, or a
/// generator's; its prototype tells: an async function's call has none.
fn call_kind<'a>(graph: &'a HeapGraph, words: &Words, node: NodeOrdinal) -> &'a str {
    let own = spelling::without_ids(graph.name(node));
    match property(graph, node, words.proto) {
        Some(prototype) if graph.kind(prototype) == NodeKind::Hidden => ASYNC_FUNCTION,
        Some(prototype) if is_generator(graph.name(prototype)) => graph.name(prototype),
        _ if is_generator(own) => own,
        _ => GENERATOR,
    }
}

/// The class that an object was given after it was made.
///
/// V8 names an object by the constructor that made it. Where the prototype was
/// replaced (`AbortSignal`s are made as `EventTarget`s), a person knows it by
/// the constructor of its prototype.
fn later_class<'a>(graph: &'a HeapGraph, words: &Words, node: NodeOrdinal) -> Option<&'a str> {
    let prototype = property(graph, node, words.proto)?;
    let constructor = property(graph, prototype, words.constructor)?;
    let is_class = graph.kind(constructor) == NodeKind::Closure && constructor != node;
    is_class.then(|| graph.name(constructor)).filter(|name| !name.is_empty())
}

fn property(graph: &HeapGraph, node: NodeOrdinal, name: Option<NameId>) -> Option<NodeOrdinal> {
    name?;
    graph
        .edges(node)
        .find(|edge| edge.kind == EdgeKind::Property && words::is(edge.label, name))
        .map(|edge| edge.to)
}

/// V8's own is told by what it is, and what is a function's by the function.
fn code_name(name: &str) -> String {
    match name.strip_prefix("system / ") {
        Some(name) => name.to_owned(),
        None if name.is_empty() => "(code)".to_owned(),
        None => of_function(CODE, name),
    }
}

/// How much a class tells a person who looks for a leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// A class that somebody wrote: `IncomingMessage`, `User`.
    Named,
    /// A class that everything is made of: `Object`, `Array`, a function.
    Generic,
    /// Something of the runtime's that carries what matters: a timer, a
    /// promise's reaction, a scope, a table.
    Carrier,
    /// A carrier that a person never sees: the functions that settle a promise,
    /// a bound function.
    Blank,
}

/// How much the class of `node` tells.
pub(super) fn telling(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> Telling {
    match graph.kind(node) {
        NodeKind::Closure if scopes::script_of_closure(graph, words, node).is_none() => {
            Telling::Blank
        }
        NodeKind::Object => match spelling::without_ids(graph.name(node)) {
            "Object" | "Array" | "Map" | "Set" | "WeakMap" | "WeakSet" | "WeakRef" | "Date"
            | "Error" | "Arguments" | "Symbol" | "" => Telling::Generic,
            "Timeout" | "Immediate" | "TimersList" | "Promise" | "AsyncResource"
            | "AsyncContextFrame" | "Generator" | "AsyncFunction" | "ArrayBuffer"
            | "SharedArrayBuffer" | "Listener" | "EventTarget" | "AbortSignal"
            | "AbortController" | "AsyncGenerator" => Telling::Carrier,
            // Node's native handles: what a person made is their owner.
            "TCP" | "Pipe" | "TTY" | "UDP" | "TLSWrap" | "Process" | "Zlib" | "HTTPParser"
            | "FSEvent" | "StatWatcher" | "ShutdownWrap" | "WriteWrap" | "FSReqCallback" => {
                Telling::Carrier
            }
            name if name.starts_with("system / ") => Telling::Carrier,
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
