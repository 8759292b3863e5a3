//! Huffman tables (T.81, annex C and F.2.2.3), and reading with them step by step.

use thumbox_protocol::Format;

use super::bitstream::Bits;
use crate::error::{Error, Result};

/// Bits that steps are looked up by. Their table has 8 KiB, that of pairs 16 and that of skips 8: those that a file is read
/// with stay in the first cache.
pub(super) const LOOKUP: u32 = 11;

/// A table as a file defines it (T.81, B.2.4.2), for DC or AC.
#[derive(Clone, Debug)]
pub(super) struct Huffman {
    /// Of each length from 1: the first code that is beyond it, aligned to 16 bits, and what to add to a
    /// code for its symbol's place.
    limits: [(u32, i32); 16],
    symbols: Vec<u8>,
    /// Made when a scan first reads with the table.
    steps: Option<Box<StepEntries>>,
}

type StepEntries = [Step; 1 << LOOKUP];

/// Reads step by step: by the next bits, a [`Step`].
#[derive(Clone, Copy)]
pub(super) struct Steps<'t> {
    entries: &'t StepEntries,
    table: &'t Huffman,
}

/// What a code says, a byte for each: how many bits it takes with those of the value after it; the run of coefficients
/// that are 0 before it, or what it stands for instead of a value; how many bits the code has; and 63 less those of
/// the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step(u32);

/// What a code stands for instead of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    /// End of block: from here on the band has only zeros, in this block and in 2^n + (n bits) - 1 more (T.81, G.1.2.2); n is 0
    /// in a valid sequential file.
    Eob(u32),
    /// Zero run length: 16 coefficients that are 0.
    Zrl,
}

impl Step {
    const SPECIAL: u32 = 32;
    /// The code is longer than the table is wide.
    pub(super) const LONG: Self = Self((Self::SPECIAL + 16) << 8);

    const fn new(length: u32, symbol: u8) -> Self {
        let (run, size) = (symbol as u32 >> 4, symbol as u32 & 15);
        let run = if size == 0 { Self::SPECIAL + run } else { run };
        Self((63 - size) << 24 | length << 16 | run << 8 | (length + size))
    }

    /// All its bits, to be passed by; in the lower six.
    #[inline(always)]
    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    /// Of these, the bits after the code.
    #[inline(always)]
    pub(super) const fn size(self) -> u32 {
        63 - (self.0 >> 24)
    }

    /// Coefficients that are 0 before this one, if it is not special.
    #[inline(always)]
    pub(super) const fn run(self) -> u32 {
        self.0 >> 8 & 0xFF
    }

    #[inline(always)]
    const fn is_special(self) -> bool {
        self.0 & Self::SPECIAL << 8 != 0
    }

    #[inline(always)]
    pub(super) const fn special(self) -> Option<Special> {
        if !self.is_special() {
            return None;
        }
        match self.run() - Self::SPECIAL {
            15 => Some(Special::Zrl),
            exponent => Some(Special::Eob(exponent)),
        }
    }

    /// The value after the code, of which nothing is read yet (T.81, F.2.2.1, EXTEND), if this is not special; or the
    /// difference, which may have no bits. No branch: whether it has some is nothing to be guessed.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "15 bits are left at the most")]
    pub(super) const fn value(self, bits: &Bits<'_>) -> i32 {
        let extra = bits.after(self.0 >> 16);
        // All ones for a negative value, which begins with a 0 and has its bits inverted.
        let negative = !(extra.cast_signed() >> 63).cast_unsigned();
        let size = ((extra ^ negative) >> 1).wrapping_shr(self.0 >> 24) as i32;
        let negative = negative as i32;
        (size ^ negative) - negative
    }
}

