//! The second and the third reading of a stream: nodes, then edges.

use std::fmt::Write;

use super::{
    Decoder, Extent, Shown,
    edges::{EDGES, Edges, LookedUp},
    numbering::{EDGE, FIRST, FIXED, FIXED_NAMES, NODE, UNREAD},
    objects::{Marked, Objects},
    reader::{Cut, Reader},
    samples::Samples,
    shapes::{Called, Definitions, Head},
    shown,
    strings::Decimals,
};
use crate::{
    allocations::Allocations,
    beside::beside,
    column::Column,
    error::{DetectError, Result},
    format::{
        EdgeKind, EdgeLayout, LocationLayout, MAX_EDGES, NodeKind, NodeLayout, Refusal, Rows,
        SnapshotMeta, SnapshotSink,
    },
    units::ObjectId,
    walk::wire::{FIRST_SHAPE, Label, ROOTS, record},
};

/// Columns of a place: node, script's number, line, column, script.
const PLACE: usize = 5;
/// The most numbers of nodes and places that are passed to the sink together.
const BATCH: usize = 12 << 10;
/// Streams of at least this many bytes, of a million objects, are read for their edges by another
/// thread, beside the one that builds the graph: for fewer, it is not worth a second core of the
/// program's.
const LONG: usize = 16 << 20;
/// Batches of edges that wait for the thread that takes them: a megabyte.
const BATCHES: usize = 16;
/// No error anybody sees: the thread that takes the edges has ended with one.
const NOBODY: Refusal = Refusal::Malformed { position: 0, expected: "a reader" };
/// Bytes of the stream that are freed together: enough for few system calls, and few
/// beside the size of the graph.
const STRETCH: usize = 1 << 20;
/// Rows of whose extents the memory is freed together.
const RELEASED: usize = STRETCH / size_of::<Extent>();

/// A whole stream, on its way to a sink.
pub(super) struct Emitter {
    from: Decoder,
    /// References that are not in rows: source, label, target; by source.
    extra: Vec<(u32, Label, u32)>,
    node_count: u32,
    edge_count: u64,
}

impl Emitter {
    pub(super) fn new(mut from: Decoder) -> Result<Self> {
        let Decoder { definitions, objects, passed_over, rows_of_shapes, .. } = &mut from;
        // A target that all objects of a shape share exists, or is left out for all.
        let mut left_out = 0;
        for (shape, &rows) in definitions.shapes.iter_mut().zip(rows_of_shapes.iter()) {
            let before = shape.constants.len();
            shape.constants.retain(|&(label, target)| {
                let called = Called::Label(label);
                shown(called, target, passed_over) == Shown::Strong && objects.contains(target)
            });
            left_out += (before - shape.constants.len()) as u64 * u64::from(rows);
        }
        let objects = from.objects.count();
        let node_count = FIRST + objects + from.store_numbers.len() as u32;
        let mut emitter = Self { from, extra: Vec::new(), node_count, edge_count: 0 };
        emitter.rank()?;
        emitter.collect_extra();
        let Decoder { objects, weak, strong, .. } = &mut emitter.from;
        let weak = weak.iter().filter(|target| objects.contains(**target)).count() as u64;
        emitter.edge_count = (*strong - left_out) + weak + emitter.extra.len() as u64;
        if emitter.edge_count > MAX_EDGES {
            return Err(DetectError::TooLarge { at: 0, what: "more than 2^32 - 1 edges" });
        }
        Ok(emitter)
    }

