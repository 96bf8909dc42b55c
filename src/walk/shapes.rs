//! Derives from each map how its objects are read, once.
//!
//! A map describes which words of its objects are properties, and their names. V8's own
//! kinds have fields of their own before these. From both the walk derives a [`Shape`]:
//! for itself, which words may be references; and for the parent, the name of each,
//! which it sends in a record before the first row.
//!
//! ```text
//!  words of an object      0    1           2         3 ...       start ...
//!                          map  properties  elements  V8's own    properties
//!  slots of its row             0           1         2 ...       ...            then those of
//!                               └──────────── labels ───────────────────────────┘ its PropertyArray
//! ```
//!
//! Contexts have one shape for each `ScopeInfo`, which names their variables.

use super::{
    bounds::{self, Bounds},
    exports,
    heap::{Heap, is_reference},
    layout::{Kind, class_names, elements, map_bit, offset},
    memory::Words,
    names::Names,
    naming::{self, Name, ValuePlace},
    scopes::Scope,
    shape::{Elements, Shape},
    table::{List, Table},
    wire::{Label, Style, Writer, record, shape_flag},
};
use crate::format::{EdgeKind, NodeKind};

/// The shapes derived so far.
#[expect(clippy::struct_field_names, reason = "a list is called by what is in it")]
#[derive(Debug)]
pub struct Shapes {
    numbers: Table,
    shapes: List<Shape>,
    labels: List<u64>,
    constants: List<u64>,
    /// Where objects of each shape have numbers that may be bounds.
    pub bounds: Bounds,
}

impl Shapes {
    /// Returns an empty set of shapes.
    pub fn new(heap: &mut Heap<'_>) -> Option<Self> {
        let arena = &mut heap.arena;
        Some(Self {
            numbers: Table::new(arena)?,
            shapes: List::new(1 << 10, arena)?,
            labels: List::new(1 << 10, arena)?,
            constants: List::new(1 << 10, arena)?,
            bounds: Bounds::new(arena)?,
        })
    }

    /// Returns the shape of this map, or this ScopeInfo, if it is known.
    #[inline]
    pub fn get(&mut self, key: u64) -> Option<(u32, Shape)> {
        let number = self.numbers.get(key)?;
        Some((number, self.shapes.get(number as usize)?))
    }

    /// Derives how objects of the map `key` are read, of which `object` is one, and sends
    /// the result to the parent.
    #[cold]
    pub fn describe(
        &mut self,
        heap: &mut Heap<'_>,
        names: &mut Names,
        to: &mut Writer,
        key: u64,
        (object, map, number): (Words, Words, u16),
    ) -> Option<(u32, Shape)> {
        self.labels.clear();
        self.constants.clear();
        self.bounds.begin();
        let kind = if number == heap.weak_table {
            Kind::HashTable // its entries are not references; see `scan`
        } else {
            heap.layout.kinds.of(number)
        };
        let mut shape = Shape {
            kind,
            words: (map.get(1) & 0xff) as u16,
            first: 1,
            end: 0,
            raw: (0, 0),
            weak: 0,
            slots: 0,
            elements: Elements::None,
            is_dictionary: false,
            has_function: false,
            bounds: (0, 0),
            has_prototype: false,
            has_named: false,
            is_plain: false,
            is_mixed: false,
        };
        let mut draft = Draft { shapes: self, heap, names, to };
        draft.edge(EdgeKind::Internal, Name::Fixed("map"), object.get(0))?;
        if kind.is_js() {
            draft.js_object(&mut shape, object, map)?;
        } else {
            draft.engine_object(&mut shape, object)?;
        }
        let (node, name) = draft.node(&mut shape, (object, map, number))?;
        let constructor = draft.constructor(kind, map)?;
        shape.bounds = self.bounds.end(&mut heap.arena, shape.is_dictionary)?;
        shape.has_named = shape.is_dictionary
            || shape.has_prototype
            || shape.elements == Elements::Dictionary
            || kind == Kind::Context && exports::are_in(heap, object);
        shape.is_mixed = match kind {
            Kind::ApiStruct | Kind::Unknown => true,
            Kind::Struct => heap.layout.kinds.name_of(number).is_none(),
            // Between `elements` and the properties are V8's own fields: an instance of WebAssembly
            // has the addresses of its memory there, and any may look like a reference.
            Kind::JsObject => own_end(map) > JS_OBJECT_WORDS,
            _ => false,
        };
        shape.is_plain = !shape.is_mixed && shape.weak == 0 && shape.raw.0 == shape.raw.1;
        let number_of_shape = self.shapes.len() as u32;
        self.write(to, &shape, (object.get(0), node, name, constructor));
        self.shapes.push(shape, &mut heap.arena)?;
        self.numbers.set(key, number_of_shape, &mut heap.arena)?;
        Some((number_of_shape, shape))
    }

