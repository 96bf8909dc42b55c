//! Edges between the stream and the sink.
//!
//! Where an edge leads is known by address. The node of that address takes three reads of memory,
//! all over the heap's tables, each of which waits for the one before. So many edges are looked up
//! together, one read at a time, and the memory for the next read is fetched meanwhile.

use super::{
    numbering::{EDGE, FIRST, NODE, UNREAD},
    objects::{Mark, Marked},
};
use crate::{
    format::{EdgeKind, Refusal, Rows, SnapshotSink},
    walk::wire::Label,
};

/// Edges that are looked up and passed on together: few enough to stay in the core's cache.
pub(super) const EDGES: usize = 2 << 10;

/// Edges as the stream has them.
#[derive(Debug, Default)]
pub(super) struct Edges {
    labels: Vec<(EdgeKind, u32)>,
    targets: Vec<Target>,
}

/// Where an edge leads.
#[derive(Clone, Copy, Debug)]
enum Target {
    Node(u32),
    /// To the object that is marked there, if one is.
    Mark(Mark),
    /// To the object of that rank.
    Rank(u32),
    Unread,
}

impl Edges {
    #[inline]
    pub(super) fn add(&mut self, label: (EdgeKind, u32), to: Option<Mark>) {
        self.labels.push(label);
        self.targets.push(to.map_or(Target::Unread, Target::Mark));
    }

    /// Adds the references of `node` that are in no row.
    pub(super) fn add_extra(&mut self, rest: &mut &[(u32, Label, u32)], node: u32) {
        while let Some((&(source, label, to), after)) = rest.split_first()
            && source == node
        {
            self.labels.push((label.kind, label.name));
            self.targets.push(Target::Node(to));
            *rest = after;
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }
}

/// Looks up where edges lead, and passes them on to a sink.
pub(super) struct LookedUp<'a, S> {
    marked: &'a Marked,
    sink: &'a mut S,
    values: Vec<u32>,
}

impl<'a, S: SnapshotSink> LookedUp<'a, S> {
    pub(super) fn new(marked: &'a Marked, sink: &'a mut S) -> Self {
        Self { marked, sink, values: Vec::with_capacity(EDGES * EDGE) }
    }

    /// Takes out and passes on all `edges`.
    #[inline(never)]
    pub(super) fn pass_on(&mut self, edges: &mut Edges) -> Result<(), Refusal> {
        let Self { marked, sink, values } = self;
        for target in &edges.targets {
            if let Target::Mark(mark) = target {
                marked.prefetch(*mark);
            }
        }
        for target in &mut edges.targets {
            if let Target::Mark(mark) = *target {
                *target = marked.rank_at(mark).map_or(Target::Unread, Target::Rank);
            }
        }
        values.clear();
        for (&(kind, name), &target) in edges.labels.iter().zip(&edges.targets) {
            let to = match target {
                Target::Node(node) => node,
                Target::Rank(rank) => FIRST + marked.row_of(rank),
                // Weak references only count if something else holds their target.
                Target::Mark(_) | Target::Unread if kind == EdgeKind::Weak => continue,
                Target::Mark(_) | Target::Unread => UNREAD,
            };
            values.extend_from_slice(&[kind as u32, name, to * NODE as u32]);
        }
        edges.labels.clear();
        edges.targets.clear();
        sink.edges(Rows { values, wide: &[] })
    }
}
