//! Facts about single nodes that a walk of the heap knows and V8's snapshots do not.

use crate::{format::Removed, limits::code::Act, units::NodeOrdinal};

/// Numbers that bound stores, removals from tables, and what functions do with collections.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    numbers: Vec<(NodeOrdinal, Box<str>, f64)>,
    removed: Vec<(NodeOrdinal, Removed)>,
    acts: Vec<(NodeOrdinal, Box<str>, Act)>,
}

impl Facts {
    /// Notes that the property or variable `name` of `node` is `value`.
    pub fn note_number(&mut self, node: NodeOrdinal, name: &str, value: f64) {
        self.numbers.push((node, name.into(), value));
    }

    /// Notes the removals from the table `node`.
    pub fn note_removed(&mut self, node: NodeOrdinal, removed: Removed) {
        self.removed.push((node, removed));
    }

    /// Notes what the function `node` does with the variable or property `name`.
    pub fn note_act(&mut self, node: NodeOrdinal, name: &str, act: Act) {
        self.acts.push((node, name.into(), act));
    }

    /// Puts all in order; must be called before anything is looked up.
    pub(super) fn sort(&mut self) {
        self.numbers.sort_by_key(|&(node, ..)| node.0);
        self.removed.sort_by_key(|&(node, _)| node.0);
    }

    pub(super) fn numbers(&self, node: NodeOrdinal) -> impl Iterator<Item = (&str, f64)> {
        let from = self.numbers.partition_point(|(other, ..)| other.0 < node.0);
        let own = self.numbers[from..].iter().take_while(move |(other, ..)| *other == node);
        own.map(|(_, name, value)| (&**name, *value))
    }

    pub(super) fn numbered(&self, name: &str) -> impl Iterator<Item = (NodeOrdinal, f64)> {
        let those = self.numbers.iter().filter(move |(_, other, _)| **other == *name);
        those.map(|(node, _, value)| (*node, *value))
    }

    pub(super) fn has_number(&self, name: &str) -> bool {
        self.numbers.iter().any(|(_, other, _)| **other == *name)
    }

    pub(super) fn removed(&self, node: NodeOrdinal) -> Option<Removed> {
        let at = self.removed.binary_search_by_key(&node.0, |(other, _)| other.0).ok()?;
        Some(self.removed[at].1)
    }

    pub(super) fn acts(&self) -> impl Iterator<Item = (NodeOrdinal, &str, Act)> {
        self.acts.iter().map(|(node, name, act)| (*node, &**name, *act))
    }
}
