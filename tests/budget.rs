//! What an engine holds, counted. Alone in its process, for the counts are the
//! process's.

#[path = "../testkit/mod.rs"]
mod testkit;

use seep::{column, graph::HeapGraph};
use testkit::draw;

#[test]
fn memory_follows_the_bytes_and_not_the_claims() {
    // The most nodes and edges that a header may announce, and a name far ahead.
    let json = draw("root -> app; app -items-> list")
        .json()
        .replacen("\"node_count\":3", "\"node_count\":536870912", 1)
        .replacen("\"edge_count\":2", "\"edge_count\":4294967295", 1)
        .replacen("9,1,1", "9,4000000000,1", 1);
    let before = column::live_bytes();
    column::reset_peak();
    let error = HeapGraph::from_bytes(json.as_bytes()).expect_err("there are three");
    assert_eq!(error.code(), "ERR_SNAPSHOT_MALFORMED");
    let taken = column::peak_bytes() - before;
    assert!(taken < 1 << 20, "{taken} bytes for a snapshot of {}", json.len());
    assert_eq!(column::live_bytes(), before);
}
