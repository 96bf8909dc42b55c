//! Rows to columns.

use super::{
    EdgeKind, Facts, HeapGraph, Labels, Links, Location, Names, TextPlaces,
    divide::ExactDivisor,
    duplicates::DuplicateFinder,
    labels::ListBuilder,
    locations::Locations,
    marks::NameMarks,
    nodes::Nodes,
    skeleton::Skeleton,
    targets::{NewTargets, packed},
    traces::TraceBuilder,
};
use crate::{
    column::{self, Column},
    error::{DetectError, Result},
    format::{
        EdgeLayout, Nested, NodeLayout, Refusal, Removed, Rows, SnapshotMeta, SnapshotSink,
        TraceSection,
    },
    limits::code::Act,
    units::NodeOrdinal,
};

/// Sizes add up to this at most: what JavaScript's numbers hold exactly.
const MAX_BYTES: u64 = 1 << 53;

/// Builds a [`HeapGraph`] from the rows of a snapshot.
///
/// Checks all that the graph's look-ups rely on: targets are nodes, edge
/// counts add up, names are strings.
#[derive(Default)]
pub struct GraphBuilder {
    meta: Option<SnapshotMeta>,
    divisor: Option<ExactDivisor>,
    nodes: Nodes,
    links: Option<Links>,
    labels: Column<u32>,
    /// Instead of `labels`, where the graph is to be lean.
    lists: Option<ListBuilder>,
    /// Edges that the nodes so far lay claim to.
    claimed_edges: u64,
    /// Sum of the self sizes so far.
    total_size: u64,
    marks: NameMarks,
    /// The greatest string index in any row.
    max_name: u32,
    names: Option<Names>,
    locations: Locations,
    /// Where duplicate strings are asked for.
    duplicates: Option<DuplicateFinder>,
    facts: Facts,
    /// Where it is asked for.
    texts: Option<TextPlaces>,
    /// Where they are asked for.
    traces: Option<TraceBuilder>,
}

impl GraphBuilder {
    /// Returns a builder that has read nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a builder for a source that has few names and calls the
    /// references of objects of one class alike, as a walk does. The graph takes about
    /// half the memory; of other sources it may take more.
    pub fn lean() -> Self {
        Self { nodes: Nodes::lean(), lists: Some(ListBuilder::new()), ..Self::default() }
    }

    /// Counts duplicate strings on the way; their texts are kept if
    /// `keeps_text`.
    #[must_use]
    pub fn with_duplicates(mut self, keeps_text: bool) -> Self {
        self.duplicates = Some(DuplicateFinder::new(keeps_text));
        self
    }

    /// Notes on the way where the texts of strings are.
    #[must_use]
    pub fn with_text_places(self) -> Self {
        Self { texts: Some(TextPlaces::default()), ..self }
    }

    /// Reads the stacks that were recorded with the snapshot.
    #[must_use]
    pub fn with_traces(self) -> Self {
        Self { traces: Some(TraceBuilder::default()), ..self }
    }

    /// Returns the graph of the rows received.
    ///
    /// # Errors
    ///
    /// [`DetectError::UnknownLayout`] when a section never came.
    pub fn finish(self) -> Result<HeapGraph> {
        let (Some(meta), Some(links), Some(names)) = (self.meta, self.links, self.names) else {
            return Err(DetectError::UnknownLayout { missing: "a whole snapshot" });
        };
        let Self { nodes, labels, lists, mut locations, mut facts, duplicates, texts, .. } = self;
        let Nodes { kinds, names: node_names, ids, self_sizes, detachedness } = nodes;
        locations.finish();
        facts.sort();
        let labels = match lists {
            Some(lists) => Labels::Shared(lists.finish()),
            None => Labels::Listed(labels),
        };
        let recorded =
            self.traces.and_then(|traces| traces.finish(&names, |node| self_sizes.get(node.0)));
        let skeleton = Skeleton {
            kinds,
            ids,
            links,
            root: NodeOrdinal(meta.root),
            extra_native_bytes: meta.extra_native_bytes,
            duplicates: duplicates.map(DuplicateFinder::finish).unwrap_or_default(),
        };
        Ok(HeapGraph {
            skeleton,
            self_sizes,
            node_names,
            labels,
            names,
            locations,
            detachedness,
            facts,
            texts: texts.unwrap_or_default(),
            recorded,
        })
    }

