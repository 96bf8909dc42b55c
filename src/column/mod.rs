//! Growable arrays of plain numbers that return their memory to the system.
//!
//! A snapshot's columns are large and live for one round, inside a process that is not
//! ours. That process's allocator would keep their pages for itself, copy them on growth
//! and abort if there are none left. Therefore a [`Column`] beyond [`MAPPED_FROM`] bytes
//! is a mapping of its own:
//!
//! - when it is dropped, its pages return to the system at once;
//! - growing moves page tables, not bytes (Linux), and reserves address space
//!   only: a page is taken when it is first written, or shortly before by a
//!   thread that has nothing else to do ([`PagesAhead`]).
//!
//! When the system has no memory left, the round ends and the process does not:
//! [`catch_no_memory`] turns this into an `Err`.

#[cfg_attr(not(target_os = "linux"), path = "ahead/none.rs")]
mod ahead;
#[cfg(unix)]
mod mapping;
mod no_memory;
mod raw;
#[cfg_attr(not(target_os = "linux"), path = "recycle/none.rs")]
mod recycle;
mod usage;
mod watch;

use std::{
    fmt,
    marker::PhantomData,
    ops::{Deref, DerefMut},
};

use crate::units::NodeOrdinal;
use no_memory::give_up;
use raw::Raw;

pub use ahead::{PageTaker, PagesAhead};
pub use no_memory::catch_no_memory;
pub use recycle::{Recycled, Recycling};
pub use usage::{Account, Counting, live_bytes, mapped_bytes, peak_bytes, reset_peak};
pub use watch::{Cancellation, Cancelling, Watched, ask, ask_at, asking};

/// Columns of at least this many bytes are mappings; smaller ones come from the
/// allocator. At a quarter of a megabyte, a page fault more or less no longer matters,
/// and the allocator's habit of keeping memory begins to.
pub const MAPPED_FROM: usize = 256 << 10;

/// A type whose values are plain bytes, with all-zero bytes as one of them.
///
/// # Safety
///
/// [`ZERO`](Self::ZERO) must be all-zero bytes without padding, and the alignment at most
/// that of `u64`. The size may be any.
pub unsafe trait Zeroable: Copy + 'static {
    /// The value whose bytes are zero.
    const ZERO: Self;
}

// SAFETY: an integer.
unsafe impl Zeroable for u8 {
    const ZERO: Self = 0;
}
// SAFETY: an integer.
unsafe impl Zeroable for u16 {
    const ZERO: Self = 0;
}
// SAFETY: an integer.
unsafe impl Zeroable for u32 {
    const ZERO: Self = 0;
}
// SAFETY: an integer.
unsafe impl Zeroable for u64 {
    const ZERO: Self = 0;
}
// SAFETY: a transparent `u32`.
unsafe impl Zeroable for NodeOrdinal {
    const ZERO: Self = Self(0);
}

/// A growable array of `T` that is outside the host's allocator once it is large.
pub struct Column<T: Zeroable> {
    raw: Raw,
    len: usize,
    element: PhantomData<T>,
}

impl<T: Zeroable> Column<T> {
    /// Creates an empty column; allocates nothing.
    pub const fn new() -> Self {
        Self { raw: Raw::EMPTY, len: 0, element: PhantomData }
    }

    /// Creates an empty column with address space for `capacity` values, so that it never
    /// moves. Memory is used only as values are added.
    pub fn with_capacity(capacity: usize) -> Self {
        let mut column = Self::new();
        let bytes = capacity.saturating_mul(size_of::<T>());
        if bytes > 0 && column.raw.reserve(bytes).is_err() {
            give_up(bytes);
        }
        column
    }

    /// Creates a column of `len` zeros.
    pub fn zeroed(len: usize) -> Self {
        let mut column = Self::new();
        column.grow(len);
        column
    }

    /// Creates a column with `len` copies of `value`.
    pub fn filled(len: usize, value: T) -> Self {
        let mut column = Self::new();
        column.grow(len).fill(value);
        column
    }

    /// Appends `extra` zeros and returns them for writing.
    pub fn grow(&mut self, extra: usize) -> &mut [T] {
        let from = self.len;
        let len = from.saturating_add(extra);
        self.reserve_total(len);
        self.len = len;
        &mut self[from..]
    }

