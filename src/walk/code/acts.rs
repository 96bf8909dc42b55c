//! Writes what functions do with the variables and properties that they remove something from.

use super::{
    closures,
    trace::{LEAST_BOUND, Trace},
    value::{Bound, Place},
};
use crate::walk::{
    arena::Arena,
    exports,
    heap::{Heap, smi},
    layout::Kind,
    memory::Words,
    names::Names,
    naming::Name,
    table::List,
    wire::{Style, Writer, record},
};

/// The functions that were followed.
#[derive(Debug)]
pub struct Acts {
    /// One bit for each number of a function.
    followed: List<u64>,
}

impl Acts {
    /// Returns an empty set.
    pub fn new(arena: &mut Arena) -> Option<Self> {
        Some(Self { followed: List::new(256, arena)? })
    }

    /// Writes what the code of `closure` does, after its row, if it is the first closure of the
    /// function with this number; `None` if there is no room.
    #[inline]
    pub fn write(
        &mut self,
        heap: &mut Heap<'_>,
        to: (&mut Names, &mut Writer),
        closure: Words,
        function: u32,
    ) -> Option<()> {
        let (at, bit) = (function as usize / 64, 1 << (function % 64));
        if self.followed.get(at).is_some_and(|bits| bits & bit != 0) {
            return Some(());
        }
        while self.followed.len() <= at {
            self.followed.push(0, &mut heap.arena)?;
        }
        let bits = self.followed.get(at)?;
        self.followed.set(at, bits | bit);
        write(heap, to, closure)
    }
}

#[cold]
fn write(
    heap: &mut Heap<'_>,
    (names, to): (&mut Names, &mut Writer),
    closure: Words,
) -> Option<()> {
    let shared = closure.at(heap.layout.function_shared);
    let Some(shared) = heap.of_kind(shared, Kind::SharedFunctionInfo) else { return Some(()) };
    let Some(trace) = Trace::of(heap, closure, shared) else { return Some(()) };
    for done in trace.done() {
        let Some(name) = name(heap, closure, done.place) else { continue };
        let most = match done.bound {
            Bound::None => 0,
            Bound::Number(number) => number,
            Bound::In(place) => number(heap, closure, place).unwrap_or(0),
        };
        let is_variable = matches!(done.place, Place::Variable { .. } | Place::Module { .. });
        let name = names.of(heap, to, name)?;
        to.number(record::ACT);
        to.number(u64::from(name));
        to.number(u64::from(done.uses.with(trace.whole).0));
        to.number(u64::from(most));
        to.number(u64::from(!is_variable));
    }
    Some(())
}

/// Returns the name of a place.
fn name(heap: &mut Heap<'_>, closure: Words, place: Place) -> Option<Name> {
    let word = match place {
        Place::Hidden => return Some(Name::Fixed("")),
        Place::Property(key) => key,
        Place::Variable { depth, slot } | Place::Private { depth, slot } => {
            let (_, scope) = closures::context(heap, closure, depth)?;
            let mut found = None;
            scope.variables(heap, |_, name, at| {
                if at == u64::from(slot) {
                    found = Some(name);
                }
            });
            found?
        }
        Place::Module { depth, cell } => {
            let (_, scope) = closures::context(heap, closure, depth)?;
            let (word, _) = scope.module_cells(heap).find(|&(_, of)| of == i64::from(cell))?;
            return Some(exports::name_of(heap, word));
        }
    };
    Some(Name::Heap(word, Style::Plain))
}

/// Returns the number in a variable, if it may bound something.
fn number(heap: &mut Heap<'_>, closure: Words, place: Place) -> Option<u32> {
    let value = closures::value_in(heap, closure, place)?;
    u32::try_from(smi(value)).ok().filter(|&it| value & 1 == 0 && it >= LEAST_BOUND)
}
