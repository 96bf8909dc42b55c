//! Where the objects of a leak were made, in the shape that JavaScript sees.

use serde::Serialize;

use super::SourceLocation;

/// The allocations of which stacks were sampled, among what a leak keeps alive.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeakAllocations {
    /// How the stacks were found to be those of the leak.
    pub source: AllocationSource,
    /// Who has V8 take samples.
    pub sampler: SamplerOwner,
    /// Samples of objects that the leak keeps alive.
    pub samples: u64,
    /// One sample is taken in about so many bytes.
    pub interval_bytes: u64,
    /// The function of the program that makes most of the items.
    pub created_in: Option<StackPlace>,
    /// The function of the program that has what holds them grow.
    pub stored_in: Option<StackPlace>,
    /// The stacks: those of items first, then of what holds them, then of what they bring
    /// along; in each of these the most bytes first.
    pub stacks: Vec<AllocationStack>,
}

/// How stacks were found to be those of a leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AllocationSource {
    /// Each sample is of an object that the leak keeps alive.
    Linked,
}

/// Who has V8 take samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SamplerOwner {
    /// Seep.
    Own,
    /// Another profiler in the process, whose samples are read along.
    Shared,
}

/// What a sampled object is to a leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AllocationRole {
    /// One of the items that become more.
    Item,
    /// On the way to them: a table, a list's elements, an entry.
    Store,
    /// Anything else that they keep alive.
    Content,
}

/// A stack from which objects of a leak were allocated.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AllocationStack {
    /// What these objects are.
    pub role: AllocationRole,
    /// Share of the bytes of all samples of this role.
    pub share: f64,
    /// How many samples.
    pub samples: u64,
    /// Bytes that they stand for.
    pub bytes: u64,
    /// Whether it begins where a function went on after an `await`: who had called that is
    /// not known.
    pub cut_by_await: bool,
    /// From the function that allocated to its callers, as far as the program's own.
    pub frames: Vec<StackFrame>,
}

/// A function on a stack.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackFrame {
    /// Where it begins, and its name.
    #[serde(flatten)]
    pub place: SourceLocation,
    /// Whose it is.
    pub kind: FrameKind,
}

/// Whose function it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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

/// A function in which much of something happens.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StackPlace {
    /// The function.
    #[serde(flatten)]
    pub frame: StackFrame,
    /// The part in the leak of the objects that it allocates.
    pub role: AllocationRole,
    /// Share of the bytes that it, or what it calls, has allocated.
    pub share: f64,
    /// In how many samples.
    pub samples: u64,
}
