//! Names, functions and shapes, as the child defines them.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::reader::{Called, Cut, Reader};
use crate::{
    column::Column,
    format::{EdgeKind, NodeKind},
    walk::wire::{Label, Style, shape_flag},
};

/// All strings of the graph to be, each once, but for those of [`Decimals`].
#[derive(Debug, Default)]
pub(super) struct Strings {
    numbers: FxHashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Strings {
    pub(super) fn of(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.texts.len() as u32;
        let text: Arc<str> = text.into();
        self.numbers.insert(Arc::clone(&text), number);
        self.texts.push(text);
        number
    }

    pub(super) fn texts(&self) -> &[Arc<str>] {
        &self.texts
    }
}

/// The strings of numbers, which come after all others. A list of a million items has
/// as many: 8 bytes each, where a string of its own would take a hundred.
#[derive(Debug)]
pub(super) struct Decimals {
    /// The first string that is one of these.
    base: u32,
    /// What they say, in the order in which they were needed.
    values: Column<u32>,
    /// Which of them says a number, [`UNUSED`] where none does yet.
    places: Column<u32>,
    /// The same for numbers far beyond all others: one of them does not make room for
    /// all below it.
    far: FxHashMap<u32, u32>,
}

const UNUSED: u32 = u32::MAX;

/// `places` grows for a number that is at most so much beyond it.
const PLACES_AHEAD: usize = 64;

impl Decimals {
    /// Those after all of `strings`, of which no more may come.
    pub(super) fn after(strings: &Strings) -> Self {
        Self {
            base: strings.texts.len() as u32,
            values: Column::new(),
            places: Column::new(),
            far: FxHashMap::default(),
        }
    }

    /// The string of `number`.
    #[inline]
    pub(super) fn of(&mut self, number: u32) -> u32 {
        match self.places.get(number as usize) {
            Some(&place) if place != UNUSED => self.base + place,
            _ => self.new_one(number),
        }
    }

    fn new_one(&mut self, number: u32) -> u32 {
        let next = self.values.len() as u32;
        let index = number as usize;
        let place = if index < self.places.len() + PLACES_AHEAD {
            let missing = (index + 1).saturating_sub(self.places.len());
            self.places.grow(missing).fill(UNUSED);
            // It may have been far before the others came near.
            let place = self.far.get(&number).copied().unwrap_or(next);
            self.places[index] = place;
            place
        } else {
            *self.far.entry(number).or_insert(next)
        };
        if place == next {
            self.values.push(number);
        }
        self.base + place
    }

    /// The strings and what they say.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        (self.base..).zip(self.values.iter().copied())
    }
}

/// Where a function is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) script: u64,
    pub(super) script_id: u32,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A function, or a script, by its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    pub(super) name: u32,
    pub(super) place: Option<Place>,
}

/// How the rows of one map are read.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) node: NodeKind,
    /// A string.
    pub(super) name: u32,
    pub(super) flags: u64,
    pub(super) words: u64,
    /// The place of those that construct such objects.
    pub(super) place: Option<Place>,
    labels: Vec<Label>,
    tail: EdgeKind,
    /// References that every object has.
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
}

/// All that has been defined so far.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    pub(super) strings: Strings,
    /// The child's numbers of names to strings.
    names: Vec<u32>,
    pub(super) functions: Vec<Function>,
    pub(super) shapes: Vec<Shape>,
}

const NAME: Cut = Cut::Bad("the number of a name that was defined");

impl Definitions {
    /// The string of the child's name `number`.
    pub(super) fn name(&self, number: u64) -> Result<u32, Cut> {
        let index = usize::try_from(number).map_err(|_| NAME)?;
        self.names.get(index).copied().ok_or(NAME)
    }

    /// The label with a string in the place of the child's name.
    pub(super) fn resolve(&self, label: Label) -> Result<Label, Cut> {
        if !label.kind.has_name() {
            return Ok(label);
        }
        Ok(Label { kind: label.kind, name: self.name(u64::from(label.name))? })
    }

    /// The string of a label of the child's that was checked, or its number.
    #[inline]
    pub(super) fn string_of(&self, label: Label) -> u32 {
        if label.kind.has_name() { self.names[label.name as usize] } else { label.name }
    }

    /// How many names there are.
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
        // V8 ends its strings with a zero, and so has none in them.
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
    /// The head of a row whose record is `record`, after an object at `before`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_string_wherever_it_comes() {
        let mut strings = Strings::default();
        strings.of("name");
        let mut decimals = Decimals::after(&strings);
        let numbers = [0, 1, 5, 1, 4_000_000_000, 200, 66, 4_000_000_000, 130, 200];
        let found = numbers.map(|number| decimals.of(number));
        assert_eq!(found, [1, 2, 3, 2, 4, 5, 6, 4, 7, 5]);
        let said: Vec<_> = decimals.iter().collect();
        assert_eq!(said, [(1, 0), (2, 1), (3, 5), (4, 4_000_000_000), (5, 200), (6, 66), (7, 130)]);
        assert!(decimals.places.len() < 300, "a number far off makes no room for all below it");
    }
}
