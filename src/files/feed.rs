//! Bytes of a file or stream to the parser, unpacked if they are gzipped.
//!
//! A file is read and unpacked on a second thread, which also makes numbers of
//! its digits and takes pages for the columns, while this one checks them and
//! builds the graph. A stream is not: a thread that waits for a pipe could not be
//! ended when the bytes so far are no snapshot.

use std::{
    io::{self, Read},
    thread::{self, Builder},
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, bounded};
use flate2::read::MultiGzDecoder;

use super::progress::{OnProgress, Progress};
use crate::{
    column::{PageTaker, PagesAhead},
    error::{DetectError, Result},
    format::NumbersAhead,
    graph::GraphReader,
};

/// Bytes read at once: small enough that those in use and their numbers stay in
/// the cache, large enough that the system call does not count.
const PIECE: usize = 128 << 10;

/// Pieces that are being read or parsed, or wait for it.
const AHEAD: usize = 12;

/// How long to wait for bytes where the system does not.
const RETRY_AFTER: Duration = Duration::from_millis(2);

/// What a gzip file begins with (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// Parses the file `source`, which is `total` bytes long.
pub(super) fn feed_file(
    source: impl Read + Send,
    total: u64,
    reader: &mut GraphReader,
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
        // Without the thread the channel has no sender.
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
    reader: &mut GraphReader,
    on_progress: OnProgress<'_>,
) -> Result<()> {
    feed(Unpacked::new(source)?, None, reader, on_progress)
}

fn feed<R: Read>(
    mut source: Unpacked<R>,
    total: Option<u64>,
    reader: &mut GraphReader,
    on_progress: OnProgress<'_>,
) -> Result<()> {
    let mut bytes = vec![0; PIECE];
    loop {
        let length = source.read(&mut bytes).map_err(|error| failed(error, reader))?;
        if length == 0 {
            return Ok(());
        }
        reader.push(&bytes[..length])?;
        on_progress(Progress { bytes: source.position(), total })?;
    }
}

/// What holds a piece, used again and again.
struct Buffer {
    bytes: Vec<u8>,
    numbers: NumbersAhead,
}

/// Some bytes of a snapshot, or why there are none.
struct Piece {
    buffer: Buffer,
    length: io::Result<usize>,
    /// Bytes of the file that have been read.
    position: u64,
}

/// Sends pieces until the end, an error, or until nobody wants more. While there is
/// no buffer for one, takes pages for the parser.
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

/// Parses what arrives.
#[expect(clippy::needless_pass_by_value, reason = "dropping them ends the other thread's work")]
fn parse_arriving(
    arriving: Receiver<Piece>,
    used: Sender<Buffer>,
    total: u64,
    reader: &mut GraphReader,
    on_progress: OnProgress<'_>,
) -> Result<()> {
    let mut parsed = Vec::with_capacity(AHEAD);
    for Piece { mut buffer, length, position } in arriving {
        let length = length.map_err(|error| failed(error, reader))?;
        reader.push_ahead(&buffer.bytes[..length], &mut buffer.numbers)?;
        on_progress(Progress { bytes: position, total: Some(total) })?;
        parsed.push(buffer);
        // Several at once: to wake a thread takes as long as to parse one.
        if parsed.len() >= AHEAD / 2 {
            parsed.drain(..).for_each(|buffer| drop(used.send(buffer)));
        }
    }
    Ok(())
}

/// Why there are no more bytes; what the system did not say, the decoder did.
fn failed(source: io::Error, reader: &GraphReader) -> DetectError {
    let at = reader.offset();
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

/// What has been read of a source to see whether it is gzipped, and the rest.
type Whole<R> = Counted<io::Chain<io::Cursor<Vec<u8>>, R>>;

enum Unpacked<R> {
    Plain(Whole<R>),
    Gzip(Box<MultiGzDecoder<Whole<R>>>),
}

impl<R: Read> Unpacked<R> {
    fn new(mut source: R) -> Result<Self> {
        let mut magic = Vec::with_capacity(GZIP.len());
        let read = (&mut source).take(GZIP.len() as u64).read_to_end(&mut magic);
        read.map_err(DetectError::file)?;
        let is_gzip = magic == GZIP;
        let whole = Counted { inner: io::Cursor::new(magic).chain(source), bytes: 0 };
        Ok(if is_gzip {
            Self::Gzip(Box::new(MultiGzDecoder::new(whole)))
        } else {
            Self::Plain(whole)
        })
    }

    /// Bytes read so far, still packed.
    fn position(&self) -> u64 {
        match self {
            Self::Plain(whole) => whole.bytes,
            Self::Gzip(decoder) => decoder.get_ref().bytes,
        }
    }

    /// Reads up to as many bytes as `bytes` takes; 0 at the end.
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match self {
                Self::Plain(whole) => whole.read(bytes),
                Self::Gzip(decoder) => decoder.read(bytes),
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Standard input may be a pipe that somebody set so.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    thread::sleep(RETRY_AFTER);
                }
                read => return read,
            }
        }
    }
}

/// Counts what is read through it.
struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.bytes += length as u64;
        Ok(length)
    }
}
