//! Prefix codes of a lossless WebP picture: their lengths, what the decoder's tables of them take, and symbols
//! (RFC 9649, section 6).

use crate::error::Error;

/// Why reading ends.
#[derive(Debug)]
pub(super) enum Stop {
    /// The data ends, and the decoder will end there, too.
    Ended,
    /// What was read is no lossless picture.
    Invalid,
    /// It would take more than there is.
    Budget(Error),
}

/// A step of reading.
pub(super) type Walk<T> = Result<T, Stop>;

/// Bits, the lowest of each byte first.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    rest: &'a [u8],
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { rest: data, held: 0, count: 0 }
    }

    fn fill(&mut self) {
        while self.count <= 56 {
            let Some((&byte, rest)) = self.rest.split_first() else { break };
            self.held |= u64::from(byte) << self.count;
            self.count += 8;
            self.rest = rest;
        }
    }

    /// The next bits, 32 at the most, without going on; zeros after the end.
    fn peek(&mut self, count: u32) -> u32 {
        if self.count < count {
            self.fill();
        }
        u32::try_from(self.held & ((1 << count) - 1)).unwrap_or(0)
    }

    fn skip(&mut self, count: u32) -> Walk<()> {
        if self.count < count {
            return Err(Stop::Ended);
        }
        self.held >>= count;
        self.count -= count;
        Ok(())
    }

    /// The next bits, 31 at the most.
    pub(super) fn read(&mut self, count: u32) -> Walk<u32> {
        let value = self.peek(count);
        self.skip(count)?;
        Ok(value)
    }

    /// A length or a distance: a symbol, and the bits that it asks for.
    pub(super) fn extended(&mut self, symbol: u32) -> Walk<usize> {
        if symbol < 4 {
            return Ok(symbol as usize + 1);
        }
        let more = (symbol - 2) >> 1;
        let value = ((2 + (symbol & 1)) << more) + self.read(more)?;
        Ok(value as usize + 1)
    }
}

const LONGEST: usize = 15;
/// Bits that the decoder's first table looks up, and so does ours.
const FIRST: u32 = 10;

/// A code, as the file gives it.
#[derive(Debug)]
pub(super) enum Lengths {
    /// One symbol, in no bits.
    One(u16),
    /// Two symbols, in a bit.
    Two(u16, u16),
    /// The length of each symbol's code, 0 for none; two of them or more, and complete.
    Many(Vec<u8>),
}

impl Lengths {
    pub(super) fn read(bits: &mut Bits<'_>, alphabet: usize) -> Walk<Self> {
        if bits.read(1)? == 1 {
            return Self::simple(bits, alphabet);
        }
        const ORDER: [usize; 19] =
            [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        let mut lengths = vec![0; ORDER.len()];
        let count = bits.read(4)? as usize + 4;
        for &symbol in ORDER.iter().take(count) {
            if let Some(length) = lengths.get_mut(symbol) {
                *length = low_byte(bits.read(3)?);
            }
        }
        let code = PrefixCode::new(&Self::of(lengths)?);
        let mut left = alphabet;
        if bits.read(1)? == 1 {
            let width = 2 + 2 * bits.read(3)?;
            left = bits.read(width)? as usize + 2;
            if left > alphabet {
                return Err(Stop::Invalid);
            }
        }
        let mut lengths = Vec::with_capacity(alphabet);
        let mut last = 8;
        while lengths.len() < alphabet && left > 0 {
            left -= 1;
            let symbol = code.read(bits)?;
            let (length, repeat) = match symbol {
                16 => (last, 3 + bits.read(2)?),
                17 => (0, 3 + bits.read(3)?),
                18 => (0, 11 + bits.read(7)?),
                length => (low_byte(length), 1),
            };
            if repeat as usize > alphabet - lengths.len() {
                return Err(Stop::Invalid);
            }
            if length != 0 {
                last = length;
            }
            lengths.resize(lengths.len() + repeat as usize, length);
        }
        lengths.resize(alphabet, 0);
        Self::of(lengths)
    }

    fn simple(bits: &mut Bits<'_>, alphabet: usize) -> Walk<Self> {
        let two = bits.read(1)? == 1;
        let width = 1 + 7 * bits.read(1)?;
        let mut symbol = |width| match low_byte(bits.read(width)?) {
            symbol if usize::from(symbol) < alphabet => Ok(u16::from(symbol)),
            _ => Err(Stop::Invalid),
        };
        let first = symbol(width)?;
        Ok(if two { Self::Two(first, symbol(8)?) } else { Self::One(first) })
    }

    fn of(lengths: Vec<u8>) -> Walk<Self> {
        let mut used = lengths.iter().zip(0..).filter(|(length, _)| **length != 0);
        match (used.next(), used.next()) {
            (None, _) => return Err(Stop::Invalid),
            (Some((_, symbol)), None) => return Ok(Self::One(symbol)),
            _ => {}
        }
        let space: u32 =
            lengths.iter().filter(|length| **length != 0).map(|length| 1 << (15 - length)).sum();
        if space == 1 << LONGEST { Ok(Self::Many(lengths)) } else { Err(Stop::Invalid) }
    }

    /// What the decoder allocates for this code: a first table, and two nodes of a tree for each longer code.
    pub(super) fn table_bytes(&self) -> u64 {
        match self {
            Self::One(_) => 0,
            Self::Two(..) => 3 * 16 + 2 * 4,
            Self::Many(lengths) => {
                let longest = lengths.iter().copied().max().unwrap_or(0);
                let longer = lengths.iter().filter(|length| u32::from(**length) > FIRST).count();
                (4 << u32::from(longest).min(FIRST)) + 2 * 16 * longer as u64
            }
        }
    }
}

fn low_byte(value: u32) -> u8 {
    let [byte, ..] = value.to_le_bytes();
    byte
}

/// A code that can be read with.
#[derive(Debug)]
pub(super) enum PrefixCode {
    One(u16),
    Two(u16, u16),
    Many {
        /// By the next bits: a symbol times 16, and its length; 0 for longer codes.
        first: Vec<u16>,
        /// How many codes there are of each length.
        counts: [u32; LONGEST + 1],
        /// Symbols in the order of their codes.
        symbols: Vec<u16>,
    },
}

impl PrefixCode {
    pub(super) fn new(lengths: &Lengths) -> Self {
        let lengths = match lengths {
            Lengths::One(symbol) => return Self::One(*symbol),
            Lengths::Two(zero, one) => return Self::Two(*zero, *one),
            Lengths::Many(lengths) => lengths,
        };
        let mut counts = [0; LONGEST + 1];
        let mut symbols = Vec::new();
        let mut first = vec![0; 1 << FIRST];
        let mut code = 0_u32;
        for (length, count) in (0_u8..).zip(&mut counts).skip(1) {
            for (_, symbol) in lengths.iter().zip(0_u16..).filter(|(one, _)| **one == length) {
                if u32::from(length) <= FIRST {
                    let from = (code.reverse_bits() >> (32 - u32::from(length))) as usize;
                    for place in first.iter_mut().skip(from).step_by(1 << length) {
                        *place = symbol << 4 | u16::from(length);
                    }
                }
                symbols.push(symbol);
                *count += 1;
                code += 1;
            }
            code <<= 1;
        }
        Self::Many { first, counts, symbols }
    }

