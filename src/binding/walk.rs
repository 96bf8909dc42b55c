//! The parts of a walk that need Node-API: objects to probe the layout with, and the
//! location of V8's handles.
//!
//! An environment has one isolate and one thread, so a thread-local is per environment.

use std::{cell::RefCell, sync::Arc, time::Duration};

use napi::{Env, JsValue, Unknown, sys};
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::json::text;
use crate::{
    allocations,
    capture::{Arrival, Pipe, fork::Plan},
    detector::{Options, Walking},
    error::DetectError,
    graph::{EdgeKind, GraphBuilder, HeapGraph, NodeKind},
    walk::{
        self, Anchors, Walk,
        decode::Decoder,
        gate::{self, Versions},
        scan::Tolerance,
    },
};

thread_local! {
    static PREPARED: RefCell<Option<Prepared>> = const { RefCell::new(None) };
}

/// The findings about one environment.
struct Prepared {
    outcome: Result<Arc<Walk>, String>,
    /// V8's version, if it has not been tested.
    untested: Option<String>,
    /// The node of a global handle of seep's own; 0 without one.
    node: u64,
}

/// Examines `probes` once per environment and returns which walks are possible: none
/// without probes, for now.
pub(super) fn walking(env: Env, options: &Options, probes: &[Unknown<'_>]) -> Walking {
    if probes.is_empty() {
        return Walking::default();
    }
    PREPARED.with_borrow_mut(|prepared| {
        let prepared = prepared.get_or_insert_with(|| prepare(env, &options.versions, probes));
        let untested = prepared.untested.clone().filter(|_| !options.compares);
        match &prepared.outcome {
            Ok(walk) => Walking::by(Arc::clone(walk), untested),
            Err(reason) => Walking::refused(reason.clone()),
        }
    })
}

/// Returns the fault that the self-check would find with `probes` if the layout were
/// wrong in `field`; for tests.
pub(super) fn refusal(versions: &Versions, probes: &[Unknown<'_>], field: &str) -> Option<String> {
    let words: Vec<u64> = probes.iter().map(tagged).collect();
    // SAFETY: on the isolate's thread, which is here.
    let outcome = unsafe { Walk::prepare(versions, &words, Some(field)) };
    outcome.err().map(|refusal| refusal.reason())
}

fn prepare(env: Env, versions: &Versions, probes: &[Unknown<'_>]) -> Prepared {
    let words: Vec<u64> = probes.iter().map(tagged).collect();
    // SAFETY: on the isolate's thread, which is here.
    let outcome = unsafe { Walk::prepare(versions, &words, None) };
    let mut outcome = outcome.map(Arc::new).map_err(|refusal| refusal.reason());
    let mut node = 0;
    if outcome.is_ok() {
        match probes.iter().rev().find_map(|probe| strong_node(env, probe)) {
            Some(found) => node = found,
            None => outcome = Err("the self-check \"global handles\" failed".into()),
        }
    }
    let is_tested = gate::admit(versions).is_ok_and(|(_, is_tested)| is_tested);
    let untested = (!is_tested).then(|| versions.v8.clone());
    Prepared { outcome, untested, node }
}

/// Returns the anchors of this environment's isolate, valid at the moment of a capture. V8's
/// samples have one only if they are to be read.
pub(super) fn anchors(env: Env, walk: &Walk, reads_samples: bool) -> Option<Anchors> {
    let node = PREPARED.with_borrow(|prepared| prepared.as_ref().map(|it| it.node))?;
    let mut newest = std::ptr::null_mut();
    // SAFETY: an environment that is alive, and room for one value.
    let status = unsafe { sys::napi_create_object(env.raw(), &raw mut newest) };
    let isolate = walk::current_isolate();
    if status != sys::Status::napi_ok || isolate == 0 {
        return None;
    }
    // SAFETY: V8 has allocated the isolate that runs here.
    let bytes = unsafe { walk::allocated_bytes(isolate) };
    let profiler = if reads_samples { allocations::control::profiler() } else { 0 };
    Some(Anchors { profiler, ..walk.anchors(isolate, bytes, newest as u64, node) })
}

/// Returns the word behind a value. A `napi_value` is the address of a handle, which
/// holds the object's tagged address (`JsValueFromV8LocalValue`, src/js_native_api_v8.h).
fn tagged(value: &Unknown<'_>) -> u64 {
    let handle = value.raw().cast::<u64>();
    if handle.is_null() || !handle.is_aligned() {
        return 0;
    }
    // SAFETY: a value of the running call, whose scope is open.
    unsafe { handle.read() }
}

/// Creates a strong reference to `value`, which lasts as long as the environment, and
/// returns the node of its global handle: the one word of the reference that leads to the
/// value.
fn strong_node(env: Env, value: &Unknown<'_>) -> Option<u64> {
    let mut reference = std::ptr::null_mut();
    // SAFETY: an environment and a value that are alive.
    let status =
        unsafe { sys::napi_create_reference(env.raw(), value.raw(), 1, &raw mut reference) };
    if status != sys::Status::napi_ok {
        return None;
    }
    let word = tagged(value);
    let reference = reference as u64;
    // SAFETY: Node has allocated it just now.
    let length = unsafe { walk::allocated_bytes(reference) } / 8;
    let memory = walk::memory::Memory::of_process()?;
    let reference = memory.words(reference, length)?;
    let found = (0..length).map(|index| reference.get(index));
    let mut leads = found.filter(|&at| memory.word(at) == Some(word));
    leads.next()
}

/// Returns the counts that a walk finds in this process, as JSON, for tests that compare
/// them with V8's snapshot. Blocks the event loop.
pub(super) fn tally(env: Env) -> Result<String, String> {
    let walk = PREPARED.with_borrow(|prepared| match prepared {
        Some(prepared) => prepared.outcome.clone(),
        None => Err("nothing was prepared".into()),
    })?;
    let failed = |error: std::io::Error| error.to_string();
    let Pipe { mut reader, writer } = Pipe::new().map_err(|error| error.to_string())?;
    let (plan, reopened) =
        Plan::prepare(writer, u64::MAX, false).map_err(|reason| reason.reason().to_owned())?;
    let anchors = anchors(env, &walk, false).ok_or("there was nothing to begin from")?;
    let drain = std::thread::spawn(move || {
        let mut decoder = Decoder::new();
        let mut buffer = vec![0; 1 << 18];
        loop {
            match reader.read(&mut buffer, Duration::from_secs(60)) {
                Ok(Arrival::Bytes(read)) => decoder.push(&buffer[..read])?,
                Ok(Arrival::End) => {
                    let doubtful = decoder.doubt().total();
                    return Ok((doubtful, decoder.finish(GraphBuilder::lean())?.finish()?));
                }
                Ok(Arrival::Nothing) => return Err(DetectError::Timeout { what: "a walk" }),
                Err(error) => return Err(error),
            }
        }
    });
    let child = plan
        // SAFETY: a forked child, on its only thread.
        .launch(|handed| unsafe {
            walk.run(&anchors, handed.maps, handed.pipe, Tolerance::default())
        })
        .map_err(failed)?;
    drop(reopened);
    let graph = drain.join().map_err(|_| "the decoder panicked")?;
    let end = loop {
        match child.try_reap() {
            Some((end, _)) => break end,
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    match graph {
        Ok((doubtful, graph)) => Ok(tally_of(&graph, doubtful)),
        Err(error) => Err(format!("{error}; the child ended with {end:?}")),
    }
}

/// The counts of a heap.
#[derive(Serialize)]
struct Counts<'a> {
    nodes: Vec<Nodes<'a>>,
    edges: Vec<Edges<'a>>,
    places: Vec<Functions<'a>>,
    doubtful: u64,
}

/// V8's kind of an object, and its name.
type Class<'a> = (&'static str, &'a str);

#[derive(Serialize)]
struct Nodes<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    count: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Edges<'a> {
    from: Class<'a>,
    edge: &'static str,
    label: &'a str,
    to: Class<'a>,
    count: u64,
}

#[derive(Serialize)]
struct Functions<'a> {
    name: &'a str,
    line: u32,
    column: u32,
    count: u64,
}

/// Counts nodes by type and name, references by their ends, and locations.
fn tally_of(graph: &HeapGraph, doubtful: u64) -> String {
    let mut nodes: FxHashMap<Class<'_>, (u64, u64)> = FxHashMap::default();
    let mut edges: FxHashMap<_, u64> = FxHashMap::default();
    let mut places: FxHashMap<_, u64> = FxHashMap::default();
    let key = |node| (graph.kind(node).name(), graph.name(node));
    for node in graph.ordinals() {
        let of_class = nodes.entry(key(node)).or_default();
        of_class.0 += 1;
        of_class.1 += graph.self_size(node);
        for edge in graph.edges(node) {
            let is_named =
                matches!(edge.kind, EdgeKind::Property | EdgeKind::Element | EdgeKind::Context);
            if is_named {
                let label = edge.label.name().map_or("", |name| graph.names().get(name));
                *edges.entry((key(node), edge.kind.name(), label, key(edge.to))).or_default() += 1;
            }
        }
        if graph.kind(node) == NodeKind::Closure
            && let Some(place) = graph.location(node)
        {
            *places.entry((graph.name(node), place.line, place.column)).or_default() += 1;
        }
    }
    let nodes = nodes.into_iter();
    let edges = edges.into_iter();
    let places = places.into_iter();
    text(&Counts {
        nodes: nodes
            .map(|((kind, name), (count, bytes))| Nodes { kind, name, count, bytes })
            .collect(),
        edges: edges
            .map(|((from, edge, label, to), count)| Edges { from, edge, label, to, count })
            .collect(),
        places: places
            .map(|((name, line, column), count)| Functions { name, line, column, count })
            .collect(),
        doubtful,
    })
}
