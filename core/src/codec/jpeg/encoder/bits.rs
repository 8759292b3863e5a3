//! Entropy-coded data, written bit by bit (T.81, F.1.2.3).

use std::io::{self, Write};

use super::sink::{Codes, Kind, Sink};

/// Bytes that are gathered before they are written.
const GATHERED: usize = 8 << 10;

/// Writes entropy-coded data.
pub(super) struct Bits<'w, W> {
    file: W,
    codes: &'w [Codes],
    bytes: Vec<u8>,
    /// The last bits, of which the lower `count` are not in `bytes` yet.
    last: u64,
    count: u32,
}

impl<'w, W: Write> Bits<'w, W> {
    /// What is allocated: room for the bytes that are gathered and for the longest MCU.
    pub(super) const BYTES: u64 = GATHERED as u64 * 2;

    pub(super) fn new(file: W, codes: &'w [Codes]) -> Self {
        Self { file, codes, bytes: Vec::with_capacity(GATHERED * 2), last: 0, count: 0 }
    }

    /// Adds up to 32 bits.
    #[inline(always)]
    pub(super) fn put(&mut self, bits: u32, count: u32) {
        self.last = self.last << count | u64::from(bits);
        self.count += count;
        if self.count >= 32 {
            self.count -= 32;
            self.word((self.last >> self.count) as u32);
        }
    }

    /// Adds four bytes, and a zero after each that is FF (T.81, F.1.2.3).
    #[inline(always)]
    fn word(&mut self, word: u32) {
        let full = ((word & 0x7F7F_7F7F) + 0x0101_0101) & word & 0x8080_8080;
        if full == 0 {
            self.bytes.extend_from_slice(&word.to_be_bytes());
        } else {
            word.to_be_bytes().into_iter().for_each(|byte| self.byte(byte));
        }
    }

    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
        if byte == 0xFF {
            self.bytes.push(0);
        }
    }

    /// Fills the last byte with ones and writes all.
    pub(super) fn finish(mut self) -> io::Result<()> {
        while self.count > 0 {
            let missing = 8_u32.saturating_sub(self.count);
            let byte = (self.last << missing | 0xFF >> (8 - missing)) >> (self.count + missing - 8);
            self.byte(byte as u8);
            self.count = (self.count + missing) - 8;
        }
        self.file.write_all(&self.bytes)
    }
}

impl<W: Write> Sink for Bits<'_, W> {
    type Error = io::Error;

    #[inline(always)]
    fn symbol(&mut self, kind: Kind, table: u8, symbol: u8, bits: u16, count: u8) {
        if let Some(codes) = self.codes.get(usize::from(table)) {
            let code = if kind == Kind::Dc { &codes.dc } else { &codes.ac };
            let (code, length) = code.of(symbol);
            self.put(u32::from(code) << count | u32::from(bits), u32::from(length + count));
        }
    }

    #[inline(always)]
    fn raw(&mut self, bits: u16, count: u8) {
        self.put(bits.into(), count.into());
    }

    #[inline(always)]
    fn check(&mut self) -> io::Result<()> {
        if self.bytes.len() >= GATHERED {
            self.file.write_all(&self.bytes)?;
            self.bytes.clear();
        }
        Ok(())
    }
}