    /// Returns the node at position `index` of the flat array, which may still be to come.
    fn node_at(&self, index: u32) -> Option<u32> {
        let ordinal = self.divisor?.quotient(index);
        (ordinal < self.meta.as_ref()?.node_count).then_some(ordinal)
    }

    /// Marks all names again, now that the number of rows is known.
    fn mark_all(&mut self) {
        self.marks.retry();
        for (&kind, name) in self.nodes.kinds.iter().zip(self.nodes.names.iter()) {
            if !kind.is_content() {
                self.marks.mark(name);
            }
        }
        if let Some(traces) = &self.traces {
            traces.mark(&mut self.marks);
        }
        let Some(links) = &self.links else { return };
        if let Some(lists) = &self.lists {
            for node in 0..links.node_count() as u32 {
                let labels = lists.of(node, links.count_of(node)).iter();
                for ((kind, _), &label) in links.of(node).zip(labels) {
                    if kind.has_name() {
                        self.marks.mark(label);
                    }
                }
            }
        }
        for (position, &label) in self.labels.iter().enumerate() {
            if links.get(position).0.has_name() {
                self.marks.mark(label);
            }
        }
    }
}

impl SnapshotSink for GraphBuilder {
    fn header(&mut self, meta: &SnapshotMeta) -> Result<()> {
        let stride = meta.nodes.stride as u32;
        self.divisor = Some(ExactDivisor::new(stride));
        self.meta = Some(meta.clone());
        let is_lean = self.lists.is_some();
        self.links = Some(if is_lean { Links::lean(meta.node_count) } else { Links::new() });
        Ok(())
    }

    fn nodes(&mut self, rows: Rows<'_>) -> Result<(), Refusal> {
        column::ask();
        if let (Some(traces), Some(NodeLayout { stride, trace: Some(trace), .. })) =
            (&mut self.traces, self.meta.as_ref().map(|meta| &meta.nodes))
        {
            let before = self.nodes.len() as u32;
            for (node, row) in (before..).zip(rows.values.chunks_exact(*stride)) {
                traces.object(node, row[*trace]);
            }
        }
        let (Some(meta), Some(links)) = (&self.meta, &mut self.links) else { return Ok(()) };
        let NodeLayout { stride, kind, name, id, self_size, edge_count, .. } = meta.nodes;
        let (kinds, detachedness) = (meta.nodes.kinds.as_slice(), meta.nodes.detachedness);
        let before = self.nodes.len();
        // Rows past the announced count are refused after those before them, so
        // that the first fault is the one reported however the bytes are cut.
        let announced = meta.node_count as usize - before;
        let count = (rows.values.len() / stride).min(announced);
        self.marks.allow(before as u64);
        let mut offsets = links.offsets.grow(count);
        let mut nodes = self.nodes.grow(count);
        // Sums and the like are kept apart from the columns while these are
        // written: through memory, each row would wait for the one before.
        let (mut claimed, mut total) = (self.claimed_edges, self.total_size);
        let mut max_name = self.max_name;
        for (row, values) in rows.values.chunks_exact(stride).take(count).enumerate() {
            let position = |column| row * stride + column;
            let narrow = |column: usize| match values[column] {
                u32::MAX if rows.value(position(column)) > u64::from(u32::MAX) => {
                    let what = "a node's number past 32 bits";
                    Err(Refusal::TooLarge { position: position(column), what })
                }
                value => Ok(value),
            };
            let kind = kinds.get(narrow(kind)? as usize).copied();
            let kind = kind.unwrap_or(super::NodeKind::Other);
            let name = narrow(name)?;
            if !kind.is_content() {
                self.marks.mark(name);
            }
            max_name = max_name.max(name);
            claimed += u64::from(narrow(edge_count)?);
            if claimed > u64::from(meta.edge_count) {
                let position = position(edge_count);
                return Err(Refusal::Malformed { position, expected: "edge counts that add up" });
            }
            if let Some(column) = detachedness
                && let state @ 1..=3 = narrow(column)? & 3
            {
                nodes.set_detachedness(row, state as u8);
            }
            let id = narrow(id)?;
            let size = match values[self_size] {
                u32::MAX => rows.value(position(self_size)),
                size => u64::from(size),
            };
            total = total.saturating_add(size);
            if total > MAX_BYTES {
                let position = position(self_size);
                return Err(Refusal::TooLarge { position, what: "a heap of more than 2^53 bytes" });
            }
            nodes.set(row, kind, name, id, size);
            offsets.end_at(row, claimed as u32);
        }
        (self.claimed_edges, self.total_size) = (claimed, total);
        self.max_name = max_name;
        if rows.values.len() > announced * stride {
            let expected = "as many nodes as announced";
            return Err(Refusal::Malformed { position: announced * stride, expected });
        }
        Ok(())
    }

