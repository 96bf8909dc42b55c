//! The state of a function while it is followed: its instructions, and what its registers hold.

use super::value::Value;
use crate::{
    limits::code::CodeWords,
    walk::{
        heap::{Heap, smi},
        layout::Kind,
        memory::Words,
    },
};

/// A function with more bytes of code is a program of its own, or made by a machine; those written
/// inside, together, are followed up to as many.
pub(super) const MOST_BYTES: u64 = 1 << 14;
/// Registers that are followed.
const REGISTERS: usize = 128;
/// Targets of jumps that are remembered.
const MOST_TARGETS: usize = 64;

/// Arguments that are followed.
pub(super) const MOST_ARGUMENTS: usize = 4;

/// The operand of the register with the receiver.
const THIS: i64 = 2;
/// The operand of the register with the first argument.
const ARGUMENTS: i64 = 3;
/// The operand of the register with the current context.
const CONTEXT: i64 = -1;

/// A function that is being followed.
pub(super) struct Frame {
    pub(super) accumulator: Value,
    /// How many contexts were created around the current one.
    pub(super) level: u8,
    /// How many functions it is written in that are followed, too.
    pub(super) depth: u8,
    pub(super) code: Code,
    /// Whether it is a function that another one calls, with contexts of its own: how many the
    /// other one has created.
    pub(super) helper: Option<u8>,
    /// What was returned.
    pub(super) returned: Value,
    arguments: [Value; MOST_ARGUMENTS],
    registers: [Register; REGISTERS],
    /// Where jumps lead that have been met, and whether with something new in the accumulator.
    targets: [(u64, bool); MOST_TARGETS],
    target_count: usize,
}

#[derive(Clone, Copy)]
struct Register {
    value: Value,
    writes: u8,
    /// Words for what was done with something new in it.
    of_new: CodeWords,
}

/// The instructions of a function and their constants.
#[derive(Clone, Copy)]
pub(super) struct Code {
    bytecode: Words,
    start: u64,
    /// Bytes.
    pub(super) length: u64,
    constants: Option<Words>,
}

impl Code {
    /// Finds those of a BytecodeArray.
    pub(super) fn of(heap: &mut Heap<'_>, bytecode: Words) -> Option<Self> {
        let start = heap.layout.bytecode_start;
        let length = u64::try_from(smi(bytecode.get(1))).ok().filter(|&it| it <= MOST_BYTES)?;
        let constants =
            (2..start / 8).find_map(|at| heap.of_kind(bytecode.get(at), Kind::FixedArray));
        Some(Self { bytecode, start, length, constants })
    }

    pub(super) fn byte(&self, at: u64) -> u8 {
        let at = self.start + at;
        (self.bytecode.at(at) >> (at % 8 * 8)) as u8
    }

    /// Returns the number of `width` bytes at `at`.
    fn number(&self, at: u64, width: usize) -> u64 {
        let bytes = (0..width as u64).rev();
        bytes.fold(0, |value, index| value << 8 | u64::from(self.byte(at + index)))
    }

    pub(super) fn constant(&self, index: u64) -> u64 {
        self.constants.map_or(0, |constants| constants.get(index.saturating_add(2)))
    }
}

/// The operands of one instruction that grow with its prefix.
#[derive(Clone, Copy)]
pub(super) struct Operands {
    /// Registers and integers.
    pub(super) signed: [i64; 3],
    width: usize,
}

impl Operands {
    pub(super) fn of(code: Code, at: u64, width: usize) -> Self {
        let unused = 64 - 8 * width as u32;
        let signed = [0, 1, 2].map(|index| {
            let number = code.number(at + index * width as u64, width);
            (number << unused).cast_signed() >> unused
        });
        Self { signed, width }
    }

    /// Returns one that has no sign: a slot, an index, a distance.
    pub(super) fn number(self, index: usize) -> u64 {
        let unused = 64 - 8 * self.width as u32;
        self.signed[index].cast_unsigned() << unused >> unused
    }
}

impl Frame {
    /// Begins with the first instruction.
    pub(super) fn new(code: Code, level: u8, depth: u8) -> Self {
        let empty = Register { value: Value::Unknown, writes: 0, of_new: CodeWords::default() };
        Self {
            accumulator: Value::Unknown,
            level,
            depth,
            code,
            helper: None,
            returned: Value::Unknown,
            arguments: [Value::Unknown; MOST_ARGUMENTS],
            registers: [empty; REGISTERS],
            targets: [(0, false); MOST_TARGETS],
            target_count: 0,
        }
    }

    /// Begins a function that the one of `caller` calls with these arguments.
    pub(super) fn of_helper(code: Code, caller: &Self, arguments: [Value; MOST_ARGUMENTS]) -> Self {
        let frame = Self::new(code, caller.level, caller.depth + 1);
        Self { helper: Some(caller.level), arguments, ..frame }
    }

    pub(super) fn read(&self, first: i64, register: i64) -> Value {
        match register {
            // Functions inside have the receiver of another call.
            THIS if self.depth == 0 => Value::This,
            CONTEXT => Value::Context(self.level),
            ARGUMENTS.. => usize::try_from(register - ARGUMENTS)
                .ok()
                .and_then(|at| self.arguments.get(at).copied())
                .unwrap_or(Value::Unknown),
            _ => usize::try_from(first - register)
                .ok()
                .and_then(|at| self.registers.get(at))
                .map_or(Value::Unknown, |it| it.value),
        }
    }

    pub(super) fn write(&mut self, first: i64, register: i64, value: Value) {
        if let Ok(at) = usize::try_from(register - ARGUMENTS) {
            // It is the argument or this.
            if let Some(it) = self.arguments.get_mut(at) {
                *it = Value::Unknown;
            }
        } else if let Some(it) = self.register(first, register) {
            it.value = value;
            it.writes = it.writes.saturating_add(1);
        }
    }

    /// Notes what is done with something new in a register.
    pub(super) fn note_new(&mut self, first: i64, register: i64, word: CodeWords) {
        if let Some(it) = self.register(first, register) {
            it.of_new = it.of_new.with(word);
        }
    }

    /// Returns what was done with something new in registers that held something else, too: on
    /// some ways through the function, it was done with that.
    pub(super) fn unsure(&self) -> CodeWords {
        let often = self.registers.iter().filter(|it| it.writes > 1);
        often.fold(CodeWords::default(), |found, it| found.with(it.of_new))
    }

    /// Returns the level of the context in a register.
    pub(super) fn context(&self, first: i64, register: i64) -> u8 {
        match self.read(first, register) {
            Value::Context(level) => level,
            _ => self.level,
        }
    }

    /// The instruction at `from` may jump by `distance` bytes.
    pub(super) fn jump(&mut self, from: u64, distance: u64) {
        if let Some(next) = self.targets.get_mut(self.target_count) {
            *next = (from.saturating_add(distance), self.accumulator.is_new());
            self.target_count += 1;
        }
    }

    /// Comes to the instruction at `at`, to which jumps may lead.
    pub(super) fn arrive(&mut self, at: u64) {
        let is_full = self.target_count == MOST_TARGETS;
        if is_full || self.targets[..self.target_count].contains(&(at, false)) {
            self.end();
        }
    }

    /// The next instruction is come to on other ways.
    pub(super) fn end(&mut self) {
        self.accumulator = self.accumulator.met();
    }

    fn register(&mut self, first: i64, register: i64) -> Option<&mut Register> {
        usize::try_from(first - register).ok().and_then(|at| self.registers.get_mut(at))
    }
}
