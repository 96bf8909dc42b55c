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
