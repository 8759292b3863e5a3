//! The image data of a PNG: rows of filtered bytes, inflated from IDAT chunks (W3C PNG, third edition, section 10).

use fdeflate::{DecompressionError, Decompressor};
use thumbox_protocol::Format;

use super::chunks::DataChunks;
use crate::error::{Error, Result};

/// How far back DEFLATE looks (RFC 1951, section 2).
const WINDOW: usize = 32 << 10;

/// Bytes that are inflated before the window is moved, at the least: moving costs a copy of it.
const AHEAD: usize = 256 << 10;

/// Bytes that are given to the inflater at once where it has met damage.
const CAREFULLY: u64 = 1;

/// Bytes of the inflater's tables.
const TABLES: u64 = 48 << 10;

/// A stream of filtered rows.
pub(super) struct Data<'a> {
    /// The file from its first IDAT chunk on.
    file: &'a [u8],
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
    /// Whether damage is an error at once.
    checked: bool,
    /// Bytes that were read.
    taken: u64,
    /// Bytes that were given to the inflater.
    given: u64,
    /// The stream is inflated once more, because the inflater met damage after so many bytes had been given to it.
    again: Option<u64>,
    damage: Option<Error>,
}

impl<'a> Data<'a> {
    /// Bytes that it allocates.
    pub(super) fn working(most: u64, all: u64) -> u64 {
        (WINDOW as u64 + (AHEAD as u64).saturating_add(most).min(all)) + TABLES
    }

    /// The stream of a file from its first IDAT chunk on, of which up to `most` bytes are read at once, and which holds
    /// `all` bytes or more. `checked`: whether its checksum counts, and damage is an error at once.
    pub(super) fn new(file: &'a [u8], most: usize, all: u64, checked: bool) -> Self {
        let mut inflater = Decompressor::new();
        if !checked {
            inflater.ignore_adler32();
        }
        Self {
            file,
            chunks: DataChunks::of(file),
            input: &[],
            inflater,
            buffer: vec![0; WINDOW + usize::try_from(all).unwrap_or(usize::MAX).min(AHEAD + most)],
            read: 0,
            written: 0,
            ended: false,
            checked,
            taken: 0,
            given: 0,
            again: None,
            damage: None,
        }
    }

    /// The next `length` bytes, or those that are left before the end or before damage.
    ///
    /// # Errors
    /// 201 for what cannot be inflated, where that counts.
    pub(super) fn next(&mut self, length: usize) -> Result<&[u8]> {
        while self.written - self.read < length && !self.ended {
            let Err(error) = self.inflate() else { continue };
            match self.again {
                _ if self.checked => return Err(error),
                None => self.start_again(),
                Some(_) => (self.ended, self.damage) = (true, Some(error)),
            }
        }
        let end = self.written.min(self.read + length);
        let bytes = self.buffer.get(self.read..end).unwrap_or_default();
        self.taken += bytes.len() as u64;
        self.read = end;
        Ok(bytes)
    }

    /// What ended the stream, where it did not end by itself.
    pub(super) fn damage(&mut self) -> Option<Error> {
        self.damage.take()
    }

    /// The inflater does not say how much it made before it met damage. So everything is inflated once more, and near
    /// the damage a byte at a time.
    fn start_again(&mut self) {
        let (mut left, step) = (self.taken, self.buffer.len() - WINDOW);
        (self.chunks, self.input) = (DataChunks::of(self.file), &[]);
        self.inflater = Decompressor::new();
        self.inflater.ignore_adler32();
        (self.read, self.written, self.ended) = (0, 0, false);
        (self.again, self.given, self.taken) = (Some(self.given), 0, 0);
        while left > 0 {
            let step = usize::try_from(left).unwrap_or(step).min(step);
            let read = self.next(step).unwrap_or_default().len() as u64;
            if read == 0 {
                break;
            }
            left -= read;
        }
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
        let most = self.again.map_or(u64::MAX, |at| at.saturating_sub(self.given).max(CAREFULLY));
        let input = usize::try_from(most).ok().and_then(|most| self.input.get(..most));
        let input = input.unwrap_or(self.input);
        let (read, written) = self
            .inflater
            .read(input, &mut self.buffer, self.written, false)
            .map_err(|error| Error::corrupt(Format::Png, detail(&error)))?;
        if read == 0 && written == 0 && !input.is_empty() && !self.inflater.is_done() {
            return Err(Error::Bug("the inflater stands still".into()));
        }
        self.input = self.input.get(read..).unwrap_or_default();
        self.given += read as u64;
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
