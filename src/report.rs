//! The result of a round, in the shape that JavaScript sees.
//!
//! The field names are the public contract (`docs/api.md`), serialised in camel case.
//! Unknown is `None` (`null`), never 0. Nothing here carries string contents or source
//! text of the heap: only names of classes, properties, variables, functions and files.
//!
//! A class, a reference or a location has its parts for programs and also its text for
//! people, `label`, so that nobody has to assemble it again.

mod allocations;
mod memory;
mod native;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};

pub use self::allocations::{
    AllocationRole, AllocationSource, AllocationStack, CreatedIn, FrameKind, LeakAllocations,
    SamplerOwner, StackFrame, StackPlace,
};
pub use self::memory::{
    Allocator, AllocatorName, Counted, Exhaustion, ExternalMemory, GroupMemory, HeapSpace,
    LimitKind, LoopFigures, MappedFile, MemoryAccount, MemoryParts,
};
pub use self::native::{NativeCounter, NativeFrame, NativeGrowthReport, NativeKind, NativeStack};
use crate::v8::{class_name::ClassName, names, scripts};

/// Version of every object in this module; raised when a field changes its meaning.
pub const SCHEMA_VERSION: u32 = 1;

/// Formats a point in time as ISO 8601 in UTC, with milliseconds.
pub fn iso8601(epoch_ms: f64) -> String {
    let since = Duration::try_from_secs_f64(epoch_ms / 1000.0).unwrap_or_default();
    humantime::format_rfc3339_millis(UNIX_EPOCH + since).to_string()
}

/// Returns the time now, as ISO 8601 in UTC with milliseconds, like
/// `Date.prototype.toISOString`.
pub(crate) fn now_iso() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}

/// The conclusion of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// At least one leak is confirmed.
    Leak,
    /// Something grows, but has not grown for long enough yet.
    Suspected,
    /// There were enough snapshots, and nothing grows.
    Healthy,
    /// Memory grows outside the JavaScript heap.
    NativeGrowth,
    /// There were fewer snapshots than a verdict needs.
    InsufficientData,
    /// The round ended without a snapshot.
    Skipped,
}

/// The report of one round, whatever its outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckReport {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The conclusion of the round.
    pub verdict: Verdict,
    /// All currently confirmed leaks, worst first.
    pub leaks: Vec<LeakReport>,
    /// Growing, but not confirmed.
    pub suspects: Vec<LeakReport>,
    /// Why there is no snapshot, when there is none.
    pub skip: Option<SkipReport>,
    /// Leaks reported earlier that have stopped growing or have gone, as last reported.
    pub resolved: Vec<LeakReport>,
    /// How the heap's growth since the oldest compared snapshot is accounted for; `None`
    /// before there are two.
    pub growth: Option<HeapGrowth>,
    /// Growth outside the JavaScript heap, when the verdict is
    /// [`Verdict::NativeGrowth`].
    pub native: Option<NativeGrowthReport>,
    /// Classes that have grown since the first snapshot, by bytes added; at
    /// most 20.
    pub classes: Vec<ClassGrowth>,
    /// Size of the snapshot.
    pub snapshot: Option<SnapshotFigures>,
    /// The cost of the round.
    pub cost: Option<Cost>,
    /// The process's memory when the round began.
    pub memory: Option<Memory>,
    /// When the round ended, ISO 8601.
    pub at: String,
}

impl CheckReport {
    /// Creates a report of `verdict` at `at` without any details.
    pub fn new(verdict: Verdict, at: String) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            verdict,
            leaks: Vec::new(),
            suspects: Vec::new(),
            resolved: Vec::new(),
            growth: None,
            native: None,
            classes: Vec::new(),
            skip: None,
            snapshot: None,
            cost: None,
            memory: None,
            at,
        }
    }
}

/// A round that was not run or not finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SkipReport {
    /// Stable code.
    pub code: String,
    /// The reason, for a person.
    pub message: String,
    /// When, ISO 8601.
    pub at: String,
}

