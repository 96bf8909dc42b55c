//! The kinds of objects, and the instance type by which each is recognised.
//!
//! A map's *instance type* is a number that V8 reassigns with each version; the binary
//! exports most of them by name. All types whose references and sizes are read alike
//! are one [`Kind`].

use super::Symbols;
use crate::format::NodeKind;

/// How the references and the size of an object are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs, reason = "V8's own names of things")]
pub enum Kind {
    /// A type that no constant names.
    Unknown,
    SeqString,
    ConsString,
    SlicedString,
    ThinString,
    ExternalString,
    Symbol,
    HeapNumber,
    BigInt,
    Oddball,
    Map,
    /// A length, then tagged words.
    FixedArray,
    /// The same with a prefix: the tables of Map and Set, dictionaries.
    HashTable,
    /// A length, then raw numbers.
    RawArray,
    /// A length, then raw bytes.
    ByteArray,
    WeakFixedArray,
    WeakArrayList,
    DescriptorArray,
    Context,
    NativeContext,
    ScopeInfo,
    FeedbackVector,
    FeedbackMetadata,
    PropertyArray,
    SharedFunctionInfo,
    Script,
    /// A fixed number of tagged words.
    Struct,
    /// The same, with addresses of functions or raw numbers among them.
    ApiStruct,
    AccessorPair,
    Cell,
    FeedbackCell,
    PropertyCell,
    WeakCell,
    AllocationSite,
    Code,
    InstructionStream,
    BytecodeArray,
    PreparseData,
    UncompiledData,
    DebugInfo,
    FunctionTemplateInfo,
    Tuple2,
    /// Holds nothing tagged.
    Leaf,
    FreeSpace,
    SmallOrderedTable,
    EmbedderData,
    // Kinds from here on are visible to JavaScript.
    JsProxy,
    JsObject,
    JsGlobalObject,
    JsGlobalProxy,
    JsFunction,
    JsBoundFunction,
    JsArray,
    JsCollection,
    JsWeakCollection,
    JsWeakRef,
    JsFinalizationRegistry,
    JsRegExp,
    JsArrayBuffer,
    JsTypedArray,
    JsDataView,
    JsPromise,
    JsGenerator,
    JsPrimitiveWrapper,
}

impl Kind {
    /// Returns whether it is an object that JavaScript sees.
    pub fn is_js(self) -> bool {
        self >= Self::JsProxy
    }

    /// Returns whether it is a string of any representation.
    pub fn is_string(self) -> bool {
        (Self::SeqString..=Self::ExternalString).contains(&self)
    }

    /// Returns whether it has a `SharedFunctionInfo`.
    pub fn is_function(self) -> bool {
        self == Self::JsFunction
    }
}

/// Instance types are below this limit; a map with a higher one is not a map.
const TYPES: usize = 4096;

/// Types below this are strings, distinguished by bits ([`string_kind`]).
pub const FIRST_NONSTRING: usize = 128;

/// The bit of a one-byte string.
pub const ONE_BYTE: u16 = 8;

/// The bit of an external string without the address of its data.
pub const UNCACHED: u16 = 16;

/// Returns the kind of a string by its representation (`StringRepresentationTag`,
/// src/objects/instance-type.h).
fn string_kind(number: usize) -> Kind {
    match number & 7 {
        0 => Kind::SeqString,
        1 => Kind::ConsString,
        2 => Kind::ExternalString,
        3 => Kind::SlicedString,
        5 => Kind::ThinString,
        _ => Kind::Unknown,
    }
}

/// A named type: V8's class and the type's constant, its kind, the type of its nodes in
/// V8's snapshots, and whether every version has it.
struct Named {
    class: &'static str,
    constant: &'static str,
    kind: Kind,
    node: NodeKind,
    is_needed: bool,
}

const fn needed(class: &'static str, constant: &'static str, kind: Kind, node: NodeKind) -> Named {
    Named { class, constant, kind, node, is_needed: true }
}

const fn some(class: &'static str, constant: &'static str, kind: Kind, node: NodeKind) -> Named {
    Named { class, constant, kind, node, is_needed: false }
}

use Kind as K;
use NodeKind as N;

