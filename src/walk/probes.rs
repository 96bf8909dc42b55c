//! Compares the table of a version with objects made for this purpose.
//!
//! `lib/walk-probes.js` makes one object of each sort that matters and hands them
//! over. What a walk would read of each is compared with what is known about it.
//! They also lead to what no constant describes: where the roots table lies in the
//! isolate, and which of its words is `undefined` or the hole.
//!
//! A failed probe closes the gate. A passed one proves little: the tables of two
//! versions may differ in ways that these objects do not show. So probes do not
//! replace the check of versions in the gate.

use super::{
    Known, Walk,
    arena::Arena,
    gate::{self, Refusal, Versions},
    heap::{Constants, Heap, Types, is_reference, is_weak, smi},
    layout::{Binary, Kind, Layout, Position, PrivateSymbols, VERSIONS, offset},
    memory::{Memory, Words},
    naming::{self, Name, ValuePlace},
    pages::Pages,
    scopes::Scope,
    text::Text,
};

/// The objects, in the order of `lib/walk-probes.js`.
#[derive(Clone, Copy, Debug)]
#[repr(usize)]
enum Made {
    Undefined,
    Null,
    True,
    False,
    ToStringTag,
    /// `{ constructor: 1 }`
    Constructor,
    /// From `Key` to `Held`.
    WeakMap,
    /// `[Held, , Held]`
    Holey,
    /// `Array`
    Builtin,
    /// The object that others refer to: `{ held: 1 }`
    Held,
    Key,
    /// Of the class `SeepProbe`, whose `alpha` and `#secret` are `Held`.
    Instance,
    /// A function `seepProbe` that closes over `captured`, which is `Held`.
    Closure,
    /// With 8 properties, `p0` to `p7`, all `Held`.
    Wide,
    /// In dictionary mode: `kept` is `Held`.
    Dictionary,
    /// From 1 to `Held`.
    Map,
    /// "seep probes text", flat.
    Flat,
    /// A concatenation that reads the same.
    Rope,
    /// Of 4104 bytes, which may become 8192.
    Buffer,
    /// A view of `Buffer`.
    View,
    /// The closure, bound to `Held`.
    Bound,
    /// With a getter `reading`.
    Accessor,
    /// With `Held` under `Symbol('seep')`.
    Symbol,
    /// Resolved with `Held`.
    Promise,
    /// To `Held`.
    WeakRef,
}

/// The number of objects.
const COUNT: usize = Made::WeakRef as usize + 1;

impl Walk {
    /// Compares what is known about this binary with `probes`, tagged words in the order
    /// of `Made`, and returns the walk that follows from them. Whether an untested patch
    /// may be walked is decided elsewhere (`detector::trust`).
    ///
    /// # Safety
    ///
    /// On the thread of the isolate, which must not run meanwhile.
    ///
    /// # Errors
    ///
    /// Why this process is not walked.
    pub unsafe fn prepare(
        versions: &Versions,
        probes: &[u64],
        wrong: Option<&str>,
    ) -> Result<Self, Refusal> {
        let (version, _) = gate::admit(versions)?;
        let mut layout = Layout::read(version, &Binary).map_err(Refusal::Layout)?;
        if let Some(field) = wrong {
            spoil(&mut layout, field);
        }
        if probes.len() != COUNT {
            return Err(Refusal::Probe("objects"));
        }
        let arena = Arena::reserve(16 << 20).ok_or(Refusal::Probe("memory"))?;
        let memory = Memory::of_process().ok_or(Refusal::Probe("memory"))?;
        let outcome = Self::learn_from(layout, memory, arena, probes);
        outcome.map_err(Refusal::Probe)
    }

