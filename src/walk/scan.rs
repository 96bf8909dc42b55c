//! The walk: from the roots to everything that can be reached.
//!
//! An object is marked when the first reference to it is met, and put on a stack.
//! What comes off the stack is visited: its row is written, and the objects that
//! it refers to are marked and put on the stack in turn. So each object is put
//! there once, and each reference is looked at once; there is nothing else to it
//! but four things.
//!
//! **Memory is slow.** Objects lie everywhere, and each visit would wait for main
//! memory. Between the stack and the visit there is a ring of [`AHEAD`] objects
//! whose memory has been asked for; by the time that one is visited, it is there.
//!
//! **Arrays are long.** A stack that took every element of an array of three
//! million would be larger than the heap's marks. A long array goes back onto the
//! stack with the number of the element to go on with, and gives it [`PIECE`]
//! elements at a time.
//!
//! **WeakMaps wait.** An entry's value is alive only if its key and its table
//! are. Tables are put aside. When all else is done, every value whose key is
//! marked is put on the stack, and every other waits under the key's address.
//! From then on each visit asks whether somebody waits for the object. An entry
//! is looked at twice, however long the chain of entries that it is part of.
//!
//! **Anything may be wrong.** A word that looks like a reference to a page that
//! is not this isolate's, or to something whose map is no map, is counted and not
//! followed. There is none in a healthy heap. One may be all that is left of a page
//! which the child was not given, and with it of an array of a million objects. If
//! there are more than [`Doubt::is_too_much`] allows, nothing of this walk is
//! believed.

use super::{
    heap::{Heap, is_reference, is_weak, smi},
    layout::{Kind, offset},
    memory::{Words, prefetch},
    names::Names,
    naming::{self, Name},
    pages::Mark,
    scopes::Scope,
    shapes::{Elements, Shape, Shapes, accessors},
    table::{List, Table},
    wire::{FIRST_SHAPE, Label, Writer, record, token},
};
use crate::format::EdgeKind;

/// Objects whose memory is on its way: enough to cover a miss, few enough to stay
/// in the first-level cache until they are visited.
const AHEAD: usize = 32;
/// Bytes that memory comes in.
const LINE: u64 = 64;
/// Elements of a long array that go onto the stack together.
const PIECE: u64 = 256;
/// An array with more elements is a long one.
const LONG: u64 = 1024;
/// Bit 0 of a word on the stack: the element to go on with, not an object.
const ELEMENT: u64 = 1;

/// What was not as it should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doubt {
    /// Words that look like references and lead nowhere.
    pub wild: u64,
    /// Objects whose type, or whose map, is not known.
    pub unknown: u64,
}

impl Doubt {
    /// One object in so many may be of a type that is not known: healthy heaps have one at
    /// most, and a wrong table made it one in 10 at least.
    const UNKNOWN_SHARE: u64 = 500;
    /// And so many at least, for small heaps.
    const UNKNOWN_FEW: u64 = 100;
    /// One object in so many may have a wild word, where an earlier walk met some too: an
    /// add-on may keep numbers where V8 keeps references. A page that is missing has more.
    const WILD_SHARE: u64 = 10_000;

    /// Whether a walk with so much doubt is not to be believed; one that `insists` is
    /// believed with a few wild words.
    pub fn is_too_much(self, objects: u64, insists: bool) -> bool {
        let wild = if insists { objects / Self::WILD_SHARE } else { 0 };
        self.wild > wild || self.unknown > (objects / Self::UNKNOWN_SHARE).max(Self::UNKNOWN_FEW)
    }
}

/// Why a walk ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// There is no room in the arena.
    NoRoom,
    /// Nobody reads.
    NoReader,
    /// Too much was doubtful.
    Doubt,
}

/// One walk.
pub struct Scan<'a> {
    heap: Heap<'a>,
    to: Writer,
    names: Names,
    shapes: Shapes,
    stack: &'static mut [u64],
    height: usize,
    /// Tables of WeakMaps and WeakSets.
    tables: List<u64>,
    waiting: Waiting,
    /// The object whose row was written last.
    previous: u64,
    objects: u64,
    doubt: Doubt,
    insists: bool,
}

/// Values that wait for their keys to be met.
#[derive(Debug)]
struct Waiting {
    /// Key to the first of its values in `values`.
    keys: Table,
    /// Pairs: a value, and one more than the place of the next.
    values: List<u64>,
    is_on: bool,
}