/// The node types are those of `GetSystemEntryType` in V8's
/// src/profiler/heap-snapshot-generator.cc.
const NAMED: &[Named] = &[
    needed("Symbol", "SYMBOL", K::Symbol, N::Symbol),
    needed("HeapNumber", "HEAP_NUMBER", K::HeapNumber, N::Number),
    needed("Oddball", "ODDBALL", K::Oddball, N::Hidden),
    some("Hole", "HOLE", K::Oddball, N::Hidden),
    needed("Map", "MAP", K::Map, N::ObjectShape),
    needed("ByteArray", "BYTE_ARRAY", K::ByteArray, N::Array),
    needed("FixedDoubleArray", "FIXED_DOUBLE_ARRAY", K::RawArray, N::Array),
    needed("BytecodeArray", "BYTECODE_ARRAY", K::BytecodeArray, N::Code),
    needed("SloppyArgumentsElements", "SLOPPY_ARGUMENTS_ELEMENTS", K::FixedArray, N::Hidden),
    needed("DescriptorArray", "DESCRIPTOR_ARRAY", K::DescriptorArray, N::ObjectShape),
    needed("StrongDescriptorArray", "STRONG_DESCRIPTOR_ARRAY", K::DescriptorArray, N::ObjectShape),
    needed("WeakFixedArray", "WEAK_FIXED_ARRAY", K::WeakFixedArray, N::Hidden),
    needed("WeakArrayList", "WEAK_ARRAY_LIST", K::WeakArrayList, N::Hidden),
    needed("Cell", "CELL", K::Cell, N::Hidden),
    needed("FeedbackCell", "FEEDBACK_CELL", K::FeedbackCell, N::Code),
    needed("PropertyCell", "PROPERTY_CELL", K::PropertyCell, N::Hidden),
    needed("WeakCell", "WEAK_CELL", K::WeakCell, N::Hidden),
    needed("AllocationSite", "ALLOCATION_SITE", K::AllocationSite, N::Code),
    needed("Code", "CODE", K::Code, N::Code),
    needed("InstructionStream", "INSTRUCTION_STREAM", K::InstructionStream, N::Code),
    needed("ScopeInfo", "SCOPE_INFO", K::ScopeInfo, N::Code),
    needed("SharedFunctionInfo", "SHARED_FUNCTION_INFO", K::SharedFunctionInfo, N::Code),
    needed("Script", "SCRIPT", K::Script, N::Code),
    needed("FeedbackVector", "FEEDBACK_VECTOR", K::FeedbackVector, N::Code),
    needed("PropertyArray", "PROPERTY_ARRAY", K::PropertyArray, N::Hidden),
    needed("PreparseData", "PREPARSE_DATA", K::PreparseData, N::Code),
    needed("EmbedderDataArray", "EMBEDDER_DATA_ARRAY", K::EmbedderData, N::Hidden),
    needed("AccessorPair", "ACCESSOR_PAIR", K::AccessorPair, N::Hidden),
    needed("DebugInfo", "DEBUG_INFO", K::DebugInfo, N::Hidden),
    needed("FunctionTemplateInfo", "FUNCTION_TEMPLATE_INFO", K::FunctionTemplateInfo, N::Hidden),
    needed("Tuple2", "TUPLE2", K::Tuple2, N::Hidden),
    needed("CoverageInfo", "COVERAGE_INFO", K::Leaf, N::Hidden),
    needed("SmallOrderedHashMap", "SMALL_ORDERED_HASH_MAP", K::SmallOrderedTable, N::Hidden),
    needed("SmallOrderedHashSet", "SMALL_ORDERED_HASH_SET", K::SmallOrderedTable, N::Hidden),
    needed(
        "SmallOrderedNameDictionary",
        "SMALL_ORDERED_NAME_DICTIONARY",
        K::SmallOrderedTable,
        N::Hidden,
    ),
    needed(
        "UncompiledDataWithPreparseData",
        "UNCOMPILED_DATA_WITH_PREPARSE_DATA",
        K::UncompiledData,
        N::Code,
    ),
    needed(
        "UncompiledDataWithoutPreparseData",
        "UNCOMPILED_DATA_WITHOUT_PREPARSE_DATA",
        K::UncompiledData,
        N::Code,
    ),
    needed(
        "UncompiledDataWithPreparseDataAndJob",
        "UNCOMPILED_DATA_WITH_PREPARSE_DATA_AND_JOB",
        K::UncompiledData,
        N::Code,
    ),
    needed(
        "UncompiledDataWithoutPreparseDataWithJob",
        "UNCOMPILED_DATA_WITHOUT_PREPARSE_DATA_WITH_JOB",
        K::UncompiledData,
        N::Code,
    ),
    needed("AccessorInfo", "ACCESSOR_INFO", K::ApiStruct, N::Hidden),
    needed("ObjectTemplateInfo", "OBJECT_TEMPLATE_INFO", K::Struct, N::Hidden),
    needed("InterceptorInfo", "INTERCEPTOR_INFO", K::ApiStruct, N::Hidden),
    needed("Foreign", "FOREIGN", K::Leaf, N::Hidden),
    needed("SourceTextModule", "SOURCE_TEXT_MODULE", K::Struct, N::Hidden),
    needed("SyntheticModule", "SYNTHETIC_MODULE", K::Struct, N::Hidden),
    needed("MegaDomHandler", "MEGA_DOM_HANDLER", K::Struct, N::Hidden),
    needed("SortState", "SORT_STATE", K::Struct, N::Hidden),
    needed("SmiBox", "SMI_BOX", K::Struct, N::Hidden),
    needed("SmiPair", "SMI_PAIR", K::Struct, N::Hidden),
    needed("WasmTypeInfo", "WASM_TYPE_INFO", K::Leaf, N::Hidden),
    needed("WasmInternalFunction", "WASM_INTERNAL_FUNCTION", K::ApiStruct, N::Hidden),
    needed("InterpreterData", "INTERPRETER_DATA", K::Struct, N::Code),
    needed("PromiseReaction", "PROMISE_REACTION", K::Struct, N::Hidden),
    needed("PromiseCapability", "PROMISE_CAPABILITY", K::Struct, N::Hidden),
    needed("PrototypeInfo", "PROTOTYPE_INFO", K::Struct, N::ObjectShape),
    needed("EnumCache", "ENUM_CACHE", K::Struct, N::ObjectShape),
    needed("ErrorStackData", "ERROR_STACK_DATA", K::Struct, N::Hidden),
    needed("CallSiteInfo", "CALL_SITE_INFO", K::Struct, N::Hidden),
    needed("StackFrameInfo", "STACK_FRAME_INFO", K::Struct, N::Hidden),
    needed("ModuleRequest", "MODULE_REQUEST", K::Struct, N::Hidden),
    needed("ScriptOrModule", "SCRIPT_OR_MODULE", K::Struct, N::Hidden),
    needed("AsyncGeneratorRequest", "ASYNC_GENERATOR_REQUEST", K::Struct, N::Hidden),
    needed("FunctionTemplateRareData", "FUNCTION_TEMPLATE_RARE_DATA", K::Struct, N::Hidden),
    needed("ArrayBoilerplateDescription", "ARRAY_BOILERPLATE_DESCRIPTION", K::Struct, N::Code),
    needed("TemplateObjectDescription", "TEMPLATE_OBJECT_DESCRIPTION", K::Struct, N::Code),
    needed("RegExpBoilerplateDescription", "REG_EXP_BOILERPLATE_DESCRIPTION", K::Struct, N::Code),
    needed("AccessCheckInfo", "ACCESS_CHECK_INFO", K::Struct, N::Hidden),
    some("FreeSpace", "FREE_SPACE", K::FreeSpace, N::Hidden),
    some("SwissNameDictionary", "SWISS_NAME_DICTIONARY", K::Leaf, N::Hidden),
    some("WasmNull", "WASM_NULL", K::Leaf, N::Hidden),
    some("CallHandlerInfo", "CALL_HANDLER_INFO", K::ApiStruct, N::Hidden),
    some("BytecodeWrapper", "BYTECODE_WRAPPER", K::Struct, N::Code),
    some("CodeWrapper", "CODE_WRAPPER", K::Struct, N::Code),
    some("ClassBoilerplate", "CLASS_BOILERPLATE", K::Struct, N::Hidden),
    some("StackTraceInfo", "STACK_TRACE_INFO", K::Struct, N::Hidden),
    some("ContextSidePropertyCell", "CONTEXT_SIDE_PROPERTY_CELL", K::Struct, N::Hidden),
    some("ConstTrackingLetCell", "CONST_TRACKING_LET_CELL", K::Struct, N::Hidden),
    some("ContextCell", "CONTEXT_CELL", K::Struct, N::Hidden),
    some("RegExpData", "REG_EXP_DATA", K::Struct, N::Hidden),
    some("AtomRegExpData", "ATOM_REG_EXP_DATA", K::Struct, N::Hidden),
    some("IrRegExpData", "IR_REG_EXP_DATA", K::ApiStruct, N::Hidden),
    some("RegExpDataWrapper", "REG_EXP_DATA_WRAPPER", K::Struct, N::Hidden),
    some("TrustedForeign", "TRUSTED_FOREIGN", K::Leaf, N::Hidden),
    some("CppHeapExternalObject", "CPP_HEAP_EXTERNAL_OBJECT", K::Leaf, N::Hidden),
    some("SharedFunctionInfoWrapper", "SHARED_FUNCTION_INFO_WRAPPER", K::Struct, N::Hidden),
    some("DictionaryTemplateInfo", "DICTIONARY_TEMPLATE_INFO", K::Struct, N::Hidden),
    some("PrototypeSharedClosureInfo", "PROTOTYPE_SHARED_CLOSURE_INFO", K::Struct, N::Hidden),
    some("DependentCode", "DEPENDENT_CODE", K::WeakArrayList, N::Hidden),
    some("ProtectedFixedArray", "PROTECTED_FIXED_ARRAY", K::FixedArray, N::Hidden),
    some("TrustedFixedArray", "TRUSTED_FIXED_ARRAY", K::FixedArray, N::Hidden),
    some("ArrayList", "ARRAY_LIST", K::FixedArray, N::Hidden),
    some("ClosureFeedbackCellArray", "CLOSURE_FEEDBACK_CELL_ARRAY", K::FixedArray, N::Code),
    some("ObjectBoilerplateDescription", "OBJECT_BOILERPLATE_DESCRIPTION", K::FixedArray, N::Code),
    some("RegExpMatchInfo", "REG_EXP_MATCH_INFO", K::FixedArray, N::Hidden),
    some("ScriptContextTable", "SCRIPT_CONTEXT_TABLE", K::FixedArray, N::Hidden),
    some("ProtectedWeakFixedArray", "PROTECTED_WEAK_FIXED_ARRAY", K::WeakFixedArray, N::Hidden),
    some("TrustedWeakFixedArray", "TRUSTED_WEAK_FIXED_ARRAY", K::WeakFixedArray, N::Hidden),
    some("TrustedByteArray", "TRUSTED_BYTE_ARRAY", K::ByteArray, N::Hidden),
    some("ExternalPointerArray", "EXTERNAL_POINTER_ARRAY", K::ByteArray, N::Hidden),
    some("DoubleStringCache", "DOUBLE_STRING_CACHE", K::ByteArray, N::Hidden),
    needed("JSBoundFunction", "JS_BOUND_FUNCTION", K::JsBoundFunction, N::Closure),
    needed("JSArray", "JS_ARRAY", K::JsArray, N::Object),
    needed("JSMap", "JS_MAP", K::JsCollection, N::Object),
    needed("JSSet", "JS_SET", K::JsCollection, N::Object),
    needed("JSWeakMap", "JS_WEAK_MAP", K::JsWeakCollection, N::Object),
    needed("JSWeakSet", "JS_WEAK_SET", K::JsWeakCollection, N::Object),
    needed("JSWeakRef", "JS_WEAK_REF", K::JsWeakRef, N::Object),
    needed(
        "JSFinalizationRegistry",
        "JS_FINALIZATION_REGISTRY",
        K::JsFinalizationRegistry,
        N::Object,
    ),
    needed("JSRegExp", "JS_REG_EXP", K::JsRegExp, N::RegExp),
    needed("JSArrayBuffer", "JS_ARRAY_BUFFER", K::JsArrayBuffer, N::Object),
    needed("JSTypedArray", "JS_TYPED_ARRAY", K::JsTypedArray, N::Object),
    some("JSDetachedTypedArray", "JS_DETACHED_TYPED_ARRAY", K::JsTypedArray, N::Object),
    needed("JSDataView", "JS_DATA_VIEW", K::JsDataView, N::Object),
    some("JSRabGsabDataView", "JS_RAB_GSAB_DATA_VIEW", K::JsDataView, N::Object),
    needed("JSPromise", "JS_PROMISE", K::JsPromise, N::Object),
    needed("JSPrimitiveWrapper", "JS_PRIMITIVE_WRAPPER", K::JsPrimitiveWrapper, N::Object),
    needed("JSAsyncFunctionObject", "JS_ASYNC_FUNCTION_OBJECT", K::JsGenerator, N::Object),
    needed("JSAsyncGeneratorObject", "JS_ASYNC_GENERATOR_OBJECT", K::JsGenerator, N::Object),
    needed("JSGlobalObject", "JS_GLOBAL_OBJECT", K::JsGlobalObject, N::Object),
    needed("JSGlobalProxy", "JS_GLOBAL_PROXY", K::JsGlobalProxy, N::Object),
    needed("JSProxy", "JS_PROXY", K::JsProxy, N::Hidden),
];

