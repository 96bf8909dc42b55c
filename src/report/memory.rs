//! The account of a process's memory.

use serde::{Deserialize, Serialize};

use super::{Memory, SCHEMA_VERSION};

/// Where the resident memory of the process is.
///
/// What the kernel counts (`parts`) adds up to `rss_bytes`; the rest says more about single
/// parts. Unknown is `None`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemoryAccount {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// When it was read, ISO 8601.
    pub at: String,
    /// Resident set size.
    pub rss_bytes: u64,
    /// Its parts, which add up to it.
    pub parts: MemoryParts,
    /// V8's own figures of this isolate's heap, by space.
    pub spaces: Vec<HeapSpace>,
    /// What Node counts for this isolate, resident or not.
    pub external: ExternalMemory,
    /// The allocator of native code.
    pub allocator: Allocator,
    /// The process's threads by name, most first.
    pub threads: Vec<Counted>,
    /// Mapped files that are neither programs nor libraries, biggest first; at most 20.
    pub files: Vec<MappedFile>,
    /// Active handles and requests of this event loop by type, most first.
    pub handles: Vec<Counted>,
    /// Memory of the process that is swapped out.
    pub swap_bytes: Option<u64>,
    /// The kernel's page tables for the process. Not part of `rss_bytes`.
    pub page_tables_bytes: Option<u64>,
    /// What the control group counts; `None` without one.
    pub group: Option<GroupMemory>,
    /// How long it took to read, in milliseconds, off the event loop.
    pub took_ms: f64,
}

impl MemoryAccount {
    /// Creates an account with nothing in it.
    pub fn new(at: String) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            at,
            rss_bytes: 0,
            parts: MemoryParts::default(),
            spaces: Vec::new(),
            external: ExternalMemory::default(),
            allocator: Allocator::default(),
            threads: Vec::new(),
            files: Vec::new(),
            handles: Vec::new(),
            swap_bytes: None,
            page_tables_bytes: None,
            group: None,
            took_ms: 0.0,
        }
    }

    /// Whether the system has shown which pages are resident. Otherwise the account is what Node
    /// counts, and without the threads.
    pub fn shows_pages(&self) -> bool {
        !self.threads.is_empty()
    }
}

/// Resident memory by what it is, in bytes.
///
/// `ArrayBuffer`s and external memory come from the allocator: their parts are what Node counts,
/// as far as the allocator's memory in use is resident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemoryParts {
    /// Pages of V8's heaps, Workers' included: objects, garbage and what is free between them.
    pub heap_bytes: u64,
    /// WebAssembly memories.
    pub wasm_bytes: u64,
    /// Contents of `ArrayBuffer`s and `Buffer`s.
    pub array_buffers_bytes: u64,
    /// Other memory that V8 counts, as contents of big strings.
    pub external_bytes: u64,
    /// The rest of what the allocator has handed out; `None` if the allocator tells nothing.
    pub allocated_bytes: Option<u64>,
    /// What the allocator keeps although it is free; `None` if it tells nothing.
    pub allocator_free_bytes: Option<u64>,
    /// Stacks of threads.
    pub stacks_bytes: u64,
    /// Programs and libraries.
    pub images_bytes: u64,
    /// Other mapped files.
    pub files_bytes: u64,
    /// Memory that is shared between processes.
    pub shared_bytes: u64,
    /// What seep holds for a capture or its analysis.
    pub seep_bytes: u64,
    /// Everything else: mappings that a library has made for itself, and the allocator's memory
    /// where it tells nothing.
    pub unattributed_bytes: u64,
}

/// A space of V8's heap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HeapSpace {
    /// V8's name: `old_space`.
    pub name: String,
    /// Taken by objects, garbage included.
    pub used_bytes: u64,
    /// Taken from the system.
    pub committed_bytes: u64,
    /// Taken from the system and not used by objects.
    pub free_bytes: u64,
}

/// Counters of Node, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExternalMemory {
    /// `process.memoryUsage().arrayBuffers`.
    pub array_buffers_bytes: u64,
    /// `process.memoryUsage().external` without the former.
    pub other_bytes: u64,
}

impl ExternalMemory {
    /// Returns those of `now`.
    pub(crate) fn of(now: &Memory) -> Self {
        Self {
            array_buffers_bytes: now.array_buffers_bytes,
            other_bytes: now.external_bytes.saturating_sub(now.array_buffers_bytes),
        }
    }
}

/// The allocator of native code, and what it says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Allocator {
    /// Which it is.
    pub name: AllocatorName,
    /// Handed out, resident or not.
    pub used_bytes: Option<u64>,
    /// Kept although it is free, resident or not.
    pub free_bytes: Option<u64>,
    /// Part of `used_bytes` with mappings of its own.
    pub mapped_bytes: Option<u64>,
    /// Arenas.
    pub arenas: Option<u32>,
    /// When it was asked, or its figures were estimated, ISO 8601.
    pub at: Option<String>,
    /// Why it tells nothing, or why its figures are an estimate; `None` if it told them.
    pub why: Option<String>,
}

/// Allocators that tell how much they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AllocatorName {
    /// The GNU C library's.
    Glibc,
    /// musl's, which tells nothing.
    Musl,
    /// jemalloc, preloaded or linked.
    Jemalloc,
    /// mimalloc, preloaded or linked.
    Mimalloc,
    /// tcmalloc, preloaded or linked.
    Tcmalloc,
    /// Any other.
    #[default]
    Unknown,
}

/// How many there are of one name or type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Counted {
    /// Name or type.
    pub name: String,
    /// How many.
    pub count: u32,
}

/// A mapped file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MappedFile {
    /// Its path.
    pub file: String,
    /// Mapped, resident or not.
    pub mapped_bytes: u64,
    /// How often it is mapped.
    pub mappings: u32,
}

/// Memory as a control group counts it: what a container's limit applies to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupMemory {
    /// Version of the interface: 1 or 2.
    pub version: u8,
    /// The tightest limit above the process; `None` if there is none.
    pub limit_bytes: Option<u64>,
    /// In use, the page cache included.
    pub used_bytes: u64,
    /// In use without what the kernel can drop (`inactive_file`): what Kubernetes evicts by.
    pub working_set_bytes: u64,
    /// Anonymous memory of all its processes.
    pub anonymous_bytes: Option<u64>,
    /// Page cache.
    pub cache_bytes: Option<u64>,
    /// The kernel's own: page tables, slabs, sockets.
    pub kernel_bytes: Option<u64>,
    /// Swap in use.
    pub swap_bytes: Option<u64>,
}

/// When memory runs out at the present rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exhaustion {
    /// What runs out first.
    pub limit: LimitKind,
    /// The limit.
    pub limit_bytes: u64,
    /// What counts toward it now.
    pub used_bytes: u64,
    /// How fast that grows; 0 or less if it does not.
    pub bytes_per_hour: f64,
    /// Time until it is reached at that rate, in milliseconds; `None` if it does not grow.
    pub left_ms: Option<f64>,
}

/// A limit of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitKind {
    /// The control group's: the kernel kills a process of the container.
    Group,
    /// V8's: the process ends with "heap out of memory".
    Heap,
}

/// What JavaScript adds to an account: figures that only the event loop has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoopFigures {
    /// V8's spaces.
    pub spaces: Vec<HeapSpace>,
    /// Active handles and requests by type.
    pub handles: Vec<Counted>,
}
