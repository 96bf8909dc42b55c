//! Compares a walk of a small heap with V8's snapshot of it.
//!
//! A patch of V8 that no test has run on may have moved a field that the self-check
//! does not cover. So one heap is captured in both ways, and the two must agree: on
//! the number and size of the objects of each class, on the names of references,
//! and on the places of functions.

use std::hash::{DefaultHasher, Hash, Hasher};

use rustc_hash::FxHashMap;

use super::{
    Options, Request, Skip, capture::Capturer, consumer::GraphConsumer, lock::MachineLock,
    round::Round,
};
use crate::{
    graph::{EdgeKind, HeapGraph, NodeKind},
    units::NodeOrdinal,
};

/// How much the process grows while V8 writes a snapshot of the sample's heap,
/// including the graph that is built of it: 40 to 49 MB.
const V8_TAKES: u64 = 48 << 20;

/// Thousandths that must match. On the tested versions, all are 998 or more; a field that has
/// moved loses everything that it leads to.
const AGREED: [(&str, u64); 4] =
    [("objects", 995), ("sizes", 995), ("references", 995), ("places of functions", 998)];
/// Thousandths of the variables in V8's snapshot that the walk must have, too. It has more: those
/// of blocks, and what modules export.
const VARIABLES: u64 = 995;

/// The prefix of the sample's classes (`lib/walk-comparison-worker.js`): nothing else
/// makes or keeps objects of these, so every one must be found.
const SAMPLE: &str = "SeepSample";
/// The least number of objects of such classes.
const SAMPLES: u64 = 1000;

/// Captures the heap of this environment in both ways, and returns where the two
/// differ, if they do.
///
/// # Errors
///
/// Why it could not be captured in one of them.
pub(super) fn run(
    capturer: &mut Capturer,
    round: &Round<'_>,
    options: &Options,
    request: &Request,
) -> Result<Option<String>, Skip> {
    let _alone = MachineLock::take(round, request.patience())?;
    let now = &request.memory;
    capturer.pace.learn_inline_bytes(now, V8_TAKES);
    // V8 first: it collects garbage, so that the walk finds the same objects.
    let (written, _) = capturer.in_process(round, options, now, |of| Ok(GraphConsumer::new(of)))?;
    let written = HeapCounts::of(&written.graph);
    let mut fresh = |of| Ok(GraphConsumer::new(of));
    let walked = capturer.walked(round, options, now, &mut fresh);
    let (walked, _) = walked.map_err(|reason| Skip::not_walked(&reason))??;
    Ok(HeapCounts::of(&walked.graph).disagreement(&written))
}

type Counts = FxHashMap<u64, u64>;

/// A heap in counts. Keys are hashes: they are compared, never shown.
#[derive(Debug, Default)]
pub(super) struct HeapCounts {
    objects: Counts,
    bytes: Counts,
    references: Counts,
    variables: Counts,
    places: Counts,
    /// How many objects of each class of the sample.
    samples: Counts,
}

impl HeapCounts {
    pub(super) fn of(graph: &HeapGraph) -> Self {
        let mut counts = Self::default();
        for node in graph.ordinals() {
            let kind = graph.kind(node);
            let Some(class) = class_of(graph, node) else { continue };
            // Many of V8's own strings and symbols are held by weak tables alone.
            if matches!(kind, NodeKind::Object | NodeKind::Closure | NodeKind::RegExp) {
                *counts.objects.entry(class).or_default() += 1;
                *counts.bytes.entry(class).or_default() += graph.self_size(node);
            }
            if kind == NodeKind::Object && graph.name(node).starts_with(SAMPLE) {
                *counts.samples.entry(class).or_default() += 1;
            }
            for edge in graph.edges(node) {
                let named = match edge.kind {
                    EdgeKind::Property | EdgeKind::Element => &mut counts.references,
                    EdgeKind::Context => &mut counts.variables,
                    _ => continue,
                };
                let Some(target) = class_of(graph, edge.to) else { continue };
                // The index of an element is no name.
                let name = edge.label.name().map_or("", |name| graph.names().get(name));
                let key = hash(&(class, edge.kind.name(), name, target));
                *named.entry(key).or_default() += 1;
            }
            if let (NodeKind::Closure, Some(place)) = (kind, graph.location(node)) {
                let key = hash(&(graph.name(node), place.line, place.column));
                *counts.places.entry(key).or_default() += 1;
            }
        }
        counts
    }

    /// Returns a sentence about where the two differ by more than they may.
    pub(super) fn disagreement(&self, written: &Self) -> Option<String> {
        if written.samples.values().sum::<u64>() < SAMPLES {
            return Some("V8's snapshot lacks the objects of the sample".into());
        }
        if self.samples != written.samples {
            return Some("the objects of the sample were miscounted".into());
        }
        let pairs = [
            (&self.objects, &written.objects),
            (&self.bytes, &written.bytes),
            (&self.references, &written.references),
            (&self.places, &written.places),
        ];
        let variables = share(in_both(&self.variables, &written.variables), &written.variables, 0);
        let shares = AGREED
            .iter()
            .zip(pairs)
            .map(|(&(what, least), (walked, written))| (what, least, common(walked, written)))
            .chain([("variables", VARIABLES, variables)]);
        let mut lacking = shares.filter(|(_, least, share)| share < least);
        lacking.next().map(|(what, _, share)| {
            format!("only {}.{} % of the {what} match", share / 10, share % 10)
        })
    }
}

