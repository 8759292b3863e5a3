//! The image data of a PNG: rows of filtered bytes, inflated from IDAT chunks (W3C PNG, third edition, section 10).

use fdeflate::{DecompressionError, Decompressor};
use thumbox_protocol::Format;

use super::chunks::DataChunks;
use crate::error::{Error, Result};

/// How far back DEFLATE looks (RFC 1951, section 2).
const WINDOW: usize = 32 << 10;

/// Bytes that are inflated before the window is moved, at the least: moving costs a copy of it.
const AHEAD: usize = 256 << 10;

/// Bytes of the inflater's tables.
const TABLES: u64 = 48 << 10;

/// A stream of filtered rows.
pub(super) struct Data<'a> {
    chunks: DataChunks<'a>,
    /// What is left of the current chunk.
    input: &'a [u8],
    inflater: Decompressor,
    /// What was inflated: the window, and what is not read yet.
    buffer: Vec<u8>,
    /// Where reading goes on.
    read: usize,
    /// Where inflating goes on.
    written: usize,
    /// Whether there is no more.
    ended: bool,
}

impl<'a> Data<'a> {
    /// Bytes that it allocates.
    pub(super) fn working(row: u64, all: u64) -> u64 {
        (WINDOW as u64 + (AHEAD as u64).saturating_add(row).min(all)) + TABLES
    }

    /// The stream of a file from its first IDAT chunk on, which holds rows of up to `row` bytes, and `all` bytes or
    /// more. `checked`: whether its checksum counts.
    pub(super) fn new(file: &'a [u8], row: usize, all: u64, checked: bool) -> Self {
        let mut inflater = Decompressor::new();
        if !checked {
            inflater.ignore_adler32();
        }
        Self {
            chunks: DataChunks::of(file),
            input: &[],
            inflater,
            buffer: vec![0; WINDOW + usize::try_from(all).unwrap_or(usize::MAX).min(AHEAD + row)],
            read: 0,
            written: 0,
            ended: false,
        }
    }

    /// The next `length` bytes, or those that are left.
    ///
    /// # Errors
    /// 201 for what cannot be inflated.
    pub(super) fn next(&mut self, length: usize) -> Result<&[u8]> {
        while self.written - self.read < length && !self.ended {
            self.inflate()?;
        }
        let end = self.written.min(self.read + length);
        let bytes = self.buffer.get(self.read..end).unwrap_or_default();
        self.read = end;
        Ok(bytes)
    }

    fn inflate(&mut self) -> Result<()> {
        if self.written == self.buffer.len() {
            let keep = self.read.min(self.written.saturating_sub(WINDOW));
            self.buffer.copy_within(keep.., 0);
            self.read -= keep;
            self.written -= keep;
        }
        let mut ended = false;
        while self.input.is_empty() && !ended {
            match self.chunks.next() {
                Some(chunk) => self.input = chunk.body,
                None => ended = true,
            }
        }
        let (read, written) = self
            .inflater
            .read(self.input, &mut self.buffer, self.written, false)
            .map_err(|error| Error::corrupt(Format::Png, detail(&error)))?;
        if read == 0 && written == 0 && !self.input.is_empty() && !self.inflater.is_done() {
            return Err(Error::Bug("the inflater stands still".into()));
        }
        self.input = self.input.get(read..).unwrap_or_default();
        self.written += written;
        self.ended = self.inflater.is_done() || ended && written == 0;
        Ok(())
    }

    /// Reads on to the end of the stream, where its checksum is. Says whether it is there.
    ///
    /// # Errors
    /// 201 for a wrong one.
    pub(super) fn finish(&mut self) -> Result<bool> {
        while !self.ended {
            self.read = self.written;
            self.inflate()?;
        }
        Ok(self.inflater.is_done())
    }
}

fn detail(error: &DecompressionError) -> &'static str {
    match error {
        DecompressionError::WrongChecksum => "the checksum of its image data is wrong",
        DecompressionError::BadZlibHeader => "its image data is not of zlib's format",
        _ => "its image data cannot be inflated",
    }
}
