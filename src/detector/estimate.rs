//! Estimates the cost of a capture from the cost of the last ones.
//!
//! Before the first capture the figures are guesses; every capture corrects them,
//! even one that was stopped. A guess that is too high would prevent every capture,
//! and so never be corrected. So guesses are low where being wrong is cheap: one
//! pause is longer, or a child is stopped at its cap. Nothing stops V8 in-process, so
//! the guess of its memory is the most that was ever seen.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "forks are for Linux"))]

use std::time::Duration;

use crate::{
    capture::Method,
    report::{Estimate, Memory},
};

/// Used heap per node: 35 to 85 bytes in practice. Fewer bytes mean more nodes.
const BYTES_PER_NODE: f64 = 50.0;
/// V8 in-process takes 2 µs per node on a fast machine, 4 to 6 on a slow one.
const INLINE_MS_PER_NODE: f64 = 0.002;
/// `fork` copies page tables: 10 ms/GB on bare metal, up to 60 on small virtual
/// machines.
const FORK_MS_PER_GB: f64 = 60.0;
/// The rest of a forked capture's pause.
const FORK_MS: f64 = 5.0;
/// A child and the analysis take 0.3 to 1.6 KB per node, copied pages included.
/// The child has a cap, so this is the least.
const FORK_BYTES_PER_NODE: f64 = 300.0;
/// The fixed part of a walking child's memory: tables, and pages that it no longer
/// shares (3 to 6.6 MB).
const WALK_BYTES: f64 = 6.0 * 1024.0 * 1024.0;
/// The analysis takes 27 to 28 bytes per node, whether something grows or not. The child is gone
/// before its peak.
const WALK_BYTES_PER_NODE: f64 = 29.0;
/// V8 in-process has no cap, so this is a maximum: a heap that is one big `Map` or
/// array took 1.4 to 1.6 KB.
const INLINE_BYTES_PER_NODE: f64 = 1700.0;
/// The factor by which a stopped capture is thought to have needed more than it took.
const STOPPED_SHORT: f64 = 1.25;
/// After a capture was stopped, the estimate may skip [`PATIENCE`] rounds before it is
/// tested again; twice as many with each stop, up to [`LONGEST_PATIENCE`].
const PATIENCE: u32 = 4;
const LONGEST_PATIENCE: u32 = 64;

/// The cost of this process's captures so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    bytes_per_node: f64,
    inline_ms_per_node: f64,
    fork_ms_per_gb: f64,
    fork: ChildMemory,
    walk: ChildMemory,
    inline: Option<Inline>,
    /// What others took while a walk or its analysis ran.
    swing: f64,
}

/// The memory of one method of capturing in a child.
#[derive(Clone, Copy, Debug, Default)]
struct ChildMemory {
    /// Of child and analysis together, copied pages included.
    bytes_per_node: Option<f64>,
    /// Captures in a row that were stopped for lack of memory.
    stops: u32,
    /// Rounds that the estimate has prevented since.
    vetoes: u32,
}

/// The memory of in-process captures.
#[derive(Clone, Copy, Debug)]
struct Inline {
    heap_bytes: f64,
    /// How much the process grew.
    bytes: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            bytes_per_node: BYTES_PER_NODE,
            inline_ms_per_node: INLINE_MS_PER_NODE,
            fork_ms_per_gb: FORK_MS_PER_GB,
            fork: ChildMemory::default(),
            walk: ChildMemory::default(),
            inline: None,
            swing: 0.0,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "estimates; a heap's bytes fit 53 bits")]
impl Pace {
    /// Estimates what a capture will need.
    #[expect(clippy::cast_sign_loss, reason = "positive, finite")]
    pub(super) fn estimate(&self, memory: &Memory, by: Method) -> Estimate {
        let pause_ms = if by.is_forked() { self.fork_ms(memory) } else { self.inline_ms(memory) };
        Estimate {
            nodes: self.nodes(memory) as u64,
            bytes: self.bytes(memory, by) as u64,
            pause_ms,
        }
    }

    /// Estimates the pause of an in-process capture, in milliseconds.
    pub(super) fn inline_ms(&self, memory: &Memory) -> f64 {
        self.nodes(memory) * self.inline_ms_per_node
    }