    fn write(&self, to: &mut Writer, shape: &Shape, about: (u64, NodeKind, u32, u64)) {
        let (map, node, name, constructor) = about;
        let flag = |is: bool, flag: u64| if is { flag } else { 0 };
        to.number(record::SHAPE);
        to.number(map >> 3);
        to.number(node as u64);
        to.number(u64::from(name));
        to.number(
            flag(shape.has_function, shape_flag::HAS_FUNCTION)
                | flag(shape.words == 0, shape_flag::HAS_SIZE)
                | flag(shape.kind == Kind::JsGlobalObject, shape_flag::IS_GLOBAL),
        );
        to.number(u64::from(shape.words));
        to.number(constructor);
        let tail = match shape.kind {
            Kind::FixedArray | Kind::HashTable | Kind::WeakFixedArray | Kind::WeakArrayList => {
                EdgeKind::Internal
            }
            _ => EdgeKind::Hidden,
        };
        to.number(tail as u64);
        to.number(self.labels.len() as u64);
        self.labels.as_slice().iter().for_each(|label| to.number(*label));
        to.number(self.constants.len() as u64 / 2);
        for pair in self.constants.as_slice().chunks_exact(2) {
            to.number(pair[0]);
            to.distance(map, pair[1]);
        }
    }
}

/// A shape that is being derived.
struct Draft<'a, 'h> {
    shapes: &'a mut Shapes,
    heap: &'a mut Heap<'h>,
    names: &'a mut Names,
    to: &'a mut Writer,
}

impl Draft<'_, '_> {
    fn name(&mut self, name: Name) -> Option<u32> {
        self.names.of(self.heap, self.to, name)
    }

    /// Sets the name of word `word` of the object.
    fn label(&mut self, first: u16, word: u64, kind: EdgeKind, name: u32) -> Option<()> {
        let slot = word.checked_sub(u64::from(first))? as usize;
        while self.shapes.labels.len() <= slot {
            // A word without a name is identified by its number.
            let number = self.shapes.labels.len() as u32 + u32::from(first);
            let hidden = Label { kind: EdgeKind::Hidden, name: number };
            self.shapes.labels.push(hidden.to_wire(), &mut self.heap.arena)?;
        }
        self.shapes.labels.set(slot, Label { kind, name }.to_wire());
        Some(())
    }

    fn internal(&mut self, first: u16, word: u64, text: &'static str) -> Option<()> {
        let name = self.name(Name::Fixed(text))?;
        self.label(first, word, EdgeKind::Internal, name)
    }

    /// Adds a reference that all objects of the map have.
    fn edge(&mut self, kind: EdgeKind, name: Name, target: u64) -> Option<()> {
        if is_reference(target) {
            let name = self.name(name)?;
            let arena = &mut self.heap.arena;
            self.shapes.constants.push(Label { kind, name }.to_wire(), arena)?;
            self.shapes.constants.push(target, arena)?;
        }
        Some(())
    }

    fn js_object(&mut self, shape: &mut Shape, object: Words, map: Words) -> Option<()> {
        let words = u64::from(shape.words);
        shape.end = shape.words;
        if shape.kind == Kind::JsProxy {
            return Some(()); // V8 shows the numbers of its fields only
        }
        self.internal(1, 1, "properties")?;
        self.internal(1, 2, "elements")?;
        self.own_fields(shape, map)?;
        if matches!(shape.kind, Kind::JsArrayBuffer | Kind::JsGlobalProxy) {
            return Some(()); // V8 shows neither properties nor a prototype
        }
        self.edge(EdgeKind::Property, Name::Fixed("__proto__"), map.at(offset::MAP_PROTOTYPE))?;
        shape.elements = match map.get(1) >> 58 & 0x3f {
            kind if kind == u64::from(elements::PACKED) || kind == u64::from(elements::HOLEY) => {
                Elements::Fast
            }
            _ if self.heap.of_kind(object.get(2), Kind::HashTable).is_some() => {
                Elements::Dictionary
            }
            _ => Elements::None,
        };
        shape.is_dictionary = map.half(offset::MAP_BITS3) >> map_bit::IS_DICTIONARY & 1 == 1;
        if !shape.is_dictionary {
            self.properties(shape, map, words)?;
        }
        Some(())
    }

