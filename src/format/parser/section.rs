//! What sections there are, and in which order.

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Header,
    Nodes,
    Edges,
    Locations,
    Strings,
    Unknown,
}

/// Those without which there is no snapshot, and what it then lacks.
const NEEDED: [(Section, &str); 4] = [
    (Section::Header, "the section snapshot"),
    (Section::Nodes, "the section nodes"),
    (Section::Edges, "the section edges"),
    (Section::Strings, "the section strings"),
];

impl Section {
    /// The section that is called `name`.
    pub(super) fn named(name: &[u8]) -> Self {
        match name {
            b"snapshot" => Self::Header,
            b"nodes" => Self::Nodes,
            b"edges" => Self::Edges,
            b"locations" => Self::Locations,
            b"strings" => Self::Strings,
            _ => Self::Unknown,
        }
    }

    /// The section that must come before this one.
    fn follows(self) -> Option<Self> {
        match self {
            Self::Header | Self::Unknown => None,
            Self::Nodes => Some(Self::Header),
            Self::Edges | Self::Locations => Some(Self::Nodes),
            Self::Strings => Some(Self::Edges),
        }
    }
}

/// Sections that have begun, by the bit of their discriminant.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen(u8);

impl Seen {
    fn has(self, section: Section) -> bool {
        self.0 >> section as u8 & 1 == 1
    }

    /// Notes that `section` begins; `Err` says what would have been right.
    pub(super) fn begin(&mut self, section: Section) -> Result<(), &'static str> {
        if section.follows().is_some_and(|needed| !self.has(needed)) {
            return Err("the sections snapshot, nodes, edges and strings in this order");
        }
        if section != Section::Unknown && self.has(section) {
            return Err("each section only once");
        }
        self.0 |= 1 << section as u8;
        Ok(())
    }

    /// What a snapshot with these sections lacks.
    pub(super) fn missing(self) -> Option<&'static str> {
        NEEDED.into_iter().find(|&(section, _)| !self.has(section)).map(|(_, missing)| missing)
    }
}
