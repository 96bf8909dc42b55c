//! Prints the figures of a snapshot for `compare.mjs` and `benchmark/engine.js`.
//! `vectors FILE [PREFIX]` prints the analysis as JSON and, with a prefix, writes one file per
//! vector, as 64-bit floats.

#![allow(clippy::print_stdout, reason = "a program for the comparison script")]
#![allow(clippy::cast_precision_loss, reason = "floats are what JavaScript compares")]

use std::{env, error::Error, fs, time::Duration};

use seep::{analysis, files, offline, units::NodeOrdinal};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let file = arguments.next().ok_or("usage: vectors FILE [PREFIX]")?;
    let Some(prefix) = arguments.next() else {
        let options = analysis::AnalyzeOptions::default().into();
        let analysis = offline::analyze_file(file.as_ref(), &options, &mut |_| Ok(()))?;
        println!("{}", serde_json::to_string(&analysis)?);
        return Ok(());
    };
    let graph = files::read_snapshot(file.as_ref(), &mut |_| Ok(()))?;
    let measured = analysis::Measured::of(graph);
    let measures = &measured.measures;
    let write = |name: &str, value: &dyn Fn(NodeOrdinal) -> f64| {
        let bytes: Vec<u8> =
            measured.skeleton.ordinals().flat_map(|node| value(node).to_le_bytes()).collect();
        fs::write(format!("{prefix}.{name}"), bytes)
    };
    write("self", &|node| measures.self_size(node) as f64)?;
    write("retained", &|node| measures.retained.retained(node) as f64)?;
    write("distance", &|node| measures.distances.get(node).map_or(-5.0, f64::from))?;
    write("dominator", &|node| f64::from(measures.dominators.immediate(node).0))?;
    println!("{}", serde_json::to_string(&measured.figures().analysis(Duration::ZERO))?);
    Ok(())
}
