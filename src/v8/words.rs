//! The names with which V8 and Node spell the structure of a heap.
//!
//! They are looked up once per snapshot, so that the traversal compares numbers. A name
//! that a snapshot does not contain is `None` and matches nothing.

use crate::{
    graph::{EdgeLabel, HeapGraph},
    units::NameId,
};

macro_rules! words {
    ($($(#[$doc:meta])* $field:ident = $text:literal;)*) => {
        /// [`NameId`]s of structural names in one snapshot.
        #[derive(Clone, Copy, Debug)]
        pub struct Words {
            $($(#[$doc])* pub $field: Option<NameId>,)*
        }

        impl Words {
            /// Looks up every word in `graph`.
            pub fn of(graph: &HeapGraph) -> Self {
                let [$($field,)*] = graph.names().find_all([$($text,)*]);
                Self { $($field,)* }
            }
        }
    };
}

words! {
    /// Closure to the scope it closes over.
    context = "context";
    /// Suspended function to its closure.
    function = "function";
    /// Closure to its `SharedFunctionInfo`.
    shared = "shared";
    /// Function to script, V8 11 and before.
    script_or_debug_info = "script_or_debug_info";
    /// Function to script, V8 12 and later.
    script = "script";
    /// Scope to the scope around it.
    previous = "previous";
    /// Promise to its waiters, or to its result.
    reactions = "reactions_or_result";
    /// Object to its hidden class.
    map = "map";
    /// Object to its prototype.
    proto = "__proto__";
    /// Closure to its feedback; not an owner.
    feedback_cell = "feedback_cell";
    /// Closure to its machine code.
    code = "code";
    /// Scope to the description of its variables.
    scope_info = "scope_info";
    /// Constructor to the hidden class of its instances.
    initial_map = "initial_map";
    /// Context to its native context.
    native_context = "native_context";
    /// Array or object to the store of its indexed values.
    elements = "elements";
    /// `Module._cache`.
    module_cache = "_cache";
    /// The class of CommonJS modules.
    module_class = "Module";
    /// The class of plain objects.
    plain_object = "Object";
    /// Check and leak reports: the verdict.
    verdict = "verdict";
    /// Check reports: the confirmed leaks.
    leaks = "leaks";
    /// Check reports: the unconfirmed growth.
    suspects = "suspects";
    /// Leak reports: the path as text.
    path_text = "pathText";
    /// Function to the prototype of its instances.
    prototype = "prototype";
    /// Prototype to its class.
    constructor = "constructor";
    /// Timer to the function that it calls.
    on_timeout = "_onTimeout";
    /// Timer to what it calls that with.
    timer_args = "_timerArgs";
    /// Bound function to what it calls.
    bound_function = "bound_function";
    /// Bound function to the object that it calls that on.
    bound_this = "bound_this";
    /// Bound function to what it calls that with.
    bindings = "bindings";
    /// A list's link to its next.
    next = "next";
    /// The class of null and undefined.
    oddball = "system / Oddball";
    /// The content of a table's free slots; shown by V8 12 and 13.
    hole = "system / Hole";
    /// The class of weak references.
    weak_ref = "WeakRef";
    /// A FinalizationRegistry's record of one target.
    weak_cell = "system / WeakCell";
    /// An emitter's lists of listeners.
    events = "_events";
    /// The event whose listeners are added along with those for another event.
    error = "error";
    /// A stream's or socket's native side.
    handle = "_handle";
}

/// Whether `label` is the word `word`.
#[inline]
pub fn is(label: EdgeLabel, word: Option<NameId>) -> bool {
    matches!((label, word), (EdgeLabel::Name(name), Some(word)) if name == word)
}
