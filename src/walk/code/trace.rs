//! Follows the instructions of a function to find what it does with which variable or property.
//!
//! ```text
//!  LdaImmutableCurrentContextSlot [2]    sessions          the accumulator is variable 2
//!  Star6                                                   and so is register 6
//!  GetNamedProperty r6, "delete"         sessions.delete   a word for removing, of variable 2
//!  CallProperty1 r5, r6, ...             sessions.delete(...)
//! ```
//!
//! Instructions are read from first to last, whatever the jumps: registers keep what was stored
//! in them last. V8 uses a register for one thing at a time, so that is right nearly always.
//! Functions written inside are followed from where they are created, since what is done with
//! each entry is often in one of them.

use super::{
    closures,
    frame::{Code, Frame, MOST_ARGUMENTS, MOST_BYTES, Operands},
    opcodes::{Does, EXTRA_WIDE, WIDE},
    own::Own,
    places::Places,
    value::{Bound, Called, Done, Place, Value},
    words,
};
use crate::{
    limits::code::CodeWords,
    walk::{
        heap::{Heap, smi},
        layout::Kind,
        memory::Words,
    },
};

/// Functions inside functions that are followed.
const MOST_DEPTH: u8 = 3;
/// Bytes of code of a function that is called, and followed with its arguments.
const MOST_HELPER_BYTES: u64 = 1 << 10;
/// Smaller numbers that a size is compared with are tests for emptiness.
pub const LEAST_BOUND: u32 = 8;

/// What one function does.
#[derive(Debug)]
pub struct Trace {
    places: Places,
    /// What concerns no place.
    pub whole: CodeWords,
    /// All words that are read.
    seen: CodeWords,
    own: Own,
    /// Bytes of code that may still be followed.
    left: u64,
    /// The function, whose variables have values.
    closure: Words,
    is_in_helper: bool,
}

impl Trace {
    /// Follows the function with this SharedFunctionInfo, of which `closure` is one; `None` if it
    /// has no code, or some that is not understood.
    pub fn of(heap: &mut Heap<'_>, closure: Words, shared: Words) -> Option<Self> {
        let mut trace = Self {
            places: Places::new(),
            whole: CodeWords::default(),
            seen: CodeWords::default(),
            own: Own::new(),
            left: 2 * MOST_BYTES,
            closure,
            is_in_helper: false,
        };
        let bytecode = bytecode_of(heap, shared)?;
        let code = Code::of(heap, bytecode)?;
        trace.follow(heap, Frame::new(code, 0, 0))?;
        Some(trace)
    }

    /// Returns the places that something is removed from, or whose size is compared. The first is
    /// what is not known, if there are others, or words for removing at all.
    pub fn done(&self) -> impl Iterator<Item = &Done> {
        let places = self.places.all();
        let is_told =
            |it: &Done| it.place != Place::Hidden && (it.uses.removes() || it.bound != Bound::None);
        let is_any = self.seen.is_telling() || places.iter().any(is_told);
        places.iter().filter(move |it| is_told(it) || is_any && it.place == Place::Hidden)
    }

    /// Follows a function from its first instruction, and returns what it returns.
    fn follow(&mut self, heap: &mut Heap<'_>, mut frame: Frame) -> Option<Value> {
        let code = frame.code;
        self.left = self.left.checked_sub(code.length)?;
        let mut at = 0;
        while at < code.length {
            let (width, first) = match code.byte(at) {
                WIDE => (2, at + 1),
                EXTRA_WIDE => (4, at + 1),
                _ => (1, at),
            };
            let opcode = heap.layout.opcodes.get(code.byte(first));
            let operands = Operands::of(code, first + 1, width);
            frame.arrive(at);
            match opcode.does {
                Does::Jump => frame.jump(first, operands.number(0)),
                Does::JumpFar => {
                    let distance = smi(code.constant(operands.number(0)));
                    frame.jump(first, u64::try_from(distance).ok()?);
                }
                Does::End => frame.end(),
                Does::Return => {
                    frame.returned = frame.accumulator;
                    frame.end();
                }
                does => self.step(heap, &mut frame, does, operands)?,
            }
            at = first + opcode.length(width) as u64;
        }
        self.note(Place::Hidden, frame.unsure());
        Some(frame.returned)
    }