    /// Estimates the pause of a forked capture, in milliseconds.
    fn fork_ms(&self, memory: &Memory) -> f64 {
        FORK_MS + gigabytes(memory.rss_bytes) * self.fork_ms_per_gb
    }

    /// Estimates the memory that a capture takes beyond what is used already.
    fn bytes(&self, memory: &Memory, by: Method) -> f64 {
        let nodes = self.nodes(memory);
        match by {
            Method::Walk => {
                let each = self.walk.bytes_per_node.unwrap_or(WALK_BYTES_PER_NODE);
                return WALK_BYTES + nodes * each;
            }
            Method::Fork => return nodes * self.fork.bytes_per_node.unwrap_or(FORK_BYTES_PER_NODE),
            Method::Inline | Method::Stream => {}
        }
        let by_forks = nodes * self.fork.bytes_per_node.unwrap_or(0.0);
        // Objects added since may be of the most expensive kind.
        let seen = self.inline.unwrap_or(Inline { heap_bytes: 0.0, bytes: 0.0 });
        let fresh = (memory.heap_used_bytes as f64 - seen.heap_bytes).max(0.0);
        by_forks.max(seen.bytes + fresh / self.bytes_per_node * INLINE_BYTES_PER_NODE)
    }

    fn child(&mut self, by: Method) -> &mut ChildMemory {
        if by == Method::Walk { &mut self.walk } else { &mut self.fork }
    }

    fn nodes(&self, memory: &Memory) -> f64 {
        memory.heap_used_bytes as f64 / self.bytes_per_node
    }

    /// Learns from a snapshot of `nodes` nodes.
    pub(super) fn learn_nodes(&mut self, memory: &Memory, nodes: u64) {
        if nodes > 0 {
            self.bytes_per_node = (memory.heap_used_bytes as f64 / nodes as f64).max(1.0);
        }
    }

    /// Learns the memory that a child and the analysis took together.
    pub(super) fn learn_bytes(&mut self, by: Method, nodes: u64, bytes: u64) {
        if nodes == 0 || bytes == 0 {
            return;
        }
        let seen = beyond_the_fixed(by, bytes) / nodes as f64;
        let child = self.child(by);
        child.bytes_per_node = Some(match child.bytes_per_node {
            // How much is copied depends on what the application does meanwhile, so
            // the maximum is forgotten slowly. The figure of a stop is a guess, and is
            // forgotten at once.
            Some(before) if before > seen && child.stops == 0 => before + (seen - before) * 0.25,
            _ => seen,
        });
        child.stops = 0;
        child.vetoes = 0;
    }

    /// Learns from a forked capture that was stopped when it had taken `bytes`.
    pub(super) fn learn_stop(&mut self, by: Method, memory: &Memory, bytes: u64) {
        let at_least = beyond_the_fixed(by, bytes) * STOPPED_SHORT / self.nodes(memory).max(1.0);
        let child = self.child(by);
        let seen = child.bytes_per_node.unwrap_or(0.0);
        child.bytes_per_node = Some(seen.max(at_least));
        child.stops += 1;
        child.vetoes = 0;
    }

    /// Returns how many bytes others took during a walk lately.
    #[expect(clippy::cast_sign_loss, reason = "positive, finite")]
    pub(super) fn swing(&self) -> u64 {
        self.swing as u64
    }

    /// Learns how many bytes others took during a walk: at once upwards, slowly downwards.
    pub(super) fn learn_swing(&mut self, bytes: u64) {
        let seen = bytes as f64;
        self.swing = seen.max(self.swing + (seen - self.swing) * 0.1);
    }

    /// Notes that there was no capture for lack of memory. What others once took may be the
    /// reason, and would never be forgotten otherwise.
    pub(super) fn doubt_swing(&mut self) {
        self.swing *= 0.9;
    }