    /// Adds the properties of a map.
    fn properties(&mut self, shape: &mut Shape, map: Words, words: u64) -> Option<()> {
        let Self { shapes, heap, names, to } = self;
        let mut is_complete = true;
        naming::properties(heap, map, |heap, property| {
            let mut draft = Draft { shapes, heap, names, to };
            is_complete = draft.property(shape, words, property).is_some();
            is_complete
        });
        is_complete.then_some(())
    }

    fn property(
        &mut self,
        shape: &mut Shape,
        words: u64,
        property: naming::Property,
    ) -> Option<()> {
        let name = naming::of_key(self.heap, property.key);
        if !property.is_accessor {
            self.bound(name, property.place)?;
        }
        match property.place {
            ValuePlace::Constant(value) => {
                self.edge(EdgeKind::Property, name, value)?;
                if property.is_accessor
                    && let Some(pair) = self.heap.of_kind(value, Kind::AccessorPair)
                {
                    for (function, name) in accessors(self.heap, pair, name) {
                        self.edge(EdgeKind::Property, name, function)?;
                    }
                }
            }
            // Numbers have no name in V8's snapshots.
            _ if property.is_number => {}
            ValuePlace::Word(word) => {
                let name = self.name(name)?;
                self.label(1, word, EdgeKind::Property, name)?;
            }
            ValuePlace::Slot(slot) => {
                let name = self.name(name)?;
                self.label(1, words + slot, EdgeKind::Property, name)?;
                shape.slots = shape.slots.max(slot as u16 + 1);
            }
        }
        Some(())
    }

    /// Notes a place where there may be a number that bounds a store.
    fn bound(&mut self, name: Name, place: ValuePlace) -> Option<()> {
        if !bounds::may_be(self.names, self.heap, name) {
            return Some(());
        }
        let name = self.name(name)?;
        self.shapes.bounds.note(&mut self.heap.arena, name, place)
    }

