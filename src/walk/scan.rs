//! The walk, from the roots to everything reachable.
//!
//! The first reference to an object marks it and puts it on a stack. An object taken
//! from the stack is visited: its row is written, and the objects that it refers to
//! are marked and put on the stack in turn. So each object is put there once, and
//! each reference is read once. Four things complicate this.
//!
//! **Memory is slow.** Objects are scattered, and each visit would wait for main
//! memory. Between the stack and the visit there is a ring of [`AHEAD`] objects whose
//! memory has been prefetched; it has arrived by the time that they are visited.
//!
//! **Arrays are long.** A stack with every element of an array of three million would
//! be larger than the heap's marks. A long array goes back onto the stack with the
//! index of its next element, and adds [`PIECE`] elements at a time.
//!
//! **WeakMaps wait.** An entry's value is alive only if its key and its table are.
//! Tables are set aside. When all else is done, every value whose key is marked is put
//! on the stack, and every other value waits under its key's address. From then on
//! each visit checks whether values wait for the object. An entry is read twice,
//! however long the chain of entries that it is part of.
//!
//! **Anything may be wrong.** A word that looks like a reference, but leads to a page
//! that is not this isolate's or to an object whose map is no map, is counted and not
//! followed. A healthy heap has none. One such word may be the only trace of a page
//! that the child lacks, and with it of an array of a million objects. If there are
//! more than [`Doubt::is_too_much`] allows, the whole walk is discarded.

use super::{
    code::{self, Acts},
    exports,
    heap::{Heap, is_reference, is_weak, smi},
    layout::{Kind, offset},
    memory::{Words, prefetch},
    names::Names,
    naming::{self, Name},
    pages::Mark,
    scopes::Scope,
    shape::{Elements, Shape},
    shapes::{Shapes, accessors},
    table::{List, Table},
    wire::{self, FIRST_SHAPE, Label, Style, Writer, record, token},
};
use crate::{
    format::EdgeKind,
    limits::code::{CodeWords, NAME},
};

/// The number of objects that are prefetched: enough to cover a cache miss, few enough
/// to stay in the first-level cache until they are visited.
const AHEAD: usize = 32;
/// Bytes of a cache line.
const LINE: u64 = 64;
/// The number of elements of a long array that go onto the stack together.
const PIECE: u64 = 256;
/// An array with more elements is long.
const LONG: u64 = 1024;
/// Bit 0 of a word on the stack: set for the index of the next element, not for an object.
const ELEMENT: u64 = 1;

/// Counts of what was not as expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doubt {
    /// Wild words: they look like references and lead to no object.
    pub wild: u64,
    /// Objects whose type, or whose map, is unknown.
    pub unknown: u64,
}

impl Doubt {
    /// One object in [`UNKNOWN_SHARE`](Self::UNKNOWN_SHARE) may be unknown. Healthy heaps have one
    /// such object at most; with a wrong table, it was one in 10 at least.
    const UNKNOWN_SHARE: u64 = 500;
    /// In small heaps, this many objects may be unknown.
    const UNKNOWN_FEW: u64 = 100;
    /// One object in [`WILD_SHARE`](Self::WILD_SHARE) may have a wild word if an earlier walk found
    /// some too: an add-on may keep numbers where V8 keeps references. A missing page causes more.
    const WILD_SHARE: u64 = 10_000;

    /// Returns the sum of all.
    pub fn total(self) -> u64 {
        self.wild.saturating_add(self.unknown)
    }

    /// Returns whether a walk of `objects` with this doubt must be discarded.
    pub fn is_too_much(self, objects: u64, tolerance: Tolerance) -> bool {
        let most = objects / Self::WILD_SHARE;
        let wild = if tolerance.insists { most } else { tolerance.known.min(most) };
        self.wild > wild || self.unknown > (objects / Self::UNKNOWN_SHARE).max(Self::UNKNOWN_FEW)
    }
}

