//! Growth outside the JavaScript heap, as it is reported.

use serde::Serialize;

/// A memory counter of the process that can grow independently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NativeCounter {
    /// `memory.arrayBuffersBytes`.
    ArrayBuffers,
    /// `memory.externalBytes` without the one above.
    External,
    /// `memory.rssBytes` without the JavaScript heap and the two above.
    Resident,
}

/// What kind of memory grows outside the JavaScript heap. They differ because what to do about
/// them differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NativeKind {
    /// `ArrayBuffer`s that objects hold.
    ArrayBuffers,
    /// Memory that rises until V8 collects garbage, and falls then. No leak.
    Waiting,
    /// WebAssembly memories.
    Wasm,
    /// Other memory that V8 counts, as contents of big strings, and that JavaScript objects hold.
    External,
    /// Memory that native code has allocated and not freed.
    Allocations,
    /// Memory that the allocator keeps although it is free.
    Fragmentation,
    /// Threads.
    Threads,
    /// Mapped files.
    MappedFiles,
    /// Mappings that a library has made for itself.
    Mappings,
    /// Handles and requests of the event loop.
    Handles,
    /// Memory that V8 has taken from the system and does not use. No leak.
    HeapFree,
    /// Resident memory of unknown kind.
    Resident,
}

/// Growth outside the JavaScript heap.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NativeGrowthReport {
    /// What kind of memory it is.
    pub kind: NativeKind,
    /// Whether it grows without an end in sight. Otherwise it only explains where memory is.
    pub is_growth: bool,
    /// The counter of the process that shows it.
    pub counter: NativeCounter,
    /// One line: what grows and how fast.
    pub title: String,
    /// Its values while it grew, oldest first, in bytes.
    pub bytes: Vec<u64>,
    /// The number of threads, mappings or handles at these times; `None` for other kinds.
    pub counts: Option<Vec<u32>>,
    /// Readings in which it grew.
    pub checks: u32,
    /// Slope of `bytes` over time.
    pub bytes_per_hour: f64,
    /// What exactly grows, worst first: names of threads, files, types of handles, holders.
    pub culprits: Vec<String>,
    /// Why it is taken for this kind.
    pub evidence: Vec<String>,
    /// What to do about it.
    pub advice: String,
    /// Where live memory was allocated since this growth was found, most first; empty unless
    /// that is recorded.
    pub stacks: Vec<NativeStack>,
}

/// Live memory that native code has allocated on one stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NativeStack {
    /// An estimate of the memory that is alive.
    pub bytes: u64,
    /// How many samples that is an estimate from.
    pub samples: u32,
    /// The callers of the allocator, the innermost first; empty if they are not known.
    pub frames: Vec<NativeFrame>,
}

/// A function on a native stack.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NativeFrame {
    /// Its name, without parameters; `None` if its file has no name for it.
    pub function: Option<String>,
    /// The program's or library's file, after its npm package if it is in one.
    pub module: String,
}
