//! Finds what grows in the name tree, as far up as it makes sense.
//!
//! When the requests in a `Map` grow in number, so do their headers, sockets and
//! strings. Only the topmost node whose count grows is of interest: its parent,
//! whose own count stays, is the container. Some growth shows in no count: a
//! string that gets longer, an array of numbers, a table of number pairs. It is
//! found by the size of single objects.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    finding::{Growth, Measure},
    history::History,
    judge::{Decision, Judge, Judgement, Needed, Sensitivity, confidence, decide, rising},
    rules,
    signs::Signs,
    stats,
};
use crate::{
    census::{
        Row,
        tree::{NONE, Origin, TreeNode, ancestors},
    },
    growth::trend::{Rising, Trend},
};

/// Looks for growth in one snapshot and what is remembered of those before.
pub(super) struct Finder<'a> {
    /// The latest snapshot's census and the ones before.
    pub(super) history: &'a History,
    /// The latest snapshot's tree.
    pub(super) nodes: &'a [TreeNode],
    /// The settings of the user.
    pub(super) sensitivity: &'a Sensitivity,
}

impl Finder<'_> {
    /// Judges, for each tree node, how regularly the number of its objects rises.
    pub(super) fn rising_counts(&self) -> Vec<Rising> {
        self.nodes
            .iter()
            .map(|node| {
                if node.count <= self.history.first(node.key).count || !is_watched(node.origin) {
                    return Rising::No;
                }
                let counts = self.history.series(node.key, |row| u64::from(row.count));
                rising(&counts, self.history.clocks())
            })
            .collect()
    }

    pub(super) fn by_count(&self, rising: &[Rising]) -> Vec<Growth> {
        let mut by_container: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (index, node) in (0u32..).zip(self.nodes) {
            let own = rising[index as usize];
            // What rises more regularly than the objects that hold it is not explained by them.
            let topmost = node.parent == NONE || rising[node.parent as usize] < own;
            if own > Rising::No && topmost && !is_seeps(node) {
                // Roots have no container; each is a growth of its own.
                let container = if node.parent == NONE { index } else { node.parent };
                by_container.entry(container).or_default().push(index);
            }
        }
        by_container
            .into_iter()
            .filter_map(|(container, items)| self.growth_in_count(container, items))
            .collect()
    }

    fn growth_in_count(&self, container: u32, mut items: Vec<u32>) -> Option<Growth> {
        let held_growth = |&item: &u32| {
            let key = self.nodes[item as usize].key;
            let held = self.nodes[item as usize].held_bytes;
            held.saturating_sub(self.history.first(key).held_bytes)
        };
        items.sort_by_key(|item| std::cmp::Reverse(held_growth(item)));
        let held = self.sum(&items, |row| row.held_bytes);
        // Items of several classes count together; the keys of a map do not.
        let is_text = |item: &u32| self.nodes[*item as usize].text;
        let counted: Vec<u32> = if items.iter().all(is_text) {
            items.clone()
        } else {
            items.iter().copied().filter(|item| !is_text(item)).collect()
        };
        let counts = self.sum(&counted, |row| u64::from(row.count));
        self.growth_in_series(container, items, counts, held)
    }

    /// Returns the growth of `items` whose number makes the series `counts`, if it is one.
    pub(super) fn growth_in_series(
        &self,
        container: u32,
        items: Vec<u32>,
        counts: Vec<f64>,
        held: Vec<f64>,
    ) -> Option<Growth> {
        let past = self.history.past(self.nodes[container as usize].key);
        let judgement = self.judge().weigh(&counts, &held, past)?;
        let is_slot = items.iter().all(|&item| self.nodes[item as usize].slot);
        let spare = is_slot && self.has_spare_room(container, &counts[judgement.trend.start..]);
        let mut growth = self.growth(container, items, Measure::Count, counts, held, judgement)?;
        if spare {
            growth.has_spare_room = true;
            growth.decision = Decision::Suspect;
        }
        Some(growth)
    }

    /// Whether the table of `container` has not become larger while what it holds
    /// became many times as much.
    fn has_spare_room(&self, container: u32, counts: &[f64]) -> bool {
        let entries = counts[counts.len() - 1];
        if entries <= rules::SPARE_FACTOR * counts[0].max(1.0) {
            return false;
        }
        let stores = (0u32..).zip(self.nodes).filter(|&(index, node)| {
            node.count == 1 && (index == container || node.parent == container && !node.slot)
        });
        stores.into_iter().any(|(_, node)| {
            let sizes = self.history.series(node.key, |row| row.self_bytes);
            let sizes = &sizes[sizes.len() - counts.len()..];
            let is_same = sizes.iter().all(|size| size.to_bits() == sizes[0].to_bits());
            is_same && sizes[0] >= entries * rules::BYTES_PER_SLOT
        })
    }

    /// Objects that get bigger while their number stays.
    pub(super) fn by_size(&self, rising: &[Rising], taken: &FxHashSet<u32>) -> Vec<Growth> {
        let mut under_rising = vec![false; self.nodes.len()];
        let mut found = Vec::new();
        for (index, node) in (0u32..).zip(self.nodes) {
            let above = node.parent != NONE && under_rising[node.parent as usize];
            under_rising[index as usize] = above || rising[index as usize] > Rising::No;
            let first = self.history.first(node.key);
            // Between the steps of its size a table fills.
            let fills =
                node.self_bytes >= self.sensitivity.min_growth_bytes && node.edges > first.edges;
            let gained = node.self_bytes.saturating_sub(first.self_bytes);
            if under_rising[index as usize]
                || (!self.is_suspicious(gained) && !fills)
                || !is_watched(node.origin)
                || is_seeps(node)
                || taken.contains(&node.parent)
                || taken.contains(&index)
            {
                continue;
            }
            found.extend(self.growth_in_size(index));
        }
        found
    }

    fn growth_in_size(&self, index: u32) -> Option<Growth> {
        let node = &self.nodes[index as usize];
        let sizes = self.history.series(node.key, |row| row.self_bytes);
        let counts = self.history.series(node.key, |row| u64::from(row.count));
        let clocks = self.history.clocks();
        let trend = Trend::of_steps(&sizes, clocks);
        let last = *sizes.last()?;
        let container = if node.parent == NONE { index } else { node.parent };
        let is_table = node.count == 1 && !node.text;
        if is_table && last <= f64::from(node.edges) * rules::TABLE_BYTES_PER_REFERENCE {
            // What the table holds says more than its size.
            let references = self.history.series(node.key, |row| u64::from(row.edges));
            let bytes_each = last / f64::from(node.edges.max(1));
            let held = references.iter().map(|count| (count * bytes_each).floor()).collect();
            return self.growth_in_series(container, vec![index], references, held);
        }
        let average = |at: usize| sizes[at] / counts[at].max(1.0);
        if !trend.grows(last)
            // More objects, not bigger ones.
            || average(sizes.len() - 1) < rules::MIN_SIZE_GROWTH * average(trend.start)
        {
            return None;
        }
        let gained = last - sizes[trend.start].max(average(trend.start) * counts[counts.len() - 1]);
        let needed = Needed {
            rises: rules::MIN_SIZE_STEPS,
            intervals: self.sensitivity.min_checks,
            seen_rises: rules::MIN_SIZE_STEPS,
        };
        let was_watched = self.judge().was_watched(
            &sizes[trend.start..],
            trend.start,
            self.sensitivity.patience().0,
        );
        let decision = decide(&trend, needed, was_watched);
        let decision = self.judge().enough(gained, &trend, decision)?;
        let judgement = Judgement { trend, needed, decision };
        self.growth(container, vec![index], Measure::Size, counts, sizes, judgement)
    }

    /// Whether two containers are parts of one object.
    pub(super) fn share_an_owner(&self, one: u32, other: u32) -> bool {
        const MAX_STEPS: usize = 3;
        // A root is a whole module, or the program.
        let is_part = |at: &u32| self.nodes[*at as usize].parent != NONE;
        let above = |at: u32| ancestors(self.nodes, at).take_while(is_part).take(MAX_STEPS);
        above(one).any(|owner| above(other).any(|of_other| of_other == owner))
    }

    fn judge(&self) -> Judge<'_> {
        Judge::over(self.history, self.sensitivity)
    }

    /// Whether this many bytes may be the beginning of a growth that matters.
    fn is_suspicious(&self, gained: u64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a threshold")]
        let (gained, least) = (gained as f64, self.sensitivity.min_growth_bytes as f64);
        gained >= rules::SUSPICIOUS_SHARE * least
    }

    /// Returns the growth that `judgement` is of; none where most of what was seen of it
    /// does not rise, as when something has come once and stayed.
    fn growth(
        &self,
        container: u32,
        items: Vec<u32>,
        measure: Measure,
        counts: Vec<f64>,
        held: Vec<f64>,
        Judgement { trend, needed, decision }: Judgement,
    ) -> Option<Growth> {
        let start = trend.start;
        let clocks = &self.history.clocks()[start..];
        if stats::slope(&held[start..], |at| f64::from(clocks[at].round)) <= 0.0 {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "sums of what were unsigned integers"
        )]
        let whole = |values: Vec<f64>| values.into_iter().map(|v| v as u64).collect::<Vec<_>>();
        let containers = self.nodes.get(container as usize).map_or(1, |node| node.count.max(1));
        Some(Growth {
            container,
            containers: u64::from(containers),
            items,
            measure,
            start,
            checks: trend.rises,
            intervals: trend.intervals,
            bytes_per_ms: stats::slope(&held[start..], |at| clocks[at].epoch_ms),
            decision,
            confidence: confidence(&trend, needed),
            trend,
            has_spare_room: false,
            signs: Signs::default(),
            counts: whole(counts),
            held: whole(held),
        })
    }

    fn sum(&self, items: &[u32], figure: impl Fn(Row) -> u64 + Copy) -> Vec<f64> {
        let mut total = vec![0.0; self.history.len()];
        for &item in items {
            let key = self.nodes[item as usize].key;
            for (sum, value) in total.iter_mut().zip(self.history.series(key, figure)) {
                *sum += value;
            }
        }
        total
    }
}

/// Whether `node` is of seep's own functions and scopes: reports that a slow disk keeps
/// waiting are no leak of the program's.
fn is_seeps(node: &TreeNode) -> bool {
    node.parent == NONE && node.origin == Origin::Own
}

/// Whether growth in objects reached this way is a program's.
pub(super) fn is_watched(origin: Origin) -> bool {
    !matches!(origin, Origin::Transient | Origin::Runtime)
}