    fn nodes_end(&mut self, at: u64) -> Result<()> {
        let (Some(meta), Some(links)) = (&self.meta, &mut self.links) else { return Ok(()) };
        if self.nodes.len() != meta.node_count as usize {
            return Err(DetectError::Malformed { at, expected: "as many nodes as announced" });
        }
        if self.claimed_edges != u64::from(meta.edge_count) {
            return Err(DetectError::Malformed { at, expected: "edge counts that add up" });
        }
        self.nodes.shrink_to_fit();
        links.offsets.shrink_to_fit();
        Ok(())
    }

    fn edges(&mut self, rows: Rows<'_>) -> Result<(), Refusal> {
        column::ask();
        let (Some(meta), Some(links), Some(divisor)) = (&self.meta, &mut self.links, self.divisor)
        else {
            return Ok(());
        };
        let EdgeLayout { stride, kind, name_or_index, to_node, .. } = meta.edges;
        let (kinds, node_count) = (meta.edges.kinds.as_slice(), meta.node_count);
        let before = links.targets.len();
        let announced = meta.edge_count as usize - before;
        let count = (rows.values.len() / stride).min(announced);
        self.marks.allow(self.nodes.len() as u64 + before as u64);
        if let Some(lists) = &mut self.lists {
            let rows = rows.values.chunks_exact(stride).take(count);
            lists.extend(links, rows.map(|values| values[name_or_index]));
        }
        let targets = links.targets.grow(count);
        let labels = self.lists.is_none().then(|| self.labels.grow(count));
        let mut max_name = self.max_name;
        // Which row it is, if any, is looked for afterwards.
        let mut is_suspect = false;
        let mut read = |[kind, value, to]: [u32; 3]| {
            let kind = kinds.get(kind as usize).copied().unwrap_or(EdgeKind::Other);
            let to = divisor.quotient(to);
            if kind.has_name() {
                self.marks.mark(value);
                max_name = max_name.max(value);
            }
            is_suspect |= to >= node_count || value == u32::MAX;
            (kind, value, to)
        };
        let columns = [kind, name_or_index, to_node];
        match (targets, labels) {
            // Decided once, rather than for each of the edges of a file.
            (NewTargets::Wide(targets), Some(labels)) => {
                let mut places = targets.zip(labels);
                for_each_row(rows.values, stride, columns, |row| {
                    let (kind, value, to) = read(row);
                    if let Some((target, label)) = places.next() {
                        (*target, *label) = (packed(kind, to), value);
                    }
                });
            }
            (mut targets, labels) => {
                let mut labels = labels.unwrap_or_default().iter_mut();
                for_each_row(rows.values, stride, columns, |row| {
                    let (kind, value, to) = read(row);
                    if let Some(label) = labels.next() {
                        *label = value;
                    }
                    targets.put(kind, to);
                });
            }
        }
        self.max_name = max_name;
        if is_suspect {
            for (row, values) in rows.values.chunks_exact(stride).take(count).enumerate() {
                let position = row * stride + to_node;
                if divisor.quotient(values[to_node]) >= node_count {
                    let expected = "a to_node that is the start of a node";
                    return Err(Refusal::Malformed { position, expected });
                }
                let position = row * stride + name_or_index;
                if rows.value(position) > u64::from(u32::MAX) {
                    let what = "an edge's number past 32 bits";
                    return Err(Refusal::TooLarge { position, what });
                }
            }
        }
        if rows.values.len() > announced * stride {
            let position = announced * stride;
            return Err(Refusal::Malformed { position, expected: "as many edges as announced" });
        }
        Ok(())
    }

