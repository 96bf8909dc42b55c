//! Sizes as a person sees them: internal arrays count for what owns them.
//!
//! What V8 stores apart (elements, property tables, hidden records) DevTools
//! adds to the object that it belongs to: such a node, if all that leads to it
//! leads through one other node, hands its size over. The owner of a node is
//! thus a value in a lattice (none, one node, several), and the answer its
//! least fixed point, whatever the order of visits.

use super::special_nodes::SpecialNodes;
use crate::{
    bits::{BitSet, Ranks},
    column::{self, Column},
    graph::{EdgeKind, Links, NodeKind, SelfSizes, Skeleton},
    units::NodeOrdinal,
};

/// Moves the `sizes` of owned internals of `skeleton`, which has the `special` nodes, to their
/// owners.
pub(super) fn to_owners(
    skeleton: &Skeleton,
    special: &SpecialNodes,
    mut sizes: SelfSizes,
) -> SelfSizes {
    let owners = Owners::of(skeleton, special);
    for node in owners.undecided.iter() {
        let Some(owner) = owners.owner_of(node) else { continue };
        if owner != skeleton.root().0 && skeleton.kind(NodeOrdinal(owner)) != NodeKind::Synthetic {
            let node = node as u32;
            sizes.set(owner, sizes.get(owner) + sizes.get(node));
            sizes.set(node, 0);
        }
    }
    sizes
}

/// Who owns what in one graph.
///
/// Memory: 3 bits per node, and 4 bytes per node that can be owned.
struct Owners {
    /// The nodes that can be owned.
    ownable: BitSet,
    numbers: Ranks,
    /// Those of them to which no ways through different nodes are known.
    undecided: BitSet,
    /// By number: the owner plus one; 0 while no way is known, or several.
    owner: Column<u32>,
}

impl Owners {
    /// Finds the owners in `skeleton`, which has the `special` nodes.
    fn of(skeleton: &Skeleton, special: &SpecialNodes) -> Self {
        let mut this = Self::unknown(ownable(skeleton, special));
        let inner = this.search(skeleton.links());
        this.spread(skeleton.links(), &inner);
        this
    }

    fn unknown(ownable: BitSet) -> Self {
        let numbers = Ranks::of(&ownable);
        let owner = Column::zeroed(numbers.count());
        Self { undecided: ownable.clone(), ownable, numbers, owner }
    }

    /// Follows the edges of what cannot be owned. Returns those nodes that can
    /// be and lead to others.
    fn search(&mut self, links: &Links) -> BitSet {
        let mut inner = BitSet::new(links.node_count());
        // Few edges lead to what is undecided: to look at all that there are
        // and find the sources of these is quicker than to go by the nodes.
        let mut source = 0;
        for (position, (kind, target)) in links.all().enumerate() {
            column::ask_at(position);
            if !self.undecided.contains(target as usize) || kind == EdgeKind::Weak {
                continue;
            }
            source = links.source_from(source, position);
            if self.ownable.contains(source as usize) {
                inner.insert(source as usize);
            } else {
                self.add(target as usize, Some(source));
            }
        }
        inner
    }

    /// Passes the owners of the nodes in `inner` on to the nodes that they lead to.
    fn spread(&mut self, links: &Links, inner: &BitSet) {
        let mut pending: Column<_> = inner.iter().map(|node| node as u32).collect();
        while let Some(node) = pending.pop() {
            let owner = self.owner_of(node as usize);
            if owner.is_none() && self.undecided.contains(node as usize) {
                continue; // nothing leads to it so far
            }
            for (kind, target) in links.of(node) {
                let target = target as usize;
                let is_news = kind != EdgeKind::Weak
                    && self.undecided.contains(target)
                    && self.add(target, owner);
                if is_news && inner.contains(target) {
                    pending.push(target as u32);
                }
            }
        }
    }

    /// Notes that a way to `target`, which is undecided, leads through
    /// `owner`, or ways through several nodes; returns whether that is news.
    fn add(&mut self, target: usize, owner: Option<u32>) -> bool {
        let number = self.number(target);
        let known = &mut self.owner[number];
        match owner {
            Some(owner) if *known == owner + 1 => return false,
            Some(owner) if *known == 0 => *known = owner + 1,
            _ => {
                *known = 0;
                self.undecided.remove(target);
            }
        }
        true
    }

    /// Returns the one node through which all known ways to `node` lead.
    fn owner_of(&self, node: usize) -> Option<u32> {
        self.owner[self.number(node)].checked_sub(1)
    }

    fn number(&self, node: usize) -> usize {
        self.numbers.get(&self.ownable, node)
    }
}

/// Returns the nodes that can be owned.
fn ownable(skeleton: &Skeleton, special: &SpecialNodes) -> BitSet {
    let is_ownable = |(index, kind): (usize, &NodeKind)| match kind {
        NodeKind::Hidden | NodeKind::Array => true,
        NodeKind::Native => special.external_strings.contains(index),
        _ => false,
    };
    skeleton.kinds().iter().enumerate().map(is_ownable).collect()
}

#[cfg(test)]
mod tests {
    use crate::{analysis::Measured, testkit::draw};

    /// Asserts the sizes of the nodes of `drawing` after the transfer.
    #[track_caller]
    fn check(drawing: &str, sizes: &[(&str, u64)]) {
        let drawing = draw(drawing);
        let measures = Measured::of(drawing.graph()).measures;
        for &(label, size) in sizes {
            assert_eq!(measures.self_size(drawing.node(label)), size, "{label}");
        }
    }

    #[test]
    fn a_store_counts_for_its_object_through_other_stores() {
        check(
            "root -> map; map -> table; table -> inner; table: array T size=100; inner: hidden I size=7",
            &[("map", 123), ("table", 0), ("inner", 0)],
        );
    }

    #[test]
    fn what_two_share_stays_where_it_is() {
        check(
            "root -> a b; a -> shared; b -> shared; shared -> below
             shared: array S size=100; below: array B size=10",
            &[("a", 16), ("b", 16), ("shared", 100), ("below", 10)],
        );
    }

    #[test]
    fn weak_edges_do_not_own_and_roots_do_not_gain() {
        check(
            "root -> a list; a -weak:x-> table; gc -> kept; root -> gc
             table: array T size=50; list: array L size=5; kept: array K size=9; gc: synthetic G",
            &[("a", 16), ("table", 50), ("list", 5), ("kept", 9)],
        );
    }

    #[test]
    fn with_internals_exposed_nothing_moves() {
        check("root -> gc; gc -> a; a -> t; gc: synthetic G; t: array T size=3", &[("t", 3)]);
    }
}