    /// Follows one instruction.
    fn step(
        &mut self,
        heap: &mut Heap<'_>,
        frame: &mut Frame,
        does: Does,
        operands: Operands,
    ) -> Option<()> {
        if does == Does::Unknown {
            return None;
        }
        if does != Does::Nothing && !self.stores(heap, frame, does, operands) {
            frame.accumulator = self.loads(heap, frame, does, operands)?;
        }
        Some(())
    }

    /// Follows an instruction that leaves the accumulator as it is; false for others.
    fn stores(
        &mut self,
        heap: &mut Heap<'_>,
        frame: &mut Frame,
        does: Does,
        operands: Operands,
    ) -> bool {
        let [a, b, _] = operands.signed;
        let number = |index| operands.number(index);
        let first = heap.layout.version.first_register;
        let value = frame.accumulator;
        match does {
            Does::Store => self.write(frame, first, a, value),
            Does::StoreIn(index) => self.write(frame, first, first - i64::from(index), value),
            Does::Move => self.write(frame, first, b, frame.read(first, a)),
            Does::StoreVariable => {
                let level = frame.context(first, a);
                self.set_variable(frame, level, (number(2), number(1)), value);
            }
            Does::StoreOwnVariable => {
                self.set_variable(frame, frame.level, (0, number(0)), value);
            }
            Does::StoreModuleVariable => {
                if let Value::In(place) = module(frame, number(1), a) {
                    self.set_place(place, value);
                }
            }
            Does::Enter => {
                frame.write(first, a, Value::Context(frame.level));
                frame.level = frame.level.saturating_add(1);
                self.own.forget(frame.level);
            }
            Does::Leave => {
                if let Value::Context(level) = frame.read(first, a) {
                    frame.level = level;
                }
            }
            Does::SetNamed => {
                let key = frame.code.constant(number(1));
                self.set_property(heap, frame.read(first, a), key, value);
            }
            Does::SetKeyed => {
                self.set_keyed(frame.read(first, a), frame.read(first, b), value);
            }
            _ => return false,
        }
        true
    }

    /// Returns what an instruction leaves in the accumulator; `None` if a function inside is not
    /// understood.
    fn loads(
        &mut self,
        heap: &mut Heap<'_>,
        frame: &mut Frame,
        does: Does,
        operands: Operands,
    ) -> Option<Value> {
        let [a, b, c] = operands.signed;
        let number = |index| operands.number(index);
        let constant = |frame: &Frame, index| frame.code.constant(operands.number(index));
        let first = heap.layout.version.first_register;
        let read = |register: i64| frame.read(first, register);
        let value = frame.accumulator;
        let none = Value::Unknown;
        Some(match does {
            Does::Load => read(a),
            Does::Zero => Value::Number(0),
            Does::Integer => Value::integer(a),
            Does::Constant => match words::short(heap, constant(frame, 0)) {
                Some(short) if short.text().is_empty() => Value::FRESH,
                _ => Value::Unknown,
            },
            Does::Global => global(heap, constant(frame, 0)),
            Does::Variable => self.variable(frame, frame.context(first, a), (number(2), number(1))),
            Does::OwnVariable => self.variable(frame, frame.level, (0, number(0))),
            Does::ModuleVariable => module(frame, number(1), a),
            Does::Named if read(a).is_new() => {
                let (word, value) = self.property_of_new(heap, constant(frame, 1));
                frame.note_new(first, a, word);
                value
            }
            Does::Named => self.property(heap, read(a), constant(frame, 1)),
            Does::Keyed => private(value),
            Does::Delete => self.noted(read(a), CodeWords::DELETE),
            Does::Loop if read(a) == Value::Unknown => {
                self.note(Place::Hidden, CodeWords::LOOP);
                Value::Unknown
            }
            Does::Loop => self.noted(read(a), CodeWords::LOOP),
            Does::CallList => {
                self.call(heap, (read(a), read(b)), read(b - 1), number(2).saturating_sub(1))
            }
            Does::CallEach(0) => self.call(heap, (read(a), read(b)), none, 0),
            Does::CallEach(count) => self.call(heap, (read(a), read(b)), read(c), u64::from(count)),
            Does::CallFree => {
                let listed = |index: i64| if index < c { read(b - index) } else { none };
                self.call_helper(heap, frame, read(a), [0, 1, 2, 3].map(listed))
            }
            Does::CallFreeEach(1) => {
                self.call_helper(heap, frame, read(a), [read(b), none, none, none])
            }
            Does::CallFreeEach(_) => {
                self.call_helper(heap, frame, read(a), [read(b), read(c), none, none])
            }
            Does::Construct => self.construct(read(a), number(2), read(b)),
            Does::Fresh => Value::FRESH,
            Does::Made => Value::Made,
            Does::Copy => {
                self.noted(value, CodeWords::LOOP);
                Value::Made
            }
            Does::Compare => self.compare(read(a), value, true),
            Does::Equal => self.compare(read(a), value, false),
            Does::Less => self.subtract(read(a), value),
            Does::LessBy => self.subtract(value, Value::integer(a)),
            Does::Near if matches!(value, Value::Size(_)) => value,
            Does::Rest => Value::Below(bound(value)),
            Does::RestBy => Value::Below(bound(Value::integer(a))),
            Does::Bits => Value::Below(bound(Value::integer(a + 1))),
            Does::Closure => {
                self.inside(heap, frame, constant(frame, 0))?;
                Value::Unknown
            }
            _ => Value::Unknown,
        })
    }

