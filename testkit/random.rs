//! Seeded random numbers: the same heaps in every run.

use seep::graph::{EdgeKind, NodeKind};

use super::Drawing;

/// splitmix64 (Steele, Lea and Flood, doi:10.1145/2660193.2660195).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    /// Returns a number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Returns true once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// Generates a heap of up to `max_nodes` nodes with edges of all kinds. Some edges are
/// double, lead from a node to itself, or start at an unreachable node.
pub fn random_heap(random: &mut Random, max_nodes: usize) -> Drawing {
    let mut drawing = Drawing::default();
    let count = 2 + random.below(max_nodes - 1);
    let kinds = [
        NodeKind::Object,
        NodeKind::Object,
        NodeKind::Closure,
        NodeKind::Array,
        NodeKind::Hidden,
        NodeKind::Native,
        NodeKind::Synthetic,
        NodeKind::Code,
        NodeKind::String,
    ];
    for index in 0..count {
        let node = drawing.add_node(&format!("n{index}"));
        if node > 0 {
            drawing.nodes[node].kind = kinds[random.below(kinds.len())];
            drawing.nodes[node].size = random.below(5) as u64 * 8;
        }
    }
    let edges = random.below(3 * count);
    for _ in 0..edges {
        let kind = EdgeKind::ALL[random.below(7)];
        // Most edges lead forward from a nearby node, as in a tree; the rest lead
        // anywhere.
        let from = random.below(count);
        let to = if random.once_in(3) {
            random.below(count)
        } else {
            (from + 1 + random.below(3)).min(count - 1)
        };
        drawing.add_edge(from, kind, &random.below(6).to_string(), to);
    }
    drawing
}
