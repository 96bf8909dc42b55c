//! Reads a `ScopeInfo`: the names of a scope's variables, the function's own name, and
//! where the function begins (src/objects/scope-info.tq).
//!
//! ```text
//! map, flags, parameters, count of variables, (start, end), (count of a module's)
//! names of the variables, or a table of them where they are many
//! one word about each variable
//! [class]  [function's name, slot]  [inferred name]  [start, end]  [outer] ...
//! ```

use super::{
    heap::{Heap, smi},
    layout::{Kind, MANY_LOCALS, Position, offset, scope_flag},
    memory::Words,
};

/// The value for a function whose own name is a variable of its context.
const IN_CONTEXT: u64 = 2;

/// The parts of a `ScopeInfo`.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    words: Words,
    flags: u64,
    /// The number of variables in the context.
    locals: u64,
    /// The word of the first name, or of the table.
    names: u64,
    /// The word after those about the variables.
    tail: u64,
}

impl Scope {
    /// Finds the parts of the `ScopeInfo` with these words.
    pub fn of(heap: &Heap<'_>, words: Words) -> Self {
        let version = heap.layout.version;
        let raw = words.get(1);
        let flags = if version.has_raw_scope_flags { raw & 0xffff_ffff } else { raw >> 32 };
        let locals = u64::try_from(smi(words.at(offset::SCOPE_LOCALS))).unwrap_or(0);
        let locals = locals.min(words.len());
        let is_module = flags & scope_flag::TYPE == version.module_scope;
        let is_count_first = is_module && version.has_module_count_first;
        let names = 1 + heap.layout.scope_names + u64::from(is_count_first);
        let tail = names + if locals < MANY_LOCALS { locals } else { 1 } + locals;
        Self { words, flags, locals, names, tail }
    }

    fn has(&self, flag: u32) -> bool {
        self.flags >> flag & 1 == 1
    }

    fn function_variable(&self) -> u64 {
        self.flags >> scope_flag::FUNCTION_VARIABLE & 3
    }

    /// Returns the number of words in a context before its variables: the ScopeInfo, the outer
    /// scope, and sometimes an extension.
    pub fn context_header(&self) -> u64 {
        2 + u64::from(self.has(scope_flag::EXTENSION))
    }

    /// Returns the size of the whole object, in words.
    pub fn size(&self, heap: &Heap<'_>) -> u64 {
        let version = heap.layout.version;
        let scope_type = self.flags & scope_flag::TYPE;
        let mut end = self.module_at(heap);
        if scope_type == version.module_scope {
            let (first, count) = self.module_variables(heap, end);
            end = first + 3 * count;
        }
        end + version.scope_tail
    }

    /// Returns the word after all that any scope has: where a module's fields begin.
    fn module_at(&self, heap: &Heap<'_>) -> u64 {
        let version = heap.layout.version;
        let scope_type = self.flags & scope_flag::TYPE;
        let mut end = self.inferred_name_at() + u64::from(self.has(scope_flag::INFERRED_NAME));
        if let Position::Tail { first, last } = version.position
            && (first..=last).contains(&scope_type)
        {
            end += 2;
        }
        end += u64::from(self.has(scope_flag::OUTER));
        end + u64::from(version.has_block_list && self.has(scope_flag::BLOCK_LIST))
    }

    /// Returns the word of the first variable of a module, and how many there are, behind the
    /// module's fields at word `end`: name, cell and flags of each.
    fn module_variables(&self, heap: &Heap<'_>, end: u64) -> (u64, u64) {
        let is_first = heap.layout.version.has_module_count_first;
        let (at, first) = if is_first { (self.names - 1, end + 1) } else { (end + 1, end + 2) };
        let count = u64::try_from(smi(self.words.get(at))).unwrap_or(0);
        (first, count.min(self.words.len()))
    }

    /// Returns what a module exports (cells from 1 on) and imports (below 0): the names, tagged,
    /// and the numbers of the cells. Nothing for other scopes.
    pub fn module_cells(self, heap: &Heap<'_>) -> impl Iterator<Item = (u64, i64)> + use<> {
        let is_module = self.flags & scope_flag::TYPE == heap.layout.version.module_scope;
        let (first, count) = self.module_variables(heap, self.module_at(heap));
        let entries = (0..if is_module { count } else { 0 }).map(move |entry| first + 3 * entry);
        entries.map(move |at| (self.words.get(at), smi(self.words.get(at + 1))))
    }

    fn inferred_name_at(&self) -> u64 {
        let class = u64::from(self.has(scope_flag::CLASS_VARIABLE));
        self.tail + class + if self.function_variable() == 0 { 0 } else { 2 }
    }

    /// Returns the function's own name, tagged; 0 if it has none.
    pub fn function_name(&self) -> u64 {
        if self.function_variable() == 0 {
            return 0;
        }
        self.words.get(self.inferred_name_at() - 2)
    }

    /// Returns the name that V8 has inferred for it, tagged; 0 if there is none.
    pub fn inferred_name(&self) -> u64 {
        if self.has(scope_flag::INFERRED_NAME) {
            self.words.get(self.inferred_name_at())
        } else {
            0
        }
    }

    /// Returns where the function begins in its script.
    pub fn start(&self, heap: &Heap<'_>) -> i64 {
        match heap.layout.version.position {
            Position::Head => smi(self.words.get(4)),
            Position::Tail { .. } => {
                let inferred = u64::from(self.has(scope_flag::INFERRED_NAME));
                smi(self.words.get(self.inferred_name_at() + inferred))
            }
        }
    }

    /// Calls `with` for each variable in the context: its name, tagged, and its
    /// slot.
    pub fn variables(&self, heap: &mut Heap<'_>, mut with: impl FnMut(&mut Heap<'_>, u64, u64)) {
        let header = self.context_header();
        if self.locals < MANY_LOCALS {
            for local in 0..self.locals {
                with(heap, self.words.get(self.names + local), header + local);
            }
        } else if let Some(table) = heap.of_kind(self.words.get(self.names), Kind::HashTable) {
            // NameToIndexHashTable: three words of counts, then names and numbers.
            let length = heap.length(table);
            for entry in (3..length.saturating_sub(1)).step_by(2) {
                let (name, index) = (table.get(2 + entry), table.get(3 + entry));
                if let (true, Ok(index)) = (index & 1 == 0, u64::try_from(smi(index))) {
                    with(heap, name, header + index);
                }
            }
        }
        if self.function_variable() == IN_CONTEXT {
            let at = self.inferred_name_at() - 2;
            if let Ok(slot) = u64::try_from(smi(self.words.get(at + 1))) {
                with(heap, self.words.get(at), slot);
            }
        }
    }
}