/// Returns the class of an object of the program, as a hash; contents are not compared.
fn class_of(graph: &HeapGraph, node: NodeOrdinal) -> Option<u64> {
    let (kind, name) = (graph.kind(node), graph.name(node));
    match kind {
        // V8 appends the kind of the context.
        NodeKind::Object if name.starts_with("system / Context") => Some(hash(&"context")),
        NodeKind::Object | NodeKind::Closure => Some(hash(&(kind.name(), name))),
        NodeKind::String
        | NodeKind::ConsString
        | NodeKind::SlicedString
        | NodeKind::Symbol
        | NodeKind::RegExp
        | NodeKind::BigInt => Some(hash(&kind.name())),
        _ => None,
    }
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Returns how many thousandths of all are in both.
fn common(walked: &Counts, written: &Counts) -> u64 {
    let of = |key: &u64| written.get(key).copied().unwrap_or(0);
    let only_walked = walked.iter().map(|(key, count)| count.saturating_sub(of(key))).sum();
    share(in_both(walked, written), written, only_walked)
}

fn in_both(walked: &Counts, written: &Counts) -> u64 {
    let of = |key: &u64| walked.get(key).copied().unwrap_or(0);
    written.iter().map(|(key, count)| *count.min(&of(key))).sum()
}

/// Returns how many thousandths `both` are of all those `written` and `more`.
fn share(both: u64, written: &Counts, more: u64) -> u64 {
    let total = written.values().sum::<u64>() + more;
    (both * 1000).checked_div(total).unwrap_or(1000)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::testkit::draw;

    /// Counts a heap of `entries` of `size` bytes under the name `name`, and of `samples`.
    fn heap(entries: u64, samples: u64, size: u64, name: &str) -> HeapCounts {
        let mut text = String::from("root -> holder function\nfunction: closure f at=3:10:4\n");
        writeln!(text, "holder: object Holder").expect("a string");
        for entry in 0..entries {
            writeln!(text, "e{entry}: object Entry size={size}").expect("a string");
            writeln!(text, "holder -{name}{entry}-> e{entry}").expect("a string");
        }
        for sample in 0..samples {
            writeln!(text, "s{sample}: object SeepSample").expect("a string");
            writeln!(text, "holder -s{sample}-> s{sample}").expect("a string");
        }
        HeapCounts::of(&draw(&text).graph())
    }

    #[test]
    fn what_is_the_same_agrees_and_what_is_not_is_named() {
        let same = || heap(1000, 1000, 40, "e");
        assert_eq!(same().disagreement(&same()), None);
        let differs = |other: HeapCounts| other.disagreement(&same()).unwrap_or_default();
        assert_eq!(differs(heap(900, 1000, 40, "e")), "only 95.0 % of the objects match");
        assert_eq!(differs(heap(1000, 1000, 48, "e")), "only 87.5 % of the sizes match");
        assert_eq!(differs(heap(1000, 1000, 40, "f")), "only 33.3 % of the references match");
    }

    #[test]
    fn a_walk_may_have_more_variables_but_not_fewer() {
        let with = |variables: u64| {
            let mut text = String::from("root -> scope\nscope: object Scope\n");
            for at in 0..variables {
                writeln!(text, "v{at}: object Value\nscope -context:v{at}-> v{at}")
                    .expect("a string");
            }
            for sample in 0..1000 {
                writeln!(text, "s{sample}: object SeepSample").expect("a string");
                writeln!(text, "scope -s{sample}-> s{sample}").expect("a string");
            }
            for at in variables..100 {
                writeln!(text, "v{at}: object Value\nscope -hidden:{at}-> v{at}")
                    .expect("a string");
            }
            HeapCounts::of(&draw(&text).graph())
        };
        assert_eq!(with(100).disagreement(&with(50)), None);
        let fewer = with(50).disagreement(&with(100));
        assert_eq!(fewer.as_deref(), Some("only 50.0 % of the variables match"));
    }

    #[test]
    fn an_object_of_a_known_number_may_not_be_missed() {
        let missing = heap(1000, 999, 40, "e");
        let disagreement = missing.disagreement(&heap(1000, 1000, 40, "e")).unwrap_or_default();
        assert_eq!(disagreement, "the objects of the sample were miscounted");
    }

    #[test]
    fn nothing_agrees_with_nothing() {
        let empty = heap(1000, 0, 40, "e");
        assert!(empty.disagreement(&heap(1000, 0, 40, "e")).is_some());
    }
}
