//! Tables and lists in the child's own memory.

use super::arena::Arena;

/// The initial size: a page of keys.
const FIRST: usize = 512;

/// An open-addressed table that maps addresses, which are not 0, to numbers. It doubles
/// when it is half full; the arena does not get the old table back.
#[derive(Debug)]
pub struct Table {
    keys: &'static mut [u64],
    values: &'static mut [u32],
    count: usize,
    /// The last entry that was found: most look-ups repeat it.
    last: (u64, u32),
}

impl Table {
    /// Returns an empty table; `None` if the arena is full, as everywhere here.
    pub fn new(arena: &mut Arena) -> Option<Self> {
        let (keys, values) = (arena.take(FIRST)?, arena.take(FIRST)?);
        Some(Self { keys, values, count: 0, last: (0, 0) })
    }

    /// Returns the number of `key`.
    #[inline]
    pub fn get(&mut self, key: u64) -> Option<u32> {
        if self.last.0 == key {
            return Some(self.last.1);
        }
        let place = place(self.keys, key);
        (self.keys[place] == key && key != 0).then(|| {
            self.last = (key, self.values[place]);
            self.last.1
        })
    }

    /// Sets the number of `key`.
    pub fn set(&mut self, key: u64, value: u32, arena: &mut Arena) -> Option<()> {
        if (self.count + 1) * 2 > self.keys.len() {
            self.grow(arena)?;
        }
        let place = place(self.keys, key);
        self.count += usize::from(self.keys[place] == 0);
        self.keys[place] = key;
        self.values[place] = value;
        self.last = (key, value);
        Some(())
    }

    /// Returns whether no key has a number.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn grow(&mut self, arena: &mut Arena) -> Option<()> {
        let length = self.keys.len() * 2;
        let keys: &mut [u64] = arena.take(length)?;
        let values: &mut [u32] = arena.take(length)?;
        for (&key, &value) in self.keys.iter().zip(self.values.iter()).filter(|(key, _)| **key != 0)
        {
            let place = place(keys, key);
            keys[place] = key;
            values[place] = value;
        }
        (self.keys, self.values) = (keys, values);
        Some(())
    }
}

/// Returns the index of `key`, or of a free entry for it: half of `keys` are free, and
/// their number is a power of two.
#[inline]
fn place(keys: &[u64], key: u64) -> usize {
    let mask = keys.len() - 1;
    // Fibonacci hashing: the golden ratio spreads adjacent addresses.
    let mut place = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24) as usize & mask;
    while keys[place] != key && keys[place] != 0 {
        place = (place + 1) & mask;
    }
    place
}

/// A list in the arena, which doubles when it is full.
#[derive(Debug)]
pub struct List<T: 'static> {
    items: &'static mut [T],
    count: usize,
}

impl<T: super::arena::Zero> List<T> {
    /// Returns an empty list with room for `room` values.
    pub fn new(room: usize, arena: &mut Arena) -> Option<Self> {
        Some(Self { items: arena.take(room.max(1))?, count: 0 })
    }

    /// Appends a value.
    pub fn push(&mut self, item: T, arena: &mut Arena) -> Option<()> {
        if self.count == self.items.len() {
            let longer: &'static mut [T] = arena.take(self.count * 2)?;
            longer[..self.count].copy_from_slice(self.items);
            self.items = longer;
        }
        self.items[self.count] = item;
        self.count += 1;
        Some(())
    }

    /// Returns the number of values.
    #[expect(clippy::len_without_is_empty, reason = "nothing asks whether it is")]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Returns the value at `index`.
    #[inline]
    pub fn get(&self, index: usize) -> Option<T> {
        self.items[..self.count].get(index).copied()
    }

    /// Replaces the value at `index`.
    pub fn set(&mut self, index: usize, item: T) {
        if let Some(place) = self.items[..self.count].get_mut(index) {
            *place = item;
        }
    }

    /// Returns all values.
    pub fn as_slice(&self) -> &[T] {
        &self.items[..self.count]
    }

    /// Removes all values, and keeps the room.
    pub fn clear(&mut self) {
        self.count = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_keys_are_found_again_and_others_are_not() {
        let mut arena = Arena::reserve(4 << 20).expect("a little");
        let mut table = Table::new(&mut arena).expect("room");
        let key = |i: u32| 0x7f00_0000_0000 + u64::from(i) * 8;
        for i in 0..20_000 {
            table.set(key(i), i, &mut arena).expect("room");
        }
        assert!((0..20_000).all(|i| table.get(key(i)) == Some(i)));
        assert_eq!((table.get(key(20_000)), table.get(0)), (None, None));
        table.set(key(7), 8, &mut arena).expect("room");
        assert_eq!(table.get(key(7)), Some(8));
    }

    #[test]
    fn a_list_keeps_what_it_has_when_it_grows() {
        let mut arena = Arena::reserve(1 << 20).expect("a little");
        let mut list = List::<u64>::new(1, &mut arena).expect("room");
        for i in 0..1000 {
            list.push(i, &mut arena).expect("room");
        }
        assert!(list.as_slice().iter().copied().eq(0..1000));
        assert_eq!((list.get(999), list.get(1000)), (Some(999), None));
    }
}
