//! LZW as TIFF has it (TIFF 6.0, section 13), and as writers before TIFF 5.0's final text had it.

use weezl::decode::{Configuration, Decoder};
use weezl::{BitOrder, LzwStatus};

use super::fault::Fault;

/// Decompresses chunks.
pub(super) struct Lzw<'d> {
    /// Codes begin in the highest bit and grow one code early.
    standard: Decoder,
    /// Codes begin in the lowest bit, as in GIF. Made when it is first needed.
    old: Option<Decoder>,
    is_old: bool,
    data: &'d [u8],
    ended: bool,
    is_broken: bool,
}

impl<'d> Lzw<'d> {
    /// Bytes of both decoders' tables.
    pub(super) const WORKING: u64 = 2 * (64 << 10);

    pub(super) fn new() -> Self {
        let configuration = Configuration::with_tiff_size_switch(BitOrder::Msb, 8);
        Self {
            standard: configuration.build(),
            old: None,
            is_old: false,
            data: &[],
            ended: true,
            is_broken: false,
        }
    }

    pub(super) fn start(&mut self, data: &'d [u8]) {
        // Both begin with a clear code, 256 in nine bits: 80 and a bit of the next byte, or 00 and 01.
        self.is_old = matches!(data, [0, second, ..] if second & 1 == 1);
        (self.data, self.ended, self.is_broken) = (data, false, false);
        if self.is_old {
            self.old.get_or_insert_with(|| Decoder::new(BitOrder::Lsb, 8)).reset();
        } else {
            self.standard.reset();
        }
    }

    /// Fills `to`, as far as there is data; how many bytes there were.
    pub(super) fn read(&mut self, to: &mut [u8]) -> Result<usize, Fault> {
        let decoder = match &mut self.old {
            Some(old) if self.is_old => old,
            _ => &mut self.standard,
        };
        let mut filled = 0;
        while filled < to.len() && !self.ended {
            let result = decoder.decode_bytes(self.data, to.get_mut(filled..).unwrap_or_default());
            self.data = self.data.get(result.consumed_in..).unwrap_or_default();
            filled += result.consumed_out;
            match result.status {
                Ok(LzwStatus::Done) => self.ended = true,
                Ok(LzwStatus::Ok | LzwStatus::NoProgress) => {
                    self.ended = result.consumed_in == 0 && result.consumed_out == 0;
                }
                Err(_) => (self.ended, self.is_broken) = (true, true),
            }
        }
        // What came before a wrong code is good.
        if filled == 0 && self.is_broken {
            Err("a strip or tile has a wrong LZW code")
        } else {
            Ok(filled)
        }
    }
}
