//! The rows of successive snapshots, in the memory of what differs.
//!
//! Most paths of a program have the same figures snapshot after snapshot. The
//! oldest snapshot is kept whole, and of each later one the rows that are not as
//! they were before it.

use rustc_hash::FxHashMap;

use crate::census::Row;

/// Rows by key, snapshot by snapshot; all zero where a snapshot has none.
#[derive(Debug, Default)]
pub(super) struct Layers(Vec<FxHashMap<u64, Row>>);

impl Layers {
    /// Adds those of one more snapshot.
    pub(super) fn push(&mut self, rows: FxHashMap<u64, Row>) {
        if self.0.is_empty() {
            self.0.push(rows);
            return;
        }
        let known = self.0.iter().flat_map(FxHashMap::keys);
        let gone = known.filter(|key| !rows.contains_key(key)).map(|&key| (key, Row::default()));
        let changed = rows.iter().map(|(&key, &row)| (key, row)).chain(gone);
        let layer = changed.filter(|&(key, row)| self.latest(key) != row).collect();
        self.0.push(layer);
    }

    /// Takes back all but those of the first `len` snapshots.
    pub(super) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// Forgets every second of the first `half` snapshots, keeping the very first.
    pub(super) fn thin(&mut self, half: usize) {
        for at in (1..half).step_by(2).rev() {
            let forgotten = self.0.remove(at);
            let Some(next) = self.0.get_mut(at) else { continue };
            for (key, row) in forgotten {
                next.entry(key).or_insert(row);
            }
        }
    }

    /// Returns the oldest row of `key`.
    pub(super) fn first(&self, key: u64) -> Row {
        self.0.first().and_then(|layer| layer.get(&key)).copied().unwrap_or_default()
    }

    /// Returns the newest row of `key`.
    pub(super) fn latest(&self, key: u64) -> Row {
        self.0.iter().rev().find_map(|layer| layer.get(&key)).copied().unwrap_or_default()
    }

    /// Returns the rows of `key`, oldest first.
    pub(super) fn series(&self, key: u64) -> impl Iterator<Item = Row> + '_ {
        self.0.iter().scan(Row::default(), move |row, layer| {
            if let Some(&now) = layer.get(&key) {
                *row = now;
            }
            Some(*row)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Random;

    fn row(count: u32) -> Row {
        Row { count, ..Row::default() }
    }

    /// The reference for `Layers`: each snapshot whole.
    #[derive(Default)]
    struct Whole(Vec<FxHashMap<u64, Row>>);

    #[test]
    fn they_are_as_if_each_snapshot_was_kept_whole() {
        let mut random = Random::new(7);
        let (mut layers, mut whole) = (Layers::default(), Whole::default());
        for _ in 0..200 {
            match random.below(10) {
                0 => {
                    let len = whole.0.len().saturating_sub(1);
                    layers.truncate(len);
                    whole.0.truncate(len);
                }
                1 => {
                    let half = whole.0.len() / 2;
                    layers.thin(half);
                    let mut at = 0;
                    whole.0.retain(|_| {
                        at += 1;
                        at > half || at % 2 == 1
                    });
                }
                _ => {
                    let keys = (0..20).filter(|_| random.below(4) > 0);
                    let rows: FxHashMap<u64, Row> =
                        keys.map(|key| (key, row(u32::from(key > 15)))).collect();
                    layers.push(rows.clone());
                    whole.0.push(rows);
                }
            }
            for key in 0..20 {
                let expected: Vec<Row> = whole
                    .0
                    .iter()
                    .map(|rows| rows.get(&key).copied().unwrap_or_default())
                    .collect();
                assert_eq!(layers.series(key).collect::<Vec<_>>(), expected);
                assert_eq!(layers.first(key), expected.first().copied().unwrap_or_default());
                assert_eq!(layers.latest(key), expected.last().copied().unwrap_or_default());
            }
        }
    }

    #[test]
    fn what_stays_is_kept_once() {
        let mut layers = Layers::default();
        for snapshot in 0..16 {
            let growing = |key: u64| if key < 10 { snapshot } else { 0 };
            layers.push((0..1000).map(|key| (key, row(7 + growing(key)))).collect());
        }
        let kept: usize = layers.0.iter().map(FxHashMap::len).sum();
        assert_eq!(kept, 1000 + 15 * 10);
        layers.thin(8);
        let kept: usize = layers.0.iter().map(FxHashMap::len).sum();
        assert_eq!(kept, 1000 + 11 * 10);
    }
}
