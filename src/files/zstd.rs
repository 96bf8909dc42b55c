//! Unpacks Zstandard (RFC 8878).

use std::{
    error::Error,
    fmt,
    io::{self, BufRead, BufReader, Read},
};

use ruzstd::decoding::{
    BlockDecodingStrategy, FrameDecoder,
    errors::{FrameDecoderError, ReadFrameHeaderError},
};

/// The first bytes of a frame, and those of one that holds nothing to unpack but for half a byte.
const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
const SKIPPED: [u8; 3] = [0x2A, 0x4D, 0x18];

/// Memory for what a frame may refer back to. `zstd` itself takes no more unless it is told to.
const MAX_WINDOW: u64 = 128 << 20;

/// Bytes read at once: the decoder reads the parts of a block one by one.
const PIECE: usize = 128 << 10;

/// Why bytes cannot be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// They are not what the compressor wrote.
    Damaged,
    /// They end inside a frame.
    Cut,
    /// They need more memory than [`MAX_WINDOW`].
    Window,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Damaged => "damaged zstd data",
            Self::Cut => "zstd data that ends early",
            Self::Window => "a zstd window of more than 128 MiB",
        })
    }
}

impl Error for Fault {}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::new(io::ErrorKind::InvalidData, fault)
    }
}

impl Fault {
    /// Returns the fault that `error` is about, if it is about one.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

/// Whether a file that begins with `magic` is compressed with zstd.
pub(super) fn is_zstd(magic: &[u8]) -> bool {
    magic == MAGIC || magic.len() == 4 && magic[0] & 0xF0 == 0x50 && magic[1..] == SKIPPED
}

/// Unpacks all frames of `source`, one after the other.
pub(super) struct ZstdReader<R> {
    source: BufReader<R>,
    decoder: FrameDecoder,
    is_in_frame: bool,
}

impl<R> ZstdReader<R> {
    pub(super) fn get_ref(&self) -> &R {
        self.source.get_ref()
    }
}

impl<R: Read> ZstdReader<R> {
    pub(super) fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        Self { source: BufReader::with_capacity(PIECE, source), decoder, is_in_frame: false }
    }

    /// Begins the next frame with something in it. Returns whether there is one.
    fn begin_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    let skipped = io::copy(&mut (&mut self.source).take(length), &mut io::sink())?;
                    if skipped < length {
                        return Err(Fault::Cut.into());
                    }
                }
                Err(error) => return Err(failed(&error)),
            }
        }
        Ok(false)
    }
}

impl<R: Read> Read for ZstdReader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.is_in_frame {
                self.is_in_frame = self.begin_frame()?;
                if !self.is_in_frame {
                    return Ok(0);
                }
            }
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(bytes);
            }
            if self.decoder.is_finished() {
                let written = self.decoder.get_checksum_from_data();
                if written.is_some() && written != self.decoder.get_calculated_checksum() {
                    return Err(Fault::Damaged.into());
                }
                self.is_in_frame = false;
                continue;
            }
            self.decoder
                .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                .map_err(|error| failed(&error))?;
        }
    }
}

/// Returns the system's error behind that of the decoder, or else what is wrong with the bytes.
fn failed(error: &FrameDecoderError) -> io::Error {
    let fault = match error {
        FrameDecoderError::WindowSizeTooBig { .. } => Fault::Window,
        _ => Fault::Damaged,
    };
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            match (error.raw_os_error(), error.kind()) {
                (Some(code), _) => return io::Error::from_raw_os_error(code),
                (None, io::ErrorKind::UnexpectedEof) => return Fault::Cut.into(),
                _ => {}
            }
        }
        cause = error.source();
    }
    fault.into()
}

#[cfg(test)]
mod tests {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        compress_to_vec(text, CompressionLevel::Fastest)
    }

    fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        ZstdReader::new(bytes).read_to_end(&mut text)?;
        Ok(text)
    }

    #[test]
    fn frames_follow_each_other_and_some_are_skipped() {
        let long = b"0123456789".repeat(50_000);
        let skipped = [0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
        let bytes =
            [&skipped[..], &packed(&long), &skipped, &packed(b""), &packed(b"end")].concat();
        assert!(is_zstd(&bytes[..4]) && is_zstd(&packed(b"a")[..4]));
        assert_eq!(unpacked(&bytes).expect("intact"), [&long[..], b"end"].concat());
        assert_eq!(unpacked(b"").expect("nothing"), b"");
    }

    #[test]
    fn every_truncation_and_every_change_is_noticed() {
        let whole = packed(&b"a snapshot of a heap ".repeat(40));
        for length in 1..whole.len() {
            let error = unpacked(&whole[..length]).expect_err("cut short");
            assert_eq!(Fault::of(&error), Some(Fault::Cut), "{length}");
        }
        // The header of a frame may ask for another window: the text is the same.
        for at in (0..4).chain(whole.len() / 2..whole.len()) {
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            assert!(unpacked(&changed).is_err(), "{at}");
        }
    }

    #[test]
    fn memory_is_limited() {
        // A frame with a window of 2 GiB, and a raw block.
        let bytes = [&MAGIC[..], &[0x00, 21 << 3, 0x09, 0, 0, b'a']].concat();
        let error = unpacked(&bytes).expect_err("too large");
        assert_eq!(Fault::of(&error), Some(Fault::Window));
    }
}
