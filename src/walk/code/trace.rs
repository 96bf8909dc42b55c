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
    frame::{Code, Frame, MOST_BYTES, Operands},
    opcodes::{Does, EXTRA_WIDE, WIDE},
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
/// The variables and properties of one function that are told apart.
const MOST_PLACES: usize = 24;
/// Variables in contexts that the function has created.
const MOST_OWN: usize = 24;
/// Smaller numbers that a size is compared with are tests for emptiness.
pub const LEAST_BOUND: u32 = 8;

/// What one function does.
#[derive(Debug)]
pub struct Trace {
    places: [Done; MOST_PLACES],
    count: usize,
    /// What concerns no place: the time.
    pub whole: CodeWords,
    /// All words that are read.
    seen: CodeWords,
    /// Variables in contexts that the function has created: by context and slot.
    own: [(u8, u16, Value); MOST_OWN],
    own_count: usize,
    /// Bytes of code that may still be followed.
    left: u64,
}

impl Trace {
    /// Follows the function with this SharedFunctionInfo; `None` if it has no code, or some that
    /// is not understood.
    pub fn of(heap: &mut Heap<'_>, shared: Words) -> Option<Self> {
        let nothing = Done { place: Place::Hidden, uses: CodeWords::default(), bound: Bound::None };
        let mut trace = Self {
            places: [nothing; MOST_PLACES],
            count: 1,
            whole: CodeWords::default(),
            seen: CodeWords::default(),
            own: [(0, 0, Value::Unknown); MOST_OWN],
            own_count: 0,
            left: 2 * MOST_BYTES,
        };
        let bytecode = bytecode_of(heap, shared)?;
        trace.follow(heap, bytecode, 0, 0)?;
        Some(trace)
    }

    /// Returns the places that something is removed from, or whose size is compared. The first is
    /// what is not known, if there are others, or words for removing at all.
    pub fn done(&self) -> impl Iterator<Item = &Done> {
        let places = &self.places[..self.count];
        let is_told =
            |it: &Done| it.place != Place::Hidden && (it.uses.removes() || it.bound != Bound::None);
        let is_any = self.seen.is_telling() || places.iter().any(is_told);
        places.iter().filter(move |it| is_told(it) || is_any && it.place == Place::Hidden)
    }