impl<'a> Scan<'a> {
    /// A walk of `heap` that may have `depth` entries on its stack and writes to
    /// `to`; whether it `insists`, [`Doubt::is_too_much`] says.
    pub fn new(mut heap: Heap<'a>, to: Writer, depth: usize, insists: bool) -> Option<Self> {
        let names = Names::new(&mut heap)?;
        let shapes = Shapes::new(&mut heap)?;
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
            stack,
            height: 0,
            tables,
            waiting,
            previous: 0,
            objects: 0,
            doubt: Doubt::default(),
            insists,
        })
    }

    /// The heap, to look for roots.
    pub fn heap(&mut self) -> &mut Heap<'a> {
        &mut self.heap
    }

    /// Begins the stream: its head has what V8's snapshots pass over.
    pub fn begin(&mut self, passed_over: &[u64]) {
        self.to.bytes(super::wire::MAGIC.iter().copied());
        self.to.number(passed_over.len() as u64);
        for word in passed_over {
            self.to.number(word >> 3);
        }
    }

    /// Takes the roots of one sort (see [`wire::ROOTS`](super::wire::ROOTS)).
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

    /// The heap, and what writes names of it.
    pub fn naming(&mut self) -> (&mut Heap<'a>, &mut Names, &mut Writer) {
        (&mut self.heap, &mut self.names, &mut self.to)
    }

    /// Visits all that can be reached.
    ///
    /// # Errors
    ///
    /// Why it has not come to the end.
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
        if self.doubt.is_too_much(self.objects, self.insists) {
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
                prefetch(at + LINE - 8); // half of them lie on two lines
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

    /// Puts an object or a number onto the stack.
    #[inline]
    fn put(&mut self, word: u64) -> Result<(), Stop> {
        *self.stack.get_mut(self.height).ok_or(Stop::NoRoom)? = word;
        self.height += 1;
        Ok(())
    }

    /// Meets the object that `word`, a reference, leads to. False if that is
    /// none.
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

    /// The shape of an object; `None` if its map is no map.
    #[inline]
    fn shape_of(&mut self, object: Words) -> Result<Option<(u32, Shape)>, Stop> {
        let key = object.get(0);
        match self.shapes.get(key) {
            // Contexts are told apart by their variables.
            Some((_, shape)) if shape.kind == Kind::Context => self.shape_of_context(object),
            // Objects in dictionary mode share maps, whatever they call themselves.
            Some((_, shape)) if shape.is_dictionary => self.shape_of_dictionary(object),
            // Two sorts of symbols have one map.
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
        /// No address lies so high.
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
        /// What no map's address ends in.
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

    /// The size of an object whose map does not say, in words (`SizeFromMap`,
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
            // A list has a count besides its length; the address of the queue of
            // microtasks follows the slots of a native context.
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
        // What the row refers to by number is written before it begins.
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
        if shape.bounds.1 > 0 {
            let Self { heap, to, names, shapes, .. } = self;
            shapes.bounds.write(heap, (names, to), object, shape).ok_or(Stop::NoRoom)?;
        }
        Ok(())
    }

    /// Says how many entries were removed from a table, if any were. All of V8's tables begin
    /// with how many there are, how many were removed, and how many buckets or slots there
    /// are; those of Map and Set have the first of each bucket next, and then the entries.
    fn removed(&mut self, table: Words) {
        let counts = [2, 3, 4].map(|word| (table.get(word), smi(table.get(word))));
        let [entries, removed, buckets] = counts.map(|(_, count)| count);
        // A table that was replaced by another has a reference to that first.
        if counts.iter().any(|(word, _)| word & 1 == 1) || removed <= 0 || entries < 0 {
            return;
        }
        let oldest = self.oldest_removed(table, 5 + buckets.unsigned_abs(), removed.unsigned_abs());
        self.to.number(record::REMOVED);
        for count in [entries.unsigned_abs(), removed.unsigned_abs(), oldest] {
            self.to.number(count);
        }
    }

    /// How many removed entries come before all others, where the first is at word `first`.
    fn oldest_removed(&mut self, table: Words, first: u64, removed: u64) -> u64 {
        let hole = table.get(first);
        let is_hole = hole != self.heap.constants.undefined
            && hole != self.heap.constants.null
            && self.heap.of_kind(hole, Kind::Oddball).is_some();
        if !is_hole {
            return 0;
        }
        // The entries of a Map are a key, a value and the next of the bucket; of a Set, two.
        let each = if table.get(first + 1) == hole { 3 } else { 2 };
        (0..removed).take_while(|entry| table.get(first + each * entry) == hole).count() as u64
    }

    fn is_weak_table(&mut self, object: Words) -> bool {
        self.heap.type_of(object) == Some(self.heap.weak_table)
    }

    /// The words of an object that may refer to something.
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
                if is_reference(word) || is_weak(word) {
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

    /// The row of a long array, whose elements are met piece by piece.
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

    /// Writes a reference whose target is met by another way.
    #[inline]
    fn mention(&mut self, at: u64, word: u64) {
        if is_reference(word) && word != self.heap.constants.hole {
            self.to.reference(at, word - 1);
        } else {
            self.to.nothing(1);
        }
    }

    /// Goes on with a long array from word `from` on.
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

    /// What V8's snapshots show as an object's own, though it lies in arrays and
    /// tables beside it: these have rows of their own, by which it is met.
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

    /// Writes the part of a row in which each reference has its name.
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

    /// Calls `with` for what an object has in dictionaries, and for the prototype
    /// of a function. The names are written when they come up first.
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

    /// Meets the values of a table whose keys are alive; the others wait.
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

    /// Meets the values that have waited for the object at `at`.
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

    /// Writes the entries of a table of which key and value are alive.
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

/// The prototype of what a function constructs, if it has one already.
fn prototype_of(heap: &mut Heap<'_>, function: Words) -> Option<u64> {
    let word = function.at(heap.layout.function_prototype);
    match heap.kind_of(word)? {
        (Kind::Map, map) => Some(map.at(offset::MAP_PROTOTYPE)),
        // A pair of the prototype, which is no object, and the map.
        (kind, _) if kind.is_js() => Some(word),
        _ => None,
    }
}
