//! Writes the sections of a snapshot, one after the other.

use super::json;

/// A snapshot that is being written.
#[derive(Debug, Default)]
pub(super) struct Sections {
    /// What has been written since it was last cleared.
    pub(super) out: Vec<u8>,
    /// The section that is being written.
    current: Option<&'static str>,
    /// Whether it has an element, so that a comma has to follow.
    has_element: bool,
    /// Whether its closing bracket was copied.
    has_ended: bool,
}

impl Sections {
    /// Begins a section, if it has not begun.
    pub(super) fn begin(&mut self, name: &'static str) {
        if self.current == Some(name) {
            return;
        }
        self.close();
        self.current = Some(name);
        self.out.extend_from_slice(b",\n\"");
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":[");
        (self.has_element, self.has_ended) = (false, false);
    }

    /// Ends the section that is being written.
    pub(super) fn close(&mut self) {
        if self.current.take().is_some() && !self.has_ended {
            self.out.push(b']');
        }
    }

    #[inline]
    pub(super) fn number(&mut self, number: u64) {
        if self.has_element {
            self.out.push(b',');
        }
        self.has_element = true;
        json::push_number(number, &mut self.out);
    }

    /// Writes the next bytes of a section, from its opening bracket to its closing one, as they are.
    pub(super) fn copy(&mut self, name: &'static str, bytes: &[u8]) {
        let is_new = self.current != Some(name);
        self.begin(name);
        self.has_ended = true;
        self.out.extend_from_slice(if is_new { &bytes[1..] } else { bytes });
    }
}
