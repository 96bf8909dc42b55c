//! Nodes and their edges between the stream and the sink.
//!
//! Where an edge leads is known by address. The node of that address takes three reads of memory,
//! all over the heap's tables, each of which waits for the one before. So many edges are looked up
//! together, one read at a time, and the memory for the next read is fetched meanwhile.

use super::{
    numbering::{EDGE, FIRST, NODE, PLACE, UNREAD},
    objects::{Mark, Marked},
    shapes::Place,
};
use crate::{
    format::{EdgeKind, NodeKind, Refusal, Rows, SnapshotSink},
    units::ObjectId,
    walk::wire::Label,
};

/// Edges that are looked up and passed on together: few enough to stay in the core's cache.
pub(super) const EDGES: usize = 2 << 10;
/// Nodes that are passed on together, if they have fewer edges than that.
const NODES: usize = 2 << 10;

/// Nodes and places as the sink wants them, and edges as the stream has them.
#[derive(Debug, Default)]
pub(super) struct Batch {
    nodes: Vec<u32>,
    wide: Vec<(u32, u64)>,
    places: Vec<u32>,
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

impl Batch {
    /// Adds the next node, before its edges.
    #[inline]
    pub(super) fn add_node(
        &mut self,
        node: u32,
        (kind, name): (NodeKind, u32),
        bytes: u64,
        edges: u64,
    ) {
        let mut narrow = |at: usize, value: u64| match u32::try_from(value) {
            Ok(value) if value != u32::MAX => value,
            _ => {
                self.wide.push(((self.nodes.len() + at) as u32, value));
                u32::MAX
            }
        };
        let ObjectId(id) = ObjectId::counted(node, kind == NodeKind::Native);
        let row: [u32; NODE] = [kind as u32, name, id, narrow(3, bytes), narrow(4, edges)];
        self.nodes.extend_from_slice(&row);
    }

    /// Adds the place of a node that was added.
    #[inline]
    pub(super) fn add_place(&mut self, node: u32, place: &Place) {
        let [node, script] = [node, place.script as u32].map(|node| node * NODE as u32);
        let place: [u32; PLACE] = [node, place.script_id, place.line, place.column, script];
        self.places.extend_from_slice(&place);
    }

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

    /// Whether it is time to pass it on.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.labels.len() >= EDGES || self.nodes.len() >= NODES * NODE
    }
}

/// Looks up where edges lead, and passes them on to a sink, with their nodes and the places of these.
pub(super) struct LookedUp<'a, S> {
    marked: &'a Marked,
    sink: &'a mut S,
    values: Vec<u32>,
}

impl<'a, S: SnapshotSink> LookedUp<'a, S> {
    pub(super) fn new(marked: &'a Marked, sink: &'a mut S) -> Self {
        Self { marked, sink, values: Vec::with_capacity(EDGES * EDGE) }
    }

    /// Takes out and passes on all of `batch`.
    #[inline(never)]
    pub(super) fn pass_on(&mut self, batch: &mut Batch) -> Result<(), Refusal> {
        let Self { marked, sink, values } = self;
        sink.nodes(Rows { values: &batch.nodes, wide: &batch.wide })?;
        batch.nodes.clear();
        batch.wide.clear();
        sink.locations(Rows { values: &batch.places, wide: &[] })?;
        batch.places.clear();
        for target in &batch.targets {
            if let Target::Mark(mark) = target {
                marked.prefetch(*mark);
            }
        }
        for target in &mut batch.targets {
            if let Target::Mark(mark) = *target {
                *target = marked.rank_at(mark).map_or(Target::Unread, Target::Rank);
            }
        }
        values.clear();
        for (&(kind, name), &target) in batch.labels.iter().zip(&batch.targets) {
            let to = match target {
                Target::Node(node) => node,
                Target::Rank(rank) => FIRST + marked.row_of(rank),
                // Weak references only count if something else holds their target.
                Target::Mark(_) | Target::Unread if kind == EdgeKind::Weak => continue,
                Target::Mark(_) | Target::Unread => UNREAD,
            };
            values.extend_from_slice(&[kind as u32, name, to * NODE as u32]);
        }
        batch.labels.clear();
        batch.targets.clear();
        sink.edges(Rows { values, wide: &[] })
    }
}
