//! How to find a function's caller: the rules that compilers write for exceptions
//! (`.eh_frame`, DWARF's call frame information), as far as callers need them.
//!
//! Everything is read through the kernel: an object may be unloaded meanwhile.

use super::objects::Object;
use crate::allocations::sampler::Peek;

/// Where the frame of a function's caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// The register that the frame is counted from.
    pub(super) from: From,
    /// The distance from it to the caller's stack pointer.
    pub(super) distance: i64,
    /// Where the return address is, from there.
    pub(super) returns: i64,
    /// Where the caller's frame register is, from there; `None` if it was not changed.
    pub(super) frame: Option<i64>,
}

/// A register that frames are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Stack,
    Frame,
}

/// DWARF's numbers of registers.
const RBP: u64 = 6;
const RSP: u64 = 7;
const RETURN: u64 = 16;

/// Returns the rule at address `at` of an object.
pub(super) fn rule(memory: &impl Peek, object: &Object, at: u64) -> Option<Rule> {
    let fde = entry_of(memory, object.rules? as u64, at)?;
    let (fde_at, fde) = record(memory, fde)?;
    let distance = u64::from(u32::from_le_bytes(*fde.first_chunk()?));
    let (_, cie) = record(memory, fde_at.checked_sub(distance)?)?;
    let common = Common::parse(&cie)?;
    let mut text = Text { bytes: &fde, at: 4 };
    let start = text.pointer(common.encoding, fde_at)?;
    let length = text.value(common.encoding & 0x0f)?.cast_unsigned();
    if at < start || at >= start.checked_add(length)? {
        return None;
    }
    if common.is_augmented {
        let skip = text.unsigned()?;
        text.at = text.at.checked_add(usize::try_from(skip).ok()?)?;
    }
    let mut machine = Machine::new(&common, start, at);
    machine.run(cie.get(common.program..)?)?;
    machine.initial = machine.row;
    machine.run(fde.get(text.at..)?)?;
    machine.row.rule()
}

/// Looks `at` up in the index (`.eh_frame_hdr`), and returns where its record is.
fn entry_of(memory: &impl Peek, index: u64, at: u64) -> Option<u64> {
    /// `DW_EH_PE_datarel | DW_EH_PE_sdata4`: what all linkers write.
    const SORTED: u8 = 0x3b;
    let mut head = [0_u8; 12];
    if !memory.read(index, &mut head) || head[0] != 1 || head[3] != SORTED || head[2] != 3 {
        return None;
    }
    // The pointer to the records, relative to itself, in four bytes.
    if head[1] & 0x0f != 0x0b && head[1] & 0x0f != 0x03 {
        return None;
    }
    let count = u32::from_le_bytes(*head[8..].first_chunk()?);
    let row = |number: u32| {
        let mut row = [0_u8; 8];
        memory.read(index + 12 + 8 * u64::from(number), &mut row).then_some(())?;
        let at = |bytes: [u8; 4]| index.wrapping_add_signed(i64::from(i32::from_le_bytes(bytes)));
        Some((at(*row.first_chunk()?), at(*row.last_chunk()?)))
    };
    // The last row that begins at or before `at`.
    let (mut low, mut high) = (0, count);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if row(middle)?.0 <= at { low = middle } else { high = middle }
    }
    row(low).filter(|(start, _)| count > 0 && *start <= at).map(|(_, record)| record)
}

/// Reads the record at `at`, and returns where its contents begin, and the contents.
fn record(memory: &impl Peek, at: u64) -> Option<(u64, Vec<u8>)> {
    const MOST: u32 = 1 << 16;
    let mut length = [0_u8; 4];
    memory.read(at, &mut length).then_some(())?;
    let length = u32::from_le_bytes(length);
    if !(4..=MOST).contains(&length) {
        return None;
    }
    let mut bytes = vec![0; length as usize];
    memory.read(at + 4, &mut bytes).then_some((at + 4, bytes))
}

/// What functions have in common (a "common information entry").
struct Common {
    code_unit: u64,
    data_unit: i64,
    /// How addresses are written.
    encoding: u8,
    is_augmented: bool,
    /// Where the instructions begin.
    program: usize,
}

