//! Reads V8's sampling heap profiler from memory.
//!
//! Its layout is private to V8. It is the same from V8 11 to 14; the numbers are words
//! (`SamplingHeapProfiler`, src/profiler/sampling-heap-profiler.h):
//!
//! ```text
//! HeapProfiler ─▶ SamplingHeapProfiler      node of the map      Sample          AllocationNode
//!                 0   isolate               0  the next          0  size         12  caller
//!                 2   samples taken         1  key, a Sample     1  node         13  script, start
//!                 5   interval              2  the same          2  handle       14  name
//!                 6   itself                                     3  profiler
//!                 9   interval
//!                 11  node of the root
//!                 25  "(root)"
//!                 29  first of the map
//!                 30  samples in it
//!                 31  1.0
//! ```
//!
//! Everything is checked: a read may fail, pointers back must be right, and a map must have as
//! many entries as it states. If anything is wrong, there is no sampler.

/// Memory in which any address may be invalid.
pub trait Peek {
    /// Fills `to` from address `at` on. Returns false if not all of it can be read.
    fn read(&self, at: u64, to: &mut [u8]) -> bool;

    /// Reads `N` words, at most 64.
    fn words<const N: usize>(&self, at: u64) -> Option<[u64; N]> {
        let mut bytes = [0_u8; 64 * 8];
        let bytes = bytes.get_mut(..N * 8)?;
        if at == 0 || !at.is_multiple_of(8) || !self.read(at, bytes) {
            return None;
        }
        let mut words = [0; N];
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        Some(words)
    }

    /// Reads the C string at `at` into `to`, as far as there is room. Returns its length.
    fn text(&self, at: u64, to: &mut [u8]) -> usize {
        /// Bytes that are read together if possible.
        const PIECE: usize = 32;
        let mut length = 0;
        while length < to.len() {
            let Some(at) = at.checked_add(length as u64).filter(|at| *at > 0) else { break };
            let end = to.len().min(length + PIECE);
            let end = if self.read(at, &mut to[length..end]) { end } else { length + 1 };
            if end == length + 1 && !self.read(at, &mut to[length..end]) {
                break;
            }
            match to[length..end].iter().position(|byte| *byte == 0) {
                Some(zero) => return length + zero,
                None => length = end,
            }
        }
        length
    }
}

/// Words of a `HeapProfiler` that are searched for the sampler's address: it is the 10th or 14th.
const PROFILER_WORDS: usize = 32;
/// Words of the sampler that are read.
const WORDS: usize = 32;
/// Offset of the root's node in the sampler.
const ROOT: u64 = 11 * 8;
/// Name of the root.
const ROOT_NAME: &[u8] = b"(root)";
/// Index of the word with a node's caller. The words with script and start, and with the name,
/// follow.
const CALLER: u64 = 12;
/// Limit of samples, above what any of our intervals leads to.
const MOST: u64 = 1 << 20;
/// The map's maximum load factor: the float 1.0.
const LOAD_FACTOR: u32 = 0x3f80_0000;

/// A running sampler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampler {
    at: u64,
    first: u64,
    /// Average bytes between two samples. Our sampler is recognised by it.
    pub interval: u64,
    /// Samples taken so far.
    pub taken: u64,
    /// Samples that are alive.
    pub live: u64,
}

/// A sample that is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawSample {
    /// Bytes that were allocated.
    pub bytes: u64,
    /// The node of the stack.
    pub node: u64,
    /// Address of V8's weak handle to the object; 0 once the object is dead.
    pub handle: u64,
}

/// A node of the tree of stacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RawNode {
    /// The node of the caller; 0 for the root.
    pub caller: u64,
    /// Number of the script; 0 for V8's own functions.
    pub script: u32,
    /// Position in the script at which the function begins.
    pub start: i32,
    /// Its name, a C string.
    pub name: u64,
}

impl Sampler {
    /// Finds the sampler of `isolate`, whose `HeapProfiler` is at `profiler`. Returns `None` if
    /// there is none, or its layout is unknown.
    pub fn find(memory: &impl Peek, isolate: u64, profiler: u64) -> Option<Self> {
        let words: [u64; PROFILER_WORDS] = memory.words(profiler)?;
        words.into_iter().find_map(|at| Self::at(memory, isolate, at))
    }

    fn at(memory: &impl Peek, isolate: u64, at: u64) -> Option<Self> {
        let words: [u64; WORDS] = memory.words(at)?;
        let interval = words[5];
        let points_back = words[0] == isolate && words[6] == at && words[9] == interval;
        if !points_back || interval == 0 || words[23] != 0 {
            return None;
        }
        let mut name = [0; ROOT_NAME.len() + 1];
        if memory.text(words[25], &mut name) != ROOT_NAME.len() || !name.starts_with(ROOT_NAME) {
            return None;
        }
        let (first, live) = (words[29], words[30]);
        let is_map = words[31] as u32 == LOAD_FACTOR && live <= MOST && (first == 0) == (live == 0);
        is_map.then_some(Self { at, first, interval, taken: words[2], live })
    }

    /// Calls `with` for each live sample. Returns `None`, possibly after some of them, if the list
    /// is not valid.
    pub fn each(&self, memory: &impl Peek, mut with: impl FnMut(RawSample)) -> Option<()> {
        let mut next = self.first;
        for _ in 0..self.live {
            let [after, key, value] = memory.words(next)?;
            let [bytes, node, handle, profiler] = memory.words(key)?;
            if key != value || profiler != self.at {
                return None;
            }
            with(RawSample { bytes, node, handle });
            next = after;
        }
        (next == 0).then_some(())
    }

