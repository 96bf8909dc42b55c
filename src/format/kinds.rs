//! V8's node and edge types, by name.

use crate::column::Zeroable;

/// Defines an enum of kinds with their names in the snapshot's header.
macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A kind that this version does not know.
            Other,
        }

        impl $name {
            /// All kinds, in the order of their discriminants.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)* Self::Other];

            /// Returns the kind that the header calls `name`; `Other` for a new one.
            pub fn named(name: &str) -> Self {
                match name {
                    $($text => Self::$variant,)*
                    _ => Self::Other,
                }
            }

            /// Returns the name in the header, `other` for [`Other`](Self::Other).
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other => "other",
                }
            }
        }
    };
}

kinds! {
    /// V8's `HeapEntry::Type`.
    NodeKind {
        /// V8's internals; `system / ...`.
        Hidden = "hidden",
        /// Backing stores: elements, tables, properties.
        Array = "array",
        /// A flat string.
        String = "string",
        /// A JavaScript object.
        Object = "object",
        /// Compiled code and what describes it.
        Code = "code",
        /// A function.
        Closure = "closure",
        /// A regular expression.
        RegExp = "regexp",
        /// A number on the heap.
        Number = "number",
        /// A C++ object, or the memory behind an ArrayBuffer.
        Native = "native",
        /// A root or another grouping that is not an object.
        Synthetic = "synthetic",
        /// Two strings joined, not yet flattened.
        ConsString = "concatenated string",
        /// A piece of a longer string, which it keeps alive.
        SlicedString = "sliced string",
        /// A symbol.
        Symbol = "symbol",
        /// A BigInt.
        BigInt = "bigint",
        /// A hidden class.
        ObjectShape = "object shape",
        /// An object of WebAssembly's GC proposal.
        WasmObject = "wasm object",
    }
}

kinds! {
    /// V8's `HeapGraphEdge::Type`.
    EdgeKind {
        /// A variable of a function context.
        Context = "context",
        /// An element of an array; labelled by index.
        Element = "element",
        /// A property.
        Property = "property",
        /// A link between V8's own parts that has a name.
        Internal = "internal",
        /// A link between V8's own parts; labelled by number.
        Hidden = "hidden",
        /// A link that V8 adds for the reader's convenience.
        Shortcut = "shortcut",
        /// A reference that keeps nothing alive.
        Weak = "weak",
    }
}

// SAFETY: `repr(u8)`, and the first variant has the discriminant 0.
unsafe impl Zeroable for NodeKind {
    const ZERO: Self = Self::Hidden;
}

impl NodeKind {
    /// Whether the name of such a node is, or may be, the content of a value. Contents
    /// are not kept; unknown kinds count as content.
    pub fn is_content(self) -> bool {
        self.is_key() || matches!(self, Self::RegExp | Self::Other)
    }

    /// Whether such a node is a typical key of a map: a string or number.
    pub fn is_key(self) -> bool {
        matches!(self, Self::String | Self::ConsString | Self::SlicedString | Self::Number)
    }
}

impl EdgeKind {
    /// Whether `name_or_index` of such an edge is a string index.
    #[inline]
    pub fn has_name(self) -> bool {
        !matches!(self, Self::Element | Self::Hidden | Self::Other)
    }

    /// Returns the kind with this discriminant, `Other` beyond the last.
    #[inline]
    pub fn from_bits(bits: u32) -> Self {
        // The compiler reduces this to a mask of three bits.
        match bits & 7 {
            0 => Self::Context,
            1 => Self::Element,
            2 => Self::Property,
            3 => Self::Internal,
            4 => Self::Hidden,
            5 => Self::Shortcut,
            6 => Self::Weak,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_kinds() {
        for &kind in NodeKind::ALL.iter().filter(|&&kind| kind != NodeKind::Other) {
            assert_eq!(NodeKind::named(kind.name()), kind);
        }
        for (bits, &kind) in (0..).zip(EdgeKind::ALL) {
            assert_eq!(EdgeKind::from_bits(bits), kind);
        }
        assert_eq!(NodeKind::named("quantum string"), NodeKind::Other);
        assert_eq!(EdgeKind::named("invisible"), EdgeKind::Other);
    }
}