    /// Follows a function that is written in the one of `frame`.
    fn inside(&mut self, heap: &mut Heap<'_>, frame: &Frame, shared: u64) -> Option<()> {
        if frame.depth < MOST_DEPTH
            && frame.helper.is_none()
            && self.left >= MOST_BYTES
            && let Some(shared) = heap.of_kind(shared, Kind::SharedFunctionInfo)
            && let Some(bytecode) = bytecode_of(heap, shared)
        {
            let code = Code::of(heap, bytecode)?;
            self.follow(heap, Frame::new(code, frame.level, frame.depth + 1))?;
        }
        Some(())
    }

    /// Follows a function that is called with a variable or property: `trim(sessions, 500)`. What it
    /// does with anything else is for its own trace to say.
    fn call_helper(
        &mut self,
        heap: &mut Heap<'_>,
        frame: &Frame,
        function: Value,
        arguments: [Value; MOST_ARGUMENTS],
    ) -> Value {
        let places = arguments.map(|argument| match argument {
            Value::In(place) => Some(place),
            _ => None,
        });
        let code = match function {
            Value::In(place) if frame.helper.is_none() && places.iter().any(Option::is_some) => {
                self.code_in(heap, place)
            }
            _ => None,
        };
        let Some(code) = code.filter(|code| code.length <= MOST_HELPER_BYTES) else {
            return arguments[0].part();
        };
        let (whole, seen) = (self.whole, self.seen);
        self.is_in_helper = true;
        let returned = self.follow(heap, Frame::of_helper(code, frame, arguments));
        self.is_in_helper = false;
        self.own.forget(frame.level.saturating_add(1));
        self.seen = seen;
        if !places.iter().flatten().any(|&place| self.places.uses(place).removes()) {
            self.whole = whole;
        }
        returned.map_or(Value::Unknown, Value::part)
    }

    /// Returns the instructions of the function in a variable.
    fn code_in(&mut self, heap: &mut Heap<'_>, place: Place) -> Option<Code> {
        let function = closures::value_in(heap, self.closure, place)?;
        let function = heap.of_kind(function, Kind::JsFunction)?;
        let shared = function.at(heap.layout.function_shared);
        let shared = heap.of_kind(shared, Kind::SharedFunctionInfo)?;
        let bytecode = bytecode_of(heap, shared)?;
        Code::of(heap, bytecode)
    }

    fn noted(&mut self, value: Value, what: CodeWords) -> Value {
        if let Value::In(place) = value {
            self.note(place, what);
        }
        Value::Unknown
    }

