//! Any bytes as the stream of a walk must yield an error or a graph whose references all
//! lead to a node, with memory in proportion to the bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seep::{column, graph::GraphBuilder, walk::decode::Decoder};

/// Returns the memory that the decoder may use. It allows 4,096 pages free of charge, and
/// one more per sixteen bytes; each has 4 KB of marks and 2 KB of counts. The rest is its
/// copy of the bytes and the rows.
fn budget(bytes: usize) -> usize {
    (32 << 20) + (6144 / 16 + 64) * bytes
}

fuzz_target!(|bytes: &[u8]| {
    let before = column::live_bytes();
    column::reset_peak();
    // Each piece is longer than the previous one, so that rows are split anywhere.
    let mut decoder = Decoder::new();
    let (mut rest, mut length, mut is_good) = (bytes, 1, true);
    while is_good && !rest.is_empty() {
        let (piece, after) = rest.split_at(length.min(rest.len()));
        is_good = decoder.push(piece).is_ok();
        (rest, length) = (after, 2 * length);
    }
    let whole = {
        let mut decoder = Decoder::new();
        let pushed = decoder.push(bytes);
        pushed.and_then(|()| decoder.finish(GraphBuilder::lean())).and_then(GraphBuilder::finish)
    };
    let cut = decoder.finish(GraphBuilder::lean()).and_then(GraphBuilder::finish);
    match (&whole, &cut) {
        (Ok(whole), Ok(cut)) => {
            assert!(is_good);
            assert_eq!(whole.node_count(), cut.node_count());
            assert_eq!(whole.edge_count(), cut.edge_count());
            for node in whole.ordinals() {
                let _ = (whole.name(node), whole.location(node), whole.self_size(node));
                for edge in whole.edges(node) {
                    assert!(edge.to.index() < whole.node_count());
                    if let Some(name) = edge.label.name() {
                        let _ = whole.names().get(name);
                    }
                }
            }
        }
        (whole, cut) => assert_eq!(whole.is_ok(), is_good && cut.is_ok()),
    }
    assert!(column::peak_bytes() - before < 2 * budget(bytes.len()));
    drop((whole, cut));
    assert_eq!(column::live_bytes(), before);
});
