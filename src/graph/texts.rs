//! Where the texts of strings are in the file.
//!
//! The texts themselves are contents, which are not kept. A place is noted for one string in
//! many; those after it are found from there.

use crate::{column::Column, units::NameId};

/// Strings per place that is noted. V8 writes at most 1,024 characters of each, so the furthest
/// is found within a few hundred kilobytes.
const STRIDE: u32 = 64;

/// The places of texts in the stream of bytes that a graph was read from.
///
/// Memory: 8 bytes per 64 strings of the snapshot.
#[derive(Debug, Default)]
pub struct TextPlaces(Column<u64>);

impl TextPlaces {
    /// Whether the place of string `index` is to be noted.
    pub(super) fn wants(index: u32) -> bool {
        index.is_multiple_of(STRIDE)
    }

    /// Notes that the text of string `index` begins at `at`.
    pub(super) fn note(&mut self, index: u32, at: u64) {
        if Self::wants(index) {
            self.0.push(at);
        }
    }

    /// Returns the place of the opening quote of a string before `name`, and how many strings
    /// to skip from there; `None` where places were not noted.
    pub fn of(&self, name: NameId) -> Option<(u64, u32)> {
        let text = self.0.get((name.0 / STRIDE) as usize)?;
        Some((text.checked_sub(1)?, name.0 % STRIDE))
    }
}
