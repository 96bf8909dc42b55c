//! Turns the stream of a walk into the rows that the parser of V8's snapshots gives.
//!
//! A sink wants to know beforehand how many nodes and edges there will be, and where each edge
//! leads; a walk writes an object with its references when it visits it. So the bytes are kept, 10
//! to 20 for each object, and read three times: as they arrive, for names, shapes and counts
//! ([`Decoder::push`]); for the addresses of the objects, without their references; and for nodes
//! and edges, while what has been read is given back. Of a long stream, another thread reads these.
//! Nodes are numbered in this order:
//!
//! ```text
//!  0        1             2          3 ...           then          then
//!  the root  (GC roots)   unread     sorts of roots  the objects   memory of ArrayBuffers
//! ```
//!
//! Nothing here trusts the bytes. A child that has read nonsense may have written
//! nonsense, so every number is checked, and allocations are bounded by the number of
//! bytes received.

mod edges;
mod emit;
mod numbering;
mod objects;
mod reader;
mod samples;
mod shapes;
mod strings;

use rustc_hash::FxHashMap;

use self::{
    objects::{Added, Objects},
    reader::{Cut, Reader},
    samples::Samples,
    shapes::{Called, Definitions},
};
use super::{
    scan::Doubt,
    wire::{self, FIRST_SHAPE, MAGIC, ROOTS, record},
};
use crate::{
    allocations::Allocations,
    column::{Column, Zeroable},
    error::{DetectError, Result},
    format::{EdgeKind, MAX_EDGES, MAX_NODES, Removed, SnapshotSink},
    limits::{
        code::{self, Act, CodeWords},
        described, may_bound,
    },
};

/// There may be [`FREE_PAGES`] pages whatever the length of the stream, and one more
/// for every [`BYTES_PER_PAGE`] bytes of it.
const FREE_PAGES: usize = 4096;
const BYTES_PER_PAGE: usize = 16;

/// Reads one walk as its bytes arrive. The first error is final.
#[derive(Debug, Default)]
pub struct Decoder {
    bytes: Column<u8>,
    /// The number of bytes that have been read once.
    read: usize,
    /// The number of bytes at which reading is tried again, so that a long row is not read
    /// from its beginning for each piece.
    next_try: usize,
    has_begun: bool,
    has_ended: bool,
    definitions: Definitions,
    objects: Objects,
    /// The number of rows of each shape.
    rows_of_shapes: Vec<u32>,
    /// The extent of each row's references, so that the reading for addresses can skip them.
    extents: Column<Extent>,
    /// The address of the previous row.
    previous: u64,
    /// The values to which V8's snapshots show no internal references.
    passed_over: Vec<u64>,
    /// The number of references, without those below.
    strong: u64,
    /// Targets of weak references, which count only if they are objects.
    weak: Column<u64>,
    roots: Vec<(usize, Vec<u64>)>,
    /// The memory of ArrayBuffers: the row, and the address.
    stores: Vec<(u32, u64)>,
    /// Maps such an address to a number and its bytes.
    store_numbers: FxHashMap<u64, (u32, u64)>,
    /// Entries of WeakMaps: table, key, value.
    entries: Vec<[u64; 3]>,
    /// Bounds: the row, the string of the name, and the value.
    numbers: Vec<(u32, u32, f64)>,
    /// Counts of removed entries of tables, by row.
    removed: Vec<(u32, Removed)>,
    /// What functions do: the row, the string of the name of what they do it with, and what.
    acts: Vec<(u32, u32, Act)>,
    /// Rows of global objects.
    globals: Vec<u32>,
    samples: Samples,
    doubt: Doubt,
}

