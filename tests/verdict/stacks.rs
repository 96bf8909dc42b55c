//! Where the objects of a leak were made, from samples of drawn heaps.

use std::fmt::Write as _;

use seep::{
    allocations::{Allocations, Frame, INTERVALS, Sample},
    graph::{HeapGraph, NodeKind},
    observe::{Moment, Settings, Watch},
    report::{AllocationRole, FrameKind, LeakReport, SamplerOwner},
    session::Session,
    units::NodeOrdinal,
};

use crate::{support::heap, testkit::draw};

/// A `Map` of requests, each with a body, and other things that nobody leaks.
fn requests(n: usize) -> String {
    let mut text = String::from(
        "scope -context:requests-> map\nmap: object Map size=32\nmap -internal:table-> table\n\
         scope -context:other-> Other\nOther: object Other size=64\n",
    );
    let _ = writeln!(text, "table: array \"\" size={}", 64 + 24 * n.next_power_of_two());
    for i in 0..n {
        let _ = writeln!(text, "table -internal:{i}-> Req_{i}x");
        let _ = writeln!(text, "Req_{i}x: object IncomingMessage size=4096 at=9:40:2");
        let _ = writeln!(text, "Req_{i}x -body-> Body_{i}x; Body_{i}x: object Body size=512");
    }
    text
}

fn frame(caller: Option<u32>, function: &str, script: Option<&str>) -> Frame {
    Frame { caller, function: function.into(), script: script.map(Into::into), place: Some((3, 5)) }
}

fn all(graph: &HeapGraph, kind: NodeKind, name: &str) -> Vec<NodeOrdinal> {
    let is_it = |&node: &NodeOrdinal| graph.kind(node) == kind && graph.name(node) == name;
    graph.ordinals().filter(is_it).collect()
}

/// Of Node, a package, the program and V8: who stores calls a package that makes.
fn frames() -> Vec<Frame> {
    vec![
        frame(None, "onRequest", Some("node:http")),
        frame(Some(0), "handle", Some("/app/server.js")),
        frame(Some(1), "make", Some("/app/node_modules/maker/index.js")),
        frame(Some(1), "set", None),
        frame(Some(2), "read", Some("node:stream")),
        frame(None, "", None),
        frame(Some(5), "resumed", Some("/app/server.js")),
    ]
}

/// The last report on a Map whose requests were made in frame `made`, tables in 3, bodies in 4.
fn report(settings: &Settings, made: &[u32], interval: u64) -> LeakReport {
    let mut watch = Watch::new(settings.clone());
    let mut last = None;
    for round in 1u32..=8 {
        let graph = draw(&heap(&requests(20 * round as usize))).graph();
        let mut samples = Vec::new();
        let mut add = |nodes: &[NodeOrdinal], bytes, frame| {
            samples.extend(nodes.iter().map(|&node| Sample { node, bytes, frame }));
        };
        let items = all(&graph, NodeKind::Object, "IncomingMessage");
        for (item, &frame) in items.iter().zip(made) {
            add(&[*item], 100, frame);
        }
        add(&all(&graph, NodeKind::Array, ""), 1 << 20, 3);
        add(&all(&graph, NodeKind::Object, "Body")[..3], 1 << 21, 4);
        // Of what does not leak.
        add(&all(&graph, NodeKind::Object, "Other"), 1 << 30, 6);
        let allocations = Allocations { interval, taken: 100, live: 50, frames: frames(), samples };
        let epoch_ms = 1.7e12 + f64::from(round) * 60_000.0;
        let active_ms = Some(f64::from(round) * 1000.0);
        let moment = Moment { epoch_ms, active_ms, ..Moment::default() };
        last = Some(watch.observe_sampled(&Session::lean(graph), &moment, Ok(&allocations)));
    }
    let mut findings = last.expect("eight rounds");
    assert_eq!(findings.leaks.len(), 1);
    findings.leaks.remove(0)
}