    fn follow(&mut self, heap: &mut Heap<'_>, bytecode: Words, level: u8, depth: u8) -> Option<()> {
        let code = Code::of(heap, bytecode)?;
        self.left = self.left.checked_sub(code.length)?;
        let mut frame = Frame::new(code, level, depth);
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
                does => self.step(heap, &mut frame, does, operands)?,
            }
            at = first + opcode.length(width) as u64;
        }
        self.note(Place::Hidden, frame.unsure());
        Some(())
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
                self.set_variable(frame.context(first, a), number(2), number(1), value);
            }
            Does::StoreOwnVariable => self.set_variable(frame.level, 0, number(0), value),
            Does::StoreModuleVariable => {
                if let Value::In(place) = module(frame.level, number(1), a) {
                    self.set_place(place, value);
                }
            }
            Does::Enter => {
                frame.write(first, a, Value::Context(frame.level));
                frame.level = frame.level.saturating_add(1);
                self.forget_own(frame.level);
            }
            Does::Leave => {
                if let Value::Context(level) = frame.read(first, a) {
                    frame.level = level;
                }
            }
            Does::SetNamed => {
                self.set_property(
                    heap,
                    frame.read(first, a),
                    frame.code.constant(number(1)),
                    value,
                );
            }
            Does::SetKeyed => {
                if let Value::In(place) = private(frame.read(first, b)) {
                    self.set_place(place, value);
                }
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
        Some(match does {
            Does::Load => read(a),
            Does::Zero => Value::Number(0),
            Does::Integer => u32::try_from(a).map_or(Value::Unknown, Value::Number),
            Does::Constant => match words::short(heap, constant(frame, 0)) {
                Some(short) if short.text().is_empty() => Value::FRESH,
                _ => Value::Unknown,
            },
            Does::Global => global(heap, constant(frame, 0)),
            Does::Variable => self.variable(frame.context(first, a), number(2), number(1)),
            Does::OwnVariable => self.variable(frame.level, 0, number(0)),
            Does::ModuleVariable => module(frame.level, number(1), a),
            Does::Named if read(a).is_new() => {
                let (word, value) = self.property_of_new(heap, constant(frame, 1));
                frame.note_new(first, a, word);
                value
            }
            Does::Named => self.property(heap, read(a), constant(frame, 1)),
            Does::Keyed => private(frame.accumulator),
            Does::Delete => self.noted(read(a), CodeWords::DELETE),
            Does::Loop => self.noted(read(a), CodeWords::LOOP),
            Does::CallList => self.call(heap, read(a), read(b - 1)),
            Does::CallEach => self.call(heap, read(a), read(c)),
            Does::Construct => self.construct(read(a), number(2)),
            Does::Fresh => Value::FRESH,
            Does::Made => Value::Made,
            Does::Compare => {
                self.compare(read(a), frame.accumulator);
                Value::Unknown
            }
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
            && self.left >= MOST_BYTES
            && let Some(shared) = heap.of_kind(shared, Kind::SharedFunctionInfo)
            && let Some(bytecode) = bytecode_of(heap, shared)
        {
            self.follow(heap, bytecode, frame.level, frame.depth + 1)?;
        }
        Some(())
    }

    fn noted(&mut self, value: Value, what: CodeWords) -> Value {
        if let Value::In(place) = value {
            self.note(place, what);
        }
        Value::Unknown
    }

    fn construct(&mut self, class: Value, arguments: u64) -> Value {
        match class {
            Value::Collections if arguments == 0 => return Value::FRESH,
            Value::Dates => self.whole = self.whole.with(CodeWords::TIME),
            _ => {}
        }
        Value::Made
    }

    fn write(&mut self, frame: &mut Frame, first: i64, register: i64, value: Value) {
        self.noted(value, CodeWords::READ);
        frame.write(first, register, value);
    }

    /// Returns the variable in `slot` of a context `depth` steps out of the one at `level`.
    fn variable(&self, level: u8, depth: u64, slot: u64) -> Value {
        let (Ok(depth), Ok(slot)) = (u8::try_from(depth), u16::try_from(slot)) else {
            return Value::Unknown;
        };
        if depth < level {
            let is_it = |&&(of, at, _): &&(u8, u16, Value)| of == level - depth && at == slot;
            return self.own[..self.own_count].iter().find(is_it).map_or(Value::Unknown, |it| it.2);
        }
        Value::In(Place::Variable { depth: depth - level, slot })
    }

    fn set_variable(&mut self, level: u8, depth: u64, slot: u64, value: Value) {
        let (Ok(depth), Ok(slot)) = (u8::try_from(depth), u16::try_from(slot)) else { return };
        if depth >= level {
            return self.set_place(Place::Variable { depth: depth - level, slot }, value);
        }
        let own = &mut self.own[..self.own_count];
        if let Some(it) = own.iter_mut().find(|it| (it.0, it.1) == (level - depth, slot)) {
            it.2 = value.met();
        } else if let Some(next) = self.own.get_mut(self.own_count) {
            *next = (level - depth, slot, value.met());
            self.own_count += 1;
        }
    }

    /// Forgets the variables of contexts that are left.
    fn forget_own(&mut self, level: u8) {
        let mut kept = 0;
        for at in 0..self.own_count {
            if self.own[at].0 < level {
                self.own[kept] = self.own[at];
                kept += 1;
            }
        }
        self.own_count = kept;
    }

    /// Returns what the property `key` of something new is, and whether it is a word.
    fn property_of_new(&mut self, heap: &mut Heap<'_>, key: u64) -> (CodeWords, Value) {
        let short = words::short(heap, key);
        let word = match short.as_ref().map(words::Short::text) {
            Some(b"splice") => CodeWords::DELETE.with(CodeWords::FIRST),
            text => text.map_or(CodeWords::default(), CodeWords::of),
        };
        self.seen = self.seen.with(word);
        if word.is_time() {
            self.whole = self.whole.with(word);
        }
        let is_word = word != CodeWords::default();
        (word, if is_word { Value::Unknown } else { Value::In(Place::Property(key)) })
    }

    /// Returns the property `key` of a value that the function has not made.
    fn property(&mut self, heap: &mut Heap<'_>, of: Value, key: u64) -> Value {
        let short = words::short(heap, key);
        let text = short.as_ref().map_or(&b""[..], words::Short::text);
        let word = CodeWords::of(text);
        self.seen = self.seen.with(word);
        let place = match of {
            Value::In(place) | Value::Part(place) => place,
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
            b"filter" | b"slice" => Called::Part,
            _ if word == CodeWords::default() => return Value::In(Place::Property(key)),
            _ => Called::Other,
        };
        self.note(place, word);
        if word.is_size() { Value::Size(place) } else { Value::Method(place, called) }
    }

    fn set_property(&mut self, heap: &mut Heap<'_>, of: Value, key: u64, value: Value) {
        let is_length = words::short(heap, key).is_some_and(|short| short.text() == b"length");
        match of {
            Value::In(place) if is_length && value == Value::Number(0) => {
                self.note(place, CodeWords::SHORTENED);
            }
            _ => self.set_place(Place::Property(key), value),
        }
    }

    fn set_place(&mut self, place: Place, value: Value) {
        match value {
            // What was not read before is given its first value.
            Value::Fresh { .. }
                if self.index(place).is_some_and(|at| self.places[at].uses.is_read()) =>
            {
                self.note(place, CodeWords::REPLACED);
            }
            Value::Part(of) if of == place => self.note(place, CodeWords::SHORTENED),
            _ => {}
        }
    }

    /// Returns what a method returns that is called with this first argument.
    fn call(&mut self, heap: &mut Heap<'_>, method: Value, argument: Value) -> Value {
        let (place, called) = match method {
            Value::Method(place, called) => (place, called),
            Value::In(Place::Property(key)) if makes_list(heap, key) => return Value::Made,
            _ => return Value::Unknown,
        };
        match called {
            Called::Splice if argument == Value::Number(0) => self.note(place, CodeWords::FIRST),
            Called::Splice => self.note(place, CodeWords::DELETE),
            // `Object.keys(sessions)`
            Called::Loop if place == Place::Hidden => {
                self.noted(argument, CodeWords::LOOP);
            }
            Called::Part if place == Place::Hidden => return Value::Made,
            Called::Part => return Value::Part(place),
            _ => {}
        }
        Value::Unknown
    }

    fn compare(&mut self, a: Value, b: Value) {
        let ((Value::Size(place), with) | (with, Value::Size(place))) = (a, b) else { return };
        let bound = match with {
            Value::Number(number) if number >= LEAST_BOUND => Bound::Number(number),
            Value::In(other @ (Place::Variable { .. } | Place::Module { .. })) => Bound::In(other),
            _ => return,
        };
        if let Some(at) = self.index(place) {
            self.places[at].bound = bound;
        }
    }

    fn note(&mut self, place: Place, what: CodeWords) {
        // Any code takes the last part of something.
        let what = if place == Place::Hidden { what.without(CodeWords::LAST) } else { what };
        if let Some(at) = self.index(place) {
            self.places[at].uses = self.places[at].uses.with(what);
        }
    }

    fn index(&mut self, place: Place) -> Option<usize> {
        let known = self.places[..self.count].iter().position(|it| it.place == place);
        if known.is_some() || self.count == MOST_PLACES {
            return known;
        }
        self.places[self.count].place = place;
        self.count += 1;
        Some(self.count - 1)
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

/// Returns what an ES module exports or imports, as seen from a context at `level`.
fn module(level: u8, depth: u64, cell: i64) -> Value {
    match (u8::try_from(depth), i16::try_from(cell)) {
        (Ok(depth), Ok(cell)) if depth >= level => {
            Value::In(Place::Module { depth: depth - level, cell })
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