    fn learn_from(
        mut layout: Layout,
        memory: Memory,
        mut arena: Arena,
        probes: &[u64],
    ) -> Result<Self, &'static str> {
        let isolate = super::current_isolate();
        memory.word(isolate).ok_or("isolate")?;
        // SAFETY: V8 has allocated the isolate, and it is alive.
        let isolate_bytes = unsafe { super::allocated_bytes(isolate) };
        let of = |made: Made| probes[made as usize];
        let words = memory.words(isolate, isolate_bytes / 8).ok_or("isolate")?;
        let mut known = roots_table(&layout, words, of)?;
        let pages = Pages::new(memory, isolate..isolate + isolate_bytes, &mut arena);
        let mut heap = Heap {
            layout: &layout,
            weak_table: 0,
            constants: Constants::default(),
            types: Types::default(),
            pages: pages.ok_or("memory")?,
            arena,
        };
        // Until the constants are known, a map is recognised by the map of its map.
        heap.admit(of(Made::Undefined)).ok_or("objects")?;
        let word = |heap: &mut Heap<'_>, made: Made, index: u64| {
            heap.object(of(made)).map(|object| object.get(index)).ok_or("objects")
        };
        let elements = word(&mut heap, Made::Holey, 2)?;
        let hole = heap.object(elements).ok_or("elements")?.get(3);
        let map = word(&mut heap, Made::Constructor, 0)?;
        let map = heap.object(map).ok_or("maps")?;
        let descriptors = heap.object(map.at(offset::MAP_DESCRIPTORS)).ok_or("descriptors")?;
        let constructor = descriptors.at(layout.descriptors_start);
        let table = &roots(words, &known);
        let place = |of: u64, what| table.iter().position(|root| *root == of).ok_or(what);
        known.hole = place(hole, "the hole")? as u64;
        known.constructor = place(constructor, "descriptors")? as u64;
        known.to_string_tag = place(of(Made::ToStringTag), "symbols")? as u64;
        let table = word(&mut heap, Made::WeakMap, 3)?;
        let table = heap.object(table).ok_or("weak tables")?;
        known.weak_table = heap.type_of(table).ok_or("weak tables")?;
        let context = heap.object(of(Made::Builtin)).ok_or("contexts")?.at(layout.function_context);
        let context = heap.object(context).ok_or("contexts")?;
        known.native_context = heap.type_of(context).ok_or("contexts")?;
        let Heap { pages, arena, .. } = heap;
        layout.kinds.set_native_context(known.native_context);
        let walk = Self { layout, known };
        let mut heap = Heap {
            layout: &walk.layout,
            weak_table: known.weak_table,
            constants: Constants::default(),
            types: Types::default(),
            pages,
            arena,
        };
        let anchors = walk.anchors(isolate, isolate_bytes, 0, 0);
        walk.learn(&mut heap, &anchors).ok_or("constants")?;
        check(&mut heap, probes)?;
        Ok(walk)
    }
}

fn check(heap: &mut Heap<'_>, probes: &[u64]) -> Result<(), &'static str> {
    let text = Text::new(&mut heap.arena).ok_or("memory")?;
    let mut check = Check { heap, text, probes };
    for (name, passes) in CHECKS {
        if !passes(&mut check).unwrap_or(false) {
            return Err(name);
        }
    }
    Ok(())
}

/// Finds the roots table: it contains the oddballs next to each other.
fn roots_table(
    layout: &Layout,
    isolate: Words,
    of: impl Fn(Made) -> u64,
) -> Result<Known, &'static str> {
    let odd = [Made::Null, Made::True, Made::False].map(&of);
    let undefined = (0..isolate.len()).find(|&index| {
        isolate.get(index) == of(Made::Undefined)
            && [2, 3, 4].map(|after| isolate.get(index + after)) == odd
    });
    let first = undefined
        .and_then(|index| index.checked_sub(layout.version.undefined_root))
        .ok_or("the roots table")?;
    let is_root = |word: u64| is_reference(word) || word.trailing_zeros() >= 32;
    let count = (first..isolate.len()).take_while(|index| is_root(isolate.get(*index))).count();
    Ok(Known {
        roots: first * 8,
        root_count: count as u64,
        undefined: layout.version.undefined_root,
        ..Known::default()
    })
}

