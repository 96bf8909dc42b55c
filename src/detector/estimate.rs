//! What a capture will cost, from what the last ones did.
//!
//! Before the first capture the figures are guesses; every capture corrects
//! them. The guess for an in-process capture is that of a quick machine: one
//! that is too high would keep every capture from running, and so never be
//! corrected, while one that is too low costs one longer pause.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "forks are for Linux"))]

use std::time::Duration;

use crate::report::{Estimate, Memory};

/// Used heap per node: 35 to 85 bytes in practice; fewer bytes mean more nodes.
const BYTES_PER_NODE: f64 = 50.0;
/// V8 takes 2 µs per node in-process on a quick machine, 4 to 6 on a slow one.
const INLINE_MS_PER_NODE: f64 = 0.002;
/// `fork` copies page tables: 10 ms/GB on bare metal, up to 60 on small virtual
/// machines.
const FORK_MS_PER_GB: f64 = 60.0;
/// The rest of a forked capture's pause.
const FORK_MS: f64 = 5.0;
/// V8's graph takes 0.3 to 1.3 KB per node while it writes; ours less. In-process
/// it is not seen apart from the rest, so the guess is never corrected.
const CAPTURE_BYTES_PER_NODE: f64 = 700.0;
/// Share of the resident memory that the application may write to, and the
/// kernel therefore copy, while a child lives.
const COPIED_SHARE: f64 = 0.2;

/// What this process's captures have cost so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    bytes_per_node: f64,
    inline_ms_per_node: f64,
    fork_ms_per_gb: f64,
    /// Of child and analysis together, copied pages included.
    fork_bytes_per_node: Option<f64>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            bytes_per_node: BYTES_PER_NODE,
            inline_ms_per_node: INLINE_MS_PER_NODE,
            fork_ms_per_gb: FORK_MS_PER_GB,
            fork_bytes_per_node: None,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "estimates; a heap's bytes fit 53 bits")]
impl Pace {
    /// What a capture will need.
    #[expect(clippy::cast_sign_loss, reason = "positive, finite")]
    pub(super) fn estimate(&self, memory: &Memory, forked: bool) -> Estimate {
        Estimate {
            nodes: self.nodes(memory) as u64,
            bytes: self.bytes(memory, forked) as u64,
            pause_ms: if forked { self.fork_ms(memory) } else { self.inline_ms(memory) },
        }
    }

    /// Pause of an in-process capture, in milliseconds.
    pub(super) fn inline_ms(&self, memory: &Memory) -> f64 {
        self.nodes(memory) * self.inline_ms_per_node
    }

    /// Pause of a forked capture, in milliseconds.
    fn fork_ms(&self, memory: &Memory) -> f64 {
        FORK_MS + gigabytes(memory.rss_bytes) * self.fork_ms_per_gb
    }

    /// Memory that a capture takes, beyond what is used already.
    fn bytes(&self, memory: &Memory, forked: bool) -> f64 {
        let nodes = self.nodes(memory);
        match self.fork_bytes_per_node {
            Some(seen) if forked => nodes * seen,
            _ if forked => nodes * CAPTURE_BYTES_PER_NODE + memory.rss_bytes as f64 * COPIED_SHARE,
            _ => nodes * CAPTURE_BYTES_PER_NODE,
        }
    }

    fn nodes(&self, memory: &Memory) -> f64 {
        memory.heap_used_bytes as f64 / self.bytes_per_node
    }

    /// A snapshot of so many nodes was taken.
    pub(super) fn learn_nodes(&mut self, memory: &Memory, nodes: u64) {
        if nodes > 0 {
            self.bytes_per_node = (memory.heap_used_bytes as f64 / nodes as f64).max(1.0);
        }
    }

    /// It was taken by a child; the two together took so much memory.
    pub(super) fn learn_bytes(&mut self, nodes: u64, bytes: u64) {
        if nodes == 0 || bytes == 0 {
            return;
        }
        let seen = bytes as f64 / nodes as f64;
        self.fork_bytes_per_node = Some(match self.fork_bytes_per_node {
            // How much is copied depends on what the application does meanwhile:
            // the most that was seen is forgotten slowly.
            Some(before) if before > seen => before + (seen - before) * 0.25,
            _ => seen,
        });
    }

    /// It was taken in-process, with this pause.
    pub(super) fn learn_inline(&mut self, nodes: u64, pause: Duration) {
        if nodes > 0 {
            self.inline_ms_per_node = millis(pause) / nodes as f64;
        }
    }

    /// It was taken by a child, with this pause.
    pub(super) fn learn_fork(&mut self, memory: &Memory, pause: Duration) {
        let gigabytes = gigabytes(memory.rss_bytes);
        // Below a tenth the fixed part hides the slope.
        if gigabytes > 0.1 {
            let seen = ((millis(pause) - FORK_MS) / gigabytes).clamp(10.0, 1000.0);
            // A busy machine can only make it longer, so less is believed at
            // once and more by and by.
            let weight = if seen < self.fork_ms_per_gb { 1.0 } else { 0.25 };
            self.fork_ms_per_gb += (seen - self.fork_ms_per_gb) * weight;
        }
    }

    /// An estimate has kept a capture from running. It would never be corrected
    /// if it were not doubted: it returns to the first guess by and by.
    pub(super) fn doubt(&mut self) {
        let first = Self::default();
        self.inline_ms_per_node += (first.inline_ms_per_node - self.inline_ms_per_node) * 0.1;
        self.fork_ms_per_gb += (first.fork_ms_per_gb - self.fork_ms_per_gb) * 0.1;
        if let Some(bytes) = &mut self.fork_bytes_per_node {
            *bytes += (CAPTURE_BYTES_PER_NODE - *bytes).min(0.0) * 0.1;
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

/// As reports show durations: milliseconds, to the microsecond.
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
    fn one_long_pause_is_not_the_last_word() {
        let mut pace = Pace::default();
        let memory = memory(1000);
        let first = pace.fork_ms(&memory);
        pace.learn_fork(&memory, Duration::from_secs(5));
        assert!(pace.fork_ms(&memory) > first);
        for _ in 0..100 {
            pace.doubt();
        }
        assert!((pace.fork_ms(&memory) - first).abs() < 1.0);
    }

    #[test]
    fn memory_is_learnt_at_once_upwards_and_slowly_downwards() {
        let mut pace = Pace::default();
        let memory = memory(100);
        let guess = pace.estimate(&memory, true);
        let nodes = guess.nodes;
        pace.learn_nodes(&memory, nodes);
        pace.learn_bytes(nodes, nodes * 400);
        assert!(pace.estimate(&memory, true).bytes < guess.bytes);
        pace.learn_bytes(nodes, nodes * 2000);
        let most = pace.estimate(&memory, true).bytes;
        assert!(most.abs_diff(nodes * 2000) < nodes);
        pace.learn_bytes(nodes, nodes * 400);
        assert!(pace.estimate(&memory, true).bytes > nodes * 1500);
        for _ in 0..100 {
            pace.doubt();
        }
        assert!(pace.estimate(&memory, true).bytes < nodes * 800, "what it kept from running");
        assert_eq!(pace.estimate(&memory, false).bytes, guess.bytes - (20 << 20));
    }

    #[test]
    fn nothing_is_learnt_from_an_empty_snapshot() {
        let mut pace = Pace::default();
        pace.learn_nodes(&memory(1), 0);
        pace.learn_inline(0, Duration::from_secs(1));
        assert!(pace.inline_ms(&memory(1)).is_finite());
    }
}