/// Words that are used for types without a name.
const UNNAMED: u8 = u8::MAX;

/// The meaning of each instance type.
#[expect(clippy::struct_field_names, reason = "a table is called by what is in it")]
#[derive(Clone, Debug)]
pub struct Kinds {
    kinds: Box<[Kind; TYPES]>,
    names: Box<[u8; TYPES]>,
    /// The types of dictionaries: of global objects, and of all others.
    pub first_fixed_array: u16,
}

impl Kinds {
    /// Reads the numbers of all kinds.
    ///
    /// # Errors
    ///
    /// The constant that is missing.
    pub fn read(symbols: &impl Symbols) -> Result<Self, String> {
        let mut kinds = Self {
            kinds: Box::new([Kind::Unknown; TYPES]),
            names: Box::new([UNNAMED; TYPES]),
            first_fixed_array: 0,
        };
        kinds.set_ranges(symbols)?;
        for (index, named) in NAMED.iter().enumerate() {
            let constant = format!("type_{}__{}_TYPE", named.class, named.constant);
            match symbols.get(&constant).and_then(|number| usize::try_from(number).ok()) {
                Some(number) => kinds.set(number, named.kind, index as u8),
                None if named.is_needed => return Err(constant),
                None => {}
            }
        }
        kinds.set_neighbours(symbols)?;
        Ok(kinds)
    }

