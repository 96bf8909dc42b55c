//! Writes a snapshot again without its values: what its strings say, and the keys of its
//! dictionaries. All figures, references and names stay, so that it can be given to others.
//!
//! [`names`] has what a name is; in doubt, a text is a value. A file is read twice, because the
//! texts come last in it and the references to them first. What is kept in between is a byte or two
//! for each object and a few bits for each string.

mod filler;
mod json;
mod names;
mod owners;
mod rewriter;
mod texts;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use serde::Serialize;

use self::{rewriter::Rewriter, texts::Texts};
use crate::{
    column,
    error::{DetectError, FileFault, Result},
    files::{OnProgress, Progress, Reader, WholeFile, feed_from},
    format::{NumbersAhead, Parser},
};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stripped {
    /// Different values that were replaced.
    pub values: u64,
    /// Bytes of the file that was read.
    pub bytes_read: u64,
    /// Bytes of the snapshot that was written, before compression.
    pub bytes_written: u64,
}

/// Writes the snapshot in the file `from` to the file `to` without values, and with gzip if
/// it is to be `gzipped`. The file `to` has its name once it is complete.
///
/// # Errors
///
/// When `from` cannot be read, is no file that can be read twice or no snapshot, when `to` cannot
/// be written, when memory runs out, or when `on_progress` returns an error.
pub fn strip_file(
    from: &Path,
    to: &Path,
    gzipped: bool,
    on_progress: OnProgress<'_>,
) -> Result<Stripped, (PathBuf, DetectError)> {
    column::catch_no_memory(|| strip(from, to, gzipped, on_progress)).map_err(|error| {
        let is_of_output = matches!(error, DetectError::File { fault: FileFault::NotWritten(_) });
        (if is_of_output { to } else { from }.to_owned(), error)
    })
}

fn strip(from: &Path, to: &Path, gzipped: bool, on_progress: OnProgress<'_>) -> Result<Stripped> {
    let metadata = fs::metadata(from).map_err(DetectError::file)?;
    #[cfg(unix)]
    if std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type()) {
        return Err(DetectError::File { fault: FileFault::Pipe });
    }
    let file = WholeFile::create(to).map_err(DetectError::written_file)?;
    let size = metadata.len();
    let texts = read_texts(from, size, on_progress)?;
    let mut output = Output::new(file, gzipped);
    let mut writer = Writer { parser: Parser::new(Rewriter::new(texts)), output: &mut output };
    let mut second = |Progress { bytes, .. }| {
        on_progress(Progress { bytes: size + bytes, total: Some(2 * size) })
    };
    feed_from(from, &mut writer, &mut second)?;
    let (rest, values) = writer.parser.finish()?.finish();
    output.write(&rest)?;
    let bytes_written = output.bytes;
    output.publish()?;
    Ok(Stripped { values, bytes_read: size, bytes_written })
}

fn read_texts(from: &Path, size: u64, on_progress: OnProgress<'_>) -> Result<Texts> {
    let mut parser = Parser::new(Texts::default());
    let mut first = |Progress { bytes, .. }| on_progress(Progress { bytes, total: Some(2 * size) });
    feed_from(from, &mut parser, &mut first)?;
    parser.finish()
}

/// Parses the snapshot and writes what becomes of it.
struct Writer<'a> {
    parser: Parser<Rewriter>,
    output: &'a mut Output,
}

impl Writer<'_> {
    /// Bytes that are written together.
    const PIECE: usize = 1 << 20;

    fn write(&mut self) -> Result<()> {
        let out = self.parser.sink_mut().out();
        if out.len() >= Self::PIECE {
            self.output.write(out)?;
            out.clear();
        }
        Ok(())
    }
}

impl Reader for Writer<'_> {
    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.parser.push(bytes)?;
        self.write()
    }

    fn push_ahead(&mut self, bytes: &[u8], ahead: &mut NumbersAhead) -> Result<()> {
        self.parser.push_ahead(bytes, ahead)?;
        self.write()
    }

    fn offset(&self) -> u64 {
        self.parser.offset()
    }
}

