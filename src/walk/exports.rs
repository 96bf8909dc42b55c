//! Finds what an ES module exports.
//!
//! Variables that a module exports are not in its context, like its others, but in cells that the
//! modules which import them share. V8's snapshots do not say what a cell is called. The walk
//! shows each as a variable of the context as well, for which a person takes it.

use super::{
    code::words, heap::Heap, layout::Kind, memory::Words, naming::Name, scopes::Scope, wire::Style,
};

/// The word of a module's context with its `SourceTextModule`.
const MODULE: u64 = 4;
/// The words of a `SourceTextModule` that are searched for the cells.
const FIELDS: u64 = 14;

/// Whether this is the context of a module that exports something.
pub fn are_in(heap: &mut Heap<'_>, context: Words) -> bool {
    scope_of(heap, context).is_some_and(|scope| exports_any(heap, scope))
}

/// Calls `with` for each variable that the module of this context exports: its name and its value,
/// which is tagged.
pub fn each(heap: &mut Heap<'_>, context: Words, mut with: impl FnMut(&mut Heap<'_>, Name, u64)) {
    let Some(scope) = scope_of(heap, context) else { return };
    for (name, cell) in scope.module_cells(heap).filter(|&(_, cell)| cell > 0) {
        if let Some(value) = value(heap, context, cell) {
            let name = name_of(heap, name);
            with(heap, name, value);
        }
    }
}

/// Returns the name of a variable, as people write it: `export default new Map()` has one of V8's own.
pub fn name_of(heap: &mut Heap<'_>, name: u64) -> Name {
    match words::short(heap, name) {
        Some(short) if short.text() == b".default" => Name::Fixed("default"),
        _ => Name::Heap(name, Style::Plain),
    }
}

/// Returns the tagged value of what the module of this context exports (from 1 on) or imports (below
/// 0) by this number of a cell.
pub fn value(heap: &mut Heap<'_>, context: Words, cell: i64) -> Option<u64> {
    let scope = scope_of(heap, context)?;
    // The cells of what a module exports come before those of what it imports.
    let is_second = cell < 0 && exports_any(heap, scope);
    let cells = cells(heap, context.get(MODULE), usize::from(is_second))?;
    let index = cell.unsigned_abs().checked_sub(1).filter(|&at| at < heap.length(cells))?;
    heap.of_kind(cells.get(2 + index), Kind::Cell).map(|cell| cell.get(1))
}

fn scope_of(heap: &mut Heap<'_>, context: Words) -> Option<Scope> {
    heap.of_kind(context.get(2), Kind::ScopeInfo).map(|info| Scope::of(heap, info))
}

fn exports_any(heap: &Heap<'_>, scope: Scope) -> bool {
    scope.module_cells(heap).any(|(_, cell)| cell > 0)
}

/// Returns the array of cells at this place among those of a module.
fn cells(heap: &mut Heap<'_>, module: u64, place: usize) -> Option<Words> {
    let module = heap.object(module)?;
    let arrays = (1..FIELDS).filter_map(|at| {
        let array = heap.of_kind(module.get(at), Kind::FixedArray)?;
        heap.of_kind(array.get(2), Kind::Cell).and(Some(array))
    });
    arrays.into_iter().nth(place)
}
