//! Synthetic processes: each leak is told as what it is, and no healthy one is.

use super::*;
use crate::{
    growth::Clock,
    report::{
        Allocator, ExternalMemory, GroupMemory, HeapSpace, MappedFile, Memory, MemoryAccount,
        MemoryParts,
    },
    testkit::Random,
};

const MIB: u64 = 1 << 20;

/// A process, in MiB.
#[derive(Clone, Debug)]
struct Process {
    array_buffers: u64,
    external: u64,
    wasm: u64,
    /// In use beside the former.
    allocated: u64,
    kept: u64,
    mapped: u64,
    files: u64,
    file_mappings: u32,
    /// Mapped, if it is more than is resident.
    file_size: u64,
    /// Of the control group, with half a GiB in use.
    limit: Option<u64>,
    heap_free: u64,
    threads: u32,
    sockets: u32,
    collected: bool,
    /// Work since the start, in milliseconds; a second a minute if it is left out.
    work: Option<f64>,
    tells: bool,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            array_buffers: 10,
            external: 5,
            wasm: 0,
            allocated: 30,
            kept: 10,
            mapped: 4,
            files: 0,
            file_mappings: 0,
            file_size: 0,
            limit: None,
            heap_free: 10,
            threads: 11,
            sockets: 20,
            collected: true,
            work: None,
            tells: true,
        }
    }
}

impl Process {
    fn read(&self, round: u32, readings: &mut Readings) {
        let mut account = MemoryAccount::new(String::new());
        let used = self.allocated + self.array_buffers + self.external;
        account.external = ExternalMemory {
            array_buffers_bytes: self.array_buffers * MIB,
            other_bytes: (self.external + self.wasm) * MIB,
        };
        let hidden = if self.tells { 0 } else { used + self.kept };
        account.parts = MemoryParts {
            heap_bytes: (50 + self.heap_free) * MIB,
            wasm_bytes: self.wasm * MIB,
            allocator_free_bytes: self.tells.then_some(self.kept * MIB),
            stacks_bytes: u64::from(self.threads) * MIB / 10,
            files_bytes: self.files * MIB,
            unattributed_bytes: (self.mapped + hidden) * MIB,
            ..MemoryParts::default()
        };
        account.spaces = vec![HeapSpace {
            name: "old_space".to_owned(),
            used_bytes: 50 * MIB,
            committed_bytes: (50 + self.heap_free) * MIB,
            free_bytes: self.heap_free * MIB,
        }];
        if self.tells {
            account.allocator =
                Allocator { used_bytes: Some(used * MIB), arenas: Some(4), ..Allocator::default() };
        }
        let counted = |name: &str, count| Counted { name: name.to_owned(), count };
        account.threads = vec![counted("node", 7), counted("pool-1", self.threads - 7)];
        account.handles = vec![counted("TCPSocketWrap", self.sockets)];
        account.files = vec![MappedFile {
            file: "/data/index".to_owned(),
            mapped_bytes: self.files.max(self.file_size) * MIB,
            mappings: self.file_mappings,
        }];
        account.group = self.limit.map(|limit| GroupMemory {
            limit_bytes: Some(limit * MIB),
            working_set_bytes: 500 * MIB,
            ..GroupMemory::default()
        });
        let resident =
            used + self.kept + self.mapped + self.files + self.wasm + 50 + self.heap_free + 60;
        let memory = Memory {
            rss_bytes: resident * MIB,
            heap_used_bytes: 50 * MIB,
            heap_total_bytes: (50 + self.heap_free) * MIB,
            external_bytes: (self.array_buffers + self.external + self.wasm) * MIB,
            array_buffers_bytes: self.array_buffers * MIB,
            floor_bytes: 45 * MIB,
            ..Memory::default()
        };
        let clock = Clock {
            epoch_ms: f64::from(round) * 60_000.0,
            active_ms: Some(self.work.unwrap_or(f64::from(round) * 1000.0)),
            ..Clock::default()
        };
        readings.push(Some(&account), clock, memory, self.collected);
    }
}

/// Returns what is found after each of `rounds` readings.
fn judged(rounds: u32, process: impl Fn(u64) -> Process) -> Vec<Judged> {
    let sensitivity =
        Sensitivity { round_ms: Some(60_000), is_patient: true, ..Sensitivity::default() };
    let mut readings = Readings::default();
    let mut read = |round: u32| {
        process(u64::from(round)).read(round, &mut readings);
        judge_memory(&readings, &sensitivity)
    };
    (0..rounds).map(&mut read).collect()
}

