//! Walks a heap made by hand, with damaged words.
//!
//! The heap has everything that a walk needs: an isolate with its tables, maps,
//! strings, arrays, functions, a WeakMap, and some thousands of entries in an array.
//! Each seed damages a copy in a child of its own. The child must end by itself with
//! a known code; its output must be refused, or contain no more than the heap did.

#![cfg(test)]

use std::{collections::BTreeMap, fs::File, io::Read, os::fd::FromRawFd};

use super::{
    Anchors, Known, Walk,
    decode::Decoder,
    layout::{Kind, Layout, VERSIONS, offset, symbols::tests::Listed},
    scan::Tolerance,
};
use crate::{
    capture::fork::ExitCode,
    graph::{GraphBuilder, HeapGraph, NodeKind},
    testkit::Random,
};

const PAGE: u64 = 256 << 10;
/// Words of the isolate: as many as hold its tables.
const ISOLATE: u64 = 2048;
const ROOTS: u64 = 80;
const ROOT_COUNT: u64 = 64;
/// Enough for more than 10,000 objects: with fewer, no wild word is tolerated.
const ENTRIES: u64 = 2000;
const SEEDS: u64 = 300;
const SAMPLES: u64 = 200;

/// One mapping: pages of the heap, then what lies outside of it.
struct Made {
    walk: Walk,
    at: u64,
    /// Bytes of all.
    all: u64,
    /// The address of the next object.
    next: u64,
    isolate: u64,
    anchors: Anchors,
    meta: u64,
    /// Address and bytes of V8's sampler.
    sampler: (u64, u64),
    /// Addresses of words that hold small integers.
    integers: Vec<u64>,
}

fn poke(at: u64, word: u64) {
    // SAFETY: all addresses here are in the mapping that `Made::new` has made.
    unsafe { (at as *mut u64).write(word) };
}

fn small(value: u64) -> u64 {
    value << 32
}

impl Made {
    fn new() -> Self {
        let mut layout = Layout::read(VERSIONS[2], &Listed::of_node(24)).expect("known");
        let native_context = (0..4096)
            .find(|&number| layout.kinds.of(number) == Kind::Context)
            .expect("there are contexts");
        layout.kinds.set_native_context(native_context);
        let weak_table = (0..4096)
            .rfind(|&number| layout.kinds.of(number) == Kind::HashTable)
            .expect("there are tables");
        let (heap, all) = (4 * PAGE, 5 * PAGE);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: asks for a new mapping; one page more than needed, to begin at one.
        let raw = unsafe {
            libc::mmap(std::ptr::null_mut(), (all + PAGE) as usize, access, flags, -1, 0)
        };
        assert_ne!(raw, libc::MAP_FAILED);
        let at = (raw as u64).next_multiple_of(PAGE);
        let known = Known {
            roots: ROOTS,
            root_count: ROOT_COUNT,
            undefined: 4,
            hole: 9,
            to_string_tag: 10,
            constructor: 11,
            native_context,
            weak_table,
        };
        let mut made = Self {
            walk: Walk { layout, known },
            at,
            all,
            next: at + 128,
            isolate: at + heap,
            anchors: Anchors::default(),
            meta: 0,
            sampler: (0, 0),
            integers: Vec::new(),
        };
        for page in 0..heap / PAGE {
            poke(at + page * PAGE + 16, made.isolate + 8);
        }
        made.fill();
        made
    }

    fn number_of(&self, kind: Kind) -> u64 {
        let found = (0..4096).find(|&number| self.walk.layout.kinds.of(number) == kind);
        u64::from(found.expect("there is one"))
    }

    /// Adds an object of these words; returns its tagged address.
    fn object(&mut self, words: &[u64]) -> u64 {
        let at = self.next;
        self.next += 8 * words.len() as u64;
        if self.next / PAGE != at / PAGE {
            self.next = self.next / PAGE * PAGE + 128;
            return self.object(words);
        }
        for (index, &word) in (0..).zip(words) {
            poke(at + 8 * index, word);
        }
        at + 1
    }