impl Huffman {
    /// A table from the counts of each code length, 1 to 16, and the symbols in the order of their codes.
    ///
    /// # Errors
    /// 201 for counts that no code can have, or that do not fit the symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self> {
        let bad = |detail: &str| Error::corrupt(Format::Jpeg, format!("a Huffman table {detail}"));
        let total: usize = counts.iter().map(|count| usize::from(*count)).sum();
        if total > 256 || total > symbols.len() {
            return Err(bad("names more symbols than it has"));
        }
        let (mut code, mut index) = (0_u32, 0_i32);
        let mut limits = [(0, 0); 16];
        for ((length, count), limit) in (1_u32..).zip(counts).zip(&mut limits) {
            let offset = index - code.cast_signed();
            code += u32::from(*count);
            index += i32::from(*count);
            if code > 1 << length {
                return Err(bad("has more codes than their lengths can tell apart"));
            }
            *limit = (code << (16 - length), offset);
            code <<= 1;
        }
        let symbols = symbols.get(..total).unwrap_or_default().to_vec();
        Ok(Self { limits, symbols, steps: None })
    }

    /// What single steps are read with, once it was made.
    pub(super) fn steps(&self) -> Option<Steps<'_>> {
        Some(Steps { entries: self.steps.as_deref()?, table: self })
    }

    /// Makes what [`Huffman::steps`] gives.
    pub(super) fn make_steps(&mut self) {
        if self.steps.is_some() {
            return;
        }
        let mut entries = Box::new([Step::LONG; 1 << LOOKUP]);
        let mut symbols = self.symbols.iter();
        let mut at = 0;
        for (length, (limit, _)) in (1..=LOOKUP).zip(self.limits) {
            let span = 1 << (LOOKUP - length);
            while at < limit as usize >> (16 - LOOKUP)
                && let (Some(symbol), Some(to)) = (symbols.next(), entries.get_mut(at..at + span))
            {
                to.fill(Step::new(length, *symbol));
                at += span;
            }
        }
        self.steps = Some(entries);
    }
}

impl Steps<'_> {
    #[inline(always)]
    pub(super) fn entry(&self, bits: usize) -> Step {
        self.entries.get(bits).copied().unwrap_or(Step::LONG)
    }

    /// The next step, of which nothing is read yet. Its bits are there if 31 are.
    #[inline(always)]
    pub(super) fn next(&self, bits: &Bits<'_>) -> Step {
        let step = self.entry(bits.peek::<LOOKUP>());
        if step == Step::LONG { self.long(bits.peek::<16>()) } else { step }
    }

    /// The step of a code that is longer than the table is wide. One that stands for no symbol ends a block, and has a bit
    /// more than the longest: libjpeg looks no further either, and what damage leaves is then the same.
    #[cold]
    #[inline(never)]
    pub(super) fn long(&self, bits: usize) -> Step {
        let bits = u32::try_from(bits).unwrap_or_default();
        let lengths = (1_u32..).zip(self.table.limits).skip(LOOKUP as usize);
        for (length, (limit, offset)) in lengths {
            if bits < limit {
                let place = (bits >> (16 - length)).cast_signed() + offset;
                let place = usize::try_from(place).unwrap_or(usize::MAX);
                let symbol = self.table.symbols.get(place).copied();
                return Step::new(length, symbol.unwrap_or_default());
            }
        }
        Step::new(17, 0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_each_size_is_read() {
        // Of no bits, whatever comes after.
        for after in [0, u64::MAX >> 1] {
            let mut table =
                Huffman::new(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0]).unwrap();
            table.make_steps();
            let bits = Bits::of(after);
            assert_eq!(table.steps().unwrap().next(&bits).value(&bits), 0, "{after:x}");
        }
        // A code of one bit for each size in turn, then the value (T.81, table F.1).
        for size in 1..=15_u8 {
            let mut table =
                Huffman::new(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[size]).unwrap();
            table.make_steps();
            let (most, half) = ((1_i32 << size) - 1, 1 << (size - 1));
            for (extra, value) in [(0, -most), (half - 1, -half), (half, half), (most, most)] {
                let bits = u64::from(extra.unsigned_abs()) << (63 - size);
                let bits = Bits::of(bits);
                let step = table.steps().unwrap().next(&bits);
                assert_eq!((step.value(&bits), step.run()), (value, 0), "{size} {extra}");
                assert_eq!(step.bits() & 63, u32::from(size) + 1);
            }
        }
    }
}
