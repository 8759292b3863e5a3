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
            let [_, _, _, _, bytes @ ..] = (self.last >> self.count).to_be_bytes();
            self.word(bytes);
        }
    }

    /// Adds four bytes, and a zero after each that is FF.
    #[inline(always)]
    fn word(&mut self, bytes: [u8; 4]) {
        let word = u32::from_be_bytes(bytes);
        // Adding 1 to the lower bits of a byte carries into its highest if all of them are set.
        let full = ((word & 0x7F7F_7F7F) + 0x0101_0101) & word & 0x8080_8080;
        if full == 0 {
            self.bytes.extend_from_slice(&bytes);
        } else {
            bytes.into_iter().for_each(|byte| self.byte(byte));
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
        let missing = self.count.wrapping_neg() % 8;
        self.put((1 << missing) - 1, missing);
        let bytes = self.last.unbounded_shl(64 - self.count).to_be_bytes();
        bytes.into_iter().take(self.count as usize / 8).for_each(|byte| self.byte(byte));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn written(puts: &[(u32, u32)]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut bits = Bits::new(&mut file, &[]);
        puts.iter().for_each(|(value, count)| bits.put(*value, *count));
        bits.finish().unwrap();
        file
    }

    #[test]
    fn the_last_byte_is_filled_with_ones_and_ff_is_stuffed() {
        assert!(written(&[]).is_empty());
        assert_eq!(written(&[(0, 1)]), [0x7F]);
        assert_eq!(written(&[(0x1F, 5)]), [0xFF, 0]);
        assert_eq!(
            written(&[(0xFF, 8), (0x0012_FF34, 24), (0xFF, 8)]),
            [0xFF, 0, 0x12, 0xFF, 0, 0x34, 0xFF, 0]
        );
        assert_eq!(written(&[(5, 3); 11]), [0xB6, 0xDB, 0x6D, 0xB6, 0xFF, 0]);
        for count in 1..=32 {
            let file = written(&[(0, count), (0, 32 - count)]);
            assert_eq!(file, [0; 4], "{count}");
        }
    }
}
