//! The header's description of the rows: counts, columns, kinds.
//!
//! Columns are found by name. Node 24 leaves out `trace_node_id` unless allocations are
//! traced, yet lists its type among `node_types`. Newer V8s add columns
//! (`script_object_index`) and header fields (`extra_native_bytes`). An unknown column or
//! kind is skipped; a missing one that is needed is [`DetectError::UnknownLayout`].

use serde::Deserialize;

use super::{EdgeKind, NodeKind};
use crate::error::{DetectError, Result};

/// Nodes are numbered with 29 bits, so that an edge's target and kind share 32. A
/// snapshot with as many nodes would be some 50 GB of JSON.
pub const MAX_NODES: u64 = 1 << 29;

/// Edges are numbered with 32 bits.
pub const MAX_EDGES: u64 = u32::MAX as u64;

/// Rows have this many columns at most; V8's have 7.
const MAX_COLUMNS: usize = 64;

/// The header of one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotMeta {
    /// Nodes that the header announces.
    pub node_count: u32,
    /// Edges that the header announces.
    pub edge_count: u32,
    /// Ordinal of the root.
    pub root: u32,
    /// Memory outside the heap that V8 attributes to nothing.
    pub extra_native_bytes: u64,
    /// Columns of `nodes`.
    pub nodes: NodeLayout,
    /// Columns of `edges`.
    pub edges: EdgeLayout,
    /// Columns of `locations`, if the header names them.
    pub locations: Option<LocationLayout>,
    /// Kinds in the header that this version does not know.
    pub unknown_kinds: usize,
}

/// The positions of a node's columns in its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeLayout {
    /// Numbers in a row.
    pub stride: usize,
    /// Index into `kinds`.
    pub kind: usize,
    /// String index.
    pub name: usize,
    /// V8's object id.
    pub id: usize,
    /// Bytes of the object itself.
    pub self_size: usize,
    /// Number of edges of this node.
    pub edge_count: usize,
    /// 0 unknown, 1 attached, 2 detached.
    pub detachedness: Option<usize>,
    /// Number of the stack that allocated the node; 0 for none.
    pub trace: Option<usize>,
    /// Kinds by number.
    pub kinds: Vec<NodeKind>,
}

/// The positions of an edge's columns in its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeLayout {
    /// Numbers in a row.
    pub stride: usize,
    /// Index into `kinds`.
    pub kind: usize,
    /// String index or plain index, by kind.
    pub name_or_index: usize,
    /// Position in `nodes`, in numbers, not rows.
    pub to_node: usize,
    /// Kinds by number.
    pub kinds: Vec<EdgeKind>,
}

/// The positions of a location's columns in its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocationLayout {
    /// Numbers in a row.
    pub stride: usize,
    /// Position in `nodes`, in numbers, not rows.
    pub object_index: usize,
    /// V8's script id.
    pub script_id: usize,
    /// From 0.
    pub line: usize,
    /// From 0.
    pub column: usize,
    /// Position of the script in `nodes`, in numbers; newer V8s only.
    pub script_object_index: Option<usize>,
}

/// The header as JSON. A type is a name or a list of names (an enumeration).
#[derive(Deserialize)]
struct RawHeader {
    meta: RawMeta,
    node_count: u64,
    edge_count: u64,
    #[serde(default)]
    root_index: u64,
    #[serde(default)]
    extra_native_bytes: u64,
}