/// Size of one snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotFigures {
    /// Objects.
    pub nodes: u64,
    /// References.
    pub edges: u64,
    /// Bytes of JSON that V8 wrote.
    pub json_bytes: u64,
    /// Sum of self sizes, in bytes.
    pub self_bytes: u64,
}

/// The cost of one round to the process.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// `walk`, `fork` or `inline`.
    pub capture: &'static str,
    /// Why the heap was not walked, if a walk was wanted.
    pub not_walked: Option<String>,
    /// Event-loop pause, from request to return, in milliseconds.
    pub pause_ms: f64,
    /// From the start of the capture to its last byte, in milliseconds.
    pub capture_ms: f64,
    /// From the last byte to the verdict, in milliseconds.
    pub analysis_ms: f64,
    /// Peak memory of the analysis, in bytes.
    pub peak_analysis_bytes: u64,
    /// Captures started for this round; more than one if a child hit a lock or no quiet
    /// moment was found.
    pub attempts: u32,
    /// Resources that the forked child used; `None` in-process.
    pub child: Option<ChildCost>,
    /// CPU time that the background thread used for the round, in milliseconds; `None`
    /// where the system does not report it.
    pub analysis_cpu_ms: Option<f64>,
    /// The estimated cost of the capture, made before it began.
    pub estimate: Estimate,
}

/// The estimated cost of a capture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Objects; the actual number is [`SnapshotFigures::nodes`].
    pub nodes: u64,
    /// Memory; [`ChildCost::private_bytes`] and [`Cost::peak_analysis_bytes`] together
    /// are the actual amount.
    pub bytes: u64,
    /// Event-loop pause; the actual one is [`Cost::pause_ms`].
    pub pause_ms: f64,
}

/// The machine resources that a forked child used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChildCost {
    /// CPU time, in milliseconds.
    pub cpu_ms: f64,
    /// Peak of the memory that was the child's alone: its own pages, and copies of the
    /// application's.
    pub private_bytes: u64,
    /// Memory newly mapped for the application while the child was alive: shared pages
    /// that it wrote to, and new pages of its own. This is an upper bound of the memory
    /// copied because of the child. `None` where page faults do not reveal it.
    pub copied_bytes: Option<u64>,
    /// Time off the event loop, before the fork: finding the memory to lend to the child,
    /// and making it inheritable.
    pub scan_ms: f64,
    /// Part of the pause: lending memory that was mapped since.
    pub lend_ms: f64,
    /// Part of the pause: the system's `fork`.
    pub fork_ms: f64,
    /// Time off the event loop, after the fork: making the memory uninheritable again.
    pub restore_ms: f64,
}

/// The process's memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Memory {
    /// Resident set size.
    pub rss_bytes: u64,
    /// V8's `used_heap_size`.
    pub heap_used_bytes: u64,
    /// V8's `total_heap_size`: includes free memory that V8 keeps for later.
    pub heap_total_bytes: u64,
    /// Memory of C++ objects bound to JavaScript objects.
    pub external_bytes: u64,
    /// Memory of `ArrayBuffer`s; part of `external_bytes`.
    pub array_buffers_bytes: u64,
    /// Lowest used heap after a garbage collection in the recent window.
    pub floor_bytes: u64,
    /// The limit of V8's heap, where it is known.
    pub heap_limit_bytes: Option<u64>,
    /// Whether a major collection was seen since the round before.
    pub collected: bool,
}

/// Something that grows, who holds it, and where to look.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeakReport {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Fingerprint: the same leak has the same id in every process and release.
    pub id: String,
    /// [`Verdict::Leak`] or [`Verdict::Suspected`].
    pub verdict: Verdict,
    /// The kind of leak.
    pub kind: LeakKind,
    /// One line: what grows, where, how fast.
    pub title: String,
    /// The container that holds the growing items.
    pub container: Container,
    /// The items that accumulate.
    pub items: Items,
    /// How it grew.
    pub growth: GrowthSeries,
    /// From a root that a person knows to one leaked item.
    pub path: Vec<PathStep>,
    /// The same as a readable tree.
    pub path_text: String,
    /// Advice on what to look at, in one or two sentences.
    pub advice: String,
    /// The known structure that it fits, if any.
    pub pattern: Option<&'static str>,
    /// 0 to 1.
    pub confidence: f64,
    /// The evidence for a leak, and against it.
    pub evidence: Evidence,
    /// Where the leaked objects were made, if that was sampled.
    pub allocations: Option<LeakAllocations>,
    /// Why it is not known, where it is not: a stable code.
    pub allocations_reason: Option<&'static str>,
    /// In `resolved`: the fingerprint under which a snapshot has shown this leak with its holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<String>,
}

