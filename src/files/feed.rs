//! Feeds the bytes of a file or stream to the parser, unpacked if they are compressed.
//!
//! A file is read and decompressed on a second thread, which also converts digits to
//! numbers and prefaults pages for the columns, while this thread checks the numbers and
//! builds the graph. A stream has no second thread: a thread waiting for a pipe could not
//! be stopped once the bytes turn out not to be a snapshot.

use std::{
    io::{self, Read},
    thread::{self, Builder},
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, bounded};
use flate2::read::MultiGzDecoder;

use super::{
    progress::{OnProgress, Progress},
    reader::Reader,
    zstd::{Fault, ZstdReader, is_zstd},
};
use crate::{
    column::{PageTaker, PagesAhead},
    error::{DetectError, Result},
    format::NumbersAhead,
};

/// Bytes read at once: small enough for the pieces in use and their numbers to stay in
/// the cache, and large enough for the cost of the system call not to matter.
const PIECE: usize = 128 << 10;

/// Pieces that are being read, parsed or waiting for it.
const AHEAD: usize = 12;

/// Time between two attempts to read from a source that does not block.
const RETRY_AFTER: Duration = Duration::from_millis(2);

/// The first bytes of a gzip file (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// Bytes that tell how a file is compressed.
const MAGIC: u64 = 4;

/// Parses the file `source`, which is `total` bytes long.
pub(super) fn feed_file(
    source: impl Read + Send,
    total: u64,
    reader: &mut impl Reader,
    on_progress: OnProgress<'_>,
) -> Result<()> {
    let mut source = Some(Unpacked::new(source)?);
    let taken = &mut source;
    let (pieces, arriving) = bounded(AHEAD);
    let (used, empty) = bounded(AHEAD);
    for _ in 0..AHEAD {
        let _ = used.send(Buffer { bytes: Vec::new(), numbers: NumbersAhead::new() });
    }
    let is_parsed = thread::scope(|scope| {
        let pages = PageTaker::default();
        let taker = pages.clone();
        let reading = Builder::new().name("seep-read".into()).spawn_scoped(scope, move || {
            if let Some(source) = taken.take() {
                read_ahead(source, &pieces, &empty, &taker);
            }
        });
        // Without the thread, the channel has no sender.
        reading.is_ok().then(|| {
            let _ahead = PagesAhead::ask(&pages);
            parse_arriving(arriving, used, total, reader, on_progress)
        })
    });
    match (is_parsed, source) {
        (None, Some(source)) => feed(source, Some(total), reader, on_progress),
        (parsed, _) => parsed.unwrap_or(Ok(())),
    }
}

/// Parses the stream `source`.
pub(super) fn feed_stream(
    source: impl Read,
    reader: &mut impl Reader,
    on_progress: OnProgress<'_>,
) -> Result<()> {
    feed(Unpacked::new(source)?, None, reader, on_progress)
}

fn feed<R: Read>(
    mut source: Unpacked<R>,
    total: Option<u64>,
    reader: &mut impl Reader,
    on_progress: OnProgress<'_>,
) -> Result<()> {
    let mut bytes = vec![0; PIECE];
    loop {
        let read = source.read(&mut bytes);
        let length = read.map_err(|error| failed(error, reader, source.position()))?;
        if length == 0 {
            return Ok(());
        }
        reader.push(&bytes[..length])?;
        on_progress(Progress { bytes: source.position(), total })?;
    }
}

/// The memory for a piece, used again and again.
struct Buffer {
    bytes: Vec<u8>,
    numbers: NumbersAhead,
}

/// Some bytes of a snapshot, or the reason why there are none.
struct Piece {
    buffer: Buffer,
    length: io::Result<usize>,
    /// Bytes of the file that have been read.
    position: u64,
}

/// Sends pieces until the end, an error, or until nobody wants more. While no buffer is
/// free, it prefaults pages for the parser.
fn read_ahead<R: Read>(
    mut source: Unpacked<R>,
    pieces: &Sender<Piece>,
    empty: &Receiver<Buffer>,
    pages: &PageTaker,
) {
    loop {
        while empty.is_empty() && pages.take_some() {}
        let Ok(mut buffer) = empty.recv() else { return };
        buffer.bytes.resize(PIECE, 0);
        let length = source.read(&mut buffer.bytes);
        if let Ok(length) = length {
            buffer.numbers.read(&buffer.bytes[..length]);
        }
        let is_last = !matches!(length, Ok(1..));
        let position = source.position();
        if pieces.send(Piece { buffer, length, position }).is_err() || is_last {
            return;
        }
    }
}