fn roots(isolate: Words, known: &Known) -> Vec<u64> {
    (0..known.root_count).map(|index| isolate.get(known.roots / 8 + index)).collect()
}

/// One comparison.
struct Check<'a, 'h> {
    heap: &'a mut Heap<'h>,
    text: Text,
    probes: &'a [u64],
}

type Passes = fn(&mut Check<'_, '_>) -> Option<bool>;

/// The comparisons. `status()` shows the name of one that failed.
const CHECKS: &[(&str, Passes)] = &[
    ("maps", |check| {
        let map = check.object(Made::Instance)?.get(0);
        let map = check.heap.object(map)?;
        Some(check.heap.is_map(map))
    }),
    ("classes", |check| Some(check.class(Made::Instance)? == "SeepProbe")),
    ("classes of plain objects", |check| Some(check.class(Made::Held)? == "Object")),
    ("classes of arrays", |check| Some(check.class(Made::Holey)? == "Array")),
    ("properties", |check| Some(check.property(Made::Instance, "alpha")? == check.held())),
    ("private names", |check| Some(check.property(Made::Instance, "#secret")? == check.held())),
    ("symbols as keys", |check| {
        Some(check.property(Made::Symbol, "<symbol seep>")? == check.held())
    }),
    ("the first of many properties", |check| {
        Some(check.property(Made::Wide, "p0")? == check.held())
    }),
    ("properties outside the object", |check| {
        Some(check.property(Made::Wide, "p7")? == check.held())
    }),
    ("dictionaries", |check| {
        let object = check.object(Made::Dictionary)?;
        let table = check.heap.of_kind(object.get(1), Kind::HashTable)?;
        let mut found = Vec::new();
        naming::dictionary(check.heap, table, false, |_, key, value, _| {
            found.push((key, value));
            true
        });
        let (key, value) = *found.first()?;
        Some(found.len() == 1 && check.says(key, "kept") && value == check.held())
    }),
    ("accessors", |check| {
        // Defining an accessor puts the object into dictionary mode.
        let object = check.object(Made::Accessor)?;
        let table = check.heap.of_kind(object.get(1), Kind::HashTable)?;
        let mut pair = 0;
        naming::dictionary(check.heap, table, false, |_, _, value, details| {
            pair = if details & 1 == 1 { value } else { 0 };
            false
        });
        let pair = check.heap.of_kind(pair, Kind::AccessorPair)?;
        Some(check.heap.kind_of(pair.get(1))?.0 == Kind::JsFunction)
    }),
    ("elements", |check| {
        let array = check.object(Made::Holey)?;
        let elements = check.heap.of_kind(array.get(2), Kind::FixedArray)?;
        let hole = check.heap.constants.hole;
        Some(
            smi(array.get(3)) == 3
                && [2, 3, 4].map(|index| elements.get(index)) == [check.held(), hole, check.held()],
        )
    }),
    ("functions", |check| {
        let (_, shared) = naming::shared_of(check.heap, check.probes[Made::Closure as usize])?;
        let name = naming::of_function(check.heap, shared, false);
        Some(check.says(name, "seepProbe"))
    }),
    ("places of functions", |check| {
        // The text at the function's start shows whether the position is right.
        let (_, shared) = naming::shared_of(check.heap, check.probes[Made::Closure as usize])?;
        let (script, start) = naming::start_of(check.heap, shared)?;
        let source = check.heap.object(script)?.at(offset::SCRIPT_SOURCE);
        let (_, source) = check.heap.kind_of(source)?;
        let flat = super::text::flat(check.heap, source)?;
        let start = u64::try_from(start).ok()?;
        let at = |index| match &flat {
            super::text::Characters::Narrow(bytes) => u16::from(bytes.get(index)),
            super::text::Characters::Wide(bytes) => bytes.pair(index),
        };
        // To V8, a function starts at its parameters.
        Some((0..2).map(|index| at(start + index)).eq("()".encode_utf16()))
    }),
    ("contexts", |check| {
        let context = check.context()?;
        let scope = check.heap.of_kind(context.get(2), Kind::ScopeInfo)?;
        let scope = Scope::of(check.heap, scope);
        let mut slots = Vec::new();
        scope.variables(check.heap, |_, name, slot| slots.push((name, slot)));
        let held = check.held();
        Some(
            slots
                .into_iter()
                .any(|(name, slot)| check.says(name, "captured") && context.get(2 + slot) == held),
        )
    }),
    ("sizes of scopes", |check| {
        // An object of the right size is followed by one that begins with a map.
        let context = check.context()?;
        let info = check.heap.of_kind(context.get(2), Kind::ScopeInfo)?;
        let end = Scope::of(check.heap, info).size(check.heap);
        let map = check.heap.object(info.get(end))?;
        Some(check.heap.is_map(map))
    }),
    ("native contexts", |check| {
        let mut context = check.context()?;
        for _ in 0..8 {
            let (kind, outer) = check.heap.kind_of(context.get(3))?;
            if kind == Kind::NativeContext {
                return Some(true);
            }
            context = outer;
        }
        Some(false)
    }),
    ("maps of the program", |check| {
        let map = check.object(Made::Map)?;
        let table = check.heap.of_kind(map.get(3), Kind::HashTable)?;
        let held = check.held();
        Some((0..check.heap.length(table)).any(|index| table.get(2 + index) == held))
    }),
    ("weak maps", |check| {
        let map = check.object(Made::WeakMap)?;
        let table = check.heap.object(map.get(3))?;
        let (key, held) = (check.probes[Made::Key as usize], check.held());
        let length = check.heap.length(table);
        Some(
            (3..length)
                .step_by(2)
                .any(|entry| (table.get(2 + entry), table.get(3 + entry)) == (key, held)),
        )
    }),
    ("weak references", |check| {
        let word = check.object(Made::WeakRef)?.get(3);
        Some(word & !7 == check.held() & !7 && (is_reference(word) || is_weak(word)))
    }),
    ("strings", |check| Some(check.says(check.probes[Made::Flat as usize], TEXT))),
    ("concatenated strings", |check| {
        let rope = check.probes[Made::Rope as usize];
        let (kind, _) = check.heap.kind_of(rope)?;
        Some(matches!(kind, Kind::ConsString | Kind::ThinString) && check.says(rope, TEXT))
    }),
    ("buffers", |check| {
        let buffer = check.object(Made::Buffer)?;
        let length = buffer.at(check.heap.layout.buffer_length);
        let store = buffer.at(check.heap.layout.buffer_store);
        let memory = check.heap.pages.memory();
        // The program wrote its first word.
        Some(length == 4104 && memory.word(store) == Some(0x7365_6570))
    }),
    ("views", |check| {
        let buffer = check.object(Made::View)?.at(check.heap.layout.view_buffer);
        Some(buffer == check.probes[Made::Buffer as usize])
    }),
    ("bound functions", |check| {
        let bound = check.object(Made::Bound)?;
        Some((bound.get(3), bound.get(4)) == (check.probes[Made::Closure as usize], check.held()))
    }),
    ("promises", |check| Some(check.object(Made::Promise)?.get(3) == check.held())),
    ("feedback", |check| {
        let function = check.object(Made::Closure)?;
        let cell = function.at(check.heap.layout.function_feedback);
        Some(check.heap.kind_of(cell)?.0 == Kind::FeedbackCell)
    }),
    ("prototypes of functions", |check| {
        // The class of an instance has the map of its instances.
        let map = check.object(Made::Instance)?.get(0);
        let map_words = check.heap.object(map)?;
        let constructor = naming::constructor(check.heap, map_words);
        let function = check.heap.of_kind(constructor, Kind::JsFunction)?;
        let word = function.at(check.heap.layout.function_prototype);
        Some(check.heap.kind_of(word)?.0 == Kind::Map)
    }),
];

