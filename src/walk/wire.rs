//! The stream from the child to its parent.
//!
//! A stream consists of a head and records. Numbers are LEB128; addresses are divided
//! by 8, and those of objects are written as the difference to the previous object or
//! to the object that refers to them, with the sign folded in (zigzag).
//!
//! ```text
//! head      "seepwalk" version  n  n addresses of values that V8's snapshots pass over
//! records   NAME      style, length, characters       the name of something
//!           FUNCTION  name, script, id, line, column  a SharedFunctionInfo
//!           SHAPE     how the rows of one map are read
//!           ROOTS     sort, n, n addresses
//!           STORE     address, bytes                  memory of the previous ArrayBuffer
//!           NUMBER    name, value                     a bound of the previous object
//!           ACT       name, uses, most, is property   what the previous function does with it
//!           REMOVED   entries, removed, oldest        of the previous hash table
//!           ENTRIES   table, n, n keys and values     of a WeakMap, both alive
//!           SAMPLER   interval, samples taken, samples alive: of V8's allocation sampler
//!           FRAME     caller + 1, script's name + 1, line + 1, column + 1, length, name: 0 is none
//!           SAMPLE    address of the object, bytes, its frame
//!           END       objects, wild words, unknown objects
//!           row       of an object: 16 + shape, address, then its references
//! ```
//!
//! A row lists which of an object's slots refer to which objects, and the shape of its
//! map names the slots. After the row's head, every token is for one slot or for a run
//! of them:
//!
//! ```text
//!  even   twice the distance to the target of this slot's reference
//!  1      the end of the row
//!  3      what follows are elements, counted from 0
//!  5      what follows is n, then n names with their targets
//!  7 ...  a run of slots (1 ...) without a reference
//! ```
//!
//! Names, functions and shapes are numbered in their order in the stream, and precede
//! what refers to them.

use std::ffi::c_int;

use super::arena::Arena;
use crate::format::EdgeKind;

/// The first bytes of a stream, and its version.
pub const MAGIC: &[u8; 9] = b"seepwalk\x03";

/// The kinds of records, below [`FIRST_SHAPE`].
#[allow(missing_docs, reason = "see the module")]
pub mod record {
    pub const END: u64 = 0;
    pub const NAME: u64 = 1;
    pub const FUNCTION: u64 = 2;
    pub const SHAPE: u64 = 3;
    pub const ROOTS: u64 = 4;
    pub const STORE: u64 = 5;
    pub const NUMBER: u64 = 6;
    pub const ENTRIES: u64 = 7;
    pub const REMOVED: u64 = 8;
    pub const SAMPLER: u64 = 9;
    pub const FRAME: u64 = 10;
    pub const SAMPLE: u64 = 11;
    pub const ACT: u64 = 12;
}

/// A record of this kind or above is a row; the difference is the number of its shape.
pub const FIRST_SHAPE: u64 = 16;

/// Limit of the bytes of a frame's name, as in V8.
pub const FRAME_NAME: usize = 1024;

/// Limit of the samples that are sent: no interval of ours gives more.
pub const MOST_SAMPLES: usize = 1 << 16;

/// Tokens of a row that are not references.
#[allow(missing_docs, reason = "see the module")]
pub mod token {
    pub const END: u64 = 1;
    pub const ELEMENTS: u64 = 3;
    pub const NAMED: u64 = 5;
    /// A run of `n` slots is `RUN + 2 n`.
    pub const RUN: u64 = 5;
}

/// How a name is built of its characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Style {
    /// The characters alone.
    Plain,
    /// `get x`, of an accessor.
    Getter,
    /// `set x`.
    Setter,
    /// `<symbol x>`.
    Symbol,
    /// `system / X`.
    System,
    /// `x (global*)`, of a global object.
    Global,
    /// `x (global)`, of a proxy of one.
    GlobalProxy,
}

impl Style {
    /// All styles, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Plain,
        Self::Getter,
        Self::Setter,
        Self::Symbol,
        Self::System,
        Self::Global,
        Self::GlobalProxy,
    ];
}

/// Flags of a shape.
#[allow(missing_docs, reason = "said beside each")]
pub mod shape_flag {
    /// Each row has the number of its function, which names it.
    pub const HAS_FUNCTION: u64 = 1;
    /// Each row has its size in words.
    pub const HAS_SIZE: u64 = 2;
    /// The object is a global object.
    pub const IS_GLOBAL: u64 = 4;
}

