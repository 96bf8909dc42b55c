//! Looks up one reference of an object by its name.

use super::words;
use crate::{
    graph::{EdgeKind, HeapGraph},
    units::{NameId, NodeOrdinal},
};

/// Returns the target of `node`'s internal edge `name`.
pub fn internal(graph: &HeapGraph, node: NodeOrdinal, name: Option<NameId>) -> Option<NodeOrdinal> {
    name?;
    graph
        .edges(node)
        .find(|edge| edge.kind == EdgeKind::Internal && words::is(edge.label, name))
        .map(|edge| edge.to)
}

/// Returns the target of `node`'s property `name`.
pub fn property(graph: &HeapGraph, node: NodeOrdinal, name: Option<NameId>) -> Option<NodeOrdinal> {
    name?;
    graph
        .edges(node)
        .find(|edge| edge.kind == EdgeKind::Property && words::is(edge.label, name))
        .map(|edge| edge.to)
}
