//! The dominator tree from above: what hangs directly below a node.

use rustc_hash::FxHashMap;

use super::Dominators;
use crate::{bits::BitSet, column::Column, units::NodeOrdinal};

/// Stands for a node without children.
const NONE: u32 = u32::MAX;
/// Stands for several children.
const SEVERAL: u32 = u32::MAX - 1;

/// The only child of each node that has just one.
///
/// Memory: 4 bytes per node.
#[derive(Debug)]
pub struct OnlyChildren {
    /// By the node's number: a number, or one of the constants.
    of: Column<u32>,
}

impl Dominators {
    /// Returns the nodes whose immediate dominator `node` is, in no order that means anything.
    /// Looks at all nodes.
    pub fn children(&self, node: NodeOrdinal) -> impl Iterator<Item = NodeOrdinal> + '_ {
        let holder = self.number[node.index()];
        // Those have higher numbers.
        let numbers = holder + 1..self.holder.len() as u32;
        let below = self.holder.get(holder as usize + 1..).unwrap_or_default();
        let pairs = numbers.zip(below).filter(move |&(_, &of)| of == holder);
        pairs.map(|(number, _)| self.node_of(number))
    }

    /// Finds the nodes that have a single child.
    pub fn only_children(&self) -> OnlyChildren {
        let mut of = Column::filled(self.holder.len(), NONE);
        for (number, &holder) in (0..).zip(self.holder.iter()).skip(1) {
            let child = &mut of[holder as usize];
            *child = if *child == NONE { number } else { SEVERAL };
        }
        OnlyChildren { of }
    }

    /// Returns the only child of `node`, if there is just one.
    pub fn only_child(&self, only: &OnlyChildren, node: NodeOrdinal) -> Option<NodeOrdinal> {
        let child = only.of[self.number[node.index()] as usize];
        (child < SEVERAL).then(|| self.node_of(child))
    }

    /// Calls `each` with every node below `top` that begins a chain of only children, or is no part
    /// of one, and with its level: chains below `top` on the way to it, with its own, up to 255.
    pub fn chains_below(
        &self,
        only: &OnlyChildren,
        top: NodeOrdinal,
        mut each: impl FnMut(NodeOrdinal, u8),
    ) {
        let top = self.number[top.index()];
        // By number; 0 where a node is not below.
        let mut levels: Column<u8> = Column::zeroed(self.holder.len());
        for number in top as usize + 1..self.holder.len() {
            let holder = self.holder[number];
            let above = levels[holder as usize];
            if above == 0 && holder != top {
                continue;
            }
            let begins = holder == top || only.of[holder as usize] == SEVERAL;
            levels[number] = above.saturating_add(u8::from(begins));
            if begins {
                each(self.node_of(number as u32), levels[number]);
            }
        }
    }

    /// Calls `each` with every node whose immediate dominator is one of the `holders`, and with the
    /// place of that one among them. Looks at all nodes.
    pub fn each_child_of(&self, holders: &[NodeOrdinal], mut each: impl FnMut(usize, NodeOrdinal)) {
        let mut wanted = BitSet::new(self.holder.len());
        let mut place = FxHashMap::default();
        for (at, holder) in holders.iter().enumerate() {
            let number = self.number[holder.index()];
            wanted.insert(number as usize);
            place.insert(number, at);
        }
        for (number, &holder) in (0..).zip(self.holder.iter()).skip(1) {
            if wanted.contains(holder as usize)
                && let Some(&at) = place.get(&holder)
            {
                each(at, self.node_of(number));
            }
        }
    }

    /// Whether `node` is the immediate dominator of anything.
    pub fn has_children(&self, only: &OnlyChildren, node: NodeOrdinal) -> bool {
        only.of[self.number[node.index()] as usize] != NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{Random, draw, random_heap};

    #[test]
    fn children_are_those_whose_dominator_it_is() {
        let mut random = Random::new(3);
        for _ in 0..200 {
            let graph = random_heap(&mut random, 14).graph();
            let dominators = Dominators::of(&graph);
            let only = dominators.only_children();
            for node in graph.ordinals() {
                let is_child =
                    |&child: &NodeOrdinal| child != node && dominators.immediate(child) == node;
                let expected: Vec<_> = graph.ordinals().filter(is_child).collect();
                let mut children: Vec<_> = dominators.children(node).collect();
                children.sort();
                let children: Vec<_> =
                    children.into_iter().filter(|&child| child != graph.root()).collect();
                assert_eq!(children, expected);
                let single = if let [child] = expected[..] { Some(child) } else { None };
                assert_eq!(dominators.only_child(&only, node), single);
                assert_eq!(dominators.has_children(&only, node), !expected.is_empty());
                let mut children = Vec::new();
                dominators.each_child_of(&[node], |_, child| children.push(child));
                assert_eq!(children, dominators.children(node).collect::<Vec<_>>());
                let mut chains = Vec::new();
                dominators.chains_below(&only, node, |chain, level| chains.push((chain, level)));
                // Each node below, unless it is the only child of one that is below, too.
                let above = |chain| dominators.chain(chain).take_while(|&above| above != node);
                let begins = |&chain: &NodeOrdinal| {
                    let holder = dominators.immediate(chain);
                    chain != node
                        && dominators.chain(chain).any(|above| above == node)
                        && (holder == node || dominators.only_child(&only, holder).is_none())
                };
                let level = |chain| 1 + above(chain).filter(begins).count() as u8;
                let mut expected: Vec<_> =
                    graph.ordinals().filter(begins).map(|chain| (chain, level(chain))).collect();
                chains.sort();
                expected.sort();
                assert_eq!(chains, expected);
            }
        }
    }

    #[test]
    fn the_root_is_not_its_own_child() {
        let graph = draw("root -> a").graph();
        let dominators = Dominators::of(&graph);
        let children: Vec<_> = dominators.children(graph.root()).collect();
        assert_eq!(children, [NodeOrdinal(1)]);
    }
}
