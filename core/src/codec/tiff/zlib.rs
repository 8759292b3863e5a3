//! Deflate in zlib's format (Adobe's Photoshop TIFF technical notes; RFC 1950).

use fdeflate::{DecompressionError, Decompressor};

use super::fault::Fault;

/// How far back DEFLATE looks (RFC 1951, section 2).
pub(super) const WINDOW: usize = 32 << 10;

/// Decompresses chunks.
pub(super) struct Zlib<'d> {
    inflater: Decompressor,
    data: &'d [u8],
    /// Whether a wrong checksum counts.
    checked: bool,
    fault: Option<Fault>,
}

impl<'d> Zlib<'d> {
    /// Bytes of the inflater's tables.
    pub(super) const WORKING: u64 = 48 << 10;

    pub(super) fn new(checked: bool) -> Self {
        Self { inflater: Decompressor::new(), data: &[], checked, fault: None }
    }

    pub(super) fn start(&mut self, data: &'d [u8]) {
        self.inflater = Decompressor::new();
        if !self.checked {
            // A thumbnail does not need it, and a wrong one says nothing of which byte is wrong.
            self.inflater.ignore_adler32();
        }
        (self.data, self.fault) = (data, None);
    }

    /// Fills `buffer` from `position` on, as far as there is data; how many bytes there were. What lies before is what
    /// was made last.
    pub(super) fn read(&mut self, buffer: &mut [u8], position: usize) -> Result<usize, Fault> {
        let mut end = position;
        while end < buffer.len() && !self.inflater.is_done() && self.fault.is_none() {
            match self.inflater.read(self.data, buffer, end, false) {
                Ok((0, 0)) => break,
                Ok((read, made)) => {
                    self.data = self.data.get(read..).unwrap_or_default();
                    end += made;
                }
                Err(DecompressionError::WrongChecksum) => {
                    self.fault = Some("the checksum of a strip or tile is wrong");
                }
                Err(_) => self.fault = Some("a strip or tile cannot be inflated"),
            }
        }
        match self.fault {
            // What came before an error is good.
            Some(fault) if end == position => Err(fault),
            _ => Ok(end - position),
        }
    }

    /// Whether the stream's end came, with its checksum.
    pub(super) fn is_done(&self) -> bool {
        self.inflater.is_done()
    }
}