    /// Returns the address of the root's node, which is no function.
    pub fn root(&self) -> u64 {
        self.at + ROOT
    }

    /// Reads a node.
    pub fn node(memory: &impl Peek, at: u64) -> Option<RawNode> {
        let at = at.checked_add(8 * CALLER)?;
        let [caller, place, name] = memory.words(at)?;
        let start = ((place >> 32) as u32).cast_signed();
        Some(RawNode { caller, script: place as u32, start, name })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use rustc_hash::FxHashMap;

    use super::*;

    /// Memory made by hand: what is not in it cannot be read.
    #[derive(Clone, Default)]
    pub(crate) struct Made(pub(crate) FxHashMap<u64, u8>);

    impl Made {
        pub(crate) fn put(&mut self, at: u64, words: &[u64]) {
            let bytes = words.iter().flat_map(|word| word.to_ne_bytes());
            self.0.extend((at..).zip(bytes));
        }

        pub(crate) fn say(&mut self, at: u64, text: &str) {
            self.0.extend((at..).zip(text.bytes().chain([0])));
        }
    }

    impl Peek for Made {
        fn read(&self, at: u64, to: &mut [u8]) -> bool {
            to.iter_mut().zip(0_u64..).all(|(byte, i)| {
                let known = at.checked_add(i).and_then(|at| self.0.get(&at));
                known.map(|it| *byte = *it).is_some()
            })
        }
    }

    pub(crate) const ISOLATE: u64 = 0x1000;
    pub(crate) const PROFILER: u64 = 0x2000;
    const SAMPLER: u64 = 0x3000;
    const NODE: u64 = 0x5000;

    /// A sampler with two samples of `make`, called by the root.
    pub(crate) fn made() -> Made {
        let mut memory = Made::default();
        let mut profiler = [7; PROFILER_WORDS];
        profiler[9] = SAMPLER;
        memory.put(PROFILER, &profiler);
        let mut words = [0; WORDS];
        for (at, word) in [(0, ISOLATE), (2, 12), (5, 16_411), (6, SAMPLER), (9, 16_411)] {
            words[at] = word;
        }
        for (at, word) in [(25, 0x8000), (29, 0x4000), (30, 2), (31, 0x3f80_0000)] {
            words[at] = word;
        }
        memory.put(SAMPLER, &words);
        memory.say(0x8000, "(root)");
        memory.put(0x4000, &[0x4100, 0x4200, 0x4200]);
        memory.put(0x4100, &[0, 0x4300, 0x4300]);
        memory.put(0x4200, &[96, NODE, 0x6000, SAMPLER]);
        memory.put(0x4300, &[40, NODE, 0, SAMPLER]);
        memory.put(NODE + 96, &[SAMPLER + ROOT, 81 << 32 | 5, 0x8100]);
        memory.say(0x8100, "make");
        memory
    }

    fn samples(memory: &Made) -> Option<Vec<RawSample>> {
        let sampler = Sampler::find(memory, ISOLATE, PROFILER)?;
        let mut samples = Vec::new();
        sampler.each(memory, |sample| samples.push(sample))?;
        Some(samples)
    }

    #[test]
    fn a_sampler_is_found_and_read() {
        let memory = made();
        let sampler = Sampler::find(&memory, ISOLATE, PROFILER).expect("it is there");
        assert_eq!((sampler.interval, sampler.taken, sampler.live), (16_411, 12, 2));
        let found = samples(&memory).expect("both");
        assert_eq!(found[0], RawSample { bytes: 96, node: NODE, handle: 0x6000 });
        assert_eq!(found[1].handle, 0);
        let node = Sampler::node(&memory, NODE).expect("readable");
        assert_eq!((node.caller, node.script, node.start), (sampler.root(), 5, 81));
        let mut name = [0; 64];
        let length = memory.text(node.name, &mut name);
        assert_eq!(&name[..length], b"make");
    }

    #[test]
    fn a_name_ends_with_its_memory_and_with_the_room_for_it() {
        let mut memory = Made::default();
        memory.0.extend((0x100..).zip(*b"abc"));
        assert_eq!(memory.text(0x100, &mut [0; 64]), 3);
        assert_eq!(memory.text(0x100, &mut [0; 2]), 2);
        assert_eq!(memory.text(0x900, &mut [0; 2]), 0);
        assert_eq!(memory.text(u64::MAX, &mut [0; 64]), 0);
    }

    #[test]
    fn whatever_word_is_damaged_is_no_sampler_or_no_more_samples_than_there_are() {
        let whole = samples(&made()).expect("both");
        for at in [PROFILER, SAMPLER, 0x4000, 0x4100, 0x4200, 0x4300] {
            for word in 0..32 {
                for value in [0, 8, SAMPLER, u64::MAX, 0x4000, 0x4001, 1 << 21] {
                    let mut memory = made();
                    let at = at + 8 * word;
                    if memory.0.contains_key(&at) {
                        memory.put(at, &[value]);
                    }
                    assert!(samples(&memory).unwrap_or_default().len() <= whole.len());
                }
            }
        }
        // These all mean that it is another object.
        for word in [0, 5, 6, 9, 23, 25, 31] {
            let mut memory = made();
            memory.put(SAMPLER + 8 * word, &[99]);
            assert_eq!(samples(&memory), None, "word {word}");
        }
    }

    #[test]
    fn a_list_that_bites_its_tail_or_breaks_off_is_refused() {
        for next in [0, 0x4000, 0x4100, 0x7777] {
            let mut memory = made();
            memory.put(0x4000, &[next, 0x4200, 0x4200]);
            memory.put(SAMPLER + 30 * 8, &[3]);
            assert_eq!(samples(&memory), None, "{next:x}");
        }
    }
}