    /// Sets the types that lie between two others.
    fn set_ranges(&mut self, symbols: &impl Symbols) -> Result<(), String> {
        let number = |name: &str| {
            let value = symbols.get(name).and_then(|value| usize::try_from(value).ok());
            value.filter(|value| *value < TYPES - 32).ok_or_else(|| name.to_owned())
        };
        for string in 0..FIRST_NONSTRING {
            self.kinds[string] = string_kind(string);
        }
        let fixed = number("type_FixedArray__FIXED_ARRAY_TYPE")?;
        let bytes = number("type_ByteArray__BYTE_ARRAY_TYPE")?;
        // Structs come first, then the subclasses of FixedArray, which end with
        // ByteArray (TORQUE_ASSIGNED_INSTANCE_TYPES).
        self.kinds[FIRST_NONSTRING..fixed].fill(Kind::Struct);
        self.kinds[129] = Kind::BigInt; // BIGINT_TYPE, after SYMBOL_TYPE
        self.kinds[fixed..bytes].fill(Kind::HashTable);
        self.kinds[fixed] = Kind::FixedArray;
        self.first_fixed_array = fixed as u16;
        let contexts = [number("FirstContextType")?, number("LastContextType")?];
        self.kinds[contexts[0]..=contexts[1]].fill(Kind::Context);
        let first = number("type_JSProxy__JS_PROXY_TYPE")?;
        self.kinds[first..].fill(Kind::JsObject);
        let functions = [
            number("type_JSFunction__JS_FUNCTION_TYPE")?,
            // Constructors of arrays, promises and the like have their own types; the
            // last one is exported from V8 12 on.
            number("LastJSFunctionType")
                .unwrap_or(number("type_JSFunction__JS_FUNCTION_TYPE")? + 15),
        ];
        self.kinds[functions[0]..=functions[1]].fill(Kind::JsFunction);
        Ok(())
    }

