//! The second and the third reading of a stream: addresses, then nodes with their edges.

use std::fmt::Write;

use super::{
    Decoder, Extent, Shown,
    edges::{Batch, LookedUp},
    numbering::{EDGE, FIRST, FIXED, FIXED_NAMES, NODE, PLACE, UNREAD},
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
        EdgeKind, EdgeLayout, LocationLayout, MAX_EDGES, NodeKind, NodeLayout, Refusal,
        SnapshotMeta, SnapshotSink,
    },
    units::ObjectId,
    walk::wire::{FIRST_SHAPE, Label, ROOTS, record},
};

/// Streams of at least this many bytes, of a million objects, are read by another thread, beside
/// the one that builds the graph: for fewer, it is not worth a second core of the program's.
const LONG: usize = 16 << 20;
/// Batches that wait for the thread that takes them: a megabyte.
const BATCHES: usize = 16;
/// No error anybody sees: the thread that takes the batches has ended with one.
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
        emitter.find_scripts();
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

    /// Puts nodes in the place of the addresses of scripts; 0 for those without a row.
    fn find_scripts(&mut self) {
        let Decoder { objects, definitions, .. } = &mut self.from;
        let functions = definitions.functions.iter_mut().map(|function| &mut function.place);
        let shapes = definitions.shapes.iter_mut().map(|shape| &mut shape.place);
        for place in functions.chain(shapes).flatten() {
            place.script = objects.row(place.script).map_or(0, |row| u64::from(FIRST + row));
        }
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
        let decimals = self.rows(&mut sink)?;
        let at = self.from.bytes.len() as u64;
        // The stream is no longer needed.
        self.from.bytes = Column::new();
        self.from.objects = Objects::default();
        self.from.extents = Column::new();
        sink.nodes_end(at)?;
        sink.edges_end(at)?;
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

    /// Passes on all nodes and edges. Returns the strings that only edges use.
    fn rows<S: SnapshotSink>(&mut self, sink: &mut S) -> Result<Decimals> {
        let marked = self.from.objects.take_marked();
        let is_long = self.from.bytes.len() >= LONG;
        let result = if is_long { self.rows_beside(sink, &marked) } else { None };
        result.unwrap_or_else(|| {
            let mut looked_up = LookedUp::new(&marked, sink);
            self.read(&marked, &mut |batch| looked_up.pass_on(batch))
        })
    }

    /// Does the same with another thread that reads the stream, if there can be one.
    fn rows_beside<S: SnapshotSink>(
        &mut self,
        sink: &mut S,
        marked: &Marked,
    ) -> Option<Result<Decimals>> {
        let (batches, arriving) = crossbeam_channel::bounded::<Batch>(BATCHES);
        let (used, again) = crossbeam_channel::bounded::<Batch>(BATCHES);
        let this = &mut *self;
        let read = move || {
            this.read(marked, &mut |batch| {
                let full = std::mem::replace(batch, again.try_recv().unwrap_or_default());
                batches.send(full).map_err(|_| NOBODY)
            })
        };
        // Each thread drops its ends of the channels when it is done, so that the other never
        // waits in vain.
        let (outcome, read) = beside(read, move || {
            let mut looked_up = LookedUp::new(marked, sink);
            arriving.iter().try_for_each(|mut batch| {
                let outcome = looked_up.pass_on(&mut batch);
                let _ = used.try_send(batch);
                outcome
            })
        })?;
        Some(outcome.map_err(at_the_end).and(read))
    }

    /// Reads all nodes and edges, and calls `pass_on` with many at a time, which it must take out.
    /// Returns the strings that only edges use.
    fn read(
        &mut self,
        marked: &Marked,
        pass_on: &mut dyn FnMut(&mut Batch) -> Result<(), Refusal>,
    ) -> Result<Decimals> {
        let mut batch = Batch::default();
        let extra = std::mem::take(&mut self.extra);
        let mut rest = extra.as_slice();
        let strings = &mut self.from.definitions.strings;
        let data = strings.of("system / JSArrayBufferData");
        for (node, text) in (0..).zip(FIXED_NAMES.iter().chain(&ROOTS)) {
            let kind = if node == UNREAD { NodeKind::Hidden } else { NodeKind::Synthetic };
            batch.add_node(node, (kind, strings.of(text)), 0, extra_of(rest, node));
            batch.add_extra(&mut rest, node);
        }
        let mut decimals = Decimals::after(strings);
        self.each_row(true, |this, definitions, row, head, from| {
            let node = FIRST + row;
            let Decoder { objects, passed_over, extents, .. } = this;
            let mut count = extra_of(rest, node) + head.shape.constants.len() as u64;
            match extents[row as usize] {
                Extent::UNKNOWN => {
                    let began = from.at;
                    head.shape.references(from, head.at, |called, target| {
                        count += match shown(called, target, passed_over) {
                            Shown::Strong => 1,
                            Shown::Weak => u64::from(objects.is_marked(target, marked)),
                            Shown::Not => 0,
                        }
                    })?;
                    from.at = began;
                }
                Extent { references, .. } => count += u64::from(references),
            }
            if row as usize % RELEASED == 0 {
                extents.release_before(row as usize);
            }
            let name = head.function.map_or(head.shape.name, |function| function.name);
            let place = head.function.map_or(head.shape.place, |function| function.place);
            let kind = head.shape.node;
            batch.add_node(node, (kind, name), head.words.saturating_mul(8), count);
            if matches!(kind, NodeKind::Closure | NodeKind::Object | NodeKind::RegExp)
                && let Some(place) = place
            {
                batch.add_place(node, &place);
            }
            for &(Label { kind, name }, target) in &head.shape.constants {
                batch.add((kind, name), objects.mark_of(target));
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
                batch.add(label, objects.mark_of(target));
                if batch.is_full() {
                    outcome = pass_on(&mut batch);
                }
            })?;
            batch.add_extra(&mut rest, node);
            if outcome.is_ok() && batch.is_full() {
                outcome = pass_on(&mut batch);
            }
            Ok(outcome?)
        })?;
        let mut stores: Vec<(u32, u64)> = self.from.store_numbers.values().copied().collect();
        stores.sort_unstable();
        let first = FIRST + self.from.objects.count();
        for (number, bytes) in stores {
            batch.add_node(first + number, (NodeKind::Native, data), bytes, 0);
            if batch.is_full() {
                pass_on(&mut batch).map_err(at_the_end)?;
            }
        }
        pass_on(&mut batch).map_err(at_the_end)?;
        Ok(decimals)
    }
}

/// Returns how many of `extra`, which begin with those of `node`, are its.
fn extra_of(extra: &[(u32, Label, u32)], node: u32) -> u64 {
    extra.iter().take_while(|&&(source, ..)| source == node).count() as u64
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
        format::{Rows, SnapshotSink},
        testkit::lacking,
        walk::{
            decode::edges::EDGES,
            wire::{MAGIC, token, zigzag},
        },
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
        let decimals = emitter.rows(&mut alone).expect("read");
        assert_eq!(alone.edges.len() / EDGE, emitter.edge_count as usize);
        assert!(alone.edges.len() / EDGE > 2 * BATCHES * EDGES, "more than the channel holds");

        let mut together = Kept { edges: Vec::new(), most: usize::MAX };
        let mut emitter = Emitter::new(stream()).expect("few edges");
        let marked = emitter.from.objects.take_marked();
        let Some(read) = emitter.rows_beside(&mut together, &marked) else {
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
        match emitter.rows_beside(&mut sink, &marked) {
            Some(read) => {
                assert_eq!(read.err().map(|it| it.code()), Some("ERR_SNAPSHOT_TOO_LARGE"));
            }
            None => lacking("a second core"),
        }
    }
}
