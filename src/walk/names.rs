//! Sends names to the parent: each is read and written once, and has a number from
//! then on.

use super::{
    heap::Heap,
    layout::offset,
    memory::Words,
    naming::{self, Name},
    places::{Places, Position},
    table::Table,
    text::Text,
    wire::{Style, Writer, record},
};
use crate::limits::{LONGEST, may_bound};

/// The names and functions written so far.
#[derive(Debug)]
pub struct Names {
    numbers: Table,
    count: u32,
    text: Text,
    functions: Table,
    function_count: u32,
    places: Places,
}

/// Marks a key in the table as the address of a fixed name with its style: no object
/// has such a high address.
const FIXED: u64 = 1 << 63;

impl Names {
    /// Returns an empty set of names.
    pub fn new(heap: &mut Heap<'_>) -> Option<Self> {
        Some(Self {
            numbers: Table::new(&mut heap.arena)?,
            count: 0,
            text: Text::new(&mut heap.arena)?,
            functions: Table::new(&mut heap.arena)?,
            function_count: 0,
            places: Places::new(heap)?,
        })
    }

    /// Returns the number of a name; writes the name if it has none yet.
    pub fn of(&mut self, heap: &mut Heap<'_>, to: &mut Writer, name: Name) -> Option<u32> {
        match name {
            Name::Fixed(text) => self.fixed(heap, to, text, Style::Plain),
            Name::Heap(word, style) => {
                let key = (word & !7) | style as u64;
                if let Some(number) = self.numbers.get(key) {
                    return Some(number);
                }
                self.text.read(heap, word);
                let units = self.text.units();
                let is_wide = units.iter().any(|unit| *unit > 0xff);
                begin(to, style, is_wide, units.len());
                let bytes = units.iter().flat_map(|unit| unit.to_le_bytes());
                to.bytes(bytes.enumerate().filter(|(at, _)| is_wide || at % 2 == 0).map(|it| it.1));
                self.add(heap, key)
            }
        }
    }

    /// Returns whether a program may call a bound by the string that `word` refers to.
    pub fn says_bound(&mut self, heap: &mut Heap<'_>, word: u64) -> bool {
        let is_short = |string: Words| string.half(offset::STRING_LENGTH) as usize <= LONGEST;
        if !heap.kind_of(word).is_some_and(|(kind, string)| kind.is_string() && is_short(string)) {
            return false;
        }
        self.text.read(heap, word);
        let mut letters = [0_u8; LONGEST];
        for (letter, &unit) in letters.iter_mut().zip(self.text.units()) {
            let Some(unit) = u8::try_from(unit).ok().filter(u8::is_ascii) else { return false };
            *letter = unit;
        }
        let length = self.text.units().len().min(LONGEST);
        std::str::from_utf8(&letters[..length]).is_ok_and(may_bound)
    }

    /// Returns the number of a fixed name.
    pub fn fixed(
        &mut self,
        heap: &mut Heap<'_>,
        to: &mut Writer,
        text: &'static str,
        style: Style,
    ) -> Option<u32> {
        let key = FIXED | (text.as_ptr() as u64) << 3 | style as u64;
        if let Some(number) = self.numbers.get(key) {
            return Some(number);
        }
        begin(to, style, false, text.len());
        to.bytes(text.bytes());
        self.add(heap, key)
    }

    fn add(&mut self, heap: &mut Heap<'_>, key: u64) -> Option<u32> {
        self.numbers.set(key, self.count, &mut heap.arena)?;
        self.count += 1;
        Some(self.count - 1)
    }

    /// Returns the line and column of character `start` of a script.
    pub fn place(&mut self, heap: &mut Heap<'_>, script: u64, start: i64) -> Option<Position> {
        self.places.of(heap, script, start)
    }

    /// Returns the number of a `SharedFunctionInfo` or a `Script`, for its name and its
    /// place.
    pub fn function(&mut self, heap: &mut Heap<'_>, to: &mut Writer, word: u64) -> Option<u32> {
        if let Some(number) = self.functions.get(word) {
            return Some(number);
        }
        let shared = heap.of_kind(word, super::layout::Kind::SharedFunctionInfo);
        let (name, start) = if let Some(shared) = shared {
            (naming::of_function(heap, shared, false), naming::start_of(heap, shared))
        } else {
            // If there is no object either, the walk doubts the reference itself.
            let script = heap.object(word);
            (script.map_or(0, |script| script.at(super::layout::offset::SCRIPT_NAME)), None)
        };
        let name = if heap.kind_of(name).is_some_and(|(kind, _)| kind.is_string()) {
            Name::Heap(name, Style::Plain)
        } else {
            Name::Fixed("")
        };
        let name = self.of(heap, to, name)?;
        let place =
            start.and_then(|(script, at)| Some((script, self.places.of(heap, script, at)?)));
        to.number(record::FUNCTION);
        to.number(u64::from(name));
        match place {
            None => to.number(0),
            Some((script, position)) => {
                to.number(script >> 3);
                to.number(position.script_id);
                to.number(position.line);
                to.number(position.column);
            }
        }
        self.functions.set(word, self.function_count, &mut heap.arena)?;
        self.function_count += 1;
        Some(self.function_count - 1)
    }
}

fn begin(to: &mut Writer, style: Style, is_wide: bool, length: usize) {
    to.number(record::NAME);
    to.number(style as u64);
    to.number((length as u64) << 1 | u64::from(is_wide));
}
