//! Which node is referred to by which: the links, turned round.

use std::panic;

use super::{EdgeKind, Links};
use crate::{
    column::{Column, asking},
    error::DetectError,
    units::NodeOrdinal,
};

/// The references to each node, sources ascending.
///
/// Nodes that refer to one node mostly are near it and near each other. Each reference stands as
/// the distance of its source from the one before, or from the node itself, in seven bits a byte,
/// the lowest first. The lowest bit of all says whether the reference is weak.
///
/// Memory: 4 bytes per node, and 1 to 5 per edge (less than 2 on average in real heaps); 8 more
/// per node while it is made.
#[derive(Debug)]
pub struct Retainers {
    /// Where the references to each node begin in `bytes`; with an end.
    first: Column<u32>,
    bytes: Column<u8>,
}

/// A list that is being measured, and then written.
#[derive(Clone, Copy)]
struct List {
    /// The source that came last, plus one; 0 before the first.
    last: u32,
    /// Its size so far, or where the next reference goes.
    at: u32,
}

impl List {
    fn of(packed: u64) -> Self {
        Self { last: (packed >> 32) as u32, at: packed as u32 }
    }

    fn pack(self) -> u64 {
        u64::from(self.last) << 32 | u64::from(self.at)
    }

    /// Returns the number by which `source` stands in the list of `target`.
    fn number(self, target: u32, source: u32, is_weak: bool) -> u64 {
        let distance = match self.last.checked_sub(1) {
            Some(last) => u64::from(source - last),
            None => zigzag(i64::from(source) - i64::from(target)),
        };
        distance << 1 | u64::from(is_weak)
    }
}

impl Retainers {
    /// Turns `links` round. Unwinds with [`DetectError::TooLarge`] where this takes more than
    /// 4 GiB.
    pub fn of(links: &Links) -> Self {
        let count = links.node_count();
        let mut lists: Column<u64> = Column::zeroed(count);
        each(links, |source, target, is_weak| {
            let list = &mut lists[target as usize];
            let List { at, .. } = List::of(*list);
            let number = List::of(*list).number(target, source, is_weak);
            *list = List { last: source + 1, at: at.saturating_add(length(number)) }.pack();
        });
        let mut first: Column<u32> = Column::zeroed(count + 1);
        let mut end = 0_u64;
        for (list, end_of) in lists.iter_mut().zip(first.iter_mut().skip(1)) {
            let begin = end as u32;
            end += u64::from(List::of(*list).at);
            *list = List { last: 0, at: begin }.pack();
            *end_of = end as u32;
        }
        if u32::try_from(end).is_err() {
            let what = "4 GiB of references";
            panic::resume_unwind(Box::new(DetectError::TooLarge { at: 0, what }));
        }
        let mut bytes: Column<u8> = Column::zeroed(end as usize);
        each(links, |source, target, is_weak| {
            let list = &mut lists[target as usize];
            let mut number = List::of(*list).number(target, source, is_weak);
            let mut at = List::of(*list).at;
            while number >= 0x80 {
                bytes[at as usize] = number as u8 | 0x80;
                number >>= 7;
                at += 1;
            }
            bytes[at as usize] = number as u8;
            *list = List { last: source + 1, at: at + 1 }.pack();
        });
        Self { first, bytes }
    }

    /// Returns how many references lead to `node`.
    pub fn count(&self, node: NodeOrdinal) -> usize {
        self.list(node).iter().filter(|&&byte| byte < 0x80).count()
    }

    /// Returns the references to `node`: whether each is weak, and its source; one that refers
    /// to it twice, twice.
    pub fn of_node(&self, node: NodeOrdinal) -> impl Iterator<Item = (bool, NodeOrdinal)> + '_ {
        let mut rest = self.list(node).iter();
        let mut last = None;
        std::iter::from_fn(move || {
            let mut number = 0;
            for shift in (0..).step_by(7) {
                let byte = *rest.next()?;
                number |= u64::from(byte & 0x7F) << shift;
                if byte < 0x80 {
                    break;
                }
            }
            let (distance, is_weak) = (number >> 1, number & 1 == 1);
            let source = match last {
                None => node.0.wrapping_add_signed(unzigzag(distance) as i32),
                Some(last) => last + distance as u32,
            };
            last = Some(source);
            Some((is_weak, NodeOrdinal(source)))
        })
    }

    fn list(&self, node: NodeOrdinal) -> &[u8] {
        let (from, to) = (self.first[node.index()], self.first[node.index() + 1]);
        &self.bytes[from as usize..to as usize]
    }
}

/// Calls `with` for each edge: source, target, whether it is weak. Sources ascend.
fn each(links: &Links, mut with: impl FnMut(u32, u32, bool)) {
    for source in asking(0..links.node_count() as u32) {
        for (kind, target) in links.of(source) {
            with(source, target, kind == EdgeKind::Weak);
        }
    }
}

/// Returns the bytes that `number` takes.
fn length(number: u64) -> u32 {
    (64 - (number | 1).leading_zeros()).div_ceil(7)
}

/// Makes small numbers of either sign small ones without a sign.
fn zigzag(number: i64) -> u64 {
    (number << 1 ^ (number >> 63)).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{Random, draw, random_heap};

    #[test]
    fn each_reference_is_found_from_its_far_end() {
        let graph = draw(
            "root -> a b; a -x-> c; a -weak:y-> c; b -> c c; c -> c
             d: object D",
        )
        .graph();
        let retainers = Retainers::of(graph.links());
        let of = |node| {
            let found = retainers.of_node(NodeOrdinal(node));
            found.map(|(is_weak, node)| (is_weak, node.0)).collect::<Vec<_>>()
        };
        assert_eq!(of(3), [(false, 1), (true, 1), (false, 2), (false, 2), (false, 3)]);
        assert_eq!((of(1), of(0), of(4)), (vec![(false, 0)], vec![], vec![]));
        assert_eq!(retainers.count(NodeOrdinal(3)), 5);
    }

    #[test]
    fn nothing_is_lost_or_made_up() {
        let mut random = Random::new(7);
        for most in [12, 12, 12, 3000] {
            for _ in 0..30 {
                let graph = random_heap(&mut random, most).graph();
                let retainers = Retainers::of(graph.links());
                let mut expected = vec![Vec::new(); graph.node_count()];
                for source in graph.ordinals() {
                    for (kind, to) in graph.links().of(source.0) {
                        expected[to as usize].push((kind == EdgeKind::Weak, source));
                    }
                }
                for (target, expected) in graph.ordinals().zip(expected) {
                    let found: Vec<_> = retainers.of_node(target).collect();
                    assert_eq!(found, expected);
                    assert_eq!(retainers.count(target), expected.len());
                }
            }
        }
    }

    #[test]
    fn numbers_of_either_sign_come_back() {
        for number in [0, 1, -1, 63, -64, 1 << 29, -(1 << 29)] {
            assert_eq!(unzigzag(zigzag(number)), number);
        }
        let lengths = [(0, 1), (0x7F, 1), (0x80, 2), (0x3FFF, 2), (0x4000, 3)];
        assert!(lengths.iter().all(|&(number, bytes)| length(number) == bytes));
    }
}