/// The evidence for and against a leak, in sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Reasons to call it a leak.
    #[serde(rename = "for")]
    pub pro: Vec<String>,
    /// Reasons to wait, or other explanations.
    #[serde(rename = "against")]
    pub contra: Vec<String>,
}

/// The growth of the reachable heap since the oldest compared snapshot; negative where it
/// has shrunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeapGrowth {
    /// All of the growth.
    pub heap_bytes: i64,
    /// The part held by leaks and suspects.
    pub explained_bytes: i64,
    /// The part that is V8's own (code, hidden classes, feedback) or seep's.
    pub engine_bytes: i64,
    /// The rest.
    pub unexplained_bytes: i64,
}

/// The kind of leak, by the structure that grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeakKind {
    /// A Map, Set, array, dictionary or cache.
    Collection,
    /// Event listeners.
    Listeners,
    /// Timers that are never cleared.
    Timers,
    /// Promises, or reactions on one.
    Promises,
    /// Functions.
    Closures,
    /// A chain that grows in depth.
    LinkedList,
    /// Strings.
    Strings,
    /// Buffers and ArrayBuffers.
    Buffers,
    /// Function contexts.
    Contexts,
    /// The heap grows, and no holder explains it.
    Unlocated,
    /// None of these.
    Other,
}

/// The holder of the growing items.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Container {
    /// Its class, as `className` and `label`.
    #[serde(flatten)]
    pub class: ClassName,
    /// The variable or property by which a person knows it.
    pub name: Option<String>,
    /// Bytes that would be freed with it.
    pub retained_bytes: u64,
    /// Where its owner is in the source.
    pub location: Option<SourceLocation>,
}

/// The items that accumulate in the container.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Items {
    /// Their class, as `className` and `label`.
    #[serde(flatten)]
    pub class: ClassName,
    /// How many there are now.
    pub count: u64,
    /// How many were added since the first snapshot of the growth.
    pub added_count: u64,
    /// Bytes that only they keep alive: fixing the leak frees at least these.
    pub exclusive_bytes: u64,
    /// The two or three classes that make up most of their bytes, in descending order.
    pub consists_of: Vec<ItemClass>,
    /// Where they are created: constructor or function.
    pub location: Option<SourceLocation>,
}

/// A class of objects that comes with each item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemClass {
    /// Their class, as `className` and `label`.
    #[serde(flatten)]
    pub class: ClassName,
    /// How many were added since the first remembered snapshot.
    pub added_count: u64,
    /// Their bytes, including their strings, tables and plain objects.
    pub added_bytes: u64,
}

/// The series behind a verdict, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrowthSeries {
    /// Snapshots in which it grew.
    pub checks: u32,
    /// Items in each remembered snapshot; old ones are thinned out.
    pub counts: Vec<u64>,
    /// Bytes that they keep alive, in the same snapshots.
    pub retained_bytes: Vec<u64>,
    /// Slope of `retained_bytes` over time.
    pub bytes_per_hour: f64,
    /// What each HTTP request adds, if they grow in proportion to requests.
    pub bytes_per_request: Option<f64>,
    /// ISO 8601.
    pub first_seen: String,
}

/// One reference on the path from a root to a leaked item.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PathStep {
    /// The reference that leads here.
    pub edge: PathEdge,
    /// The class of the object that it leads to, as `className` and `label`.
    #[serde(flatten)]
    pub class: ClassName,
    /// V8's node type.
    pub node_kind: String,
    /// Where the object's class or function is.
    pub location: Option<SourceLocation>,
    /// Whether this is the reference where the leak can most likely be fixed.
    pub suspect: bool,
}

