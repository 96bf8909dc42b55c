//! Finds the numbers by which a program limits how much a store may hold.
//!
//! V8's snapshots contain no small numbers. The child reads only those that are named like a
//! bound (`limits`), which it decides once for each property of a hidden class and each variable
//! of a scope. It does not read the values of others.

use super::{
    arena::Arena,
    heap::{Heap, smi},
    layout::Kind,
    memory::Words,
    names::Names,
    naming::{self, Name, ValuePlace},
    shape::Shape,
    table::List,
    wire::{self, Style, Writer, record},
};

/// The most objects of one hidden class that are read: a class with more has entries of stores,
/// not owners.
const MOST_OBJECTS: u64 = 256;
/// A dictionary with more slots has data as keys.
const MOST_SLOTS: u64 = 512;
/// Marks a number that is in the PropertyArray, not in the object.
const IN_ARRAY: u64 = 1 << 31;

/// The places of numbers in objects of each shape.
#[derive(Debug)]
pub struct Bounds {
    /// For each shape that has any: how many objects were read, then the places, each with the
    /// number of its name in the upper half.
    list: List<u64>,
    /// The length of the list before the current shape.
    before: usize,
}

impl Bounds {
    /// Returns an empty list.
    pub fn new(arena: &mut Arena) -> Option<Self> {
        Some(Self { list: List::new(256, arena)?, before: 0 })
    }

    /// Begins a shape.
    pub fn begin(&mut self) {
        self.before = self.list.len();
    }

    /// Notes that objects of the shape have a number called `name` at `place`.
    pub fn note(&mut self, arena: &mut Arena, name: u32, place: ValuePlace) -> Option<()> {
        let place = match place {
            ValuePlace::Constant(_) => return Some(()),
            ValuePlace::Word(word) => word,
            ValuePlace::Slot(slot) => slot | IN_ARRAY,
        };
        self.count(arena)?;
        self.list.push(u64::from(name) << 32 | place, arena)
    }

    /// Makes room for the count of the shape's objects.
    fn count(&mut self, arena: &mut Arena) -> Option<()> {
        if self.list.len() == self.before { self.list.push(0, arena) } else { Some(()) }
    }

    /// Ends a shape, and returns where its places are and how many: (0, 0) for none. In objects in
    /// dictionary mode they are looked up each time.
    pub fn end(&mut self, arena: &mut Arena, is_dictionary: bool) -> Option<(u32, u16)> {
        if is_dictionary {
            self.count(arena)?;
        }
        let count = self.list.len() - self.before;
        Some(if count == 0 { (0, 0) } else { (self.before as u32, count as u16) })
    }

    /// Writes the numbers of one object after its row; `None` if there is no room.
    #[cold]
    pub fn write(
        &mut self,
        heap: &mut Heap<'_>,
        (names, to): (&mut Names, &mut Writer),
        object: Words,
        shape: Shape,
    ) -> Option<()> {
        let (first, count) = (shape.bounds.0 as usize, shape.bounds.1 as usize);
        let read = self.list.get(first)?;
        if read >= MOST_OBJECTS {
            return Some(());
        }
        self.list.set(first, read + 1);
        if shape.is_dictionary {
            return dictionary(heap, (names, to), object);
        }
        for at in first + 1..first + count {
            let entry = self.list.get(at)?;
            let place = entry & 0xffff_ffff;
            let word = if place & IN_ARRAY == 0 {
                object.get(place)
            } else {
                let array = heap.of_kind(object.get(1), Kind::PropertyArray);
                let Some(array) = array else { continue };
                array.get(2 + (place & !IN_ARRAY))
            };
            let word = heap.variable(word);
            let unset = is_unset(heap, word).then_some(f64::NAN);
            if let Some(value) = number(heap, word).or(unset) {
                write(to, entry >> 32, value);
            }
        }
        Some(())
    }
}

/// Writes the bounds among the properties of an object in dictionary mode.
fn dictionary(
    heap: &mut Heap<'_>,
    (names, to): (&mut Names, &mut Writer),
    object: Words,
) -> Option<()> {
    let table = heap.of_kind(object.get(1), Kind::HashTable)?;
    if heap.length(table) > MOST_SLOTS {
        return Some(());
    }
    let mut is_complete = true;
    naming::dictionary(heap, table, false, |heap, key, value, _| {
        if let Some(value) = number(heap, value)
            && names.says_bound(heap, key)
        {
            let name = naming::of_key(heap, key);
            match names.of(heap, to, name) {
                Some(name) => write(to, u64::from(name), value),
                None => is_complete = false,
            }
        }
        is_complete
    });
    is_complete.then_some(())
}

fn write(to: &mut Writer, name: u64, value: f64) {
    to.number(record::NUMBER);
    to.number(name);
    to.number(wire::to_wire(value));
}

/// Whether a tagged word is `undefined` or `null`: an option that was not given.
fn is_unset(heap: &Heap<'_>, word: u64) -> bool {
    word == heap.constants.undefined || word == heap.constants.null
}

/// Returns the number that a tagged word is or refers to.
fn number(heap: &mut Heap<'_>, word: u64) -> Option<f64> {
    if word & 1 == 0 {
        #[expect(clippy::cast_precision_loss, reason = "32 bits")]
        return Some(smi(word) as f64);
    }
    heap.of_kind(word, Kind::HeapNumber).map(|number| f64::from_bits(number.get(1)))
}

/// Whether a bound may be called `name`: a plain string, a `#private` name, or the description of
/// a symbol.
pub fn may_be(names: &mut Names, heap: &mut Heap<'_>, name: Name) -> bool {
    matches!(name, Name::Heap(word, Style::Plain | Style::Symbol) if names.says_bound(heap, word))
}