/// Parses the pieces that arrive.
#[expect(clippy::needless_pass_by_value, reason = "dropping them ends the other thread's work")]
fn parse_arriving(
    arriving: Receiver<Piece>,
    used: Sender<Buffer>,
    total: u64,
    reader: &mut impl Reader,
    on_progress: OnProgress<'_>,
) -> Result<()> {
    let mut parsed = Vec::with_capacity(AHEAD);
    for Piece { mut buffer, length, position } in arriving {
        let length = length.map_err(|error| failed(error, reader, position))?;
        reader.push_ahead(&buffer.bytes[..length], &mut buffer.numbers)?;
        on_progress(Progress { bytes: position, total: Some(total) })?;
        parsed.push(buffer);
        // Several at once: waking a thread takes as long as parsing one piece.
        if parsed.len() >= AHEAD / 2 {
            parsed.drain(..).for_each(|buffer| drop(used.send(buffer)));
        }
    }
    Ok(())
}

/// Returns the error that ended the bytes, `position` of the file having been read; if it is not
/// the system's, it is the decoder's.
fn failed(source: io::Error, reader: &impl Reader, position: u64) -> DetectError {
    let at = reader.offset();
    match Fault::of(&source) {
        Some(Fault::Damaged) => {
            return DetectError::Malformed { at, expected: "intact zstd data" };
        }
        Some(Fault::Window) => {
            return DetectError::TooLarge { at, what: "a zstd window of more than 128 MiB" };
        }
        // Of a short file, nothing was unpacked before its end: then this is the place in it.
        Some(Fault::Cut) => {
            return DetectError::Truncated { at: if at > 0 { at } else { position } };
        }
        None => {}
    }
    match source.kind() {
        _ if source.raw_os_error().is_some() => DetectError::file(source),
        // The file ends inside its gzip stream.
        io::ErrorKind::UnexpectedEof => DetectError::Truncated { at },
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            DetectError::Malformed { at, expected: "intact gzip data" }
        }
        _ => DetectError::file(source),
    }
}

/// The bytes read to find out whether a source is compressed, followed by the rest.
pub(super) type Whole<R> = Counted<io::Chain<io::Cursor<Vec<u8>>, R>>;

pub(super) enum Unpacked<R> {
    Plain(Whole<R>),
    Gzip(Box<MultiGzDecoder<Whole<R>>>),
    Zstd(Box<ZstdReader<Whole<R>>>),
}

impl<R: Read> Unpacked<R> {
    pub(super) fn new(mut source: R) -> Result<Self> {
        let mut magic = Vec::with_capacity(MAGIC as usize);
        let read = (&mut source).take(MAGIC).read_to_end(&mut magic);
        read.map_err(DetectError::file)?;
        let (is_gzip, is_zstd) = (magic.starts_with(&GZIP), is_zstd(&magic));
        let whole = Counted { inner: io::Cursor::new(magic).chain(source), bytes: 0 };
        Ok(if is_gzip {
            Self::Gzip(Box::new(MultiGzDecoder::new(whole)))
        } else if is_zstd {
            Self::Zstd(Box::new(ZstdReader::new(whole)))
        } else {
            Self::Plain(whole)
        })
    }

    /// Returns the bytes of `source` as they are, wherever in it they begin.
    pub(super) fn plain(source: R) -> Self {
        Self::Plain(Counted { inner: io::Cursor::new(Vec::new()).chain(source), bytes: 0 })
    }

    /// Whether they are not compressed.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// Returns the bytes read so far, before decompression.
    fn position(&self) -> u64 {
        match self {
            Self::Plain(whole) => whole.bytes,
            Self::Gzip(decoder) => decoder.get_ref().bytes,
            Self::Zstd(decoder) => decoder.get_ref().bytes,
        }
    }

    /// Reads up to `bytes.len()` bytes; returns 0 at the end.
    pub(super) fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(whole) => whole.read(bytes),
            Self::Gzip(decoder) => decoder.read(bytes),
            Self::Zstd(decoder) => decoder.read(bytes),
        }
    }
}

/// Counts the bytes read through it, and reads again where that was only interrupted.
pub(super) struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Standard input may be a pipe that somebody made non-blocking.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    thread::sleep(RETRY_AFTER);
                }
                read => {
                    self.bytes += *read.as_ref().unwrap_or(&0) as u64;
                    return read;
                }
            }
        }
    }
}
