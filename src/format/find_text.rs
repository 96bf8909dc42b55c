//! Reads a single string of the `strings` array, from the bytes around it.

use super::{SnapshotSink, text::TextScanner};
use crate::error::{DetectError, Result};

/// Finds one string among those that follow each other in the array.
pub struct TextFinder {
    scanner: TextScanner,
    found: OneText,
    at: u64,
}

impl TextFinder {
    /// Returns a finder at the opening quote of a string at the offset `at`, which is to skip so
    /// many strings.
    pub fn new(at: u64, skipped: u32) -> Self {
        Self { scanner: TextScanner::new(), found: OneText { wanted: skipped, text: None }, at }
    }

    /// Reads the next piece, and returns the text once it is complete.
    ///
    /// # Errors
    ///
    /// [`DetectError::Malformed`] where the bytes are not strings, or the array has ended.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Option<String>> {
        let (used, has_ended) = self.scanner.scan(bytes, self.at, &mut self.found)?;
        self.at += used as u64;
        match self.found.text.take() {
            None if has_ended => Err(DetectError::Malformed { at: self.at, expected: "a string" }),
            text => Ok(text),
        }
    }
}

/// Takes one string.
struct OneText {
    wanted: u32,
    text: Option<String>,
}

impl SnapshotSink for OneText {
    fn wants_string(&mut self, index: u32) -> bool {
        index == self.wanted
    }

    fn string(&mut self, _index: u32, text: &str, _at: u64) -> Result<()> {
        self.text = Some(text.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_found_wherever_the_bytes_are_cut() {
        let bytes = br#""one", "t\"wo\u00e9","three"]"#;
        for (skipped, text) in [(0, "one"), (1, "t\"woé"), (2, "three")] {
            for cut in 0..bytes.len() {
                let mut finder = TextFinder::new(0, skipped);
                let found = finder.push(&bytes[..cut]).expect("strings");
                let found = found.or_else(|| finder.push(&bytes[cut..]).expect("strings"));
                assert_eq!(found.as_deref(), Some(text), "cut at {cut}");
            }
        }
        assert!(TextFinder::new(0, 3).push(bytes).is_err());
    }
}
