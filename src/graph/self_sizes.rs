//! Self sizes.

use rustc_hash::FxHashMap;

use crate::column::Column;

/// Bytes per node in 16 bits, and a map for those that need more.
#[derive(Clone, Debug, Default)]
pub(crate) struct SelfSizes {
    narrow: Column<u16>,
    wide: FxHashMap<u32, u64>,
}

/// Marks a size in bytes; others are in words of 8 bytes, as V8 aligns objects.
const IN_BYTES: u16 = 1 << 15;
/// Stands for all sizes that are in the map.
const WIDE: u16 = u16::MAX;

impl SelfSizes {
    pub(crate) fn len(&self) -> usize {
        self.narrow.len()
    }

    /// Appends `count` sizes of 0.
    pub(super) fn grow(&mut self, count: usize) {
        self.narrow.grow(count);
    }

    /// Gives back what only more nodes would need.
    pub(super) fn shrink_to_fit(&mut self) {
        self.narrow.shrink_to_fit();
    }

    /// Returns the size of `node`.
    #[inline]
    pub(crate) fn get(&self, node: u32) -> u64 {
        self.of(node, self.narrow[node as usize])
    }

    #[inline]
    fn of(&self, node: u32, size: u16) -> u64 {
        match size {
            WIDE => self.wide[&node],
            bytes @ IN_BYTES.. => u64::from(bytes & !IN_BYTES),
            words => u64::from(words) * 8,
        }
    }

    /// Returns all sizes, by node.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        (0..).zip(self.narrow.iter()).map(|(node, &size)| self.of(node, size))
    }

    /// Changes the size of `node`.
    #[inline]
    pub(crate) fn set(&mut self, node: u32, size: u64) {
        self.narrow[node as usize] = match size {
            words if words.is_multiple_of(8) && words / 8 < u64::from(IN_BYTES) => {
                (words / 8) as u16
            }
            bytes if bytes < u64::from(WIDE & !IN_BYTES) => IN_BYTES | bytes as u16,
            _ => {
                self.wide.insert(node, size);
                WIDE
            }
        };
    }

    /// Returns the sum of all sizes.
    pub(crate) fn total(&self) -> u64 {
        self.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_all_widths_are_kept() {
        let sizes = [0, 1, 8, 12, 32_766, 32_767, 32_768, 262_136, 262_144, 262_145, 1 << 40];
        let mut column = SelfSizes::default();
        column.narrow.grow(sizes.len());
        for (node, size) in (0..).zip(sizes) {
            column.set(node, u64::MAX);
            column.set(node, size);
        }
        assert!(column.iter().eq(sizes));
        assert!((0..11).map(|node| column.get(node)).eq(sizes));
        assert_eq!(column.total(), sizes.iter().sum::<u64>());
    }
}
