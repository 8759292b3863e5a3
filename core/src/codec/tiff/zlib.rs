//! Deflate in zlib's format (Adobe's Photoshop TIFF technical notes; RFC 1950).

use fdeflate::Decompressor;

use super::fault::Fault;

/// How far back DEFLATE looks (RFC 1951, section 2).
pub(super) const WINDOW: usize = 32 << 10;

/// Decompresses chunks.
pub(super) struct Zlib<'d> {
    inflater: Decompressor,
    data: &'d [u8],
    is_broken: bool,
}

impl<'d> Zlib<'d> {
    /// Bytes of the inflater's tables.
    pub(super) const WORKING: u64 = 48 << 10;

    pub(super) fn new() -> Self {
        Self { inflater: Decompressor::new(), data: &[], is_broken: false }
    }

    pub(super) fn start(&mut self, data: &'d [u8]) {
        self.inflater = Decompressor::new();
        // A thumbnail does not need it, and a wrong one says nothing of which byte is wrong.
        self.inflater.ignore_adler32();
        (self.data, self.is_broken) = (data, false);
    }

    /// Fills `buffer` from `position` on, as far as there is data; how many bytes there were. What lies before is what
    /// was made last.
    pub(super) fn read(&mut self, buffer: &mut [u8], position: usize) -> Result<usize, Fault> {
        let mut end = position;
        while end < buffer.len() && !self.inflater.is_done() && !self.is_broken {
            let Ok((read, made)) = self.inflater.read(self.data, buffer, end, false) else {
                self.is_broken = true;
                break;
            };
            self.data = self.data.get(read..).unwrap_or_default();
            end += made;
            if read == 0 && made == 0 {
                break;
            }
        }
        // What came before an error is good.
        if end == position && self.is_broken {
            Err("a strip or tile cannot be inflated")
        } else {
            Ok(end - position)
        }
    }
}