    /// Appends one value.
    #[inline]
    pub fn push(&mut self, value: T) {
        // Checks the element's end, since an element whose size does not divide the room
        // may fit only in part.
        if (self.len + 1) * size_of::<T>() > self.raw.usable() {
            self.reserve_total(self.len + 1);
        }
        // SAFETY: the line above made room for an element at `len`.
        unsafe { self.as_mut_ptr().add(self.len).write(value) };
        self.len += 1;
    }

    /// Removes all values; the memory stays. The bytes beyond the end are zero, which
    /// [`grow`](Self::grow) relies on.
    pub fn clear(&mut self) {
        self.fill(T::ZERO);
        self.len = 0;
    }

    /// Removes the values from `len` on; the memory stays.
    pub fn truncate(&mut self, len: usize) {
        if len < self.len {
            self[len..].fill(T::ZERO);
            self.len = len;
        }
    }

    /// Returns the whole pages of the values before `index` to the system; the other
    /// values stay. The released values must not be read again: they may be unchanged or
    /// zero.
    pub fn release_before(&mut self, index: usize) {
        self.raw.release(index.min(self.len) * size_of::<T>());
    }

    /// Removes the last value.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        let value = std::mem::replace(self.last_mut()?, T::ZERO);
        self.len -= 1;
        Some(value)
    }

    /// Appends all of `values`.
    pub fn extend_from_slice(&mut self, values: &[T]) {
        self.grow(values.len()).copy_from_slice(values);
    }

    /// Returns the room beyond the last element to the system.
    pub fn shrink_to_fit(&mut self) {
        self.raw.shrink(self.len * size_of::<T>());
    }

    /// Returns the bytes of memory in use, at page granularity once mapped.
    pub fn memory(&self) -> usize {
        self.raw.usable()
    }

    /// Prefetches the memory of the element at `index`, which need not exist. Does
    /// nothing on machines without such an instruction.
    #[inline]
    pub fn prefetch(&self, index: usize) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a hint may name any address.
        unsafe {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let element = self.raw.pointer().cast::<T>().wrapping_add(index);
            _mm_prefetch::<_MM_HINT_T0>(element.cast::<i8>());
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = index;
    }

    fn as_mut_ptr(&mut self) -> *mut T {
        self.raw.pointer().cast()
    }

    fn reserve_total(&mut self, len: usize) {
        let bytes = len.saturating_mul(size_of::<T>());
        if bytes > self.raw.usable() && self.raw.grow(bytes).is_err() {
            give_up(bytes);
        }
    }
}

impl<T: Zeroable> Deref for Column<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: `raw` holds at least `len` elements, all written or zeroed, aligned for
        // any `Zeroable`; if empty, its pointer is dangling.
        unsafe { std::slice::from_raw_parts(self.raw.pointer().cast(), self.len) }
    }
}

impl<T: Zeroable> DerefMut for Column<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as for `deref`, and `self` is mutably borrowed.
        unsafe { std::slice::from_raw_parts_mut(self.as_mut_ptr(), self.len) }
    }
}

impl<T: Zeroable> Clone for Column<T> {
    fn clone(&self) -> Self {
        let mut column = Self::new();
        column.extend_from_slice(self);
        column
    }
}

impl<T: Zeroable> Default for Column<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Zeroable> FromIterator<T> for Column<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut column = Self::new();
        for value in values {
            column.push(value);
        }
        column
    }
}

