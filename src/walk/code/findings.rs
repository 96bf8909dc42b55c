//! What the instructions of one function do with variables and properties: which words it reads of
//! them, what it stores in them, which of their methods it calls, what it compares their size with.

use super::{
    places::Places,
    value::{Bound, Called, Done, LEAST_BOUND, Place, Value},
    words,
};
use crate::{limits::code::CodeWords, walk::heap::Heap};

/// What has been found in a function and those that it calls.
#[derive(Debug)]
pub(super) struct Findings {
    places: Places,
    /// What concerns no place.
    whole: CodeWords,
    /// All words that are read.
    seen: CodeWords,
    is_in_helper: bool,
}

/// The state before a function that is called, which speaks for itself.
#[derive(Clone, Copy)]
pub(super) struct BeforeHelper {
    whole: CodeWords,
    seen: CodeWords,
}

impl Findings {
    pub(super) fn new() -> Self {
        Self {
            places: Places::new(),
            whole: CodeWords::default(),
            seen: CodeWords::default(),
            is_in_helper: false,
        }
    }

    /// Returns what concerns no place.
    pub(super) fn whole(&self) -> CodeWords {
        self.whole
    }

    /// Returns the places that something is removed from, or whose size is compared. The first is
    /// what is not known, if there are others, or words for removing at all.
    pub(super) fn done(&self) -> impl Iterator<Item = &Done> {
        let places = self.places.all();
        let is_told =
            |it: &Done| it.place != Place::Hidden && (it.uses.removes() || it.bound != Bound::None);
        let is_any = self.seen.is_telling() || places.iter().any(is_told);
        places.iter().filter(move |it| is_told(it) || is_any && it.place == Place::Hidden)
    }

    /// Begins a function that is called with a place.
    pub(super) fn enter_helper(&mut self) -> BeforeHelper {
        self.is_in_helper = true;
        BeforeHelper { whole: self.whole, seen: self.seen }
    }

    /// Ends it. Unless it removes something from one of the `places`, only what it does with them
    /// counts.
    pub(super) fn leave_helper(
        &mut self,
        before: BeforeHelper,
        places: impl Iterator<Item = Place>,
    ) {
        self.is_in_helper = false;
        self.seen = before.seen;
        let mut places = places;
        if !places.any(|place| self.places.uses(place).removes()) {
            self.whole = before.whole;
        }
    }

    pub(super) fn noted(&mut self, value: Value, what: CodeWords) -> Value {
        if let Value::In(place) = value {
            self.note(place, what);
        }
        Value::Unknown
    }

    pub(super) fn construct(&mut self, class: Value, count: u64, argument: Value) -> Value {
        match (class, argument.part()) {
            (Value::Collections, _) if count == 0 => Value::FRESH,
            (Value::Collections, part) if part.is_part() => part,
            (Value::Dates, _) => {
                self.whole = self.whole.with(CodeWords::TIME);
                Value::Made
            }
            _ => Value::Made,
        }
    }

    /// Returns what the property `key` of something new is, and whether it is a word.
    pub(super) fn property_of_new(&mut self, heap: &mut Heap<'_>, key: u64) -> (CodeWords, Value) {
        let short = words::short(heap, key);
        let text = short.as_ref().map_or(&b""[..], words::Short::text);
        let word = match text {
            b"splice" => CodeWords::DELETE.with(CodeWords::FIRST),
            text => CodeWords::of(text),
        };
        self.seen = self.seen.with(word);
        if word.is_time() {
            self.whole = self.whole.with(word);
        }
        let value = match text {
            b"filter" => Value::Method(Place::Hidden, Called::Part),
            b"slice" => Value::Method(Place::Hidden, Called::Cut),
            _ if word.is_size() => Value::Length,
            _ if word == CodeWords::default() => Value::In(Place::Property(key)),
            _ => Value::Unknown,
        };
        (word, value)
    }

    /// Returns the property `key` of a value that the function has not made.
    pub(super) fn property(&mut self, heap: &mut Heap<'_>, of: Value, key: u64) -> Value {
        let short = words::short(heap, key);
        let text = short.as_ref().map_or(&b""[..], words::Short::text);
        let word = CodeWords::of(text);
        self.seen = self.seen.with(word);
        let place = match of {
            Value::In(place) | Value::Part(place) | Value::Cut(place) => place,
            // What an object does with itself is for its class to say.
            Value::This => return Value::In(Place::Property(key)),
            _ => Place::Hidden,
        };
        if word.is_time() {
            self.whole = self.whole.with(word);
            return Value::Unknown;
        }
        let called = match text {
            b"keys" | b"values" | b"entries" => Called::Loop,
            b"splice" => Called::Splice,
            b"filter" => Called::Part,
            b"slice" => Called::Cut,
            _ if word == CodeWords::default() => return Value::In(Place::Property(key)),
            _ => Called::Other,
        };
        self.note(place, word);
        if word.is_size() { Value::Size(place) } else { Value::Method(place, called) }
    }

