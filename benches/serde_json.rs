//! A reference for `benchmark/engine.js`: parses the snapshot's arrays with serde_json
//! into plain vectors, and does nothing else.

#![allow(clippy::print_stdout, reason = "a program for the benchmark")]

use std::{env, error::Error, fs};

use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
struct Snapshot {
    nodes: Vec<u64>,
    edges: Vec<i64>,
    #[serde(rename = "strings")]
    _strings: IgnoredAny,
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args().nth(1).ok_or("usage: serde_json FILE")?;
    let bytes = fs::read(file)?;
    let snapshot: Snapshot = serde_json::from_slice(&bytes)?;
    println!("{} {}", snapshot.nodes.len(), snapshot.edges.len());
    Ok(())
}
