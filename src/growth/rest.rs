//! Accounts for the heap: what of its growth the growths found explain, what is
//! V8's own, and whether the rest goes on growing.
//!
//! Growth can hide from the name tree: under ever new names, spread over holders that
//! each grow too little, in a shape that nobody thought of. The sum cannot hide.

use rustc_hash::FxHashSet;

use super::{
    Growth, History, Sensitivity,
    clock::Clock,
    judge::{Decision, Needed, confidence, decide, keeps_pace},
    rules,
    trend::{self, Rising, Trend},
};
use crate::{
    census::tree::{NONE, Origin, TreeNode},
    growth::{finder::is_watched, stats},
};

/// How much the heap has grown since the oldest snapshot that is remembered, in
/// bytes; less than 0 where it has shrunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// All of it.
    pub heap: i64,
    /// The part that the growths explain.
    pub explained: i64,
    /// The part that V8 keeps for itself.
    pub engine: i64,
}

/// Growth that no holder explains.
#[derive(Clone, Debug)]
pub struct Rest {
    /// Objects of the program, all of them, in each snapshot.
    pub objects: Vec<u64>,
    /// Bytes that nothing explains, in each snapshot.
    pub bytes: Vec<u64>,
    /// The trend of the bytes.
    pub trend: Trend,
    /// Leak or suspect.
    pub decision: Decision,
    /// 0 to 1.
    pub confidence: f64,
    /// Growth per millisecond.
    pub bytes_per_ms: f64,
}

/// Returns the account over `growths`; `None` before there are two snapshots.
pub fn account<'a>(
    history: &History,
    nodes: &[TreeNode],
    growths: impl Iterator<Item = &'a Growth>,
) -> Option<Account> {
    if history.len() < 2 {
        return None;
    }
    let grown = |series: &[f64]| {
        #[expect(clippy::cast_possible_truncation, reason = "sizes below 2^53")]
        let bytes = (series[series.len() - 1] - series[0]) as i64;
        bytes
    };
    Some(Account {
        heap: grown(&history.totals(|totals| totals.heap_bytes)),
        explained: grown(&explained(history, nodes, growths)),
        engine: grown(&history.totals(|totals| totals.engine_bytes)),
    })
}

/// Whether what `growths` leave of the heap grows.
pub fn rest<'a>(
    history: &History,
    nodes: &[TreeNode],
    growths: impl Iterator<Item = &'a Growth>,
    sensitivity: &Sensitivity,
) -> Option<Rest> {
    if history.len() < 2 {
        return None;
    }
    let bytes = left(history, nodes, growths);
    let trend = grows(&bytes, history.clocks(), sensitivity)?;
    let patience = sensitivity.min_checks.saturating_mul(rules::REST_PATIENCE);
    if trend.intervals < patience / 2 {
        return None;
    }
    let needed =
        Needed { rises: patience / 2, intervals: patience, seen_rises: rules::ENOUGH_RISES };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "differences of what were unsigned integers, at least 0"
    )]
    let whole = |values: &[f64]| values.iter().map(|&value| value as u64).collect::<Vec<_>>();
    let start = trend.start;
    let bytes_per_ms = stats::slope(&bytes[start..], |at| history.clocks()[start + at].epoch_ms);
    // One step is no growth here either.
    if bytes_per_ms <= 0.0 {
        return None;
    }
    Some(Rest {
        objects: whole(&history.totals(|totals| totals.objects)[start..]),
        decision: decide(&trend, needed, true),
        confidence: confidence(&trend, needed),
        bytes_per_ms,
        bytes: whole(&bytes[start..]),
        trend,
    })
}

/// Whether what `growths` leave of the heap has risen from each snapshot to the next, if
/// not for long enough to be reported.
pub fn rest_rises<'a>(
    history: &History,
    nodes: &[TreeNode],
    growths: impl Iterator<Item = &'a Growth>,
    sensitivity: &Sensitivity,
) -> bool {
    let bytes = left(history, nodes, growths);
    let trend = trend::since_seen(&bytes, history.clocks());
    let rises = trend.intervals >= sensitivity.min_checks && trend.rises == trend.intervals;
    rises && grows(&bytes, history.clocks(), sensitivity).is_some()
}

/// Returns the part of the program's heap that `growths` do not explain, snapshot by snapshot.
fn left<'a>(
    history: &History,
    nodes: &[TreeNode],
    growths: impl Iterator<Item = &'a Growth>,
) -> Vec<f64> {
    let heap = history.totals(|totals| totals.heap_bytes - totals.engine_bytes);
    let explained = explained(history, nodes, growths);
    heap.iter().zip(&explained).map(|(all, part)| (all - part).max(0.0)).collect()
}

/// Returns the trend of `bytes`, if they grow without an end in sight and by enough.
fn grows(bytes: &[f64], clocks: &[Clock], sensitivity: &Sensitivity) -> Option<Trend> {
    let trend = trend::since_seen(bytes, clocks);
    #[expect(clippy::cast_precision_loss, reason = "a threshold")]
    let least = sensitivity.min_growth_bytes as f64 * rules::REST_GROWTH;
    let enough = trend.net >= f64::max(least, rules::REST_SHARE * bytes[trend.start]);
    let is_sound = trend.rising == Rising::Regularly
        && trend.grows(*bytes.last()?)
        && keeps_pace(&trend)
        && enough;
    is_sound.then_some(trend)
}

/// Bytes that the items of `growths` hold, snapshot by snapshot; those of items below
/// other items once, and without what V8 keeps for itself below them.
fn explained<'a>(
    history: &History,
    nodes: &[TreeNode],
    growths: impl Iterator<Item = &'a Growth>,
) -> Vec<f64> {
    let items: FxHashSet<u32> = growths.flat_map(|growth| growth.items.iter().copied()).collect();
    let mut sum = vec![0.0; history.len()];
    // Parents come before their children.
    let mut is_explained = vec![false; nodes.len()];
    for (index, node) in (0u32..).zip(nodes) {
        let is_below = node.parent != NONE && is_explained[node.parent as usize];
        is_explained[index as usize] = is_below || items.contains(&index);
        let is_engine = !is_watched(node.origin) || node.origin == Origin::Own;
        if is_explained[index as usize] && !is_below {
            add(&mut sum, history.series(node.key, |row| row.held_bytes), 1.0);
        }
        if is_explained[index as usize] && is_engine {
            add(&mut sum, history.series(node.key, |row| row.self_bytes), -1.0);
        }
    }
    sum
}

fn add(sum: &mut [f64], series: Vec<f64>, sign: f64) {
    for (sum, value) in sum.iter_mut().zip(series) {
        *sum += sign * value;
    }
}