    /// Adds V8's own fields of objects that JavaScript sees, between `elements` and `start`.
    fn own_fields(&mut self, shape: &mut Shape, map: Words) -> Option<()> {
        let start = own_end(map);
        let named: &[(u64, &'static str)] = match shape.kind {
            Kind::JsCollection | Kind::JsWeakCollection => &[(3, "table")],
            Kind::JsPromise => &[(3, "reactions_or_result")],
            Kind::JsBoundFunction => &[(3, "bound_function"), (4, "bound_this"), (5, "bindings")],
            Kind::JsGenerator => {
                &[(3, "function"), (4, "context"), (5, "receiver"), (9, "parameters_and_registers")]
            }
            Kind::JsTypedArray | Kind::JsDataView => {
                &[(self.heap.layout.view_buffer / 8, "buffer")]
            }
            Kind::JsFunction => return self.function_fields(shape, map),
            _ => &[],
        };
        for &(word, name) in named {
            self.internal(1, word, name)?;
        }
        match shape.kind {
            Kind::JsWeakRef => {
                let name = self.name(Name::Fixed("target"))?;
                self.label(1, 3, EdgeKind::Weak, name)?;
                shape.weak = 1 << 3;
            }
            // Lengths, addresses and bits.
            Kind::JsArrayBuffer => shape.raw = (3, start as u16),
            Kind::JsTypedArray | Kind::JsDataView => {
                shape.raw = ((self.heap.layout.view_buffer / 8 + 1) as u16, start as u16);
            }
            _ => {}
        }
        Some(())
    }

    fn function_fields(&mut self, shape: &mut Shape, map: Words) -> Option<()> {
        let layout = self.heap.layout;
        let (shared, context) = (layout.function_shared / 8, layout.function_context / 8);
        let feedback = layout.function_feedback / 8;
        self.internal(1, shared, "shared")?;
        self.internal(1, context, "context")?;
        self.internal(1, feedback, "feedback_cell")?;
        let rest = (3..7).find(|word| ![shared, context, feedback].contains(word))?;
        if layout.version.has_dispatch_handle {
            shape.raw = (rest as u16, rest as u16 + 1);
        } else {
            self.internal(1, rest, "code")?;
        }
        // Functions without a prototype have a property at its place.
        let bits = map.get(1) >> 48 & 0xff;
        shape.has_prototype = bits >> map_bit::HAS_PROTOTYPE & 1 == 1;
        if shape.has_prototype {
            self.internal(1, layout.function_prototype / 8, "initial_map")?;
        }
        shape.has_function = true;
        Some(())
    }

    /// Derives the shape of an object that only V8 sees.
    fn engine_object(&mut self, shape: &mut Shape, object: Words) -> Option<()> {
        let layout = self.heap.layout;
        // Where references begin and end, unless at the first word and at the end of the
        // object.
        (shape.first, shape.end) = match shape.kind {
            Kind::SeqString
            | Kind::ExternalString
            | Kind::HeapNumber
            | Kind::BigInt
            | Kind::RawArray
            | Kind::ByteArray
            | Kind::FreeSpace
            | Kind::FeedbackMetadata
            | Kind::InstructionStream
            | Kind::Leaf => (1, 1),
            Kind::Unknown if shape.words == 0 => (1, 1),
            Kind::ConsString => (2, 4),
            Kind::SlicedString | Kind::ThinString | Kind::Symbol => (2, 3),
            Kind::Oddball => (2, shape.words.clamp(2, 5)),
            Kind::Map => (3, shape.words),
            // A list has a count after its length; a feedback vector has more counts.
            Kind::WeakArrayList | Kind::FeedbackVector => (3, 0),
            Kind::Code => (1, (layout.code_end / 8) as u16),
            // The code is preceded by 14 bytes of numbers, and up to two of padding.
            Kind::BytecodeArray => (1, (layout.bytecode_start.saturating_sub(14) / 8) as u16),
            Kind::FeedbackCell => (1, 2),
            Kind::AllocationSite => (1, 4),
            Kind::SharedFunctionInfo => (1, (layout.shared_end / 8) as u16),
            Kind::UncompiledData => {
                shape.raw = (2, 3);
                (1, shape.words)
            }
            Kind::FixedArray
            | Kind::HashTable
            | Kind::WeakFixedArray
            | Kind::DescriptorArray
            | Kind::Context
            | Kind::NativeContext
            | Kind::ScopeInfo
            | Kind::PropertyArray
            | Kind::SmallOrderedTable
            | Kind::EmbedderData => (2, 0),
            _ => (1, 0),
        };
        let named: &[(u64, &'static str)] = match shape.kind {
            Kind::ConsString => &[(2, "first"), (3, "second")],
            Kind::SlicedString => &[(2, "parent")],
            Kind::ThinString => &[(2, "actual")],
            Kind::Symbol => &[(2, "name")],
            Kind::Map => &[(3, "prototype"), (4, "constructor"), (5, "descriptors")],
            Kind::Cell | Kind::FeedbackCell => &[(1, "value")],
            Kind::PropertyCell => &[(1, "name"), (3, "value")],
            Kind::AccessorPair => &[(1, "getter"), (2, "setter")],
            Kind::Script => &[(1, "source"), (2, "name")],
            Kind::Context => &[(2, "scope_info"), (3, "previous")],
            _ => &[],
        };
        for &(word, name) in named {
            self.internal(shape.first, word, name)?;
        }
        match shape.kind {
            Kind::SharedFunctionInfo => {
                self.internal(1, layout.shared_name / 8, "name_or_scope_info")?;
                self.internal(1, layout.shared_script / 8, "script")?;
                shape.has_function = true;
            }
            Kind::Script => shape.has_function = true,
            Kind::WeakCell => {
                let target = self.heap.layout.version.weak_cell_target;
                for (word, text) in [(target, "target"), (target + 1, "unregister_token")] {
                    let name = self.name(Name::Fixed(text))?;
                    self.label(shape.first, word, EdgeKind::Weak, name)?;
                    shape.weak |= 1 << word;
                }
            }
            Kind::Context => self.variables(object)?,
            _ => {}
        }
        Some(())
    }

    /// Adds the variables of a scope, which are slots of its contexts.
    fn variables(&mut self, context: Words) -> Option<()> {
        let Some(words) = self.heap.of_kind(context.get(2), Kind::ScopeInfo) else {
            return Some(());
        };
        let scope = Scope::of(self.heap, words);
        if scope.context_header() > 2 {
            self.internal(2, 4, "extension")?;
        }
        let Self { shapes, heap, names, to } = self;
        let mut is_complete = true;
        scope.variables(heap, |heap, name, slot| {
            let mut draft = Draft { shapes, heap, names, to };
            let add = |draft: &mut Draft<'_, '_>| {
                let name = naming::of_key(draft.heap, name);
                draft.bound(name, ValuePlace::Word(2 + slot))?;
                let name = draft.name(name)?;
                draft.label(2, 2 + slot, EdgeKind::Context, name)
            };
            is_complete &= add(&mut draft).is_some();
        });
        is_complete.then_some(())
    }

    /// Returns V8's type and name of the node.
    fn node(
        &mut self,
        shape: &mut Shape,
        (object, map, number): (Words, Words, u16),
    ) -> Option<(NodeKind, u32)> {
        let kinds = &self.heap.layout.kinds;
        let (mut node, class) = (kinds.node_of(number), kinds.name_of(number));
        let name = match shape.kind {
            // The name would be the contents, or is in each row.
            Kind::JsFunction | Kind::SharedFunctionInfo | Kind::Script | Kind::JsRegExp => {
                Name::Fixed("")
            }
            Kind::JsBoundFunction => Name::Fixed("native_bind"),
            Kind::JsProxy => Name::Fixed("system / JSProxy"),
            kind if kind.is_js() => {
                let name = naming::of_class(self.heap, object, map, kind);
                let style = match kind {
                    Kind::JsGlobalObject => Style::Global,
                    Kind::JsGlobalProxy => Style::GlobalProxy,
                    _ => Style::Plain,
                };
                match name {
                    _ if !self.heap.layout.version.tags_globals => name,
                    Name::Heap(word, _) => Name::Heap(word, style),
                    Name::Fixed(text) => {
                        return Some((node, self.names.fixed(self.heap, self.to, text, style)?));
                    }
                }
            }
            Kind::Symbol if naming::is_private(self.heap, object) => {
                node = NodeKind::Hidden;
                Name::Fixed("private symbol")
            }
            Kind::Symbol => Name::Fixed("symbol"),
            Kind::BigInt => Name::Fixed("bigint"),
            Kind::HeapNumber => Name::Fixed("heap number"),
            Kind::ConsString => Name::Fixed("(concatenated string)"),
            Kind::SlicedString => Name::Fixed("(sliced string)"),
            kind if kind.is_string() => Name::Fixed(""),
            Kind::Context => Name::Fixed("system / Context"),
            Kind::NativeContext => {
                node = NodeKind::Hidden;
                Name::Fixed("system / NativeContext")
            }
            _ if node == NodeKind::Array => Name::Fixed(""),
            _ => {
                let class = class.and_then(|index| class_names().nth(index));
                let class = class.unwrap_or("Struct");
                return Some((node, self.names.fixed(self.heap, self.to, class, Style::System)?));
            }
        };
        Some((node, self.name(name)?))
    }

    /// Returns one more than the number of the function that constructs such objects, whose
    /// place V8 shows as theirs; 0 for none.
    fn constructor(&mut self, kind: Kind, map: Words) -> Option<u64> {
        if !kind.is_js() || matches!(kind, Kind::JsFunction | Kind::JsProxy) {
            return Some(0);
        }
        let bits2 = (map.get(1) >> 56) as u32;
        if bits2 >> map_bit::HAS_CONSTRUCTOR & 1 == 0 {
            return Some(0);
        }
        let constructor = naming::constructor(self.heap, map);
        let Some((shared, _)) = naming::shared_of(self.heap, constructor) else { return Some(0) };
        Some(u64::from(self.names.function(self.heap, self.to, shared)?) + 1)
    }
}

/// The words that every JavaScript object has: map, properties, elements.
const JS_OBJECT_WORDS: u64 = 3;

/// Returns the word at which V8's own fields end and the object's properties begin.
fn own_end(map: Words) -> u64 {
    map.get(1) >> 8 & 0xff
}

/// Returns the functions of an accessor with the names by which V8 shows them. For symbols,
/// these have no prefix.
pub fn accessors(
    heap: &Heap<'_>,
    pair: Words,
    name: Name,
) -> impl Iterator<Item = (u64, Name)> + use<> {
    let null = heap.constants.null;
    let styled = move |style| match name {
        Name::Heap(word, Style::Plain) => Name::Heap(word, style),
        other => other,
    };
    [(pair.get(1), styled(Style::Getter)), (pair.get(2), styled(Style::Setter))]
        .into_iter()
        .filter(move |(function, _)| *function != null)
}