    pub(super) fn set_property(&mut self, heap: &mut Heap<'_>, of: Value, key: u64, value: Value) {
        let is_length = words::short(heap, key).is_some_and(|short| short.text() == b"length");
        let Value::In(place) = of else { return self.set_place(Place::Property(key), value) };
        if !is_length {
            return self.set_place(Place::Property(key), value);
        }
        let shorter = match value {
            Value::Number(0) => CodeWords::REPLACED,
            Value::Size(of) if of == place => CodeWords::LAST,
            _ => CodeWords::COMPARED,
        };
        self.note(place, CodeWords::SHORTENED.with(shorter));
    }

    /// Follows `object[key] = value`.
    pub(super) fn set_keyed(&mut self, object: Value, key: Value, value: Value) {
        if let Value::In(place) = key.private() {
            self.set_place(place, value);
        }
        match (object, key) {
            (Value::In(place), Value::Below(most)) => self.places.ring(place, most),
            (Value::In(place), Value::In(key)) => self.places.store_by(place, key),
            _ => {}
        }
    }

    pub(super) fn set_place(&mut self, place: Place, value: Value) {
        let uses = self.places.uses(place);
        let shorter = match value {
            // What was not read before is given its first value.
            Value::Fresh { .. } if uses.is_read() => CodeWords::REPLACED,
            Value::Part(of) if of == place || of == Place::Hidden && uses.is_read() => {
                CodeWords::SHORTENED
            }
            Value::Cut(of) if of == place || of == Place::Hidden && uses.is_read() => {
                CodeWords::SHORTENED.with(CodeWords::COMPARED)
            }
            Value::Below(most) => return self.places.wrap(place, most),
            _ => return,
        };
        self.note(place, shorter);
    }

    /// Returns what a method returns that is called with so many arguments, of which this is the first.
    pub(super) fn call(
        &mut self,
        heap: &mut Heap<'_>,
        (method, receiver): (Value, Value),
        argument: Value,
        count: u64,
    ) -> Value {
        let (place, called) = match method {
            Value::Method(place, called) => (place, called),
            // Texts and lists that are made of a part are parts.
            _ if receiver.is_part() => return receiver,
            Value::In(Place::Property(key)) if makes_list(heap, key) => return Value::Made,
            _ => return argument.part(),
        };
        match called {
            Called::Splice if argument == Value::Number(0) => self.note(place, CodeWords::FIRST),
            Called::Splice => self.note(place, CodeWords::DELETE),
            // `Object.keys(sessions)`
            Called::Loop if place == Place::Hidden => {
                self.noted(argument, CodeWords::LOOP);
                return Value::Made;
            }
            // `slice(1)` takes one out.
            Called::Cut if count > 1 || !matches!(argument, Value::Number(0..LEAST_BOUND)) => {
                return Value::Cut(place);
            }
            Called::Part | Called::Cut => return Value::Part(place),
            Called::Loop | Called::Other => {}
        }
        Value::Unknown
    }

    /// Compares two values: which is more, or whether they are the same.
    pub(super) fn compare(&mut self, a: Value, b: Value, is_order: bool) -> Value {
        match (a, b) {
            (Value::Size(place), with) | (with, Value::Size(place)) => match (with, with.bound()) {
                (Value::Number(0..LEAST_BOUND), _) => {}
                (_, Bound::None) if !is_order => {}
                (_, most) => self.places.bound(place, most),
            },
            (Value::Length, _) | (_, Value::Length) => {}
            _ if is_order => self.whole = self.whole.with(CodeWords::CHOOSES),
            _ => {}
        }
        Value::Unknown
    }

    /// Returns the difference: by how much a size is above a limit.
    pub(super) fn subtract(&mut self, from: Value, value: Value) -> Value {
        match (from, value) {
            (Value::Size(_), Value::Number(0..LEAST_BOUND)) => return from,
            (Value::Size(place), with) => self.places.bound(place, with.bound()),
            _ => {}
        }
        Value::Unknown
    }

    pub(super) fn note(&mut self, place: Place, what: CodeWords) {
        if place != Place::Hidden || !self.is_in_helper {
            self.places.note(place, what);
        }
    }
}

/// Whether a method with this name returns a new array, of strings and arrays.
fn makes_list(heap: &mut Heap<'_>, name: u64) -> bool {
    let short = words::short(heap, name);
    short.is_some_and(|it| matches!(it.text(), b"split" | b"map" | b"concat" | b"flat" | b"match"))
}
