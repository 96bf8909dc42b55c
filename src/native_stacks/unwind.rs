//! Unwinds copies of stacks.

use rustc_hash::FxHashMap;

use super::{
    copies::{Copied, LENGTH},
    objects::Objects,
    rules::{From, Rule, rule},
};
use crate::allocations::own_memory::OwnMemory;

/// The most frames of a stack.
const DEPTH: usize = 48;
/// The most rules that are kept.
const RULES: usize = 1 << 16;

/// Unwinds stacks, and knows the rules of the functions that it has met.
#[derive(Debug)]
pub(super) struct Unwinder {
    memory: OwnMemory,
    pub(super) objects: Objects,
    rules: FxHashMap<u64, Option<Rule>>,
    /// The library that this is.
    own: Option<usize>,
}

impl Unwinder {
    pub(super) fn new(memory: OwnMemory) -> Self {
        let mut unwinder =
            Self { memory, objects: Objects::default(), rules: FxHashMap::default(), own: None };
        unwinder.look_again();
        unwinder
    }

    /// Notes which objects are loaded.
    pub(super) fn look_again(&mut self) {
        self.objects = Objects::read();
        self.own = self.objects.of(Self::new as *const () as u64);
        self.rules.clear();
    }

    fn rule(&mut self, at: u64) -> Option<Rule> {
        if let Some(known) = self.rules.get(&at) {
            return *known;
        }
        let found = self
            .objects
            .of(at)
            .and_then(|object| rule(&self.memory, &self.objects.all[object], at));
        if self.rules.len() >= RULES {
            self.rules.clear();
        }
        self.rules.insert(at, found);
        found
    }

    /// Returns the addresses of a copied stack, from the function that called the allocator to the
    /// outermost caller that can be told: code that V8 has made has no rules.
    pub(super) fn unwind(&mut self, copied: &Copied, to: &mut Vec<u64>) {
        to.clear();
        let bytes = &copied.bytes[..copied.length.min(LENGTH)];
        let start = copied.registers.stack;
        let word = |at: u64| {
            let at = usize::try_from(at.checked_sub(start)?).ok()?;
            Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
        };
        let (mut stack, mut frame) = (start, copied.registers.frame);
        // An instruction of the function itself; of callers, the last byte of the call.
        let mut at = copied.registers.instruction;
        for _ in 0..DEPTH {
            let Some(rule) = self.rule(at) else { break };
            let from = if rule.from == From::Stack { stack } else { frame };
            let caller = from.wrapping_add_signed(rule.distance);
            if caller <= stack {
                break;
            }
            let Some(returns) = word(caller.wrapping_add_signed(rule.returns)) else { break };
            if let Some(saved) = rule.frame {
                let Some(saved) = word(caller.wrapping_add_signed(saved)) else { break };
                frame = saved;
            }
            stack = caller;
            at = returns.wrapping_sub(1);
            let Some(object) = self.objects.of(at) else { break };
            if Some(object) != self.own {
                to.push(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native_stacks::copies::{Copies, Registers};
    use std::{fs::File, hint::black_box, os::fd::AsRawFd};

    #[inline(never)]
    fn inner(copies: &Copies, memory: &File) -> u32 {
        let copy = copies.make(memory.as_raw_fd(), Registers::here());
        black_box(copy.expect("a copy"))
    }

    #[inline(never)]
    fn outer(copies: &Copies, memory: &File) -> u32 {
        black_box(inner(copies, memory)) + black_box(0)
    }

    #[test]
    fn a_copied_stack_leads_from_its_callers_to_the_thread() {
        static COPIES: Copies = Copies::new();
        let memory = File::open("/proc/self/mem").expect("Linux");
        let number = outer(&COPIES, &memory);
        let mut unwinder = Unwinder::new(OwnMemory::open().expect("Linux"));
        unwinder.own = None; // this program is what is looked for
        let mut found = Vec::new();
        COPIES.is_of(number, 7);
        COPIES.read(number, |sample, copied| {
            assert_eq!(sample, 7);
            unwinder.unwind(copied, &mut found);
        });
        let base = unwinder.objects.all[0].base as u64;
        let program = std::env::current_exe().expect("a program");
        let in_file: Vec<u64> = found.iter().map(|at| at.wrapping_sub(base)).collect();
        let names = crate::native_stacks::symbols::names(&program, &in_file);
        let names: Vec<String> = names.into_iter().flatten().collect();
        let place = |part: &str| names.iter().position(|name| name.contains(part));
        let (outer, test) = (place("::outer"), place("a_copied_stack_leads"));
        assert_eq!(outer, Some(0), "{names:#?}");
        assert!(test > outer, "{names:#?}");
        assert_eq!(COPIES.waiting().count(), 0, "it is free again");
    }
}