/// The label of a slot: an edge's kind, and its name or number.
///
/// On the wire, both are one number, with the kind in the low three bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// V8's type of the edge.
    pub kind: EdgeKind,
    /// The number of a name if the kind has names, else an index.
    pub name: u32,
}

impl Label {
    /// Returns the label as written.
    pub fn to_wire(self) -> u64 {
        u64::from(self.name) << 3 | self.kind as u64
    }

    /// Returns the label that was written; `None` if it is invalid.
    pub fn of_wire(value: u64) -> Option<Self> {
        let kind = EdgeKind::from_bits(value as u32 & 7);
        let name = u32::try_from(value >> 3).ok()?;
        (kind != EdgeKind::Other).then_some(Self { kind, name })
    }
}

/// The sorts of roots, as V8's snapshots call them, in the order of their numbers.
pub const ROOTS: [&str; 6] = [
    "(Strong root list)",
    "(Global handles)",
    "(Handle scope)",
    "(Eternal handles)",
    "(Micro tasks)",
    "(Startup object cache)",
];

/// Encodes a JavaScript number: the bytes are reversed, because whole numbers end in zeros.
pub fn to_wire(value: f64) -> u64 {
    value.to_bits().swap_bytes()
}

/// Decodes a JavaScript number.
pub fn of_wire(value: u64) -> f64 {
    f64::from_bits(value.swap_bytes())
}

/// Folds the sign of a difference into the lowest bit.
#[inline]
pub fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// Undoes [`zigzag`].
#[inline]
pub fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// Writes `value` as LEB128 and returns its length. Half of all numbers have two bytes or
/// more, unpredictably: so numbers of up to eight bytes are encoded without a loop.
#[inline]
fn encode(value: u64, room: &mut [u8; LONGEST]) -> usize {
    if value >> 56 != 0 {
        return encode_long(value, room);
    }
    // Spread seven bits into each byte, by halves.
    let spread = (value & 0x0fff_ffff) | (value & 0x00ff_ffff_f000_0000) << 4;
    let spread = (spread & 0x0000_3fff_0000_3fff) | (spread & 0x0fff_c000_0fff_c000) << 2;
    let spread = (spread & 0x007f_007f_007f_007f) | (spread & 0x3f80_3f80_3f80_3f80) << 1;
    let length = (70 - (value | 1).leading_zeros()) / 7;
    let goes_on = 0x8080_8080_8080_8080 & ((1 << (8 * (length - 1))) - 1);
    room[..8].copy_from_slice(&(spread | goes_on).to_le_bytes());
    length as usize
}

#[cold]
fn encode_long(mut value: u64, room: &mut [u8; LONGEST]) -> usize {
    let mut length = 0;
    for byte in room {
        length += 1;
        if value < 0x80 {
            *byte = value as u8;
            break;
        }
        *byte = value as u8 | 0x80;
        value >>= 7;
    }
    length
}

/// Reads a number of at most eight bytes from the next eight, and returns it with its length;
/// `None` for a longer one.
#[inline]
pub fn decode(bytes: [u8; 8]) -> Option<(u64, usize)> {
    let bytes = u64::from_le_bytes(bytes);
    let ends = !bytes & 0x8080_8080_8080_8080;
    if ends == 0 {
        return None;
    }
    let bits = ends.trailing_zeros() + 1;
    let spread = bytes & (u64::MAX >> (64 - bits)) & 0x7f7f_7f7f_7f7f_7f7f;
    let spread = (spread & 0x007f_007f_007f_007f) | (spread & 0x7f00_7f00_7f00_7f00) >> 1;
    let spread = (spread & 0x0000_3fff_0000_3fff) | (spread & 0x3fff_0000_3fff_0000) >> 2;
    let value = (spread & 0x0fff_ffff) | (spread & 0x0fff_ffff_0000_0000) >> 4;
    Some((value, bits as usize / 8))
}

/// The size of the output buffer.
const BUFFER: usize = 64 << 10;
/// The length of the longest number.
const LONGEST: usize = 10;

/// The child's end of the stream.
#[derive(Debug)]
pub struct Writer {
    file: c_int,
    buffer: &'static mut [u8],
    held: usize,
    /// Whether a write has failed, since nobody reads any more.
    pub is_broken: bool,
    /// The current run of slots without a reference.
    run: u64,
}

