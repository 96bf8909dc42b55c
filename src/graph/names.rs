//! The strings that name things, once each.

use crate::{
    column::Column,
    error::{DetectError, Result},
    units::NameId,
};

/// The kept strings of one snapshot, by string index.
///
/// Memory: the bytes of the kept ones, and 4 bytes per string of the snapshot.
#[derive(Debug)]
pub struct Names {
    bytes: Column<u8>,
    /// Where each string ends in `bytes`; it begins where the one before ends.
    ends: Column<u32>,
}

impl Names {
    pub(super) fn new() -> Self {
        Self { bytes: Column::new(), ends: Column::new() }
    }

    /// Returns the number of strings in the snapshot, kept or not.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the snapshot has no strings.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the text of `name`; "" when it was not kept.
    pub fn get(&self, name: NameId) -> &str {
        let index = name.0 as usize;
        let Some(&end) = self.ends.get(index) else { return "" };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        let bytes = &self.bytes[start as usize..end as usize];
        // SAFETY: `keep` takes `str`s only, and these are the bounds of one.
        unsafe { std::str::from_utf8_unchecked(bytes) }
    }

    /// Finds the first string that reads `text`, if it was kept. Takes a look at
    /// the length of every string: find several with [`find_all`](Self::find_all).
    pub fn find(&self, text: &str) -> Option<NameId> {
        let [found] = self.find_all([text]);
        found
    }

    /// Does what [`find`](Self::find) does, for several texts in one pass.
    pub fn find_all<const N: usize>(&self, texts: [&str; N]) -> [Option<NameId>; N] {
        let mut found = [None; N];
        let mut missing = texts.iter().filter(|text| !text.is_empty()).count();
        let mut start = 0;
        for (index, &end) in (0..).zip(self.ends.iter()) {
            let length = (end - start) as usize;
            if length > 0 {
                for (text, found) in texts.iter().zip(&mut found) {
                    let is_match = text.len() == length
                        && found.is_none()
                        && self.bytes[start as usize..end as usize] == *text.as_bytes();
                    if is_match {
                        *found = Some(NameId(index));
                        missing -= 1;
                    }
                }
            }
            if missing == 0 {
                break;
            }
            start = end;
        }
        found
    }

    /// Appends string `index`, with its text if it is to be kept.
    pub(super) fn keep(&mut self, index: u32, text: &str, at: u64) -> Result<()> {
        self.skip_to(index);
        self.bytes.extend_from_slice(text.as_bytes());
        let end = u32::try_from(self.bytes.len())
            .map_err(|_| DetectError::TooLarge { at, what: "4 GiB of names" })?;
        self.ends.push(end);
        Ok(())
    }

    /// Appends strings without text until there are `count`.
    pub(super) fn skip_to(&mut self, count: u32) {
        let end = self.ends.last().copied().unwrap_or(0);
        let missing = (count as usize).saturating_sub(self.ends.len());
        self.ends.grow(missing).fill(end);
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let mut names = Names::new();
        for (index, text) in [(0, "<dummy>"), (3, "Map"), (4, "é"), (6, "Map")] {
            names.keep(index, text, 0).expect("few bytes");
        }
        names.skip_to(9);
        names
    }

    #[test]
    fn gives_back_what_was_kept_and_nothing_for_the_rest() {
        let names = names();
        let texts: Vec<_> = (0..11).map(|index| names.get(NameId(index))).collect();
        assert_eq!(texts, ["<dummy>", "", "", "Map", "é", "", "Map", "", "", "", ""]);
        assert_eq!(names.len(), 9);
    }

    #[test]
    fn finds_the_first_of_equal_names() {
        let names = names();
        assert_eq!(names.find("Map"), Some(NameId(3)));
        assert_eq!(names.find("Set"), None);
        assert_eq!(names.find(""), None, "texts that were not kept are no names");
        assert_eq!(names.find_all(["é", "nil", "Map"]), [Some(NameId(4)), None, Some(NameId(3))]);
    }
}