fn names(frames: &[seep::report::StackFrame]) -> Vec<&str> {
    frames.iter().map(|it| it.place.function_name.as_deref().unwrap_or("-")).collect()
}

#[test]
fn each_stack_is_told_by_what_its_objects_are_to_the_leak() {
    let report = report(&Settings::default(), &[2, 2, 2, 2], INTERVALS[0]);
    let found = report.allocations.expect("samples");
    assert_eq!((found.samples, found.sampler), (4 + 1 + 3, SamplerOwner::Own));
    let stacks: Vec<_> =
        found.stacks.iter().map(|it| (it.role, it.samples, names(&it.frames))).collect();
    assert_eq!(
        stacks,
        [
            (AllocationRole::Item, 4, vec!["make", "handle"]),
            (AllocationRole::Store, 1, vec!["set", "handle"]),
            (AllocationRole::Content, 3, vec!["read", "make", "handle"]),
        ],
        "Node's callers say nothing, and what does not leak is none of these"
    );
    let created = found.created_in.expect("items");
    assert_eq!(created.frame.place.label().as_deref(), Some("app/server.js:3:5"));
    assert_eq!((created.frame.kind, created.samples), (FrameKind::App, 4));
    let stored = found.stored_in.expect("a table");
    assert_eq!(stored.frame.place.function_name.as_deref(), Some("handle"));
    assert!((stored.share - 1.0).abs() < 1e-9);
    assert_eq!(report.allocations_reason, None);
}

#[test]
fn the_place_of_most_bytes_is_told_with_its_share() {
    let report = report(&Settings::default(), &[2, 6, 6, 6], 524_288);
    let found = report.allocations.expect("samples");
    assert_eq!(found.sampler, SamplerOwner::Shared);
    let created = found.created_in.expect("items");
    assert_eq!(created.frame.place.function_name.as_deref(), Some("resumed"));
    assert!((created.share - 0.75).abs() < 1e-9);
    let cut: Vec<bool> = found.stacks.iter().map(|stack| stack.cut_by_await).collect();
    assert_eq!(cut, [true, false, false, false], "V8 has called what goes on after an await");
}

#[test]
fn names_are_hidden_and_kinds_are_not() {
    let settings = Settings { redact_names: true, ..Settings::default() };
    let found = report(&settings, &[2, 2], INTERVALS[0]).allocations.expect("samples");
    let text = serde_json::to_string(&found).expect("JSON");
    for name in ["make", "handle", "read", "set"] {
        assert!(!text.contains(&format!("\"{name}\"")), "{name}: {text}");
    }
    assert!(text.contains("server.js") && text.contains("\"app\""));
}

#[test]
fn a_leak_without_samples_says_so_and_remembers_what_it_had() {
    let mut watch = Watch::new(Settings::default());
    let mut reasons = Vec::new();
    for round in 1u32..=10 {
        let graph = draw(&heap(&requests(20 * round as usize))).graph();
        let items = all(&graph, NodeKind::Object, "IncomingMessage");
        let samples = vec![Sample { node: items[0], bytes: 100, frame: 2 }];
        let allocations = Allocations {
            interval: INTERVALS[0],
            frames: frames(),
            samples: if round == 9 { samples } else { Vec::new() },
            ..Allocations::default()
        };
        let epoch_ms = 1.7e12 + f64::from(round) * 60_000.0;
        let active_ms = Some(f64::from(round) * 1000.0);
        let moment = Moment { epoch_ms, active_ms, ..Moment::default() };
        let sampled = if round < 8 { Err("A_CODE") } else { Ok(&allocations) };
        let findings = watch.observe_sampled(&Session::lean(graph), &moment, sampled);
        reasons.extend(findings.leaks.iter().map(|leak| leak.allocations_reason));
    }
    assert_eq!(
        reasons[reasons.len() - 4..],
        [Some("A_CODE"), Some("ALLOCATIONS_NOT_LINKED"), None, None]
    );
}
