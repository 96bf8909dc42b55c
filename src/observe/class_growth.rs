//! Classes that have grown since the first snapshot, whoever holds their objects.
//!
//! This is not a verdict: most growth of classes is a program warming up. A person wants
//! to see it next to the leaks, and where there are none.

use rustc_hash::FxHashMap;

use crate::{
    census::hashes::{self, Speller},
    graph::{HeapGraph, NodeKind},
    report::ClassGrowth,
    units::{NameId, NodeOrdinal},
    v8::{
        class_name::{self, ClassName, devtools},
        words::Words,
    },
};

/// Rows in a report.
const MAX_ROWS: usize = 20;

/// Classes remembered from the first snapshot, the biggest ones. Programs have a few
/// thousand; a program that makes up names must not make seep grow.
const MAX_REMEMBERED: usize = 16_384;

/// Objects of one class.
#[derive(Clone, Copy, Debug, Default)]
struct ClassCount {
    count: u64,
    bytes: u64,
}

impl ClassCount {
    fn add(&mut self, count: u64, bytes: u64) {
        self.count += count;
        self.bytes += bytes;
    }
}

/// The size of each class in the first snapshot.
///
/// Memory: 24 bytes per class, bounded; no names.
#[derive(Debug, Default)]
pub(super) struct ClassHistory {
    first: Option<FxHashMap<u64, ClassCount>>,
}

impl ClassHistory {
    /// Takes in one more snapshot and returns the classes that grew, by bytes added; none
    /// for the first snapshot.
    pub(super) fn observe(&mut self, graph: &HeapGraph, words: &Words) -> Vec<ClassGrowth> {
        let tallies = tally(graph, words);
        if let Some(first) = &self.first {
            grown(first, &tallies, graph, words)
        } else {
            self.first = Some(biggest(&tallies));
            Vec::new()
        }
    }
}

/// Returns every class of a snapshot, each with the first of its objects.
fn tally(graph: &HeapGraph, words: &Words) -> FxHashMap<u64, (ClassCount, NodeOrdinal)> {
    let mut speller = Speller::default();
    let mut tallies: FxHashMap<u64, (ClassCount, NodeOrdinal)> = FxHashMap::default();
    // Objects of one kind and name are counted together, and their class is found out once.
    let mut rows: Vec<(u64, ClassCount, NodeOrdinal)> = Vec::new();
    let mut row_of: FxHashMap<(NodeKind, NameId), usize> = FxHashMap::default();
    for ((node, kind, name), size) in graph.named_nodes().zip(graph.self_sizes().iter()) {
        let name = if hashes::has_class_name(kind) { name } else { NameId(0) };
        let row = *row_of.entry((kind, name)).or_insert_with(|| {
            if class_name::is_suspended_call(graph, node) {
                return SEPARATE;
            }
            let key = internals(kind).map(|kind| kind as u64);
            let key = key.unwrap_or_else(|| speller.class(graph, node));
            rows.push((key, ClassCount::default(), node));
            rows.len() - 1
        });
        if let Some((_, count, _)) = rows.get_mut(row) {
            count.add(1, size);
            continue;
        }
        // V8 gives all suspended functions one class; a person knows them by the
        // function.
        let class = speller.class(graph, node);
        let key = class_name::suspended_as_such(graph, words, node)
            .map_or(class, |function| hashes::mix(class, speller.class(graph, function)));
        tallies.entry(key).or_insert((ClassCount::default(), node)).0.add(1, size);
    }
    for (key, ClassCount { count, bytes }, first) in rows {
        let (tally, sample) = tallies.entry(key).or_insert((ClassCount::default(), first));
        tally.add(count, bytes);
        *sample = (*sample).min(first);
    }
    tallies
}

/// Stands for the row of objects that are looked at one by one.
const SEPARATE: usize = usize::MAX;

/// Merges V8's own kinds into one class for code and one for the rest: their parts come
/// and go with every function that gets hot.
fn internals(kind: NodeKind) -> Option<NodeKind> {
    match kind {
        NodeKind::Code => Some(NodeKind::Code),
        NodeKind::Hidden | NodeKind::ObjectShape => Some(NodeKind::Hidden),
        _ => None,
    }
}

/// Returns the class of `node` as a person knows it; V8's internals as DevTools has them.
fn name_of(graph: &HeapGraph, words: &Words, node: NodeOrdinal) -> ClassName {
    match internals(graph.kind(node)) {
        Some(NodeKind::Code) => ClassName::called(devtools::COMPILED_CODE),
        Some(_) => ClassName::called(devtools::SYSTEM),
        None => ClassName::of(graph, words, node),
    }
}

