//! V8's ids of the objects.

use super::NodeKind;
use crate::{column::Column, units::ObjectId};

/// Ids by node.
#[derive(Debug)]
pub(super) enum Ids {
    /// As they were written.
    ///
    /// Memory: 4 bytes per node.
    Listed(Column<u32>),
    /// By the nodes' numbers: a walk has no others.
    Counted,
}

impl Default for Ids {
    fn default() -> Self {
        Self::Listed(Column::new())
    }
}

impl Ids {
    /// Returns the id of the node at `index`, which is of `kind`.
    #[inline]
    pub(super) fn get(&self, index: usize, kind: NodeKind) -> ObjectId {
        match self {
            Self::Listed(ids) => ObjectId(ids[index]),
            Self::Counted => counted(index, kind),
        }
    }

    /// Appends `count` ids of 0.
    pub(super) fn grow(&mut self, count: usize) {
        if let Self::Listed(ids) = self {
            ids.grow(count);
        }
    }

    /// Writes the id of the node at `index`, which is the last of `kinds` that has been
    /// written.
    #[inline]
    pub(super) fn set(&mut self, index: usize, id: u32, kinds: &[NodeKind]) {
        if let Self::Listed(ids) = self {
            ids[index] = id;
        } else if id != counted(index, kinds[index]).0 {
            self.list(index, id, kinds);
        }
    }

    /// Lists the ids of nodes of these `kinds`; `id`, at `index`, is the first that does not
    /// follow from the nodes' numbers.
    #[cold]
    fn list(&mut self, index: usize, id: u32, kinds: &[NodeKind]) {
        let mut ids = Column::zeroed(kinds.len());
        for (index, (id, &kind)) in ids[..index].iter_mut().zip(kinds).enumerate() {
            *id = counted(index, kind).0;
        }
        ids[index] = id;
        *self = Self::Listed(ids);
    }

    /// Gives back what only more nodes would need.
    pub(super) fn shrink_to_fit(&mut self) {
        if let Self::Listed(ids) = self {
            ids.shrink_to_fit();
        }
    }
}

#[inline]
fn counted(index: usize, kind: NodeKind) -> ObjectId {
    ObjectId::counted(index as u32, kind == NodeKind::Native)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_listed_from_the_first_that_was_not_counted() {
        let ids = |of: &[(NodeKind, u32)]| {
            let kinds: Vec<_> = of.iter().map(|&(kind, _)| kind).collect();
            let mut ids = Ids::Counted;
            for (index, &(_, id)) in of.iter().enumerate() {
                ids.set(index, id, &kinds);
            }
            let is_counted = matches!(ids, Ids::Counted);
            let all = kinds.iter().enumerate().map(|(index, &kind)| ids.get(index, kind).0);
            (is_counted, all.collect::<Vec<_>>())
        };
        let [object, native] = [NodeKind::Object, NodeKind::Native];
        let counted = [(object, 1), (object, 3), (native, 6)];
        assert_eq!(ids(&counted), (true, vec![1, 3, 6]));
        assert_eq!(ids(&[counted[0], counted[2], (object, 7)]), (false, vec![1, 6, 7]));
    }
}
