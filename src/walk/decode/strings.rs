//! The strings of the graph that is built from a stream.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::column::Column;

/// All strings of the graph, each once, except those of [`Decimals`].
#[derive(Debug, Default)]
pub(super) struct Strings {
    numbers: FxHashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Strings {
    pub(super) fn of(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.texts.len() as u32;
        let text: Arc<str> = text.into();
        self.numbers.insert(Arc::clone(&text), number);
        self.texts.push(text);
        number
    }

    pub(super) fn texts(&self) -> &[Arc<str>] {
        &self.texts
    }
}

/// The strings of numbers, which follow all others. A list of a million items has a
/// million of them: they take 8 bytes each, where a separate string would take a hundred.
#[derive(Debug)]
pub(super) struct Decimals {
    /// The index of the first of these strings.
    base: u32,
    /// Their numbers, in the order in which they were needed.
    values: Column<u32>,
    /// For each number, the index of its string; [`UNUSED`] if it has none yet.
    places: Column<u32>,
    /// The same for numbers far beyond all others, which must not make room for all
    /// numbers below them.
    far: FxHashMap<u32, u32>,
}

const UNUSED: u32 = u32::MAX;

/// `places` grows for a number that is at most this far beyond it.
const PLACES_AHEAD: usize = 64;

impl Decimals {
    /// Returns an empty set that follows `strings`, to which none may be added any more.
    pub(super) fn after(strings: &Strings) -> Self {
        Self {
            base: strings.texts.len() as u32,
            values: Column::new(),
            places: Column::new(),
            far: FxHashMap::default(),
        }
    }

    /// Returns the string of `number`.
    #[inline]
    pub(super) fn of(&mut self, number: u32) -> u32 {
        match self.places.get(number as usize) {
            Some(&place) if place != UNUSED => self.base + place,
            _ => self.new_one(number),
        }
    }

    fn new_one(&mut self, number: u32) -> u32 {
        let next = self.values.len() as u32;
        let index = number as usize;
        let place = if index < self.places.len() + PLACES_AHEAD {
            let missing = (index + 1).saturating_sub(self.places.len());
            self.places.grow(missing).fill(UNUSED);
            // It may have been added to `far` before.
            let place = self.far.get(&number).copied().unwrap_or(next);
            self.places[index] = place;
            place
        } else {
            *self.far.entry(number).or_insert(next)
        };
        if place == next {
            self.values.push(number);
        }
        self.base + place
    }

    /// Returns the strings and their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        (self.base..).zip(self.values.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_string_wherever_it_comes() {
        let mut strings = Strings::default();
        strings.of("name");
        let mut decimals = Decimals::after(&strings);
        let numbers = [0, 1, 5, 1, 4_000_000_000, 200, 66, 4_000_000_000, 130, 200];
        let found = numbers.map(|number| decimals.of(number));
        assert_eq!(found, [1, 2, 3, 2, 4, 5, 6, 4, 7, 5]);
        let said: Vec<_> = decimals.iter().collect();
        assert_eq!(said, [(1, 0), (2, 1), (3, 5), (4, 4_000_000_000), (5, 200), (6, 66), (7, 130)]);
        assert!(decimals.places.len() < 300, "a number far off makes no room for all below it");
    }
}