    fn edges_end(&mut self, at: u64) -> Result<()> {
        let (Some(meta), Some(links)) = (&self.meta, &mut self.links) else { return Ok(()) };
        if links.targets.len() != meta.edge_count as usize {
            return Err(DetectError::Malformed { at, expected: "as many edges as announced" });
        }
        links.targets.shrink_to_fit();
        self.labels.shrink_to_fit();
        self.marks.allow(u64::from(meta.node_count) + u64::from(meta.edge_count));
        if self.marks.is_incomplete() {
            self.mark_all();
        }
        if self.marks.is_incomplete() {
            return Err(DetectError::Malformed { at, expected: "string indexes in range" });
        }
        if let Some(duplicates) = &mut self.duplicates {
            duplicates.count(&self.nodes, self.marks.limit());
        }
        self.names = Some(Names::new());
        Ok(())
    }

    fn locations(&mut self, rows: Rows<'_>) -> Result<(), Refusal> {
        let Some(layout) = self.meta.as_ref().and_then(|meta| meta.locations.clone()) else {
            return Ok(());
        };
        for (row, values) in rows.values.chunks_exact(layout.stride).enumerate() {
            let refused = |column| Refusal::Malformed {
                position: row * layout.stride + column,
                expected: "a location of a node",
            };
            let node = self.node_at(values[layout.object_index]);
            let node = node.ok_or_else(|| refused(layout.object_index))?;
            // The script is missing, not wrong, when the number is no node.
            let script_object =
                layout.script_object_index.and_then(|column| self.node_at(values[column]));
            let place = Location {
                script_id: values[layout.script_id],
                line: values[layout.line],
                column: values[layout.column],
                script_object: script_object.filter(|&script| script != 0).map(NodeOrdinal),
            };
            self.locations.push(node, place);
        }
        Ok(())
    }

    fn wants_trace(&self, _section: TraceSection) -> bool {
        self.traces.is_some()
    }

    fn trace(&mut self, section: TraceSection, part: Nested, at: u64) -> Result<()> {
        let Some(traces) = &mut self.traces else { return Ok(()) };
        traces.part(section, part, at)?;
        if (section, part) == (TraceSection::Functions, Nested::Close) {
            self.max_name = self.max_name.max(traces.mark(&mut self.marks));
        }
        Ok(())
    }

    fn wants_string(&mut self, index: u32) -> bool {
        self.marks.contains(index)
            || self.duplicates.as_ref().is_some_and(|it| it.wants(index))
            || self.texts.is_some() && TextPlaces::wants(index)
    }

    fn string(&mut self, index: u32, text: &str, at: u64) -> Result<()> {
        if let Some(texts) = &mut self.texts {
            texts.note(index, at);
        }
        if let Some(duplicates) = &mut self.duplicates {
            duplicates.note(index, text);
        }
        match &mut self.names {
            Some(names) if self.marks.contains(index) => names.keep(index, text, at),
            _ => Ok(()),
        }
    }

    fn strings_end(&mut self, count: u32, at: u64) -> Result<()> {
        if self.max_name >= count {
            return Err(DetectError::Malformed { at, expected: "a string for every name" });
        }
        if let Some(names) = &mut self.names {
            names.skip_to(count);
            names.shrink_to_fit();
        }
        self.marks = NameMarks::default();
        Ok(())
    }

    fn number(&mut self, node: u32, name: &str, value: f64) {
        self.facts.note_number(NodeOrdinal(node), name, value);
    }

    fn removed(&mut self, node: u32, removed: Removed) {
        self.facts.note_removed(NodeOrdinal(node), removed);
    }

    fn act(&mut self, node: u32, name: &str, act: Act) {
        self.facts.note_act(NodeOrdinal(node), name, act);
    }
}

/// Calls `with` for the numbers in three columns of every row. The layout that
/// V8 has for edges is known when this is compiled.
#[inline]
fn for_each_row(
    values: &[u32],
    stride: usize,
    columns: [usize; 3],
    mut with: impl FnMut([u32; 3]),
) {
    if (stride, columns) == (3, [0, 1, 2]) {
        values.as_chunks().0.iter().copied().for_each(with);
    } else {
        values.chunks_exact(stride).for_each(|row| with(columns.map(|column| row[column])));
    }
}