/// A reference by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathEdge {
    /// V8's edge type, or `root`.
    pub kind: String,
    /// Property, variable or slot.
    pub name: String,
}

impl PathEdge {
    /// Returns the reference as a person would write it: `.next`, `[…]`, `(table)`.
    pub fn label(&self) -> String {
        let Self { kind, name } = self;
        match kind.as_str() {
            "root" | "context" => name.clone(),
            "property" if names::symbol(name).is_some() => format!("[{name}]"),
            "element" | "hidden" => "[…]".to_owned(),
            _ if name == "[]" => "[…]".to_owned(),
            "property" => format!(".{name}"),
            _ => format!("({name})"),
        }
    }
}

/// Includes the `label`.
impl Serialize for PathEdge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("PathEdge", 3)?;
        fields.serialize_field("kind", &self.kind)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("label", &self.label())?;
        fields.end()
    }
}

/// A class that has grown since the first snapshot, whoever holds its objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassGrowth {
    /// Their class, as `className` and `label`.
    #[serde(flatten)]
    pub class: ClassName,
    /// Objects now.
    pub count: u64,
    /// Sum of their own sizes, in bytes.
    pub self_bytes: u64,
    /// How many more there are than in the first snapshot; may be negative.
    pub added_count: i64,
    /// The same in bytes.
    pub added_bytes: u64,
}

/// A location in a source file; numbers are 1-based.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourceLocation {
    /// Path or URL of the script.
    pub file: Option<String>,
    /// Line.
    pub line: Option<u32>,
    /// Column.
    pub column: Option<u32>,
    /// Name of the function or class.
    pub function_name: Option<String>,
}

impl SourceLocation {
    /// Returns the location of a whole file.
    pub fn of_file(file: String) -> Self {
        Self { file: Some(file), line: None, column: None, function_name: None }
    }

    /// Returns `src/cart.js:12:3`, as far as it is known.
    pub fn label(&self) -> Option<String> {
        let file = scripts::short_file(self.file.as_deref()?);
        Some(match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
            (Some(line), None) => format!("{file}:{line}"),
            _ => file.to_owned(),
        })
    }

    /// Whether it is in Node itself, or nowhere.
    pub fn is_node(&self) -> bool {
        self.file.as_deref().is_none_or(scripts::is_node)
    }
}

/// Includes the `label`.
impl Serialize for SourceLocation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("SourceLocation", 5)?;
        fields.serialize_field("file", &self.file)?;
        fields.serialize_field("line", &self.line)?;
        fields.serialize_field("column", &self.column)?;
        fields.serialize_field("functionName", &self.function_name)?;
        fields.serialize_field("label", &self.label())?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_written_as_in_code() {
        let label = |kind: &str, name: &str| {
            PathEdge { kind: kind.to_owned(), name: name.to_owned() }.label()
        };
        assert_eq!(label("root", "module app.js"), "module app.js");
        assert_eq!(label("context", "requests"), "requests");
        assert_eq!(label("property", "next"), ".next");
        assert_eq!(label("property", "<symbol kState>"), "[<symbol kState>]");
        assert_eq!(label("property", "[]"), "[…]");
        assert_eq!(label("element", "7"), "[…]");
        assert_eq!(label("internal", "reactions_or_result"), "(reactions_or_result)");
    }

    #[test]
    fn what_has_parts_has_its_text_beside_them() {
        let step = PathStep {
            edge: PathEdge { kind: "property".to_owned(), name: "tick".to_owned() },
            class: ClassName::closure("tick"),
            node_kind: "closure".to_owned(),
            location: Some(SourceLocation::of_file("/srv/app/src/a.js".to_owned())),
            suspect: false,
        };
        let json = serde_json::to_value(&step).expect("JSON");
        assert_eq!(json["className"], "closure tick");
        assert_eq!(json["label"], "function tick()");
        assert_eq!(json["edge"]["label"], ".tick");
        assert_eq!(json["location"]["label"], "src/a.js");
        assert_eq!(json["location"]["functionName"], serde_json::Value::Null);
    }
}
