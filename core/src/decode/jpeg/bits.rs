//! The bits of entropy-coded data (T.81, F.2.2.5): stuffed zeros taken out, a marker never passed.

/// A reader that holds at least [`Bits::SURE`] bits after each refill. Past the data's end, or past a
/// marker, it reads zeros, and [`Bits::overrun`] tells.
///
/// Whoever reads in a loop does so from a copy of its own, which the compiler can hold in registers: that is
/// why no method that is called, rather than inlined, takes one by reference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits<'a> {
    /// What is not yet read.
    rest: &'a [u8],
    /// The next bits from the top. Below the first `count` they are those of the first byte of `rest`, or 0.
    reservoir: u64,
    count: u32,
    /// Zeros among the first `count` bits, and those that were read, which are in no file.
    padding: u32,
}

impl<'a> Bits<'a> {
    /// Bits that can be read after a refill.
    pub(super) const SURE: u32 = 56;

    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { rest: data, reservoir: 0, count: 0, padding: 0 }
    }

    /// Just these bits.
    pub(super) const fn of(bits: u64) -> Bits<'static> {
        Bits { rest: &[], reservoir: bits, count: 64, padding: 0 }
    }

    /// Makes sure of [`Bits::SURE`] bits.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some(next) = self.rest.first_chunk::<8>() {
            if !has_ff(u64::from_ne_bytes(*next)) {
                self.reservoir |= big_endian(*next) >> self.count;
                let read = (63_u32.wrapping_sub(self.count) >> 3 & 7) as usize;
                self.rest = self.rest.get(read..).unwrap_or_default();
                self.count |= Self::SURE;
                return;
            }
        }
        *self = self.refilled_by_bytes();
    }

    /// Makes sure of one bit.
    #[inline(always)]
    pub(super) fn refill_for_one(&mut self) {
        if self.count == 0 {
            self.refill();
        }
    }

    #[cold]
    #[inline(never)]
    fn refilled_by_bytes(mut self) -> Self {
        while self.count < Self::SURE {
            let byte = match self.rest {
                [0xFF, 0, rest @ ..] => {
                    self.rest = rest;
                    0xFF
                }
                [0xFF, rest @ ..] if rest.first() == Some(&0xFF) => {
                    self.rest = rest;
                    continue;
                }
                [] | [0xFF, ..] => {
                    self.padding = self.padding.saturating_add(8);
                    0
                }
                [byte, rest @ ..] => {
                    self.rest = rest;
                    *byte
                }
            };
            self.reservoir |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
        self
    }

    /// The next `N` bits, without reading them.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "N bits are left, 32 at the most")]
    pub(super) const fn peek<const N: u32>(&self) -> usize {
        (self.reservoir >> (64 - N)) as usize
    }

    /// Passes `count` modulo 64 bits by, which must be there.
    #[inline(always)]
    pub(super) const fn skip(&mut self, count: u32) {
        self.reservoir = self.reservoir.wrapping_shl(count);
        self.count = self.count.wrapping_sub(count & 63);
    }

    /// The next `count` bits, 16 at the most, as a number.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "16 bits are left at the most")]
    pub(super) const fn take(&mut self, count: u32) -> u32 {
        let value = ((self.reservoir >> 1) >> (63 - count)) as u32;
        self.skip(count);
        value
    }

    /// The next 64 bits behind `count` modulo 64 of them, zeros where there are none.
    #[inline(always)]
    pub(super) const fn behind(&self, count: u32) -> u64 {
        self.reservoir.wrapping_shl(count)
    }

    /// Whether bits were read that are not in the file.
    #[inline(always)]
    pub(super) const fn overrun(&self) -> bool {
        self.padding > self.count
    }

    /// From the next byte on, with the bits of the last one thrown away.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
const fn big_endian(bytes: [u8; 8]) -> u64 {
    u64::from_be_bytes(bytes)
}

/// WebAssembly has no instruction that turns a number's bytes around, but one for those of a vector.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
fn big_endian(bytes: [u8; 8]) -> u64 {
    use core::arch::wasm32::{i8x16_shuffle, u64x2_extract_lane, u64x2_splat};
    let word = u64x2_splat(u64::from_le_bytes(bytes));
    u64x2_extract_lane::<0>(i8x16_shuffle::<7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0>(
        word, word,
    ))
}

/// Whether any byte is FF: a zero byte in the complement.
#[inline(always)]
const fn has_ff(word: u64) -> bool {
    let inverse = !word;
    inverse.wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_ff_wherever_it_is() {
        for at in 0..8 {
            assert!(has_ff(0xFF << (8 * at)));
            assert!(!has_ff(0xFE << (8 * at)));
        }
        assert!(!has_ff(0x7F80_FEFE_0001_807F));
    }

    #[test]
    fn takes_stuffing_out_and_stops_at_a_marker() {
        let data = [0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56];
        let mut bits = Bits::new(&data);
        let mut read = Vec::new();
        for _ in 0..3 {
            bits.refill();
            read.push(bits.take(8));
        }
        assert_eq!(read, [0x12, 0xFF, 0x34]);
        assert!(!bits.overrun());
        assert_eq!(bits.rest(), [0xFF, 0xD0, 0x56]);
        bits.refill();
        assert_eq!(bits.take(1), 0);
        assert!(bits.overrun());
    }

    #[test]
    fn long_data_reads_as_its_bytes() {
        let mut data = Vec::new();
        let mut expected = Vec::new();
        for at in 0..5000_u32 {
            let byte = (at.wrapping_mul(2_654_435_761) >> 24) as u8;
            data.push(byte);
            expected.push(byte);
            if byte == 0xFF {
                data.push(0);
            }
        }
        let mut bits = Bits::new(&data);
        for (at, byte) in expected.iter().enumerate() {
            bits.refill();
            let high = bits.take(3);
            assert_eq!(high << 5 | bits.take(5), u32::from(*byte), "byte {at}");
            assert!(!bits.overrun());
        }
    }
}
