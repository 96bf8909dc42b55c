//! The memory of the engine: bytes per node and per edge. There is one test, alone in its
//! process, because the counts are those of the process.

#[path = "../testkit/mod.rs"]
mod testkit;

use std::{fmt::Write, time::Duration};

use seep::{
    analysis::{Dominators, Measured},
    column,
    format::Parser,
    graph::{GraphBuilder, HeapGraph, NodeKind},
};
use testkit::{Counting, Random, draw, lacking};

#[global_allocator]
static ALLOCATOR: Counting = Counting::new();

const NODES: usize = 400_000;
const EDGES: usize = 1_600_000;

/// Columns are counted in steps; this is the most that eighteen of them are rounded up
/// by.
const ROUNDING: usize = 18 * (128 << 10);

/// Generates a heap like a program's: objects in a tree, with references across it that have so
/// many different names.
fn snapshot(names: usize) -> String {
    let mut random = Random::new(1);
    let drawn = draw("root -> app").json();
    let header_end = drawn.find("\"nodes\"").expect("a section");
    let header = drawn[..header_end]
        .replacen("\"node_count\":2", &format!("\"node_count\":{NODES}"), 1)
        .replacen("\"edge_count\":1", &format!("\"edge_count\":{EDGES}"), 1);
    let object = NodeKind::Object as u8;
    let mut json = header + "\"nodes\":[9,0,1,0,4,0,0";
    for node in 1..NODES {
        let _ = write!(json, ",{object},1,{},{},4,0,0", 2 * node + 1, 16 + 8 * random.below(9));
    }
    json += "],\n\"edges\":[";
    for edge in 0..EDGES {
        let to = if edge < NODES - 1 { edge + 1 } else { random.below(NODES) };
        let separator = if edge == 0 { "" } else { "," };
        let _ = write!(json, "{separator}2,{},{}", 2 + random.below(names), to * 7);
    }
    json += "],\n\"locations\":[],\n\"strings\":[\"\",\"App\"";
    for name in 0..names {
        let _ = write!(json, ",\"name {name}\"");
    }
    json + "]}"
}

/// Returns the peak memory of `work` above the previous level, in columns and from the
/// allocator. (Small columns are counted in both.)
fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    column::reset_peak();
    ALLOCATOR.reset_peak();
    let before = column::live_bytes() + ALLOCATOR.live();
    let result = work();
    (result, column::peak_bytes() + ALLOCATOR.peak() - before)
}

#[test]
fn memory_stays_within_its_budget_and_goes_back() {
    memory_follows_the_bytes_and_not_the_claims();

    the_graph_of_a_walk_takes_less_than_half();

    let json = snapshot(40);
    a_round_leaves_nothing_behind(&json);

    let before = column::live_bytes();
    let (graph, parsing) = peak(|| HeapGraph::from_bytes(json.as_bytes()).expect("valid"));
    let budget = 15 * NODES + 8 * EDGES + ROUNDING;
    assert!(parsing <= budget, "parsing took {parsing} bytes of {budget}");

    let (dominators, dominating) = peak(|| Dominators::of(&graph));
    // Here all edges but the tree's go against the numbering, and few are equal. Lists of
    // three and four take six bytes or more for each.
    let budget = 20 * NODES + 6 * (EDGES - NODES) + NODES / 2 + ROUNDING;
    assert!(dominating <= budget, "dominators took {dominating} bytes of {budget}");
    drop(dominators);

    // The names of edges have been dropped when the dominators need room.
    let (measured, measuring) = peak(|| Measured::of(graph));
    // The names of nodes have been dropped too; both take 4 bytes each.
    let budget =
        20 * NODES + 6 * (EDGES - NODES) + 8 * NODES + NODES / 2 + ROUNDING - 4 * (NODES + EDGES);
    assert!(measuring <= budget, "measuring took {measuring} bytes of {budget}");
    let (_, summarizing) = peak(|| measured.figures().analysis(Duration::ZERO));
    let budget = 12 * NODES + ROUNDING;
    assert!(summarizing <= budget, "the summary took {summarizing} bytes of {budget}");

    drop(measured);
    assert_eq!(column::live_bytes(), before, "all of it goes back");
}

/// Checks the graph of a source that calls the references of objects of one class alike.
fn the_graph_of_a_walk_takes_less_than_half() {
    let json = snapshot(1);
    let (graph, parsing) = peak(|| {
        let mut parser = Parser::new(GraphBuilder::lean());
        json.as_bytes().chunks(1 << 16).for_each(|piece| parser.push(piece).expect("valid"));
        parser.finish().and_then(GraphBuilder::finish).expect("valid")
    });
    // Kind, name, size, where its edges begin, and which list has their names; 22 bits for an edge.
    let budget = 33 * NODES / 4 + 22 * EDGES / 8 + ROUNDING;
    assert!(parsing <= budget, "parsing took {parsing} bytes of {budget}");
    drop(graph);
}

/// Checks that all mapped memory returns to the system after the round, and that the
/// process is as large as before.
fn a_round_leaves_nothing_behind(json: &str) {
    let round = || {
        let graph = HeapGraph::from_bytes(json.as_bytes()).expect("valid");
        let during = column::mapped_bytes();
        let measured = Measured::of(graph);
        assert!(measured.measures.retained.retained(measured.skeleton.root()) > 0);
        during
    };
    let before = column::mapped_bytes();
    // The allocator keeps some memory for itself the first time.
    assert!(round() >= before + 15 * NODES + 8 * EDGES);
    assert_eq!(column::mapped_bytes(), before);
    let Some(resident) = resident_bytes() else {
        return lacking("memory in use, which the system does not report");
    };
    let _ = round();
    assert_eq!(column::mapped_bytes(), before);
    let grown = resident_bytes().unwrap_or(0).saturating_sub(resident);
    assert!(grown < 5 << 20, "{grown} bytes more in memory than before the round");
}

/// Returns the resident bytes of this process, where the system reports them.
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<usize>().ok()? << 10)
}

fn memory_follows_the_bytes_and_not_the_claims() {
    // The largest numbers of nodes and edges that a header may announce, and a name far
    // ahead.
    let json = draw("root -> app; app -items-> list")
        .json()
        .replacen("\"node_count\":3", "\"node_count\":536870912", 1)
        .replacen("\"edge_count\":2", "\"edge_count\":4294967295", 1)
        .replacen("9,1,1", "9,4000000000,1", 1);
    let (error, taken) = peak(|| HeapGraph::from_bytes(json.as_bytes()).expect_err("three"));
    assert_eq!(error.code(), "ERR_SNAPSHOT_MALFORMED");
    assert!(taken < 1 << 20, "{taken} bytes for a snapshot of {}", json.len());
}
