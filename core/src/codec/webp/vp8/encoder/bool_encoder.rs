//! The boolean entropy encoder (RFC 6386, section 7).

/// Writes bits of given probabilities.
pub(super) struct BoolEncoder {
    bytes: Vec<u8>,
    /// What is not yet written: the interval's lower end, of which the upper bits may still change by a carry.
    low: u64,
    /// The interval's size less 1: 127 to 254.
    range: u32,
    /// Bits of `low` beyond the 8 that the range needs.
    bits: u32,
}

/// So many bits of `low` are written at once.
const WHOLE: u32 = 40;

impl BoolEncoder {
    pub(super) const fn new() -> Self {
        Self { bytes: Vec::new(), low: 0, range: 254, bits: 0 }
    }

    /// Writes a bit that is 0 with `probability` / 256.
    #[inline]
    pub(super) fn bit(&mut self, probability: u8, bit: bool) {
        let split = (self.range * u32::from(probability)) >> 8;
        if bit {
            self.low += u64::from(split) + 1;
            self.range -= split + 1;
        } else {
            self.range = split;
        }
        if self.range < 127 {
            // As many as bring the range to 127 or more.
            let shift = (self.range + 1).leading_zeros() - 24;
            self.range = ((self.range + 1) << shift) - 1;
            self.low <<= shift;
            self.bits += shift;
            if self.bits >= WHOLE {
                self.write();
            }
        }
    }

    /// A bit that is as likely 0 as 1.
    pub(super) fn flag(&mut self, bit: bool) {
        self.bit(128, bit);
    }

    /// A number of so many bits, the highest first.
    pub(super) fn number(&mut self, value: u8, bits: u32) {
        (0..bits).rev().for_each(|at| self.flag(value >> at & 1 != 0));
    }

    /// A number that is there if it is not 0: its size in so many bits, then its sign.
    pub(super) fn optional_signed(&mut self, value: i8, bits: u32) {
        self.flag(value != 0);
        if value != 0 {
            self.number(value.unsigned_abs(), bits);
            self.flag(value < 0);
        }
    }

    /// Moves whole bytes out of `low`.
    fn write(&mut self) {
        while self.bits >= 8 {
            self.bits -= 8;
            let [.., carry, byte] = (self.low >> (self.bits + 8)).to_be_bytes();
            if carry != 0 {
                // 255 and 1 are 0 and a carry.
                let last = self.bytes.iter().rposition(|byte| *byte != u8::MAX);
                self.bytes.iter_mut().skip(last.unwrap_or(0)).for_each(|byte| {
                    *byte = byte.wrapping_add(1);
                });
            }
            self.bytes.push(byte);
            self.low &= (1 << (self.bits + 8)) - 1;
        }
    }

    /// What was written: as many bytes as a decoder loads for the last bit.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.write();
        let padding = 16 - self.bits % 8;
        self.low <<= padding;
        self.bits += padding;
        self.write();
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::bool_decoder::BoolDecoder;
    use super::super::chance::Chance;
    use super::*;

    /// Bits of every probability, runs of the likely and the unlikely among them, so that carries go far.
    fn bits(count: u32) -> impl Iterator<Item = (u8, bool)> {
        let mut chance = Chance(1);
        (0..count).map(move |_| {
            let probability = match chance.below(4) {
                0 => 1,
                1 => 255,
                _ => chance.byte().max(1),
            };
            (probability, chance.below(32) == 0 || chance.below(2) == 0)
        })
    }

    #[test]
    fn what_was_written_is_read_and_no_byte_beyond() {
        for count in (0..200).chain([20_000]) {
            let mut encoder = BoolEncoder::new();
            bits(count).for_each(|(probability, bit)| encoder.bit(probability, bit));
            let bytes = encoder.finish();
            let mut decoder = BoolDecoder::new(&bytes);
            for (at, (probability, bit)) in bits(count).enumerate() {
                assert_eq!(decoder.bit(probability), bit, "{at} of {count}");
            }
            assert!(!decoder.has_ended());
        }
    }

    #[test]
    fn numbers_are_read_as_they_were_written() {
        let mut encoder = BoolEncoder::new();
        (-15..=15).for_each(|value| encoder.optional_signed(value, 4));
        encoder.number(0x5A, 7);
        let bytes = encoder.finish();
        let mut decoder = BoolDecoder::new(&bytes);
        (-15..=15).for_each(|value| assert_eq!(decoder.optional_signed(4), value));
        assert_eq!(decoder.number(7), 0x5A);
    }
}