impl Common {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut text = Text { bytes, at: 0 };
        let (id, version) = (text.fixed::<4>()?, text.byte()?);
        if id != [0; 4] || !matches!(version, 1 | 3) {
            return None;
        }
        let letters = bytes.get(text.at..)?.split(|byte| *byte == 0).next()?;
        text.at += letters.len() + 1;
        let (code_unit, data_unit) = (text.unsigned()?, text.signed()?);
        let returns = if version == 1 { u64::from(text.byte()?) } else { text.unsigned()? };
        if returns != RETURN {
            return None;
        }
        let is_augmented = letters.first() == Some(&b'z');
        let mut encoding = 0;
        if is_augmented {
            let length = text.unsigned()?;
            let end = text.at.checked_add(usize::try_from(length).ok()?)?;
            for letter in &letters[1..] {
                match letter {
                    b'R' => encoding = text.byte()?,
                    b'P' => {
                        let how = text.byte()?;
                        text.value(how & 0x0f)?;
                    }
                    b'L' => _ = text.byte()?,
                    // A signal's frame: its rules are expressions.
                    _ => return None,
                }
            }
            text.at = end;
        } else if !letters.is_empty() {
            return None;
        }
        Some(Self { code_unit, data_unit, encoding, is_augmented, program: text.at })
    }
}

/// The state of the registers at one address.
#[derive(Clone, Copy)]
struct Row {
    register: u64,
    distance: i64,
    returns: Option<i64>,
    frame: Saved,
}

/// Where a register of the caller is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Saved {
    Unchanged,
    At(i64),
    Unknown,
}

impl Row {
    fn rule(self) -> Option<Rule> {
        let from = match self.register {
            RSP => From::Stack,
            RBP => From::Frame,
            _ => return None,
        };
        let frame = match self.frame {
            Saved::Unchanged => None,
            Saved::At(at) => Some(at),
            Saved::Unknown => return None,
        };
        Some(Rule { from, distance: self.distance, returns: self.returns?, frame })
    }
}

/// Runs the instructions of a record up to an address.
struct Machine<'a> {
    common: &'a Common,
    row: Row,
    initial: Row,
    kept: Vec<Row>,
    /// The address that the row is for, and the one that is wanted.
    now: u64,
    wanted: u64,
}

impl<'a> Machine<'a> {
    fn new(common: &'a Common, start: u64, wanted: u64) -> Self {
        let row = Row { register: u64::MAX, distance: 0, returns: None, frame: Saved::Unchanged };
        Self { common, row, initial: row, kept: Vec::new(), now: start, wanted }
    }

    fn save(&mut self, register: u64, saved: Saved) {
        match (register, saved) {
            (RBP, saved) => self.row.frame = saved,
            (RETURN, Saved::At(at)) => self.row.returns = Some(at),
            (RETURN, _) => self.row.returns = None, // the outermost function
            _ => {}
        }
    }

    fn restore(&mut self, register: u64) {
        match register {
            RBP => self.row.frame = self.initial.frame,
            RETURN => self.row.returns = self.initial.returns,
            _ => {}
        }
    }

    /// Returns whether the wanted address lies further on.
    fn advance(&mut self, units: u64) -> bool {
        self.now = self.now.wrapping_add(units.wrapping_mul(self.common.code_unit));
        self.now <= self.wanted
    }

    /// Runs instructions; `None` if one is not known.
    fn run(&mut self, program: &[u8]) -> Option<()> {
        let mut text = Text { bytes: program, at: 0 };
        while text.at < program.len() {
            let code = text.byte()?;
            let low = u64::from(code & 0x3f);
            let units = match (code >> 6, code) {
                (1, _) => low,
                (2, _) => {
                    let at = self.scaled(text.unsigned()?)?;
                    self.save(low, Saved::At(at));
                    continue;
                }
                (3, _) => {
                    self.restore(low);
                    continue;
                }
                (_, 0x02) => u64::from(text.byte()?),
                (_, 0x03) => u64::from(u16::from_le_bytes(text.fixed()?)),
                (_, 0x04) => u64::from(u32::from_le_bytes(text.fixed()?)),
                (_, 0x0c..=0x0f | 0x12 | 0x13) => {
                    self.count_frame(code, &mut text)?;
                    continue;
                }
                _ => {
                    self.keep_register(code, &mut text)?;
                    continue;
                }
            };
            if !self.advance(units) {
                return Some(());
            }
        }
        Some(())
    }