    pub(super) fn read(&self, bits: &mut Bits<'_>) -> Walk<u32> {
        let (first, counts, symbols) = match self {
            Self::One(symbol) => return Ok(u32::from(*symbol)),
            Self::Two(zero, one) => {
                return Ok(u32::from(if bits.read(1)? == 1 { *one } else { *zero }));
            }
            Self::Many { first, counts, symbols } => (first, counts, symbols),
        };
        let next = bits.peek(FIRST) as usize;
        let short = first.get(next).copied().unwrap_or(0);
        if short != 0 {
            bits.skip(u32::from(short & 15))?;
            return Ok(u32::from(short >> 4));
        }
        // Bit by bit, as in Mark Adler's puff.
        let (mut code, mut least, mut index) = (0_u32, 0_u32, 0_u32);
        for &count in counts.iter().skip(1) {
            code |= bits.read(1)?;
            if code < least + count {
                let place = (index + code - least) as usize;
                return symbols.get(place).map(|symbol| u32::from(*symbol)).ok_or(Stop::Invalid);
            }
            index += count;
            least = (least + count) << 1;
            code <<= 1;
        }
        Err(Stop::Invalid)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code: it may fail where it stands")]

    use super::*;

    #[test]
    fn codes_short_and_long_are_read() {
        // Lengths 1, 2, ... 14, 15, 15: symbol k is k ones and a zero, but for the last two.
        let lengths: Vec<u8> = (1..=15).chain([15]).collect();
        let code = PrefixCode::new(&Lengths::of(lengths).unwrap());
        for (symbol, ones) in [(0, 0), (1, 1), (9, 9), (10, 10), (13, 13), (14, 14), (15, 15)] {
            let data = ((1_u32 << ones) - 1).to_le_bytes();
            let mut bits = Bits::new(&data);
            assert_eq!(code.read(&mut bits).unwrap(), symbol);
            assert_eq!(bits.count, 32 - 15.min(ones + 1));
        }
        assert!(matches!(code.read(&mut Bits::new(&[])), Err(Stop::Ended)));
    }

    #[test]
    fn a_code_that_is_not_complete_is_none() {
        for lengths in [&[0, 0][..], &[1, 2], &[1, 1, 1], &[1; 4], &[15, 14, 1]] {
            assert!(matches!(Lengths::of(lengths.to_vec()), Err(Stop::Invalid)), "{lengths:?}");
        }
        assert!(matches!(Lengths::of(vec![0, 7, 0]), Ok(Lengths::One(1))));
        assert!(matches!(Lengths::of(vec![2, 1, 2]), Ok(Lengths::Many(_))));
    }

    #[test]
    fn tables_are_counted_as_the_decoder_makes_them() {
        let bytes = |lengths: &[u8]| Lengths::of(lengths.to_vec()).unwrap().table_bytes();
        assert_eq!(bytes(&[0, 5, 0]), 0);
        assert_eq!(bytes(&[1, 1]), 8);
        assert_eq!(bytes(&[1, 2, 3, 3]), 32);
        let long: Vec<u8> = (1..=11).chain([11]).collect();
        assert_eq!(bytes(&long), 4096 + 2 * 32);
    }
}
