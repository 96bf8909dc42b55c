//! References with their labels.

use super::{EdgeKind, Labels, Links, targets::TargetsOf};
use crate::units::{NameId, NodeOrdinal};

/// One reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// V8's type.
    pub kind: EdgeKind,
    /// The name that its source gives it.
    pub label: EdgeLabel,
    /// The node that it leads to.
    pub to: NodeOrdinal,
}

/// The label of an edge: a name, or a number where its kind is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdgeLabel {
    /// Property, variable or link of V8's.
    Name(NameId),
    /// Array index, or a running number.
    Index(u32),
}

impl EdgeLabel {
    #[inline]
    pub(crate) fn new(kind: EdgeKind, raw: u32) -> Self {
        if kind.has_name() { Self::Name(NameId(raw)) } else { Self::Index(raw) }
    }

    /// Returns the name, if it is one.
    #[inline]
    pub fn name(self) -> Option<NameId> {
        match self {
            Self::Name(name) => Some(name),
            Self::Index(_) => None,
        }
    }
}

/// The edges of one node, in V8's order.
#[derive(Clone, Debug)]
pub struct Edges<'a> {
    targets: TargetsOf<'a>,
    labels: std::slice::Iter<'a, u32>,
}

impl<'a> Edges<'a> {
    pub(super) fn new(links: &'a Links, labels: &'a Labels, node: u32) -> Self {
        let positions = links.range(node);
        let targets = links.part(positions.clone());
        Self { targets, labels: labels.of(node, positions).iter() }
    }

    /// Whether `others` are as many, of the same kinds and with the same labels.
    #[inline]
    pub(crate) fn are_called_like(&self, others: &Self) -> bool {
        let kinds = self.targets.clone().zip(others.targets.clone());
        let mut pairs = kinds.zip(self.labels.clone().zip(others.labels.clone()));
        self.len() == others.len()
            && pairs.all(|(((a, _), (b, _)), (label, other))| a == b && label == other)
    }

    /// Returns the labels, each a string index or a number.
    #[inline]
    pub(crate) fn raw_labels(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.labels.clone().copied()
    }

    #[inline]
    fn edge(((kind, to), &label): ((EdgeKind, u32), &u32)) -> Edge {
        Edge { kind, label: EdgeLabel::new(kind, label), to: NodeOrdinal(to) }
    }
}

impl Iterator for Edges<'_> {
    type Item = Edge;

    #[inline]
    fn next(&mut self) -> Option<Edge> {
        self.targets.next().zip(self.labels.next()).map(Self::edge)
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<Edge> {
        self.targets.nth(n).zip(self.labels.nth(n)).map(Self::edge)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.targets.size_hint()
    }
}

impl DoubleEndedIterator for Edges<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Edge> {
        self.targets.next_back().zip(self.labels.next_back()).map(Self::edge)
    }
}

impl ExactSizeIterator for Edges<'_> {}