    fn scaled(&self, count: u64) -> Option<i64> {
        Some(i64::try_from(count).ok()?.wrapping_mul(self.common.data_unit))
    }

    /// Runs an instruction that says what frames are counted from (`def_cfa` and its kin).
    fn count_frame(&mut self, code: u8, text: &mut Text<'_>) -> Option<()> {
        if code == 0x0f {
            text.block()?; // an expression
            self.row.register = u64::MAX;
            return Some(());
        }
        if matches!(code, 0x0c | 0x0d | 0x12) {
            self.row.register = text.unsigned()?;
        }
        match code {
            0x0c | 0x0e => self.row.distance = i64::try_from(text.unsigned()?).ok()?,
            0x12 | 0x13 => {
                self.row.distance = text.signed()?.wrapping_mul(self.common.data_unit);
            }
            _ => {}
        }
        Some(())
    }

    /// Runs an instruction that says where a register is, and those that say nothing here.
    fn keep_register(&mut self, code: u8, text: &mut Text<'_>) -> Option<()> {
        match code {
            0x00 => return Some(()), // nop
            0x0a => {
                self.kept.push(self.row);
                return Some(());
            }
            0x0b => {
                self.row = self.kept.pop()?;
                return Some(());
            }
            0x2e => return text.unsigned().map(drop), // GNU_args_size
            _ => {}
        }
        let register = text.unsigned()?;
        let saved = match code {
            0x05 => Saved::At(self.scaled(text.unsigned()?)?), // offset_extended
            0x06 => {
                self.restore(register);
                return Some(());
            }
            0x07 => Saved::Unknown,   // undefined
            0x08 => Saved::Unchanged, // same_value
            0x09 | 0x14 | 0x15 => {
                text.unsigned()?; // register, val_offset
                Saved::Unknown
            }
            0x10 | 0x16 => {
                text.block()?; // expression, val_expression
                Saved::Unknown
            }
            0x11 => Saved::At(text.signed()?.wrapping_mul(self.common.data_unit)),
            _ => return None,
        };
        self.save(register, saved);
        Some(())
    }
}