    /// Adds a map of objects of `words` words; 0 if their sizes differ.
    fn map(&mut self, number: u64, words: u64, bits2: u64) -> u64 {
        let head = words | words << 8 | number << 32 | bits2 << 56;
        self.object(&[self.meta, head, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    fn string(&mut self, map: u64, text: &str) -> u64 {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        let mut words = vec![map, (text.len() as u64) << 32];
        let (chunks, _) = bytes.as_chunks();
        words.extend(chunks.iter().map(|chunk| u64::from_le_bytes(*chunk)));
        self.object(&words)
    }

    fn array(&mut self, map: u64, items: &[u64]) -> u64 {
        let mut words = vec![map, small(items.len() as u64)];
        words.extend(items);
        self.object(&words)
    }

    fn root(&self, index: u64, word: u64) {
        poke(self.isolate + ROOTS + 8 * index, word);
    }

    #[expect(clippy::too_many_lines, reason = "a heap is many things, each said once")]
    fn fill(&mut self) {
        /// Elements of any sort, without gaps, as a map has it.
        const PACKED: u64 = 2 << 2;
        /// `new.target` was the constructor.
        const CONSTRUCTED: u64 = 1;
        let functions = self.walk.layout.clone();
        self.meta = self.next + 1;
        let meta = self.map(self.number_of(Kind::Map), 10, 0);
        assert_eq!(meta, self.meta);
        let oddball = self.map(self.number_of(Kind::Oddball), 5, 0);
        let odd: Vec<u64> = (0..5).map(|_| self.object(&[oddball, 0, 0, 0, 0])).collect();
        let string = self.map(8, 0, 0); // a sequential string of one byte each
        let fixed = self.map(self.number_of(Kind::FixedArray), 0, 0);
        let number = self.map(self.number_of(Kind::HeapNumber), 2, 0);
        let cons = self.map(1 | 8, 4, 0);
        let empty = self.array(fixed, &[]);
        let shared_map = self.map(self.number_of(Kind::SharedFunctionInfo), 9, 0);
        let function_map = self.map(self.number_of(Kind::JsFunction), 8, 0);
        let context_map = self.map(u64::from(self.walk.known.native_context), 0, 0);
        let weak_map = self.map(self.number_of(Kind::JsWeakCollection), 4, 0);
        let weak_table = self.map(u64::from(self.walk.known.weak_table), 0, 0);
        // A class has its name in the function that constructs its objects.
        let class = |made: &mut Self, name: &str, words| {
            let name = made.string(string, name);
            let mut shared = [0; 9];
            shared[0] = shared_map;
            shared[(functions.shared_name / 8) as usize] = name;
            let shared = made.object(&shared);
            let mut function = [0; 8];
            function[0] = function_map;
            function[(functions.function_shared / 8) as usize] = shared;
            let function = made.object(&function);
            let map = made.map(made.number_of(Kind::JsObject), words, CONSTRUCTED | PACKED);
            poke(map - 1 + offset::MAP_CONSTRUCTOR, function);
            map
        };
        let entry = class(self, "Entry", 5);
        let value = class(self, "Value", 4);
        // Objects begin on another page than the read-only ones.
        self.next = self.at + PAGE + 128;
        let (mut entries, mut pairs) = (Vec::new(), vec![0; 3]);
        for index in 0..ENTRIES {
            let text = self.string(string, &format!("entry {index}"));
            let float = self.object(&[number, index << 50]);
            let both = self.object(&[cons, 8 << 32, text, text]);
            let tags = self.array(fixed, &[float, both, small(index)]);
            self.integers.push(tags - 1 + 8 * 4);
            let previous = entries.last().copied().unwrap_or(odd[0]);
            entries.push(self.object(&[entry, empty, tags, text, previous]));
            let held = self.object(&[value, empty, empty, float]);
            pairs.extend([entries[index as usize], held]);
        }
        let list = self.array(fixed, &entries);
        let table = self.array(weak_table, &pairs);
        let map = self.object(&[weak_map, empty, empty, table]);
        let holders: Vec<u64> = (0..20).map(|_| self.array(fixed, &[list, map])).collect();
        // Outside the heap: a queue, handles, a block of global handles.
        let outside = self.isolate + 8 * ISOLATE;
        let (queue, ring) = (outside, outside + 64);
        for (index, word) in (0..).zip([1, 1, 4, 0, ring]) {
            poke(queue + 8 * index, word);
        }
        poke(ring, holders[0]);
        let context = self.object(&[context_map, small(4), empty, odd[0], odd[1], list, queue]);
        let block = outside + 1024;
        for index in 0..256 {
            let is_used = index < 8;
            poke(block + 32 * index, if is_used { holders[index as usize] } else { 0 });
            poke(block + 32 * index + 8, index << 16 | u64::from(is_used) << 24);
        }
        for (index, word) in (0..).zip([0, outside + 8, outside + 16, 0, 0]) {
            poke(block + 256 * 32 + 8 * index, word);
        }
        let handles = block + 256 * 32 + 64;
        for (index, &word) in (0..).zip(&holders) {
            poke(handles + 8 * index, word);
        }
        let next = handles + 8 * holders.len() as u64;
        let (blocks, implementer) = (handles + 1022 * 8, handles + 1022 * 8 + 16);
        poke(blocks, handles);
        poke(implementer, blocks);
        poke(implementer + 8, blocks + 8);
        let eternals = implementer + 128;
        let (eternal_block, eternal_blocks) = (eternals + 128, eternals + 96);
        poke(eternals, holders.len() as u64);
        poke(eternals + 8, eternal_blocks);
        poke(eternals + 16, eternal_blocks + 8);
        poke(eternal_blocks, eternal_block);
        for (index, &word) in (0..).zip(&holders) {
            poke(eternal_block + 8 * index, word);
        }
        assert!(eternal_block + 8 * 256 < self.at + self.all);
        // The isolate.
        self.root(4, odd[0]);
        for (index, &word) in (6..).zip(&odd[1..4]) {
            self.root(index, word);
        }
        self.root(9, odd[4]);
        for index in [10, 11] {
            let text = self.string(string, "a key");
            self.root(index, text);
        }
        for (index, word) in (20..).zip([meta, oddball, string, fixed, number, empty]) {
            self.root(index, word);
        }
        for (index, word) in
            (0..).zip([context, 0, next, handles + 1022 * 8, implementer, eternals])
        {
            poke(self.isolate + ROOTS + 8 * (ROOT_COUNT + 4 + index), word);
        }
        self.anchors = self.walk.anchors(self.isolate, 8 * ISOLATE, next - 8, block + 32 * 3);
        self.sample(&entries[..SAMPLES as usize], eternal_block + 8 * 512);
    }

    /// A sampler at `at` with a sample of each of `objects` (`allocations::sampler`).
    fn sample(&mut self, objects: &[u64], at: u64) {
        let put = |at: u64, words: &[(u64, u64)]| {
            for &(index, word) in words {
                poke(at + 8 * index, word);
            }
        };
        let (sampler, names) = (at + 8 * 32, at + 8 * 96);
        let (nodes, first) = (names + 64, names + 64 + 8 * 16 * 8);
        let live = objects.len() as u64;
        put(at, &[(9, sampler)]);
        let own = [(0, self.isolate), (2, 99), (5, 16_411), (6, sampler), (9, 16_411)];
        put(sampler, &own);
        put(sampler, &[(25, names), (29, first), (30, live), (31, 0x3f80_0000)]);
        put(
            names,
            &[(0, u64::from_le_bytes(*b"(root)\0\0")), (1, u64::from_le_bytes(*b"make\0\0\0\0"))],
        );
        // Seven functions, each called by the one before.
        let node = |index: u64| if index == 0 { sampler + 88 } else { nodes + 128 * (index - 1) };
        for index in 1..8 {
            put(node(index), &[(12, node(index - 1)), (13, index << 32), (14, names + 8)]);
        }
        for (index, &object) in (0..).zip(objects) {
            let entry = first + 96 * index;
            let after = if index + 1 == live { 0 } else { entry + 96 };
            put(entry, &[(0, after), (1, entry + 24), (2, entry + 24)]);
            let node = node(1 + index % 7);
            put(entry + 24, &[(0, 40), (1, node), (2, entry + 64), (3, sampler), (8 - 3, object)]);
        }
        self.anchors.profiler = at;
        self.sampler = (at, first + 96 * live);
        assert!(self.sampler.1 < self.at + self.all);
    }

    /// Walks in a child that insists, after `damage`; returns its exit code and its output.
    fn walk(&self, damage: impl FnOnce()) -> (i32, Vec<u8>) {
        self.walk_with(Tolerance { known: 0, insists: true }, damage)
    }

    fn walk_with(&self, tolerance: Tolerance, damage: impl FnOnce()) -> (i32, Vec<u8>) {
        let mut ends = [0; 2];
        // SAFETY: room for two descriptors.
        assert_eq!(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) }, 0);
        let maps = crate::capture::proc::open(c"/proc/self/maps", libc::O_RDONLY);
        let maps = maps.expect("Linux");
        // SAFETY: the child damages its copy of the mapping, walks and leaves.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            damage();
            // It would list the mappings of the parent.
            // SAFETY: opened above.
            unsafe { libc::close(maps) };
            let maps = crate::capture::proc::open(c"/proc/self/maps", libc::O_RDONLY);
            let walked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                // SAFETY: a forked child, on its only thread.
                unsafe { self.walk.run(&self.anchors, maps.unwrap_or(-1), ends[1], tolerance) }
            }));
            walked.unwrap_or(ExitCode::Panic).leave();
        }
        assert!(pid > 0);
        // SAFETY: opened above, and used by nobody else.
        let mut from = unsafe {
            libc::close(maps);
            libc::close(ends[1]);
            File::from_raw_fd(ends[0])
        };
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("a pipe");
        let mut status = 0;
        // SAFETY: a child of ours, and room for its status.
        assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
        assert!(libc::WIFEXITED(status), "ended by signal {}", libc::WTERMSIG(status));
        (libc::WEXITSTATUS(status), bytes)
    }
}

