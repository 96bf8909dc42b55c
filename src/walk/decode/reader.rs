//! Numbers and records from bytes that may end anywhere and say anything.

use crate::walk::wire::{decode, unzigzag};

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// The rest of it has not arrived yet.
    Short,
    /// It is invalid; this was expected.
    Bad(&'static str),
}

/// A position in the bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    #[inline]
    pub(super) fn number(&mut self) -> Result<u64, Cut> {
        if let Some((value, length)) =
            self.bytes.get(self.at..).and_then(<[u8]>::first_chunk).and_then(|next| decode(*next))
        {
            self.at += length;
            return Ok(value);
        }
        self.number_at_the_end()
    }

    /// Reads a number that is long, or near the end of the bytes.
    #[cold]
    fn number_at_the_end(&mut self) -> Result<u64, Cut> {
        let mut value = 0_u64;
        let mut shift = 0;
        loop {
            let byte = *self.bytes.get(self.at).ok_or(Cut::Short)?;
            self.at += 1;
            if shift == 63 && byte > 1 {
                return Err(Cut::Bad("a number of 64 bits"));
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    /// Reads an address that is written as its distance from another.
    #[inline]
    pub(super) fn near(&mut self, from: u64) -> Result<u64, Cut> {
        Ok(from.wrapping_add_signed(unzigzag(self.number()?).wrapping_mul(8)))
    }

    pub(super) fn bytes(&mut self, count: u64) -> Result<&'a [u8], Cut> {
        let count = usize::try_from(count).map_err(|_| Cut::Bad("a length"))?;
        let end = self.at.checked_add(count).ok_or(Cut::Bad("a length"))?;
        let bytes = self.bytes.get(self.at..end).ok_or(Cut::Short)?;
        self.at = end;
        Ok(bytes)
    }
}