#[derive(Deserialize)]
struct RawMeta {
    node_fields: Vec<String>,
    node_types: Vec<RawType>,
    edge_fields: Vec<String>,
    edge_types: Vec<RawType>,
    #[serde(default)]
    location_fields: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawType {
    Enumeration(Vec<String>),
    Other(#[allow(dead_code, reason = "takes whatever is there")] serde::de::IgnoredAny),
}

impl SnapshotMeta {
    /// Reads the header object `json`, which ends at byte `at` of the stream.
    pub(super) fn read(json: &[u8], at: u64) -> Result<Self> {
        let header: RawHeader = serde_json::from_slice(json).map_err(|error| {
            if error.is_data() {
                DetectError::UnknownLayout { missing: "counts and columns in its header" }
            } else {
                DetectError::Malformed { at, expected: "a header object" }
            }
        })?;
        let meta = &header.meta;
        let nodes = NodeLayout {
            stride: stride(&meta.node_fields, at)?,
            kind: column(&meta.node_fields, "type", "the column nodes.type")?,
            name: column(&meta.node_fields, "name", "the column nodes.name")?,
            id: column(&meta.node_fields, "id", "the column nodes.id")?,
            self_size: column(&meta.node_fields, "self_size", "the column nodes.self_size")?,
            edge_count: column(&meta.node_fields, "edge_count", "the column nodes.edge_count")?,
            detachedness: find(&meta.node_fields, "detachedness"),
            trace: find(&meta.node_fields, "trace_node_id"),
            kinds: kinds(&meta.node_fields, &meta.node_types, NodeKind::named)
                .ok_or(DetectError::UnknownLayout { missing: "the node types" })?,
        };
        let edges = EdgeLayout {
            stride: stride(&meta.edge_fields, at)?,
            kind: column(&meta.edge_fields, "type", "the column edges.type")?,
            name_or_index: column(
                &meta.edge_fields,
                "name_or_index",
                "the column edges.name_or_index",
            )?,
            to_node: column(&meta.edge_fields, "to_node", "the column edges.to_node")?,
            kinds: kinds(&meta.edge_fields, &meta.edge_types, EdgeKind::named)
                .ok_or(DetectError::UnknownLayout { missing: "the edge types" })?,
        };
        let node_count = limited(header.node_count, MAX_NODES, "more than 2^29 nodes", at)?;
        let edge_count = limited(header.edge_count, MAX_EDGES, "more than 2^32 - 1 edges", at)?;
        let root = ordinal(header.root_index, nodes.stride, node_count)
            .ok_or(DetectError::Malformed { at, expected: "a root_index that is a node" })?;
        Ok(Self {
            node_count,
            edge_count,
            root,
            extra_native_bytes: header.extra_native_bytes,
            unknown_kinds: nodes.kinds.iter().filter(|&&kind| kind == NodeKind::Other).count()
                + edges.kinds.iter().filter(|&&kind| kind == EdgeKind::Other).count(),
            nodes,
            edges,
            locations: LocationLayout::read(&meta.location_fields, at)?,
        })
    }
}

impl LocationLayout {
    fn read(fields: &[String], at: u64) -> Result<Option<Self>> {
        if fields.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self {
            stride: stride(fields, at)?,
            object_index: column(fields, "object_index", "the column locations.object_index")?,
            script_id: column(fields, "script_id", "the column locations.script_id")?,
            line: column(fields, "line", "the column locations.line")?,
            column: column(fields, "column", "the column locations.column")?,
            script_object_index: find(fields, "script_object_index"),
        }))
    }
}

/// Returns the node at position `index` of the flat array, if a node begins there.
fn ordinal(index: u64, stride: usize, node_count: u32) -> Option<u32> {
    let stride = stride as u64;
    let ordinal = u32::try_from(index / stride).ok()?;
    (index.is_multiple_of(stride) && ordinal < node_count).then_some(ordinal)
}

fn limited(count: u64, limit: u64, what: &'static str, at: u64) -> Result<u32> {
    match u32::try_from(count) {
        Ok(small) if count <= limit => Ok(small),
        _ => Err(DetectError::TooLarge { at, what }),
    }
}

fn stride(fields: &[String], at: u64) -> Result<usize> {
    if fields.len() > MAX_COLUMNS {
        return Err(DetectError::TooLarge { at, what: "more than 64 columns in a row" });
    }
    Ok(fields.len())
}

fn find(fields: &[String], name: &str) -> Option<usize> {
    fields.iter().position(|field| field == name)
}

fn column(fields: &[String], name: &str, missing: &'static str) -> Result<usize> {
    find(fields, name).ok_or(DetectError::UnknownLayout { missing })
}

/// Returns the enumeration of the `type` column.
fn kinds<K>(fields: &[String], types: &[RawType], named: fn(&str) -> K) -> Option<Vec<K>> {
    match types.get(find(fields, "type")?)? {
        RawType::Enumeration(names) => Some(names.iter().map(|name| named(name)).collect()),
        RawType::Other(_) => None,
    }
}