/// The text of the strings among the probes.
const TEXT: &str = "seep probes text";

impl Check<'_, '_> {
    fn object(&mut self, made: Made) -> Option<Words> {
        self.heap.object(self.probes[made as usize])
    }

    fn held(&self) -> u64 {
        self.probes[Made::Held as usize]
    }

    fn context(&mut self) -> Option<Words> {
        let context = self.object(Made::Closure)?.at(self.heap.layout.function_context);
        self.heap.of_kind(context, Kind::Context)
    }

    fn says(&mut self, word: u64, text: &str) -> bool {
        self.text.read(self.heap, word) && self.text.units().iter().copied().eq(text.encode_utf16())
    }

    fn text_of(&mut self, name: Name) -> String {
        match name {
            Name::Fixed(text) => text.into(),
            Name::Heap(word, style) => {
                self.text.read(self.heap, word);
                let text = String::from_utf16_lossy(self.text.units());
                if style == super::wire::Style::Symbol { format!("<symbol {text}>") } else { text }
            }
        }
    }

    fn class(&mut self, made: Made) -> Option<String> {
        let object = self.object(made)?;
        let map = self.heap.object(object.get(0))?;
        let number = self.heap.type_of(object)?;
        let kind = self.heap.layout.kinds.of(number);
        let name = naming::of_class(self.heap, object, map, kind);
        Some(self.text_of(name))
    }