/// The number of wild words that a walk may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tolerance {
    /// As many as the last walks of this heap all had.
    pub known: u64,
    /// Whether it may have one in [`Doubt::WILD_SHARE`] objects.
    pub insists: bool,
}

/// Why a walk ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The arena is full.
    NoRoom,
    /// Nobody reads its output.
    NoReader,
    /// There was too much doubt.
    Doubt,
}

/// One walk.
pub struct Scan<'a> {
    heap: Heap<'a>,
    to: Writer,
    names: Names,
    shapes: Shapes,
    acts: Acts,
    stack: &'static mut [u64],
    height: usize,
    /// Tables of WeakMaps and WeakSets.
    tables: List<u64>,
    waiting: Waiting,
    /// The object of the last row.
    previous: u64,
    objects: u64,
    doubt: Doubt,
    tolerance: Tolerance,
}

/// Values that wait for their keys to be marked.
#[derive(Debug)]
struct Waiting {
    /// Maps a key to the first of its values in `values`.
    keys: Table,
    /// Pairs of a value and one more than the index of the next.
    values: List<u64>,
    is_on: bool,
}

impl<'a> Scan<'a> {
    /// Returns a walk of `heap` that may have `depth` entries on its stack and writes to `to`.
    pub fn new(mut heap: Heap<'a>, to: Writer, depth: usize, tolerance: Tolerance) -> Option<Self> {
        let names = Names::new(&mut heap)?;
        let shapes = Shapes::new(&mut heap)?;
        let acts = Acts::new(&mut heap.arena)?;
        let stack = heap.arena.take(depth)?;
        let tables = List::new(64, &mut heap.arena)?;
        let waiting = Waiting {
            keys: Table::new(&mut heap.arena)?,
            values: List::new(64, &mut heap.arena)?,
            is_on: false,
        };
        Some(Self {
            heap,
            to,
            names,
            shapes,
            acts,
            stack,
            height: 0,
            tables,
            waiting,
            previous: 0,
            objects: 0,
            doubt: Doubt::default(),
            tolerance,
        })
    }

