//! The memory layout of V8's objects, for the running version.
//!
//! Every word is 8 bytes. A *tagged* word is a small integer (low bit 0, the
//! value in the upper half) or the address of an object plus 1; plus 3 where the
//! reference is weak.
//!
//! ```text
//! every object      a map                          a JSObject
//! ┌──────────────┐  ┌───────────────────────────┐  ┌──────────────────┐
//! │ map          │  │ map of maps               │  │ map              │
//! │ ...          │  │ size  start ·  · │type│f f2│  │ properties       │
//! └──────────────┘  │ bits 3           │        │  │ elements         │
//!                   │ prototype                 │  │ (V8's own)       │
//! a FixedArray      │ constructor, or the map   │  │ property 0       │
//! ┌──────────────┐  │   that this one came from │  │ property 1 ...   │
//! │ map          │  │ descriptors               │  └──────────────────┘
//! │ length       │  │ dependent code            │   what does not fit is in
//! │ element 0 ...│  │ prototype's validity      │   `properties`, a PropertyArray
//! └──────────────┘  │ transitions               │   or a dictionary
//!                   └───────────────────────────┘
//! ```
//!
//! There are three sources: constants that are the same in every version (below, each
//! compared with what the binary exports), constants that differ and are exported
//! ([`Layout`]), and everything else ([`Version`]).

mod kinds;
pub(in crate::walk) mod symbols;
mod versions;

use super::code::opcodes::Opcodes;
pub use kinds::{FIRST_NONSTRING, Kind, Kinds, ONE_BYTE, UNCACHED, class_names};
pub(in crate::walk) use symbols::address_of;
pub use symbols::{Binary, Symbols};
pub use versions::{Position, PrivateSymbols, VERSIONS, Version};

/// Byte offsets that are the same in all versions.
pub mod offset {
    /// Map: one byte, the size of its objects in words; 0 where it varies.
    pub const MAP_SIZE: u64 = 8;
    /// Map: one byte, the word at which properties begin in the object.
    pub const MAP_START: u64 = 9;
    /// Map: two bytes, the instance type.
    pub const MAP_TYPE: u64 = 12;
    /// Map: one byte of flags; bit 7: functions have a prototype.
    pub const MAP_BITS: u64 = 14;
    /// Map: one byte of flags and the kind of elements.
    pub const MAP_BITS2: u64 = 15;
    /// Map: four bytes: the number of descriptors, and whether it is a dictionary.
    pub const MAP_BITS3: u64 = 16;
    /// Map to the prototype.
    pub const MAP_PROTOTYPE: u64 = 24;
    /// Map to the constructor, or to the map that it was derived from.
    pub const MAP_CONSTRUCTOR: u64 = 32;
    /// Map to the names and places of properties.
    pub const MAP_DESCRIPTORS: u64 = 40;
    /// String, four bytes: its length.
    pub const STRING_LENGTH: u64 = 12;
    /// Symbol, four bytes of flags (as the length of a string).
    pub const SYMBOL_FLAGS: u64 = 12;
    /// Symbol to its description.
    pub const SYMBOL_NAME: u64 = 16;
    /// ScopeInfo: tagged words after the map; the count of variables.
    pub const SCOPE_LOCALS: u64 = 24;
    /// Script: source, name, the lines above, the columns before, its number.
    pub const SCRIPT_SOURCE: u64 = 8;
    /// Script to its name.
    pub const SCRIPT_NAME: u64 = 16;
    /// Script: line of its first character in its file.
    pub const SCRIPT_LINE: u64 = 24;
    /// Script: column of its first character.
    pub const SCRIPT_COLUMN: u64 = 32;
    /// Script: its number.
    pub const SCRIPT_ID: u64 = 64;
    /// DebugInfo to the script.
    pub const DEBUG_SCRIPT: u64 = 24;
    /// UncompiledData, four bytes: where the function begins.
    pub const UNCOMPILED_START: u64 = 16;
    /// FunctionTemplateInfo to the name of its class.
    pub const TEMPLATE_NAME: u64 = 16;
    /// PropertyCell: name, details, value.
    pub const CELL_NAME: u64 = 8;
    /// PropertyCell: details.
    pub const CELL_DETAILS: u64 = 16;
    /// PropertyCell: value.
    pub const CELL_VALUE: u64 = 24;
}