/// Asserts that what `process` leaks is told as `kind` within 25 readings and for as long as it
/// goes on, and as nothing else before; returns the last finding.
#[track_caller]
fn check(kind: NativeKind, process: impl Fn(u64) -> Process) -> NativeFinding {
    let all = judged(300, process);
    let kinds: Vec<Option<NativeKind>> = all.iter().map(growing).collect();
    let first = kinds.iter().position(Option::is_some).expect("it is found");
    assert!((6..40).contains(&first), "{first}");
    assert!(all[first - 1].rises, "it is not called healthy before");
    let other = kinds[first..].iter().position(|&found| found != Some(kind));
    assert_eq!(other.map(|at| (at + first, kinds[at + first])), None);
    all.last().and_then(|judged| judged.finding.clone()).expect("a finding")
}

fn growing(judged: &Judged) -> Option<NativeKind> {
    judged.finding.as_ref().filter(|found| found.is_growth).map(|found| found.kind)
}

/// Asserts that nothing grows in `process`, and returns the last judgement.
#[track_caller]
fn healthy(process: impl Fn(u64) -> Process) -> Judged {
    let all = judged(300, process);
    let told = all.iter().position(|judged| growing(judged).is_some());
    assert_eq!(told.map(|at| (at, all[at].finding.clone())), None);
    all.last().cloned().expect("readings")
}

fn usual() -> Process {
    Process::default()
}

#[test]
fn buffers_that_collections_leave_are_held() {
    let found = check(NativeKind::ArrayBuffers, |at| Process {
        array_buffers: 10 + 4 * at,
        collected: at % 3 == 0,
        ..usual()
    });
    assert!(found.collections > 10);
}

#[test]
fn so_are_they_with_as_much_garbage_among_them() {
    check(NativeKind::ArrayBuffers, |at| Process {
        array_buffers: 10 + 4 * at + 4 * (at % 4),
        collected: at % 4 == 0,
        ..usual()
    });
}

#[test]
fn native_objects_that_are_held_are_told_from_what_native_code_allocates() {
    check(NativeKind::External, |at| Process { external: 5 + 4 * at, ..usual() });
    check(NativeKind::Allocations, |at| Process { allocated: 30 + 5 * at, ..usual() });
}

#[test]
fn web_assembly_mappings_of_libraries_and_unknown_memory_are_told_apart() {
    check(NativeKind::Wasm, |at| Process { wasm: 3 * at, ..usual() });
    check(NativeKind::Mappings, |at| Process { mapped: 4 + 5 * at, ..usual() });
    check(NativeKind::Resident, |at| Process { allocated: 30 + 5 * at, tells: false, ..usual() });
}

#[test]
fn what_an_allocator_keeps_ever_more_of_is_fragmentation() {
    let found = check(NativeKind::Fragmentation, |at| Process { kept: 10 + 5 * at, ..usual() });
    assert_eq!(found.used_growth, Some(0));
}

#[test]
fn what_it_keeps_after_a_busy_time_is_told_and_is_no_growth() {
    let judged = healthy(|at| Process { kept: if at > 20 { 90 } else { 10 }, ..usual() });
    let found = judged.finding.expect("an explanation");
    assert_eq!((found.kind, found.is_growth), (NativeKind::Fragmentation, false));
    assert!(!judged.rises);
    // Cut out by trimming.
    let trimmed = healthy(|at| Process { kept: if at % 10 == 9 { 10 } else { 90 }, ..usual() });
    assert!(trimmed.finding.is_none());
}

#[test]
fn pages_that_v8_does_not_use_are_told_and_are_no_growth() {
    let judged = healthy(|at| Process { heap_free: if at > 20 { 200 } else { 10 }, ..usual() });
    let found = judged.finding.expect("an explanation");
    assert_eq!((found.kind, found.is_growth), (NativeKind::HeapFree, false));
}

#[test]
fn threads_are_told_by_their_names_whatever_they_take_with_them() {
    let found = check(NativeKind::Threads, |at| Process {
        threads: 11 + 2 * u32::try_from(at).expect("few"),
        allocated: 30 + 3 * at,
        mapped: 4 + 4 * at,
        ..usual()
    });
    assert_eq!(found.culprits[0].0, "pool");
    let counts = found.counts.expect("counts");
    assert_eq!(counts.last(), Some(&609));
}

#[test]
fn handles_are_told_by_their_types() {
    let all = judged(100, |at| Process {
        sockets: 20 + 15 * u32::try_from(at).expect("few"),
        allocated: 30 + 2 * at,
        ..usual()
    });
    // It takes longer to tell them from load than to tell that native code allocates.
    assert_eq!(growing(&all[26]), Some(NativeKind::Allocations));
    assert!(all[40..].iter().all(|judged| growing(judged) == Some(NativeKind::Handles)));
    let found = all[99].finding.as_ref().expect("a finding");
    assert_eq!(found.culprits[0].0, "TCPSocketWrap");
}

#[test]
fn files_are_told_by_their_names_if_more_is_mapped() {
    let found = check(NativeKind::MappedFiles, |at| Process {
        files: 5 * at,
        file_mappings: u32::try_from(at).expect("few"),
        ..usual()
    });
    assert_eq!(found.culprits[0].0, "/data/index");
}

