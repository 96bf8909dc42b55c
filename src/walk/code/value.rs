//! What the registers of a function hold while it is followed, and where that comes from.

use crate::limits::code::CodeWords;

/// A variable or a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A slot of a context, counted from the one that the function closes over.
    Variable {
        /// How many contexts further out.
        depth: u8,
        /// The slot.
        slot: u16,
    },
    /// What an ES module exports (from 1 on) or imports (below 0).
    Module {
        /// See [`Place::Variable`].
        depth: u8,
        /// The number of the cell.
        cell: i16,
    },
    /// A property with this name, a tagged string, of whatever object.
    Property(u64),
    /// A property whose name is the private symbol in this variable.
    Private {
        /// See [`Place::Variable`].
        depth: u8,
        /// The slot.
        slot: u16,
    },
    /// It is not known what.
    Hidden,
}

/// What the size of a place is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Nothing.
    None,
    /// A number in the code.
    Number(u32),
    /// The number in a variable.
    In(Place),
}

/// What is done with a place.
#[derive(Clone, Copy, Debug)]
pub struct Done {
    /// The place.
    pub place: Place,
    /// All that is done with it.
    pub uses: CodeWords,
    /// What its size is compared with.
    pub bound: Bound,
}

/// The content of a register.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Unknown,
    This,
    /// A context: how many the function has created around it.
    Context(u8),
    /// What is in a variable or a property.
    In(Place),
    /// Its method, by a word for what that does.
    Method(Place, Called),
    /// Its number of entries.
    Size(Place),
    /// Some of its entries, or a part of a text.
    Part(Place),
    /// The same, as many as a number says.
    Cut(Place),
    /// The number of entries of something new.
    Length,
    /// A number that is below this one.
    Below(Bound),
    Number(u32),
    /// A new, empty collection or text.
    Fresh {
        /// Whether it is nothing else on another way through the function.
        is_sure: bool,
    },
    /// Something else that the function has made, on all ways.
    Made,
    /// The class of new collections.
    Collections,
    /// The class Date.
    Dates,
}

/// A method of a collection that does something by its arguments, or with its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Called {
    /// `keys`, `values`, `entries`: of its receiver or, for `Object`, of its argument.
    Loop,
    /// `splice`, which removes the first entries if it begins at 0.
    Splice,
    /// `filter`: some of the entries.
    Part,
    /// `slice`: some of the entries, by their number.
    Cut,
    Other,
}

impl Value {
    /// A new, empty collection or text.
    pub(super) const FRESH: Self = Self::Fresh { is_sure: true };

    /// Whether the function has made it.
    pub(super) fn is_new(self) -> bool {
        matches!(
            self,
            Self::Fresh { is_sure: true }
                | Self::Made
                | Self::Part(Place::Hidden)
                | Self::Cut(Place::Hidden)
        )
    }

    /// Returns the number that an operand is.
    pub(super) fn integer(operand: i64) -> Self {
        u32::try_from(operand).map_or(Self::Unknown, Self::Number)
    }

    /// Returns it if it is a part of something, and what is not known otherwise.
    #[must_use]
    pub(super) fn part(self) -> Self {
        if self.is_part() { self } else { Self::Unknown }
    }

    /// Whether it is a part of something.
    pub(super) fn is_part(self) -> bool {
        matches!(self, Self::Part(_) | Self::Cut(_))
    }

    /// Returns what is known of a value where another way through the function meets this one.
    #[must_use]
    pub(super) fn met(self) -> Self {
        match self {
            Self::Fresh { .. } => Self::Fresh { is_sure: false },
            Self::Made | Self::Part(Place::Hidden) | Self::Cut(Place::Hidden) => Self::Unknown,
            _ => self,
        }
    }
}
