//! Sets of small numbers, one bit each.

use crate::column::Column;

/// A set of numbers below a bound given at creation.
#[derive(Clone, Debug, Default)]
pub struct BitSet {
    words: Column<u64>,
}

impl BitSet {
    /// Creates the empty subset of `0..bound`.
    pub fn new(bound: usize) -> Self {
        Self { words: Column::zeroed(bound.div_ceil(64)) }
    }

    /// Whether `value` is in the set; numbers beyond the bound never are.
    #[inline]
    pub fn contains(&self, value: usize) -> bool {
        self.words.get(value / 64).is_some_and(|word| word >> (value % 64) & 1 == 1)
    }

    /// Adds `value`, and returns whether it was new.
    ///
    /// # Panics
    ///
    /// When `value` is beyond the bound.
    #[inline]
    pub fn insert(&mut self, value: usize) -> bool {
        let bit = 1 << (value % 64);
        let word = &mut self.words[value / 64];
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Removes `value`.
    #[inline]
    pub fn remove(&mut self, value: usize) {
        if let Some(word) = self.words.get_mut(value / 64) {
            *word &= !(1 << (value % 64));
        }
    }

    /// Raises the bound to at least `bound`; the members stay.
    pub fn raise(&mut self, bound: usize) {
        let missing = bound.div_ceil(64).saturating_sub(self.words.len());
        self.words.grow(missing);
    }

    /// Returns the first number that the set cannot hold.
    pub fn bound(&self) -> usize {
        self.words.len() * 64
    }

    /// Returns the numbers below `bound` that are not in the set.
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

    /// Returns how many numbers are in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no number is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Returns the members in ascending order.
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

impl FromIterator<bool> for BitSet {
    /// Collects the positions of `true`.
    fn from_iter<I: IntoIterator<Item = bool>>(values: I) -> Self {
        let mut values = values.into_iter().peekable();
        let mut words = Column::new();
        while values.peek().is_some() {
            let bits = (0..64).zip(values.by_ref());
            words.push(bits.fold(0, |word, (bit, value)| word | u64::from(value) << bit));
        }
        Self { words }
    }
}

/// Numbers the members of a set from 0, in ascending order.
#[derive(Debug, Default)]
pub struct Ranks {
    /// How many members come before each word.
    before: Column<u32>,
    count: usize,
}

impl Ranks {
    /// Ranks the members of `set`.
    pub fn of(set: &BitSet) -> Self {
        let mut count = 0;
        let before = set.words.iter().map(|word| {
            let before = count;
            count += word.count_ones();
            before
        });
        Self { before: before.collect(), count: count as usize }
    }

    /// Returns how many members there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Returns the rank of `member` in `set`, which must be the set that was ranked.
    #[inline]
    pub fn get(&self, set: &BitSet, member: usize) -> usize {
        let below = set.words[member / 64] & ((1 << (member % 64)) - 1);
        (self.before[member / 64] + below.count_ones()) as usize
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

    #[test]
    fn members_are_taken_out_and_numbered() {
        let mut set: BitSet = (0..200).map(|value| value % 3 == 0).collect();
        assert!(set.iter().eq((0..200).step_by(3)));
        set.remove(66);
        assert!(!set.contains(66) && set.len() == 66);
        let ranks = Ranks::of(&set);
        assert_eq!(ranks.count(), 66);
        assert!(set.iter().map(|member| ranks.get(&set, member)).eq(0..66));
    }
}