fn decode(bytes: &[u8]) -> Option<(u64, HeapGraph)> {
    let mut decoder = Decoder::new();
    decoder.push(bytes).ok()?;
    let doubtful = decoder.doubt().total();
    Some((doubtful, decoder.finish(GraphBuilder::lean()).and_then(GraphBuilder::finish).ok()?))
}

/// Counts the objects of each class.
fn classes(graph: &HeapGraph) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for node in graph.ordinals().filter(|&node| graph.kind(node) == NodeKind::Object) {
        *counts.entry(graph.name(node).to_owned()).or_default() += 1;
    }
    counts
}

#[test]
fn a_heap_made_by_hand_is_walked_whole() {
    let made = Made::new();
    let (code, bytes) = made.walk(|| {});
    assert_eq!(code, ExitCode::Done as i32);
    let (doubtful, graph) = decode(&bytes).expect("a whole walk");
    assert_eq!(doubtful, 0);
    let classes = classes(&graph);
    assert_eq!((classes.get("Entry"), classes.get("Value")), (Some(&ENTRIES), Some(&ENTRIES)));
}

#[test]
fn wild_words_are_taken_where_they_are_known_or_the_walk_insists_and_no_more_of_them() {
    let made = Made::new();
    let outcome = |tolerance, wild: usize| {
        let (code, bytes) = made.walk_with(tolerance, || {
            // The isolate is on no page of the heap.
            made.integers.iter().take(wild).for_each(|&at| poke(at, made.isolate + 1));
        });
        (ExitCode::of(code), decode(&bytes).map(|(doubtful, _)| doubtful))
    };
    let knows = |known| Tolerance { known, insists: false };
    let (believed, doubted) = ((Some(ExitCode::Done), Some(1)), (Some(ExitCode::Doubt), None));
    assert_eq!(outcome(knows(0), 1), doubted);
    assert_eq!(outcome(Tolerance { known: 0, insists: true }, 1), believed);
    assert_eq!(outcome(knows(1), 1), believed);
    assert_eq!(outcome(knows(1), 2), doubted, "one more is not known");
    assert_eq!(outcome(knows(2), 2), doubted, "more than in one of 10,000 objects");
}