#[test]
fn a_file_that_is_read_piece_by_piece_is_no_growth() {
    healthy(|at| Process { files: 5 * at.min(150), file_mappings: 1, file_size: 1000, ..usual() });
}

#[test]
fn memory_that_waits_for_a_collection_is_open_until_one_comes_and_explained_after_it() {
    // Two formatters per request: 10 MiB a minute, which V8 does not know of.
    let all = judged(60, |at| Process {
        allocated: 30 + 10 * (at % 24),
        collected: at > 0 && at % 24 == 0,
        ..usual()
    });
    assert!(all.iter().all(|judged| growing(judged).is_none()));
    assert!(all[8].needs_collection && all[8].rises && all[23].rises);
    assert!(!all[40].needs_collection && !all[40].rises, "it is known to be garbage");
    let found = all[30].finding.as_ref().expect("an explanation");
    assert_eq!((found.kind, found.memory), (NativeKind::Waiting, NativeKind::Allocations));
}

#[test]
fn without_any_collection_growth_is_told_much_later() {
    let all = judged(60, |at| Process { array_buffers: 10 + 5 * at, collected: false, ..usual() });
    let told = all.iter().position(|judged| growing(judged).is_some());
    assert_eq!(told, Some(36));
    assert!(all[30].rises && all[30].needs_collection);
}

#[test]
fn growth_that_stops_is_withdrawn() {
    let all = judged(200, |at| Process { allocated: 30 + 5 * at.min(60), ..usual() });
    assert!(growing(&all[60]).is_some());
    assert!(growing(&all[120]).is_none() && !all[199].rises);
}

#[test]
fn growth_is_not_waited_for_where_memory_runs_out() {
    let grown = |limit: u64| {
        let process = |at| Process { allocated: 30 + 20 * at, limit: Some(limit), ..usual() };
        judged(8, process).last().and_then(growing)
    };
    assert_eq!((grown(1000), grown(8000)), (Some(NativeKind::Allocations), None));
}

#[test]
fn programs_that_warm_up_fill_pools_and_caches_or_follow_the_day_are_healthy() {
    let level = |at: u64, of: u64| of - of * 10 / (10 + at);
    healthy(|at| Process {
        allocated: 30 + level(at, 200),
        external: 5 + level(at, 100),
        ..usual()
    });
    healthy(|at| Process { threads: 11 + u32::try_from(at.min(12)).expect("few"), ..usual() });
    healthy(|at| Process {
        threads: if at > 9 { 75 } else { 11 },
        mapped: if at > 9 { 200 } else { 4 },
        ..usual()
    });
    healthy(|at| Process { kept: 10 + level(at, 300), ..usual() });
    // A day in 200 minutes.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        reason = "small"
    )]
    healthy(|at| {
        let angle = |at: u64| at as f64 / 200.0 * std::f64::consts::TAU;
        let load = |at: u64| 1.1 - angle(at).cos();
        let scaled = |most: f64| (most * load(at)) as u64;
        Process {
            array_buffers: 10 + scaled(100.0),
            allocated: 30 + scaled(200.0),
            sockets: 20 + scaled(2000.0) as u32,
            work: Some((0..at).map(|at| 10_000.0 * load(at)).sum()),
            ..usual()
        }
    });
}

#[test]
fn of_many_programs_that_warm_up_waver_and_are_busy_for_a_time_few_are_reported() {
    let mut told = Vec::new();
    // Without optimisation, a thousand take minutes.
    for seed in 0..if cfg!(debug_assertions) { 150 } else { 1000 } {
        let mut random = Random::new(seed);
        let mut below = |most: u64| random.next() % most.max(1);
        let (noise, busy) = (below(80), below(150));
        let (warm, often, garbage) = (below(300), 1 + below(12), below(12));
        let mut level = |at: u64| {
            let busy = if (60..90).contains(&at) { busy } else { 0 };
            busy + warm - warm * 5 / (5 + at) + below(noise) + (at % often) * garbage
        };
        let drawn: Vec<[u64; 4]> = (0..120).map(|at| std::array::from_fn(|_| level(at))).collect();
        let all = judged(120, |at| {
            let [array_buffers, external, allocated, kept] =
                drawn[usize::try_from(at).expect("few")];
            let threads = 11 + u32::try_from(kept % 9).expect("few");
            let sockets = u32::try_from(20 + external * 4).expect("few");
            Process {
                array_buffers,
                external,
                allocated,
                kept,
                threads,
                sockets,
                collected: at % often == 0,
                ..usual()
            }
        });
        let confirmed = all.windows(rules::NATIVE_CONFIRMED as usize).position(|shown| {
            growing(&shown[0]).is_some()
                && shown.iter().all(|judged| growing(judged) == growing(&shown[0]))
        });
        told.extend(confirmed.map(|at| (seed, at, growing(&all[at]))));
    }
    // With noise of the size of the growth, a warm-up and a busy time together look like one.
    assert!(told.len() < 5, "{told:?}");
}