/// Reads numbers one after the other.
struct Text<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Text<'_> {
    fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = *self.bytes.get(self.at..)?.first_chunk()?;
        self.at += N;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.fixed::<1>().map(|[byte]| byte)
    }

    /// Reads a number of seven bits a byte, and the bits that it has.
    fn bits(&mut self) -> Option<(u64, u32, u8)> {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte & 0x80 == 0 {
                return Some((value, shift, byte));
            }
        }
    }

    fn unsigned(&mut self) -> Option<u64> {
        self.bits().map(|(value, ..)| value)
    }

    fn signed(&mut self) -> Option<i64> {
        let (value, shift, last) = self.bits()?;
        let sign = if last & 0x40 == 0 { 0 } else { u64::MAX.checked_shl(shift).unwrap_or(0) };
        Some((value | sign).cast_signed())
    }

    /// Skips a block with its length before it.
    fn block(&mut self) -> Option<()> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        self.at = self.at.checked_add(length)?;
        Some(())
    }

    /// Reads a number in a format of `DW_EH_PE_*`.
    fn value(&mut self, format: u8) -> Option<i64> {
        Some(match format {
            0x00 | 0x04 | 0x0c => i64::from_le_bytes(self.fixed()?),
            0x02 => i64::from(u16::from_le_bytes(self.fixed()?)),
            0x03 => i64::from(u32::from_le_bytes(self.fixed()?)),
            0x0a => i64::from(i16::from_le_bytes(self.fixed()?)),
            0x0b => i64::from(i32::from_le_bytes(self.fixed()?)),
            _ => return None,
        })
    }

    /// Reads an address; `start` is where the text begins.
    fn pointer(&mut self, encoding: u8, start: u64) -> Option<u64> {
        let here = start + self.at as u64;
        let value = self.value(encoding & 0x0f)?;
        match encoding & 0xf0 {
            0x00 => Some(value.cast_unsigned()),
            0x10 => Some(here.wrapping_add_signed(value)), // relative to itself
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common() -> Common {
        // Version 1, "zR", units of 1 and -8, returns in 16, addresses relative in 4 bytes;
        // then def_cfa(rsp, 8), offset(16, 1).
        let bytes = [0, 0, 0, 0, 1, b'z', b'R', 0, 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1];
        let common = Common::parse(&bytes).expect("a common entry");
        assert_eq!(&bytes[common.program..], [0x0c, 7, 8, 0x90, 1]);
        common
    }

    /// The rule of a function at 100 with these instructions, at an address.
    fn rule_at(program: &[u8], at: u64) -> Option<Rule> {
        let common = common();
        let mut machine = Machine::new(&common, 100, at);
        machine.run(&[0x0c, 7, 8, 0x90, 1])?;
        machine.initial = machine.row;
        machine.run(program)?;
        machine.row.rule()
    }

    #[test]
    fn a_function_with_a_frame_register_is_followed_from_its_first_instruction_to_its_last() {
        // push rbp (1 byte); mov rbp, rsp (3 bytes); ...; pop rbp; ret
        let program = [
            0x41, 0x0e, 16, 0x86, 2, // advance 1, def_cfa_offset 16, offset(rbp, 2)
            0x43, 0x0d, 6, // advance 3, def_cfa_register rbp
            0x02, 50, 0x0c, 7, 8, 0xc6, // advance 50, def_cfa(rsp, 8), restore rbp
        ];
        let rule = |from, distance, frame| Some(Rule { from, distance, returns: -8, frame });
        assert_eq!(rule_at(&program, 100), rule(From::Stack, 8, None));
        assert_eq!(rule_at(&program, 101), rule(From::Stack, 16, Some(-16)));
        assert_eq!(rule_at(&program, 104), rule(From::Frame, 16, Some(-16)));
        assert_eq!(rule_at(&program, 153), rule(From::Frame, 16, Some(-16)));
        assert_eq!(rule_at(&program, 154), rule(From::Stack, 8, None));
    }

    #[test]
    fn a_kept_state_comes_back() {
        // remember, advance 4, def_cfa_offset 48, advance 4, restore
        let program = [0x0a, 0x44, 0x0e, 48, 0x44, 0x0b];
        let distance = |at| rule_at(&program, at).map(|rule| rule.distance);
        assert_eq!([distance(103), distance(104), distance(108)], [Some(8), Some(48), Some(8)]);
    }

    #[test]
    fn what_is_not_understood_has_no_rule() {
        for program in [
            &[0x0f, 1, 0x30][..], // counted by an expression
            &[0x0c, 10, 16],      // counted from another register
            &[0x07, 16],          // the outermost function
            &[0x16, 6, 1, 0x30],  // the frame register is the result of an expression
            &[0x3d],              // an unknown instruction
            &[0x0b],              // a state that was never kept
            &[0x0e],              // cut
        ] {
            assert_eq!(rule_at(program, 100), None, "{program:x?}");
        }
    }

    #[test]
    fn numbers_of_seven_bits_a_byte_are_read_with_their_sign() {
        let text = |bytes: &'static [u8]| Text { bytes, at: 0 };
        assert_eq!(text(&[0xe5, 0x8e, 0x26]).unsigned(), Some(624_485));
        assert_eq!(text(&[0x7f]).signed(), Some(-1));
        assert_eq!(text(&[0x80, 0x7f]).signed(), Some(-128));
        assert_eq!(text(&[0x80]).unsigned(), None);
        assert_eq!(text(&[0xff; 16]).signed(), None);
    }
}
