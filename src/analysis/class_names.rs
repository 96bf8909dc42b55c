//! What classes are called, by number.

use rustc_hash::FxHashMap;

use crate::{
    graph::{Names, NodeKind},
    units::NameId,
    v8::class_name::devtools,
};

/// Class names by number: first the strings of the snapshot, then those of
/// interfaces, then what has been put together, each once.
pub(super) struct ClassNames<'a> {
    strings: &'a Names,
    others: Vec<String>,
    /// Of those put together. Interfaces are not merged with equal names.
    numbers: FxHashMap<String, u32>,
}

impl<'a> ClassNames<'a> {
    pub(super) fn new(strings: &'a Names, interfaces: Vec<String>) -> Self {
        Self { strings, others: interfaces, numbers: FxHashMap::default() }
    }

    /// Returns the number of names so far.
    pub(super) fn len(&self) -> usize {
        self.strings.len() + self.others.len()
    }

    pub(super) fn text(&self, class: u32) -> &str {
        match (class as usize).checked_sub(self.strings.len()) {
            None => self.strings.get(NameId(class)),
            Some(other) => &self.others[other],
        }
    }

    pub(super) fn of_interface(&self, interface: u32) -> u32 {
        self.strings.len() as u32 + interface
    }

    /// Returns the class name of nodes of `kind`, for kinds that have only one.
    pub(super) fn of_kind(&mut self, kind: NodeKind) -> u32 {
        self.number(devtools::of_kind(kind).into_owned())
    }

    /// Returns the class name of a node called `name` whose page is gone.
    pub(super) fn of_detached(&mut self, name: NameId) -> u32 {
        self.number(devtools::detached(self.strings.get(name)))
    }

    /// Returns the class that `class` is shown as: an element without attributes.
    pub(super) fn shown(&mut self, class: u32) -> u32 {
        let name = self.text(class);
        let is_own = (class as usize) < self.strings.len();
        if is_own && devtools::is_element(name) {
            self.number(devtools::without_attributes(name))
        } else {
            class
        }
    }

    fn number(&mut self, name: String) -> u32 {
        let next = self.len() as u32;
        *self.numbers.entry(name).or_insert_with_key(|name| {
            self.others.push(name.clone());
            next
        })
    }
}