    fn construct(&mut self, class: Value, count: u64, argument: Value) -> Value {
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

    fn write(&mut self, frame: &mut Frame, first: i64, register: i64, value: Value) {
        self.noted(value, CodeWords::READ);
        frame.write(first, register, value);
    }

    /// Returns the variable in a slot of a context so many steps out of the one at `level`.
    fn variable(&self, frame: &Frame, level: u8, (depth, slot): (u64, u64)) -> Value {
        let (Ok(depth), Ok(slot)) = (u8::try_from(depth), u16::try_from(slot)) else {
            return Value::Unknown;
        };
        if depth < level.saturating_sub(frame.helper.unwrap_or(0)) {
            self.own.get(level - depth, slot)
        } else if frame.helper.is_some() {
            Value::Unknown
        } else {
            Value::In(Place::Variable { depth: depth - level, slot })
        }
    }

    fn set_variable(&mut self, frame: &Frame, level: u8, (depth, slot): (u64, u64), value: Value) {
        let (Ok(depth), Ok(slot)) = (u8::try_from(depth), u16::try_from(slot)) else { return };
        if depth < level.saturating_sub(frame.helper.unwrap_or(0)) {
            self.own.set(level - depth, slot, value);
        } else if frame.helper.is_none() {
            self.set_place(Place::Variable { depth: depth - level, slot }, value);
        }
    }

    /// Returns what the property `key` of something new is, and whether it is a word.
    fn property_of_new(&mut self, heap: &mut Heap<'_>, key: u64) -> (CodeWords, Value) {
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
    fn property(&mut self, heap: &mut Heap<'_>, of: Value, key: u64) -> Value {
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

    fn set_property(&mut self, heap: &mut Heap<'_>, of: Value, key: u64, value: Value) {
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
    fn set_keyed(&mut self, object: Value, key: Value, value: Value) {
        if let Value::In(place) = private(key) {
            self.set_place(place, value);
        }
        match (object, key) {
            (Value::In(place), Value::Below(most)) => self.places.ring(place, most),
            (Value::In(place), Value::In(key)) => self.places.store_by(place, key),
            _ => {}
        }
    }

    fn set_place(&mut self, place: Place, value: Value) {
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
    fn call(
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
    fn compare(&mut self, a: Value, b: Value, is_order: bool) -> Value {
        match (a, b) {
            (Value::Size(place), with) | (with, Value::Size(place)) => match (with, bound(with)) {
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
    fn subtract(&mut self, from: Value, value: Value) -> Value {
        match (from, value) {
            (Value::Size(_), Value::Number(0..LEAST_BOUND)) => return from,
            (Value::Size(place), with) => self.places.bound(place, bound(with)),
            _ => {}
        }
        Value::Unknown
    }

    fn note(&mut self, place: Place, what: CodeWords) {
        if place != Place::Hidden || !self.is_in_helper {
            self.places.note(place, what);
        }
    }
}

/// Returns the limit that a value may be.
fn bound(value: Value) -> Bound {
    match value {
        Value::Number(number) if number >= LEAST_BOUND => Bound::Number(number),
        Value::In(place @ (Place::Variable { .. } | Place::Module { .. })) => Bound::In(place),
        _ => Bound::None,
    }
}

/// Returns a global variable, if it is a class that matters.
fn global(heap: &mut Heap<'_>, name: u64) -> Value {
    match words::short(heap, name).as_ref().map(words::Short::text) {
        Some(b"Map" | b"Set" | b"Array") => Value::Collections,
        Some(b"Date") => Value::Dates,
        _ => Value::Unknown,
    }
}

/// Whether a method with this name returns a new array, of strings and arrays.
fn makes_list(heap: &mut Heap<'_>, name: u64) -> bool {
    let short = words::short(heap, name);
    short.is_some_and(|it| matches!(it.text(), b"split" | b"map" | b"concat" | b"flat" | b"match"))
}

/// Returns what an ES module exports or imports.
fn module(frame: &Frame, depth: u64, cell: i64) -> Value {
    match (u8::try_from(depth), i16::try_from(cell)) {
        (Ok(depth), Ok(cell)) if depth >= frame.level && frame.helper.is_none() => {
            Value::In(Place::Module { depth: depth - frame.level, cell })
        }
        _ => Value::Unknown,
    }
}

/// Returns the property that the private symbol in a variable is the key of.
fn private(key: Value) -> Value {
    match key {
        Value::In(Place::Variable { depth, slot }) => Value::In(Place::Private { depth, slot }),
        _ => Value::Unknown,
    }
}

/// Returns the BytecodeArray of a SharedFunctionInfo, which machine code, or what counts how often
/// it runs, may refer to in its place.
fn bytecode_of(heap: &mut Heap<'_>, shared: Words) -> Option<Words> {
    /// Words of an object that refers to it.
    const MOST_WORDS: u64 = 6;

    for at in 1..heap.layout.shared_end / 8 {
        match heap.kind_of(shared.get(at)) {
            Some((Kind::BytecodeArray, found)) => return Some(found),
            Some((Kind::Code | Kind::Struct, between)) => {
                let inner = (1..MOST_WORDS).map(|at| between.get(at));
                for word in inner {
                    if let Some(found) = heap.of_kind(word, Kind::BytecodeArray) {
                        return Some(found);
                    }
                }
            }
            _ => {}
        }
    }
    None
}