    /// Calls `with` for every row in turn: its number, its head, and where its
    /// references begin, which it must read. What has been read is given back on the
    /// way if this `is_last`.
    fn each_row(
        &mut self,
        is_last: bool,
        mut with: impl FnMut(
            &mut Decoder,
            &Definitions,
            u32,
            Head<'_>,
            &mut Reader<'_>,
        ) -> Result<(), Fault>,
    ) -> Result<()> {
        let mut bytes = std::mem::take(&mut self.from.bytes);
        let definitions = std::mem::take(&mut self.from.definitions);
        let mut at = super::MAGIC.len();
        let (mut row, mut previous) = (0, 0);
        let mut has_begun = false;
        let outcome = loop {
            let mut from = Reader::new(&bytes, at);
            let mut stretch = || {
                if !has_begun {
                    skip_numbers(&mut from, 1)?;
                    has_begun = true;
                }
                let end = from.at.saturating_add(STRETCH);
                while from.at < end {
                    let record = from.number()?;
                    if record == record::END {
                        return Ok(true);
                    }
                    if record < FIRST_SHAPE {
                        skip_definition(record, &mut from)?;
                        continue;
                    }
                    let head = definitions.head(record, previous, &mut from)?;
                    previous = head.at;
                    with(&mut self.from, &definitions, row, head, &mut from)?;
                    row += 1;
                }
                Ok(false)
            };
            let outcome = stretch();
            at = from.at;
            match outcome {
                Ok(false) if is_last => bytes.release_before(at),
                Ok(false) => {}
                Ok(true) => break Ok(()),
                Err(fault) => break Err(fault),
            }
        };
        self.from.bytes = bytes;
        self.from.definitions = definitions;
        outcome.map_err(|fault| match fault {
            // All of it has been read before.
            Fault::Cut => DetectError::Internal { what: "a walk was read in two ways" },
            Fault::Refused(refusal) => refused(refusal, at as u64),
        })
    }

    /// Notes which object has which row.
    fn rank(&mut self) -> Result<()> {
        let mut rows = self.from.objects.rank();
        self.each_row(false, |this, _, row, head, from| {
            let Decoder { objects, extents, .. } = this;
            rows.note(head.at, objects);
            match extents[row as usize] {
                Extent::UNKNOWN => head.shape.references(from, head.at, |_, _| ())?,
                Extent { bytes, .. } => from.at += usize::from(bytes),
            }
            Ok(())
        })?;
        rows.flush(&mut self.from.objects);
        Ok(())
    }

    fn node_of(&mut self, at: u64) -> Option<u32> {
        Some(FIRST + self.from.objects.row(at)?)
    }

    /// Collects the references from roots, to the memory of ArrayBuffers, and of WeakMaps.
    fn collect_extra(&mut self) {
        let indexed = |name: usize| Label { kind: EdgeKind::Element, name: name as u32 };
        self.extra.push((0, indexed(1), 1));
        for (index, row) in std::mem::take(&mut self.from.globals).into_iter().enumerate() {
            let name = self.from.definitions.strings.of(&(index + 2).to_string());
            self.extra.push((0, Label { kind: EdgeKind::Shortcut, name }, FIRST + row));
        }
        for sort in 0..ROOTS.len() {
            self.extra.push((1, indexed(sort + 1), FIXED + sort as u32));
        }
        for (sort, addresses) in std::mem::take(&mut self.from.roots) {
            for (index, at) in addresses.into_iter().enumerate() {
                if let Some(node) = self.node_of(at) {
                    self.extra.push((FIXED + sort as u32, indexed(index + 1), node));
                }
            }
        }
        let first_store = FIRST + self.from.objects.count();
        let name = self.from.definitions.strings.of("backing_store");
        for (row, at) in std::mem::take(&mut self.from.stores) {
            let (number, _) = self.from.store_numbers[&at];
            let label = Label { kind: EdgeKind::Internal, name };
            self.extra.push((FIRST + row, label, first_store + number));
        }
        for (pair, [table, key, value]) in
            std::mem::take(&mut self.from.entries).into_iter().enumerate()
        {
            let nodes = [table, key, value].map(|at| self.node_of(at));
            let [Some(table), Some(key), Some(value)] = nodes else { continue };
            // As V8 writes them, without the names of classes.
            let [t, k, v] =
                [table, key, value].map(|node| ObjectId::counted(node, false)).map(|id| id.0);
            let text = format!(
                "{} / part of key (key @{k}) -> value (value @{v}) pair in WeakMap (table @{t})",
                pair + 1
            );
            let name = self.from.definitions.strings.of(&text);
            let label = Label { kind: EdgeKind::Internal, name };
            self.extra.push((key, label, value));
            self.extra.push((table, label, value));
        }
        self.extra.sort_by_key(|&(source, ..)| source);
    }

