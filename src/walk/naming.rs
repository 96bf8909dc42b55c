//! Finds the names of objects by V8's own rules.
//!
//! The name of an object's class is that of its constructor
//! (`JSReceiver::GetConstructorName`, src/objects/js-objects.cc); a function's is
//! in its `SharedFunctionInfo`.

use super::{
    heap::{Heap, is_reference, smi},
    layout::{Kind, PrivateSymbols, map_bit, offset},
    memory::Words,
    scopes::Scope,
    wire::Style,
};

/// A name: a string in the heap, or a fixed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// A string or symbol, tagged, and its style.
    Heap(u64, Style),
    /// One that V8's sources contain.
    Fixed(&'static str),
}

/// The most steps by which a chain of prototypes or maps is followed.
const LONGEST_CHAIN: usize = 1000;

/// A property of an object, or an entry of a dictionary.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// A string or symbol, tagged.
    pub key: u64,
    /// Where the value is.
    pub place: ValuePlace,
    /// Whether the value is a pair of accessor functions.
    pub is_accessor: bool,
    /// Whether it is a number, for which V8's snapshots show no reference.
    pub is_number: bool,
}

/// Where a property's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValuePlace {
    /// This value is the same in all objects of a map.
    Constant(u64),
    /// In this word of the object.
    Word(u64),
    /// In this slot of the object's PropertyArray.
    Slot(u64),
}

