//! The second reading: writes the snapshot again, without values.
//!
//! V8 shares the entries of its table of strings: one entry may be the name of a property and the
//! content of a string. So each entry becomes two, the name and the value. The references to them
//! come first, and say which of the two are needed.

use super::{
    filler::{self, Fillers},
    json, names,
    owners::{Owners, Sort},
    sections::Sections,
    texts::Texts,
};
use crate::{
    bits::BitSet,
    census::dictionary,
    column::{self, Column},
    error::{DetectError, Result},
    format::{
        Copied, EdgeKind, EdgeLayout, Nested, NodeKind, NodeLayout, Refusal, Rows, SnapshotMeta,
        SnapshotSink, TRACE_FUNCTION, TRACE_FUNCTION_NAMES, TraceSection,
    },
};

/// References of one object that wait until it is known whether it is a dictionary. V8 writes
/// properties first, so that those beyond are elements, and the prototype.
const MOST_WAITING: usize = 1 << 16;

/// What is refused in the place of a name.
const STRING: &str = "a string for every name";

/// Writes one snapshot without values.
pub(super) struct Rewriter {
    texts: Texts,
    meta: Option<SnapshotMeta>,
    sections: Sections,
    owners: Owners,
    owner: Owner,
    edges_seen: u64,
    /// References of the object that wait, their numbers in turn.
    waiting: Column<u64>,
    /// Entries that are used as names, and as values.
    as_names: BitSet,
    as_values: BitSet,
    /// Entries that are names of scripts.
    files: BitSet,
    fillers: Fillers,
    /// Column of the next number of a function of recorded stacks.
    trace_column: usize,
    /// Strings written.
    written: u32,
}

/// The object whose references arrive.
#[derive(Clone, Copy, Debug)]
struct Owner {
    /// References that are still to come.
    left: u32,
    /// What is known of its properties.
    keys: Keys,
    /// Whether it is a plain object.
    is_plain: bool,
}

/// Whether the names of an object's properties are data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    Names,
    Data,
    /// Not known before the object's last reference.
    Unknown,
}

impl Rewriter {
    /// Creates a writer for the snapshot with these texts.
    pub(super) fn new(texts: Texts) -> Self {
        let entries = texts.count as usize;
        Self {
            texts,
            meta: None,
            sections: Sections::default(),
            owners: Owners::default(),
            owner: Owner { left: 0, keys: Keys::Names, is_plain: false },
            edges_seen: 0,
            waiting: Column::new(),
            as_names: BitSet::new(entries),
            as_values: BitSet::new(entries),
            files: BitSet::new(entries),
            fillers: Fillers::default(),
            trace_column: 0,
            written: 0,
        }
    }

