//! Strings of which the heap holds several copies.
//!
//! V8 gives equal strings the same index in the snapshot, so copies are found by
//! the index alone, before any text has arrived. Of the few that waste most the
//! length is then noted as the text goes by, and the text itself only if that
//! was asked for. V8 writes the first 1,024 characters of a string: longer
//! ones that agree so far count as equal.

use super::{NodeKind, nodes::Nodes};
use crate::column::Column;

/// Strings that are listed one by one.
const MOST: usize = 100;

/// The strings that are there more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// Copies beyond the first, of all such strings.
    pub extra_copies: u64,
    /// Bytes of these, an average copy for each.
    pub wasted_bytes: u64,
    /// Those that waste most, most first.
    pub strings: Vec<DuplicateString>,
}

/// One string that is there more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateString {
    /// Its index in the snapshot.
    pub(super) index: u32,
    /// Copies.
    pub count: u64,
    /// Bytes of all copies.
    pub self_bytes: u64,
    /// Length in UTF-16 units, as far as V8 wrote it.
    pub length: u64,
    /// Its contents, if they were asked for.
    pub text: Option<String>,
}

impl DuplicateString {
    /// Returns the bytes of all copies but one.
    pub fn wasted_bytes(&self) -> u64 {
        self.self_bytes - self.self_bytes / self.count.max(1)
    }
}

/// Finds duplicates and notes their lengths as the strings go by.
#[derive(Debug)]
pub(super) struct DuplicateFinder {
    keeps_text: bool,
    found: Duplicates,
    /// Positions in `found.strings` by string index, the next to come last.
    to_come: Vec<u32>,
}

impl DuplicateFinder {
    pub(super) fn new(keeps_text: bool) -> Self {
        Self { keeps_text, found: Duplicates::default(), to_come: Vec::new() }
    }

    /// Counts the strings among `nodes`. Indexes from `bound` on are not
    /// plausible and not counted: memory follows the rows read.
    pub(super) fn count(&mut self, nodes: &Nodes, bound: usize) {
        let strings = || {
            let kinds = nodes.kinds.iter().zip(nodes.names.iter());
            let strings = (0..).zip(kinds).filter(|&(_, (&kind, index))| {
                kind == NodeKind::String && (index as usize) < bound
            });
            strings.map(|(node, (_, index))| (node, index as usize))
        };
        let count = strings().map(|(_, index)| index + 1).max().unwrap_or(0);
        let mut copies: Column<u32> = Column::zeroed(count);
        let mut bytes: Column<u64> = Column::zeroed(count);
        for (node, index) in strings() {
            copies[index] += 1;
            bytes[index] = bytes[index].saturating_add(nodes.self_sizes.get(node));
        }
        let all = (0..).zip(copies.iter().zip(bytes.iter()));
        let found = &mut self.found;
        for (index, (&count, &self_bytes)) in all.filter(|&(_, (&count, _))| count > 1) {
            let count = u64::from(count);
            let string = DuplicateString { index, count, self_bytes, length: 0, text: None };
            found.extra_copies += count - 1;
            found.wasted_bytes = found.wasted_bytes.saturating_add(string.wasted_bytes());
            found.strings.push(string);
            // Sorting now and then keeps the list short at little cost.
            if found.strings.len() == 64 * MOST {
                keep_worst(&mut found.strings);
            }
        }
        keep_worst(&mut found.strings);
        self.to_come = (0..found.strings.len() as u32).collect();
        self.to_come.sort_by_key(|&at| std::cmp::Reverse(found.strings[at as usize].index));
    }

    /// Whether the text of string `index`, which comes next, is of use.
    pub(super) fn wants(&self, index: u32) -> bool {
        self.to_come.last().is_some_and(|&at| self.found.strings[at as usize].index == index)
    }

    /// Notes length and text of string `index`, if it is one of those wanted.
    pub(super) fn note(&mut self, index: u32, text: &str) {
        if !self.wants(index) {
            return;
        }
        if let Some(at) = self.to_come.pop() {
            let string = &mut self.found.strings[at as usize];
            string.length = text.encode_utf16().count() as u64;
            string.text = self.keeps_text.then(|| text.to_owned());
        }
    }

    pub(super) fn finish(self) -> Duplicates {
        self.found
    }
}

fn keep_worst(strings: &mut Vec<DuplicateString>) {
    strings.sort_by_key(|string| (std::cmp::Reverse(string.wasted_bytes()), string.index));
    strings.truncate(MOST);
}

#[cfg(test)]
mod tests {
    use crate::{
        graph::{GraphReader, HeapGraph},
        testkit::draw,
    };

    fn read(drawing: &str, keeps_text: bool) -> HeapGraph {
        let mut reader = GraphReader::new().with_duplicates(keeps_text);
        reader.push(draw(drawing).json().as_bytes()).expect("valid");
        reader.finish().expect("valid")
    }

    const HEAP: &str = "root -> a b c d e f g; a: string hello size=24; b: string hello size=32
                        c: string alone size=900; d: string é✓ size=100; e: string é✓ size=100
                        f: string é✓ size=100; g: object hello";

    #[test]
    fn copies_are_counted_by_what_they_waste() {
        let graph = read(HEAP, false);
        let duplicates = graph.duplicates();
        assert_eq!((duplicates.extra_copies, duplicates.wasted_bytes), (3, 228));
        let rows = duplicates.strings.iter();
        let rows: Vec<_> =
            rows.map(|row| (row.count, row.self_bytes, row.wasted_bytes(), row.length)).collect();
        assert_eq!(rows, [(3, 300, 200, 2), (2, 56, 28, 5)]);
        assert!(duplicates.strings.iter().all(|row| row.text.is_none()));
    }

    #[test]
    fn texts_are_kept_only_where_asked_for_and_only_of_duplicates() {
        let graph = read(HEAP, true);
        let texts = graph.duplicates().strings.iter().map(|row| row.text.as_deref());
        assert_eq!(texts.collect::<Vec<_>>(), [Some("é✓"), Some("hello")]);
        let names = graph.names();
        let kept: Vec<_> =
            (0..names.len() as u32).map(|index| names.get(crate::units::NameId(index))).collect();
        assert!(kept.contains(&"hello"), "it is also the name of a class");
        assert!(!kept.contains(&"é✓") && !kept.contains(&"alone"));
    }

    #[test]
    fn nothing_is_counted_unasked() {
        let graph = draw(HEAP).graph();
        assert_eq!(graph.duplicates().extra_copies, 0);
    }

    #[test]
    fn the_worst_hundred_of_many_are_listed() {
        let pair = |index: usize| {
            let declare =
                |node: &str| format!("{node}{index}x: string s{index}x size={}\n", 8 + index);
            let edges = format!("root -> a{index}x b{index}x\n");
            edges + &declare("a") + &declare("b")
        };
        let heap: String = (0..7000).map(pair).collect();
        let graph = read(&heap, true);
        let duplicates = graph.duplicates();
        assert_eq!((duplicates.extra_copies, duplicates.strings.len()), (7000, 100));
        let texts = duplicates.strings.iter().map(|row| row.text.clone().unwrap_or_default());
        assert!(texts.eq((6900..7000).rev().map(|index| format!("s{index}x"))));
    }
}
