//! A walk of a small heap beside what V8 writes of it.
//!
//! A patch of V8 that no test has run on may have moved a field, and what the
//! self-check looks at may have stayed in its place. So one heap is looked at in
//! both ways, and the two must say the same: how many objects there are of each
//! class and how big they are, what is joined by which name, where functions are.

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

/// What the process grows by while V8 writes a snapshot of the sample's heap,
/// the graph that is made of it included: 40 to 49 MB.
const V8_TAKES: u64 = 48 << 20;

/// Thousandths that must be the same. On the versions that were tested, all four
/// are 998 or more; a field that lies elsewhere costs all that it leads to.
const AGREED: [(&str, u64); 4] =
    [("objects", 995), ("sizes", 995), ("references", 995), ("places of functions", 998)];

/// Classes that begin with this are of the sample (`lib/walk-comparison-worker.js`):
/// nothing else makes or keeps objects of theirs, so every one must be found.
const SAMPLE: &str = "SeepSample";
/// How many objects of such classes there are at least.
const SAMPLES: u64 = 1000;

/// Captures the heap of this environment in both ways: where the two differ, if
/// they do.
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
    // V8 first: it collects, so that the walk meets what it has left.
    let (written, _) = capturer.in_process(round, options, now, |of| Ok(GraphConsumer::new(of)))?;
    let written = Tally::of(&written.graph);
    let mut fresh = |of| Ok(GraphConsumer::new(of));
    let walked = capturer.walked(round, options, now, &mut fresh);
    let (walked, _) = walked.map_err(|reason| Skip::not_walked(&reason))??;
    Ok(Tally::of(&walked.graph).disagreement(&written))
}

type Counts = FxHashMap<u64, u64>;

/// A heap in counts. Keys are hashes: a tally is compared, never shown.
#[derive(Debug, Default)]
pub(super) struct Tally {
    objects: Counts,
    bytes: Counts,
    references: Counts,
    places: Counts,
    /// How many objects of each class of the sample.
    samples: Counts,
}

impl Tally {
    pub(super) fn of(graph: &HeapGraph) -> Self {
        let mut tally = Self::default();
        for node in graph.ordinals() {
            let kind = graph.kind(node);
            let Some(class) = class_of(graph, node) else { continue };
            // Of V8's own strings and symbols, many hang from weak tables alone.
            if matches!(kind, NodeKind::Object | NodeKind::Closure | NodeKind::RegExp) {
                *tally.objects.entry(class).or_default() += 1;
                *tally.bytes.entry(class).or_default() += graph.self_size(node);
            }
            if kind == NodeKind::Object && graph.name(node).starts_with(SAMPLE) {
                *tally.samples.entry(class).or_default() += 1;
            }
            for edge in graph.edges(node) {
                let is_named =
                    matches!(edge.kind, EdgeKind::Property | EdgeKind::Element | EdgeKind::Context);
                let target = class_of(graph, edge.to);
                if let (true, Some(target)) = (is_named, target) {
                    // Where an element lies is no name.
                    let name = edge.label.name().map_or("", |name| graph.names().get(name));
                    let key = hash(&(class, edge.kind.name(), name, target));
                    *tally.references.entry(key).or_default() += 1;
                }
            }
            if let (NodeKind::Closure, Some(place)) = (kind, graph.location(node)) {
                let key = hash(&(graph.name(node), place.line, place.column));
                *tally.places.entry(key).or_default() += 1;
            }
        }
        tally
    }

    /// Where the two differ by more than they may: a sentence, for a person.
    pub(super) fn disagreement(&self, written: &Self) -> Option<String> {
        if written.samples.values().sum::<u64>() < SAMPLES {
            return Some("V8's snapshot lacks the objects that were made for it".into());
        }
        if self.samples != written.samples {
            return Some("objects of a known number were counted wrongly".into());
        }
        let pairs = [
            (&self.objects, &written.objects),
            (&self.bytes, &written.bytes),
            (&self.references, &written.references),
            (&self.places, &written.places),
        ];
        AGREED.iter().zip(pairs).find_map(|((what, least), (walked, written))| {
            let share = common(walked, written);
            let (whole, tenth) = (share / 10, share % 10);
            (share < *least).then(|| format!("{whole}.{tenth} % of the {what} are the same"))
        })
    }
}

/// What belongs to programs, by class; contents are not compared.
fn class_of(graph: &HeapGraph, node: NodeOrdinal) -> Option<u64> {
    let (kind, name) = (graph.kind(node), graph.name(node));
    match kind {
        // V8 appends what kind of context it is.
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

/// Thousandths of all that are in both.
fn common(walked: &Counts, written: &Counts) -> u64 {
    let of = |counts: &Counts, key: &u64| counts.get(key).copied().unwrap_or(0);
    let only_walked: u64 =
        walked.iter().map(|(key, count)| count.saturating_sub(of(written, key))).sum();
    let total = written.values().sum::<u64>() + only_walked;
    let both: u64 = written.iter().map(|(key, count)| *count.min(&of(walked, key))).sum();
    (both * 1000).checked_div(total).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::testkit::draw;

    /// A heap of so many entries and samples, whose entries are so big and called
    /// so by what holds them.
    fn heap(entries: u64, samples: u64, size: u64, name: &str) -> Tally {
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
        Tally::of(&draw(&text).graph())
    }

    #[test]
    fn what_is_the_same_agrees_and_what_is_not_is_named() {
        let same = || heap(1000, 1000, 40, "e");
        assert_eq!(same().disagreement(&same()), None);
        let differs = |other: Tally| other.disagreement(&same()).unwrap_or_default();
        assert_eq!(differs(heap(900, 1000, 40, "e")), "95.0 % of the objects are the same");
        assert_eq!(differs(heap(1000, 1000, 48, "e")), "87.5 % of the sizes are the same");
        assert_eq!(differs(heap(1000, 1000, 40, "f")), "33.3 % of the references are the same");
    }

    #[test]
    fn an_object_of_a_known_number_may_not_be_missed() {
        let missing = heap(1000, 999, 40, "e");
        let disagreement = missing.disagreement(&heap(1000, 1000, 40, "e")).unwrap_or_default();
        assert_eq!(disagreement, "objects of a known number were counted wrongly");
    }

    #[test]
    fn nothing_agrees_with_nothing() {
        let empty = heap(1000, 0, 40, "e");
        assert!(empty.disagreement(&heap(1000, 0, 40, "e")).is_some());
    }
}
