//! The bytes of a strip or tile, decompressed as they are read.

use super::compression::Compression;
use super::fault::Fault;
use super::fax::FaxRows;
use super::lzw::Lzw;
use super::zlib::{WINDOW, Zlib};
use super::zstandard::Zstandard;
use crate::budget::{Budget, Charge};
use crate::codec::lzw::ROOM;
use crate::codec::pack_bits::PackBits;
use crate::error::Result;

/// Bytes that are decompressed at once, at the least.
const AHEAD: u64 = 64 << 10;

/// Steps of work that a row takes beside those of its bytes.
const ROW: u64 = 12;

/// What decompresses.
enum Decoder<'d, 'b> {
    None,
    Lzw(Box<Lzw<'d>>),
    Zlib(Box<Zlib<'d>>),
    PackBits(PackBits<'d>),
    Zstandard(Box<Zstandard<'d, 'b>>),
    Fax(Box<FaxRows<'d>>),
}

/// The bytes of one chunk after the other.
pub(super) struct Stream<'d, 'b> {
    decoder: Decoder<'d, 'b>,
    /// What is left of a chunk that is not compressed.
    stored: &'d [u8],
    /// What was decompressed: what the decoder looks back at, and what is not read yet. Its last bytes are room for
    /// what a decoder writes beyond what it is asked for.
    buffer: Vec<u8>,
    room: usize,
    /// Where reading goes on.
    read: usize,
    /// Where decompressing goes on.
    written: usize,
    /// Bytes of the chunk that may still be asked for.
    left: u64,
    ended: bool,
    /// What is wrong with the chunk, once that was found. Faxes and Zstandard may go on after it.
    pub(super) fault: Option<Fault>,
    budget: &'b Budget,
    _charge: Charge<'b>,
}

impl<'d, 'b> Stream<'d, 'b> {
    /// A stream of chunks of this compression, with rows of `row` bytes and `width` pixels. The longest chunk of them
    /// has `longest` bytes in the file. `checked`: whether a wrong checksum is a fault.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover it.
    pub(super) fn new(
        compression: Compression,
        row: u64,
        width: u32,
        longest: u64,
        checked: bool,
        budget: &'b Budget,
    ) -> Result<Self> {
        let decoder_bytes = match compression {
            Compression::Lzw => Lzw::WORKING,
            Compression::Zlib => Zlib::WORKING,
            Compression::Fax(_) => FaxRows::working(width, longest),
            Compression::Zstandard => Zstandard::WORKING,
            _ => 0,
        };
        let room = if compression == Compression::Lzw { ROOM } else { 0 };
        let buffer = match compression {
            Compression::None => 0,
            Compression::Zlib => row.saturating_add(AHEAD + WINDOW as u64),
            _ => row.saturating_add(AHEAD + room as u64),
        };
        let bytes = decoder_bytes.saturating_add(buffer);
        let charge = budget.charge(bytes, "decompressing the TIFF")?;
        let decoder = match compression {
            Compression::Lzw => Decoder::Lzw(Box::new(Lzw::new())),
            Compression::Zlib => Decoder::Zlib(Box::new(Zlib::new(checked))),
            Compression::PackBits => Decoder::PackBits(PackBits::new()),
            Compression::Zstandard => Decoder::Zstandard(Box::new(Zstandard::new(budget))),
            Compression::Fax(kind) => Decoder::Fax(Box::new(FaxRows::new(kind, width))),
            Compression::None | Compression::Jpeg | Compression::OldJpeg => Decoder::None,
        };
        Ok(Self {
            decoder,
            stored: &[],
            buffer: vec![0; usize::try_from(buffer).unwrap_or(0)],
            room,
            read: 0,
            written: 0,
            left: 0,
            ended: true,
            fault: None,
            budget,
            _charge: charge,
        })
    }

    /// Begins a chunk, of which `needed` bytes at the most are asked for.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover what the chunk claims.
    pub(super) fn start(&mut self, data: &'d [u8], needed: u64) -> Result<()> {
        (self.read, self.written, self.left) = (0, 0, needed);
        (self.ended, self.fault) = (data.is_empty(), None);
        match &mut self.decoder {
            Decoder::None => self.stored = data,
            Decoder::Lzw(lzw) => lzw.start(data),
            Decoder::Zlib(zlib) => zlib.start(data),
            Decoder::PackBits(runs) => runs.start(data),
            Decoder::Zstandard(frames) => self.fault = frames.start(data, needed)?.err(),
            Decoder::Fax(rows) => rows.start(data),
        }
        self.ended |= self.fault.is_some();
        Ok(())
    }

    /// The next `length` bytes, or those that are left of the chunk.
    ///
    /// # Errors
    /// Code 303 when more was decompressed than any honest file needs.
    pub(super) fn next(&mut self, length: usize) -> Result<&[u8]> {
        if matches!(self.decoder, Decoder::None) {
            let (bytes, rest) = self.stored.split_at(length.min(self.stored.len()));
            self.stored = rest;
            return Ok(bytes);
        }
        self.budget.work(ROW)?;
        while self.written - self.read < length && !self.ended {
            self.fill(length)?;
        }
        let end = self.written.min(self.read + length);
        let bytes = self.buffer.get(self.read..end).unwrap_or_default();
        self.read = end;
        self.left = self.left.saturating_sub(bytes.len() as u64);
        Ok(bytes)
    }

    /// Reads on to the end of the chunk, where a checksum is. Says whether it came, and all before it.
    ///
    /// # Errors
    /// As [`Stream::next`].
    pub(super) fn finish(&mut self) -> Result<bool> {
        if !matches!(self.decoder, Decoder::Zlib(_)) {
            return Ok(true);
        }
        self.left = u64::MAX;
        while !self.ended {
            self.read = self.written;
            self.fill(1)?;
        }
        Ok(matches!(&self.decoder, Decoder::Zlib(zlib) if zlib.is_done()))
    }

    fn fill(&mut self, row: usize) -> Result<()> {
        let history = match self.decoder {
            Decoder::Zlib(_) => WINDOW,
            _ => 0,
        };
        let size = self.buffer.len() - self.room;
        if size.saturating_sub(self.written) < row - (self.written - self.read)
            || self.written >= size
        {
            let keep = self.read.min(self.written.saturating_sub(history));
            self.buffer.copy_within(keep..self.written, 0);
            self.read -= keep;
            self.written -= keep;
        }
        // Of a chunk that is nearly read, nothing is decompressed that is not asked for.
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).max(row);
        let position = self.written;
        let end = size.min(self.read.saturating_add(wanted)).max(position);
        let Some(buffer) = self.buffer.get_mut(..end + self.room) else { return Ok(()) };
        let to = buffer.get_mut(position..).unwrap_or_default();
        let made = match &mut self.decoder {
            Decoder::None => Ok(0),
            Decoder::Lzw(lzw) => lzw.read(to, end - position),
            Decoder::Zlib(zlib) => zlib.read(buffer, position),
            Decoder::PackBits(runs) => Ok(runs.read(to)),
            Decoder::Zstandard(frames) => {
                let made = frames.read(to);
                self.fault = frames.fault();
                made
            }
            Decoder::Fax(rows) => {
                let made = rows.read(to);
                self.fault = rows.fault();
                Ok(made)
            }
        };
        match made {
            Ok(0) => self.ended = true,
            Ok(made) => self.written += made,
            Err(fault) => (self.ended, self.fault) = (true, Some(fault)),
        }
        self.budget.work((self.written - position) as u64)
    }
}
