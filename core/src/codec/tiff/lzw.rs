//! LZW as TIFF has it (TIFF 6.0, section 13), and as writers before TIFF 5.0's final text had it: as GIF.

use super::fault::Fault;
use crate::codec::lzw::{Lzw as Codes, Packing, Stop};

/// Decompresses chunks.
pub(super) struct Lzw<'d> {
    codes: Codes,
    packing: Packing,
    data: &'d [u8],
    /// The bit of it that is read next.
    at: usize,
    stop: Stop,
}

impl<'d> Lzw<'d> {
    /// Bytes of its table.
    pub(super) const WORKING: u64 = Codes::WORKING;

    pub(super) fn new() -> Self {
        let packing = Packing::MostFirst;
        let codes = Codes::new(8, packing);
        Self { codes, packing, data: &[], at: 0, stop: Stop::NoData }
    }

    pub(super) fn start(&mut self, data: &'d [u8]) {
        // Both begin with a clear code, 256 in nine bits: 80 and a bit of the next byte, or 00 and 01.
        let is_old = matches!(data, [0, second, ..] if second & 1 == 1);
        self.packing = if is_old { Packing::LeastFirst } else { Packing::MostFirst };
        self.codes.clear(self.packing);
        (self.data, self.at, self.stop) = (data, 0, Stop::Enough);
    }

    /// Makes `enough` bytes, as far as there is data; how many there are. `to` has room for [`ROOM`] more.
    ///
    /// [`ROOM`]: crate::codec::lzw::ROOM
    pub(super) fn read(&mut self, to: &mut [u8], enough: usize) -> Result<usize, Fault> {
        let mut filled = 0;
        if self.stop == Stop::Enough {
            (filled, self.stop) =
                self.codes.read(self.packing, self.data, &mut self.at, to, enough);
        }
        // What came before a wrong code is good.
        if filled == 0 && self.stop == Stop::Broken {
            Err("a strip or tile has a wrong LZW code")
        } else {
            Ok(filled)
        }
    }
}