    /// The samples of the objects that have rows.
    pub(super) fn samples(&mut self, samples: Samples) -> Option<Allocations> {
        samples.finish(&mut self.from.objects, FIRST)
    }

    pub(super) fn emit<S: SnapshotSink>(mut self, mut sink: S) -> Result<S> {
        sink.header(&self.meta())?;
        let places = self.nodes(&mut sink)?;
        self.from.extents = Column::new();
        sink.nodes_end(self.from.bytes.len() as u64)?;
        let decimals = self.edges(&mut sink)?;
        let at = self.from.bytes.len() as u64;
        // The stream is no longer needed.
        self.from.bytes = Column::new();
        self.from.objects = Objects::default();
        sink.edges_end(at)?;
        Self::places(&mut sink, &places)?;
        let texts = self.from.definitions.strings.texts();
        let mut count = texts.len() as u32;
        for (index, text) in (0..).zip(texts) {
            if sink.wants_string(index) {
                sink.string(index, text, at)?;
            }
        }
        let mut text = String::new();
        for (index, number) in decimals.iter() {
            count = index + 1;
            if sink.wants_string(index) {
                text.clear();
                // Writing to a string cannot fail.
                let _ = write!(text, "{number}");
                sink.string(index, &text, at)?;
            }
        }
        sink.strings_end(count, at)?;
        for &(row, name, value) in &self.from.numbers {
            sink.number(FIRST + row, &texts[name as usize], value);
        }
        for &(row, removed) in &self.from.removed {
            sink.removed(FIRST + row, removed);
        }
        for &(row, name, act) in &self.from.acts {
            sink.act(FIRST + row, &texts[name as usize], act);
        }
        Ok(sink)
    }

    fn meta(&self) -> SnapshotMeta {
        SnapshotMeta {
            node_count: self.node_count,
            edge_count: self.edge_count as u32,
            root: 0,
            extra_native_bytes: 0,
            nodes: NodeLayout {
                stride: NODE,
                kind: 0,
                name: 1,
                id: 2,
                self_size: 3,
                edge_count: 4,
                detachedness: None,
                trace: None,
                kinds: NodeKind::ALL.to_vec(),
            },
            edges: EdgeLayout {
                stride: EDGE,
                kind: 0,
                name_or_index: 1,
                to_node: 2,
                kinds: EdgeKind::ALL.to_vec(),
            },
            locations: Some(LocationLayout {
                stride: PLACE,
                object_index: 0,
                script_id: 1,
                line: 2,
                column: 3,
                script_object_index: Some(4),
            }),
            unknown_kinds: 0,
        }
    }

