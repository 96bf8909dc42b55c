//! Where the objects of a leak were allocated, as JavaScript sees it.

use serde::Serialize;

use super::SourceLocation;

/// The sampled allocations of the objects of a leak.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeakAllocations {
    /// How stacks were attributed to the leak.
    pub source: AllocationSource,
    /// Who started the sampler.
    pub sampler: SamplerOwner,
    /// The number of samples.
    pub samples: u64,
    /// The average number of bytes from one sample to the next.
    pub interval_bytes: u64,
    /// The function of the program that creates most of the items, or of their contents.
    pub created_in: Option<StackPlace>,
    /// The function of the program that makes their stores grow.
    pub stored_in: Option<StackPlace>,
    /// The stacks of items, of stores and of contents, each by bytes. First come those with the
    /// program's own code, last those without any of it or of packages.
    pub stacks: Vec<AllocationStack>,
}

/// How stacks were attributed to a leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AllocationSource {
    /// Each sample is an object of the leak.
    Linked,
    /// The live samples of these stacks grow; which objects they are of is not known.
    Growth,
}

/// Who started the sampler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SamplerOwner {
    /// Seep.
    Own,
    /// Another profiler in the process.
    Shared,
}

impl SamplerOwner {
    /// Seep if it `is_own`, else another profiler.
    pub fn of(is_own: bool) -> Self {
        if is_own { Self::Own } else { Self::Shared }
    }
}

/// The part of a sampled object in a leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AllocationRole {
    /// One of the items.
    Item,
    /// On the way to them: a table, a list's elements, an entry.
    Store,
    /// Anything else below items.
    Content,
    /// Not known: the object was not found in a snapshot.
    Unknown,
}

/// A stack from which objects of a leak were allocated.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AllocationStack {
    /// The part of these objects.
    pub role: AllocationRole,
    /// Share of the bytes of all samples of this role.
    pub share: f64,
    /// The number of samples.
    pub samples: u64,
    /// The bytes that they represent.
    pub bytes: u64,
    /// Whether it begins where a function continued after an `await`, so that its callers are
    /// not known.
    pub cut_by_await: bool,
    /// From the function that allocated to the outermost caller in the program.
    pub frames: Vec<StackFrame>,
}

/// A function on a stack.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackFrame {
    /// Where it begins, and its name.
    #[serde(flatten)]
    pub place: SourceLocation,
    /// Whose code it is.
    pub kind: FrameKind,
}

/// Whose code a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FrameKind {
    /// The program's.
    App,
    /// A package's.
    Package,
    /// Node's.
    Node,
    /// V8's.
    Engine,
}

/// The function that allocated most of some objects of a snapshot that was recorded with stacks.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedIn {
    /// The function.
    #[serde(flatten)]
    pub frame: StackFrame,
    /// Share of the bytes of those of the objects whose stack was recorded.
    pub share: f64,
    /// The number of objects that it allocated.
    pub count: u64,
    /// Their own bytes.
    pub bytes: u64,
}

/// The function that allocates most of something.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackPlace {
    /// The function.
    #[serde(flatten)]
    pub frame: StackFrame,
    /// The part in the leak of the objects that it allocates.
    pub role: AllocationRole,
    /// Share of the bytes of this role.
    pub share: f64,
    /// The number of samples.
    pub samples: u64,
}