impl Decoder {
    /// Returns a decoder at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next piece.
    ///
    /// # Errors
    ///
    /// [`DetectError::Malformed`] or [`DetectError::TooLarge`], from then on at every call.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() < self.next_try {
            return Ok(());
        }
        let before = self.read;
        self.read_on()?;
        let waiting = self.bytes.len() - self.read;
        // Wait for twice as much if no record was complete.
        let is_stuck = self.read == before && waiting > 0;
        self.next_try = self.bytes.len() + if is_stuck { waiting } else { 0 };
        Ok(())
    }

    /// Passes the rows to `sink` and returns it.
    ///
    /// # Errors
    ///
    /// [`DetectError::Truncated`] if the stream has no end, and the errors of the sink.
    pub fn finish<S: SnapshotSink>(self, sink: S) -> Result<S> {
        self.finish_with_samples(sink).map(|(sink, _)| sink)
    }

    /// Does the same, and also returns the samples that came with the rows, if V8 has taken
    /// any.
    ///
    /// # Errors
    ///
    /// As for [`finish`](Self::finish).
    pub fn finish_with_samples<S: SnapshotSink>(
        mut self,
        sink: S,
    ) -> Result<(S, Option<Allocations>)> {
        self.read_on()?;
        if !self.has_ended {
            return Err(DetectError::Truncated { at: self.bytes.len() as u64 });
        }
        let samples = std::mem::take(&mut self.samples);
        let mut emitter = emit::Emitter::new(self)?;
        let samples = emitter.samples(samples);
        Ok((emitter.emit(sink)?, samples))
    }

    /// Returns the child's doubt, once the stream has ended.
    pub fn doubt(&mut self) -> Doubt {
        // `finish` reports an error.
        let _ = self.read_on();
        self.doubt
    }

    /// Reads all complete records.
    fn read_on(&mut self) -> Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        let result = self.read_records(&bytes);
        self.bytes = bytes;
        result
    }

    fn read_records(&mut self, bytes: &[u8]) -> Result<()> {
        loop {
            let mut from = Reader::new(bytes, self.read);
            let outcome = if self.has_ended {
                if self.read == bytes.len() {
                    return Ok(());
                }
                Err(Cut::Bad("nothing after the end"))
            } else if self.has_begun {
                self.record(&mut from)
            } else {
                self.head(&mut from)
            };
            match outcome {
                Ok(()) => self.read = from.at,
                Err(Cut::Short) => return Ok(()),
                Err(Cut::Bad(expected)) => {
                    return Err(DetectError::Malformed { at: from.at as u64, expected });
                }
            }
            if u64::from(self.objects.count()) >= MAX_NODES - 64 {
                return Err(DetectError::TooLarge { at: self.read as u64, what: "2^29 nodes" });
            }
            if self.strong + self.weak.len() as u64 > MAX_EDGES {
                return Err(DetectError::TooLarge { at: self.read as u64, what: "2^32 edges" });
            }
        }
    }

    fn head(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        if from.bytes(MAGIC.len() as u64)? != MAGIC {
            return Err(Cut::Bad("the stream of a walk"));
        }
        let mut passed_over = Vec::new();
        for _ in 0..from.number()? {
            passed_over.push(from.number()? << 3);
        }
        self.passed_over = passed_over;
        self.has_begun = true;
        Ok(())
    }

    fn record(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        match from.number()? {
            record::NAME => self.definitions.read_name(from),
            record::FUNCTION => self.definitions.read_function(from),
            record::SHAPE => {
                self.definitions.read_shape(from)?;
                self.rows_of_shapes.push(0);
                Ok(())
            }
            record::ROOTS => self.roots(from),
            record::STORE => self.store(from),
            record::ENTRIES => self.entries(from),
            record::NUMBER => self.number(from),
            record::REMOVED => self.removed(from),
            record::ACT => self.act(from),
            record::SAMPLER => self.samples.sampler(from),
            record::FRAME => self.samples.frame(&self.definitions, from),
            record::SAMPLE => self.samples.sample(from),
            record::END => self.end(from),
            row if row >= FIRST_SHAPE => {
                self.row(row, from)?;
                self.rows_of_shapes[(row - FIRST_SHAPE) as usize] += 1;
                Ok(())
            }
            _ => Err(Cut::Bad("a record")),
        }
    }

    fn roots(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        let sort = usize::try_from(from.number()?).ok().filter(|sort| *sort < ROOTS.len());
        let sort = sort.ok_or(Cut::Bad("a sort of roots"))?;
        let mut addresses = Vec::new();
        let mut before = 0;
        for _ in 0..from.number()? {
            before = from.near(before)?;
            addresses.push(before);
        }
        self.roots.push((sort, addresses));
        Ok(())
    }

    /// Reads the memory of the ArrayBuffer of the last row.
    fn store(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        let (at, bytes) = (from.number()?, from.number()?);
        let row = self.row_before()?;
        let next = self.store_numbers.len() as u32;
        self.store_numbers.entry(at).or_insert((next, bytes));
        self.stores.push((row, at));
        Ok(())
    }

    fn row_before(&self) -> Result<u32, Cut> {
        self.objects.count().checked_sub(1).ok_or(Cut::Bad("a row before"))
    }

    /// Reads a bound of the object of the last row.
    fn number(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        let name = self.definitions.name(from.number()?)?;
        let text = &self.definitions.strings.texts()[name as usize];
        if !may_bound(described(text)) && **text != *code::NAME {
            return Err(Cut::Bad("the name of a bound"));
        }
        self.numbers.push((self.row_before()?, name, wire::of_wire(from.number()?)));
        Ok(())
    }

    /// Reads what the function of the last row does with something.
    fn act(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        let name = self.definitions.name(from.number()?)?;
        let mut number =
            || u32::try_from(from.number()?).map_err(|_| Cut::Bad("a number of 32 bits"));
        let (uses, most, is_property) = (CodeWords(number()?), number()?, number()? != 0);
        self.acts.push((self.row_before()?, name, Act { uses, most, is_property }));
        Ok(())
    }

    /// Reads the removed entries of the table of the last row.
    fn removed(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        let mut count = || {
            let count = from.number()?;
            u32::try_from(count).map_err(|_| Cut::Bad("a number of entries"))
        };
        let removed = Removed { entries: count()?, removed: count()?, oldest: count()? };
        self.removed.push((self.row_before()?, removed));
        Ok(())
    }

    fn entries(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        let table = from.number()? << 3;
        let mut entries = Vec::new();
        for _ in 0..from.number()? {
            let key = from.near(table)?;
            entries.push([table, key, from.near(key)?]);
        }
        self.entries.append(&mut entries);
        Ok(())
    }

    fn end(&mut self, from: &mut Reader<'_>) -> Result<(), Cut> {
        let (objects, wild, unknown) = (from.number()?, from.number()?, from.number()?);
        if objects != u64::from(self.objects.count()) {
            return Err(Cut::Bad("as many objects as were written"));
        }
        self.doubt = Doubt { wild, unknown };
        self.has_ended = true;
        Ok(())
    }

    fn row(&mut self, record: u64, from: &mut Reader<'_>) -> Result<(), Cut> {
        let head = self.definitions.head(record, self.previous, from)?;
        let (mut strong, mut weak) = (0, Vec::new());
        let passed_over = &self.passed_over;
        let names = self.definitions.name_count();
        let mut are_named = true;
        let began = from.at;
        let outcome = head.shape.references(from, head.at, |called, target| {
            if let Called::Named(label) = called {
                are_named &= !label.kind.has_name() || label.name < names;
            }
            match shown(called, target, passed_over) {
                Shown::Strong => strong += 1,
                Shown::Weak => weak.push(target),
                Shown::Not => {}
            }
        });
        outcome?;
        if !are_named {
            return Err(Cut::Bad("the number of a name that was defined"));
        }
        let is_global = head.shape.has(super::wire::shape_flag::IS_GLOBAL);
        let (at, constants) = (head.at, head.shape.constants.len() as u64);
        let most = FREE_PAGES + from.at / BYTES_PER_PAGE;
        match self.objects.add(at, most) {
            Added::New => {}
            Added::Refused => return Err(Cut::Bad("the address of another object")),
            Added::TooMany => return Err(Cut::Bad("objects on fewer pages")),
        }
        if is_global {
            self.globals.push(self.objects.count() - 1);
        }
        self.previous = at;
        let extent = Extent::of(strong, if weak.is_empty() { from.at - began } else { usize::MAX });
        self.extents.push(extent);
        self.strong += strong + constants;
        self.weak.extend_from_slice(&weak);
        Ok(())
    }
}