    /// Returns what has been written since it was last cleared.
    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.sections.out
    }

    /// Ends the snapshot. Returns how many different values were replaced.
    pub(super) fn finish(mut self) -> (Vec<u8>, u64) {
        self.sections.close();
        self.sections.out.extend_from_slice(b"}\n");
        (self.sections.out, self.as_values.len() as u64)
    }

    /// Returns the number of entry `index` as a name.
    #[inline]
    fn name(&mut self, index: u64) -> u64 {
        self.as_names.insert(index as usize);
        index * 2
    }

    /// Returns the number of entry `index` as a value.
    #[inline]
    fn value(&mut self, index: u64) -> u64 {
        self.as_values.insert(index as usize);
        index * 2 + 1
    }

    /// Returns the number of the name of an object of this kind.
    fn node_name(&mut self, kind: NodeKind, index: u64) -> u64 {
        let entry = index as usize;
        let is_value = match kind {
            NodeKind::String | NodeKind::RegExp | NodeKind::Other => true,
            NodeKind::ConsString
            | NodeKind::SlicedString
            | NodeKind::Number
            | NodeKind::BigInt
            | NodeKind::Symbol => !self.texts.words.contains(entry),
            _ => false,
        };
        if is_value {
            return self.value(index);
        }
        if kind == NodeKind::Code && self.texts.files.contains(entry) {
            self.files.insert(entry);
        }
        self.name(index)
    }

    /// Returns the number that a reference has in the place of `index`.
    fn edge_name(&mut self, kind: EdgeKind, index: u64, keys: Keys) -> u64 {
        let entry = index as usize;
        match kind {
            // Modules are kept under the names of their files.
            EdgeKind::Property
                if (keys == Keys::Data || !self.texts.names.contains(entry))
                    && !self.files.contains(entry)
                    && self.texts.prototype.map(u64::from) != Some(index) =>
            {
                self.value(index)
            }
            // It may be the number of a string or not.
            EdgeKind::Other if index < u64::from(self.texts.count) => self.value(index),
            EdgeKind::Element | EdgeKind::Hidden | EdgeKind::Other => index,
            _ => self.name(index),
        }
    }

    fn sort_of(&self, kind: NodeKind, name: u64) -> Sort {
        if kind != NodeKind::Object || self.texts.windows.contains(name as usize) {
            Sort::Other
        } else if self.texts.plain_object.map(u64::from) == Some(name) {
            Sort::Plain
        } else {
            Sort::OfClass
        }
    }

    /// Turns to the next object that has references.
    fn next_owner(&mut self) {
        while self.owner.left == 0
            && let Some((sort, left)) = self.owners.next()
        {
            let is_plain = sort == Sort::Plain;
            let may_be = left as usize > dictionary::most_properties(is_plain);
            let keys = if sort != Sort::Other && may_be { Keys::Unknown } else { Keys::Names };
            self.owner = Owner { left, keys, is_plain };
        }
    }

    fn edge(&mut self, row: &[u64], layout: &EdgeLayout, keys: Keys) {
        let kind = kind_of(&layout.kinds, row[layout.kind], EdgeKind::Other);
        for (column, &number) in row.iter().enumerate() {
            let is_name = column == layout.name_or_index;
            let number = if is_name { self.edge_name(kind, number, keys) } else { number };
            self.sections.number(number);
        }
    }

    /// Writes rows by what the header says of columns, if it has come.
    fn with_meta(
        &mut self,
        write: impl FnOnce(&mut Self, &SnapshotMeta) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        column::ask();
        let Some(meta) = self.meta.take() else { return Ok(()) };
        let result = write(self, &meta);
        self.meta = Some(meta);
        result
    }

    /// Writes the references that wait, once it can be said what their names are.
    fn decide(&mut self, layout: &EdgeLayout, node_stride: usize) {
        let waiting = std::mem::take(&mut self.waiting);
        let rows = || waiting.chunks_exact(layout.stride);
        let is_property = |row: &&[u64]| {
            kind_of(&layout.kinds, row[layout.kind], EdgeKind::Other) == EdgeKind::Property
        };
        let count = rows().filter(is_property).count();
        let members = rows().filter(is_property).map(|row| {
            let name = row[layout.name_or_index];
            let target = row[layout.to_node] / node_stride as u64;
            let function = self.owners.function_name(target as u32);
            function.is_some_and(|function| {
                u64::from(function) == name || self.texts.accessors.contains(name as usize)
            }) || self.texts.symbols.contains(name as usize)
        });
        let is_dictionary = dictionary::is_dictionary(count, self.owner.is_plain, members);
        let keys = if is_dictionary { Keys::Data } else { Keys::Names };
        for row in rows() {
            self.edge(row, layout, keys);
        }
        // Properties that come so late are not expected: in doubt, their names are data.
        self.owner.keys = if self.owner.left > 0 { Keys::Data } else { keys };
        self.waiting = waiting;
        self.waiting.clear();
    }
}

impl SnapshotSink for Rewriter {
    fn header(&mut self, meta: &SnapshotMeta) -> Result<()> {
        self.meta = Some(meta.clone());
        Ok(())
    }