impl<T: Zeroable + fmt::Debug> fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Column of {}", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_its_values_while_growing_from_heap_to_mapping_to_larger_mapping() {
        let mut column = Column::new();
        for value in 0..3_000_000_u32 {
            column.push(value);
        }
        assert!(column.iter().copied().eq(0..3_000_000));
        column.shrink_to_fit();
        assert!(column.iter().copied().eq(0..3_000_000));
        assert!(column.memory() < 3_000_000 * 4 + (4 << 20));
    }

    // SAFETY: integers in a row.
    unsafe impl Zeroable for [u32; 3] {
        const ZERO: Self = [0; 3];
    }

    #[test]
    fn elements_of_any_size_have_room() {
        let mut column = Column::new();
        for value in 0..100_000_u32 {
            column.push([value; 3]);
            assert!(column.memory() >= column.len() * size_of::<[u32; 3]>());
        }
        assert!((0..).zip(column.iter()).all(|(value, element)| *element == [value; 3]));
    }

    #[test]
    fn capacity_takes_address_space_and_no_memory() {
        let mut column = Column::<u32>::with_capacity(3_000_000);
        assert_eq!((column.len(), column.memory()), (0, 0));
        column.push(7);
        assert!(column.memory() < 1 << 20);
        column.grow(2_999_999).fill(9);
        assert_eq!((column[0], column[2_999_999]), (7, 9));
    }

    #[test]
    fn new_room_is_zero_even_where_bytes_were_before() {
        let mut column = Column::<u64>::filled(10, u64::MAX);
        assert!(column.grow(100_000).iter().all(|&value| value == 0));
        assert_eq!(column[9], u64::MAX);
        let mut column = Column::<u64>::filled(2, 7);
        assert_eq!(column.pop(), Some(7));
        assert_eq!(column.grow(1), [0]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_has_been_read_is_given_back_and_the_rest_stays() {
        let mut column: Column<u32> = (0..2_000_000).collect();
        let before = resident(&column);
        column.release_before(1_500_000);
        assert!(before >= 8_000_000 && resident(&column) < 2_200_000, "{before}");
        column.release_before(1_000);
        assert!(column[1_500_000..].iter().copied().eq(1_500_000..2_000_000));
        column.push(7);
        assert_eq!(column.last(), Some(&7));
        let mut few: Column<u32> = (0..9).collect();
        few.release_before(9);
        assert!(few.iter().copied().eq(0..9), "what is not mapped stays");
    }

    /// Returns the resident bytes of the column.
    #[cfg(target_os = "linux")]
    fn resident(column: &Column<u32>) -> usize {
        let mut pages = vec![0_u8; (column.len() * 4).div_ceil(4096)];
        let start = column.raw.pointer().cast();
        // SAFETY: a mapping of at least that many bytes, and a byte for each of its
        // pages.
        let result = unsafe { libc::mincore(start, column.len() * 4, pages.as_mut_ptr()) };
        assert_eq!(result, 0);
        pages.iter().filter(|page| **page & 1 == 1).count() * 4096
    }

    #[test]
    fn a_column_that_was_cut_is_zero_where_it_grows_again() {
        let mut column: Column<u32> = (1..10).collect();
        column.truncate(4);
        column.truncate(8);
        assert_eq!(column[..], [1, 2, 3, 4]);
        assert_eq!(column.grow(2), [0, 0]);
    }

    #[test]
    fn recycled_pages_are_zero_again() {
        let _recycling = Recycling::begin();
        drop(Column::<u64>::filled(5_000_000, u64::MAX));
        drop(Column::<u64>::filled(300_000, u64::MAX));
        let mut column = Column::<u32>::zeroed(1_000_000);
        for round in 1..=12 {
            assert!(column.iter().all(|&value| value == 0), "round {round}");
            column.fill(7);
            drop(column);
            column = Column::zeroed(round * 1_000_000);
        }
    }

    /// Grows columns from kept pages into more of them.
    fn grow_from_kept_pages() {
        let _recycling = Recycling::begin();
        drop(Column::<u64>::filled(5_000_000, u64::MAX));
        drop(Column::<u64>::filled(500_000, u64::MAX));
        for round in 0..3 {
            let mut column = Column::<u32>::zeroed(1_000_000);
            column.fill(round);
            for _ in 0..2 {
                let len = column.len();
                assert!(column.grow(2 * len).iter().all(|&value| value == 0));
                assert!(column[..len].iter().all(|&value| value == round));
                column.fill(round);
            }
        }
    }

    #[test]
    fn columns_of_kept_pages_grow_and_are_kept_again() {
        grow_from_kept_pages();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn where_pages_cannot_be_moved_bytes_are_copied() {
        mapping::tests::without_moves(|| {
            let mut column: Column<u32> = (0..200_000).collect();
            for value in 200_000..3_000_000 {
                column.push(value);
            }
            assert!(column.iter().copied().eq(0..3_000_000));
        });
        mapping::tests::without_moves(grow_from_kept_pages);
    }

    #[test]
    fn a_thread_takes_over_pages_that_another_dropped() {
        let _recycling = Recycling::begin();
        drop(Column::<u64>::filled(5_000_000, u64::MAX));
        let shared = Recycling::share();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _recycling = Recycling::with(shared);
                let column = Column::<u64>::zeroed(6_000_000);
                assert!(column.iter().all(|&value| value == 0));
            });
        });
    }
}
