//! Writes what functions do with the variables and properties that they remove something from.

use super::trace::{Place, Trace};
use crate::walk::{
    arena::Arena,
    heap::Heap,
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
    for &(place, uses, most) in trace.acts() {
        let name = match place {
            Place::Hidden => Some(Name::Fixed("")),
            Place::Property(key) => Some(Name::Heap(key, Style::Plain)),
            Place::Variable { depth, slot } | Place::Private { depth, slot } => {
                variable(heap, closure, depth, u64::from(slot))
            }
        };
        let Some(name) = name else { continue };
        let name = names.of(heap, to, name)?;
        to.number(record::ACT);
        to.number(u64::from(name));
        to.number(u64::from(uses.with(trace.whole).0));
        to.number(u64::from(most));
        to.number(u64::from(!matches!(place, Place::Variable { .. })));
    }
    Some(())
}

/// Returns the name of a variable that `closure` can reach.
fn variable(heap: &mut Heap<'_>, closure: Words, depth: u8, slot: u64) -> Option<Name> {
    let outer = |heap: &mut Heap<'_>, word| heap.of_kind(word, Kind::Context);
    let mut context = outer(heap, closure.at(heap.layout.function_context))?;
    for _ in 0..depth {
        context = outer(heap, context.get(3))?;
    }
    let info = heap.of_kind(context.get(2), Kind::ScopeInfo)?;
    let mut found = None;
    Scope::of(heap, info).variables(heap, |_, name, at| {
        if at == slot {
            found = Some(Name::Heap(name, Style::Plain));
        }
    });
    found
}
