//! What is remembered of each reading of the process's memory.

use crate::{
    growth::{Clock, rules},
    report::{Counted, GroupMemory, MappedFile, Memory, MemoryAccount},
};

/// One reading.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// When.
    pub clock: Clock,
    /// Whether a major collection has run since the reading before.
    pub collected: bool,
    /// What V8 and Node count.
    pub memory: Memory,
    /// What the kernel and the allocator count, where that is known.
    pub account: Option<Figures>,
    /// Resident memory that nothing else is known of, if the account does not tell what of it
    /// the allocator has.
    pub resident: Option<u64>,
}

/// Figures of an account.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Resident WebAssembly memories.
    pub wasm: u64,
    /// The allocator's memory in use, without what Node counts.
    pub allocated: Option<u64>,
    /// The allocator's memory in use.
    pub used: Option<u64>,
    /// Resident memory that the allocator keeps.
    pub kept: Option<u64>,
    /// Its arenas.
    pub arenas: Option<u32>,
    /// V8's memory in use, and how much more of its resident memory is free.
    pub heap: (u64, u64),
    /// The part of the latter in the space of young objects.
    pub young_free: u64,
    /// Stacks of threads.
    pub stacks: u64,
    /// Resident files, shared memory included.
    pub files: u64,
    /// Memory that processes share; part of `files`.
    pub shared: u64,
    /// Memory of nobody known.
    pub unattributed: u64,
    /// When the allocator was asked.
    pub asked: Option<String>,
    /// Threads by name.
    pub threads: Vec<Counted>,
    /// Files by size.
    pub mapped: Vec<MappedFile>,
    /// Handles by type.
    pub handles: Vec<Counted>,
    /// What the control group counts.
    pub group: Option<GroupMemory>,
}

impl Figures {
    fn of(account: &MemoryAccount, before: Option<&Self>) -> Self {
        let &MemoryAccount { parts, external, group, .. } = account;
        let allocator = &account.allocator;
        let counted = external.array_buffers_bytes + other(external.other_bytes, parts.wasm_bytes);
        // With an older answer of the allocator, what Node counts since then would count twice.
        let stale = before.filter(|before| before.asked.is_some() && before.asked == allocator.at);
        let allocated = match stale {
            Some(before) => before.allocated,
            None => allocator.used_bytes.map(|used| used.saturating_sub(counted)),
        };
        let sum = |figure: fn(&crate::report::HeapSpace) -> u64| {
            account.spaces.iter().map(figure).sum::<u64>()
        };
        let (used, committed) = (sum(|space| space.used_bytes), sum(|space| space.committed_bytes));
        let resident = parts.heap_bytes.min(committed);
        let young = account.spaces.iter().filter(|space| space.name.starts_with("new_"));
        Self {
            wasm: parts.wasm_bytes,
            allocated,
            used: allocator.used_bytes,
            kept: parts.allocator_free_bytes,
            arenas: allocator.arenas,
            heap: (used, resident.saturating_sub(used)),
            young_free: young
                .map(|space| space.committed_bytes.saturating_sub(space.used_bytes))
                .sum(),
            stacks: parts.stacks_bytes,
            files: parts.files_bytes + parts.shared_bytes,
            shared: parts.shared_bytes,
            unattributed: parts.unattributed_bytes,
            asked: allocator.at.clone(),
            threads: account.threads.clone(),
            mapped: account.files.clone(),
            handles: account.handles.clone(),
            group,
        }
    }
}

/// Node counts WebAssembly memories as external memory.
fn other(external: u64, wasm: u64) -> u64 {
    external.saturating_sub(wasm)
}

impl Reading {
    /// Memory of native objects that Node counts, without `ArrayBuffer`s and WebAssembly memories.
    pub fn external(&self) -> u64 {
        let Memory { external_bytes, array_buffers_bytes, .. } = self.memory;
        let wasm = self.account.as_ref().map_or(0, |account| account.wasm);
        other(external_bytes.saturating_sub(array_buffers_bytes), wasm)
    }
}