    /// Returns the heap, to search it for roots.
    pub fn heap(&mut self) -> &mut Heap<'a> {
        &mut self.heap
    }

    /// Begins the stream. Its head lists the values that V8's snapshots pass over.
    pub fn begin(&mut self, passed_over: &[u64]) {
        self.to.bytes(super::wire::MAGIC.iter().copied());
        self.to.number(passed_over.len() as u64);
        for word in passed_over {
            self.to.number(word >> 3);
        }
    }

    /// Writes the roots of one sort (see [`wire::ROOTS`](super::wire::ROOTS)), and puts them on the
    /// stack.
    ///
    /// # Errors
    ///
    /// [`Stop::NoRoom`].
    pub fn roots(&mut self, sort: usize, words: &[u64]) -> Result<(), Stop> {
        self.to.number(record::ROOTS);
        self.to.number(sort as u64);
        self.to.number(words.len() as u64);
        let mut before = 0;
        for &word in words {
            self.to.distance(before, word - 1);
            before = word - 1;
            self.meet(word)?;
        }
        Ok(())
    }

    /// Returns the heap, and the writers of its names.
    pub fn naming(&mut self) -> (&mut Heap<'a>, &mut Names, &mut Writer) {
        (&mut self.heap, &mut self.names, &mut self.to)
    }

    /// Visits everything reachable, and ends the stream.
    ///
    /// # Errors
    ///
    /// Why it ended early.
    pub fn run(&mut self) -> Result<(), Stop> {
        self.drain()?;
        self.waiting.is_on = true;
        let mut next = 0;
        // The values of some tables may be tables themselves.
        while let Some(table) = self.tables.get(next) {
            self.release(table)?;
            self.drain()?;
            next += 1;
        }
        for table in 0..self.tables.len() {
            self.entries(self.tables.get(table).unwrap_or_default());
        }
        if self.doubt.is_too_much(self.objects, self.tolerance) {
            return Err(Stop::Doubt);
        }
        Ok(())
    }

    /// Ends the stream.
    ///
    /// # Errors
    ///
    /// [`Stop::NoReader`].
    pub fn end(&mut self) -> Result<(), Stop> {
        self.to.number(record::END);
        self.to.number(self.objects);
        self.to.number(self.doubt.wild);
        self.to.number(self.doubt.unknown);
        self.to.flush();
        if self.to.is_broken { Err(Stop::NoReader) } else { Ok(()) }
    }

    fn drain(&mut self) -> Result<(), Stop> {
        let mut ring = [0_u64; AHEAD];
        let (mut first, mut count) = (0, 0);
        loop {
            while count < AHEAD && self.height > 0 {
                self.height -= 1;
                let at = self.stack[self.height];
                if at & ELEMENT == 1 {
                    self.height -= 1;
                    let array = self.stack[self.height];
                    self.resume(array, at >> 1)?;
                    continue;
                }
                prefetch(at);
                prefetch(at + LINE - 8); // half of all objects span two lines
                ring[(first + count) % AHEAD] = at;
                count += 1;
            }
            if count == 0 {
                return if self.to.is_broken { Err(Stop::NoReader) } else { Ok(()) };
            }
            let at = ring[first];
            first = (first + 1) % AHEAD;
            count -= 1;
            self.visit(at)?;
        }
    }

    /// Puts an object or an index onto the stack.
    #[inline]
    fn put(&mut self, word: u64) -> Result<(), Stop> {
        *self.stack.get_mut(self.height).ok_or(Stop::NoRoom)? = word;
        self.height += 1;
        Ok(())
    }

    /// Marks the object that `word`, a reference, leads to, and puts it on the stack if it is
    /// new. Returns false if there is no such object.
    #[inline]
    fn meet(&mut self, word: u64) -> Result<bool, Stop> {
        match self.heap.mark(word - 1) {
            Mark::New => self.put(word - 1).map(|()| true),
            Mark::Known => Ok(true),
            Mark::Foreign => {
                self.doubt.wild += 1;
                Ok(false)
            }
        }
    }

    fn visit(&mut self, at: u64) -> Result<(), Stop> {
        if self.waiting.is_on {
            self.wake(at)?;
        }
        let Some(object) = self.heap.pages.object(at) else {
            self.doubt.wild += 1;
            return Ok(());
        };
        let Some((number, shape)) = self.shape_of(object)? else {
            self.doubt.unknown += 1;
            return Ok(());
        };
        let words = match shape.words {
            0 => self.words_of(object, shape),
            words => u64::from(words),
        };
        if words > object.len() {
            self.doubt.unknown += 1;
            return Ok(());
        }
        self.row(at, object, (number, shape), words)
    }

    /// Returns the shape of an object; `None` if its map is no map.
    #[inline]
    fn shape_of(&mut self, object: Words) -> Result<Option<(u32, Shape)>, Stop> {
        let key = object.get(0);
        match self.shapes.get(key) {
            // The shape of a context depends on its variables.
            Some((_, shape)) if shape.kind == Kind::Context => self.shape_of_context(object),
            // Objects in dictionary mode share maps, whatever their class.
            Some((_, shape)) if shape.is_dictionary => self.shape_of_dictionary(object),
            // Two sorts of symbols share a map.
            Some((_, shape)) if shape.kind == Kind::Symbol => self.shape_of_symbol(object),
            None => {
                let Some(number) = self.heap.type_of(object) else { return Ok(None) };
                let found = self.describe(key, object, number)?;
                self.meet(key)?;
                match found {
                    (_, Shape { kind: Kind::Context, .. }) => self.shape_of_context(object),
                    (_, Shape { kind: Kind::Symbol, .. }) => self.shape_of_symbol(object),
                    (_, Shape { is_dictionary: true, .. }) => self.shape_of_dictionary(object),
                    (_, Shape { kind: Kind::Unknown, words: 0, .. }) => {
                        self.doubt.unknown += 1;
                        Ok(Some(found))
                    }
                    found => Ok(Some(found)),
                }
            }
            found => Ok(found),
        }
    }

    fn shape_of_dictionary(&mut self, object: Words) -> Result<Option<(u32, Shape)>, Stop> {
        /// No address is this high.
        const OF_MAP_AND_TAG: u64 = 1 << 62;
        let Some(map) = self.heap.object(object.get(0)) else { return Ok(None) };
        let tag = naming::own_tag(&mut self.heap, object, map).unwrap_or_default();
        let key = OF_MAP_AND_TAG | (object.get(0) ^ tag << 13) & (OF_MAP_AND_TAG - 1);
        match (self.shapes.get(key), self.heap.type_of(object)) {
            (Some(found), _) => Ok(Some(found)),
            (None, Some(number)) => self.describe(key, object, number).map(Some),
            (None, None) => Ok(None),
        }
    }

    fn shape_of_symbol(&mut self, symbol: Words) -> Result<Option<(u32, Shape)>, Stop> {
        /// No map's address ends in these bits.
        const PRIVATE: u64 = 6;
        const PUBLIC: u64 = 4;
        let is_private = naming::is_private(&self.heap, symbol);
        let key = symbol.get(0) | if is_private { PRIVATE } else { PUBLIC };
        match (self.shapes.get(key), self.heap.type_of(symbol)) {
            (Some(found), _) => Ok(Some(found)),
            (None, Some(number)) => self.describe(key, symbol, number).map(Some),
            (None, None) => Ok(None),
        }
    }

    fn shape_of_context(&mut self, context: Words) -> Result<Option<(u32, Shape)>, Stop> {
        let key = context.get(2);
        if let Some(found) = self.shapes.get(key) {
            return Ok(Some(found));
        }
        let is_scope = self.heap.of_kind(key, Kind::ScopeInfo).is_some();
        match self.heap.type_of(context) {
            Some(number) if is_scope => self.describe(key, context, number).map(Some),
            _ => Ok(None),
        }
    }

    #[cold]
    fn describe(&mut self, key: u64, object: Words, number: u16) -> Result<(u32, Shape), Stop> {
        let map = self.heap.object(object.get(0)).ok_or(Stop::Doubt)?;
        let about = (object, map, number);
        self.shapes
            .describe(&mut self.heap, &mut self.names, &mut self.to, key, about)
            .ok_or(Stop::NoRoom)
    }

    /// Returns the size, in words, of an object whose map does not state it (`SizeFromMap`,
    /// src/objects/objects-inl.h).
    fn words_of(&mut self, object: Words, shape: Shape) -> u64 {
        let version = self.heap.layout.version;
        let length = u64::try_from(smi(object.get(1))).unwrap_or(0);
        let (low, high) = (object.get(1) & 0xffff_ffff, object.get(1) >> 32);
        let bytes = |count: u64| count.div_ceil(8);
        match shape.kind {
            Kind::SeqString => {
                let length = u64::from(object.half(offset::STRING_LENGTH));
                let is_narrow = self
                    .heap
                    .type_of(object)
                    .is_some_and(|number| number & super::layout::ONE_BYTE != 0);
                2 + bytes(if is_narrow { length } else { 2 * length })
            }
            Kind::FixedArray
            | Kind::HashTable
            | Kind::WeakFixedArray
            | Kind::RawArray
            | Kind::EmbedderData
            | Kind::Context => 2 + length,
            Kind::ByteArray => 2 + bytes(length),
            // A list has a count beside its length; the address of the microtask queue
            // follows the slots of a native context.
            Kind::WeakArrayList | Kind::NativeContext => 3 + length,
            Kind::PropertyArray => 2 + (length & 0x3ff), // above: a hash
            Kind::DescriptorArray => {
                self.heap.layout.descriptors_start / 8 + 3 * (object.get(1) & 0xffff)
            }
            Kind::ScopeInfo => Scope::of(&self.heap, object).size(&self.heap),
            Kind::FeedbackVector => version.feedback_vector_header + low,
            Kind::FeedbackMetadata => {
                2 + bytes(4 * low.div_ceil(6) + version.closure_count_bytes * high)
            }
            Kind::BigInt => 2 + (low >> 1),
            Kind::BytecodeArray => bytes(self.heap.layout.bytecode_start + length),
            Kind::PreparseData => 2 + bytes(low) + high,
            Kind::FreeSpace => bytes(length),
            _ => 1,
        }
    }

    fn row(
        &mut self,
        at: u64,
        object: Words,
        (number, shape): (u32, Shape),
        words: u64,
    ) -> Result<(), Stop> {
        // Everything that the row refers to by number is written first.
        let function = if shape.has_function {
            let word = match shape.kind {
                Kind::JsFunction => object.at(self.heap.layout.function_shared),
                _ => at + 1,
            };
            self.names.function(&mut self.heap, &mut self.to, word).ok_or(Stop::NoRoom)?
        } else {
            0
        };
        if shape.has_named {
            self.each_named(object, shape, |_, _, _| {})?;
        }
        let code = match shape.kind {
            Kind::BytecodeArray => self.code_words(object, shape)?,
            _ => None,
        };
        self.objects += 1;
        self.to.number(FIRST_SHAPE + u64::from(number));
        self.to.distance(self.previous, at);
        self.previous = at;
        if shape.words == 0 {
            self.to.number(words);
        }
        if shape.has_function {
            self.to.number(u64::from(function));
        }
        let first = match shape.kind {
            Kind::PreparseData => words - (object.get(1) >> 32).min(words - 2),
            _ => u64::from(shape.first),
        };
        let end = match (shape.end, shape.kind) {
            // The last two slots of a native context are weak, and a raw address
            // follows them.
            (_, Kind::NativeContext) => words - 4,
            (0, _) => words,
            (end, _) => u64::from(end).min(words),
        };
        if shape.kind == Kind::HashTable && self.is_weak_table(object) {
            self.tables.push(at, &mut self.heap.arena).ok_or(Stop::NoRoom)?;
        } else if shape.words == 0 && end > first + LONG {
            self.long_array(at, object, first..end)?;
        } else {
            self.fields(at, object, shape, first..end)?;
        }
        if shape.kind.is_js() {
            self.outside(at, object, shape)?;
        } else if shape.has_named {
            self.named(at, object, shape)?;
        }
        self.to.end_row();
        if shape.kind == Kind::JsArrayBuffer {
            let length = object.at(self.heap.layout.buffer_length);
            let store = object.at(self.heap.layout.buffer_store);
            if length > 0 && store > 0 {
                self.to.number(record::STORE);
                self.to.number(store);
                self.to.number(length);
            }
        }
        if shape.kind == Kind::HashTable {
            self.removed(object);
        }
        if let Some((name, code)) = code {
            self.to.number(record::NUMBER);
            self.to.number(u64::from(name));
            self.to.number(wire::to_wire(f64::from(code.0)));
        }
        if shape.kind == Kind::JsFunction {
            let Self { heap, to, names, acts, .. } = self;
            acts.write(heap, (names, to), object, function).ok_or(Stop::NoRoom)?;
        }
        if shape.bounds.1 > 0 {
            let Self { heap, to, names, shapes, .. } = self;
            shapes.bounds.write(heap, (names, to), object, shape).ok_or(Stop::NoRoom)?;
        }
        Ok(())
    }

    /// Returns the words that the code of a function uses, if they say something, and the number
    /// of their name.
    #[cold]
    fn code_words(
        &mut self,
        bytecode: Words,
        shape: Shape,
    ) -> Result<Option<(u32, CodeWords)>, Stop> {
        let places = u64::from(shape.first)..u64::from(shape.end);
        let found = code::words::words_of(&mut self.heap, bytecode, places);
        if !found.is_telling() {
            return Ok(None);
        }
        let Self { heap, names, to, .. } = self;
        let name = names.fixed(heap, to, NAME, Style::Plain).ok_or(Stop::NoRoom)?;
        Ok(Some((name, found)))
    }

    /// Writes how many entries were removed from a table, if any were. All of V8's tables begin
    /// with the number of entries, of removed entries, and of buckets or slots; those of Map and
    /// Set continue with the first entry of each bucket, and then the entries.
    fn removed(&mut self, table: Words) {
        let counts = [2, 3, 4].map(|word| (table.get(word), smi(table.get(word))));
        let [entries, removed, buckets] = counts.map(|(_, count)| count);
        // A table that was replaced begins with a reference to its replacement.
        if counts.iter().any(|(word, _)| word & 1 == 1) || removed <= 0 || entries < 0 {
            return;
        }
        let oldest = self.oldest_removed(table, 5 + buckets.unsigned_abs(), removed.unsigned_abs());
        self.to.number(record::REMOVED);
        for count in [entries.unsigned_abs(), removed.unsigned_abs(), oldest] {
            self.to.number(count);
        }
    }

    /// Returns how many removed entries precede all others, of a table whose first entry is at word
    /// `first`.
    fn oldest_removed(&mut self, table: Words, first: u64, removed: u64) -> u64 {
        let hole = table.get(first);
        let is_hole = hole != self.heap.constants.undefined
            && hole != self.heap.constants.null
            && self.heap.of_kind(hole, Kind::Oddball).is_some();
        if !is_hole {
            return 0;
        }
        // An entry of a Map has a key, a value and the next of the bucket; one of a Set no value.
        let each = if table.get(first + 1) == hole { 3 } else { 2 };
        (0..removed).take_while(|entry| table.get(first + each * entry) == hole).count() as u64
    }

    fn is_weak_table(&mut self, object: Words) -> bool {
        self.heap.type_of(object) == Some(self.heap.weak_table)
    }

    /// Writes those words of an object that may be references.
    #[inline]
    fn fields(
        &mut self,
        at: u64,
        object: Words,
        shape: Shape,
        words: std::ops::Range<u64>,
    ) -> Result<(), Stop> {
        if shape.is_plain {
            let empty = self.heap.constants.empty_array;
            for index in words {
                let word = object.get(index);
                if is_reference(word) && word != empty && self.meet(word)? {
                    self.to.reference(at, word - 1);
                } else {
                    self.to.nothing(1);
                }
            }
            return Ok(());
        }
        for index in words {
            let word = object.get(index);
            let is_raw = (u64::from(shape.raw.0)..u64::from(shape.raw.1)).contains(&index);
            if index < 32 && shape.weak >> index & 1 == 1 {
                // A cleared one is undefined, which V8 does not show either.
                let is_cleared = word == self.heap.constants.undefined;
                if !is_cleared && (is_reference(word) || is_weak(word)) {
                    self.to.reference(at, word & !7);
                } else {
                    self.to.nothing(1);
                }
            } else if is_reference(word)
                && !is_raw
                && !(shape.is_mixed && self.heap.kind_of(word).is_none())
                && self.meet(word)?
            {
                self.to.reference(at, word - 1);
            } else {
                self.to.nothing(1);
            }
        }
        Ok(())
    }

    /// Writes the row of a long array, whose elements are marked piece by piece.
    fn long_array(
        &mut self,
        at: u64,
        object: Words,
        words: std::ops::Range<u64>,
    ) -> Result<(), Stop> {
        for index in words.clone() {
            self.mention(at, object.get(index));
        }
        self.put(at)?;
        self.put(words.start << 1 | ELEMENT)
    }

    /// Writes a reference whose target is marked elsewhere.
    #[inline]
    fn mention(&mut self, at: u64, word: u64) {
        if is_reference(word) && word != self.heap.constants.hole {
            self.to.reference(at, word - 1);
        } else {
            self.to.nothing(1);
        }
    }

    /// Continues with a long array at word `from`.
    fn resume(&mut self, at: u64, from: u64) -> Result<(), Stop> {
        let Some(object) = self.heap.pages.object(at) else { return Ok(()) };
        let Some((_, shape)) = self.shape_of(object)? else { return Ok(()) };
        let words = self.words_of(object, shape).min(object.len());
        let end = words.min(from + PIECE);
        if end < words {
            self.put(at)?;
            self.put(end << 1 | ELEMENT)?;
        }
        for index in from..end {
            let word = object.get(index);
            if is_reference(word) {
                self.meet(word)?;
            }
        }
        Ok(())
    }

    /// Writes what V8's snapshots show as an object's own, although it is in separate arrays
    /// and tables. These have their own rows, by which it is marked.
    fn outside(&mut self, at: u64, object: Words, shape: Shape) -> Result<(), Stop> {
        if shape.slots > 0 {
            let array = self.heap.of_kind(object.get(1), Kind::PropertyArray);
            for slot in 0..u64::from(shape.slots) {
                match array {
                    Some(array) if 2 + slot < array.len() => {
                        self.mention(at, array.get(2 + slot));
                    }
                    _ => self.to.nothing(1),
                }
            }
        }
        if shape.elements == Elements::Fast
            && object.get(2) != self.heap.constants.empty_array
            && let Some(array) = self.heap.of_kind(object.get(2), Kind::FixedArray)
        {
            let mut length = self.heap.length(array);
            if shape.kind == Kind::JsArray {
                length = length.min(u64::try_from(smi(object.get(3))).unwrap_or(0));
            }
            if length > 0 {
                self.to.begin(token::ELEMENTS);
                for index in 0..length {
                    self.mention(at, array.get(2 + index));
                }
            }
        }
        if shape.has_named { self.named(at, object, shape) } else { Ok(()) }
    }

    /// Writes the part of a row in which each reference has its own name.
    fn named(&mut self, at: u64, object: Words, shape: Shape) -> Result<(), Stop> {
        let mut count = 0;
        self.each_named(object, shape, |_, _, _| count += 1)?;
        if count > 0 {
            self.to.begin(token::NAMED);
            self.to.number(count);
            self.each_named(object, shape, |to, label, value| {
                to.number(label.to_wire());
                to.distance(at, value - 1);
            })?;
        }
        Ok(())
    }

    /// Calls `with` for what an object has in dictionaries, for the prototype of a function, and
    /// for what a module exports. Writes each name when it occurs first.
    fn each_named(
        &mut self,
        object: Words,
        shape: Shape,
        mut with: impl FnMut(&mut Writer, Label, u64),
    ) -> Result<(), Stop> {
        let Self { heap, names, to, .. } = self;
        let mut is_complete = true;
        let mut property = |heap: &mut Heap<'_>, to: &mut Writer, name: Name, value: u64| {
            let number = names.of(heap, to, name);
            is_complete &= number.is_some();
            let label = Label { kind: EdgeKind::Property, name: number.unwrap_or_default() };
            if is_reference(value) {
                with(to, label, value);
            }
        };
        if shape.has_prototype
            && let Some(prototype) = prototype_of(heap, object)
        {
            property(heap, to, Name::Fixed("prototype"), prototype);
        }
        if shape.is_dictionary
            && let Some(table) = heap.of_kind(object.get(1), Kind::HashTable)
        {
            let is_global = shape.kind == Kind::JsGlobalObject;
            naming::dictionary(heap, table, is_global, |heap, key, value, details| {
                let name = naming::of_key(heap, key);
                property(heap, to, name, value);
                if details & 1 == 1
                    && let Some(pair) = heap.of_kind(value, Kind::AccessorPair)
                {
                    for (function, name) in accessors(heap, pair, name) {
                        property(heap, to, name, function);
                    }
                }
                true
            });
        }
        if shape.elements == Elements::Dictionary
            && let Some(table) = heap.of_kind(object.get(2), Kind::HashTable)
        {
            // NumberDictionary: three counts and the greatest key, then keys,
            // values and details.
            let length = heap.length(table);
            for entry in (4..length.saturating_sub(2)).step_by(3) {
                let (key, value) = (table.get(2 + entry), table.get(3 + entry));
                if key & 1 == 0 && is_reference(value) {
                    with(to, Label { kind: EdgeKind::Element, name: (key >> 32) as u32 }, value);
                }
            }
        }
        if shape.kind == Kind::Context {
            exports::each(heap, object, |heap, name, value| {
                let number = names.of(heap, to, name);
                is_complete &= number.is_some();
                let label = Label { kind: EdgeKind::Context, name: number.unwrap_or_default() };
                if is_reference(value) {
                    with(to, label, value);
                }
            });
        }
        if is_complete { Ok(()) } else { Err(Stop::NoRoom) }
    }

    /// Calls `with` for the entries of a WeakMap's table (`EphemeronHashTable`:
    /// three counts, then keys and values).
    fn each_entry(
        &mut self,
        table: u64,
        mut with: impl FnMut(&mut Self, u64, u64) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let Some(words) = self.heap.pages.object(table) else { return Ok(()) };
        let length = self.heap.length(words);
        for entry in (3..length.saturating_sub(1)).step_by(2) {
            let (key, value) = (words.get(2 + entry), words.get(3 + entry));
            if is_reference(key) && is_reference(value) {
                with(self, key, value)?;
            }
        }
        Ok(())
    }

    /// Marks the values of a table whose keys are alive; the others wait.
    fn release(&mut self, table: u64) -> Result<(), Stop> {
        self.each_entry(table, |scan, key, value| {
            if scan.heap.pages.is_marked(key - 1) {
                return scan.meet(value).map(drop);
            }
            let Waiting { keys, values, .. } = &mut scan.waiting;
            let arena = &mut scan.heap.arena;
            let next = keys.get(key).map_or(0, |place| u64::from(place) + 1);
            keys.set(key, values.len() as u32 / 2, arena).ok_or(Stop::NoRoom)?;
            values.push(value, arena).ok_or(Stop::NoRoom)?;
            values.push(next, arena).ok_or(Stop::NoRoom)
        })
    }

    /// Marks the values that have waited for the object at `at`.
    fn wake(&mut self, at: u64) -> Result<(), Stop> {
        let Some(mut place) = self.waiting.keys.get(at + 1) else { return Ok(()) };
        loop {
            let pair = 2 * place as usize;
            let value = self.waiting.values.get(pair).unwrap_or_default();
            let next = self.waiting.values.get(pair + 1).unwrap_or_default();
            if is_reference(value) {
                self.meet(value)?;
            }
            if next == 0 {
                return Ok(());
            }
            place = next as u32 - 1;
        }
    }

    /// Writes those entries of a table whose key and value are alive.
    fn entries(&mut self, table: u64) {
        let mut count = 0;
        let alive = |scan: &mut Self, key: u64, value: u64| {
            scan.heap.pages.is_marked(key - 1) && scan.heap.pages.is_marked(value - 1)
        };
        let _ = self.each_entry(table, |scan, key, value| {
            count += u64::from(alive(scan, key, value));
            Ok(())
        });
        if count == 0 {
            return;
        }
        self.to.number(record::ENTRIES);
        self.to.number(table >> 3);
        self.to.number(count);
        let _ = self.each_entry(table, |scan, key, value| {
            if alive(scan, key, value) {
                scan.to.distance(table, key - 1);
                scan.to.distance(key - 1, value - 1);
            }
            Ok(())
        });
    }
}

/// Returns the prototype of the objects that a function constructs, if there is one already.
fn prototype_of(heap: &mut Heap<'_>, function: Words) -> Option<u64> {
    let word = function.at(heap.layout.function_prototype);
    match heap.kind_of(word)? {
        (Kind::Map, map) => Some(map.at(offset::MAP_PROTOTYPE)),
        // A pair of the prototype, which is not an object, and the map.
        (kind, _) if kind.is_js() => Some(word),
        _ => None,
    }
}