    /// Passes on all nodes. Returns the rows of those that have a place.
    fn nodes<S: SnapshotSink>(&mut self, sink: &mut S) -> Result<Column<u32>> {
        let mut batch = Nodes::default();
        let mut places = Column::new();
        let extra = std::mem::take(&mut self.extra);
        let mut rest = extra.as_slice();
        let mut edges_of = |node: u32| {
            let count = rest.iter().take_while(|(source, ..)| *source == node).count();
            rest = &rest[count..];
            count as u64
        };
        let strings = &mut self.from.definitions.strings;
        let data = strings.of("system / JSArrayBufferData");
        for (node, text) in (0..).zip(FIXED_NAMES.iter().chain(&ROOTS)) {
            let kind = if node == UNREAD { NodeKind::Hidden } else { NodeKind::Synthetic };
            let name = strings.of(text);
            batch.add(sink, (kind, name), node, 0, edges_of(node)).map_err(at_the_end)?;
        }
        self.each_row(false, |this, _, row, head, from| {
            let node = FIRST + row;
            let mut count = edges_of(node) + head.shape.constants.len() as u64;
            let Decoder { objects, passed_over, extents, .. } = this;
            match extents[row as usize] {
                Extent::UNKNOWN => head.shape.references(from, head.at, |called, target| {
                    count += match shown(called, target, passed_over) {
                        Shown::Strong => 1,
                        Shown::Weak => u64::from(objects.contains(target)),
                        Shown::Not => 0,
                    }
                })?,
                Extent { references, bytes } => {
                    count += u64::from(references);
                    from.at += usize::from(bytes);
                }
            }
            let name = head.function.map_or(head.shape.name, |function| function.name);
            let place = head.function.map_or(head.shape.place, |function| function.place);
            let kind = head.shape.node;
            if matches!(kind, NodeKind::Closure | NodeKind::Object | NodeKind::RegExp)
                && let Some(place) = place
            {
                let script = objects.row(place.script).map_or(0, |row| FIRST + row);
                let node = node * NODE as u32;
                places.extend_from_slice(&[
                    node,
                    place.script_id,
                    place.line,
                    place.column,
                    script * NODE as u32,
                ]);
            }
            let bytes = head.words.saturating_mul(8);
            if row as usize % RELEASED == 0 {
                this.extents.release_before(row as usize);
            }
            Ok(batch.add(sink, (kind, name), node, bytes, count)?)
        })?;
        let mut stores: Vec<(u32, u64)> = self.from.store_numbers.values().copied().collect();
        stores.sort_unstable();
        let first = FIRST + self.from.objects.count();
        for (number, bytes) in stores {
            let about = (NodeKind::Native, data);
            batch.add(sink, about, first + number, bytes, 0).map_err(at_the_end)?;
        }
        self.extra = extra;
        batch.hand_on(sink).map_err(at_the_end)?;
        Ok(places)
    }

    /// Passes on all edges. Returns the strings that only edges use.
    fn edges<S: SnapshotSink>(&mut self, sink: &mut S) -> Result<Decimals> {
        let marked = self.from.objects.take_marked();
        let is_long = self.from.bytes.len() >= LONG;
        let result = if is_long { self.edges_beside(sink, &marked) } else { None };
        result.unwrap_or_else(|| {
            let mut looked_up = LookedUp::new(&marked, sink);
            self.read_edges(&mut |edges| looked_up.pass_on(edges))
        })
    }

    /// Does the same with another thread that reads the stream, if there can be one.
    fn edges_beside<S: SnapshotSink>(
        &mut self,
        sink: &mut S,
        marked: &Marked,
    ) -> Option<Result<Decimals>> {
        let (batches, arriving) = crossbeam_channel::bounded::<Edges>(BATCHES);
        let (used, again) = crossbeam_channel::bounded::<Edges>(BATCHES);
        let this = &mut *self;
        let read = move || {
            this.read_edges(&mut |edges| {
                let full = std::mem::replace(edges, again.try_recv().unwrap_or_default());
                batches.send(full).map_err(|_| NOBODY)
            })
        };
        // Each thread drops its ends of the channels when it is done, so that the other never
        // waits in vain.
        let (outcome, read) = beside(read, move || {
            let mut looked_up = LookedUp::new(marked, sink);
            arriving.iter().try_for_each(|mut edges| {
                let outcome = looked_up.pass_on(&mut edges);
                let _ = used.try_send(edges);
                outcome
            })
        })?;
        Some(outcome.map_err(at_the_end).and(read))
    }