    /// Notes that the estimate is more than a child may take, and returns whether it is
    /// time to test it.
    pub(super) fn dares(&mut self, by: Method) -> bool {
        let child = self.child(by);
        let patience = (PATIENCE << child.stops.saturating_sub(1).min(8)).min(LONGEST_PATIENCE);
        child.vetoes += 1;
        let dares = child.vetoes > patience;
        if dares {
            child.vetoes = 0;
        }
        dares
    }

    /// Learns from an in-process capture by which the process grew by `bytes`.
    pub(super) fn learn_inline_bytes(&mut self, memory: &Memory, bytes: u64) {
        let heap_bytes = memory.heap_used_bytes as f64;
        // The maximum seen, scaled to a heap of this size.
        let before = self.inline.map_or(0.0, |seen| seen.bytes * heap_bytes / seen.heap_bytes);
        if heap_bytes > 0.0 && bytes > 0 {
            self.inline = Some(Inline { heap_bytes, bytes: before.max(bytes as f64) });
        }
    }

    /// Learns the pause of an in-process capture.
    pub(super) fn learn_inline(&mut self, nodes: u64, pause: Duration) {
        if nodes > 0 {
            self.inline_ms_per_node = millis(pause) / nodes as f64;
        }
    }

    /// Learns the pause of a forked capture.
    pub(super) fn learn_fork(&mut self, memory: &Memory, pause: Duration) {
        let gigabytes = gigabytes(memory.rss_bytes);
        // Below a tenth the fixed part hides the slope.
        if gigabytes > 0.1 {
            let seen = ((millis(pause) - FORK_MS) / gigabytes).clamp(10.0, 1000.0);
            // A busy machine can only lengthen it, so a shorter pause counts at once
            // and a longer one gradually.
            let weight = if seen < self.fork_ms_per_gb { 1.0 } else { 0.25 };
            self.fork_ms_per_gb += (seen - self.fork_ms_per_gb) * weight;
        }
    }

    /// Notes that an estimated pause has prevented a capture. The estimate would never be
    /// corrected otherwise: it returns to the first guess step by step.
    pub(super) fn doubt_pause(&mut self) {
        let first = Self::default();
        self.inline_ms_per_node += (first.inline_ms_per_node - self.inline_ms_per_node) * 0.1;
        self.fork_ms_per_gb += (first.fork_ms_per_gb - self.fork_ms_per_gb) * 0.1;
    }
}

/// Returns the part of a capture's memory that depends on the number of nodes.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn beyond_the_fixed(by: Method, bytes: u64) -> f64 {
    let least = if by == Method::Walk { WALK_BYTES } else { 0.0 };
    (bytes as f64 - least).max(0.0)
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

