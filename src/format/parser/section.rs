//! The sections and their order.

use crate::format::{Copied, TraceSection};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Header,
    Nodes,
    Edges,
    Locations,
    Traces(TraceSection),
    Samples,
    Strings,
    Unknown,
}

/// The sections that every snapshot needs, with the name used if one is missing.
const NEEDED: [(Section, &str); 4] = [
    (Section::Header, "the section snapshot"),
    (Section::Nodes, "the section nodes"),
    (Section::Edges, "the section edges"),
    (Section::Strings, "the section strings"),
];

impl Section {
    /// Returns the section called `name`.
    pub(super) fn named(name: &[u8]) -> Self {
        match name {
            b"snapshot" => Self::Header,
            b"nodes" => Self::Nodes,
            b"edges" => Self::Edges,
            b"locations" => Self::Locations,
            b"trace_function_infos" => Self::Traces(TraceSection::Functions),
            b"trace_tree" => Self::Traces(TraceSection::Tree),
            b"samples" => Self::Samples,
            b"strings" => Self::Strings,
            _ => Self::Unknown,
        }
    }

    /// Returns it as a section that may be copied.
    pub(super) fn copied(self) -> Option<Copied> {
        match self {
            Self::Locations => Some(Copied::Locations),
            Self::Traces(TraceSection::Tree) => Some(Copied::TraceTree),
            Self::Samples => Some(Copied::Samples),
            _ => None,
        }
    }

    /// Returns the bit of the section among those seen.
    fn bit(self) -> u16 {
        match self {
            Self::Header => 0,
            Self::Nodes => 1,
            Self::Edges => 2,
            Self::Locations => 3,
            Self::Strings => 4,
            Self::Traces(TraceSection::Functions) => 5,
            Self::Traces(TraceSection::Tree) => 6,
            Self::Samples => 7,
            Self::Unknown => 8,
        }
    }

    /// Returns the section that must come before this one.
    fn follows(self) -> Option<Self> {
        match self {
            Self::Header | Self::Samples | Self::Unknown => None,
            Self::Nodes => Some(Self::Header),
            Self::Edges | Self::Locations | Self::Traces(_) => Some(Self::Nodes),
            Self::Strings => Some(Self::Edges),
        }
    }
}

/// The sections that have begun, one bit each.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen(u16);

impl Seen {
    fn has(self, section: Section) -> bool {
        self.0 >> section.bit() & 1 == 1
    }

    /// Records that `section` begins; `Err` states what was expected instead.
    pub(super) fn begin(&mut self, section: Section) -> Result<(), &'static str> {
        if section.follows().is_some_and(|needed| !self.has(needed)) {
            return Err("the sections snapshot, nodes, edges and strings in this order");
        }
        if section != Section::Unknown && self.has(section) {
            return Err("each section only once");
        }
        self.0 |= 1 << section.bit();
        Ok(())
    }

    /// Returns what a snapshot with these sections lacks.
    pub(super) fn missing(self) -> Option<&'static str> {
        NEEDED.into_iter().find(|&(section, _)| !self.has(section)).map(|(_, missing)| missing)
    }
}
