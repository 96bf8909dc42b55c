//! What has to be known of each object when its references arrive, in one or two bytes each.

use crate::{
    bits::{BitSet, Ranks},
    column::Column,
};

/// The sort of an object, as far as its properties depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Whatever is no dictionary.
    Other,
    /// An object of a class.
    OfClass,
    /// A plain object.
    Plain,
}

/// Bits of the first byte that count references.
const COUNT_BITS: u32 = 5;

/// Marks that another byte follows.
const MORE: u8 = 0x80;

/// The objects of a snapshot, in its order.
#[derive(Debug, Default)]
pub(super) struct Owners {
    /// Of each object its sort and the number of its references, seven bits a byte.
    packed: Column<u8>,
    /// Where the next object to be read begins.
    next: usize,
    functions: BitSet,
    ranks: Ranks,
    function_names: Column<u32>,
    count: usize,
}

impl Owners {
    /// Adds an object with so many references.
    pub(super) fn push(&mut self, sort: Sort, references: u32, function_name: Option<u32>) {
        let low = references & ((1 << COUNT_BITS) - 1);
        let mut rest = references >> COUNT_BITS;
        let more = |rest: u32| if rest > 0 { MORE } else { 0 };
        self.packed.push((sort as u8) << COUNT_BITS | low as u8 | more(rest));
        while rest > 0 {
            let low = (rest & 0x7F) as u8;
            rest >>= 7;
            self.packed.push(low | more(rest));
        }
        if let Some(name) = function_name {
            self.functions.raise(self.count + 1);
            self.functions.insert(self.count);
            self.function_names.push(name);
        }
        self.count += 1;
    }

    /// Ends the objects.
    pub(super) fn finish(&mut self) {
        self.packed.shrink_to_fit();
        self.ranks = Ranks::of(&self.functions);
    }

    /// Returns the number of objects.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Returns the next object's sort and number of references.
    pub(super) fn next(&mut self) -> Option<(Sort, u32)> {
        let first = *self.packed.get(self.next)?;
        self.next += 1;
        let sort = match first >> COUNT_BITS & 3 {
            0 => Sort::Other,
            1 => Sort::OfClass,
            _ => Sort::Plain,
        };
        let mut references = u32::from(first) & ((1 << COUNT_BITS) - 1);
        let mut shift = COUNT_BITS;
        let mut byte = first;
        while byte & MORE != 0 {
            byte = *self.packed.get(self.next)?;
            self.next += 1;
            references |= u32::from(byte & 0x7F) << shift;
            shift += 7;
        }
        Some((sort, references))
    }

    /// Returns the name of the function `node`, if it is one.
    pub(super) fn function_name(&self, node: u32) -> Option<u32> {
        let node = node as usize;
        let is_function = self.functions.contains(node);
        is_function.then(|| self.function_names[self.ranks.get(&self.functions, node)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_come_back_as_they_were() {
        let mut owners = Owners::default();
        let counts = [0, 1, 31, 32, 4095, 4096, 1 << 20, u32::MAX];
        let sorts = [Sort::Other, Sort::OfClass, Sort::Plain];
        for (i, &count) in counts.iter().enumerate() {
            owners.push(sorts[i % 3], count, (i % 2 == 1).then_some(i as u32 * 10));
        }
        owners.finish();
        for (i, &count) in counts.iter().enumerate() {
            assert_eq!(owners.next(), Some((sorts[i % 3], count)));
            let name = (i % 2 == 1).then_some(i as u32 * 10);
            assert_eq!(owners.function_name(i as u32), name);
        }
        assert_eq!(owners.next(), None);
        assert_eq!(owners.function_name(99), None);
    }
}