    /// Reads all edges, and calls `pass_on` with many at a time, which it must take out. Returns
    /// the strings that only edges use.
    fn read_edges(
        &mut self,
        pass_on: &mut dyn FnMut(&mut Edges) -> Result<(), Refusal>,
    ) -> Result<Decimals> {
        let mut edges = Edges::default();
        let extra = std::mem::take(&mut self.extra);
        let mut rest = extra.as_slice();
        let mut decimals = Decimals::after(&self.from.definitions.strings);
        for node in 0..FIRST {
            edges.add_extra(&mut rest, node);
        }
        self.each_row(true, |this, definitions, row, head, from| {
            let Decoder { objects, passed_over, .. } = this;
            for &(Label { kind, name }, target) in &head.shape.constants {
                edges.add((kind, name), objects.mark_of(target));
            }
            let mut outcome = Ok(());
            head.shape.references(from, head.at, |called, target| {
                if shown(called, target, passed_over) == Shown::Not || outcome.is_err() {
                    return;
                }
                let label = match called {
                    Called::Element(index) => (EdgeKind::Element, index),
                    Called::Hidden(index) => (EdgeKind::Hidden, index),
                    Called::Number(index) => (EdgeKind::Internal, decimals.of(index)),
                    Called::Label(label) => (label.kind, label.name),
                    Called::Named(label) => (label.kind, definitions.string_of(label)),
                };
                edges.add(label, objects.mark_of(target));
                if edges.len() >= EDGES {
                    outcome = pass_on(&mut edges);
                }
            })?;
            edges.add_extra(&mut rest, FIRST + row);
            Ok(outcome?)
        })?;
        pass_on(&mut edges).map_err(at_the_end)?;
        Ok(decimals)
    }

    fn places<S: SnapshotSink>(sink: &mut S, places: &[u32]) -> Result<()> {
        for values in places.chunks(BATCH / PLACE * PLACE) {
            sink.locations(Rows { values, wide: &[] }).map_err(at_the_end)?;
        }
        Ok(())
    }
}

/// Nodes on their way to a sink.
#[derive(Default)]
struct Nodes {
    values: Vec<u32>,
    wide: Vec<(u32, u64)>,
}

impl Nodes {
    fn add(
        &mut self,
        sink: &mut impl SnapshotSink,
        (kind, name): (NodeKind, u32),
        node: u32,
        bytes: u64,
        edges: u64,
    ) -> Result<(), Refusal> {
        let mut narrow = |at: usize, value: u64| match u32::try_from(value) {
            Ok(value) if value != u32::MAX => value,
            _ => {
                self.wide.push(((self.values.len() + at) as u32, value));
                u32::MAX
            }
        };
        let ObjectId(id) = ObjectId::counted(node, kind == NodeKind::Native);
        let row: [u32; NODE] = [kind as u32, name, id, narrow(3, bytes), narrow(4, edges)];
        self.values.extend_from_slice(&row);
        if self.values.len() + NODE > BATCH { self.hand_on(sink) } else { Ok(()) }
    }

    fn hand_on(&mut self, sink: &mut impl SnapshotSink) -> Result<(), Refusal> {
        let outcome = sink.nodes(Rows { values: &self.values, wide: &self.wide });
        self.values.clear();
        self.wide.clear();
        outcome
    }
}

/// Skips a record that is not a row: it was read when it arrived.
fn skip_definition(record: u64, from: &mut Reader<'_>) -> Result<(), Cut> {
    match record {
        record::NAME => skip_name(from),
        record::FUNCTION => skip_function(from),
        record::SHAPE => skip_shape(from),
        record::ROOTS | record::ENTRIES => {
            from.number()?;
            skip_numbers(from, if record == record::ROOTS { 1 } else { 2 })
        }
        record::STORE | record::NUMBER => from.number().and_then(|_| from.number()).map(drop),
        record::FRAME => {
            (0..4).try_for_each(|_| from.number().map(drop))?;
            let length = from.number()?;
            from.bytes(length).map(drop)
        }
        record::ACT => (0..4).try_for_each(|_| from.number().map(drop)),
        // `REMOVED`, `SAMPLER` and `SAMPLE`, the only others.
        _ => (0..3).try_for_each(|_| from.number().map(drop)),
    }
}

fn skip_numbers(from: &mut Reader<'_>, each: u64) -> Result<(), Cut> {
    for _ in 0..from.number()? {
        for _ in 0..each {
            from.number()?;
        }
    }
    Ok(())
}

fn skip_name(from: &mut Reader<'_>) -> Result<(), Cut> {
    from.number()?;
    let length = from.number()?;
    from.bytes(if length & 1 == 1 { length & !1 } else { length >> 1 }).map(drop)
}

fn skip_function(from: &mut Reader<'_>) -> Result<(), Cut> {
    from.number()?;
    if from.number()? != 0 {
        for _ in 0..3 {
            from.number()?;
        }
    }
    Ok(())
}

