//! Reads one string of a snapshot file.

use std::{
    fs::File,
    io::{Seek, SeekFrom},
};

use super::feed::Unpacked;
use crate::{
    error::{DetectError, Result},
    format::TextFinder,
};

/// Bytes read at once: a string and those skipped before it mostly are within one piece.
const PIECE: usize = 64 << 10;

/// Reads a string from `file`, which may be compressed. The opening quote of the string that comes
/// `skipped` strings before it is at `offset` of the unpacked bytes.
///
/// # Errors
///
/// When the file cannot be read, or is not the one that it was.
pub fn read_text(mut file: File, offset: u64, skipped: u32) -> Result<String> {
    let mut bytes = vec![0; PIECE];
    let mut finder = TextFinder::new(offset, skipped);
    let mut start = file.try_clone().map_err(DetectError::file)?;
    let is_plain = Unpacked::new(&mut start)?.is_plain();
    // The two share their position. Of a compressed file, all that comes before must be unpacked.
    let from = if is_plain { offset } else { 0 };
    file.seek(SeekFrom::Start(from)).map_err(DetectError::file)?;
    let mut source = if is_plain { Unpacked::plain(file) } else { Unpacked::new(file)? };
    let mut ahead = offset - from;
    loop {
        let read = source.read(&mut bytes).map_err(DetectError::file)?;
        if read == 0 {
            return Err(DetectError::Truncated { at: offset });
        }
        let skip = usize::try_from(ahead).unwrap_or(usize::MAX).min(read);
        ahead -= skip as u64;
        if let Some(text) = finder.push(&bytes[skip..read])? {
            return Ok(text);
        }
    }
}
