//! Sets of small numbers, one bit each.

use crate::column::Column;

/// A set of numbers below a bound that is fixed at the start.
#[derive(Debug, Default)]
pub struct BitSet {
    words: Column<u64>,
}

impl BitSet {
    /// The empty subset of `0..bound`.
    pub fn new(bound: usize) -> Self {
        Self { words: Column::zeroed(bound.div_ceil(64)) }
    }

    /// Whether `value` is in the set; numbers past the bound never are.
    #[inline]
    pub fn contains(&self, value: usize) -> bool {
        self.words.get(value / 64).is_some_and(|word| word >> (value % 64) & 1 == 1)
    }

    /// Adds `value`, and says whether it was new.
    ///
    /// # Panics
    ///
    /// When `value` is past the bound.
    #[inline]
    pub fn insert(&mut self, value: usize) -> bool {
        let bit = 1 << (value % 64);
        let word = &mut self.words[value / 64];
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Raises the bound to at least `bound`; the members stay.
    pub fn raise(&mut self, bound: usize) {
        let missing = bound.div_ceil(64).saturating_sub(self.words.len());
        self.words.grow(missing);
    }

    /// First number that the set cannot hold.
    pub fn bound(&self) -> usize {
        self.words.len() * 64
    }

    /// The numbers below `bound` that are not in the set.
    #[must_use]
    pub fn complement(mut self, bound: usize) -> Self {
        self.raise(bound);
        for word in self.words.iter_mut() {
            *word = !*word;
        }
        for value in bound..self.bound() {
            self.words[value / 64] &= !(1 << (value % 64));
        }
        self
    }

    /// How many numbers are in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no number is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// The members, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, &word)| {
            std::iter::successors((word != 0).then_some(word), |rest| {
                let rest = rest & (rest - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |rest| index * 64 + rest.trailing_zeros() as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_inserted_and_nothing_else() {
        let mut set = BitSet::new(130);
        let members = [0, 1, 63, 64, 127, 129];
        for &member in &members {
            assert!(set.insert(member));
            assert!(!set.insert(member));
        }
        assert!(set.iter().eq(members));
        assert!((0..1000).all(|value| set.contains(value) == members.contains(&value)));
        assert_eq!(set.len(), members.len());
    }

    #[test]
    fn the_complement_ends_at_its_bound() {
        let mut set = BitSet::new(70);
        set.insert(3);
        set.insert(66);
        assert!(set.complement(68).iter().eq((0..68).filter(|it| ![3, 66].contains(it))));
    }

    #[test]
    fn raising_the_bound_keeps_the_members() {
        let mut set = BitSet::new(1);
        set.insert(5);
        set.raise(1000);
        set.insert(999);
        assert!(set.iter().eq([5, 999]));
    }
}