/// How many references a row has, besides those of its shape, and in how many bytes: 2 bytes for
/// nearly every row. [`UNKNOWN`](Self::UNKNOWN) if one of both does not fit, or if it depends
/// on later rows which of them are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extent {
    references: u8,
    bytes: u8,
}

// SAFETY: two bytes.
unsafe impl Zeroable for Extent {
    const ZERO: Self = Self { references: 0, bytes: 0 };
}

impl Extent {
    /// No row has a reference in no bytes.
    const UNKNOWN: Self = Self { references: 1, bytes: 0 };

    fn of(references: u64, bytes: usize) -> Self {
        match (u8::try_from(references), u8::try_from(bytes)) {
            (Ok(references), Ok(bytes)) => Self { references, bytes },
            _ => Self::UNKNOWN,
        }
    }
}

/// How V8's snapshots show a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Strong,
    /// Only if its target is an object that something else holds.
    Weak,
    Not,
}

#[inline]
fn shown(called: Called, target: u64, passed_over: &[u64]) -> Shown {
    let is_v8s = match called {
        Called::Element(_) => false,
        Called::Number(_) | Called::Hidden(_) => true,
        Called::Label(label) | Called::Named(label) => match label.kind {
            EdgeKind::Weak => return Shown::Weak,
            kind => matches!(kind, EdgeKind::Internal | EdgeKind::Hidden),
        },
    };
    if is_v8s && passed_over.contains(&target) { Shown::Not } else { Shown::Strong }
}