/// The readings of one detector, oldest first, at most [`rules::MAX_READINGS`].
#[derive(Clone, Debug, Default)]
pub struct Readings {
    all: Vec<Reading>,
    rounds: u32,
    most_heap: u64,
}

impl Readings {
    /// Adds one.
    pub fn push(
        &mut self,
        account: Option<&MemoryAccount>,
        clock: Clock,
        memory: Memory,
        collected: bool,
    ) {
        self.make_room();
        let before = self.all.last().and_then(|reading| reading.account.as_ref());
        let account = account.map(|account| Figures::of(account, before));
        // Pages that V8 keeps when it needs them no more are no native memory.
        self.most_heap = self.most_heap.max(memory.heap_total_bytes).max(memory.heap_used_bytes);
        let rest = || {
            memory.rss_bytes.saturating_sub(self.most_heap).saturating_sub(memory.external_bytes)
        };
        let resident = match &account {
            Some(Figures { used: Some(_), .. }) => None,
            Some(account) => Some(account.unattributed),
            None => Some(rest()),
        };
        let clock = Clock { round: self.rounds, ..clock };
        self.all.push(Reading { clock, collected, memory, account, resident });
        self.rounds = self.rounds.saturating_add(1);
    }

    /// Returns them.
    pub fn all(&self) -> &[Reading] {
        &self.all
    }

    /// Returns the number of readings so far, remembered or not.
    pub fn rounds(&self) -> u32 {
        self.rounds
    }

    /// Forgets every second one of the older half. Those right after a collection say most.
    fn make_room(&mut self) {
        if self.all.len() < rules::MAX_READINGS {
            return;
        }
        let later = self.all.split_off(rules::MAX_READINGS / 2);
        let mut earlier = std::mem::take(&mut self.all).into_iter();
        while let Some(first) = earlier.next() {
            let second = earlier.next();
            let takes_second = !self.all.is_empty()
                && !first.collected
                && second.as_ref().is_some_and(|it| it.collected);
            self.all.push(if takes_second { second.unwrap_or(first) } else { first });
        }
        self.all.extend(later);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{ExternalMemory, MemoryParts};

    #[test]
    fn the_first_the_latest_and_those_after_collections_are_remembered() {
        let mut readings = Readings::default();
        for round in 0..1000 {
            let memory = Memory { rss_bytes: round, ..Memory::default() };
            readings.push(None, Clock::default(), memory, round % 10 == 7);
            assert!(readings.all().len() <= rules::MAX_READINGS);
        }
        let kept = readings.all();
        assert_eq!((kept[0].memory.rss_bytes, kept[kept.len() - 1].clock.round), (0, 999));
        let collected = kept.iter().filter(|reading| reading.collected);
        assert!(collected.count() >= 10);
    }

    #[test]
    fn an_old_answer_of_the_allocator_says_nothing_of_what_node_has_counted_since() {
        let mut account = MemoryAccount::new(String::new());
        account.allocator.used_bytes = Some(100);
        account.allocator.at = Some("then".to_owned());
        account.parts = MemoryParts { wasm_bytes: 5, ..MemoryParts::default() };
        account.external = ExternalMemory { array_buffers_bytes: 20, other_bytes: 15 };
        let mut readings = Readings::default();
        let mut allocated = |account: &MemoryAccount| {
            readings.push(Some(account), Clock::default(), Memory::default(), false);
            readings.all().last().and_then(|reading| reading.account.as_ref()?.allocated)
        };
        assert_eq!(allocated(&account), Some(70));
        account.external.array_buffers_bytes = 90;
        assert_eq!(allocated(&account), Some(70));
        account.allocator.at = Some("now".to_owned());
        assert_eq!(allocated(&account), Some(0));
    }
}