/// A scope with this number of variables or more has them in a table
/// (`kScopeInfoMaxInlinedLocalNamesSize`, src/objects/scope-info.h).
pub const MANY_LOCALS: u64 = 75;

/// Flags of a `ScopeInfo` (src/objects/scope-info.tq), as bit numbers.
pub mod scope_flag {
    /// The scope type, in four bits.
    pub const TYPE: u64 = 15;
    /// A variable that holds the class being defined.
    pub const CLASS_VARIABLE: u32 = 10;
    /// Two bits: where the function's own name is; 2: in the context.
    pub const FUNCTION_VARIABLE: u32 = 12;
    /// A name that V8 has inferred for the function.
    pub const INFERRED_NAME: u32 = 14;
    /// An outer scope's info follows.
    pub const OUTER: u32 = 22;
    /// The context has a slot for an extension.
    pub const EXTENSION: u32 = 26;
    /// A list of names that debuggers must not see follows.
    pub const BLOCK_LIST: u32 = 28;
}

/// Bits of a map.
pub mod map_bit {
    /// In the first flags: its functions have a word for a prototype.
    pub const HAS_PROTOTYPE: u32 = 7;
    /// In the second: `new.target` was the constructor.
    pub const HAS_CONSTRUCTOR: u32 = 0;
    /// In the third: it is the map of a prototype.
    pub const IS_PROTOTYPE: u32 = 20;
    /// In the third: properties are in a dictionary.
    pub const IS_DICTIONARY: u32 = 21;
    /// In the third: bits 10 to 19 count the descriptors.
    pub const DESCRIPTORS: u32 = 10;
}

/// Kinds of elements (src/objects/elements-kind.h).
pub mod elements {
    /// Any values, no gaps.
    pub const PACKED: u8 = 2;
    /// Any values, with gaps.
    pub const HOLEY: u8 = 3;
}

/// Constants that must have the value that the walk relies on.
const EXPECTED: &[(&[&str], i32)] = &[
    (&["HeapObjectTag"], 1),
    (&["HeapObjectTagMask"], 3),
    (&["SmiTag"], 0),
    (&["SmiTagMask"], 1),
    (&["SmiShiftSize"], 31),
    (&["TaggedSize"], 8),
    (&["FirstNonstringType"], 128),
    (&["StringRepresentationMask"], 7),
    (&["StringEncodingMask"], 8),
    (&["SeqStringTag"], 0),
    (&["ConsStringTag"], 1),
    (&["ExternalStringTag"], 2),
    (&["SlicedStringTag"], 3),
    (&["ThinStringTag"], 5),
    (&["OneByteStringTag"], 8),
    (&["class_Map__instance_size_in_words__char"], 8),
    (&["class_Map__inobject_properties_start_or_constructor_function_index__char"], 9),
    (&["class_Map__instance_type__uint16_t"], 12),
    (&["class_Map__bit_field__char"], 14),
    (&["class_Map__bit_field2__char"], 15),
    (&["class_Map__bit_field3__int"], 16),
    (&["class_Map__prototype__Object"], 24),
    (
        &[
            "class_Map__constructor_or_back_pointer__Object",
            "class_Map__constructor_or_back_pointer__Tagged_Object_",
        ],
        32,
    ),
    (&["class_Map__instance_descriptors_offset"], 40),
    (&["bit_field3_is_dictionary_map_shift"], 21),
    (&["bit_field3_number_of_own_descriptors_shift"], 10),
    (&["bit_field3_number_of_own_descriptors_mask"], 0x3ff << 10),
    (&["bit_field2_elements_kind_shift"], 2),
    (&["elements_fast_elements"], 2),
    (&["elements_fast_holey_elements"], 3),
    (&["prop_kind_Accessor"], 1),
    (&["prop_kind_mask"], 1),
    (&["prop_location_Descriptor"], 1),
    (&["prop_location_shift"], 5),
    (&["prop_index_shift"], 19),
    (&["prop_index_mask"], 0x3ff << 19),
    (&["prop_representation_shift"], 6),
    (&["prop_representation_smi"], 1),
    (&["prop_representation_double"], 2),
    (&["prop_desc_key"], 0),
    (&["prop_desc_details"], 1),
    (&["prop_desc_value"], 2),
    (&["prop_desc_size"], 3),
    (&["namedictionary_prefix_start_index"], 3),
    (&["namedictionaryshape_prefix_size"], 3),
    (&["namedictionaryshape_entry_size"], 3),
    (&["scopeinfo_idx_ncontextlocals"], 2),
    (&["class_ConsString__first__String"], 16),
    (&["class_ConsString__second__String"], 24),
    (&["class_SlicedString__parent__String"], 16),
    (&["class_SlicedString__offset__SMI"], 24),
    (&["class_ThinString__actual__String"], 16),
    (&["class_ExternalString__resource__Object"], 16),
    (&["class_Symbol__name__Object"], 16),
    (&["class_Script__source__Object"], 8),
    (&["class_Script__name__Object"], 16),
    (&["class_UncompiledData__start_position__int32_t"], 16),
    (
        &[
            "class_JSGlobalObject__global_dictionary__GlobalDictionary",
            "class_JSGlobalObject__global_dictionary__Tagged_GlobalDictionary_",
        ],
        8,
    ),
];