/// Returns how many samples a walk reports.
fn samples(bytes: &[u8]) -> Option<u64> {
    let mut decoder = Decoder::new();
    decoder.push(bytes).ok()?;
    let (_, samples) = decoder.finish_with_samples(GraphBuilder::lean()).ok()?;
    Some(samples.map_or(0, |samples| samples.samples.len() as u64))
}

#[test]
fn samples_of_a_heap_made_by_hand_are_all_there() {
    let (code, bytes) = Made::new().walk(|| {});
    assert_eq!(code, ExitCode::Done as i32);
    assert_eq!(samples(&bytes), Some(SAMPLES));
}

#[test]
fn a_damaged_sampler_costs_samples_and_never_the_walk() {
    let made = Made::new();
    let mut found = Vec::new();
    for seed in 0..SEEDS {
        let count = 1 << (seed % 8);
        let (code, bytes) = made.walk(|| damage(&mut Random::new(seed), made.sampler, count));
        assert_eq!(code, ExitCode::Done as i32, "seed {seed}");
        let (doubtful, graph) = decode(&bytes).expect("a whole walk");
        assert_eq!((doubtful, classes(&graph).get("Entry")), (0, Some(&ENTRIES)), "seed {seed}");
        found.push(samples(&bytes).expect("a whole walk"));
    }
    assert!(found.iter().all(|&count| count <= SAMPLES));
    assert!(found.contains(&0) && found.iter().any(|&count| count > 0), "{found:?}");
}

