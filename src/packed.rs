//! Numbers in as many bits as the greatest of them needs.

use crate::column::Column;

/// Bytes that a read may cover beyond the number that it is for.
const SLACK: usize = size_of::<u64>();

/// A column of numbers of up to 32 bits, one after the other, the lowest bits first.
#[derive(Debug)]
pub(crate) struct Packed {
    /// The numbers, and [`SLACK`].
    bytes: Column<u8>,
    width: usize,
    mask: u64,
    len: usize,
}

impl Default for Packed {
    fn default() -> Self {
        Self::of_width(0)
    }
}

impl Packed {
    /// Creates an empty column of numbers of `width` bits, at most 32.
    pub(crate) fn of_width(width: u32) -> Self {
        let mask = (1 << width) - 1;
        Self { bytes: Column::filled(SLACK, 0), width: width as usize, mask, len: 0 }
    }

    /// Creates a column of `len` zeros that have room for numbers up to `most`.
    pub(crate) fn zeroed(len: usize, most: u32) -> Self {
        let mut column = Self::of_width(bits_of(most));
        column.grow(len);
        column
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Appends `count` zeros.
    pub(crate) fn grow(&mut self, count: usize) {
        self.len += count;
        let bytes = (self.len * self.width).div_ceil(8) + SLACK;
        self.bytes.grow(bytes - self.bytes.len());
    }

    /// Gives back what only more numbers would need.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// Writes the number at `index`, which was zero; bits that there is no room for are lost.
    #[inline]
    pub(crate) fn set(&mut self, index: usize, value: u32) {
        let bit = index * self.width;
        let value = u64::from(value) & self.mask;
        if let Some(bytes) = self.bytes.get_mut(bit / 8..).and_then(<[u8]>::first_chunk_mut) {
            *bytes = (u64::from_le_bytes(*bytes) | value << (bit % 8)).to_le_bytes();
        }
    }

    /// Returns the number at `index`.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> u32 {
        debug_assert!(index < self.len, "an index of the column");
        let bit = index * self.width;
        let bytes = self.bytes.get(bit / 8..).and_then(<[u8]>::first_chunk);
        let bits = u64::from_le_bytes(*bytes.expect("slack behind the last number"));
        (bits >> (bit % 8) & self.mask) as u32
    }

    /// Prefetches the number at `index`.
    #[inline]
    pub(crate) fn prefetch(&self, index: usize) {
        self.bytes.prefetch(index * self.width / 8);
    }
}

/// Returns the number of bits that numbers up to `most` need.
pub(crate) fn bits_of(most: u32) -> u32 {
    u32::BITS - most.leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Random;

    #[test]
    fn numbers_of_all_widths_are_kept() {
        let mut random = Random::new(9);
        for width in 0..=32 {
            let bound = 1 << width;
            let numbers: Vec<u32> = (0..1000).map(|_| random.below(bound) as u32).collect();
            let mut column = Packed::of_width(width);
            for (piece, numbers) in numbers.chunks(77).enumerate() {
                column.grow(numbers.len());
                for (at, &number) in (piece * 77..).zip(numbers) {
                    column.set(at, number);
                }
            }
            column.shrink_to_fit();
            assert!((0..column.len()).map(|at| column.get(at)).eq(numbers), "{width}");
        }
    }

    #[test]
    fn a_number_takes_no_more_bits_than_it_needs() {
        for (most, bits) in [(0, 0), (1, 1), (255, 8), (256, 9), (u32::MAX, 32)] {
            assert_eq!(bits_of(most), bits);
        }
        assert_eq!(Packed::zeroed(1 << 20, 1_500_000).bytes.len() - SLACK, (21 << 20) / 8);
    }
}