/// Why this binary's layout is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// It does not export a constant.
    Missing(String),
    /// A constant has an unexpected value.
    Unexpected(&'static str),
}

/// The layout of one version.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The version's row of the table.
    pub version: Version,
    /// The meaning of instance types.
    pub kinds: Kinds,
    /// JSFunction to its SharedFunctionInfo, in bytes as all below.
    pub function_shared: u64,
    /// JSFunction to the context that it closes over.
    pub function_context: u64,
    /// JSFunction to its feedback.
    pub function_feedback: u64,
    /// JSFunction to its prototype, or to the map of the objects that it constructs.
    pub function_prototype: u64,
    /// SharedFunctionInfo to its name, or to the ScopeInfo that has it.
    pub shared_name: u64,
    /// SharedFunctionInfo to the Script.
    pub shared_script: u64,
    /// SharedFunctionInfo: where its tagged fields end.
    pub shared_end: u64,
    /// DescriptorArray: where the first descriptor is.
    pub descriptors_start: u64,
    /// ScopeInfo: words from the first field to the names of variables.
    pub scope_names: u64,
    /// BytecodeArray: where the code begins.
    pub bytecode_start: u64,
    /// JSArrayBuffer: its length in bytes.
    pub buffer_length: u64,
    /// JSArrayBuffer: where its memory is.
    pub buffer_store: u64,
    /// JSArrayBufferView to its buffer; what follows is raw.
    pub view_buffer: u64,
    /// Code: where its tagged fields end, except the machine code, which is not
    /// followed.
    pub code_end: u64,
    /// The instructions of bytecode.
    pub opcodes: Opcodes,
}

