//! The names, functions and shapes that the child has defined.

use super::{
    reader::{Cut, Reader},
    strings::Strings,
};
use crate::{
    format::{EdgeKind, NodeKind},
    walk::wire::{Label, Style, shape_flag, token, unzigzag},
};

/// The place of a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) script: u64,
    pub(super) script_id: u32,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A function, or a script, with its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    pub(super) name: u32,
    pub(super) place: Option<Place>,
}

/// How the rows of one map are read.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) node: NodeKind,
    /// The index of a string.
    pub(super) name: u32,
    pub(super) flags: u64,
    pub(super) words: u64,
    /// The place of the function that constructs such objects.
    pub(super) place: Option<Place>,
    labels: Vec<Label>,
    tail: EdgeKind,
    /// References that every such object has.
    pub(super) constants: Vec<(Label, u64)>,
}

impl Shape {
    pub(super) fn has(&self, flag: u64) -> bool {
        self.flags & flag != 0
    }

    #[inline]
    pub(super) fn called(&self, slot: u32) -> Called {
        if let Some(&label) = self.labels.get(slot as usize) {
            return Called::Label(label);
        }
        let number = slot - self.labels.len() as u32;
        if self.tail == EdgeKind::Internal {
            Called::Number(number)
        } else {
            Called::Hidden(number)
        }
    }

    /// Reads the references in the row of the object at `at`: calls `visit` with the name and the
    /// target of each.
    #[inline]
    pub(super) fn references(
        &self,
        from: &mut Reader<'_>,
        at: u64,
        mut visit: impl FnMut(Called, u64),
    ) -> Result<(), Cut> {
        let mut slot = 0_u32;
        let mut are_elements = false;
        loop {
            let word = from.number()?;
            if word & 1 == 0 {
                let distance = unzigzag(word >> 1).wrapping_mul(8);
                let called = if are_elements { Called::Element(slot) } else { self.called(slot) };
                visit(called, at.wrapping_add_signed(distance));
                slot = slot.wrapping_add(1);
                continue;
            }
            match word {
                token::END => return Ok(()),
                token::ELEMENTS => (slot, are_elements) = (0, true),
                token::NAMED => {
                    for _ in 0..from.number()? {
                        let label = Label::of_wire(from.number()?).ok_or(Cut::Bad("a label"))?;
                        visit(Called::Named(label), from.near(at)?);
                    }
                }
                _ => {
                    let run = u32::try_from((word - token::RUN) / 2);
                    slot = slot.wrapping_add(run.map_err(|_| Cut::Bad("a run of slots"))?);
                }
            }
        }
    }
}

/// The name of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Called {
    /// A label of its shape.
    Label(Label),
    /// A label of its own, with the child's number of a name.
    Named(Label),
    /// Its index among the elements.
    Element(u32),
    /// A number that is its name.
    Number(u32),
    /// A number.
    Hidden(u32),
}

/// Everything that has been defined so far.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    pub(super) strings: Strings,
    /// Maps the child's numbers of names to strings.
    names: Vec<u32>,
    pub(super) functions: Vec<Function>,
    pub(super) shapes: Vec<Shape>,
}

const NAME: Cut = Cut::Bad("the number of a name that was defined");

impl Definitions {
    /// Returns the string of the child's name `number`.
    pub(super) fn name(&self, number: u64) -> Result<u32, Cut> {
        let index = usize::try_from(number).map_err(|_| NAME)?;
        self.names.get(index).copied().ok_or(NAME)
    }

    /// Returns the label with a string instead of the child's name.
    pub(super) fn resolve(&self, label: Label) -> Result<Label, Cut> {
        if !label.kind.has_name() {
            return Ok(label);
        }
        Ok(Label { kind: label.kind, name: self.name(u64::from(label.name))? })
    }

    /// Returns the string of a label that has been checked, or its number.
    #[inline]
    pub(super) fn string_of(&self, label: Label) -> u32 {
        if label.kind.has_name() { self.names[label.name as usize] } else { label.name }
    }

    /// Returns the number of names.
    pub(super) fn name_count(&self) -> u32 {
        self.names.len() as u32
    }

