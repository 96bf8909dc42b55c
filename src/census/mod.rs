//! The remains of one snapshot, for comparison with the next.
//!
//! The graph of a snapshot is dropped at the end of its round. Its census stays: how many
//! objects and how many bytes there are for each key of the name tree.

mod build;
mod children;
pub mod dictionary;
mod families;
mod follow;
pub mod hashes;
mod modules;
mod recent;
mod suspended;
pub mod tree;

use rustc_hash::FxHashMap;

use self::tree::{NameTree, Origin};
use crate::column::Column;

/// Keys that hold less than this are left out of a census, unless they count more than
/// one object. They are most of the keys and contribute no growth.
const MIN_ROW_BYTES: u64 = 512;

/// At least this many paths of one shape are a store with names as keys; fewer are
/// fields.
pub const MIN_ALIKE: u32 = 4;

/// The figures of one key in one snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Objects with this key.
    pub count: u32,
    /// References that leave them.
    pub edges: u32,
    /// Their self sizes, in bytes.
    pub self_bytes: u64,
    /// Self sizes including everything below them in the tree.
    pub held_bytes: u64,
}

/// Totals of a whole snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Objects of the program.
    pub objects: u64,
    /// Bytes of all objects.
    pub heap_bytes: u64,
    /// The part of the heap that V8 keeps for itself (code, hidden classes, feedback),
    /// that exists only at the moment, or that is seep's own.
    pub engine_bytes: u64,
}

impl Totals {
    fn of(tree: &NameTree) -> Self {
        let mut totals = Self::default();
        for node in tree.nodes() {
            totals.heap_bytes += node.self_bytes;
            match node.origin {
                Origin::Runtime | Origin::Transient | Origin::Own => {
                    totals.engine_bytes += node.self_bytes;
                }
                _ => totals.objects += u64::from(node.count),
            }
        }
        totals
    }
}

/// The rows of one snapshot by key; a missing row is all zero.
#[derive(Clone, Debug, Default)]
pub struct Census {
    /// Totals of the snapshot.
    pub totals: Totals,
    /// The figures of each path.
    pub rows: FxHashMap<u64, Row>,
    /// The figures of all paths of one shape, if at least [`MIN_ALIKE`] have it.
    pub shapes: FxHashMap<u64, Row>,
}

impl Census {
    /// Derives the rows from a name tree.
    pub fn of(tree: &NameTree) -> Self {
        let rows = tree
            .nodes()
            .iter()
            .filter(|node| node.count > 1 || node.held_bytes >= MIN_ROW_BYTES)
            .map(|node| {
                let &tree::TreeNode { count, edges, self_bytes, held_bytes, .. } = node;
                (node.key, Row { count, edges, self_bytes, held_bytes })
            })
            .collect();
        Self { totals: Totals::of(tree), rows, shapes: shapes_of(tree) }
    }

    /// Creates a census with these rows.
    pub fn from_rows(rows: impl IntoIterator<Item = (u64, Row)>) -> Self {
        Self { rows: rows.into_iter().collect(), ..Self::default() }
    }
}

/// Adds up paths that differ only in the property names of plain objects.
fn shapes_of(tree: &NameTree) -> FxHashMap<u64, Row> {
    let nodes = tree.nodes();
    // Most shapes have one path: a map of all of them takes twenty times as much.
    let mut by_shape: Column<u32> = (0..nodes.len() as u32).collect();
    by_shape.sort_unstable_by_key(|&node| nodes[node as usize].shape);
    let paths = by_shape.chunk_by(|&a, &b| nodes[a as usize].shape == nodes[b as usize].shape);
    let shapes = paths.filter(|paths| paths.len() >= MIN_ALIKE as usize).map(|paths| {
        let mut row = Row::default();
        for node in paths.iter().map(|&node| &nodes[node as usize]) {
            row.count = row.count.saturating_add(node.count);
            row.edges = row.edges.saturating_add(node.edges);
            row.self_bytes += node.self_bytes;
            row.held_bytes += node.held_bytes;
        }
        (nodes[paths[0] as usize].shape, row)
    });
    shapes.collect()
}