    fn property(&mut self, made: Made, name: &str) -> Option<u64> {
        let object = self.object(made)?;
        let map = self.heap.object(object.get(0))?;
        let mut all = Vec::new();
        naming::properties(self.heap, map, |_, property| {
            all.push(property);
            true
        });
        for property in all {
            let key = naming::of_key(self.heap, property.key);
            if self.text_of(key) != name {
                continue;
            }
            let value = match property.place {
                ValuePlace::Constant(value) => value,
                ValuePlace::Word(word) => object.get(word),
                ValuePlace::Slot(slot) => {
                    self.heap.of_kind(object.get(1), Kind::PropertyArray)?.get(2 + slot)
                }
            };
            return Some(value);
        }
        None
    }
}

/// Makes one thing in a layout wrong, for tests: one of the probes above must notice.
fn spoil(layout: &mut Layout, field: &str) {
    match field {
        "function_shared" => layout.function_shared += 8,
        "function_context" => layout.function_context += 8,
        "function_feedback" => layout.function_feedback -= 8,
        "function_prototype" => layout.function_prototype -= 8,
        "shared_name" => layout.shared_name += 8,
        "shared_script" => layout.shared_script -= 8,
        "descriptors_start" => layout.descriptors_start += 8,
        "scope_names" => layout.scope_names += 1,
        "buffer_length" => layout.buffer_length += 8,
        "view_buffer" => layout.view_buffer += 8,
        "buffer_store" => layout.buffer_store -= 8,
        "undefined_root" => layout.version.undefined_root += 1 << 12,
        "has_raw_scope_flags" => {
            layout.version.has_raw_scope_flags = !layout.version.has_raw_scope_flags;
        }
        "position" => {
            layout.version.position = match layout.version.position {
                Position::Head => Position::Tail { first: 0, last: 15 },
                Position::Tail { .. } => Position::Head,
            };
        }
        "private_symbols" => {
            layout.version.private_symbols = match layout.version.private_symbols {
                PrivateSymbols::Bits => PrivateSymbols::Number,
                PrivateSymbols::Number => PrivateSymbols::Bits,
            };
        }
        "scope_tail" => layout.version.scope_tail += 1,
        // The whole row of another version.
        other => {
            let row = other.parse().ok().and_then(|index: usize| VERSIONS.get(index));
            if let Some(version) = row {
                layout.version = *version;
            }
        }
    }
}