/// The file that is written.
struct Output {
    target: Target,
    bytes: u64,
}

enum Target {
    Plain(WholeFile),
    Gzip(Box<GzEncoder<WholeFile>>),
}

impl Output {
    fn new(file: WholeFile, gzipped: bool) -> Self {
        let gzip = |file| Target::Gzip(Box::new(GzEncoder::new(file, Compression::fast())));
        Self { target: if gzipped { gzip(file) } else { Target::Plain(file) }, bytes: 0 }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        let written = match &mut self.target {
            Target::Plain(file) => file.write_all(bytes),
            Target::Gzip(encoder) => encoder.write_all(bytes),
        };
        written.map_err(DetectError::written_file)
    }

    fn publish(self) -> Result<()> {
        let file = match self.target {
            Target::Plain(file) => Ok(file),
            Target::Gzip(encoder) => encoder.finish(),
        };
        file.and_then(WholeFile::publish).map_err(DetectError::written_file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        graph::{HeapGraph, NodeKind},
        testkit::{FIXTURES, draw, fixture},
    };

    /// Returns the snapshot `json` without values, read in pieces.
    fn stripped_in(json: &[u8], piece: usize) -> Result<String> {
        let mut first = Parser::new(Texts::default());
        json.chunks(piece).try_for_each(|bytes| first.push(bytes))?;
        let mut second = Parser::new(Rewriter::new(first.finish()?));
        json.chunks(piece).try_for_each(|bytes| second.push(bytes))?;
        let (out, _) = second.finish()?.finish();
        Ok(String::from_utf8(out).expect("text"))
    }

    fn stripped(drawing: &str) -> (String, HeapGraph) {
        let json = draw(drawing).json();
        let text = stripped_in(json.as_bytes(), 1 << 20).expect("a snapshot");
        let graph = HeapGraph::from_bytes(text.as_bytes()).expect("a snapshot");
        (text, graph)
    }

    /// Returns the names of the references of the object at `index`.
    fn edges(graph: &HeapGraph, index: u32) -> Vec<&str> {
        let edges = graph.edges(crate::units::NodeOrdinal(index));
        edges.filter_map(|edge| Some(graph.names().get(edge.label.name()?))).collect()
    }

    #[test]
    fn an_entry_that_is_a_name_and_a_value_becomes_two() {
        let (text, graph) =
            stripped("root -secret-> s; root -other-> o; s: string secret; o: object secret");
        assert_eq!(edges(&graph, 0), ["secret", "other"]);
        assert_eq!(graph.name(crate::units::NodeOrdinal(2)), "secret");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let name = json["nodes"]
            [json["snapshot"]["meta"]["node_fields"].as_array().expect("fields").len() + 1]
            .as_u64();
        let value = &json["strings"][name.expect("a number") as usize];
        assert_eq!(value.as_str().expect("a string").len(), "secret".len());
        assert_ne!(value, "secret");
    }

    #[test]
    fn keys_of_dictionaries_become_filler_and_names_of_interfaces_stay() {
        let properties = |kind: &str| {
            (0..40)
                .map(|i| {
                    let name =
                        format!("{}{}", char::from(b'a' + i % 26), "a".repeat(usize::from(i)));
                    format!("root -p-> holder; holder -{name}-> {name}; {name}: {kind} {name}")
                })
                .collect::<Vec<_>>()
                .join("\n")
        };
        let names = |text: &str| {
            let (_, graph) = stripped(text);
            edges(&graph, 1).iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()
        };
        let first = "root -p-> holder\n";
        let dictionary = format!("{first}holder: object Object\n{}", properties("object"));
        let keys = names(&format!("{dictionary}\nholder -__proto__-> proto"));
        assert!(!keys.contains(&"ba".to_owned()), "a plain object");
        assert!(keys.contains(&"__proto__".to_owned()));
        let interface = format!("{first}holder: object Object\n{}", properties("closure"));
        assert!(names(&interface).contains(&"ba".to_owned()), "{:?}", names(&interface));
        let class = format!("{first}holder: object Registry\n{}", properties("object"));
        assert!(names(&class).contains(&"ba".to_owned()), "an object of a class");
    }

    #[test]
    fn the_file_of_a_module_stays_where_it_is_a_key() {
        let (_, graph) = stripped(
            "root -cache-> c; c -\"/srv/a.js\"-> m; c -\"/srv/b.js\"-> m; root -internal:script-> s
             c: object Object; m: object Module; s: code \"/srv/a.js\"",
        );
        let found = edges(&graph, 1);
        assert_eq!(found[0], "/srv/a.js");
        assert_eq!(found[1].len(), "/srv/b.js".len());
        assert_ne!(found[1], "/srv/b.js", "no script has this name");
    }

    #[test]
    fn every_split_gives_the_same_text() {
        let json = draw("root -a-> s; root -[4294967294]-> s; s: string \"é✓😀\" at=3:1:2").json();
        let whole = stripped_in(json.as_bytes(), 1 << 20).expect("a snapshot");
        for piece in 1..60 {
            assert_eq!(stripped_in(json.as_bytes(), piece).expect("a snapshot"), whole, "{piece}");
        }
    }

    #[test]
    fn real_snapshots_keep_their_figures_and_lose_their_contents() {
        for name in FIXTURES {
            let json = fixture(name);
            let text = stripped_in(&json, 1 << 16).expect("a snapshot");
            let before = HeapGraph::from_bytes(&json).expect("a snapshot");
            let after = HeapGraph::from_bytes(text.as_bytes()).expect("a snapshot");
            assert_eq!(before.node_count(), after.node_count(), "{name}");
            for node in before.ordinals() {
                assert_eq!(before.kind(node), after.kind(node));
                assert_eq!(before.self_size(node), after.self_size(node));
                assert_eq!(before.location(node), after.location(node));
                if matches!(before.kind(node), NodeKind::Object | NodeKind::Closure) {
                    assert_eq!(before.name(node), after.name(node));
                }
                let targets = |graph: &HeapGraph| -> Vec<_> {
                    graph.edges(node).map(|edge| (edge.kind, edge.to)).collect()
                };
                assert_eq!(targets(&before), targets(&after));
            }
            let strings = |text: &[u8]| -> Vec<String> {
                let json: serde_json::Value = serde_json::from_slice(text).expect("JSON");
                serde_json::from_value(json["strings"].clone()).expect("strings")
            };
            let after: Vec<String> = strings(text.as_bytes());
            let sources = strings(&json).into_iter().filter(|text| text.len() > 100);
            assert!(
                sources.clone().count() > 10
                    && sources.into_iter().all(|text| !after.contains(&text))
            );
        }
    }

    #[test]
    fn what_the_reader_refuses_is_refused() {
        let json = draw("root -a-> s; s: string secret").json();
        for length in 0..json.trim_end().len() {
            let error = stripped_in(&json.as_bytes()[..length], 7).expect_err("cut short");
            assert_eq!(
                (error.code(), error.offset()),
                ("ERR_SNAPSHOT_TRUNCATED", Some(length as u64))
            );
        }
        let samples = json.replacen("\"samples\":[]", "\"samples\":[0,\"secret\"]", 1);
        let error = stripped_in(samples.as_bytes(), 5).expect_err("a string");
        let at = error.offset().expect("a place") as usize;
        assert!(samples[at..].starts_with("\"secret"), "{error}");
    }

    #[test]
    fn sections_and_headers_that_nobody_knows_are_left_out() {
        let json = draw("root -a-> s; s: string secret").json();
        let more = json
            .replacen("\"samples\":[]", "\"samples\":[ 0, 17 ],\"notes\":[\"secret\"]", 1)
            .replacen("\"node_count\"", "\"title\":\"secret\",\"node_count\"", 1);
        let text = stripped_in(more.as_bytes(), 9).expect("a snapshot");
        assert!(!text.contains("secret") && text.contains("\"samples\":[ 0, 17 ]"), "{text}");
    }
}
