//! The boolean entropy decoder (RFC 6386, section 7).

/// Reads bits of any probability.
#[derive(Clone, Copy, Debug)]
pub(super) struct BoolDecoder<'a> {
    data: &'a [u8],
    /// The bits that are read but not used: `bits` + 8 of them.
    value: u64,
    bits: i32,
    /// The range, less 1: 127 to 254.
    range: u32,
    /// Bytes beyond the last that were read as 0.
    missing: u32,
}

/// By how many bits a range is widened, and what is then 1 less: to look that up is faster than to count zeros.
#[expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "computed by the compiler: a byte has 8 zeros at the most"
)]
const WIDENED: ([u8; 256], [u8; 256]) = {
    let (mut shifts, mut ranges) = ([0; 256], [0; 256]);
    let mut range = 1_u8;
    loop {
        let shift = range.leading_zeros() as u8;
        shifts[range as usize] = shift;
        ranges[range as usize] = (range << shift) - 1;
        if range == u8::MAX {
            break (shifts, ranges);
        }
        range += 1;
    }
};

/// Bytes that encoders leave out since they are 0.
const MOST_MISSING: u32 = 2;

impl<'a> BoolDecoder<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { data, value: 0, bits: -8, range: 254, missing: 0 }
    }

    /// Whether more was read than there is.
    pub(super) const fn has_ended(&self) -> bool {
        self.missing > MOST_MISSING
    }

    /// A bit that is 0 with a probability of so many 256ths.
    #[inline(always)]
    pub(super) fn bit(&mut self, probability: u8) -> bool {
        if self.bits < 0 {
            *self = self.refilled();
        }
        let split = (self.range * u32::from(probability)) >> 8;
        let at = u64::from(split + 1) << self.bits;
        let is_set = self.value >= at;
        let range = if is_set {
            self.value -= at;
            self.range - split
        } else {
            split + 1
        };
        let [low, ..] = range.to_le_bytes();
        let (shifts, ranges) = &WIDENED;
        self.range = ranges.get(usize::from(low)).copied().unwrap_or(0).into();
        self.bits -= i32::from(shifts.get(usize::from(low)).copied().unwrap_or(0));
        is_set
    }

    /// A bit that is as likely 0 as 1 and cannot be foreseen: without a branch. Not the first bit of a partition, where
    /// the range is wider than ever after.
    #[inline(always)]
    pub(super) fn sign(&mut self) -> bool {
        if self.bits < 0 {
            *self = self.refilled();
        }
        let at = u64::from((self.range >> 1) + 1) << self.bits;
        let is_set = self.value >= at;
        self.value -= if is_set { at } else { 0 };
        // Half of a range of at most 254 is 64 to 127: it is always doubled.
        self.bits -= 1;
        self.range = self.range.wrapping_sub(u32::from(is_set)) | 1;
        is_set
    }

    /// With more of the data. By value, so that whoever reads bits may keep this in registers.
    #[inline(never)]
    fn refilled(mut self) -> Self {
        if let Some(bytes) = self.data.first_chunk::<8>() {
            self.value = self.value << 56 | u64::from_be_bytes(*bytes) >> 8;
            self.bits += 56;
            self.data = self.data.get(7..).unwrap_or_default();
            return self;
        }
        let byte = match self.data.split_first() {
            Some((byte, rest)) => {
                self.data = rest;
                *byte
            }
            None => {
                self.missing = self.missing.saturating_add(1);
                0
            }
        };
        self.value = self.value << 8 | u64::from(byte);
        self.bits += 8;
        self
    }

    /// A bit that is as likely 0 as 1.
    #[inline(always)]
    pub(super) fn flag(&mut self) -> bool {
        self.bit(128)
    }

    /// An unsigned number of so many bits, 8 at the most.
    pub(super) fn number(&mut self, bits: u32) -> u8 {
        (0..bits).fold(0, |number, _| number << 1 | u8::from(self.flag()))
    }

    /// A number of so many bits with a sign after it, or 0, as a flag before it says.
    pub(super) fn optional_signed(&mut self, bits: u32) -> i32 {
        if !self.flag() {
            return 0;
        }
        let number = i32::from(self.number(bits));
        if self.flag() { -number } else { number }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6386, section 7.3: the encoder of the decoder.
    struct BoolEncoder {
        bytes: Vec<u8>,
        range: u32,
        bottom: u32,
        bits: i32,
    }

    impl BoolEncoder {
        fn put(&mut self, bit: bool, probability: u8) {
            let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
            if bit {
                self.bottom += split;
                self.range -= split;
            } else {
                self.range = split;
            }
            while self.range < 128 {
                self.range <<= 1;
                if self.bottom >> 31 == 1 {
                    self.carry();
                }
                self.bottom <<= 1;
                self.bits -= 1;
                if self.bits == 0 {
                    self.bytes.push(self.bottom.to_be_bytes()[0]);
                    self.bottom &= 0xFF_FFFF;
                    self.bits = 8;
                }
            }
        }

        fn carry(&mut self) {
            for byte in self.bytes.iter_mut().rev() {
                let (sum, carry) = byte.overflowing_add(1);
                *byte = sum;
                if !carry {
                    break;
                }
            }
        }
    }

    #[test]
    fn bits_of_every_probability_are_read_as_they_were_written() {
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 8
        };
        let bits: Vec<(bool, u8)> = (0..20_000)
            .map(|_| {
                let probability = u8::try_from(random() % 255 + 1).unwrap();
                (random() % 256 >= probability.into(), probability)
            })
            .collect();
        let mut encoder = BoolEncoder { bytes: Vec::new(), range: 255, bottom: 0, bits: 24 };
        bits.iter().for_each(|(bit, probability)| encoder.put(*bit, *probability));
        (0..32).for_each(|_| encoder.put(false, 128));
        let mut decoder = BoolDecoder::new(&encoder.bytes);
        for (at, (bit, probability)) in bits.iter().enumerate() {
            let found = if *probability == 128 && at > 0 {
                decoder.sign()
            } else {
                decoder.bit(*probability)
            };
            assert_eq!(found, *bit, "{at}");
        }
        assert!(!decoder.has_ended());
    }

    #[test]
    fn what_is_missing_is_zero_and_noticed() {
        let mut decoder = BoolDecoder::new(&[]);
        assert!((0..8).all(|_| !decoder.flag()) && !decoder.has_ended());
        assert!((0..9).all(|_| !decoder.flag()) && decoder.has_ended());
    }
}
