//! The biggest objects, by what holds them: what a person would look at first.
//!
//! Roots, tables and scopes are left out, as are objects to which another passes nearly all of
//! what it keeps alive: a cache, its map and the table of that are one row. Objects that one
//! branch of the name tree has are one row, too.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::{Explorer, rows::key_text};
use crate::{
    analysis::biggest,
    graph::NodeKind,
    report::{CreatedIn, SourceLocation},
    units::{NodeOrdinal, ObjectId},
    v8::class_name::ClassName,
};

/// Objects that are looked at.
const MOST: usize = 5_000;

/// Smaller objects are not, as 1 in so many of the heap.
const LEAST_SHARE: u64 = 20_000;

/// What passes at least so much of itself on, in percent, stands for what it is passed to.
const PASSED_ON: u64 = 95;

/// Big objects of one branch of the name tree.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BigObjects {
    /// Of the branch.
    pub key: String,
    /// The labels of the path to it, from its origin.
    pub path: Vec<String>,
    /// The class of the biggest, as `className` and `label`.
    #[serde(flatten)]
    pub class: ClassName,
    /// Where its class or function is.
    pub location: Option<SourceLocation>,
    /// V8's id of the biggest.
    pub id: ObjectId,
    /// How many there are.
    pub count: u64,
    /// Their own bytes.
    pub self_bytes: u64,
    /// Bytes that they keep alive.
    pub retained_bytes: u64,
    /// Where most of that was allocated, if stacks were recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_in: Option<CreatedIn>,
}

impl Explorer {
    /// Returns the `limit` rows that keep most alive.
    pub(crate) fn biggest(&self, limit: usize) -> Vec<BigObjects> {
        let (book, measures) = (self.book(), self.session.measures());
        let (guide, graph, words) = (self.guide(&book), self.session.graph(), self.session.words());
        let retained = |node| measures.retained.retained(node);
        let roots: FxHashSet<_> = graph.edges(graph.root()).map(|edge| edge.to).collect();
        let is_shown = |node: NodeOrdinal| {
            let is_of_v8 = matches!(
                graph.kind(node),
                NodeKind::Synthetic | NodeKind::Code | NodeKind::Hidden | NodeKind::ObjectShape
            );
            !is_of_v8 && !roots.contains(&node) && !guide.is_internal(node)
        };
        let mut row_of: FxHashMap<u32, usize> = FxHashMap::default();
        let mut rows: Vec<BigObjects> = Vec::new();
        // Each link of a long list is passed on all that follows.
        let is_passed_on = |node| {
            let above = measures.dominators.chain(node).find(|&above| is_shown(above));
            above.is_some_and(|above| retained(node) * 100 >= retained(above) * PASSED_ON)
        };
        let least = retained(graph.root()) / LEAST_SHARE;
        let is_big =
            |&node: &NodeOrdinal| retained(node) > least && is_shown(node) && !is_passed_on(node);
        let mut objects = Vec::new();
        for node in biggest(&measures.retained, graph.ordinals().filter(is_big), MOST) {
            let at = guide.branch_of(book.tree().node_of(node));
            let row = *row_of.entry(at).or_insert_with(|| {
                rows.push(BigObjects {
                    key: key_text(book.tree().nodes()[at as usize].key),
                    path: self.labels_to(&guide, at),
                    class: ClassName::of(graph, &words, node),
                    location: guide.place(node),
                    id: graph.id(node),
                    count: 0,
                    self_bytes: 0,
                    retained_bytes: 0,
                    created_in: None,
                });
                rows.len() - 1
            });
            objects.push((node, row));
            rows[row].count += 1;
            rows[row].self_bytes += measures.self_size(node);
            rows[row].retained_bytes += retained(node);
        }
        let created_in = self.creators_below(rows.len(), objects.into_iter());
        for (row, created_in) in rows.iter_mut().zip(created_in) {
            row.created_in = created_in;
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.retained_bytes));
        rows.truncate(limit);
        rows
    }
}

#[cfg(test)]
mod tests {
    use crate::explore::open::tests::{PROGRAM, explore};

    #[test]
    fn big_objects_are_told_by_what_holds_them() {
        // Each session has 16 bytes, the first two a string of 40 that is referred to twice.
        let rows = explore(PROGRAM).biggest(9);
        let rows: Vec<_> = rows
            .iter()
            .map(|row| (row.path.join(" "), row.count, row.self_bytes, row.retained_bytes))
            .collect();
        let module = "module app/sessions.js";
        let expected = [
            (format!("{module} sessions"), 1, 32, 32 + 128 + 3 * 56),
            (format!("{module} sessions […]"), 3, 48, 3 * 56),
            (format!("{module} sessions […] .token"), 3, 120, 120),
            (format!("{module} last"), 1, 16, 16),
        ];
        for row in &expected {
            assert!(rows.contains(row), "{row:?} among {rows:?}");
        }
        assert_eq!(explore(PROGRAM).biggest(1).len(), 1);
    }

    #[test]
    fn what_is_passed_on_is_told_once() {
        let rows = explore(
            "root -> roots; roots -> handles; handles -> cache; cache -> map; map -> a b
             roots: synthetic \"(GC roots)\" size=0; handles: synthetic \"(Global handles)\" size=0
             cache: object Cache size=1; map: object Map size=1
             a: object A size=500; b: object B size=500",
        )
        .biggest(9);
        let classes: Vec<_> = rows.iter().map(|row| row.class.in_reports().into_owned()).collect();
        assert_eq!((classes[0].as_str(), rows[0].retained_bytes), ("Cache", 1002));
        assert!(classes.iter().all(|class| class != "Map"), "{classes:?}");
    }
}
