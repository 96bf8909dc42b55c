//! Writes what functions do with the variables and properties that they remove something from.

use super::trace::{Bound, LEAST_BOUND, Place, Trace};
use crate::walk::{
    arena::Arena,
    heap::{Heap, smi},
    layout::Kind,
    memory::Words,
    names::Names,
    naming::Name,
    scopes::Scope,
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
    let Some(trace) = Trace::of(heap, shared) else { return Some(()) };
    for done in trace.done() {
        let name = match done.place {
            Place::Hidden => Some(Name::Fixed("")),
            Place::Property(key) => Some(Name::Heap(key, Style::Plain)),
            Place::Variable { depth, slot } | Place::Private { depth, slot } => {
                variable(heap, closure, depth, u64::from(slot)).map(|(name, _)| name)
            }
            Place::Module { depth, cell } => exported(heap, closure, depth, i64::from(cell)),
        };
        let Some(name) = name else { continue };
        let most = match done.bound {
            Bound::None => 0,
            Bound::Number(number) => number,
            Bound::In(Place::Variable { depth, slot }) => {
                variable(heap, closure, depth, u64::from(slot)).map_or(0, |(_, value)| value)
            }
            Bound::In(_) => 0,
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

/// Returns the context `depth` steps out of the one that `closure` closes over, and its ScopeInfo.
fn context(heap: &mut Heap<'_>, closure: Words, depth: u8) -> Option<(Words, Words)> {
    let mut context = heap.of_kind(closure.at(heap.layout.function_context), Kind::Context)?;
    for _ in 0..depth {
        context = heap.of_kind(context.get(3), Kind::Context)?;
    }
    Some((context, heap.of_kind(context.get(2), Kind::ScopeInfo)?))
}

/// Returns the name of a variable that `closure` can reach, and its value if that is a bound.
fn variable(heap: &mut Heap<'_>, closure: Words, depth: u8, slot: u64) -> Option<(Name, u32)> {
    let (context, info) = context(heap, closure, depth)?;
    let mut found = None;
    Scope::of(heap, info).variables(heap, |_, name, at| {
        if at == slot {
            found = Some(Name::Heap(name, Style::Plain));
        }
    });
    let value = context.get(2 + slot);
    let bound = u32::try_from(smi(value)).ok().filter(|&it| value & 1 == 0 && it >= LEAST_BOUND);
    Some((found?, bound.unwrap_or(0)))
}

/// Returns the name of what the ES module of `closure` exports or imports.
fn exported(heap: &mut Heap<'_>, closure: Words, depth: u8, cell: i64) -> Option<Name> {
    let (_, info) = context(heap, closure, depth)?;
    let name = Scope::of(heap, info).module_variable(heap, cell)?;
    Some(Name::Heap(name, Style::Plain))
}
