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
    findings::Findings,
    frame::{Code, Frame, MOST_ARGUMENTS, MOST_BYTES, Operands},
    opcodes::{Does, EXTRA_WIDE, WIDE},
    own::Own,
    value::{Place, Value},
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

/// A function that is being followed.
pub(super) struct Trace {
    findings: Findings,
    own: Own,
    /// Bytes of code that may still be followed.
    left: u64,
    /// The function, whose variables have values.
    closure: Words,
}

impl Trace {
    /// Follows the function with this SharedFunctionInfo, of which `closure` is one, and returns what it
    /// does; `None` if it has no code, or some that is not understood.
    pub(super) fn of(heap: &mut Heap<'_>, closure: Words, shared: Words) -> Option<Findings> {
        let mut trace =
            Self { findings: Findings::new(), own: Own::new(), left: 2 * MOST_BYTES, closure };
        let bytecode = bytecode_of(heap, shared)?;
        let code = Code::of(heap, bytecode)?;
        trace.follow(heap, Frame::new(code, 0, 0))?;
        Some(trace.findings)
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
        self.findings.note(Place::Hidden, frame.unsure());
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
                    self.findings.set_place(place, value);
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
                self.findings.set_property(heap, frame.read(first, a), key, value);
            }
            Does::SetKeyed => {
                self.findings.set_keyed(frame.read(first, a), frame.read(first, b), value);
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
                let (word, value) = self.findings.property_of_new(heap, constant(frame, 1));
                frame.note_new(first, a, word);
                value
            }
            Does::Named => self.findings.property(heap, read(a), constant(frame, 1)),
            Does::Keyed => value.private(),
            Does::Delete => self.findings.noted(read(a), CodeWords::DELETE),
            Does::Loop if read(a) == Value::Unknown => {
                self.findings.note(Place::Hidden, CodeWords::LOOP);
                Value::Unknown
            }
            Does::Loop => self.findings.noted(read(a), CodeWords::LOOP),
            Does::CallList => self.findings.call(
                heap,
                (read(a), read(b)),
                read(b - 1),
                number(2).saturating_sub(1),
            ),
            Does::CallEach(0) => self.findings.call(heap, (read(a), read(b)), none, 0),
            Does::CallEach(count) => {
                self.findings.call(heap, (read(a), read(b)), read(c), u64::from(count))
            }
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
            Does::Construct => self.findings.construct(read(a), number(2), read(b)),
            Does::Fresh => Value::FRESH,
            Does::Made => Value::Made,
            Does::Copy => {
                self.findings.noted(value, CodeWords::LOOP);
                Value::Made
            }
            Does::Compare => self.findings.compare(read(a), value, true),
            Does::Equal => self.findings.compare(read(a), value, false),
            Does::Less => self.findings.subtract(read(a), value),
            Does::LessBy => self.findings.subtract(value, Value::integer(a)),
            Does::Near if matches!(value, Value::Size(_)) => value,
            Does::Rest => Value::Below(value.bound()),
            Does::RestBy => Value::Below(Value::integer(a).bound()),
            Does::Bits => Value::Below(Value::integer(a + 1).bound()),
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
        let before = self.findings.enter_helper();
        let returned = self.follow(heap, Frame::of_helper(code, frame, arguments));
        self.findings.leave_helper(before, places.into_iter().flatten());
        self.own.forget(frame.level.saturating_add(1));
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

    fn write(&mut self, frame: &mut Frame, first: i64, register: i64, value: Value) {
        self.findings.noted(value, CodeWords::READ);
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
            self.findings.set_place(Place::Variable { depth: depth - level, slot }, value);
        }
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

/// Returns what an ES module exports or imports.
fn module(frame: &Frame, depth: u64, cell: i64) -> Value {
    match (u8::try_from(depth), i16::try_from(cell)) {
        (Ok(depth), Ok(cell)) if depth >= frame.level && frame.helper.is_none() => {
            Value::In(Place::Module { depth: depth - frame.level, cell })
        }
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