    /// Keeps what the header says of columns, and its counts: nothing else is known to be no
    /// value.
    fn header_text(&mut self, json: &[u8], at: u64) -> Result<()> {
        let malformed = |_| DetectError::Malformed { at, expected: "a header object" };
        let mut header: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(json).map_err(malformed)?;
        header.retain(|key, value| key == "meta" || value.is_number());
        self.sections.out.extend_from_slice(b"{\"snapshot\":");
        serde_json::to_writer(&mut self.sections.out, &header)
            .map_err(|_| DetectError::Internal { what: "a header that was read" })
    }

    fn nodes(&mut self, rows: Rows<'_>) -> Result<(), Refusal> {
        self.with_meta(|it, meta| it.write_nodes(rows, meta))
    }

    fn nodes_end(&mut self, at: u64) -> Result<()> {
        self.sections.begin("nodes");
        let Some(meta) = &self.meta else { return Ok(()) };
        if self.owners.len() != meta.node_count as usize {
            return Err(DetectError::Malformed { at, expected: "as many nodes as announced" });
        }
        self.owners.finish();
        Ok(())
    }

    fn edges(&mut self, rows: Rows<'_>) -> Result<(), Refusal> {
        self.with_meta(|it, meta| it.write_edges(rows, meta))
    }

    fn edges_end(&mut self, at: u64) -> Result<()> {
        self.sections.begin("edges");
        let Some(meta) = &self.meta else { return Ok(()) };
        if self.edges_seen != u64::from(meta.edge_count) || self.owner.left > 0 {
            return Err(DetectError::Malformed { at, expected: "as many edges as announced" });
        }
        Ok(())
    }

    fn copies(&self) -> bool {
        true
    }

    fn copy(&mut self, section: Copied, bytes: &[u8], at: u64) -> Result<()> {
        // A string here would be a value.
        let is_structure = |byte: &u8| {
            byte.is_ascii_digit() || byte.is_ascii_whitespace() || b"[],-.".contains(byte)
        };
        if let Some(place) = bytes.iter().position(|byte| !is_structure(byte)) {
            let at = at + place as u64;
            return Err(DetectError::Malformed { at, expected: "numbers and arrays" });
        }
        self.sections.copy(section.name(), bytes);
        Ok(())
    }

    fn wants_trace(&self, section: TraceSection) -> bool {
        section == TraceSection::Functions
    }

    fn trace(&mut self, _section: TraceSection, part: Nested, at: u64) -> Result<()> {
        self.sections.begin("trace_function_infos");
        match part {
            Nested::Number(number) => {
                let is_name = TRACE_FUNCTION_NAMES.contains(&self.trace_column);
                self.trace_column = (self.trace_column + 1) % TRACE_FUNCTION;
                if is_name && number >= self.texts.count {
                    return Err(DetectError::Malformed { at, expected: STRING });
                }
                let number = u64::from(number);
                let number = if is_name { self.name(number) } else { number };
                self.sections.number(number);
                Ok(())
            }
            Nested::Close if self.trace_column == 0 => Ok(()),
            _ => Err(DetectError::Malformed { at, expected: "numbers of recorded stacks" }),
        }
    }

    fn wants_string(&mut self, index: u32) -> bool {
        let is_wanted =
            self.as_names.contains(index as usize) || self.as_values.contains(index as usize);
        if !is_wanted {
            self.sections.begin("strings");
            self.string_pair(None, None);
        }
        is_wanted
    }

    fn string(&mut self, index: u32, text: &str, _at: u64) -> Result<()> {
        self.sections.begin("strings");
        let name = self.as_names.contains(index as usize).then_some(text);
        let value = self.as_values.contains(index as usize).then_some(text);
        self.string_pair(name, value);
        Ok(())
    }

    fn strings_end(&mut self, count: u32, at: u64) -> Result<()> {
        self.sections.begin("strings");
        if count != self.texts.count || self.written != count {
            return Err(DetectError::Malformed {
                at,
                expected: "the strings of the first reading",
            });
        }
        Ok(())
    }
}