/// Converts a duration to milliseconds, rounded to the microsecond, as in reports.
#[expect(clippy::cast_precision_loss, reason = "a duration; 53 bits are 285 years of it")]
pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(megabytes: u64) -> Memory {
        Memory { rss_bytes: megabytes << 20, heap_used_bytes: megabytes << 20, ..Memory::default() }
    }

    #[test]
    fn a_big_heap_stalls_in_process_and_not_forked() {
        let pace = Pace::default();
        assert!(pace.inline_ms(&memory(500)) > 10_000.0);
        assert!(pace.fork_ms(&memory(500)) < 50.0);
    }

    #[test]
    fn captures_correct_the_estimate() {
        let mut pace = Pace::default();
        let memory = memory(500);
        pace.learn_nodes(&memory, 5_000_000);
        pace.learn_inline(5_000_000, Duration::from_secs(10));
        assert!((pace.inline_ms(&memory) - 10_000.0).abs() < 1.0);
        pace.learn_fork(&memory, Duration::from_millis(20));
        assert!((pace.fork_ms(&memory) - 20.0).abs() < 1.0);
    }

    #[test]
    fn a_small_heap_is_no_dearer_to_walk_than_its_tables_and_a_big_one_is() {
        let mut pace = Pace::default();
        let bytes = |pace: &Pace, megabytes| pace.estimate(&memory(megabytes), Method::Walk).bytes;
        assert_eq!(bytes(&pace, 1) >> 20, 6);
        assert_eq!(bytes(&pace, 60) >> 20, 40);
        let nodes = pace.estimate(&memory(1), Method::Walk).nodes;
        pace.learn_bytes(Method::Walk, nodes, (6 << 20) + nodes * 50);
        assert_eq!(bytes(&pace, 60) >> 20, 66, "the tables of a small heap are not a big one's");
    }

    #[test]
    fn one_long_pause_is_not_the_last_word() {
        let mut pace = Pace::default();
        let memory = memory(1000);
        let first = pace.fork_ms(&memory);
        pace.learn_fork(&memory, Duration::from_secs(5));
        assert!(pace.fork_ms(&memory) > first);
        for _ in 0..100 {
            pace.doubt_pause();
        }
        assert!((pace.fork_ms(&memory) - first).abs() < 1.0);
    }

    #[test]
    fn memory_is_learnt_at_once_upwards_and_slowly_downwards() {
        let mut pace = Pace::default();
        let memory = memory(100);
        let nodes = pace.estimate(&memory, Method::Fork).nodes;
        pace.learn_nodes(&memory, nodes);
        pace.learn_bytes(Method::Fork, nodes, nodes * 2000);
        let most = pace.estimate(&memory, Method::Fork).bytes;
        assert!(most.abs_diff(nodes * 2000) < nodes);
        pace.learn_bytes(Method::Fork, nodes, nodes * 400);
        assert!(pace.estimate(&memory, Method::Fork).bytes > nodes * 1500);
    }

    #[test]
    fn a_stop_teaches_at_once_and_the_next_success_corrects_it() {
        let mut pace = Pace::default();
        let memory = memory(100);
        let nodes = pace.estimate(&memory, Method::Fork).nodes;
        pace.learn_stop(Method::Fork, &memory, nodes * 800);
        assert!(pace.estimate(&memory, Method::Fork).bytes >= nodes * 999);
        assert!(pace.estimate(&memory, Method::Inline).bytes >= nodes * 999, "in-process as well");
        pace.learn_bytes(Method::Fork, nodes, nodes * 500);
        assert!(pace.estimate(&memory, Method::Fork).bytes <= nodes * 501);
    }

    #[test]
    fn an_estimate_is_put_to_the_test_now_and_then_and_ever_more_seldom() {
        let mut pace = Pace::default();
        let memory = memory(100);
        let mut rounds_until_it_dares = || {
            pace.learn_stop(Method::Fork, &memory, 1 << 20);
            (1..1000).find(|_| pace.dares(Method::Fork)).expect("at some time")
        };
        let rounds: Vec<u32> = (0..7).map(|_| rounds_until_it_dares()).collect();
        assert_eq!(rounds, [5, 9, 17, 33, 65, 65, 65]);
    }

    #[test]
    fn in_process_what_is_new_is_thought_to_be_dear() {
        let mut pace = Pace::default();
        let nodes = pace.estimate(&memory(10), Method::Inline).nodes;
        let first = pace.estimate(&memory(10), Method::Inline).bytes;
        assert!(first.abs_diff(nodes * 1700) < 1700);
        pace.learn_inline_bytes(&memory(10), 40 << 20);
        assert_eq!(pace.estimate(&memory(10), Method::Inline).bytes, 40 << 20);
        assert_eq!(pace.estimate(&memory(20), Method::Inline).bytes, (40 << 20) + first);
        pace.learn_inline_bytes(&memory(20), 60 << 20);
        assert_eq!(pace.estimate(&memory(20), Method::Inline).bytes, 80 << 20, "the most, by size");
    }

    #[test]
    fn what_others_took_is_forgotten_slowly() {
        let mut pace = Pace::default();
        pace.learn_swing(100 << 20);
        pace.learn_swing(0);
        assert_eq!(pace.swing() >> 20, 90);
        (0..40).for_each(|_| pace.doubt_swing());
        assert!(pace.swing() >> 20 < 2);
    }

    #[test]
    fn nothing_is_learnt_from_an_empty_snapshot() {
        let mut pace = Pace::default();
        pace.learn_nodes(&memory(1), 0);
        pace.learn_inline(0, Duration::from_secs(1));
        pace.learn_inline_bytes(&memory(0), 1);
        assert!(pace.inline_ms(&memory(1)).is_finite());
    }
}
