//! The memory of a round, phase by phase. It reads the streams of walks of one process,
//! in the order of their files, and finds the verdict as a detector does.
//!
//! For each phase it prints the peak memory of the columns, and the peak memory of the
//! process above its level before the round, in bytes per node. Linux only.

#![allow(clippy::cast_precision_loss, reason = "figures for people")]
#![allow(clippy::print_stdout, reason = "a program for people")]

use std::{
    env, fs,
    fs::File,
    io::Read,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use seep::{
    column,
    graph::GraphBuilder,
    growth::Sensitivity,
    observe::{Moment, Settings, Watch},
    session::Session,
    walk::decode::Decoder,
};

/// Bytes that a detector reads at once.
const PIECE: usize = 256 << 10;

/// Returns the anonymous memory of this process, in bytes.
fn anonymous() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()).unwrap_or(0)
        << 10
}

/// Samples the memory continuously.
struct Watcher {
    most: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
}

impl Watcher {
    fn start() -> Self {
        let (most, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let watcher = Self { most, is_over };
        let (most, is_over) = (Arc::clone(&watcher.most), Arc::clone(&watcher.is_over));
        thread::spawn(move || {
            while !is_over.load(Relaxed) {
                most.fetch_max(anonymous(), Relaxed);
                thread::sleep(Duration::from_micros(300));
            }
        });
        watcher
    }

    /// Returns the peak since the last call.
    fn most(&self) -> u64 {
        self.most.swap(anonymous(), Relaxed).max(anonymous())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.is_over.store(true, Relaxed);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sensitivity = Sensitivity { min_checks: 3, ..Sensitivity::default() };
    let mut watch = Watch::new(Settings { sensitivity, ..Settings::default() });
    let watcher = Watcher::start();
    for (round, path) in env::args().skip(1).enumerate() {
        let before = anonymous();
        watcher.most();
        let mut phases = Vec::new();
        let mut began = Instant::now();
        let mut note = |phase: &'static str| {
            let columns = column::peak_bytes();
            phases.push((phase, columns, watcher.most().saturating_sub(before), began.elapsed()));
            column::reset_peak();
            began = Instant::now();
        };
        column::reset_peak();
        let mut decoder = Decoder::new();
        let mut file = File::open(path)?;
        let mut buffer = vec![0; PIECE];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                read => decoder.push(&buffer[..read])?,
            }
        }
        drop(buffer);
        note("arriving");
        let graph = decoder.finish(GraphBuilder::lean())?.finish()?;
        note("graph");
        let (nodes, edges) = (graph.node_count(), graph.edge_count());
        let moment = Moment { epoch_ms: 60e3 * round as f64, ..Moment::default() };
        let session = Session::lean(graph);
        let findings = watch.observe(&session, &moment);
        note("verdict");
        let held = column::live_bytes();
        drop(session);
        note("after");
        println!(
            "round {round}: {nodes} nodes, {edges} edges, the graph {:.1} a node, {:?}, retained {:?}",
            held as f64 / nodes as f64,
            findings.verdict,
            findings.leaks.iter().map(|leak| leak.container.retained_bytes).collect::<Vec<_>>(),
        );
        for (phase, columns, memory, time) in phases {
            let each = |bytes: u64| bytes as f64 / nodes as f64;
            println!(
                "  {phase:9} columns {:6.1} a node, memory {:6.1} a node ({:.1} MiB), {:.0} ms",
                each(columns as u64),
                each(memory),
                memory as f64 / f64::from(1 << 20),
                time.as_secs_f64() * 1e3
            );
        }
    }
    Ok(())
}