impl Writer {
    /// Returns a writer to `file`.
    pub fn new(file: c_int, arena: &mut Arena) -> Option<Self> {
        let buffer = arena.take::<u8>(BUFFER)?;
        Some(Self { file, buffer, held: 0, is_broken: false, run: 0 })
    }

    /// Writes a number.
    #[inline]
    pub fn number(&mut self, value: u64) {
        if self.held + LONGEST > BUFFER {
            self.flush();
        }
        let Some(room) = self.buffer[self.held..].first_chunk_mut() else { return };
        self.held += encode(value, room);
    }

    /// Writes the difference of two addresses.
    #[inline]
    pub fn distance(&mut self, from: u64, to: u64) {
        self.number(zigzag(to.wrapping_sub(from).cast_signed() >> 3));
    }

    /// Writes bytes.
    pub fn bytes(&mut self, bytes: impl Iterator<Item = u8>) {
        for byte in bytes {
            if self.held == BUFFER {
                self.flush();
            }
            self.buffer[self.held] = byte;
            self.held += 1;
        }
    }

    /// Writes the reference of the next slot of a row.
    #[inline]
    pub fn reference(&mut self, from: u64, to: u64) {
        self.end_run();
        self.number(zigzag(to.wrapping_sub(from).cast_signed() >> 3) << 1);
    }

    /// Notes that the next `count` slots of the row have no reference.
    #[inline]
    pub fn nothing(&mut self, count: u64) {
        self.run += count;
    }

    /// Ends a row.
    #[inline]
    pub fn end_row(&mut self) {
        self.run = 0; // what is left out at the end is empty
        self.number(token::END);
    }

    /// Begins a part of a row.
    pub fn begin(&mut self, part: u64) {
        self.run = 0;
        self.number(part);
    }

    #[inline]
    fn end_run(&mut self) {
        if self.run > 0 {
            self.number(token::RUN + 2 * self.run);
            self.run = 0;
        }
    }

    /// Writes the buffer out. A pipe that nobody reads from ends the child with a signal,
    /// or causes the rest to be discarded.
    pub fn flush(&mut self) {
        let mut rest = &self.buffer[..self.held];
        while !rest.is_empty() && !self.is_broken {
            // SAFETY: the bytes of a slice.
            let written = unsafe { libc::write(self.file, rest.as_ptr().cast(), rest.len()) };
            if let Ok(written) = usize::try_from(written) {
                rest = &rest[written..];
            } else {
                let error = std::io::Error::last_os_error().raw_os_error();
                self.is_broken = error != Some(libc::EINTR);
            }
        }
        self.held = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_come_back_as_they_were() {
        for value in [0, 1, -1, i64::MAX, i64::MIN, 1 << 40] {
            assert_eq!(unzigzag(zigzag(value)), value);
        }
        assert_eq!((zigzag(0), zigzag(-1), zigzag(1)), (0, 1, 2), "near is short");
    }

    #[test]
    fn numbers_come_back_as_they_were_and_small_ones_are_short() {
        for value in [0.0, 5000.0, -1.0, 0.1, f64::INFINITY, f64::MAX] {
            assert_eq!(of_wire(to_wire(value)).to_bits(), value.to_bits());
        }
        assert!(to_wire(5000.0) < 1 << 28, "four bytes");
    }

    #[test]
    fn numbers_of_any_length_come_back_as_they_were() {
        let around = (0..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        for value in around.chain([u64::MAX, 0x0123_4567_89ab_cdef]) {
            let (mut room, mut plain) = ([0xff; LONGEST], [0xff; LONGEST]);
            let length = encode(value, &mut room);
            assert_eq!(encode_long(value, &mut plain), length, "{value:x}");
            assert_eq!(room[..length], plain[..length], "{value:x}");
            let first = *room.first_chunk().expect("ten bytes");
            assert_eq!(decode(first), (length <= 8).then_some((value, length)), "{value:x}");
        }
    }

    #[test]
    fn labels_come_back_as_they_were_and_no_others() {
        for &kind in EdgeKind::ALL.iter().filter(|&&kind| kind != EdgeKind::Other) {
            let label = Label { kind, name: 70_000 };
            assert_eq!(Label::of_wire(label.to_wire()), Some(label));
        }
        assert_eq!(Label::of_wire(7), None);
        assert_eq!(Label::of_wire(u64::MAX ^ 7), None);
    }
}
