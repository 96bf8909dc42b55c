//! The variables that a closure can reach.

use super::value::Place;
use crate::walk::{exports, heap::Heap, layout::Kind, memory::Words, scopes::Scope};

/// Returns the value in a variable, tagged.
pub(super) fn value_in(heap: &mut Heap<'_>, closure: Words, place: Place) -> Option<u64> {
    match place {
        Place::Variable { depth, slot } => {
            let word = context(heap, closure, depth)?.0.get(2 + u64::from(slot));
            Some(heap.variable(word))
        }
        Place::Module { depth, cell } => {
            let (context, _) = context(heap, closure, depth)?;
            exports::value(heap, context, i64::from(cell))
        }
        Place::Property(_) | Place::Private { .. } | Place::Hidden => None,
    }
}

/// Returns the context `depth` steps out of the one that `closure` closes over, and its scope.
pub(super) fn context(heap: &mut Heap<'_>, closure: Words, depth: u8) -> Option<(Words, Scope)> {
    let mut context = heap.of_kind(closure.at(heap.layout.function_context), Kind::Context)?;
    for _ in 0..depth {
        context = heap.of_kind(context.get(3), Kind::Context)?;
    }
    let info = heap.of_kind(context.get(2), Kind::ScopeInfo)?;
    Some((context, Scope::of(heap, info)))
}