    /// Sets the types without a constant, by their alphabetical order.
    fn set_neighbours(&mut self, symbols: &impl Symbols) -> Result<(), String> {
        let number = |name: &str| {
            let value = symbols.get(name).and_then(|value| usize::try_from(value).ok());
            value.filter(|value| (1..TYPES - 4).contains(value)).ok_or_else(|| name.to_owned())
        };
        let vector = number("type_FeedbackVector__FEEDBACK_VECTOR_TYPE")?;
        self.kinds[vector - 1] = Kind::FeedbackMetadata;
        self.kinds[vector + 1] = Kind::Leaf; // FILLER_TYPE
        self.kinds[vector + 2] = Kind::FreeSpace;
        // HOLE_TYPE, from V8 12 on; exported by some.
        if self.kinds[vector + 3] == Kind::Unknown {
            let name = NAMED.iter().position(|named| named.class == "Hole");
            self.set(vector + 3, Kind::Oddball, name.map_or(UNNAMED, |index| index as u8));
        }
        // TRANSITION_ARRAY_TYPE, the one subclass of WeakFixedArray.
        let weak = number("type_WeakFixedArray__WEAK_FIXED_ARRAY_TYPE")?;
        self.kinds[weak + 1] = Kind::WeakFixedArray;
        // JS_GENERATOR_OBJECT_TYPE, before its two subclasses.
        let generator = number("type_JSAsyncFunctionObject__JS_ASYNC_FUNCTION_OBJECT_TYPE")?;
        self.kinds[generator - 1] = Kind::JsGenerator;
        Ok(())
    }

