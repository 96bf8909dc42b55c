//! The table of facts that differ between versions of V8 and are not exported.
//!
//! It has one row for each version that Node ships as a long-term or current release.
//! `docs/walk.md` describes how to fill in a row; `probes.rs` and the differential
//! test in `__test__/walk.test.js` check it.

/// Where a `ScopeInfo` has the position of its function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// In its tail, after the names, for scopes of these types.
    Tail {
        /// The first scope type that has one (`scope-info.tq`).
        first: u64,
        /// The last.
        last: u64,
    },
    /// In the words after the count of locals.
    Head,
}

/// How a symbol's flags mark `#private` names (`Symbol::flags`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateSymbols {
    /// Bit 0 private, bit 4 a private name.
    Bits,
    /// The low two bits: 0 public, 1 V8's own, 2 a private name, 3 the mark of a class
    /// with private methods.
    Number,
}

/// One version's row.
#[expect(clippy::struct_excessive_bools, reason = "facts, each on its own")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// V8's major and minor.
    pub v8: (u32, u32),
    /// Exact versions that the tests have run on.
    pub tested: &'static [&'static str],
    /// Index of `undefined` in the roots table (`STRONG_READ_ONLY_ROOT_LIST`,
    /// src/roots/roots.h).
    pub undefined_root: u64,
    /// Words before the slots of a `FeedbackVector`.
    pub feedback_vector_header: u64,
    /// The scope type of a module (`ScopeType`, src/common/globals.h).
    pub module_scope: u64,
    /// Whether a `ScopeInfo`'s flags are a raw number, not a Smi.
    pub has_raw_scope_flags: bool,
    /// Where a function's position is.
    pub position: Position,
    /// Whether flag 28 stands for a list of blocked names.
    pub has_block_list: bool,
    /// Words at the end of a `ScopeInfo` beside those described above.
    pub scope_tail: u64,
    /// Bytes of `FeedbackMetadata` for each closure that the function creates.
    pub closure_count_bytes: u64,
    /// The flags of symbols.
    pub private_symbols: PrivateSymbols,
    /// Word of a `WeakCell` that is its target; the token to unregister it by follows
    /// (js-weak-refs.tq).
    pub weak_cell_target: u64,
    /// Whether the fourth word of a `JSFunction` is a handle of the dispatch table. In
    /// other versions, all its fields are tagged.
    pub has_dispatch_handle: bool,
    /// Whether V8's snapshots mark global objects.
    pub tags_globals: bool,
    /// Whether a constructor's own property `name` takes precedence over its name in the
    /// source.
    pub believes_names: bool,
    /// Whether the `ScopeInfo` of a module has the count of its variables before their
    /// names, not at its end.
    pub has_module_count_first: bool,
    /// The operand of a function's first register in bytecode; the next ones are below it
    /// (src/interpreter/bytecode-register.h).
    pub first_register: i64,
}

/// All versions, by V8's number.
pub const VERSIONS: &[Version] = &[
    NODE_20,
    // Node 22
    Version {
        v8: (12, 4),
        tested: &["12.4.254.21-node.57"],
        position: Position::Tail { first: 0, last: 4 },
        has_module_count_first: true,
        first_register: -7,
        ..NODE_20
    },
    NODE_24,
    // Node 26
    Version {
        v8: (14, 6),
        tested: &["14.6.202.34-node.34"],
        undefined_root: 0,
        scope_tail: 1,
        weak_cell_target: 3,
        private_symbols: PrivateSymbols::Number,
        tags_globals: true,
        believes_names: true,
        ..NODE_24
    },
];

const NODE_20: Version = Version {
    v8: (11, 3),
    tested: &["11.3.244.8-node.38"],
    undefined_root: 4,
    feedback_vector_header: 7,
    module_scope: 3,
    has_raw_scope_flags: false,
    position: Position::Tail { first: 1, last: 4 },
    has_block_list: true,
    scope_tail: 0,
    closure_count_bytes: 0,
    private_symbols: PrivateSymbols::Bits,
    weak_cell_target: 2,
    has_dispatch_handle: false,
    tags_globals: false,
    believes_names: false,
    has_module_count_first: false,
    first_register: -6,
};

const NODE_24: Version = Version {
    v8: (13, 6),
    tested: &["13.6.233.17-node.53"],
    undefined_root: 4,
    feedback_vector_header: 6,
    module_scope: 5,
    has_raw_scope_flags: true,
    position: Position::Head,
    has_block_list: false,
    scope_tail: 0,
    closure_count_bytes: 2,
    private_symbols: PrivateSymbols::Bits,
    weak_cell_target: 2,
    has_dispatch_handle: true,
    tags_globals: false,
    believes_names: false,
    has_module_count_first: true,
    first_register: -7,
};