impl Layout {
    /// Reads the layout of `version` from what the binary exports.
    ///
    /// # Errors
    ///
    /// [`Unknown`], at the first constant that is missing or unexpected.
    pub fn read(version: Version, symbols: &impl Symbols) -> Result<Self, Unknown> {
        for &(names, value) in EXPECTED {
            match symbols.any(names) {
                Some(found) if found == value => {}
                Some(_) => return Err(Unknown::Unexpected(names[0])),
                None => return Err(Unknown::Missing(names[0].into())),
            }
        }
        let offset = |names: &[&str]| {
            let value = symbols.any(names).and_then(|value| u64::try_from(value).ok());
            let is_near = |value: &u64| (8..256).contains(value);
            value.filter(is_near).ok_or_else(|| Unknown::Missing(names[0].into()))
        };
        Ok(Self {
            version,
            kinds: Kinds::read(symbols).map_err(Unknown::Missing)?,
            function_shared: offset(&["class_JSFunction__shared__SharedFunctionInfo"])?,
            function_context: offset(&["class_JSFunction__context__Context"])?,
            function_feedback: offset(&[
                "class_JSFunction__raw_feedback_cell__FeedbackCell",
                "class_JSFunction__raw_feedback_cell__Tagged_FeedbackCell_",
            ])?,
            function_prototype: offset(&[
                "class_JSFunction__prototype_or_initial_map__HeapObject",
                "class_JSFunction__prototype_or_initial_map__Tagged_HeapObject_",
                "class_JSFunction__prototype_or_initial_map__Tagged_UnionOf_JSPrototype_Map_Hole_",
                "class_JSFunction__prototype_or_initial_map__Tagged_UnionOf_JSPrototype_Map_TheHole_",
            ])?,
            shared_name: offset(&[
                "class_SharedFunctionInfo__name_or_scope_info__Object",
                "class_SharedFunctionInfo__name_or_scope_info__Tagged_Object_",
                "class_SharedFunctionInfo__name_or_scope_info__Tagged_NameOrScopeInfoT_",
            ])?,
            shared_script: offset(&[
                "class_SharedFunctionInfo__script_or_debug_info__HeapObject",
                "class_SharedFunctionInfo__script__Tagged_HeapObject_",
            ])?,
            shared_end: offset(&["class_SharedFunctionInfo__length__uint16_t"])?,
            descriptors_start: offset(&["class_DescriptorArray__header_size__uintptr_t"])?,
            scope_names: symbols
                .get("scopeinfo_idx_first_vars")
                .and_then(|value| u64::try_from(value).ok())
                .filter(|words| (3..8).contains(words))
                .ok_or_else(|| Unknown::Missing("scopeinfo_idx_first_vars".into()))?,
            bytecode_start: offset(&["class_BytecodeArray__data__uintptr_t"])?,
            buffer_length: offset(&["class_JSArrayBuffer__byte_length__size_t"])?,
            buffer_store: offset(&["class_JSArrayBuffer__backing_store__uintptr_t"])?,
            // From V8 13 on, a word for cppgc precedes it, and one for flags follows it.
            view_buffer: match offset(&["class_JSArrayBufferView__byte_offset__size_t"])? {
                32 => 24,
                _ => 32,
            },
            // V8 11 exports none; its tagged fields are the four after the map.
            code_end: offset(&["class_Code__instruction_stream__Tagged_InstructionStream_"])
                .unwrap_or(40),
            opcodes: Opcodes::of_version(
                VERSIONS.iter().position(|row| row.v8 == version.v8).unwrap_or(VERSIONS.len()),
            ),
        })
    }
}

#[cfg(test)]
mod layout_tests {
    use super::{symbols::tests::Listed, *};

    const MAJORS: [u32; 4] = [20, 22, 24, 26];

    #[test]
    fn each_version_has_a_layout_by_what_its_binary_exports() {
        for (major, &version) in MAJORS.into_iter().zip(VERSIONS) {
            let layout = Layout::read(version, &Listed::of_node(major)).expect("known");
            assert_eq!(layout.function_prototype, 56, "Node {major}");
            assert!(layout.function_context < layout.function_feedback, "Node {major}");
        }
    }

    #[test]
    fn what_is_missing_or_has_moved_is_told() {
        let name = "class_JSFunction__context__Context";
        let layout = Layout::read(VERSIONS[2], &Listed::of_node(24).without(name));
        assert_eq!(layout.err(), Some(Unknown::Missing(name.into())));
        let mut moved = Listed::of_node(24);
        let smi = moved.0.iter_mut().find(|(name, _)| name == "SmiShiftSize");
        smi.expect("exported").1 = 0; // pointer compression
        let layout = Layout::read(VERSIONS[2], &moved);
        assert_eq!(layout.err(), Some(Unknown::Unexpected("SmiShiftSize")));
    }
}
