//! Numbers of which there are few different ones.

use rustc_hash::FxHashMap;

use crate::column::Column;

/// A column of numbers in 2 bytes each, as long as no more than 65,536 differ; in 4
/// where they do.
#[derive(Debug)]
pub(crate) enum Narrow {
    /// Codes, and the numbers that they stand for.
    Coded { codes: Column<u16>, values: Vec<u32>, code_of: FxHashMap<u32, u16> },
    /// The numbers.
    Plain(Column<u32>),
}

impl Default for Narrow {
    fn default() -> Self {
        Self::plain()
    }
}

impl Narrow {
    /// Returns an empty column that takes 4 bytes a number.
    pub(crate) fn plain() -> Self {
        Self::Plain(Column::new())
    }

    /// Returns an empty column that takes 2 bytes a number, as long as it can.
    pub(crate) fn coded() -> Self {
        // The code of what has not been set is 0.
        let (values, code_of) = (vec![0], FxHashMap::from_iter([(0, 0)]));
        Self::Coded { codes: Column::new(), values, code_of }
    }

    /// Returns the number at `index`.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<u32> {
        match self {
            Self::Plain(values) => values.get(index).copied(),
            Self::Coded { codes, values, .. } => {
                codes.get(index).map(|&code| values[usize::from(code)])
            }
        }
    }

    /// Prefetches the number at `index`.
    #[inline]
    pub(crate) fn prefetch(&self, index: usize) {
        match self {
            Self::Plain(values) => values.prefetch(index),
            Self::Coded { codes, .. } => codes.prefetch(index),
        }
    }

    /// Returns all numbers, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let (plain, coded, values) = match self {
            Self::Plain(plain) => (&plain[..], &[][..], &[][..]),
            Self::Coded { codes, values, .. } => (&[][..], &codes[..], &values[..]),
        };
        // One of the two is empty.
        plain.iter().copied().chain(coded.iter().map(|&code| values[usize::from(code)]))
    }

    /// Appends `count` zeros.
    pub(crate) fn grow(&mut self, count: usize) {
        match self {
            Self::Plain(values) => _ = values.grow(count),
            Self::Coded { codes, .. } => _ = codes.grow(count),
        }
    }

    /// Appends a number.
    pub(crate) fn push(&mut self, value: u32) {
        let index = match self {
            Self::Plain(values) => values.len(),
            Self::Coded { codes, .. } => codes.len(),
        };
        self.grow(1);
        self.set(index, value);
    }

    /// Changes the number at `index`, which must be there.
    #[inline]
    pub(crate) fn set(&mut self, index: usize, value: u32) {
        match self {
            Self::Plain(values) => values[index] = value,
            Self::Coded { codes, code_of, .. } => match code_of.get(&value) {
                Some(&code) => codes[index] = code,
                None => self.set_new(index, value),
            },
        }
    }

    #[cold]
    fn set_new(&mut self, index: usize, value: u32) {
        let Self::Coded { codes, values, code_of } = self else { return };
        if let Ok(code) = u16::try_from(values.len()) {
            values.push(value);
            code_of.insert(value, code);
            codes[index] = code;
            return;
        }
        let mut plain: Column<u32> = Column::with_capacity(codes.len());
        for (&code, value) in codes.iter().zip(plain.grow(codes.len())) {
            *value = values[usize::from(code)];
        }
        plain[index] = value;
        *self = Self::Plain(plain);
    }

    /// Gives back what only further changes would need.
    pub(crate) fn shrink_to_fit(&mut self) {
        match self {
            Self::Plain(values) => values.shrink_to_fit(),
            Self::Coded { codes, values, code_of } => {
                codes.shrink_to_fit();
                values.shrink_to_fit();
                *code_of = FxHashMap::default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a coded column of these numbers.
    fn column(numbers: impl Iterator<Item = u32>) -> Narrow {
        let mut column = Narrow::coded();
        numbers.for_each(|number| column.push(number));
        column
    }

    #[test]
    fn few_numbers_take_two_bytes_and_many_take_four() {
        for (different, is_narrow) in [(65_536, true), (65_537, false)] {
            let numbers = || (0..70_000).map(move |index| index % different * 60_000);
            let mut column = column(numbers());
            assert_eq!(matches!(column, Narrow::Coded { .. }), is_narrow, "{different}");
            column.shrink_to_fit();
            assert!(column.iter().eq(numbers()));
            assert!((0..70_000).map(|index| column.get(index)).eq(numbers().map(Some)));
            assert_eq!(column.get(70_000), None);
        }
    }
}