/// Calls `with` for the properties of objects with this map, until it returns false.
pub fn properties(
    heap: &mut Heap<'_>,
    map: Words,
    mut with: impl FnMut(&mut Heap<'_>, Property) -> bool,
) {
    let count = u64::from(map.half(offset::MAP_BITS3) >> map_bit::DESCRIPTORS & 0x3ff);
    let Some(array) = heap.of_kind(map.at(offset::MAP_DESCRIPTORS), Kind::DescriptorArray) else {
        return;
    };
    let head = map.get(1);
    let (words, start) = (head & 0xff, head >> 8 & 0xff);
    let in_object = words.saturating_sub(start);
    for descriptor in 0..count {
        let at = heap.layout.descriptors_start / 8 + 3 * descriptor;
        let details = smi(array.get(at + 1));
        let index = (details >> 19 & 0x3ff).cast_unsigned();
        let place = match details >> 5 & 1 {
            1 => ValuePlace::Constant(array.get(at + 2)),
            _ if index < in_object => ValuePlace::Word(start + index),
            _ => ValuePlace::Slot(index - in_object),
        };
        let property = Property {
            key: array.get(at),
            place,
            is_accessor: details & 1 == 1,
            is_number: matches!(details >> 6 & 7, 1 | 2) && place_is_field(place),
        };
        if !with(heap, property) {
            return;
        }
    }
}

fn place_is_field(place: ValuePlace) -> bool {
    !matches!(place, ValuePlace::Constant(_))
}

/// Calls `with` for the entries of a NameDictionary or GlobalDictionary (key, value,
/// details), until it returns false.
pub fn dictionary(
    heap: &mut Heap<'_>,
    table: Words,
    is_global: bool,
    mut with: impl FnMut(&mut Heap<'_>, u64, u64, i64) -> bool,
) {
    // Three words of counts, one each for the next index and the hash, and one for
    // flags, which dictionaries of global objects lack.
    let length = heap.length(table);
    let mut entry = if is_global { 5 } else { 6 };
    while entry < length {
        let word = table.get(2 + entry);
        let found = if is_global {
            entry += 1;
            heap.of_kind(word, Kind::PropertyCell).map(|cell| {
                let details = smi(cell.at(offset::CELL_DETAILS));
                (cell.at(offset::CELL_NAME), cell.at(offset::CELL_VALUE), details)
            })
        } else {
            entry += 3;
            Some((word, table.get(entry), smi(table.get(entry + 1))))
        };
        let Some((key, value, details)) = found else { continue };
        if is_key(heap, key) && !with(heap, key, value, details) {
            return;
        }
    }
}

/// Returns whether `word` is a string or a symbol: free entries contain other things.
fn is_key(heap: &mut Heap<'_>, word: u64) -> bool {
    if word == heap.constants.undefined || word == heap.constants.hole {
        return false;
    }
    heap.kind_of(word).is_some_and(|(kind, _)| kind.is_string() || kind == Kind::Symbol)
}

/// Returns the name by which `key` appears in reports.
pub fn of_key(heap: &mut Heap<'_>, key: u64) -> Name {
    let Some((Kind::Symbol, symbol)) = heap.kind_of(key) else {
        return Name::Heap(key, Style::Plain);
    };
    let flags = symbol.half(offset::SYMBOL_FLAGS);
    let is_private_name = match heap.layout.version.private_symbols {
        PrivateSymbols::Bits => flags & 0x11 == 0x11,
        PrivateSymbols::Number => flags & 3 >= 2,
    };
    let description = symbol.at(offset::SYMBOL_NAME);
    if !heap.kind_of(description).is_some_and(|(kind, _)| kind.is_string()) {
        return Name::Fixed("<symbol>");
    }
    Name::Heap(description, if is_private_name { Style::Plain } else { Style::Symbol })
}

/// Returns whether V8 made a symbol for itself or for a `#private` name.
pub fn is_private(heap: &Heap<'_>, symbol: Words) -> bool {
    let flags = symbol.half(offset::SYMBOL_FLAGS);
    match heap.layout.version.private_symbols {
        PrivateSymbols::Bits => flags & 1 == 1,
        PrivateSymbols::Number => flags & 3 != 0,
    }
}

/// Returns the name of the function that a `SharedFunctionInfo` describes, tagged; 0
/// if it has none. A name that V8 has inferred counts if `is_inferred_too`.
pub fn of_function(heap: &mut Heap<'_>, shared: Words, is_inferred_too: bool) -> u64 {
    let word = shared.at(heap.layout.shared_name);
    let name = match heap.kind_of(word) {
        Some((kind, _)) if kind.is_string() => word,
        Some((Kind::ScopeInfo, words)) => {
            let scope = Scope::of(heap, words);
            match scope.function_name() {
                name if is_reference(name) && !is_empty(heap, name) => name,
                _ if is_inferred_too => scope.inferred_name(),
                _ => 0,
            }
        }
        _ => 0,
    };
    if is_reference(name) { name } else { 0 }
}

fn is_empty(heap: &mut Heap<'_>, word: u64) -> bool {
    match heap.kind_of(word) {
        Some((kind, string)) if kind.is_string() => string.half(offset::STRING_LENGTH) == 0,
        _ => true,
    }
}

/// Returns the constructor of objects with this map: a function or a template, tagged.
pub fn constructor(heap: &mut Heap<'_>, map: Words) -> u64 {
    let mut word = map.at(offset::MAP_CONSTRUCTOR);
    for _ in 0..LONGEST_CHAIN {
        match heap.kind_of(word) {
            Some((Kind::Map, earlier)) => word = earlier.at(offset::MAP_CONSTRUCTOR),
            // A pair of the constructor and a prototype that is not an object.
            Some((Kind::Tuple2, pair)) => return pair.get(1),
            _ => break,
        }
    }
    word
}

/// Returns the `SharedFunctionInfo` of the function that `word` refers to, and its words.
pub fn shared_of(heap: &mut Heap<'_>, word: u64) -> Option<(u64, Words)> {
    let function = heap.of_kind(word, Kind::JsFunction)?;
    let shared = function.at(heap.layout.function_shared);
    Some((shared, heap.of_kind(shared, Kind::SharedFunctionInfo)?))
}

/// Returns the class of an object with these words and this map.
pub fn of_class(heap: &mut Heap<'_>, object: Words, map: Words, kind: Kind) -> Name {
    let bits2 = (map.get(1) >> 56) as u32;
    let bits3 = map.half(offset::MAP_BITS3);
    let has_constructor =
        bits2 >> map_bit::HAS_CONSTRUCTOR & 1 == 1 && bits3 >> map_bit::IS_PROTOTYPE & 1 == 0;
    if kind != Kind::JsProxy && has_constructor {
        let constructor = constructor(heap, map);
        let own = own_name(heap, constructor);
        if let Some(name) = own.or_else(|| told_by_constructor(heap, constructor)) {
            return Name::Heap(name, Style::Plain);
        }
    }
    let mut current = (object, map);
    for step in 0..LONGEST_CHAIN {
        if let Some(tag) = own_tag(heap, current.0, current.1) {
            return Name::Heap(tag, Style::Plain);
        }
        if step > 0
            && let Some(constructor) =
                own(heap, current, |heap, key| key == heap.constants.constructor)
            && let Some(name) = told_by_constructor(heap, constructor)
        {
            return Name::Heap(name, Style::Plain);
        }
        let prototype = current.1.at(offset::MAP_PROTOTYPE);
        let Some((next, words)) = heap.kind_of(prototype).filter(|(kind, _)| kind.is_js()) else {
            break;
        };
        let (Some(map), true) = (heap.object(words.get(0)), next != Kind::JsProxy) else { break };
        current = (words, map);
    }
    Name::Fixed(class_of_kind(heap, object, kind))
}

/// Returns the object's own `Symbol.toStringTag`, if that is a string.
pub fn own_tag(heap: &mut Heap<'_>, object: Words, map: Words) -> Option<u64> {
    let tag = own(heap, (object, map), |heap, key| key == heap.constants.to_string_tag)?;
    let (kind, _) = heap.kind_of(tag)?;
    kind.is_string().then_some(tag)
}

/// Returns the name of a constructor, unless it is just "Object".
fn told_by_constructor(heap: &mut Heap<'_>, constructor: u64) -> Option<u64> {
    let name = match heap.kind_of(constructor)? {
        (Kind::JsFunction, _) => {
            let (_, shared) = shared_of(heap, constructor)?;
            of_function(heap, shared, true)
        }
        (Kind::FunctionTemplateInfo, template) => template.at(offset::TEMPLATE_NAME),
        _ => return None,
    };
    (!is_empty(heap, name) && !says(heap, name, b"Object")).then_some(name)
}

/// Returns the name that a program has given to a constructor by defining its property
/// `name`. V8 14 uses it (`JSFunction::GetDebugName`) if the object's own map leads to
/// the constructor. The property that V8 defines is an accessor.
fn own_name(heap: &mut Heap<'_>, function: u64) -> Option<u64> {
    if !heap.layout.version.believes_names {
        return None;
    }
    let object = heap.object(function)?;
    let map = heap.object(object.get(0))?;
    let name = own(heap, (object, map), |heap, key| says(heap, key, b"name"))?;
    (!is_empty(heap, name) && !says(heap, name, b"Object")).then_some(name)
}

/// Returns whether the string that `word` refers to is `text`.
fn says(heap: &mut Heap<'_>, word: u64, text: &[u8]) -> bool {
    let Some((_, string)) = heap.kind_of(word) else { return false };
    u64::from(string.half(offset::STRING_LENGTH)) == text.len() as u64
        && match super::text::flat(heap, string) {
            Some(super::text::Characters::Narrow(bytes)) => bytes.as_slice() == text,
            _ => false,
        }
}

/// Returns the value of the object's own property whose key satisfies `is_it`; `None`
/// for accessors.
fn own(
    heap: &mut Heap<'_>,
    (object, map): (Words, Words),
    mut is_it: impl FnMut(&mut Heap<'_>, u64) -> bool,
) -> Option<u64> {
    let mut found = None;
    if map.half(offset::MAP_BITS3) >> map_bit::IS_DICTIONARY & 1 == 1 {
        let table = heap.of_kind(object.get(1), Kind::HashTable)?;
        let number = heap.type_of(object)?;
        let is_global = heap.layout.kinds.of(number) == Kind::JsGlobalObject;
        dictionary(heap, table, is_global, |heap, name, value, details| {
            let is_found = is_it(heap, name);
            if is_found && details & 1 == 0 {
                found = Some(value);
            }
            !is_found
        });
    } else {
        properties(heap, map, |heap, property| {
            let is_found = is_it(heap, property.key);
            if is_found && !property.is_accessor {
                found = match property.place {
                    ValuePlace::Constant(value) => Some(value),
                    ValuePlace::Word(word) => Some(object.get(word)),
                    ValuePlace::Slot(slot) => heap
                        .of_kind(object.get(1), Kind::PropertyArray)
                        .map(|array| array.get(2 + slot)),
                };
            }
            !is_found
        });
    }
    found
}

/// Returns the name of an object that nothing else names (`JSReceiver::class_name`).
fn class_of_kind(heap: &mut Heap<'_>, object: Words, kind: Kind) -> &'static str {
    match kind {
        Kind::JsArray => "Array",
        Kind::JsFunction | Kind::JsBoundFunction => "Function",
        Kind::JsRegExp => "RegExp",
        Kind::JsGenerator => "Generator",
        Kind::JsGlobalProxy if !heap.layout.version.tags_globals => "global",
        Kind::JsPrimitiveWrapper => match heap.kind_of(object.get(3)) {
            None | Some((Kind::HeapNumber, _)) => "Number",
            Some((Kind::Oddball, _)) => "Boolean",
            Some((Kind::Symbol, _)) => "Symbol",
            Some((Kind::BigInt, _)) => "BigInt",
            _ => "String",
        },
        _ => "Object",
    }
}

/// Returns where a function begins: its script, tagged, and the character.
pub fn start_of(heap: &mut Heap<'_>, shared: Words) -> Option<(u64, i64)> {
    let mut script = shared.at(heap.layout.shared_script);
    if let Some(debug) = heap.of_kind(script, Kind::DebugInfo) {
        script = debug.at(offset::DEBUG_SCRIPT);
    }
    heap.of_kind(script, Kind::Script)?;
    let name = shared.at(heap.layout.shared_name);
    if let Some(words) = heap.of_kind(name, Kind::ScopeInfo) {
        let scope = Scope::of(heap, words);
        return Some((script, scope.start(heap)));
    }
    // Not compiled: the position is in the data that precedes the name.
    (1..heap.layout.shared_name / 8).find_map(|word| {
        let data = heap.of_kind(shared.get(word), Kind::UncompiledData)?;
        Some((script, i64::from(data.half(offset::UNCOMPILED_START))))
    })
}