    pub(super) fn read_name(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        let style = from.number()?;
        let style = usize::try_from(style).ok().and_then(|style| Style::ALL.get(style));
        let style = *style.ok_or(Cut::Bad("a name's style"))?;
        let length = from.number()?;
        let text = if length & 1 == 1 {
            let bytes = from.bytes(length & !1)?; // two for each character
            let units: Vec<u16> =
                bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        } else {
            from.bytes(length >> 1)?.iter().map(|byte| char::from(*byte)).collect()
        };
        // V8 ends its strings with a zero, so there is none inside.
        let text = text.replace('\0', " ");
        let text = match style {
            Style::Plain => text,
            Style::Getter => format!("get {text}"),
            Style::Setter => format!("set {text}"),
            Style::Symbol => format!("<symbol {text}>"),
            Style::System => format!("system / {text}"),
            Style::Global => format!("{text} (global*)"),
            Style::GlobalProxy => format!("{text} (global)"),
        };
        let string = self.strings.of(&text);
        self.names.push(string);
        Ok(())
    }

    pub(super) fn read_function(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        let name = self.name(from.number()?)?;
        let script = from.number()?;
        let place = if script == 0 {
            None
        } else {
            let narrow = |value| u32::try_from(value).map_err(|_| Cut::Bad("a place"));
            Some(Place {
                script: script << 3,
                script_id: narrow(from.number()?)?,
                line: narrow(from.number()?)?,
                column: narrow(from.number()?)?,
            })
        };
        self.functions.push(Function { name, place });
        Ok(())
    }

    pub(super) fn read_shape(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        let map = from.number()? << 3;
        let node = usize::try_from(from.number()?).ok();
        let node = node.and_then(|node| NodeKind::ALL.get(node)).copied();
        let node = node.filter(|node| *node != NodeKind::Other).ok_or(Cut::Bad("a node's kind"))?;
        let name = self.name(from.number()?)?;
        let (flags, words, constructor) = (from.number()?, from.number()?, from.number()?);
        let tail = EdgeKind::from_bits(from.number()? as u32);
        let place = match usize::try_from(constructor) {
            Ok(0) => None,
            Ok(number) => self.function(number - 1)?.place,
            Err(_) => return Err(FUNCTION),
        };
        let mut labels = Vec::new();
        for _ in 0..from.number()? {
            let label = Label::of_wire(from.number()?).ok_or(Cut::Bad("a label"))?;
            labels.push(self.resolve(label)?);
        }
        let mut constants = Vec::new();
        for _ in 0..from.number()? {
            let label = Label::of_wire(from.number()?).ok_or(Cut::Bad("a label"))?;
            constants.push((self.resolve(label)?, from.near(map)?));
        }
        self.shapes.push(Shape { node, name, flags, words, place, labels, tail, constants });
        Ok(())
    }

    pub(super) fn function(&self, number: usize) -> Result<Function, Cut> {
        self.functions.get(number).copied().ok_or(FUNCTION)
    }

    pub(super) fn shape(&self, number: u64) -> Result<&Shape, Cut> {
        let index = usize::try_from(number).ok();
        index.and_then(|index| self.shapes.get(index)).ok_or(Cut::Bad("the number of a shape"))
    }
}

const FUNCTION: Cut = Cut::Bad("the number of a function that was defined");

/// A row, up to its references.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    pub(super) shape: &'a Shape,
    pub(super) at: u64,
    pub(super) words: u64,
    pub(super) function: Option<Function>,
}

impl Definitions {
    /// Reads the head of a row, whose record is `record` and whose previous object is at
    /// `before`.
    #[inline]
    pub(super) fn head(
        &self,
        record: u64,
        before: u64,
        from: &mut Reader<'_>,
    ) -> Result<Head<'_>, Cut> {
        let shape = self.shape(record - crate::walk::wire::FIRST_SHAPE)?;
        let at = from.near(before)?;
        let words = if shape.has(shape_flag::HAS_SIZE) { from.number()? } else { shape.words };
        let function = if shape.has(shape_flag::HAS_FUNCTION) {
            let number = usize::try_from(from.number()?).map_err(|_| FUNCTION)?;
            Some(self.function(number)?)
        } else {
            None
        };
        Ok(Head { shape, at, words, function })
    }
}