fn skip_shape(from: &mut Reader<'_>) -> Result<(), Cut> {
    for _ in 0..7 {
        from.number()?;
    }
    skip_numbers(from, 1)?;
    skip_numbers(from, 2)
}

/// Converts a refusal of the sink that belongs to no byte of the stream.
fn at_the_end(refusal: Refusal) -> DetectError {
    refused(refusal, 0)
}

fn refused(refusal: Refusal, at: u64) -> DetectError {
    match refusal {
        Refusal::Malformed { expected, .. } => DetectError::Malformed { at, expected },
        Refusal::TooLarge { what, .. } => DetectError::TooLarge { at, what },
    }
}

enum Fault {
    Cut,
    Refused(Refusal),
}

impl From<Cut> for Fault {
    fn from(_: Cut) -> Self {
        Self::Cut
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        format::SnapshotSink,
        testkit::lacking,
        walk::wire::{MAGIC, token, zigzag},
    };

    const OBJECTS: u64 = 60_000;

    /// Writes objects that refer to the one before and to the one after.
    fn stream() -> Decoder {
        let mut bytes = MAGIC.to_vec();
        let mut number = |mut value: u64| {
            while value >= 0x80 {
                bytes.push(value as u8 | 0x80);
                value >>= 7;
            }
            bytes.push(value as u8);
        };
        number(0);
        [record::NAME, 0, 0].into_iter().for_each(&mut number);
        let shape = [0x30_0000, NodeKind::Object as u64, 0, 0, 5, 0, EdgeKind::Internal as u64];
        number(record::SHAPE);
        shape.into_iter().chain([0, 0]).for_each(&mut number);
        for object in 0..OBJECTS {
            number(FIRST_SHAPE);
            number(zigzag(if object == 0 { 1 << 20 } else { 5 }));
            for words in [-5, 5] {
                number(zigzag(words) << 1);
            }
            number(token::END);
        }
        [record::END, OBJECTS, 0, 0].into_iter().for_each(&mut number);
        let mut decoder = Decoder::new();
        decoder.push(&bytes).expect("a whole stream");
        decoder
    }

    /// Keeps the edges, and refuses those past a number of them.
    struct Kept {
        edges: Vec<u32>,
        most: usize,
    }

    impl SnapshotSink for Kept {
        fn edges(&mut self, rows: Rows<'_>) -> Result<(), Refusal> {
            self.edges.extend_from_slice(rows.values);
            if self.edges.len() <= self.most {
                return Ok(());
            }
            Err(Refusal::TooLarge { position: 0, what: "enough edges" })
        }
    }

    #[test]
    fn two_threads_read_the_same_edges_as_one() {
        let mut alone = Kept { edges: Vec::new(), most: usize::MAX };
        let mut emitter = Emitter::new(stream()).expect("few edges");
        let decimals = emitter.edges(&mut alone).expect("read");
        assert_eq!(alone.edges.len() / EDGE, emitter.edge_count as usize);
        assert!(alone.edges.len() / EDGE > 2 * BATCHES * EDGES, "more than the channel holds");

        let mut together = Kept { edges: Vec::new(), most: usize::MAX };
        let mut emitter = Emitter::new(stream()).expect("few edges");
        let marked = emitter.from.objects.take_marked();
        let Some(read) = emitter.edges_beside(&mut together, &marked) else {
            return lacking("a second core");
        };
        assert!(read.expect("read").iter().eq(decimals.iter()));
        assert!(together.edges == alone.edges);
    }

    #[test]
    fn a_sink_that_refuses_ends_both_threads() {
        let mut emitter = Emitter::new(stream()).expect("few edges");
        let marked = emitter.from.objects.take_marked();
        let mut sink = Kept { edges: Vec::new(), most: 10 };
        match emitter.edges_beside(&mut sink, &marked) {
            Some(read) => {
                assert_eq!(read.err().map(|it| it.code()), Some("ERR_SNAPSHOT_TOO_LARGE"));
            }
            None => lacking("a second core"),
        }
    }
}