    fn set(&mut self, number: usize, kind: Kind, name: u8) {
        if number < TYPES {
            self.kinds[number] = kind;
            self.names[number] = name;
        }
    }

    /// Sets the type of native contexts, which a probe has found.
    pub fn set_native_context(&mut self, number: u16) {
        if let Some(kind) = self.kinds.get_mut(usize::from(number)) {
            *kind = Kind::NativeContext;
        }
    }

    /// Returns the kind of objects of a type.
    #[inline]
    pub fn of(&self, number: u16) -> Kind {
        self.kinds.get(usize::from(number)).copied().unwrap_or(Kind::Unknown)
    }

    /// Returns whether it is what holds a variable that is assigned to, since V8 14.
    pub fn is_context_cell(&self, number: u16) -> bool {
        self.name_of(number).and_then(|index| class_names().nth(index)) == Some("ContextCell")
    }

    /// Returns the index of the type's name in [`class_names`], if it has one.
    pub fn name_of(&self, number: u16) -> Option<usize> {
        let index = *self.names.get(usize::from(number))?;
        (index != UNNAMED).then_some(usize::from(index))
    }

    /// Returns the type of such an object's node in V8's snapshots.
    pub fn node_of(&self, number: u16) -> NodeKind {
        if let Some(index) = self.name_of(number) {
            return NAMED[index].node;
        }
        match self.of(number) {
            Kind::SeqString | Kind::ThinString | Kind::ExternalString => NodeKind::String,
            Kind::ConsString => NodeKind::ConsString,
            Kind::SlicedString => NodeKind::SlicedString,
            Kind::BigInt => NodeKind::BigInt,
            Kind::FixedArray | Kind::HashTable | Kind::RawArray | Kind::ByteArray => {
                NodeKind::Array
            }
            Kind::JsFunction => NodeKind::Closure,
            Kind::FeedbackMetadata => NodeKind::Code,
            Kind::WeakFixedArray => NodeKind::ObjectShape,
            Kind::Context => NodeKind::Object,
            kind if kind.is_js() => NodeKind::Object,
            _ => NodeKind::Hidden,
        }
    }
}

/// Returns the names of classes, in the order of [`Kinds::name_of`].
pub fn class_names() -> impl ExactSizeIterator<Item = &'static str> {
    NAMED.iter().map(|named| named.class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::layout::symbols::tests::Listed;

    #[test]
    fn every_version_tells_the_kinds_that_the_walk_needs() {
        for major in [20, 22, 24, 26] {
            let listed = Listed::of_node(major);
            let kinds = Kinds::read(&listed).expect("all constants");
            let of = |name: &str| {
                let number = listed.get(&format!("type_{name}_TYPE")).expect("a constant");
                kinds.of(u16::try_from(number).expect("a type"))
            };
            assert_eq!(of("JSMap__JS_MAP"), Kind::JsCollection);
            assert_eq!(of("JSObject__JS_OBJECT"), Kind::JsObject);
            assert_eq!(of("FixedArray__FIXED_ARRAY"), Kind::FixedArray);
            assert_eq!(of("ConsString__CONS_ONE_BYTE_STRING"), Kind::ConsString);
            assert_eq!(of("PromiseReaction__PROMISE_REACTION"), Kind::Struct);
            assert_eq!(kinds.of(u16::MAX), Kind::Unknown);
        }
    }

    #[test]
    fn a_missing_constant_is_named() {
        let name = "type_JSMap__JS_MAP_TYPE";
        let kinds = Kinds::read(&Listed::of_node(24).without(name));
        assert_eq!(kinds.err().as_deref(), Some(name));
    }
}