fn biggest(tallies: &FxHashMap<u64, (ClassCount, NodeOrdinal)>) -> FxHashMap<u64, ClassCount> {
    let mut rows: Vec<_> = tallies.iter().map(|(&key, &(tally, _))| (key, tally)).collect();
    if rows.len() > MAX_REMEMBERED {
        // Equals are ordered by key, so that the same snapshot leaves the same rows.
        rows.select_nth_unstable_by_key(MAX_REMEMBERED, |&(key, tally)| {
            (std::cmp::Reverse(tally.bytes), key)
        });
        rows.truncate(MAX_REMEMBERED);
    }
    rows.into_iter().collect()
}

fn grown(
    first: &FxHashMap<u64, ClassCount>,
    tallies: &FxHashMap<u64, (ClassCount, NodeOrdinal)>,
    graph: &HeapGraph,
    words: &Words,
) -> Vec<ClassGrowth> {
    let mut rows: Vec<_> = tallies
        .iter()
        .map(|(key, &(now, sample))| (first.get(key).copied().unwrap_or_default(), now, sample))
        .filter(|(was, now, _)| now.bytes > was.bytes)
        .collect();
    rows.sort_unstable_by_key(|&(was, now, sample)| {
        (std::cmp::Reverse(now.bytes - was.bytes), sample)
    });
    // Some rows are merged below: several of V8's classes may have one name for a person.
    rows.truncate(2 * MAX_ROWS);
    let mut classes: Vec<ClassGrowth> = Vec::new();
    for (was, now, sample) in rows {
        let name = name_of(graph, words, sample);
        let at = classes.iter().position(|class| class.class == name);
        let at = at.unwrap_or_else(|| {
            let (count, self_bytes, added_count, added_bytes) = Default::default();
            let class = name;
            classes.push(ClassGrowth { class, count, self_bytes, added_count, added_bytes });
            classes.len() - 1
        });
        let class = &mut classes[at];
        class.count += now.count;
        class.self_bytes += now.bytes;
        class.added_count += signed(now.count) - signed(was.count);
        class.added_bytes += now.bytes - was.bytes;
    }
    classes.sort_by_key(|class| std::cmp::Reverse(class.added_bytes));
    classes.truncate(MAX_ROWS);
    classes
}

/// Converts a count; counts are far below 2^63.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::testkit::draw;

    fn observe(history: &mut ClassHistory, drawing: &str) -> Vec<(String, u64, i64, u64)> {
        let graph = draw(drawing).graph();
        let words = Words::of(&graph);
        let rows = history.observe(&graph, &words).into_iter();
        rows.map(|row| {
            (row.class.in_reports().into_owned(), row.count, row.added_count, row.added_bytes)
        })
        .collect()
    }

    #[test]
    fn the_first_snapshot_shows_no_growth_and_later_ones_since_then() {
        let mut history = ClassHistory::default();
        let first = "root -> a b; a: object User size=100; b: object Cache size=50";
        assert_eq!(observe(&mut history, first), []);
        assert_eq!(observe(&mut history, first), [], "nothing grew");
        let later = "root -> a b c d; a: object User size=100; c: object User size=100
                     b: object Cache size=90; d: object Order size=10";
        let cache = ("Cache".to_owned(), 1, 0, 40);
        let order = ("Order".to_owned(), 1, 1, 10);
        assert_eq!(
            observe(&mut history, later),
            [("User".to_owned(), 2, 1, 100), cache.clone(), order.clone()]
        );
        let shrunk = "root -> b d; b: object Cache size=90; d: object Order size=10";
        assert_eq!(observe(&mut history, shrunk), [cache, order]);
    }

    #[test]
    fn contents_of_strings_are_no_classes() {
        let mut history = ClassHistory::default();
        observe(&mut history, "root -> a; a: string \"secret\" size=10");
        let later = "root -> a b; a: string \"secret\" size=10; b: string \"another\" size=30";
        assert_eq!(observe(&mut history, later), [("string".to_owned(), 2, 1, 30)]);
    }

    #[test]
    fn internals_of_v8_are_one_class_for_code_and_one_for_the_rest() {
        let mut history = ClassHistory::default();
        observe(&mut history, "root -> a; a: object A size=10");
        let later = "root -> a b c d; a: object A size=10; b: code foo size=30
                     c: code \"system / BytecodeArray\" size=20; d: hidden \"system / Map\" size=7";
        let code = ("(compiled code)".to_owned(), 2, 2, 50);
        let system = ("(system)".to_owned(), 1, 1, 7);
        assert_eq!(observe(&mut history, later), [code, system]);
    }

    #[test]
    fn rows_are_bounded() {
        let mut history = ClassHistory::default();
        observe(&mut history, "root -> a; a: object A size=10");
        let mut many = String::new();
        for i in 0..100 {
            let _ = writeln!(many, "root -> n{i}; n{i}: object Class{i} size={}", 100 + i);
        }
        let rows = observe(&mut history, &many);
        assert_eq!(rows.len(), MAX_ROWS);
        assert_eq!(rows[0].0, "Class99");
    }
}