impl Rewriter {
    fn write_nodes(&mut self, rows: Rows<'_>, meta: &SnapshotMeta) -> Result<(), Refusal> {
        let NodeLayout { stride, kind, name, edge_count, .. } = meta.nodes;
        self.sections.begin("nodes");
        for (row, values) in rows.values.chunks_exact(stride).enumerate() {
            let position = |column| row * stride + column;
            if self.owners.len() == meta.node_count as usize {
                let expected = "as many nodes as announced";
                return Err(Refusal::Malformed { position: position(0), expected });
            }
            let index = rows.value(position(name));
            if index >= u64::from(self.texts.count) {
                return Err(Refusal::Malformed { position: position(name), expected: STRING });
            }
            let kind = kind_of(&meta.nodes.kinds, rows.value(position(kind)), NodeKind::Other);
            let function = (kind == NodeKind::Closure).then_some(index as u32);
            let references = values[edge_count];
            self.owners.push(self.sort_of(kind, index), references, function);
            for column in 0..stride {
                let number = rows.value(position(column));
                let number = if column == name { self.node_name(kind, number) } else { number };
                self.sections.number(number);
            }
        }
        Ok(())
    }

    fn write_edges(&mut self, rows: Rows<'_>, meta: &SnapshotMeta) -> Result<(), Refusal> {
        let layout = &meta.edges;
        let (stride, node_stride) = (layout.stride, meta.nodes.stride);
        let nodes = u64::from(meta.node_count) * node_stride as u64;
        self.sections.begin("edges");
        let mut numbers = Vec::with_capacity(stride);
        for row in 0..rows.values.len() / stride {
            let position = |column| row * stride + column;
            numbers.clear();
            numbers.extend((0..stride).map(|column| rows.value(position(column))));
            let to = numbers[layout.to_node];
            if to >= nodes || to % node_stride as u64 != 0 {
                let expected = "a to_node that is the start of a node";
                return Err(Refusal::Malformed { position: position(layout.to_node), expected });
            }
            let kind = kind_of(&layout.kinds, numbers[layout.kind], EdgeKind::Other);
            if kind.has_name() && numbers[layout.name_or_index] >= u64::from(self.texts.count) {
                let position = position(layout.name_or_index);
                return Err(Refusal::Malformed { position, expected: STRING });
            }
            self.next_owner();
            if self.owner.left == 0 {
                let expected = "as many edges as announced";
                return Err(Refusal::Malformed { position: position(0), expected });
            }
            self.owner.left -= 1;
            self.edges_seen += 1;
            if self.owner.keys != Keys::Unknown {
                self.edge(&numbers, layout, self.owner.keys);
                continue;
            }
            self.waiting.extend_from_slice(&numbers);
            if self.owner.left == 0 || self.waiting.len() >= MOST_WAITING * stride {
                self.decide(layout, node_stride);
            }
        }
        Ok(())
    }

    /// Writes an entry as a name and as a value; empty where it is not used as such.
    fn string_pair(&mut self, name: Option<&str>, value: Option<&str>) {
        let out = &mut self.sections.out;
        out.extend_from_slice(if self.written == 0 { b"\n\"" } else { b",\n\"" });
        self.written += 1;
        if let Some(text) = name {
            let data = names::data_in(text);
            let mut at = 0;
            for range in data.ranges {
                json::push_text(&text[at..range.start], out);
                at = range.end;
                let length = filler::length(&text[range]);
                if data.is_told_apart {
                    filler::same(length, out);
                } else {
                    self.fillers.fill(length, out);
                }
            }
            json::push_text(&text[at..], out);
        }
        out.extend_from_slice(b"\",\"");
        if let Some(text) = value {
            self.fillers.fill(filler::length(text), out);
        }
        out.push(b'"');
    }
}

fn kind_of<K: Copy>(kinds: &[K], number: u64, other: K) -> K {
    usize::try_from(number).ok().and_then(|number| kinds.get(number)).copied().unwrap_or(other)
}
