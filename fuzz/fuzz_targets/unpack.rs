//! Any compressed bytes must yield an error or a graph.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seep::{files::read_stream, graph::GraphReader};

/// The first bytes of gzip and zstd.
const MAGICS: [&[u8]; 2] = [&[0x1F, 0x8B], &[0x28, 0xB5, 0x2F, 0xFD]];

fuzz_target!(|bytes: &[u8]| {
    for magic in MAGICS {
        let packed = [magic, bytes].concat();
        let _ = read_stream(&packed[..], GraphReader::new(), &mut |_| Ok(()));
    }
});
