//! The memory in use, by sort.

use super::special_nodes::SpecialNodes;
use crate::{
    bits::BitSet,
    graph::{NodeKind, SelfSizes, Skeleton},
};

/// DevTools' statistics, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Everything, with native memory that no node accounts for.
    pub total: u64,
    /// Outside the JavaScript heap.
    pub native: u64,
    /// The memory behind ArrayBuffers; part of `native`.
    pub typed_arrays: u64,
    /// Compiled code.
    pub code: u64,
    /// Strings of all sorts.
    pub strings: u64,
    /// Arrays, with elements that are theirs alone.
    pub js_arrays: u64,
    /// Internals of V8.
    pub system: u64,
}

impl Statistics {
    /// Adds up the `sizes` of the nodes of `skeleton`, among which are the `special` ones.
    pub(super) fn of(skeleton: &Skeleton, sizes: &SelfSizes, special: &SpecialNodes) -> Self {
        // Two sums of each kind in turn: neighbours mostly are of one kind, and
        // would wait for each other.
        let mut by_kind = [[0; 2]; NodeKind::ALL.len()];
        for (index, (&kind, size)) in skeleton.kinds().iter().zip(sizes.iter()).enumerate() {
            by_kind[kind as usize][index % 2] += size;
        }
        let sum_of = |nodes: &BitSet| nodes.iter().map(|node| sizes.get(node as u32)).sum::<u64>();
        let stores = special.stores_owned_once(skeleton.links());
        let sum = |kind: NodeKind| by_kind[kind as usize].iter().sum::<u64>();
        let extra = skeleton.extra_native_bytes();
        Self {
            total: by_kind.as_flattened().iter().sum::<u64>() + extra,
            native: sum(NodeKind::Native) + extra,
            typed_arrays: sum_of(&special.buffers),
            code: sum(NodeKind::Code),
            strings: sum(NodeKind::String)
                + sum(NodeKind::ConsString)
                + sum(NodeKind::SlicedString),
            js_arrays: sum_of(&special.arrays) + sum_of(&stores),
            system: sum(NodeKind::Hidden),
        }
    }

    /// Returns the figures by DevTools' names.
    pub fn named(&self) -> [(&'static str, u64); 8] {
        [
            ("total", self.total),
            ("native", self.native),
            ("typedArrays", self.typed_arrays),
            ("v8heap", self.total - self.native),
            ("code", self.code),
            ("strings", self.strings),
            ("jsArrays", self.js_arrays),
            ("system", self.system),
        ]
    }
}