/// Damages `count` words in `words` (from, to), each in one of four ways.
fn damage(random: &mut Random, (from, to): (u64, u64), count: u64) {
    for _ in 0..count {
        let mut any = || from + 8 * (random.next() % ((to - from) / 8));
        let (at, other) = (any(), any());
        // SAFETY: in the mapping that `Made::new` has made.
        let (word, other) = unsafe { ((at as *const u64).read(), (other as *const u64).read()) };
        poke(
            at,
            match random.next() % 4 {
                0 => word ^ 1 << (random.next() % 64),
                1 => other,
                2 => random.next(),
                _ => 0,
            },
        );
    }
}

#[test]
fn damaged_words_are_refused_or_tell_of_no_more_than_there_was() {
    let made = Made::new();
    let mut outcomes = BTreeMap::new();
    for seed in 0..SEEDS {
        let count = 1 << (seed % 12);
        let (code, bytes) = made.walk(|| {
            let mut random = Random::new(seed);
            damage(&mut random, (made.at, made.next.max(made.at + 3 * PAGE)), count);
            damage(&mut random, (made.isolate, made.at + made.all), count / 16);
        });
        *outcomes.entry(code).or_insert(0) += 1;
        let graph = decode(&bytes);
        if code != ExitCode::Done as i32 {
            assert!(graph.is_none(), "seed {seed}: ended with {code}, and was believed");
            continue;
        }
        let Some((_, graph)) = graph else { continue };
        for (class, found) in classes(&graph) {
            let most = if ["Entry", "Value"].contains(&&*class) { ENTRIES } else { 0 };
            // A damaged word changes the class of one object at most, unless it is in a
            // map, where it changes that of all its objects.
            assert!(found <= most + ENTRIES + count, "seed {seed}: {found} of {class}");
        }
    }
    let known = [ExitCode::Done, ExitCode::Doubt, ExitCode::Fault, ExitCode::NoRoom];
    let is_known = |code: &i32| known.iter().any(|it| *it as i32 == *code);
    assert!(outcomes.keys().all(is_known), "{outcomes:?}");
    assert!(outcomes.len() > 1, "some are believed and some are not: {outcomes:?}");
}

#[test]
fn pages_that_are_gone_are_refused_or_leave_less() {
    let made = Made::new();
    for page in 0..made.all / PAGE {
        for half in [0, 1] {
            let (code, bytes) = made.walk(|| {
                let at = made.at + page * PAGE + half * PAGE / 2;
                // SAFETY: a half of a page of the mapping, in a child that only walks.
                unsafe { libc::munmap(at as *mut libc::c_void, PAGE as usize / 2) };
            });
            let graph = decode(&bytes);
            if code == ExitCode::Done as i32 {
                let (_, graph) = graph.expect("a whole walk");
                let found = classes(&graph);
                assert!(found.values().all(|&count| count <= ENTRIES), "{page}: {found:?}");
            } else {
                assert!(graph.is_none(), "page {page}: ended with {code}, and was believed");
            }
        }
    }
}
